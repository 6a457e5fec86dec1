import { expect, test } from "bun:test";
import { isSameSecret } from "../../src/wire/secrets.ts";

test.each([
  ["", "", true],
  ["sesame", "sesame", true],
  ["sesame", "Sesame", false],
  ["sesame", "sesame ", false],
  ["", "sesame", false],
])("%j and %j are the same secret: %p", (a, b, isSame) => {
  expect(isSameSecret(a, b)).toBe(isSame);
  expect(isSameSecret(Buffer.from(a), b)).toBe(isSame);
});

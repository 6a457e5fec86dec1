import { expect, test } from "bun:test";
import { fitsPassword, shortWords } from "../../src/chat/passwords.ts";

test.each([
  ["", 1, false],
  ["", 0, false],
  ["x", 1, true],
  [" ", 1, true],
  ["ääää", 4, true],
  ["ääää", 5, false],
  ["🙂🙂", 3, false],
  ["x".repeat(1024), 1, true],
  ["x".repeat(1025), 1, false],
  ["ä".repeat(513), 1, false],
])("%j, of at least %i characters, can be a password: %p", (password, least, fits) => {
  expect(fitsPassword(password, least)).toBe(fits);
});

test("a password of less than eight characters is called short", () => {
  expect(shortWords("sesame8")).toBe(" The password is short: 8 characters or more are harder to guess.");
  expect(shortWords("sesame88")).toBe("");
});

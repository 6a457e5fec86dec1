import { expect, test } from "bun:test";
import { operatorCheck } from "../../src/server/operators.ts";

const near = { address: "127.0.0.1", isExempt: true };
const far = { address: "192.0.2.7", isExempt: false };

/** Hashing that takes no time: a hash is `$2b$` and the password. */
const hashing = {
  verified: [] as string[],
  dummy: Promise.resolve("$2b$nobody knows"),
  verify(password: string, hash: string) {
    this.verified.push(hash);
    return Promise.resolve(hash === `$2b$${password}`);
  },
};

const entries = [
  { name: "ann", password: "sesame" },
  { name: "bob", password: "$2b$open" },
];

test.each([
  ["ann", "sesame", true],
  ["ann", "Sesame", false],
  ["ann", "", false],
  ["Ann", "sesame", false],
  ["bob", "open", true],
  ["bob", "$2b$open", false],
  ["eve", "sesame", false],
  ["eve", "nobody knows", false],
])("%s with %s: %p", async (name, password, right) => {
  expect(await operatorCheck(entries, hashing, () => 0)(name, password, near)).toBe(right);
});

test("a name that is not there takes as long as one that is", async () => {
  hashing.verified.length = 0;
  await operatorCheck(entries, hashing, () => 0)("eve", "x", near);
  expect(hashing.verified).toEqual(["$2b$nobody knows"]);
});

test("three tries a minute, for each address that limits apply to", async () => {
  let now = 0;
  const check = operatorCheck(entries, hashing, () => now);
  for (let i = 0; i < 3; i++) expect(await check("ann", "wrong", far)).toBe(false);
  expect(await check("ann", "sesame", far)).toBe(false);
  expect(await check("ann", "sesame", near)).toBe(true);
  now = 60_001;
  expect(await check("ann", "sesame", far)).toBe(true);
});

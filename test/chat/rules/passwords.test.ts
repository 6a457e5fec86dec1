import { expect, test } from "bun:test";
import { fitsPassword, passwordRemarks } from "../../../src/chat/rules/passwords.ts";

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

test("of a password it is said that it is short, and how long it is with its blanks", () => {
  expect(passwordRemarks("sesame8")).toBe(" The password is short: 8 characters or more are harder to guess.");
  expect(passwordRemarks("sesame88")).toBe("");
  expect(passwordRemarks("two words")).toBe(" The password has 9 characters, with its blanks.");
});

import { expect, test } from "bun:test";
import { numbered } from "../../src/text/numbered.ts";

test.each([
  ["ann", 2, 0, "ann-2"],
  ["ann", 2, 5, "ann-2"],
  ["annabelle", 2, 9, "annabel-2"],
  ["annabelle", 1234, 9, "anna-1234"],
  ["a", 12, 1, "a-12"],
])("%s with the number %i, of at most %i characters, is %s", (nick, number, longest, expected) => {
  expect(numbered(nick, number, longest)).toBe(expected);
});

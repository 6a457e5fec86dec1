import { expect, test } from "bun:test";
import { fold, mentions, numbered } from "../../src/text/fold.ts";

test.each([
  ["Ann", "ann"],
  ["ann", "ann"],
  ["#DEV-Room", "#dev-room"],
  ["[{\\|^~", "[{\\|^~"], // rfc1459 would make these alike
  ["ÄÉ", "ÄÉ"], // only ASCII folds
  ["\u212a", "\u212a"], // the Kelvin sign is no k
  ["", ""],
])("%j folds to %j", (name, expected) => {
  expect<string>(fold(name)).toBe(expected);
});

test.each([
  ["Ann: hello", true],
  ["hello ANN", true],
  ["(ann)", true],
  ["announce it", false],
  ["announce it, ann", true],
  ["hannah", false],
  ["ann-2", false],
  ["", false],
])("%p mentions ann: %p", (text, expected) => {
  expect(mentions(text, "ann")).toBe(expected);
});

test.each([
  ["ann", 2, 0, "ann-2"],
  ["ann", 2, 5, "ann-2"],
  ["annabelle", 2, 9, "annabel-2"],
  ["annabelle", 1234, 9, "anna-1234"],
  ["a", 12, 1, "a-12"],
])("%s with the number %i, of at most %i characters, is %s", (nick, number, longest, expected) => {
  expect(numbered(nick, number, longest)).toBe(expected);
});

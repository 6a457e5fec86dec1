import { expect, test } from "bun:test";
import { nearest } from "../../src/text/nearest.ts";

const COMMANDS = ["join", "leave", "rooms", "topic", "history", "me", "msg", "nick", "who"];

test.each([
  ["jion", "join"], // two neighbours swapped
  ["jon", "join"], // one left out
  ["joinn", "join"], // one too many
  ["jain", "join"], // one wrong
  ["JOIN", "join"], // capitals cost nothing
  ["hist", "history"], // a beginning
  ["historie", "history"], // two edits in eight letters
  ["room", "rooms"],
  ["mgs", "msg"],
  ["xyzzy", undefined],
  ["part", undefined],
  ["jxyn", undefined], // two edits in four letters
  ["", undefined],
])("%j is nearest to %j", (word, expected) => {
  expect(nearest(word, COMMANDS)).toBe(expected);
});

test("of two equally near candidates, the first is chosen", () => {
  expect(nearest("bat", ["cat", "hat"])).toBe("cat");
});

test("a nearer candidate is chosen over an earlier one", () => {
  expect(nearest("topics", ["tonics!", "topic"])).toBe("topic");
});

test("without candidates nothing is near", () => {
  expect(nearest("join", [])).toBeUndefined();
});

import { expect, test } from "bun:test";
import { nextNick, plainNick } from "../../../src/client/model/nicks.ts";

test.each([
  ["ann", 1, 0, "ann-2"],
  ["ann", 2, 0, "ann-3"],
  ["ann", 12, 0, "ann-13"],
  ["annabelle", 1, 9, "annabel-2"],
  ["annabelle", 12, 9, "annabe-13"],
  ["a", 1, 1, "a-2"],
])("%s refused %i times, at most %i characters: %s", (wanted, tries, limit, expected) => {
  expect(nextNick(wanted, tries, limit)).toBe(expected);
});

test.each([
  ["ann", "ann"],
  ["anne.marie smith", "annemariesmith"],
  ["annemariesmith", "annemarie"],
  ["7of9", "of9"],
  ["漢字", "guest"],
])("%s as any server takes it is %s", (nick, expected) => {
  expect(plainNick(nick)).toBe(expected);
});

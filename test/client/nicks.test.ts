import { expect, test } from "bun:test";
import { nextNick, plainNick } from "../../src/client/nicks.ts";

test.each([
  ["ann", 1, 0, "ann_"],
  ["ann", 2, 0, "ann_2"],
  ["ann", 12, 0, "ann_12"],
  ["annabelle", 1, 9, "annabell_"],
  ["annabelle", 12, 9, "annabe_12"],
  ["a", 1, 1, "a_"],
])("%s refused %i times, at most %i characters: %s", (wanted, tries, limit, expected) => {
  expect(nextNick(wanted, tries, limit)).toBe(expected);
});

test.each([
  ["ann", "ann"],
  ["anne.marie smith", "annemarie"],
  ["7of9", "of9"],
  ["漢字", "guest"],
])("%s as any server takes it is %s", (nick, expected) => {
  expect(plainNick(nick)).toBe(expected);
});

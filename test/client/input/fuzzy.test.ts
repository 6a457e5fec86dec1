import { expect, test } from "bun:test";
import fc from "fast-check";
import { fuzzyMatch, plainMatch } from "../../../src/client/input/fuzzy.ts";

/** The texts that match, best first. */
function found(pattern: string, texts: readonly string[]): string[] {
  return texts
    .map((text) => ({ text, match: fuzzyMatch(pattern, text) }))
    .filter(({ match }) => match > 0)
    .sort((a, b) => b.match - a.match)
    .map(({ text }) => text);
}

test.each<[string, string[], string[]]>([
  ["dev", ["#devon", "#my-dev", "#undevised", "#dev", "#d-e-v"], ["#dev", "#devon", "#my-dev", "#undevised", "#d-e-v"]],
  ["DEV", ["#Dev"], ["#Dev"]],
  ["#dev", ["dev", "#dev"], ["#dev"]],
  ["gen", ["#general", "#oxygen"], ["#general", "#oxygen"]],
  ["gnrl", ["#general", "#gone"], ["#general"]],
  ["ops prod", ["#ops-production", "#ops", "#production"], ["#ops-production"]],
  ["", ["b", "a"], ["b", "a"]],
  ["x", ["abc"], []],
  ["grüße", ["#GRÜSSE", "#Grüße"], ["#Grüße"]],
])("%j finds, best first", (pattern, texts, expected) => {
  expect(found(pattern, texts)).toEqual(expected);
});

test("in a sentence, letters that only stand in order are no match", () => {
  expect(plainMatch("ttl", "tell the others a line")).toBe(0);
  expect(plainMatch("oth line", "tell the others a line")).toBeGreaterThan(0);
});

test("what is typed of a text in order always finds it", () => {
  fc.assert(
    fc.property(fc.string(), fc.infiniteStream(fc.boolean()), (text, taken) => {
      const trimmed = text.toLowerCase().replace(/^[#&/@]+/, "");
      const typed = Array.from(trimmed, (c) => (taken.next().value ? c : "")).join("");
      const [word = ""] = typed.replace(/^[#&/@]+/, "").split(/\s/);
      expect(fuzzyMatch(word, trimmed)).toBeGreaterThan(0);
    }),
  );
});

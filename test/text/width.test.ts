import { expect, test } from "bun:test";
import fc from "fast-check";
import { widthOfGrapheme } from "../../src/text/width.ts";

test.each([
  ["a", 1],
  ["\n", 0],
  ["é", 1],
  ["e\u0301", 1],
  ["あ", 2],
  ["ｶ", 1],
  ["한", 2],
  ["\u1112\u1161\u11ab", 2], // the same in parts
  ["क्षि", 2],
  ["❤", 1],
  ["❤\ufe0f", 2],
  ["👍", 2],
  ["👍🏽", 2],
  ["👨‍👩‍👧", 2],
  ["🇩", 1],
  ["🇩🇪", 2],
  ["1\ufe0f\u20e3", 2],
  ["a\u200d", 1],
])("%j takes %i columns", (grapheme, width) => {
  expect(widthOfGrapheme(grapheme)).toBe(width);
});

/** Not shown, or only in chains that no keyboard makes: here the two may differ. */
const ODD = /[\p{Cn}\p{Co}\p{Cf}\p{Default_Ignorable_Code_Point}\u0d54-\u0d57]|\u20e3/u;

test("each character has the width that Bun gives it", () => {
  const wrong: string[] = [];
  for (let code = 0; code <= 0x10ffff; code++) {
    const character = String.fromCodePoint(code);
    if (ODD.test(character)) continue;
    if (widthOfGrapheme(character) !== Bun.stringWidth(character)) wrong.push(code.toString(16));
  }
  expect(wrong).toEqual([]);
});

test("a character with combining marks has the width that Bun gives it", () => {
  const marked = fc.string({ unit: "grapheme", minLength: 1, maxLength: 1 });
  fc.assert(
    fc.property(marked, (grapheme) => {
      fc.pre(!ODD.test(grapheme));
      expect(widthOfGrapheme(grapheme)).toBe(Bun.stringWidth(grapheme));
    }),
  );
});

import { expect, test } from "bun:test";
import { emojiIn } from "../../src/text/emoji.ts";

test.each([
  ["👍", "👍"],
  ["👍🏽", "👍🏽"],
  ["🇦🇹", "🇦🇹"],
  ["1️⃣", "1️⃣"],
  [":+1:", "👍"],
  ["+1", "👍"],
  [":Heart:", "❤️"],
  ["heart", "❤️"],
  ["100", "💯"],
  ["toString", undefined],
  [":nope:", undefined],
  ["!", undefined],
  ["ja", undefined],
])("%j is the emoji %p", (word, emoji) => {
  expect(emojiIn(word)).toBe(emoji);
});

import { expect, test } from "bun:test";
import { emojiForm, emojiIn } from "../../src/text/emoji.ts";

test.each([
  ["👍", "👍"],
  ["👍🏽", "👍🏽"],
  ["🇦🇹", "🇦🇹"],
  ["1️⃣", "1️⃣"],
  ["❤", "❤️"],
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

test.each([
  ["\u2764", "\u2764\ufe0f"],
  ["\u2764\ufe0f", "\u2764\ufe0f"],
  ["\u2764\ufe0f\u200d\u{1f525}", "\u2764\ufe0f\u200d\u{1f525}"],
  ["\u2764\u200d\u{1f525}", "\u2764\ufe0f\u200d\u{1f525}"],
  ["\u{1f44d}", "\u{1f44d}"],
  ["\u{1f44d}\ufe0f", "\u{1f44d}"],
  ["\u{1f44d}\u{1f3fd}", "\u{1f44d}\u{1f3fd}"],
  ["\u270c\u{1f3fd}", "\u270c\u{1f3fd}"],
  ["\u270c\ufe0f\u{1f3fd}", "\u270c\u{1f3fd}"],
  ["1\u20e3", "1\ufe0f\u20e3"],
  ["1\ufe0f\u20e3", "1\ufe0f\u20e3"],
  ["\u{1f3f3}\u200d\u{1f308}", "\u{1f3f3}\ufe0f\u200d\u{1f308}"],
  ["\u{1f3c3}\u200d\u2640", "\u{1f3c3}\u200d\u2640\ufe0f"],
  ["\u{1f1e6}\u{1f1f9}", "\u{1f1e6}\u{1f1f9}"],
  ["\u2764\ufe0e", "\u2764\ufe0e"],
  ["ok, 100 #1", "ok, 100 #1"],
  ["", ""],
])("%j is fully qualified as %j", (text, form) => {
  expect(emojiForm(text)).toBe(form);
});

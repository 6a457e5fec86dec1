import { expect, test } from "bun:test";
import fc from "fast-check";
import { clip } from "../../src/text/clip.ts";

test.each([
  ["hello", 10, "hello"],
  ["hello", 5, "hello"],
  ["hello", 4, "hell"],
  ["hello", 0, ""],
  ["äöü", 5, "äö"],
  ["äöü", 4, "äö"],
  ["a\u{1f600}", 4, "a"],
  ["a\u{1f600}", 5, "a\u{1f600}"],
])("of %j at most %i bytes are %j", (text, bytes, beginning) => {
  expect(clip(text, bytes)).toBe(beginning);
});

test("what is clipped is a beginning, fits, and lacks no character that would have fitted", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.nat(40), (text, bytes) => {
      const clipped = clip(text, bytes);
      const [next = ""] = text.slice(clipped.length);
      const more = clipped + String.fromCodePoint(text.codePointAt(clipped.length) ?? 0);
      return (
        text.startsWith(clipped) &&
        Buffer.byteLength(clipped) <= bytes &&
        (next === "" || Buffer.byteLength(more) > bytes)
      );
    }),
  );
});

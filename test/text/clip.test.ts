import { expect, test } from "bun:test";
import fc from "fast-check";
import { clip } from "../../src/text/clip.ts";

test.each([
  ["abc", 3, "abc"],
  ["abcd", 3, "abc"],
  ["aä", 2, "a"],
  ["aä", 3, "aä"],
  ["😀b", 3, ""],
  ["😀b", 4, "😀"],
  ["", 0, ""],
])("%p of at most %d bytes is %p", (text, bytes, expected) => {
  expect(clip(text, bytes)).toBe(expected);
});

test("a text is clipped between two characters", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.nat(50), (given, bytes) => {
      const whole = given.toWellFormed();
      const clipped = clip(whole, bytes);
      expect(whole.startsWith(clipped)).toBe(true);
      expect(Buffer.byteLength(clipped)).toBeLessThanOrEqual(bytes);
      expect(Buffer.byteLength(clipped)).toBeGreaterThan(Math.min(bytes, Buffer.byteLength(whole)) - 4);
    }),
  );
});

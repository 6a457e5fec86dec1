import { expect, test } from "bun:test";
import fc from "fast-check";
import { drawRow, rowOf } from "../../../src/client/ui/line-input.ts";

function draw(picture: string, columns: number): string {
  const row = rowOf(picture.replace("|", ""), picture.indexOf("|"), columns);
  return `${row.before}|${row.after}`;
}

test.each([
  ["|", 20, "|"],
  ["he|lo", 20, "he|lo"],
  ["0123456789|", 13, "0123456789|"],
  ["0123456789a|", 13, "56789a|"],
  ["|0123456789abc", 13, "|0123456789"],
  ["0123456789abc|def", 13, "56789abc|de"],
  ["漢字漢字漢字|", 13, "字漢字|"],
  ["a\nb\tc|", 20, "a⏎b c|"],
  ["abc|", 1, "c|"],
])("%j in %i columns is drawn as %s", (picture, columns, row) => {
  expect(draw(picture, columns)).toBe(row);
});

test("a row always leaves its last column free", () => {
  const text = fc.array(fc.constantFrom("a", "漢", "👩‍👩‍👧", "e\u0301", " ", "\n", "🇩🇪"), { maxLength: 60 });
  fc.assert(
    fc.property(text, text, fc.integer({ min: 6, max: 40 }), (before, after, columns) => {
      const row = rowOf(before.join("") + after.join(""), before.join("").length, columns);
      expect(2 + Bun.stringWidth(row.before + row.after)).toBeLessThan(columns);
    }),
  );
});

test("the cursor returns to its saved position, and wrapping is off meanwhile", () => {
  expect(drawRow({ before: "he", after: "lo" })).toBe("\r\x1b[K\x1b[?7l> he\x1b7lo\x1b8\x1b[?7h");
});

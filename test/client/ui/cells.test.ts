import { expect, test } from "bun:test";
import fc from "fast-check";
import { clipped, drawable, padded, rowsOfText, widthOf, wrapped } from "../../../src/client/ui/cells.ts";

test.each<[string, number, string[]]>([
  ["", 5, [""]],
  ["hello", 5, ["hello"]],
  ["hello world", 5, ["hello", "world"]],
  ["hello world", 8, ["hello", "world"]],
  ["abcdefgh", 3, ["abc", "def", "gh"]],
  ["漢字漢", 4, ["漢字", "漢"]],
  ["漢字", 3, ["漢", "字"]],
  ["a 👩‍👩‍👧b", 3, ["a", "👩‍👩‍👧b"]],
  ["e\u0301e\u0301e\u0301", 2, ["e\u0301e\u0301", "e\u0301"]],
])("%j wrapped to %i columns is %j", (text, columns, rows) => {
  expect(rowsOfText(text, columns, "plain").map((row) => row.map((span) => span.text).join(""))).toEqual(rows);
});

test.each<[string, number, string]>([
  ["hello", 5, "hello"],
  ["hello", 4, "hel…"],
  ["漢字", 3, "漢…"],
  ["漢字", 2, "…"],
  ["x", 0, ""],
])("%j clipped to %i columns is %j", (text, columns, expected) => {
  expect(clipped(text, columns)).toBe(expected);
});

test("a link keeps its whole target on each of its rows, without a full stop after it", () => {
  const rows = rowsOfText("see (https://example.org/abc).", 14, "plain");
  expect(rows.flat().flatMap((span) => span.link ?? [])).toEqual([
    "https://example.org/abc",
    "https://example.org/abc",
  ]);
});

test("no row is too wide, and the rows together are the text", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 80 }), fc.integer({ min: 2, max: 40 }), (given, columns) => {
      const text = drawable(given.replaceAll("\n", " "));
      for (const row of rowsOfText(text, columns, "plain")) {
        expect(widthOf(row.map((span) => span.text).join(""))).toBeLessThanOrEqual(columns);
      }
      expect(
        wrapped(text, columns)
          .map(({ from, to }) => text.slice(from, to))
          .join(""),
      ).toBe(text);
      expect(widthOf(padded(text, columns))).toBe(columns);
    }),
  );
});

test.each([
  ["a\tb", "a       b"],
  ["12345678\tb", "12345678        b"],
  ["漢\tb\tc", "漢      b       c"],
  ["x\n\ty", "x\n        y"],
])("tabs end at tab stops: %j is drawn %j", (text, shown) => {
  expect(drawable(text)).toBe(shown);
});

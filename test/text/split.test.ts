import { expect, test } from "bun:test";
import fc from "fast-check";
import { clip, detached, splitLine } from "../../src/text/split.ts";

test.each([
  ["short", 10, ["short"]],
  ["exactly 10", 10, ["exactly 10"]],
  ["one two three", 8, ["one two", "three"]], // at a word
  ["one two three", 7, ["one two", "three"]], // the blank at the cut is in neither
  ["a bcdefghij", 8, ["a bcdefg", "hij"]], // a blank in the first half is too early
  ["abcdefghij", 4, ["abcd", "efgh", "ij"]],
  ["äöü", 4, ["äö", "ü"]], // bytes, not letters
  ["\u{1f600}\u{1f600}", 7, ["\u{1f600}", "\u{1f600}"]],
  ["xxe\u0301yy", 4, ["xx", "e\u0301y", "y"]], // an accent stays with its letter
  ["abc \u0301def", 4, ["abc", " \u0301d", "ef"]], // and with its blank
  ["\u{1f469}\u200d\u{1f467}", 8, ["\u{1f469}\u200d", "\u{1f467}"]], // a character larger than the limit
  ["", 10, [""]],
  ["     ", 4, ["    "]],
])("%j in pieces of %i bytes is %j", (text, limit, pieces) => {
  expect(splitLine(text, limit)).toEqual(pieces);
});

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });
const text = fc.string({
  unit: fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom("a", "b", " ") },
    fc.constantFrom("\u0301", "\u200d", "\ufe0f", "\u{1f469}", "\u{1f3fd}", "\u{1f1e9}", "\u{1f1ea}", "\r", "한", "ä"),
    fc.string({ unit: "grapheme", minLength: 1, maxLength: 1 }),
  ),
  maxLength: 60,
});
const limit = fc.integer({ min: 4, max: 40 });

/** Where in the text each piece begins and ends; `undefined` if the pieces are not the text, but for blanks at cuts. */
function placed(whole: string, pieces: readonly string[]): readonly (readonly [number, number])[] | undefined {
  const places: [number, number][] = [];
  let at = 0;
  for (const piece of pieces) {
    if (places.length > 0 && !whole.startsWith(piece, at) && whole[at] === " ") at++;
    if (!whole.startsWith(piece, at)) return undefined;
    places.push([at, at + piece.length]);
    at += piece.length;
  }
  return whole.slice(at) === "" || whole.slice(at) === " " ? places : undefined;
}

test("no piece is empty or larger than the limit", () => {
  fc.assert(
    fc.property(text, limit, (whole, most) =>
      splitLine(whole, most).every((piece) => Buffer.byteLength(piece) <= most && (piece !== "" || whole === "")),
    ),
  );
});

test("the pieces are the text without the spaces at the cuts", () => {
  fc.assert(fc.property(text, limit, (whole, most) => placed(whole, splitLine(whole, most)) !== undefined));
});

test("no grapheme that fits is cut in two", () => {
  fc.assert(
    fc.property(text, limit, (whole, most) => {
      const places = placed(whole, splitLine(whole, most)) ?? [];
      for (const { segment, index } of graphemes.segment(whole)) {
        const end = index + segment.length;
        const isCut = places.some(([from, to]) => (from > index && from < end) || (to > index && to < end));
        if (isCut && Buffer.byteLength(segment) <= most) return false;
      }
      return true;
    }),
    { numRuns: 2000 },
  );
});

test("a megabyte without a space is split quickly", () => {
  const pieces = splitLine("\u{1f469}\u200d\u{1f467} ".repeat(1 << 16).replaceAll(" ", "x"), 400);
  expect(pieces.every((piece) => Buffer.byteLength(piece) > 380 || piece === pieces.at(-1))).toBe(true);
});

test("splitting a long message takes less time than segmenting it into graphemes", () => {
  const long = "noise and words ".repeat(250);
  const segmenter = new Intl.Segmenter();
  /** The quickest of ten runs, in ms: load on the machine makes some runs slow, seldom all. */
  const quickest = (work: () => unknown) => {
    const runs = Array.from({ length: 10 }, () => {
      const began = performance.now();
      work();
      return performance.now() - began;
    });
    return Math.min(...runs);
  };
  expect(quickest(() => splitLine(long, 430))).toBeLessThan(quickest(() => [...segmenter.segment(long)]));
});

test.each([
  ["hello", 10, "hello"],
  ["hello", 5, "hello"],
  ["hello", 4, "hell"],
  ["hello", 0, ""],
  ["äöü", 5, "äö"],
  ["äöü", 4, "äö"],
  ["a\u{1f600}", 4, "a"],
  ["a\u{1f600}", 5, "a\u{1f600}"],
])("%j clipped to %i bytes is %j", (text, bytes, beginning) => {
  expect(clip(text, bytes)).toBe(beginning);
});

test("a clipped text is the longest prefix that fits", () => {
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

test.each(["", "ann", "hé 漢 👩‍👧"])("detached, %j is the same text", (text) => {
  expect(detached(text)).toBe(text);
});

test("a detached piece does not keep the text it was cut from alive", () => {
  const pieces: string[] = [];
  Bun.gc(true);
  const before = process.memoryUsage().heapUsed;
  for (let i = 0; i < 200; i++) {
    // 128 KB each, of which ten letters are kept.
    pieces.push(detached(`${i}:${String.fromCharCode(97 + (i % 26)).repeat(1 << 17)}`.slice(0, 12)));
  }
  Bun.gc(true);
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(1 << 22);
  expect(pieces.length).toBe(200);
});

import { expect, test } from "bun:test";
import fc from "fast-check";
import { showLine, showText, withoutEscapes } from "../../src/text/filter.ts";

/** Every character of a range, between two letters. */
function range(from: number, to: number): string[] {
  return Array.from({ length: to - from + 1 }, (_, i) => `a${String.fromCodePoint(from + i)}b`);
}

test.each([
  ["C0 before the tab", range(0x00, 0x08)],
  ["C0 behind the tab, except line breaks and ESC", [...range(0x0b, 0x0c), ...range(0x0e, 0x1a), ...range(0x1c, 0x1f)]],
  ["DEL and C1, except CSI", [...range(0x7f, 0x9a), ...range(0x9c, 0x9f)]],
  ["bidi embeddings and overrides", range(0x202a, 0x202e)],
  ["bidi isolates", range(0x2066, 0x2069)],
  ["the byte order mark", range(0xfeff, 0xfeff)],
  ["the tag characters", range(0xe0000, 0xe007f)],
  ["the rest of that plane that is shown as nothing", [...range(0xe0080, 0xe00ff), ...range(0xe01f0, 0xe0fff)]],
  ["interlinear annotation", range(0xfff9, 0xfffb)],
  ["blanks of no width, joiners and marks of direction, where nothing needs them", range(0x200b, 0x200f)],
  ["joiners of words and invisible operators", range(0x2060, 0x206f)],
  ["fillers of Hangul", [...range(0x115f, 0x1160), ...range(0x3164, 0x3164), ...range(0xffa0, 0xffa0)]],
  ["the soft hyphen and the grapheme joiner", [...range(0xad, 0xad), ...range(0x34f, 0x34f)]],
  ["variation selectors behind a letter that has no variants", [...range(0xfe00, 0xfe0f), ...range(0xe0100, 0xe01ef)]],
  [
    "vowels of Khmer that are not written, selectors of Mongolian",
    [...range(0x17b4, 0x17b5), ...range(0x180b, 0x180f)],
  ],
  ["marks of music and shorthand that are not drawn", [...range(0x1d173, 0x1d17a), ...range(0x1bca0, 0x1bca3)]],
])("%s are never shown", (_, texts) => {
  expect(texts.map(showLine)).toEqual(texts.map(() => "ab"));
});

test.each([
  ["a tab", "a\tb"],
  ["a family of emoji joined by ZWJ", "\u{1f469}\u200d\u{1f469}\u200d\u{1f467}"],
  ["an emoji with a variation selector and a skin", "\u2764\ufe0f \u{1f44d}\u{1f3fd}"],
  ["combining marks", "e\u0301 a\u0308\u0323"],
  ["right-to-left letters", "שלום مرحبا"],
  ["a flag", "\u{1f1e9}\u{1f1ea}"],
  ["a space that does not break", "a\u00a0b"],
  ["a heart on fire", "\u2764\ufe0f\u200d\u{1f525}"],
  ["a worker with a skin", "\u{1f477}\u{1f3fd}\u200d\u2640\ufe0f"],
  ["a digit in a key", "1\ufe0f\u20e3"],
  ["Persian with its joints undone", "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"],
  ["a half of a letter of Hindi", "\u0915\u094d\u200d\u0937"],
  ["an ideograph in another form", "\u8fbb\u{e0100} \u4e0d\ufe00"],
  ["Hebrew with a mark of direction", "\u05d0!\u200f"],
  ["Mongolian with a selector", "\u1820\u180b"],
])("%s is left as it is", (_, text) => {
  expect(showLine(text)).toBe(text);
});

test.each([
  ["\x02bold\x02", "bold"],
  ["\x0304red\x03", "red"],
  ["\x034,12red on blue\x0f!", "red on blue!"],
  ["\x0304,1212", "12"], // two digits at most are the colour's
  ["\x03,4", ",4"], // a background needs a foreground
  ["\x04ff8000orange\x04", "orange"],
  ["\x04ff8000,000000orange", "orange"],
  ["\x04nothex", "nothex"],
  ["\x11mono\x11 \x16reverse\x16 \x1dslant\x1d \x1estruck\x1e \x1funder\x1f", "mono reverse slant struck under"],
  ["\x03\x0312x", "x"],
])("IRC formatting is removed with its parameters: %j is %j", (given, expected) => {
  expect(showLine(given)).toBe(expected);
});

test("a terminal's escape sequence is removed whole", () => {
  expect(showLine("\x1b[31mred\x1b]0;title\x07\x9b2J")).toBe("red");
});

test.each(["one\ntwo", "one\rtwo", "one\r\ntwo", "one\u2028two", "one\u2029\u2029two", "one \r two\r"])(
  "a line break in a line is a blank between words: %j",
  (text) => {
    expect(showLine(text).replace("  ", " ")).toBe("one two");
  },
);

test("a lone surrogate becomes the replacement character", () => {
  expect(showLine("a\ud800b")).toBe("a\ufffdb");
  expect(showLine("\udc00")).toBe("\ufffd");
});

test.each([
  ["one\ntwo", "one\ntwo"],
  ["one\r\ntwo", "one\ntwo"],
  ["one\rtwo", "one two"],
  ["\x02one\n\x02two", "one\ntwo"],
])("a text keeps its newlines: %j is %j", (given, expected) => {
  expect(showText(given)).toBe(expected);
});

test.each([
  ["data behind an emoji", "\u2764\ufe0f\ufe01\ufe02\u{e0141}", "\u2764\ufe0f"],
  ["joiners without an end", "\u{1f469}\u200d\u200d\u200d\u{1f469}", "\u{1f469}\u{1f469}"],
  ["a joiner that was parted from what it joins", "\u0915\u200b\u200d", "\u0915"],
  ["a nick in two halves", "a\u200bn\u2060n", "ann"],
  ["a mark of direction in a line that has but one", "ann\u200f", "ann"],
])("%s is not kept", (_, text, expected) => {
  expect(showLine(text)).toBe(expected);
});

const nasty = fc.string({
  unit: fc.oneof(
    fc.constantFrom("\x00", "\x03", "\x04", "4", ",", "\r", "\n", "\x1b", "\x9b", "\u202e", "\u2066", "\ufeff"),
    fc.constantFrom(
      "\u200d",
      "\u200c",
      "\u200b",
      "\u200f",
      "\ufe0f",
      "\ufe00",
      "\u2764",
      "\u{1f469}",
      "\u0915",
      "\u0645",
    ),
    fc.string({ unit: "binary", minLength: 1, maxLength: 1 }),
  ),
});

test("filtering twice is the same as filtering once", () => {
  fc.assert(fc.property(nasty, (text) => showLine(showLine(text)) === showLine(text)));
});

test("no filtered line has a character that a terminal obeys", () => {
  fc.assert(
    fc.property(nasty, (text) => !/[\p{Cc}\u202a-\u202e\u2066-\u2069]/u.test(showLine(text).replaceAll("\t", ""))),
  );
});

test.each([
  ["a \x1b[31;1mred\x1b[0m b", "a red b"],
  ["\x1b[38:2::1:2:3mtrue\x1b[m", "true"],
  ["\x1b[?25l\x1b[2K\x1b[1 qx", "x"],
  ["\x1b]0;a title\x07x", "x"],
  ["\x1b]8;;https://example.org\x1b\\link\x1b]8;;\x1b\\!", "link!"],
  ["\x1bPq#0;2;0\n-\n#1\x1b\\x", "x"],
  ["\x1b_Gf=100;AAAA\x1b\\x\x1b^pm\x1b\\y\x1bXsos\x1b\\z", "xyz"],
  ["\x9b31mred\x9d0;title\x9cx\x90q\x9cy", "redxy"],
  ["\x1b(Bx\x1b7y\x1b=z\x1bOA", "xyz"],
  ["\x1b[[Ax", "x"],
  // A truncated sequence removes nothing from the next line.
  ["x\x1b[3", "x"],
  ["x\x1b", "x"],
  ["\x1b]0;no end\nnext", "\nnext"],
  ["\x1b]0;given up\x18x", "x"],
  ["\x1b]0;one\x1b[31mtwo", "two"],
  ["one \x90 two \x9d three", "one \x90 two \x9d three"],
  ["plain [31m ] text\n", "plain [31m ] text\n"],
])("%j is %j", (text, left) => {
  expect(withoutEscapes(text)).toBe(left);
});

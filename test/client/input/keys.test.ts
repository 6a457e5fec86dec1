import { expect, test } from "bun:test";
import fc from "fast-check";
import { type Key, KeyReader } from "../../../src/client/input/keys.ts";

function draw(key: Key): string {
  return key.type === "key" ? `<${key.name}>` : key.type === "paste" ? `«${key.text}»` : key.text;
}

function read(...chunks: (string | Uint8Array)[]): string {
  const reader = new KeyReader();
  return chunks.flatMap((chunk) => reader.feed(Buffer.from(chunk)).map(draw)).join("");
}

test.each([
  ["hé 漢", "hé 漢"],
  ["a\r", "a<enter>"],
  ["\x01\x05\x17\x7f\x08\t", "<ctrl-a><ctrl-e><ctrl-w><backspace><backspace><tab>"],
  ["\x1b[A\x1b[B\x1b[C\x1b[D\x1b[H\x1b[F", "<up><down><right><left><home><end>"],
  ["\x1bOA\x1bOD\x1bOH", "<up><left><home>"],
  ["\x1b[1~\x1b[3~\x1b[4~\x1b[5~\x1b[6~", "<home><delete><end><page-up><page-down>"],
  ["\x1b[1;5C\x1b[1;3D\x1b[3;5~\x1b[1;2A", "<ctrl-right><alt-left><ctrl-delete><shift-up>"],
  ["\x1bb\x1bf\x1b\x7f", "<alt-b><alt-f><alt-backspace>"],
  ["\x1b[200~/quit\r\x1b[A\x03\x1b[201~x", "«/quit\r\x1b[A\x03»x"],
  ["\x1b[<0;3;4M\x1b[<0;3;4m\x1b[<64;1;1M\x1b[<65;1;1M", "<mouse><wheel-up><wheel-down>"],
  ["\x1b[?1;2c\x1bOMx", "<enter>x"],
  ["\x1b\x1b[A\x1b\x1bb", "<escape><up><escape><alt-b>"],
  ["\n\x1b\r\x1b1", "<ctrl-j><alt-enter><alt-1>"],
  ["\x1b[99~\x1b[Jx", "x"],
  ["\x1b[O\x1b[I", "<focus-out><focus-in>"],
])("%j is %s", (typed, keys) => {
  expect(read(typed)).toBe(keys);
});

test("a sequence that no keyboard sends is discarded", () => {
  expect(read(`\x1b[${"1;".repeat(40)}`, "x")).toBe("x");
});

test("a control character ends an incomplete sequence", () => {
  expect(read("\x1b[", "\x03")).toBe("<ctrl-c>");
  expect(read("\x1b[1;5", "\x1b[A")).toBe("<up>");
  expect(read("\x1bO", "\rx")).toBe("<enter>x");
});

test("an unterminated paste ends with a Ctrl-C that arrives alone, or by endPaste", () => {
  expect(read("\x1b[200~a\x03b", "c\x1b[20", "\x03", "d")).toBe("«a\x03b»«c»<ctrl-c>d");
  const reader = new KeyReader();
  reader.feed(Buffer.from("\x1b[200~a\x1b["));
  expect(reader.isPasting).toBe(true);
  reader.endPaste();
  expect(reader.feed(Buffer.from("b\r")).map(draw)).toEqual(["b", "<enter>"]);
});

test("keys do not depend on how the bytes were cut", () => {
  const piece = fc.constantFrom(
    "a",
    "é",
    "漢",
    "👩‍👧",
    "\r",
    "\x01",
    "\x1b[A",
    "\x1b[1;5C",
    "\x1bb",
    "\x1b[200~p\rq\x1b[201~",
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), fc.array(fc.nat(40), { maxLength: 6 }), (pieces, cuts) => {
      const bytes = Buffer.from(pieces.join(""));
      const places = [0, ...cuts.filter((cut) => cut < bytes.length).sort((a, b) => a - b), bytes.length];
      const chunks = places.slice(1).map((end, i) => bytes.subarray(places[i], end));
      expect(read(...chunks).replaceAll("»«", "")).toBe(read(bytes).replaceAll("»«", ""));
    }),
  );
});

import { expect, test } from "bun:test";
import fc from "fast-check";
import { TelnetFilter } from "../../../src/server/peer/telnet.ts";

const [IAC, SE, NOP, SB, WILL, WONT, DO, DONT] = [0xff, 0xf0, 0xf1, 0xfa, 0xfb, 0xfc, 0xfd, 0xfe];
const a = "a".charCodeAt(0);

test.each([
  ["text", [a, a], "aa"],
  ["a command", [a, IAC, NOP, a], "aa"],
  ["a will", [a, IAC, WILL, 31, a], "aa"],
  ["a refusal", [a, IAC, WONT, a, a], "aa"], // the option looks like text, and is none
  ["a wish", [IAC, DO, 1, IAC, DONT, 3, a], "a"],
  ["a negotiation", [a, IAC, SB, 24, 0, a, a, IAC, SE, a], "aa"],
  ["a negotiation with 255 in it", [IAC, SB, 24, IAC, IAC, a, IAC, SE, a], "a"],
  ["an escaped 255", [a, IAC, IAC, a], "aa"],
  ["an unfinished one", [a, IAC], "a"],
  ["a CR alone", [a, 13, 0, a], "a\r\na"],
  ["a NUL", [a, 0], "a\0"],
  ["a CR LF with a NUL behind it", [13, 10, 0], "\r\n\0"],
  ["a negotiation without end", [a, IAC, SB, a, a, a], "a"],
] as const)("of %s only the text is left", (_, bytes, text) => {
  expect(Buffer.from(new TelnetFilter().filter(Uint8Array.from(bytes))).toString()).toBe(text);
});

const item = fc.oneof(
  fc.integer({ min: 0, max: 254 }).map((byte) => ({ bytes: [byte], text: [byte] })),
  fc
    .constantFrom(WILL, WONT, DO, DONT)
    .chain((verb) => fc.nat(255).map((option) => ({ bytes: [IAC, verb, option], text: [] as number[] }))),
  fc.integer({ min: SE, max: SB - 1 }).map((verb) => ({ bytes: [IAC, verb], text: [] as number[] })),
  fc.array(fc.nat(254)).map((inner) => ({ bytes: [IAC, SB, ...inner, IAC, SE], text: [] as number[] })),
);

test("however a stream is cut, its text is what was not telnet's", () => {
  fc.assert(
    fc.property(fc.array(item), fc.array(fc.integer({ min: 1, max: 5 })), (items, sizes) => {
      const bytes = Uint8Array.from(items.flatMap((one) => one.bytes));
      const filter = new TelnetFilter();
      const text: number[] = [];
      let at = 0;
      for (const size of [...sizes, bytes.length]) {
        text.push(...filter.filter(bytes.subarray(at, at + size)));
        at = Math.min(bytes.length, at + size);
      }
      expect(text).toEqual(items.flatMap((one) => one.text));
    }),
  );
});

test("CR NUL is one line end, wherever it is cut", () => {
  const filter = new TelnetFilter();
  const packets = [[a, 13], [0, a], [13], [IAC, NOP, 0], [0]].map((bytes) => filter.filter(Uint8Array.from(bytes)));
  expect(Buffer.concat(packets).toString()).toBe("a\r\na\r\n\0");
});

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { controlKeyOf, isKey, KeyInput, LineInput, TelnetFilter } from "../../../src/server/peer/line-input.ts";
import { OVERLONG } from "../../../src/wire/lines.ts";
import { RegistryFixture } from "../fakes.ts";

/** 200 ms without another packet. */
const SILENCE = undefined;

/** The lines of these packets. */
function linesOf(packets: readonly (string | undefined)[], { isIrc = false } = {}): readonly string[] {
  const input = new LineInput({ begun: () => {}, settled: () => {}, swallowed: () => {} });
  if (isIrc) input.takeAsIs();
  const lines: string[] = [];
  for (const packet of packets) {
    if (packet === undefined) input.fragmentDue();
    else input.push(Buffer.from(packet, "latin1"));
    do
      for (let line = input.next(); line !== undefined; line = input.next())
        lines.push(line === OVERLONG ? OVERLONG : Buffer.from(line).toString("latin1"));
    while (input.takePacket());
  }
  if (input.hasHungUp) lines.push("<hung up>");
  return lines;
}

test.each([
  ["lines", ["one\ntw", "o\r\n"], ["one", "two"]],
  ["half a line that goes on", ["hel", "lo\n", "half", SILENCE], ["hello"]],
  ["bare messages", ["hello", SILENCE, "and more", "bye"], ["hello", "and more", "bye"]],
  ["keys", ["h", "i", SILENCE, "\r", "\n", "y", "o", "\r\n"], ["hi", "yo"]],
  ["keys, the first of them taken back", ["h", "\x03", "i", "\r"], ["i"]],
  ["Ctrl-D where nothing is typed", ["h", "\r", "\x04"], ["h", "<hung up>"]],
  ["telnet's sequences", ["\xff\xfd\x01\xff\xfb\x1fhi\r\n"], ["hi"]],
  ["a line that is too long", [`${"x".repeat(9000)}\nhi\n`], [OVERLONG, "hi"]],
])("of %s", (_, packets, lines) => {
  expect(linesOf(packets)).toEqual(lines);
});

test("a client's bytes are left as they are", () => {
  expect(linesOf(["PING \xff\xfd\x01\r\n"], { isIrc: true })).toEqual(["PING \xff\xfd\x01"]);
});

test("the number of waiting bytes is known, and is zero after clearing", () => {
  const told: string[] = [];
  const input = new LineInput({
    begun: () => told.push("begun"),
    settled: () => told.push("settled"),
    swallowed: (count) => told.push(`${count} swallowed`),
  });
  input.push(Buffer.from([0xff, 0xfd, 0x01, 0x68, 0x69]));
  expect([input.waiting, input.held, input.isAtRest]).toEqual([5, 5, false]);
  input.takePacket();
  expect([input.waiting, input.held, input.isAtRest, ...told]).toEqual([0, 2, false, "3 swallowed", "begun"]);
  input.push(Buffer.from("!"));
  expect(input.fragmentDue()).toBe(false);
  input.clear();
  expect([input.waiting, input.held, input.isAtRest]).toEqual([0, 0, true]);
});

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
  ["a negotiation of a window of 10 rows", [IAC, SB, 31, 0, 13, 0, 10, IAC, SE, a], "a"],
  ["what looks like a refusal before a line's end", [a, IAC, DONT, 10, a, 10], "a\na\n"],
  ["what looks like a wish before CR LF", [a, IAC, DO, 13, 10, a], "a\r\na"],
  ["what looks like a command before a line's end", [a, IAC, 10, a], "a\na"],
  ["what looks like a negotiation in a line", [a, IAC, SB, a, a, a, a, a, 10, a], "a\na"],
] as const)("of %s only the text is left", (_, bytes, text) => {
  expect(Buffer.from(new TelnetFilter().filter(Uint8Array.from(bytes))).toString()).toBe(text);
});

const isNoLineEnd = (byte: number) => byte !== 10 && byte !== 13;

const item = fc.oneof(
  fc.integer({ min: 0, max: 254 }).map((byte) => ({ bytes: [byte], text: [byte] })),
  fc.constantFrom(WILL, WONT, DO, DONT).chain((verb) =>
    fc
      .nat(255)
      .filter(isNoLineEnd)
      .map((option) => ({ bytes: [IAC, verb, option], text: [] as number[] })),
  ),
  fc.integer({ min: SE, max: SB - 1 }).map((verb) => ({ bytes: [IAC, verb], text: [] as number[] })),
  fc
    .array(fc.nat(254).filter(isNoLineEnd))
    .map((inner) => ({ bytes: [IAC, SB, ...inner, IAC, SE], text: [] as number[] })),
);

test("however a stream is cut, its text is the same without telnet's bytes", () => {
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

test.each(["h", "é", "漢", "e\u0301", "👩‍👩‍👧", "\r", "\x7f", "\x1b", "\x1b[A", "\x1bOA", "\x1b[1;5D", "\x1bx"])(
  "%j is a key's escape sequence",
  (packet) => {
    expect(isKey(Buffer.from(packet))).toBe(true);
  },
);

test.each(["hi", "é漢", "\n", "h\n", "\r\n", "\0", "\x1b[Ax", "\x1b[A\x1b[B!", "x".repeat(100)])(
  "%j is no key",
  (packet) => {
    expect(isKey(Buffer.from(packet))).toBe(false);
  },
);

test("half a character is a key: the rest follows", () => {
  expect(isKey(Uint8Array.from([0xc3]))).toBe(true);
});

test("Ctrl-C and Ctrl-D ask for something where they come alone", () => {
  const controls = ["\x03", "\x04", "\x03\x03", "x\x03", "x"].map((packet) => controlKeyOf(Buffer.from(packet)));
  expect(controls).toEqual(["interrupt", "end", undefined, undefined, undefined]);
});

test.each([
  ["a raw terminal's Enter", ["hi\r", "you\r"], "hi\nyou\n"],
  ["telnet's", ["hi\r\n", "you\r\n"], "hi\nyou\n"],
  ["telnet's, cut", ["hi\r", "\nyou\r", "\nall\r", "\r"], "hi\nyou\nall\n\n"],
  ["a newline", ["hi\n"], "hi\n"],
  ["a CR among others", ["a\rb\n"], "a\rb\n"],
])("of %s a line is made", (_, packets, lines) => {
  const input = new KeyInput();
  const made = packets.map((packet) => Buffer.from(input.lines(Buffer.from(packet))).toString()).join("");
  expect(made).toBe(lines);
});

describe("a terminal that sends key by key", () => {
  for (const keys of ["é漢h", "hi!"]) {
    test(`says ${keys} as a line, not as bare messages`, () => {
      using fixture = new RegistryFixture();
      const visitor = fixture.connects().sends(...keys);
      visitor.connection.fragmentDue();
      visitor.sends("\r");
      expect(visitor.protocol.told).toEqual([keys]);
    });
  }

  test("may begin with an arrow", () => {
    using fixture = new RegistryFixture();
    const visitor = fixture.connects().sends("\x1b[A", "h", "i", "\r\0", "y", "o", "\r", "\0");
    expect(visitor.protocol.told).toEqual(["\x1b[Ahi", "yo"]);
  });

  test("takes a line back by Ctrl-C, and goes by it where nothing is typed", () => {
    using fixture = new RegistryFixture();
    const visitor = fixture.connects().sends("n", "o", "\x03", "y", "o", "\r");
    expect(visitor.protocol.told).toEqual(["yo"]);
    visitor.sends("\x03");
    expect(visitor.protocol.told).toEqual(["yo", "<end>"]);
    expect(visitor.transport.asked).toEqual(["finish"]);
  });

  test("goes by Ctrl-D where nothing is left, and by that alone", () => {
    using fixture = new RegistryFixture();
    const visitor = fixture.connects().sends("h", "\x04", "i", "\r", "x", "\x7f", "\x04");
    expect(visitor.protocol.told).toEqual(["hi", "<end>"]);
  });

  test("is let go if its first key is Ctrl-C", () => {
    using fixture = new RegistryFixture();
    expect(fixture.connects().sends("\x03").transport.asked).toEqual(["finish"]);
  });

  test("is greeted while typing, if the first line takes more than a minute", () => {
    using fixture = new RegistryFixture();
    const visitor = fixture.connects().sends("h", "i");
    visitor.connection.housekeep(61_000);
    expect(visitor.protocols).toEqual([]);
    visitor.connection.housekeep(61_001);
    expect(visitor.protocol.name).toBe("greeted person");
    expect(visitor.sends("\r").protocol.told).toEqual(["hi"]);
  });

  test("may turn out to be an IRC client, whose bytes are left as they are", () => {
    using fixture = new RegistryFixture();
    const visitor = fixture.connects().sends(..."NICK ann\r\n", "\x03", "4\r", "x\x04\r\n");
    expect(visitor.protocol.name).toBe("client");
    expect(visitor.protocol.told).toEqual(["NICK ann", "", "\x034\rx\x04"]);
  });
});

test("a client's lines are the same however they were cut", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 30 }), (sizes) => {
      using fixture = new RegistryFixture();
      const visitor = fixture.connects();
      const all = "NICK ann\r\nUSER a 0 * :a\r\nPRIVMSG #x :\x01ACTION \x0304is\x03 \x04 here\x01\r\n";
      let at = 0;
      for (const size of [...sizes, all.length]) {
        if (at < all.length) visitor.sends(all.slice(at, at + size));
        at += size;
      }
      expect(visitor.protocol.name).toBe("client");
      expect(visitor.protocol.told.filter((line) => line !== "")).toEqual(all.split("\r\n").slice(0, -1));
    }),
  );
});

import { expect, test } from "bun:test";
import fc from "fast-check";
import { closeFrame, cutAt, FrameReader, frameLines } from "../../src/web/frames.ts";
import { frame, parts } from "./client-frames.ts";

const LIMIT = 8192;
const TEXT = 1;
const BINARY = 2;
const PING = 9;

/** Everything that a reader gives for these packets: lines, pongs, and the end. */
function outcome(...packets: readonly Uint8Array[]) {
  const reader = new FrameReader(LIMIT);
  const lines = Buffer.concat(packets.map((packet) => reader.read(packet))).toString("latin1");
  return { lines, pongs: Buffer.from(reader.takePongs()).toString("latin1"), end: reader.end };
}

function bytesOf(text: string): Uint8Array {
  return Buffer.from(text, "latin1");
}

/** The code of a close frame of a server. */
function codeOf(reply: Uint8Array | undefined): number | undefined {
  return reply && reply.length > 2 ? (reply[2] ?? 0) * 256 + (reply[3] ?? 0) : undefined;
}

test.each([
  ["a message is a line", [frame(TEXT, "NICK ann")], "NICK ann\n"],
  ["CR LF at its end is dropped", [frame(TEXT, "NICK ann\r\n"), frame(TEXT, "PING x\n")], "NICK ann\nPING x\n"],
  ["NUL, CR and LF inside become blanks", [frame(TEXT, "a\0b\rc\nNICK eve\r\n")], "a b c NICK eve\n"],
  ["an empty message is an empty line", [frame(TEXT, "")], "\n"],
  ["a message has 125 bytes", [frame(TEXT, "x".repeat(125))], `${"x".repeat(125)}\n`],
  ["a message has 126 bytes", [frame(TEXT, "x".repeat(126))], `${"x".repeat(126)}\n`],
  ["a message has the most bytes", [frame(TEXT, `${"x".repeat(LIMIT)}\r\n`)], `${"x".repeat(LIMIT)}\n`],
  ["fragments are one message", parts(TEXT, "NI", "CK", " ann"), "NICK ann\n"],
  ["fragments may be empty", parts(TEXT, "", "a", "", ""), "a\n"],
  ["a character is cut between fragments", parts(TEXT, bytesOf("\xe2\x82"), bytesOf("\xac")), "\xe2\x82\xac\n"],
  ["binary messages may be no UTF-8", [frame(BINARY, bytesOf("\xff\xfe"))], "\xff\xfe\n"],
  ["a pong without a ping is ignored", [frame(10, "x"), frame(TEXT, "a")], "a\n"],
] as const)("%s", (_, frames, lines) => {
  expect(outcome(Buffer.concat(frames))).toEqual({ lines, pongs: "", end: undefined });
});

test("pings between fragments are answered with their payload", () => {
  const [first, last] = parts(TEXT, "NICK", " ann");
  if (!first || !last) throw new Error("There are two");
  const { lines, pongs, end } = outcome(first, frame(PING, "here?"), last, frame(PING, ""));
  expect([lines, pongs, end]).toEqual(["NICK ann\n", "\x8a\x05here?\x8a\x00", undefined]);
});

test("of many pings the last are answered", () => {
  const reader = new FrameReader(LIMIT);
  for (let n = 0; n < 1000; n++) reader.read(frame(PING, `ping ${n}`));
  const pongs = Buffer.from(reader.takePongs());
  expect(pongs.length).toBeLessThanOrEqual(1024);
  expect(pongs.toString("latin1")).toEndWith("ping 999");
  expect(reader.takePongs().length).toBe(0);
});

const masked = [1, 2, 3, 4];

test.each([
  ["a reserved bit", [frame(TEXT, "x", { first: 0xc1 })], 1002, /reserved bit/],
  ["a reserved opcode of data", [frame(3, "x")], 1002, /opcode 3/],
  ["a reserved opcode of control", [frame(11, "")], 1002, /opcode 11/],
  ["no mask", [Uint8Array.of(0x81, 1, 120)], 1002, /not masked/],
  ["a fragmented ping", [frame(PING, "x", { first: 0x09 })], 1002, /fragmented/],
  ["a long ping", [frame(PING, "x".repeat(126))], 1002, /longer than 125/],
  ["a continuation of nothing", [frame(0, "x")], 1002, /continues no message/],
  ["a message within a message", [frame(TEXT, "x", { first: TEXT }), frame(TEXT, "y")], 1002, /within another/],
  ["125 bytes in the form for 65535", [Uint8Array.of(0x81, 0xfe, 0, 125, ...masked)], 1002, /fewest bytes/],
  ["65535 bytes in the long form", [Uint8Array.of(0x81, 0xff, 0, 0, 0, 0, 0, 0, 255, 255)], 1002, /fewest bytes/],
  ["a negative length", [Uint8Array.of(0x81, 0xff, 128, 0, 0, 0, 0, 1, 0, 0)], 1002, /fewest bytes/],
  ["65536 bytes", [Uint8Array.of(0x81, 0xff, 0, 0, 0, 0, 0, 1, 0, 0, ...masked)], 1009, /longer than 8192/],
  ["a byte too many", [frame(TEXT, "x".repeat(LIMIT + 1))], 1009, /longer than 8192/],
  ["fragments that are too long together", parts(TEXT, "x".repeat(8000), "x".repeat(200)), 1009, /longer/],
  ["text that is no UTF-8", [frame(TEXT, bytesOf("\xff"))], 1007, /not UTF-8/],
  ["half a character", [frame(TEXT, bytesOf("\xe2\x82"))], 1007, /not UTF-8/],
  ["half a character before CR LF", [frame(TEXT, bytesOf("\xe2\x82\r\n"))], 1007, /not UTF-8/],
  ["half a code", [frame(8, bytesOf("\x03"))], 1002, /half a code/],
  ["a reason that is no UTF-8", [frame(8, bytesOf("\x03\xe8\xff"))], 1007, /not UTF-8/],
] as const)("%s ends the stream, the lines before it count", (_, frames, code, words) => {
  const { lines, end } = outcome(frame(TEXT, "before"), ...frames, frame(TEXT, "behind"));
  expect([lines, end?.isPeers, codeOf(end?.reply)]).toEqual(["before\n", false, code]);
  expect(end?.words).toMatch(words);
});

test.each([1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999])(
  "a client may close with %i, and gets it back",
  (code) => {
    const { end } = outcome(frame(8, Uint8Array.of(code >> 8, code & 255, ...Buffer.from("bye €"))));
    expect([end?.isPeers, end?.words, codeOf(end?.reply)]).toEqual([true, "bye €", code]);
  },
);

test.each([0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535])(
  "a client may not close with %i",
  (code) => {
    const { end } = outcome(frame(8, Uint8Array.of(code >> 8, code & 255)));
    expect([end?.isPeers, codeOf(end?.reply)]).toEqual([false, 1002]);
  },
);

test("a close frame may be empty, and ends the stream", () => {
  const { end, lines } = outcome(frame(8, ""), frame(TEXT, "behind"));
  expect([end?.isPeers, Buffer.from(end?.reply ?? []).toString("hex"), lines]).toEqual([true, "8800", ""]);
});

/** Frames of any kind, right and wrong ones. */
const anyFrame = fc.oneof(
  fc
    .record({
      opcode: fc.constantFrom(0, 1, 1, 1, 2, 8, 9, 10, 3),
      text: fc.string({ maxLength: 200 }),
      isLast: fc.boolean(),
    })
    .map(({ opcode, text, isLast }) => frame(opcode, text, { first: (isLast || opcode > 7 ? 0x80 : 0) | opcode })),
  fc.uint8Array({ maxLength: 12 }),
);

test("the same frames give the same lines however they are chopped", () => {
  fc.assert(
    fc.property(fc.array(anyFrame, { maxLength: 12 }), fc.array(fc.nat(3000), { maxLength: 20 }), (frames, cuts) => {
      const all = Buffer.concat(frames);
      const at = [0, ...cuts.map((cut) => cut % (all.length + 1)).sort((a, b) => a - b), all.length];
      const packets = at.slice(1).map((end, i) => all.subarray(at[i], end));
      const whole = outcome(all);
      expect(outcome(...packets)).toEqual(whole);
      expect(outcome(...Array.from(all, (byte) => Uint8Array.of(byte)))).toEqual(whole);
    }),
    { numRuns: 300 },
  );
});

test("the buffer of an unfinished message does not grow beyond the limit", () => {
  const reader = new FrameReader(LIMIT);
  reader.read(frame(TEXT, "x", { first: TEXT }));
  for (let n = 0; n < 100_000 && !reader.end; n++) reader.read(frame(0, "x", { first: 0 }));
  expect(codeOf(reader.end?.reply)).toBe(1009);
});

// Frames of the server.

test.each([
  ["", ""],
  ["a\r\n", "\x81\x01a"],
  ["a\r\nbc\r\n", "\x81\x01a\x81\x02bc"],
  ["a\n\r\nb\n", "\x81\x01a\x81\x01b"],
  ["a\r\nno end", "\x81\x01a\x81\x06no end"],
  [`${"x".repeat(125)}\r\n`, `\x81\x7d${"x".repeat(125)}`],
  [`${"x".repeat(126)}\r\n`, `\x81\x7e\x00\x7e${"x".repeat(126)}`],
  [`${"x".repeat(8000)}\r\n`, `\x81\x7e\x1f\x40${"x".repeat(8000)}`],
])("each line is a frame: %j", (lines, frames) => {
  expect(Buffer.from(frameLines(bytesOf(lines), "text")).toString("latin1")).toBe(frames);
  expect(Buffer.from(frameLines(bytesOf(lines), "binary")).toString("latin1")).toBe(frames.replaceAll("\x81", "\x82"));
});

test("a cut is made at the end of a frame, and counts its lines", () => {
  const lines = bytesOf("a\r\n\r\nbc\r\n");
  expect([0, 1, 3, 4, 7, 99].map((taken) => cutAt(lines, taken))).toEqual([
    { frames: 0, lines: 0 },
    { frames: 3, lines: 3 },
    { frames: 3, lines: 3 },
    { frames: 7, lines: 9 },
    { frames: 7, lines: 9 },
    { frames: 7, lines: 9 },
  ]);
});

test("a close frame's reason is cut to fit", () => {
  expect(closeFrame(1009, "x".repeat(200)).length).toBe(127);
  expect(codeOf(closeFrame(1009, ""))).toBe(1009);
});

import { describe, expect, test } from "bun:test";
import { FrameReader } from "../../src/web/frames.ts";
import { startChat } from "../support/chat-server.ts";
import { WireClient } from "../support/socket.ts";
import { frame, parts } from "./client-frames.ts";

// The rules of RFC 6455 for a client's frames, by its sections; each case whole, and byte by byte.

const [CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG] = [0, 1, 2, 8, 9, 10];
const LIMIT = 8192;

const bytes = (...values: readonly number[]) => Uint8Array.from(values);
const close = (code: number, reason: string | Uint8Array = "") =>
  frame(CLOSE, Buffer.concat([bytes(code >> 8, code & 255), Buffer.from(reason)]));

/** A server's answer to a client's frames: its lines, its pongs, and the code with which it closes. */
function reads(...packets: readonly Uint8Array[]) {
  const reader = new FrameReader(LIMIT);
  const lines = Buffer.concat(packets.map((packet) => reader.read(packet))).toString("utf8");
  const pongs = Buffer.from(reader.takePongs()).toString("latin1");
  const [, , high, low] = reader.end?.reply ?? [];
  const code = reader.end && (high === undefined || low === undefined ? "none" : high * 256 + low);
  return { lines, pongs, code };
}

function expectRead(frames: readonly Uint8Array[], outcome: Partial<ReturnType<typeof reads>>): void {
  const all = Buffer.concat(frames);
  const whole = { lines: "", pongs: "", code: undefined, ...outcome };
  expect(reads(all)).toEqual(whole);
  expect(reads(...Array.from(all, (byte) => bytes(byte)))).toEqual(whole);
}

describe("5.2 base framing", () => {
  test.each([0, 1, 125, 126, 127, 128, 255, 256, 4096, LIMIT])("a message of %i bytes is read", (length) => {
    expectRead([frame(TEXT, "x".repeat(length))], { lines: `${"x".repeat(length)}\n` });
    expectRead([frame(BINARY, "x".repeat(length))], { lines: `${"x".repeat(length)}\n` });
  });

  test.each([LIMIT + 3, 65_535, 65_536, 70_000])("a message of %i bytes is too long: 1009", (length) => {
    expectRead([frame(TEXT, "x".repeat(length))], { code: 1009 });
  });

  test.each([0x10, 0x20, 0x30, 0x40, 0x50, 0x60, 0x70])("the reserved bits %i end it, in every frame", (reserved) => {
    for (const opcode of [TEXT, BINARY, CLOSE, PING, PONG])
      expectRead([frame(opcode, "", { first: 0x80 | reserved | opcode })], { code: 1002 });
    expectRead([frame(TEXT, "a", { first: TEXT }), frame(CONTINUATION, "b", { first: 0x80 | reserved })], {
      code: 1002,
    });
  });

  test.each([3, 4, 5, 6, 7, 11, 12, 13, 14, 15])(
    "the reserved opcode %i closes the connection after the earlier frames",
    (opcode) => {
      expectRead([frame(TEXT, "before"), frame(opcode, ""), frame(TEXT, "behind")], { lines: "before\n", code: 1002 });
      expectRead([frame(TEXT, "a", { first: TEXT }), frame(opcode, "b")], { code: 1002 });
    },
  );

  test("a length in more bytes than it needs ends it", () => {
    for (const length of [0, 1, 125]) expectRead([bytes(0x81, 0xfe, 0, length, 1, 2, 3, 4)], { code: 1002 });
    for (const length of [0, 126, 65_535])
      expectRead([bytes(0x81, 0xff, 0, 0, 0, 0, 0, 0, length >> 8, length & 255, 1, 2, 3, 4)], { code: 1002 });
  });

  test("a length with its highest bit set ends it, and one of 2^62 is too long", () => {
    expectRead([bytes(0x81, 0xff, 0x80, 0, 0, 0, 0, 1, 0, 0, 1, 2, 3, 4)], { code: 1002 });
    expectRead([bytes(0x81, 0xff, 0x40, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4)], { code: 1009 });
  });
});

describe("5.3 masking", () => {
  test("a frame without a mask ends it, of every kind", () => {
    for (const opcode of [TEXT, BINARY, PING, PONG]) expectRead([bytes(0x80 | opcode, 1, 120)], { code: 1002 });
    expectRead([bytes(0x88, 2, 3, 232)], { code: 1002 });
    expectRead([frame(TEXT, "a", { first: TEXT }), bytes(0x80, 1, 120)], { code: 1002 });
  });

  test("any mask is taken off, that of zeros too", () => {
    for (const mask of [bytes(0, 0, 0, 0), bytes(255, 255, 255, 255), bytes(1, 2, 3, 4)]) {
      const masked = Buffer.from("NICK ann").map((byte, at) => byte ^ (mask[at & 3] ?? 0));
      expectRead([Buffer.concat([bytes(0x81, 0x88), mask, masked])], { lines: "NICK ann\n" });
    }
  });
});

describe("5.4 fragmentation", () => {
  test("fragments of any sizes are one message", () => {
    for (const kind of [TEXT, BINARY]) {
      expectRead(parts(kind, "NICK", " ", "ann"), { lines: "NICK ann\n" });
      expectRead(parts(kind, ...Array.from("NICK ann")), { lines: "NICK ann\n" });
      expectRead(parts(kind, "", "", ""), { lines: "\n" });
    }
    expectRead([...parts(TEXT, "a", "b"), ...parts(BINARY, "c", "d"), frame(TEXT, "e")], { lines: "ab\ncd\ne\n" });
  });

  test("control frames in between are handled at once, and the message goes on", () => {
    const [one, two, three] = parts(TEXT, "a", "b", "c");
    if (!one || !two || !three) throw new Error("There are three");
    expectRead([one, frame(PING, "1"), frame(PONG, "?"), two, frame(PING, "2"), three], {
      lines: "abc\n",
      pongs: "\x8a\x011\x8a\x012",
    });
    expectRead([one, close(1000), two, three], { code: 1000 });
  });

  test("a continuation continues a message that has begun, and not one that is over", () => {
    for (const first of [0x00, 0x80]) {
      expectRead([frame(CONTINUATION, "a", { first })], { code: 1002 });
      expectRead([frame(TEXT, "a"), frame(CONTINUATION, "b", { first })], { lines: "a\n", code: 1002 });
      expectRead([...parts(TEXT, "a", "b"), frame(CONTINUATION, "c", { first })], { lines: "ab\n", code: 1002 });
    }
  });

  test("a message cannot begin within another", () => {
    for (const kind of [TEXT, BINARY])
      for (const first of [kind, 0x80 | kind])
        expectRead([frame(TEXT, "a", { first: TEXT }), frame(kind, "b", { first })], { code: 1002 });
  });
});

describe("5.5 control frames", () => {
  test.each([CLOSE, PING, PONG])("of opcode %i cannot be fragmented, and have at most 125 bytes", (opcode) => {
    expectRead([frame(opcode, "", { first: opcode })], { code: 1002 });
    expectRead([frame(opcode, "x".repeat(126))], { code: 1002 });
    expectRead([frame(opcode, "x".repeat(300))], { code: 1002 });
  });

  test("a ping is answered with its payload, whatever its bytes are; a pong is ignored", () => {
    for (const payload of [bytes(), bytes(0, 255, 254, 10, 13), Buffer.from("x".repeat(125))])
      expectRead([frame(PING, payload), frame(PONG, payload)], {
        pongs: `\x8a${String.fromCharCode(payload.length)}${Buffer.from(payload).toString("latin1")}`,
      });
    expectRead(
      Array.from({ length: 10 }, (_, n) => frame(PING, `${n}`)),
      { pongs: Array.from({ length: 10 }, (_, n) => `\x8a\x01${n}`).join("") },
    );
  });
});

describe("7 closing", () => {
  test("a close frame is answered with its code, and nothing behind it is read", () => {
    for (const behind of [frame(TEXT, "a"), frame(PING, "a"), close(1001), bytes(0xff, 0xff)])
      expectRead([frame(TEXT, "before"), close(1000, "bye"), behind], { lines: "before\n", code: 1000 });
  });

  test("its reason has up to 123 bytes of UTF-8, or none, and the code may be missing too", () => {
    expectRead([frame(CLOSE, "")], { code: "none" });
    expectRead([close(1000)], { code: 1000 });
    expectRead([close(1000, "x".repeat(123))], { code: 1000 });
    expectRead([close(1000, "€".repeat(41))], { code: 1000 });
    expectRead([close(1000, "x".repeat(124))], { code: 1002 });
    expectRead([frame(CLOSE, bytes(3))], { code: 1002 });
    expectRead([close(1000, bytes(0xce, 0xba, 0xed, 0xa0, 0x80))], { code: 1007 });
  });

  test("the server answers, and then closes the connection itself", async () => {
    await using chat = startChat();
    const key = "dGhlIHNhbXBsZSBub25jZQ==";
    const head = `GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`;
    for (const [last, code] of [
      [close(1000, "bye"), 1000],
      [close(4321), 4321],
      [frame(CLOSE, ""), undefined],
      [frame(TEXT, bytes(0xff)), 1007],
      [frame(3, ""), 1002],
    ] as const) {
      const received: Buffer[] = [];
      const closed = Promise.withResolvers<void>();
      const socket = await Bun.connect({
        hostname: "127.0.0.1",
        port: chat.port,
        socket: { data: (_, data) => void received.push(Buffer.from(data)), close: () => closed.resolve() },
      });
      socket.write(Buffer.concat([Buffer.from(head), frame(PING, "here"), last]));
      await closed.promise;
      const all = Buffer.concat(received);
      const frames = all.subarray(all.indexOf("\r\n\r\n") + 4);
      expect(frames.subarray(0, 6).toString("latin1")).toBe("\x8a\x04here");
      const end = frames.subarray(frames.indexOf(0x88, 6));
      expect([end[0], end.length > 3 ? end.readUInt16BE(2) : undefined]).toEqual([0x88, code]);
      expect(end.length).toBe(2 + (end[1] ?? 0));
    }
    const wire = await WireClient.open(chat.port);
    wire.send("NICK ann\r\nUSER ann 0 * :ann\r\n");
    await wire.until(/ 001 /);
    wire.close();
  });
});

describe("8.1 text is UTF-8", () => {
  const right: readonly (readonly number[])[] = [
    [0x24],
    [0xc2, 0x80],
    [0xdf, 0xbf],
    [0xe0, 0xa0, 0x80],
    [0xed, 0x9f, 0xbf],
    [0xee, 0x80, 0x80],
    [0xef, 0xbf, 0xbf],
    [0xf0, 0x90, 0x80, 0x80],
    [0xf4, 0x8f, 0xbf, 0xbf],
    [0xef, 0xbb, 0xbf, 0x61],
  ];
  const wrong: readonly (readonly number[])[] = [
    [0x80],
    [0xbf, 0x80],
    [0xc0, 0xaf],
    [0xc1, 0xbf],
    [0xe0, 0x80, 0xaf],
    [0xe0, 0x9f, 0xbf],
    [0xf0, 0x80, 0x80, 0xaf],
    [0xf0, 0x8f, 0xbf, 0xbf],
    [0xed, 0xa0, 0x80],
    [0xed, 0xbf, 0xbf],
    [0xed, 0xa0, 0x81, 0xed, 0xb0, 0x80],
    [0xf4, 0x90, 0x80, 0x80],
    [0xf5, 0x80, 0x80, 0x80],
    [0xf8, 0x88, 0x80, 0x80, 0x80],
    [0xfc, 0x84, 0x80, 0x80, 0x80, 0x80],
    [0xfe],
    [0xff],
    [0xc2],
    [0xe2, 0x82],
    [0xf0, 0x9f, 0x91],
    [0xce, 0xba, 0xe1],
    [0x61, 0xc2, 0x61],
  ];

  test.each(right)("%p is, also cut between fragments anywhere", (...character) => {
    const line = Buffer.from([0x3c, ...character, 0x3e]);
    const lines = `${line.toString("utf8")}\n`;
    expectRead([frame(TEXT, line)], { lines });
    for (let at = 0; at <= line.length; at++)
      expectRead(parts(TEXT, line.subarray(0, at), line.subarray(at)), { lines });
    expectRead(parts(TEXT, ...Array.from(line, (byte) => bytes(byte))), { lines });
  });

  test.each(wrong)("%p is not, also cut between fragments anywhere; in a binary message it may be", (...character) => {
    const line = Buffer.from(character);
    expectRead([frame(TEXT, line)], { code: 1007 });
    for (let at = 0; at <= line.length; at++)
      expectRead(parts(TEXT, line.subarray(0, at), line.subarray(at)), { code: 1007 });
    expect(reads(frame(BINARY, line)).code).toBeUndefined();
  });

  test("a character is not whole across two messages", () => {
    expectRead([frame(TEXT, bytes(0xe2, 0x82)), frame(TEXT, bytes(0xac))], { code: 1007 });
  });
});

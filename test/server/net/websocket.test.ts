import { expect, test } from "bun:test";
import fc from "fast-check";
import { accept } from "../../../src/server/net/listen.ts";
import { FrameCache, WebSocketTransport } from "../../../src/server/net/websocket.ts";
import { closing } from "../../../src/wire/closing.ts";
import { frame } from "../../web/client-frames.ts";
import { FakeTransport, RegistryFixture } from "../fakes.ts";

const HEAD = Buffer.from("HTTP/1.1 101 Switching Protocols\r\n\r\n");

/** A connection that has gone on as a WebSocket, over a fake transport. */
function enter(fixture: RegistryFixture) {
  const socket = new FakeTransport();
  const connection = accept(fixture.registry, socket);
  if (!connection) throw new Error("It was not let in");
  socket.onGone = () => socket.receiver?.closed(closing("closed"));
  connection.openWebSocket(HEAD, "text");
  const sends = (...frames: readonly Uint8Array[]) => {
    socket.receiver?.received(Buffer.concat(frames));
    fixture.tick();
  };
  const [protocol] = fixture.protocols.filter(({ peer }) => peer === connection);
  if (!protocol) throw new Error("It has no protocol");
  return { connection, socket, sends, protocol, sent: () => socket.bytes.subarray(HEAD.length).toString("latin1") };
}

const CLOSE = (code: number) => frame(8, Uint8Array.of(code >> 8, code & 255));

test("a message is a line of IRC, whatever it looks like, and a line is a message", () => {
  using fixture = new RegistryFixture();
  const { connection, protocol, sends, sent } = enter(fixture);
  protocol.onLine = (line) => protocol.peer.push(Buffer.from(`${line}!\r\n`));
  sends(frame(1, "hello\r\nNICK eve"), frame(1, "\x16\xff bye\r\n"));
  expect([protocol.name, connection.protocolName, ...protocol.told]).toEqual([
    "client",
    "irc",
    "hello  NICK eve",
    "\x16ÿ bye",
  ]);
  expect(sent()).toBe("\x81\x10hello  NICK eve!\x81\x08\x16\xc3\xbf bye!");
});

test("frames that came with the request are read", () => {
  using fixture = new RegistryFixture();
  const socket = new FakeTransport();
  const connection = accept(fixture.registry, socket);
  fixture.onProtocol = (protocol) => {
    protocol.onLine = (line) => line === "" && connection?.openWebSocket(HEAD, "text");
  };
  // Telnet's IAC: the telnet filter must not see frames.
  const frames = [frame(1, "a\xff\xfb\x01b"), frame(1, "c")];
  connection?.speakHttp();
  socket.receiver?.received(Buffer.concat([Buffer.from("GET / HTTP/1.1\r\n\r\n"), ...frames]));
  fixture.tick();
  expect(fixture.protocols.map(({ name, told }) => [name, ...told])).toEqual([
    ["browser", "GET / HTTP/1.1", ""],
    ["client", "aÿû\x01b", "c"],
  ]);
});

test("pings are answered, and show that the peer is there", () => {
  using fixture = new RegistryFixture();
  const { connection, sends, sent } = enter(fixture);
  fixture.now += 5000;
  sends(frame(9, "one"), frame(9, "two"));
  expect([sent(), connection.heard]).toEqual(["\x8a\x03one\x8a\x03two", fixture.now]);
});

test("bytes without messages weigh in the rate limit, so that a flood of them waits", () => {
  using fixture = new RegistryFixture();
  Object.assign(fixture.registry.limits, { floodProtection: true, floodBurst: 10, floodRate: 1 });
  const { socket, sends } = enter(fixture);
  for (let n = 0; n < 100; n++) sends(...Array.from({ length: 200 }, () => frame(9, "flood")));
  expect(socket.asked).toContain("pause");
  const pongs = socket.bytes.length;
  sends(frame(9, "flood"));
  expect(socket.bytes.length).toBe(pongs);
});

test("the peer's close ends the input, is answered after everything, and closes", () => {
  using fixture = new RegistryFixture();
  const { protocol, sends, sent, socket } = enter(fixture);
  protocol.onLine = (line) => protocol.peer.push(Buffer.from(`${line}!\r\n`));
  sends(frame(1, "last"), CLOSE(1001), frame(1, "behind"));
  expect(protocol.told.slice(0, 2)).toEqual(["last", "<end>"]);
  expect(sent()).toBe("\x81\x05last!\x88\x02\x03\xe9");
  expect(socket.asked).toEqual(["finish", "close"]);
});

test("a fault ends the input with its reason, in the close frame and in the log", () => {
  using fixture = new RegistryFixture();
  const { protocol, sends, sent, socket } = enter(fixture);
  sends(frame(1, "before"), frame(1, "x".repeat(8193)), frame(1, "behind"));
  expect(sent()).toStartWith("\x88");
  expect(sent()).toEndWith("\x03\xf1a message is longer than 8192 bytes");
  expect(socket.asked).toEqual(["finish", "close"]);
  expect(protocol.told).toEqual(["before", "<gone: WebSocket: a message is longer than 8192 bytes>"]);
});

test("our close waits for the peer's", () => {
  using fixture = new RegistryFixture();
  const { protocol, sends, sent, socket } = enter(fixture);
  protocol.onLine = () => protocol.peer.finish(closing("quit"));
  sends(frame(1, "QUIT"));
  expect([sent(), ...socket.asked]).toEqual(["\x88\x02\x03\xe8", "finish"]);
  sends(CLOSE(1000));
  expect(socket.asked).toEqual(["finish", "close"]);
});

test("a carrier that ends without a close frame ends the input", () => {
  using fixture = new RegistryFixture();
  const { protocol, socket } = enter(fixture);
  socket.receiver?.ended();
  fixture.tick();
  expect(protocol.told[0]).toBe("<end>");
});

test("whatever a carrier takes at a time, every line arrives once and in order", () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(fc.nat(300), { minLength: 1, maxLength: 40 }), { minLength: 1, maxLength: 8 }),
      fc.array(fc.nat(700), { minLength: 1 }),
      fc.boolean(),
      (writes, rooms, pings) => {
        const socket = new FakeTransport();
        const webSocket = new WebSocketTransport(socket, new FrameCache("text"), new Uint8Array(0));
        const lines = writes.map((lengths) => lengths.map((length) => `${"x".repeat(length)}\r\n`).join(""));
        let waiting = Buffer.from(lines.join(""));
        let isAsked = true;
        webSocket.receiver = {
          ...{ received: () => {}, ended: () => {}, closed: () => {}, failed: () => {}, isAtRest: true },
          drained: () => {
            isAsked = true;
          },
        };
        let turn = 0;
        let finished = false;
        while (turn < 100_000 && !(socket.asked.includes("finish") && !socket.isFull)) {
          if (pings && turn % 7 === 0) webSocket.filter(frame(9, "p"));
          if (isAsked && waiting.length > 0) {
            const taken = webSocket.write(waiting);
            isAsked = taken === waiting.length;
            waiting = waiting.subarray(taken);
          }
          if (waiting.length === 0 && !finished) webSocket.finish();
          finished = waiting.length === 0;
          if (socket.isFull) {
            socket.room = rooms[turn % rooms.length] ?? 1;
            socket.isFull = socket.room === 0;
            if (!socket.isFull) socket.receiver?.drained();
          } else socket.room = rooms[turn % rooms.length] ?? 1;
          turn++;
          if (rooms.every((room) => room === 0)) return;
        }
        const texts = messagesIn(socket.bytes).filter(({ opcode }) => opcode === 1);
        const expected = lines
          .join("")
          .split("\r\n")
          .filter((line) => line !== "");
        expect(texts.map(({ text }) => text)).toEqual(expected);
        expect(messagesIn(socket.bytes).at(-1)?.opcode).toBe(8);
      },
    ),
  );
});

/** The frames of a server. */
function messagesIn(bytes: Buffer): readonly { opcode: number; text: string }[] {
  const messages = [];
  for (let at = 0; at < bytes.length; ) {
    const short = bytes[at + 1] ?? 0;
    const head = short === 126 ? 4 : 2;
    const length = short === 126 ? bytes.readUInt16BE(at + 2) : short;
    messages.push({ opcode: (bytes[at] ?? 0) & 15, text: bytes.toString("latin1", at + head, at + head + length) });
    at += head + length;
  }
  return messages;
}

test("the bytes of a room are framed once for all", () => {
  const cache = new FrameCache("text");
  const bytes = Buffer.from("hello\r\n");
  expect(cache.framesOf(bytes)).toBe(cache.framesOf(bytes));
  expect(cache.framesOf(Buffer.from("hello\r\n"))).not.toBe(cache.framesOf(bytes));
});

test("a peer that does not read is answered to its last ping, and keeps no more", () => {
  const socket = new FakeTransport();
  const webSocket = new WebSocketTransport(socket, new FrameCache("text"), new Uint8Array(0));
  socket.room = 3;
  expect(webSocket.write(Buffer.from("hello\r\n"))).toBe(7);
  for (let n = 0; n < 1000; n++) webSocket.filter(frame(9, `ping ${n}`));
  expect(webSocket.unsent).toBeLessThan(100);
  socket.room = 1000;
  socket.isFull = false;
  socket.receiver?.drained();
  expect(messagesIn(socket.bytes).map(({ text }) => text)).toEqual(["hello", "ping 999"]);
});

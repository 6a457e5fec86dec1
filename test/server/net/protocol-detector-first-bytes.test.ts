import { expect, test } from "bun:test";
import { makeCertificate, TlsContext } from "../../../src/server/net/certificate.ts";
import { accept } from "../../../src/server/net/listen.ts";
import { HTTP } from "../../../src/server/net/protocol-detector.ts";
import { closing } from "../../../src/wire/closing.ts";
import { FakeTransport, Stage } from "../fakes.ts";

/** A whole record with the beginning of a ClientHello. */
const HELLO = Uint8Array.from([0x16, 0x03, 0x01, 0x00, 0x05, 0x01, 0x00, 0x01, 0x00, 0x03]);
const certificate = await makeCertificate("chat.test");

function enter(stage: Stage) {
  const socket = new FakeTransport();
  const connection = accept(stage.registry, socket);
  const sends = (bytes: string | Uint8Array) => {
    socket.receiver?.received(Buffer.from(bytes));
    stage.tick();
  };
  return { connection, socket, sends };
}

test("without TLS a handshake is answered with the end", () => {
  using stage = new Stage();
  const { socket, sends } = enter(stage);
  sends(HELLO);
  expect([stage.faces.length, ...socket.asked]).toEqual([0, "finish"]);
});

test("what does not begin like a handshake goes to the connection as it comes", () => {
  using stage = new Stage({ tlsContext: new TlsContext(() => certificate) });
  const { connection, sends } = enter(stage);
  sends("hello\n");
  sends("\x16 is only that byte\n");
  expect(stage.faces.flatMap((face) => face.told)).toEqual(["hello", "\x16 is only that byte"]);
  expect(connection?.isSecure).toBe(false);
});

test("a ClientHello is waited for however it is cut, and refused if it does not come", () => {
  using stage = new Stage({ tlsContext: new TlsContext(() => certificate) });
  const [whole, late, short] = [enter(stage), enter(stage), enter(stage)];
  for (const byte of HELLO) whole.sends(Uint8Array.of(byte));
  for (const { sends } of [late, short]) sends(HELLO.subarray(0, 9));
  expect([whole, late].map(({ connection }) => connection?.isSecure)).toEqual([true, false]);
  late.connection?.detector?.overdue();
  short.socket.receiver?.ended();
  stage.tick();
  expect([late, short].map(({ connection }) => connection?.isClosing)).toEqual([true, true]);
  expect([stage.faces.length, late.socket.taken, short.socket.taken]).toEqual([0, "", ""]);
});

test("during a handshake silence means nothing", () => {
  using stage = new Stage({ tlsContext: new TlsContext(() => certificate) });
  const { connection, socket, sends } = enter(stage);
  expect(stage.registry.undecided.size).toBe(1);
  sends(HELLO);
  expect(stage.registry.undecided.size).toBe(0);
  expect([connection?.isSecure, socket.taken]).toEqual([true, ""]);
  socket.receiver?.closed(closing("reset"));
  expect(stage.registry.connections.size).toBe(0);
});

test.each([
  ["", "no"],
  ["hello", "no"],
  ["Get / HTTP/1.1\r\n\r\n", "no"],
  ["G", "maybe"],
  ["GET", "maybe"],
  ["GET /a HTTP/1.", "maybe"],
  [`GET /${"a".repeat(8192)}`, "no"],
  ["GET /a\r\n", "no"],
  ["GET /a HTTP/1.1\r\n", "whole"],
  ["GET /a HTTP/1.1\nHost: x", "whole"],
  ["GET /a HTTP/1.1\n\nbehind", "whole"],
  ["PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "whole"],
  ["\x16\x03\x01", "no"],
] as const)("%j shows of HTTP: %s", (text, look) => {
  expect(HTTP.look(Buffer.from(text))).toBe(look);
});

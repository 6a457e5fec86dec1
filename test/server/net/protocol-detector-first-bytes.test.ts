import { expect, test } from "bun:test";
import { makeCertificate, TlsContext } from "../../../src/server/net/certificate.ts";
import { accept } from "../../../src/server/net/listen.ts";
import { HTTP } from "../../../src/server/net/protocol-detector.ts";
import { closing } from "../../../src/wire/closing.ts";
import { FakeTransport, RegistryFixture } from "../fakes.ts";

/** A whole record with the beginning of a ClientHello. */
const HELLO = Uint8Array.from([0x16, 0x03, 0x01, 0x00, 0x05, 0x01, 0x00, 0x01, 0x00, 0x03]);
const certificate = await makeCertificate("chat.test");

function enter(fixture: RegistryFixture) {
  const socket = new FakeTransport();
  const connection = accept(fixture.registry, socket);
  const sends = (bytes: string | Uint8Array) => {
    socket.receiver?.received(Buffer.from(bytes));
    fixture.tick();
  };
  return { connection, socket, sends };
}

test("without TLS a handshake is answered with the end", () => {
  using fixture = new RegistryFixture();
  const { socket, sends } = enter(fixture);
  sends(HELLO);
  expect([fixture.protocols.length, ...socket.asked]).toEqual([0, "finish"]);
});

test("bytes that begin no handshake go to the connection as they arrive", () => {
  using fixture = new RegistryFixture({ tlsContext: new TlsContext(() => certificate) });
  const { connection, sends } = enter(fixture);
  sends("hello\n");
  sends("\x16 is only that byte\n");
  expect(fixture.protocols.flatMap((protocol) => protocol.told)).toEqual(["hello", "\x16 is only that byte"]);
  expect(connection?.isSecure).toBe(false);
});

test("a ClientHello is waited for however it is cut, and refused if it does not come", () => {
  using fixture = new RegistryFixture({ tlsContext: new TlsContext(() => certificate) });
  const [whole, late, short] = [enter(fixture), enter(fixture), enter(fixture)];
  for (const byte of HELLO) whole.sends(Uint8Array.of(byte));
  for (const { sends } of [late, short]) sends(HELLO.subarray(0, 9));
  expect([whole, late].map(({ connection }) => connection?.isSecure)).toEqual([true, false]);
  late.connection?.detector?.overdue();
  short.socket.receiver?.ended();
  fixture.tick();
  expect([late, short].map(({ connection }) => connection?.isClosing)).toEqual([true, true]);
  expect([fixture.protocols.length, late.socket.taken, short.socket.taken]).toEqual([0, "", ""]);
});

test("during a handshake silence means nothing", () => {
  using fixture = new RegistryFixture({ tlsContext: new TlsContext(() => certificate) });
  const { connection, socket, sends } = enter(fixture);
  expect(fixture.registry.undecided.size).toBe(1);
  sends(HELLO);
  expect(fixture.registry.undecided.size).toBe(0);
  expect([connection?.isSecure, socket.taken]).toEqual([true, ""]);
  socket.receiver?.closed(closing("reset"));
  expect(fixture.registry.connections.size).toBe(0);
});

test.each([
  ["", "no"],
  ["hello", "no"],
  ["Get / HTTP/1.1\r\n\r\n", "no"],
  ["G", "maybe"],
  ["GET", "maybe"],
  ["GET /a HTTP/1.", "maybe"],
  ["GET /a HTTP/1.1\r\n", "whole"],
  ["GET /a HTTP/1.1\nHost: x", "whole"],
  ["GET /a HTTP/1.1\n\nbehind", "whole"],
  ["PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "whole"],
  ["\x16\x03\x01", "no"],
] as const)("%j shows of HTTP: %s", (text, look) => {
  expect(HTTP.look(Buffer.from(text))).toBe(look);
});

test.each([
  ["POST /", "", "whole"],
  ["POST /", " HTTP/1.1\r\n\r\nhello\n", "whole"],
  ["GET http://chat.test/", "", "whole"],
  ["POST and then ", "", "no"],
  ["post /", "", "no"],
] as const)("an overlong line that begins with %j and ends with %j shows of HTTP: %s", (begin, end, look) => {
  expect(HTTP.look(Buffer.from(`${begin}${"x".repeat(9000)}${end}`))).toBe(look);
});

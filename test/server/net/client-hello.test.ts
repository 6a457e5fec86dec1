import { expect, test } from "bun:test";
import { createServer } from "node:net";
import { connect } from "node:tls";
import fc from "fast-check";
import { makeCertificate, TlsContext } from "../../../src/server/net/certificate.ts";
import { isHelloWhole, offersHttp } from "../../../src/server/net/client-hello.ts";
import { startChat } from "../../support/chat-server.ts";
import { WireClient } from "../../support/socket.ts";

/** The first bytes of a TLS client that offers these protocols. */
async function helloOf(protocols: readonly string[]): Promise<Buffer> {
  const first = Promise.withResolvers<Buffer>();
  const server = createServer((socket) => socket.once("data", (bytes) => first.resolve(Buffer.from(bytes))));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = address !== null && typeof address === "object" ? address.port : 0;
  const client = connect({ port, host: "127.0.0.1", ALPNProtocols: [...protocols], rejectUnauthorized: false });
  client.on("error", () => {});
  const hello = await first.promise;
  client.destroy();
  server.close();
  return hello;
}

test.each([
  [["http/1.1"], true],
  [["h2", "http/1.1"], true],
  [["acme", "http/1.0"], true],
  [["irc"], false],
  [[], false],
])("a client that offers %j offers HTTP: %p", async (protocols, isHttp) => {
  const hello = await helloOf(protocols);
  expect(offersHttp(hello)).toBe(isHttp);
  expect([hello.length, hello.length - 1, 4].map((length) => isHelloWhole(hello.subarray(0, length)))).toEqual([
    true,
    false,
    false,
  ]);
});

test("a record that cannot be is not waited for", () => {
  expect(isHelloWhole(Uint8Array.of(0x16, 3, 1, 0xff, 0xff))).toBe(true);
});

test("any bytes are read to an answer", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      expect(offersHttp(Uint8Array.of(0x16, 3, 1, 1, 0, 1, ...bytes))).toBeBoolean();
    }),
  );
});

const certificate = await makeCertificate("chat.test");

test.each([
  [["http/1.1"], false],
  [["irc"], true],
])("a client with a certificate that offers %j is asked for it: %p", async (protocols, isAsked) => {
  await using chat = startChat({}, undefined, undefined, { tlsContext: new TlsContext(() => certificate) });
  const { cert, key } = await makeCertificate("ann");
  const wire = await WireClient.secure(chat.port, { cert, key, ALPNProtocols: protocols });
  wire.send("NICK ann\r\nUSER ann 0 * :Ann\r\nWHOIS ann\r\n");
  const lines = await wire.until(/ 318 /);
  expect(lines.some((line) => / 276 /.test(line))).toBe(isAsked);
  wire.close();
});

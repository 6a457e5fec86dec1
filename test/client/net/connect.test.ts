import { afterAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Socket, TCPSocketListener } from "bun";
import type { ServerAddress } from "../../../src/client/net/address.ts";
import { connect } from "../../../src/client/net/connect.ts";
import { KnownServers } from "../../../src/client/net/known-servers.ts";
import { type Authority, TlsPolicy } from "../../../src/client/net/tls-policy.ts";
import { DiskFolder } from "../../../src/client/run/system.ts";
import { makeCertificate } from "../../../src/server/net/certificate.ts";
import { encode } from "../../../src/text/bytes.ts";
import { vouchedFor } from "../../support/certificates.ts";

const folder = mkdtempSync(join(tmpdir(), "tcpchat-reach-"));
const servers: TCPSocketListener<undefined>[] = [];
afterAll(() => {
  for (const server of servers) server.stop(true);
  rmSync(folder, { recursive: true, force: true });
});

const own = await makeCertificate("127.0.0.1");
const real = await vouchedFor("127.0.0.1");

/** A server that does this with what it is sent first. */
function server(answer: (socket: Socket<undefined>) => void, tls?: { cert: string; key: string }): number {
  const options = { hostname: "127.0.0.1", port: 0, data: undefined, socket: { data: answer } };
  const listener = Bun.listen<undefined>(tls === undefined ? options : { ...options, tls });
  servers.push(listener);
  return listener.port;
}

const echo = (socket: Socket<undefined>) => void socket.write("heard\n");
let homes = 0;

interface Wishes {
  readonly authority?: Authority;
  readonly knownServers?: KnownServers;
  readonly isNear?: boolean;
  readonly secret?: "login" | "server password";
}

/** Reaches a server, says something, and tells what came of it. */
function attempt(port: number, wishes: Wishes = {}): Promise<readonly string[]> {
  const {
    authority,
    secret,
    isNear = false,
    knownServers = new KnownServers(new DiskFolder(join(folder, `${homes++}`))),
  } = wishes;
  const address: ServerAddress = { host: "127.0.0.1", port };
  const tlsPolicy = new TlsPolicy(address, { knownServers, authority, isNear, secret, clock: Date.now });
  const told: string[] = [];
  return new Promise((resolve) => {
    connect(
      address,
      tlsPolicy,
      {
        opened: (transport, secrecy) => {
          told.push(...(secrecy === "tls" ? ["secure"] : ["plain", secrecy]));
          transport.write(encode("hello\n"));
        },
        received: (bytes) => {
          told.push(Buffer.from(bytes).toString().trim());
          resolve(told);
        },
        drained: () => {},
        closed: (error) => {
          told.push(`closed: ${error instanceof Error ? error.message : error}`.replaceAll(String(port), "PORT"));
          resolve(told);
        },
        told: (words) => told.push(words.replaceAll(String(port), "PORT")),
      },
      100,
    );
  });
}

test("a server that vouches for itself is reached over TLS, and that is said once", async () => {
  const knownServers = new KnownServers(new DiskFolder(join(folder, "own")));
  const port = server(echo, own);
  expect(await attempt(port, { knownServers })).toEqual([
    `The certificate of 127.0.0.1:PORT, which nobody vouches for, is kept, and no other is taken from now on. Its SHA-256 fingerprint: ${own.fingerprint}`,
    "secure",
    "heard",
  ]);
  expect(await attempt(port, { knownServers, isNear: true })).toEqual(["secure", "heard"]);
});

test("a server that one's authorities vouch for is reached over TLS", async () => {
  const authority = { file: "/ca.pem", pem: real.authority };
  expect(await attempt(server(echo, real), { authority })).toEqual(["secure", "heard"]);
  expect(await attempt(server(echo, own), { authority })).toEqual([
    expect.stringMatching(/^closed: \/ca\.pem does not vouch for the certificate of 127\.0\.0\.1:PORT: /),
  ]);
  expect(await attempt(server(echo, real))).toEqual([expect.stringMatching(/^closed: .* cannot be believed: /)]);
});

const plain = (why: string) => `127.0.0.1:PORT does not speak TLS (${why}): what is said there can be read on the way.`;

/** Answers text with text, and a handshake in a way of its own. */
const others: readonly (readonly [string, (socket: Socket<undefined>) => void, string])[] = [
  ["answers in text", (socket) => void socket.write("ERROR :what is that\r\n"), "it answers something else"],
  ["closes", (socket) => void socket.end(), "it closes the connection"],
  ["resets", (socket) => void socket.terminate(), "it closes the connection"],
  ["says nothing", () => {}, "no answer to a handshake"],
];

/** A server in plain text that does this with a handshake. */
function plainServer(handshake: (socket: Socket<undefined>) => void): number {
  const listener = Bun.listen<undefined>({
    hostname: "127.0.0.1",
    port: 0,
    data: undefined,
    socket: { data: (socket, bytes) => (bytes[0] === 0x16 ? handshake(socket) : echo(socket)) },
  });
  servers.push(listener);
  return listener.port;
}

test.each(others)("to one that %s at a handshake, a guest speaks plain text, silence apart", async (_, act, why) => {
  const silent = "closed: 127.0.0.1:PORT: no answer to a handshake; that alone is no reason for plain text";
  const expected = why.startsWith("no answer") ? [silent] : [plain(why), "plain", "exposed", "heard"];
  expect(await attempt(plainServer(act))).toEqual(expected);
});

test.each(others)("to one that %s at a handshake, who has a secret can at most ask for TLS", async (_, act, why) => {
  const silent = [`closed: 127.0.0.1:PORT does not speak TLS (${why}): a password is not sent in plain text`];
  const expected = why.startsWith("no answer") ? silent : ["plain", "exposed", "heard"];
  expect(await attempt(plainServer(act), { secret: "login" })).toEqual(expected);
  expect(await attempt(plainServer(act), { secret: "server password" })).toEqual(expected);
});

test.each(others)("with one that %s, and spoke TLS before, nothing is spoken", async (_, act, why) => {
  const port = plainServer(act);
  const knownServers = new KnownServers(new DiskFolder(join(folder, `pinned-${port}`)));
  knownServers.add({ host: "127.0.0.1", port }, own.fingerprint);
  const [told = "", ...more] = await attempt(port, { knownServers });
  expect(more).toEqual([]);
  expect(told).toStartWith(`closed: 127.0.0.1:PORT does not speak TLS (${why}), though it did before: `);
  const known = new KnownServers(new DiskFolder(join(folder, `trusted-${port}`)));
  known.add({ host: "127.0.0.1", port }, undefined);
  expect(await attempt(port, { knownServers: known })).toEqual([told]);
});

test("a handshake that fails within TLS is no reason for plain text", async () => {
  const alert = plainServer((socket) => void socket.end(Uint8Array.of(0x15, 3, 1, 0, 2, 2, 40)));
  expect(await attempt(alert)).toEqual([expect.stringMatching(/^closed: no TLS handshake with .*HANDSHAKE_FAILURE/)]);
});

test("on this machine plain text is spoken at once", async () => {
  expect(
    await attempt(
      plainServer(() => {}),
      { isNear: true },
    ),
  ).toEqual(["plain", "accepted", "heard"]);
});

test("where it cannot be read who is known, nothing is spoken, on this machine either", async () => {
  const data = join(folder, "unreadable");
  mkdirSync(join(data, "known_servers"), { recursive: true });
  for (const isNear of [false, true]) {
    expect(await attempt(server(echo), { knownServers: new KnownServers(new DiskFolder(data)), isNear })).toEqual([
      expect.stringMatching(/^closed: which servers speak TLS cannot be read: EISDIR/),
    ]);
  }
});

test("where nothing listens, that is the trouble", async () => {
  const port = server(echo);
  servers.pop()?.stop(true);
  expect(await attempt(port)).toEqual([expect.stringMatching(/^closed: /)]);
});

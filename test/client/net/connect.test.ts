import { afterAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Socket, TCPSocketListener } from "bun";
import type { ServerAddress } from "../../../src/client/net/address.ts";
import { connect, networkServer } from "../../../src/client/net/connect.ts";
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

/** A server that answers each chunk of bytes. */
function server(answer: (socket: Socket<undefined>) => void, tls?: { cert: string; key: string }): number {
  const options = { hostname: "127.0.0.1", port: 0, data: undefined, socket: { data: answer } };
  const listener = Bun.listen<undefined>(tls === undefined ? options : { ...options, tls });
  servers.push(listener);
  return listener.port;
}

const echo = (socket: Socket<undefined>) => void socket.write("heard\n");
let homes = 0;

interface AttemptOptions {
  readonly authority?: Authority;
  readonly knownServers?: KnownServers;
  readonly isNear?: boolean;
  readonly secret?: "login" | "server password";
  /** Milliseconds that a server has to answer a handshake: few only if it does not. */
  readonly patience?: number;
}

/** Connects to a server and says hello; returns the outcome. */
function attempt(port: number, options: AttemptOptions = {}): Promise<readonly string[]> {
  const {
    authority,
    secret,
    isNear = false,
    patience = 60_000,
    knownServers = new KnownServers(new DiskFolder(join(folder, `${homes++}`))),
  } = options;
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
      { patience },
    );
  });
}

test("a self-signed certificate is pinned and shown on first use", async () => {
  const knownServers = new KnownServers(new DiskFolder(join(folder, "own")));
  const port = server(echo, own);
  expect(await attempt(port, { knownServers })).toEqual([
    `The certificate of 127.0.0.1:PORT is self-signed: it is pinned, and no other is accepted from now on. Its SHA-256 fingerprint: ${own.fingerprint}`,
    "secure",
    "heard",
  ]);
  expect(await attempt(port, { knownServers, isNear: true })).toEqual(["secure", "heard"]);
});

test("with --tls-ca a certificate signed by that authority is accepted, and no other", async () => {
  const authority = { file: "/ca.pem", pem: real.authority };
  expect(await attempt(server(echo, real), { authority })).toEqual(["secure", "heard"]);
  expect(await attempt(server(echo, own), { authority })).toEqual([
    expect.stringMatching(/^closed: no authority in \/ca\.pem signed the certificate of 127\.0\.0\.1:PORT: /),
  ]);
  expect(await attempt(server(echo, real))).toEqual([expect.stringMatching(/^closed: .* cannot be trusted: /)]);
});

const plain = (why: string) =>
  `127.0.0.1:PORT does not speak TLS (${why}): others on the network can read what is said there.`;

/** Plain-text servers: their reaction to a TLS handshake, and the name of the failure. */
const others: readonly (readonly [string, (socket: Socket<undefined>) => void, string])[] = [
  ["answers in text", (socket) => void socket.write("ERROR :what is that\r\n"), "its answer is not TLS"],
  ["closes", (socket) => void socket.end(), "it closes the connection"],
  ["resets", (socket) => void socket.terminate(), "it closes the connection"],
  ["says nothing", () => {}, "no answer to a handshake"],
];

/** Milliseconds to wait for a handshake: the test of silence alone waits in vain. */
function patienceFor(why: string): number {
  return why.startsWith("no answer") ? 100 : 60_000;
}

/** A server in plain text that treats a TLS handshake in this way. */
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

test.each(others)(
  "with a server that %s at a handshake, a guest uses plain text, but not after silence",
  async (_, act, why) => {
    const silent = "closed: 127.0.0.1:PORT: no answer to a handshake; that alone is no reason for plain text";
    const expected = why.startsWith("no answer") ? [silent] : [plain(why), "plain", "exposed", "heard"];
    expect(await attempt(plainServer(act), { patience: patienceFor(why) })).toEqual(expected);
  },
);

test.each(others)(
  "with a server that %s at a handshake, a client with a secret at most asks for the TLS port",
  async (_, act, why) => {
    const silent = [`closed: 127.0.0.1:PORT does not speak TLS (${why}): a password is not sent in plain text`];
    const expected = why.startsWith("no answer") ? silent : ["plain", "exposed", "heard"];
    expect(await attempt(plainServer(act), { secret: "login", patience: patienceFor(why) })).toEqual(expected);
    expect(await attempt(plainServer(act), { secret: "server password", patience: patienceFor(why) })).toEqual(
      expected,
    );
  },
);

test.each(others)("with a server that %s and spoke TLS before, plain text is not used", async (_, act, why) => {
  const port = plainServer(act);
  const knownServers = new KnownServers(new DiskFolder(join(folder, `pinned-${port}`)));
  knownServers.add({ host: "127.0.0.1", port }, own.fingerprint);
  const [told = "", ...more] = await attempt(port, { knownServers, patience: patienceFor(why) });
  expect(more).toEqual([]);
  expect(told).toStartWith(`closed: 127.0.0.1:PORT does not speak TLS (${why}), though it did before: `);
  const known = new KnownServers(new DiskFolder(join(folder, `trusted-${port}`)));
  known.add({ host: "127.0.0.1", port }, undefined);
  expect(await attempt(port, { knownServers: known, patience: patienceFor(why) })).toEqual([told]);
});

test("a handshake that fails inside TLS does not lead to plain text", async () => {
  const alert = plainServer((socket) => void socket.end(Uint8Array.of(0x15, 3, 1, 0, 2, 2, 40)));
  expect(await attempt(alert)).toEqual([expect.stringMatching(/^closed: no TLS handshake with .*HANDSHAKE_FAILURE/)]);
});

test("on this machine plain text is used at once", async () => {
  expect(
    await attempt(
      plainServer(() => {}),
      { isNear: true },
    ),
  ).toEqual(["plain", "accepted", "heard"]);
});

test("an unreadable list of known servers prevents any connection, also on this machine", async () => {
  const data = join(folder, "unreadable");
  mkdirSync(join(data, "known_servers"), { recursive: true });
  for (const isNear of [false, true]) {
    expect(await attempt(server(echo), { knownServers: new KnownServers(new DiskFolder(data)), isNear })).toEqual([
      expect.stringMatching(/^closed: the list of servers that speak TLS cannot be read: EISDIR/),
    ]);
  }
});

test("a refused connection is reported", async () => {
  const port = server(echo);
  servers.pop()?.stop(true);
  expect(await attempt(port)).toEqual([expect.stringMatching(/^closed: /)]);
});

test("a host name with several addresses is one server, whose addresses are used one after the other", async () => {
  const { promise: heard, resolve } = Promise.withResolvers<string>();
  const port = server(() => resolve("heard"), real);
  // Nothing listens on the second address.
  const found = ["127.0.0.1", "127.0.0.2"];
  const address = { host: "chat.example.org", port };
  const knownServers = new KnownServers(new DiskFolder(join(folder, "several")));
  const authority = { file: "ca.pem", pem: real.authority };
  const named = { ...address, host: "127.0.0.1" };
  const policy = new TlsPolicy(named, { knownServers, authority, isNear: false, clock: Date.now });
  const all = networkServer(address, policy, undefined, async () => found);
  expect(all.addresses).toBe(1);
  let tries = 0;
  const open = (): void =>
    all.connect({
      opened: (transport) => void transport.write(encode("hello\n")),
      received: () => {},
      drained: () => {},
      closed: () => {
        all.next?.();
        if (tries++ < 2) open();
      },
      told: () => {},
    });
  open();
  expect(await heard).toBe("heard");
  expect(all.addresses).toBe(2);
  expect(tries).toBeLessThan(2);
});

import { afterAll, expect, test } from "bun:test";
import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { makeCertificate, TlsContext } from "../../../src/server/net/certificate.ts";
import { DuplexBridge } from "../../../src/server/net/duplex-bridge.ts";
import { TlsTransport } from "../../../src/server/net/tls.ts";
import { transportPair } from "../../../src/server/net/transport.ts";
import { InputShare, type InputSource } from "../../../src/server/peer/input-scheduler.ts";
import { memoryStore } from "../../../src/store/sqlite.ts";
import { startChat, type TestChat } from "../../support/chat-server.ts";
import { eventually } from "../../support/patience.ts";
import { WireClient } from "../../support/socket.ts";

const certificate = await makeCertificate("chat.test");
const other = await makeCertificate("ann");

/** A chat with TLS. */
function open(changes: Parameters<typeof startChat>[0] = {}, patience?: number): TestChat & { tlsContext: TlsContext } {
  const tlsContext = new TlsContext(() => certificate, patience);
  return Object.assign(startChat(changes, Date.now, memoryStore, { tlsContext }), { tlsContext });
}

const chat = open();
afterAll(() => chat[Symbol.asyncDispose]());

async function client(wire: WireClient, nick: string): Promise<WireClient> {
  wire.send(`NICK ${nick}\r\nUSER ${nick} 0 * :${nick}\r\n`);
  await wire.until(/ (?:376|422) /);
  return wire;
}

/** A plain socket, and all bytes it has received until it is closed. */
function plainSocket(port: number): { socket: Socket; closed: Promise<Buffer> } {
  const socket = connect({ port, host: "127.0.0.1" });
  const got: Buffer[] = [];
  socket.on("data", (bytes) => void got.push(Buffer.from(bytes)));
  socket.on("error", () => {});
  const closed = new Promise<Buffer>((resolve) => socket.on("close", () => resolve(Buffer.concat(got))));
  return { socket, closed };
}

// Every protocol, on the port that also speaks plain text.

test("an IRC client and a person over TLS meet a plain-text one", async () => {
  await using chat = open();
  const ann = await client(await WireClient.secure(chat.port), "ann");
  const bob = await client(await WireClient.open(chat.port), "bob");
  ann.send("JOIN #lobby\r\n");
  bob.send("JOIN #lobby\r\n");
  await ann.until(/ 366 /);
  await bob.until(/ 366 /);
  const eve = await WireClient.secure(chat.port);
  eve.send("hello\n");
  expect((await eve.until(/<guest-\d+> hello$/)).at(-1)).toMatch(/^\[\d\d:\d\d\] <guest-/);
  expect((await ann.until(/hello/)).at(-1)).toMatch(/PRIVMSG #lobby :hello$/);
  expect((await bob.until(/hello/)).at(-1)).toMatch(/PRIVMSG #lobby :hello$/);
  for (const wire of [ann, bob, eve]) wire.close();
});

test("a browser over TLS gets the page", async () => {
  const wire = await WireClient.secure(chat.port);
  wire.send("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
  expect(await wire.next()).toMatch(/^HTTP\/1\.1 200 /);
  wire.close();
});

test("a peer that is silent after the handshake is greeted over TLS", async () => {
  const wire = await WireClient.secure(chat.port);
  expect((await wire.until(/You are guest-/)).length).toBeGreaterThan(0);
  wire.close();
});

test.each(["TLSv1.2", "TLSv1.3"] as const)("%s is spoken", async (version) => {
  const wire = await WireClient.secure(chat.port, { minVersion: version, maxVersion: version });
  wire.send("hello\n");
  await wire.until(/hello$/);
  wire.close();
});

test("versions before TLS 1.2 are refused", async () => {
  const options = { minVersion: "TLSv1", maxVersion: "TLSv1.1" } as const;
  expect(await WireClient.secure(chat.port, options).catch((error: unknown) => error)).toBeInstanceOf(Error);
});

// The handshake.

test("a handshake that comes byte by byte is a handshake", async () => {
  const { socket, closed } = plainSocket(chat.port);
  socket.setNoDelay(true);
  // A relay between a TLS client and the server, which cuts the client's bytes.
  const relay = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      open: (near) => void socket.on("data", (bytes) => void near.write(new Uint8Array(Buffer.from(bytes)))),
      data: (_, bytes) => {
        for (const byte of bytes) socket.write(Uint8Array.of(byte));
      },
      close: () => void socket.destroy(),
    },
  });
  const ann = await client(await WireClient.secure(relay.port), "cut");
  ann.close();
  relay.stop(true);
  await closed;
});

test.each([
  ["text", Buffer.from("\x16rubbish rubbish rubbish\r\n")],
  ["a record without sense", Buffer.from([0x16, 3, 1, 0, 4, 1, 2, 3, 4])],
  ["an endless record", Buffer.concat([Buffer.from([0x16, 3, 3, 0xff, 0xff]), Buffer.alloc(70_000, 1)])],
])("%s in place of a handshake ends the connection, and nothing is said in the chat", async (_, bytes) => {
  const { socket, closed } = plainSocket(chat.port);
  socket.write(bytes);
  const got = await closed;
  // Nothing, or an alert.
  expect(got.length === 0 || got[0] === 0x15).toBe(true);
  expect(chat.failures).toEqual([]);
});

test("a handshake that is not done in time silently ends the connection", async () => {
  await using slow = open({}, 30);
  const { socket, closed } = plainSocket(slow.port);
  socket.write(Uint8Array.of(0x16, 3, 1));
  expect((await closed).length).toBe(0);
});

/** A TLS client within this process, and the callbacks of the server's handshake. */
function handshake() {
  const tlsContext = new TlsContext(() => certificate);
  const [near, far] = transportPair();
  const bridge = new DuplexBridge(far, () => {});
  far.receiver = bridge;
  const offered: InputSource[] = [];
  const input = { offer: (source: InputSource) => void offered.push(source), withdraw: () => {} };
  const secured = Promise.withResolvers<void>();
  const tls = new TlsTransport(near, tlsContext, {
    secured: secured.resolve,
    input,
    share: new InputShare(0),
    asksForCertificate: true,
  });
  const heard = { bytes: 0 };
  const pauseOnce = () => {
    if (heard.bytes === 0) tls.pause();
  };
  tls.receiver = {
    received: (bytes) => {
      pauseOnce();
      heard.bytes += bytes.length;
    },
    drained: () => {},
    ended: () => {},
    closed: () => {},
    failed: () => {},
    isAtRest: true,
  };
  const client = connectTls({ socket: bridge.duplex, rejectUnauthorized: false });
  const answered = new Promise<void>((resolve) => client.on("secureConnect", resolve));
  const tick = () => new Promise<void>((resolve) => setImmediate(resolve));
  const isOffered = () => eventually(() => offered.length > 0);
  const serve = () => {
    for (const source of offered.splice(0)) source.serve(() => true);
  };
  const end = () => {
    near.terminate();
    tlsContext.close();
  };
  return {
    near,
    far,
    tls,
    heard,
    client,
    answered,
    secured: secured.promise,
    tick,
    isOffered,
    serve,
    [Symbol.dispose]: end,
  };
}

test("a handshake uses only its connection's share of a tick", async () => {
  using shaking = handshake();
  const { near, isOffered, serve, answered, secured } = shaking;
  await isOffered();
  expect(near.unsent).toBe(0);
  serve();
  expect(near.unsent).toBeGreaterThan(0);
  await answered;
  await isOffered();
  serve();
  await secured;
});

test("bytes after the handshake are held back while the reader is paused", async () => {
  using shaking = handshake();
  const { far, tls, heard, client, isOffered, serve, answered, secured, tick } = shaking;
  await isOffered();
  serve();
  await answered;
  client.write(Buffer.alloc(400_000));
  // Until enough bytes have come after the handshake for the carrier to be paused.
  await eventually(() => far.unsent > 0);
  for (let i = 0; i < 20; i++) await tick();
  serve();
  await secured;
  for (let i = 0; i < 20; i++) {
    serve();
    await tick();
  }
  expect(far.unsent).toBeGreaterThan(0);
  tls.resume();
  await eventually(() => heard.bytes >= 400_000);
  expect(heard.bytes).toBe(400_000);
});

test("a peer that closes during the handshake is removed", async () => {
  const { socket, closed } = plainSocket(chat.port);
  socket.end(Uint8Array.of(0x16, 3, 1));
  expect((await closed).length).toBe(0);
});

test("a peer that was greeted in plain text cannot begin TLS", async () => {
  const wire = await WireClient.open(chat.port);
  await wire.until(/You are guest-/);
  wire.send(Uint8Array.of(0x16, 3, 1, 0, 5));
  await wire.closed();
  expect(chat.failures).toEqual([]);
});

// Flow.

test("a peer that does not read over TLS is dropped, and the others get everything", async () => {
  await using small = open({ sendQueue: 100_000 });
  const ann = await client(await WireClient.secure(small.port), "ann");
  const bob = await client(await WireClient.open(small.port), "bob");
  for (const wire of [ann, bob]) {
    wire.send("JOIN #flood\r\n");
    await wire.until(/ 366 /);
  }
  ann.pause();
  const eve = await client(await WireClient.open(small.port), "eve");
  eve.send("JOIN #flood\r\n");
  await eve.until(/ 366 /);
  let sent = 0;
  const gone = bob.until(/ann!.* QUIT :SendQ exceeded/);
  let isGone = false;
  void gone.then(() => {
    isGone = true;
  });
  while (!isGone && sent < 60_000) {
    let batch = "";
    for (let i = 0; i < 200; i++) batch += `PRIVMSG #flood :${sent++} ${"x".repeat(400)}\r\n`;
    eve.send(`${batch}PING ${sent}\r\n`);
    await eve.until(new RegExp(`PONG .*${sent}$`));
  }
  expect((await gone).filter((line) => / PRIVMSG #flood :/.test(line)).length).toBeGreaterThan(0);
  for (const wire of [ann, bob, eve]) wire.close();
});

test("a long answer reaches a slow reader whole and in order", async () => {
  const ann = await client(await WireClient.open(chat.port), "long");
  ann.send("JOIN #long\r\n");
  for (let i = 0; i < 900; i++) ann.send(`PRIVMSG #long :${i} ${"y".repeat(400)}\r\n`);
  ann.send("PING done\r\n");
  await ann.until(/PONG .*done/);
  const bob = await WireClient.secure(chat.port);
  bob.send("CAP REQ :batch draft/chathistory\r\nCAP END\r\n");
  await client(bob, "reader");
  bob.send("JOIN #long\r\n");
  await bob.until(/ 366 /);
  bob.pause();
  bob.send("CHATHISTORY LATEST #long * 900\r\n");
  bob.resume();
  const numbers = (await bob.until(/BATCH -/)).flatMap((line) => /PRIVMSG #long :(\d+) /.exec(line)?.[1] ?? []);
  expect(numbers).toEqual(Array.from({ length: 900 }, (_, i) => String(i)));
  for (const wire of [ann, bob]) wire.close();
});

test("a large burst from a peer is read completely", async () => {
  const ann = await client(await WireClient.secure(chat.port), "much");
  const lines = Array.from({ length: 5000 }, (_, i) => `PING ${i}\r\n`);
  ann.send(lines.join(""));
  const pongs = (await ann.until(/PONG .*4999$/)).filter((line) => / PONG /.test(line));
  expect(pongs.length).toBe(5000);
  ann.close();
});

// Goodbyes.

/** The answer to a line that is followed at once by close_notify. */
function said(words: string, version: "TLSv1.2" | "TLSv1.3"): Promise<string> {
  return new Promise((resolve, reject) => {
    let got = "";
    const options = { port: chat.port, host: "127.0.0.1", rejectUnauthorized: false, allowHalfOpen: true };
    const socket = connectTls({ ...options, minVersion: version, maxVersion: version }, () => socket.end(words));
    socket.on("data", (bytes) => {
      got += bytes;
    });
    socket.on("error", reject);
    socket.on("close", () => resolve(got));
  });
}

test.each(["TLSv1.2", "TLSv1.3"] as const)(
  "a line and a goodbye in one packet are answered, by %s",
  async (version) => {
    expect(await said("hello\n", version)).toMatch(/<guest-\d+> hello\n/);
    expect(await said("bare", version)).toMatch(/<guest-\d+> bare\n/);
    expect(await said("NICK x\r\nUSER x 0 * x\r\nPING there\r\n", version)).toMatch(/PONG .*there/);
  },
);

test("a slow command is answered before the end of the stream closes the connection", async () => {
  expect(await said("/nick slowly\n/register secret secret\n", "TLSv1.3")).toMatch(/slowly/i);
});

test("a peer that quits sees the end of the stream", async () => {
  const ann = await client(await WireClient.secure(chat.port), "quits");
  ann.send("QUIT :bye\r\n");
  expect((await ann.until(/^ERROR/)).at(-1)).toMatch(/bye/);
  await ann.closed();
});

test("the server's end is told over TLS", async () => {
  const ending = open();
  const ann = await client(await WireClient.secure(ending.port), "ann");
  await ending[Symbol.asyncDispose]();
  await ann.until(/^ERROR/);
  await ann.closed();
});

// Certificates.

test("a renewed certificate is used for new connections, and open ones stay", async () => {
  let current = certificate;
  const tlsContext = new TlsContext(() => current);
  await using renewing = startChat({}, Date.now, memoryStore, { tlsContext });
  const shown = (): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = connectTls({ port: renewing.port, host: "127.0.0.1", rejectUnauthorized: false }, () => {
        resolve(socket.getPeerX509Certificate()?.fingerprint256 ?? "");
        socket.destroy();
      });
      socket.on("error", reject);
    });
  const ann = await client(await WireClient.secure(renewing.port), "ann");
  expect(await shown()).toBe(certificate.fingerprint);
  current = other;
  expect(tlsContext.renew()).toBe(true);
  expect(await shown()).toBe(other.fingerprint);
  ann.send("PING still\r\n");
  await ann.until(/PONG .*still/);
  ann.close();
});

import { expect, test } from "bun:test";
import { createServer } from "node:net";
import { connect } from "node:tls";
import fc from "fast-check";
import { makeCertificate, TlsContext } from "../../../src/server/net/certificate.ts";
import { DuplexBridge } from "../../../src/server/net/duplex-bridge.ts";
import { accept } from "../../../src/server/net/listen.ts";
import { type FirstBytes, HTTP, isHelloWhole, offersHttp } from "../../../src/server/net/protocol-detector.ts";
import { Relays } from "../../../src/server/net/relays.ts";
import { type Receiver, type Remote, type Transport, transportPair } from "../../../src/server/net/transport.ts";
import type { Connection } from "../../../src/server/peer/connection.ts";
import { type Closing, closing } from "../../../src/wire/closing.ts";
import { startChat } from "../../support/chat-server.ts";
import { WireClient } from "../../support/socket.ts";
import { FakeTransport, RegistryFixture } from "../fakes.ts";
import { V4, v2 } from "./headers.ts";

/** A peer over a fake transport, with a detector in front. */
function enter(fixture: RegistryFixture): {
  connection: Connection;
  socket: FakeTransport;
  sends: (bytes: Uint8Array) => void;
} {
  const socket = new FakeTransport();
  const connection = accept(fixture.registry, socket);
  if (!connection) throw new Error("It was not let in");
  const sends = (bytes: Uint8Array) => {
    socket.receiver?.received(Buffer.from(bytes));
    fixture.tick();
  };
  return { connection, socket, sends };
}

/** A text cut anywhere into packets. */
function cut(text: string, cuts: readonly number[]): readonly Buffer[] {
  const bytes = Buffer.from(text, "latin1");
  const at = [...new Set(cuts.map((each) => each % bytes.length))].sort((one, other) => one - other);
  return [0, ...at].map((from, i) => bytes.subarray(from, at[i])).filter(({ length }) => length > 0);
}

/** A binary protocol that begins with four letters. It records its input, none of which reaches the connection. */
function shell(heard: string[]): FirstBytes {
  const beginning = Buffer.from("SSH-");
  return {
    look(bytes) {
      const length = Math.min(bytes.length, 4);
      if (!beginning.subarray(0, length).equals(bytes.subarray(0, length))) return "no";
      return length < 4 ? "maybe" : "whole";
    },
    take(connection, bytes) {
      const bridge = new DuplexBridge(connection.transport, (error) => connection.failed(error));
      connection.transport.receiver = bridge;
      bridge.duplex.on("data", (data) => heard.push(data.toString("latin1")));
      bridge.duplex.on("close", () => connection.closed(closing("closed", "The shell has ended")));
      bridge.received(bytes);
    },
  };
}

const OPENINGS = [
  "hello there\n",
  "HELLO THERE, HTTP/1.1 is no path\n",
  "NICK ann\r\nUSER ann 0 * :Ann\r\n",
  "SSH and what follows\n",
  "SSH-2.0-OpenSSH_9.2\r\n\0\0\x01binary\xff\n",
  "GET / HTTP/1.1\r\nHost: chat.test\r\nUpgrade: websocket\r\n\r\nbehind\n",
  "POST /x HTTP/1.0\n\n",
  "PROXY TCP4 192.0.2.1 10.0.0.1 4711 9000\r\nhello\n",
  "PROXY TCP4 192.0.2.1 10.0.0.1 4711 9000\r\nCAP LS 302\r\n",
  "PROXY TCP4 192.0.2.1 10.0.0.1 4711 9000\r\nSSH-2.0-x\r\n",
  "PROXY TCP4 nowhere\r\nhello\n",
];

test.each(OPENINGS)("%j chooses the same reader, which hears the same, however it is cut", (text) => {
  const outcome = (packets: readonly Buffer[]) => {
    const heard: string[] = [];
    const relays = new Relays(["127.0.0.1"]);
    using fixture = new RegistryFixture({ relays: () => relays, detectable: [shell(heard), HTTP] });
    const { connection, sends } = enter(fixture);
    for (const packet of packets) sends(packet);
    // A blank line is ignored: a CR and an LF in separate packets end two lines.
    const told = fixture.protocols.map(({ name, told }) => `${name}: ${told.filter((line) => line !== "").join("|")}`);
    return { told, heard: heard.join(""), address: connection.address, isClosing: connection.isClosing };
  };
  const whole = outcome([Buffer.from(text, "latin1")]);
  fc.assert(
    fc.property(fc.array(fc.nat(1000), { maxLength: 12 }), (cuts) => {
      expect(outcome(cut(text, cuts))).toEqual(whole);
    }),
  );
  expect(outcome(cut(text, [...Array(text.length).keys()]))).toEqual(whole);
});

test("once the protocol is detected, bytes go directly to their reader", () => {
  using fixture = new RegistryFixture({ detectable: [HTTP] });
  for (const first of ["hello\n", "NICK ann\r\n", "\x16 is only that byte, behind a blank", "GET /"]) {
    const { connection, socket, sends } = enter(fixture);
    sends(Buffer.from(first === "GET /" ? first : ` ${first}`));
    if (first === "GET /") connection.fragmentDue();
    expect(socket.receiver).toBe(connection);
    expect(connection.detector).toBeUndefined();
  }
});

test("bytes that may be a person's are passed on after a pause, and a key's sequence stays whole", () => {
  using fixture = new RegistryFixture({ detectable: [HTTP] });
  const [keys, program] = [enter(fixture), enter(fixture)];
  for (const key of "HI") keys.sends(Buffer.from(key));
  keys.connection.fragmentDue();
  fixture.tick();
  expect(fixture.protocols).toEqual([]);
  keys.sends(Buffer.from("\r"));
  program.sends(Buffer.from("HI"));
  program.connection.fragmentDue();
  fixture.tick();
  expect(fixture.protocols.map(({ told }) => told)).toEqual([["HI"], ["HI"]]);
});

test("bytes that may be a person's are said at the end of input", () => {
  using fixture = new RegistryFixture({ detectable: [HTTP] });
  const { socket, sends } = enter(fixture);
  sends(Buffer.from("GET"));
  socket.receiver?.ended();
  fixture.tick();
  expect(fixture.protocols.map(({ name, told }) => [name, ...told])).toEqual([["person", "GET", "<end>"]]);
});

test("the beginning of a protocol that is too long is refused however it is cut", () => {
  const outcomes = [1, 2, 3].map((pieces) => {
    let refused = 0;
    const row: FirstBytes = { look: () => "begun", take: () => {}, refuse: () => void refused++ };
    using fixture = new RegistryFixture({ detectable: [row] });
    const { sends } = enter(fixture);
    const bytes = Buffer.alloc(18_000, "x");
    const length = Math.ceil(bytes.length / pieces);
    for (let at = 0; at < bytes.length; at += length) sends(bytes.subarray(at, at + length));
    return refused;
  });
  expect(outcomes).toEqual([1, 1, 1]);
});

test("a proxy's header may have its full length", () => {
  const relays = new Relays(["127.0.0.1"]);
  using fixture = new RegistryFixture({ relays: () => relays });
  const { connection, sends } = enter(fixture);
  const values = Array.from({ length: 16_384 - V4.length }, () => 0);
  // One value after the addresses, with all remaining bytes.
  values[0] = 4;
  values[1] = (values.length - 3) >> 8;
  values[2] = (values.length - 3) & 255;
  const header = v2({ addresses: [...V4, ...values] });
  sends(header.subarray(0, 16_390));
  sends(header.subarray(16_390));
  expect([connection.isClosing, connection.address]).toEqual([false, "192.0.2.1"]);
});

test("a header that does not end in time is refused", () => {
  const relays = new Relays(["127.0.0.1"]);
  using fixture = new RegistryFixture({ relays: () => relays });
  const { connection, sends } = enter(fixture);
  sends(Buffer.from("PROXY TCP4 "));
  connection.detector?.overdue();
  expect(connection.isClosing).toBe(true);
});

test("a peer that was greeted for its silence is read as a person, whatever it sends", () => {
  const heard: string[] = [];
  using fixture = new RegistryFixture({ detectable: [shell(heard), HTTP] });
  const { connection, socket, sends } = enter(fixture);
  connection.silent();
  expect(socket.receiver).toBe(connection);
  sends(Buffer.from("SSH-2.0-late\n"));
  expect([heard, fixture.protocols.map(({ name, told }) => [name, ...told])]).toEqual([
    [],
    [["greeted person", "SSH-2.0-late"]],
  ]);
});

test("a protocol of its own bytes ends with its transport, and the connection with it", async () => {
  const heard: string[] = [];
  using fixture = new RegistryFixture({ detectable: [shell(heard)] });
  const { connection, socket, sends } = enter(fixture);
  sends(Buffer.from("SSH-"));
  socket.receiver?.closed(closing("reset"));
  await new Promise<void>((resolve) => setImmediate(resolve));
  expect([heard, fixture.registry.connections.has(connection)]).toEqual([["SSH-"], false]);
});

/** A transport that inverts bytes over another one: it stands for any wrapping transport. */
class Inverted implements Transport, Receiver {
  receiver: Receiver | undefined;
  readonly #under: Transport;

  constructor(under: Transport) {
    this.#under = under;
    under.receiver = this;
  }

  get remote(): Remote {
    return this.#under.remote;
  }

  get unsent(): number {
    return this.#under.unsent;
  }

  get isAtRest(): boolean {
    return this.receiver?.isAtRest ?? true;
  }

  write = (bytes: Uint8Array) => this.#under.write(bytes.map((byte) => byte ^ 255));
  finish = () => this.#under.finish();
  close = () => this.#under.close();
  terminate = () => this.#under.terminate();
  pause = () => this.#under.pause();
  resume = () => this.#under.resume();
  received = (bytes: Uint8Array) => this.receiver?.received(bytes.map((byte) => byte ^ 255));
  drained = () => this.receiver?.drained();
  ended = () => this.receiver?.ended();
  closed = (closing: Closing) => this.receiver?.closed(closing);
  failed = (error: unknown) => this.receiver?.failed(error);
}

const UPGRADE: FirstBytes = {
  look: (bytes) => (bytes.includes(10) ? "whole" : "begun"),
  take(connection, bytes) {
    const over = new Inverted(connection.transport);
    connection.switchTransport(over);
    connection.speakIrc();
    over.received(bytes.subarray(bytes.indexOf(10) + 1));
  },
};

test("a connection exchanges its transport, and speaks what that carries, whatever the lines look like", () => {
  using fixture = new RegistryFixture({ detectable: [UPGRADE] });
  fixture.onProtocol = (protocol) => {
    protocol.onLine = (line) => protocol.peer.push(Buffer.from(`${line}!\n`));
  };
  const { connection, socket, sends } = enter(fixture);
  const inverted = (text: string) => Buffer.from(text).map((byte) => byte ^ 255);
  sends(Buffer.concat([Buffer.from("upgrade\n"), inverted("hel")]));
  sends(inverted("lo\nbye\n"));
  expect(fixture.protocols.map(({ name, told }) => [name, ...told])).toEqual([["client", "hello", "bye"]]);
  expect(socket.bytes.map((byte) => byte ^ 255).toString()).toBe("hello!\nbye!\n");
  expect(connection.transport).toBeInstanceOf(Inverted);
});

test("a session works over a transport that is no socket", async () => {
  using fixture = new RegistryFixture({ detectable: [HTTP] });
  fixture.onProtocol = (protocol) => {
    protocol.onLine = (line) => {
      protocol.peer.push(Buffer.from(`${line}!\n`));
      if (line === "bye") protocol.peer.finish(closing("closed", "Said bye"));
    };
  };
  const [near, far] = transportPair({ address: "192.0.2.1", port: 4711, isSecure: true });
  const connection = accept(fixture.registry, near);
  let got = "";
  const ended = new Promise<void>((resolve) => {
    far.receiver = {
      received: (bytes) => {
        got += Buffer.from(bytes);
      },
      drained: () => {},
      ended: () => resolve(),
      closed: () => {},
      failed: () => {},
      isAtRest: true,
    };
  });
  far.write(Buffer.from("hello\nbye\n"));
  await ended;
  expect([got, connection?.address, connection?.isSecure]).toEqual(["hello!\nbye!\n", "192.0.2.1", true]);
  far.close();
});

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

import { randomBytes } from "node:crypto";
import { createServer } from "node:net";
import { connect as connectTls } from "node:tls";
import type { Attack } from "./attack.ts";
import type { AttackingConnection } from "./attacking-connection.ts";
import { plain, times, words } from "./noise.ts";
import { PEOPLE_ROOMS } from "./people.ts";

/** Telnet options, negotiations, and an unfinished command. */
const TELNET = Buffer.from(
  times(4096, (i) => (i % 2 ? "\xff\xfb\x01\xff\xfa\x18\x00xterm\xff\xf0" : "\xff\xf1\xff\xf1")).join(""),
  "latin1",
);

/** A real TLS ClientHello. */
async function clientHello(): Promise<Uint8Array> {
  const heard = Promise.withResolvers<Uint8Array>();
  const server = createServer((socket) => socket.once("data", (bytes) => heard.resolve(Buffer.from(bytes))));
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = server.address();
  const port = address !== null && typeof address === "object" ? address.port : 0;
  const client = connectTls({ port, host: "127.0.0.1" });
  client.on("error", () => {});
  const hello = await heard.promise;
  client.destroy();
  server.close();
  return hello;
}

const HELLO = await clientHello();

/** Attacks by connections that are not members, or hardly: connections, handshakes, bytes. */
export const STRANGERS: readonly Attack[] = [
  {
    name: "lines without end",
    reasons: ["line-length"],
    begin: (base) => {
      const begun = (connection: AttackingConnection) => connection.send(words(2048), 0);
      base.press(4, 50, () => ({}), begun);
      base.press(4, 50, () => ({ opening: "CAP LS 302\r\n" }), begun);
    },
  },
  {
    name: "a storm of connections from one address",
    reasons: ["too-many-new-connections"],
    begin: (base) => {
      const from = base.address(0);
      base.every(20, () => {
        for (let i = 0; i < 4; i++) {
          const connection = base.open({ from, opening: "hello\n" });
          setTimeout(() => connection.leave(), 200);
        }
      });
    },
  },
  {
    name: "half-open connections",
    reasons: ["too-many-connections", "too-many-unregistered"],
    begin: (base) => {
      // A word would make it a guest at once; an open CAP negotiation keeps it unregistered.
      const openings = ["/who\n", "CAP LS 302\r\n", ""];
      for (const [number, opening] of openings.entries())
        base.keep(number === 1 ? 80 : 20, () => ({ from: base.address(number), opening }));
      base.every(500, () => base.open({ from: base.address(1000 + Math.floor(Math.random() * 1000)) }).end());
    },
  },
  {
    name: "TLS handshakes, a byte a second",
    reasons: ["tls-handshake-time"],
    begin: (base) => {
      const sent = new Map<number, number>();
      base.keep(
        32,
        () => ({ opening: HELLO.subarray(0, 1) }),
        (_, number) => sent.set(number, 1),
      );
      base.press(
        16,
        1000,
        () => ({ opening: HELLO.subarray(0, 1) }),
        (connection, number) => {
          const at = sent.get(100 + number) ?? 1;
          sent.set(100 + number, at + 1);
          connection.send(HELLO.subarray(at, at + 1), 0);
        },
      );
    },
  },
  {
    name: "TLS that is none, and handshakes left alone",
    reasons: ["tls-handshake"],
    begin: (base) => {
      base.every(100, () => {
        base.open({ opening: Buffer.concat([Buffer.from([0x16, 3, 1, 1, 0]), randomBytes(256)]) });
        base.open({ opening: HELLO });
      });
    },
  },
  {
    name: "holding every descriptor",
    reasons: ["server-full"],
    begin: (base, { descriptors }) => {
      let held: AttackingConnection[] = [];
      let beats = 0;
      base.every(25, () => {
        const beat = beats++ % 400;
        const count = Math.ceil(descriptors / 160);
        if (beat < 200)
          for (let i = 0; i < count; i++) held.push(base.open({ opening: "CAP LS 302\r\n", holds: true }));
        if (beat !== 260) return;
        for (const connection of held) connection.leave();
        held = [];
      });
    },
  },
  {
    name: "web pages",
    reasons: ["http"],
    begin: (base) => {
      const verbs = [
        "GET / HTTP/1.1",
        "POST /x HTTP/1.1",
        "OPTIONS * HTTP/1.1",
        "CONNECT a:1 HTTP/1.1",
        "PRI * HTTP/2.0",
      ];
      let next = 0;
      base.every(100, () => {
        base.open({
          opening: `${verbs[next++ % verbs.length]}\r\nHost: chat\r\n\r\nPRIVMSG ${PEOPLE_ROOMS[1]} :from a page\r\n`,
        });
      });
    },
  },
  {
    name: "random bytes",
    reasons: ["line-length"],
    begin: (base) =>
      base.press(
        6,
        200,
        () => ({}),
        (connection) => connection.send(randomBytes(4096), 16),
      ),
  },
  {
    name: "telnet commands",
    reasons: ["flood"],
    begin: (base) => base.press(4, 50, plain, (connection) => connection.send(TELNET, 0)),
  },
];

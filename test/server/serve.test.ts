import { expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ConfigError } from "../../src/server/config/kinds.ts";
import { startChat } from "../support/chat-server.ts";
import { WireClient } from "../support/socket.ts";

/** An IRC client with this nick in the lobby. */
async function client(port: number, nick: string): Promise<WireClient> {
  const wire = await WireClient.open(port);
  wire.send(`NICK ${nick}\r\nUSER ${nick} 0 * :${nick}\r\nJOIN #lobby\r\n`);
  await wire.until(/ 366 /);
  return wire;
}

test("a first line such as pass me the salt is a person's, and everyone gets it", async () => {
  await using chat = startChat();
  const ann = await client(chat.port, "ann");
  const bob = await WireClient.open(chat.port);
  bob.send("pass me the salt\n");
  await bob.until(/<guest-\d+> pass me the salt$/);
  await ann.until(/^:guest-\d+!.* PRIVMSG #lobby :pass me the salt$/);
});

test.concurrent("a silent connection is greeted as a person, and can speak", async () => {
  await using chat = startChat();
  const bob = await WireClient.open(chat.port);
  await bob.until(/^-- You are guest-1 in #lobby/);
  bob.send("hello\n");
  await bob.until(/<guest-1> hello$/);
});

test.concurrent("a connection that begins IRC after the greeting becomes an IRC client, and its guest is removed", async () => {
  await using chat = startChat();
  const bob = await WireClient.open(chat.port);
  await bob.until(/^-- You are guest-1/);
  bob.send("CAP LS 302\r\nNICK bob\r\nUSER bob 0 * :Bob\r\nCAP END\r\n");
  await bob.until(/ 376 bob| 422 bob/);
  bob.send("ISON guest-1 bob\r\n");
  expect((await bob.until(/ 303 /)).at(-1)).toMatch(/ 303 bob :?bob$/);
});

test("a client's bytes may come one by one", async () => {
  await using chat = startChat();
  const ann = await WireClient.open(chat.port);
  for (const byte of "NICK ann\r\nUSER ann 0 * :Ann\r\nPING done\r\n") {
    ann.send(byte);
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  await ann.until(/ PONG .*done$/);
  expect(ann.received).toContain(" 001 ann ");
});

test("a dozen commands in one packet are all carried out, in order", async () => {
  await using chat = startChat();
  const ann = await WireClient.open(chat.port);
  const pings = Array.from({ length: 12 }, (_, i) => `PING p${i}\r\n`).join("");
  ann.send(`NICK ann\r\nUSER ann 0 * :Ann\r\n${pings}`);
  const lines = await ann.until(/PONG .*p11$/);
  const answers = lines.filter((line) => line.includes(" PONG ")).map((line) => line.replace(/.*(p\d+)$/, "$1"));
  expect(answers).toEqual(Array.from({ length: 12 }, (_, i) => `p${i}`));
});

test("a person's telnet is swallowed", async () => {
  await using chat = startChat();
  const bob = await WireClient.open(chat.port);
  bob.send(Uint8Array.from([0xff, 0xfd, 0x01, 0x68, 0x69, 0xff, 0xfa, 0x18, 0x00, 0x78, 0xff, 0xf0, 0x0d, 0x0a]));
  await bob.until(/<guest-1> hi$/);
});

test("a text without a newline is said at the end of input, or after a moment", async () => {
  await using chat = startChat();
  const [bob, carl] = [await WireClient.open(chat.port), await WireClient.open(chat.port)];
  bob.send("hello");
  bob.shutdown();
  await bob.until(/<guest-\d> hello$/);
  await bob.closed();
  carl.send("bare");
  await carl.until(/<guest-\d> bare$/);
  carl.send("again");
  await carl.until(/<guest-\d> again$/);
});

test("a person's line that is too long ends their connection, and says why", async () => {
  await using chat = startChat();
  const bob = await WireClient.open(chat.port);
  bob.send(`${"x".repeat(9000)}\n`);
  await bob.closed();
  expect(bob.received).toMatch(/longer than 8192 bytes/);
});

test("a client's line that is too long ends its connection, and says why", async () => {
  await using chat = startChat();
  const ann = await client(chat.port, "ann");
  ann.send(`PRIVMSG #lobby :${"x".repeat(9000)}\r\n`);
  await ann.until(/^ERROR :.*too long/);
  await ann.closed();
});

test("TLS is not spoken here: the handshake ends the connection", async () => {
  await using chat = startChat();
  const bob = await WireClient.open(chat.port);
  bob.send(Uint8Array.from([0x16, 0x03, 0x01, 0x00, 0x05, 0x01, 0x00, 0x00, 0x01, 0x00]));
  await bob.closed();
  expect(bob.received).toBe("");
});

test("a peer that does not read is dropped, and the others get everything", async () => {
  await using chat = startChat({ sendQueue: 100_000 });
  const [ann, bob] = [await client(chat.port, "ann"), await client(chat.port, "bob")];
  const deaf = await client(chat.port, "deaf");
  deaf.pause();
  const text = "x".repeat(400);
  let said = 0;
  for (let dropped = false; !dropped && said < 60_000; ) {
    for (let i = 0; i < 100; i++) ann.send(`PRIVMSG #lobby :${said++} ${text}\r\n`);
    ann.send(`PING p${said}\r\n`);
    await ann.until(new RegExp(`PONG .*p${said}$`));
    dropped = ann.received.includes("QUIT");
    ann.received = "";
  }
  expect((await bob.until(/^:deaf!.* QUIT /)).at(-1)).toContain("SendQ exceeded");
  bob.send("PING end\r\n");
  await bob.until(/PONG .*end$/);
  const heard = bob.received.matchAll(/PRIVMSG #lobby :(\d+) /g);
  expect([...heard].map(([, number]) => Number(number))).toEqual(Array.from({ length: said }, (_, i) => i));
});

test("a stopping server tells everyone, closes every connection and accepts none", async () => {
  const chat = startChat();
  const [ann, bob] = [await client(chat.port, "ann"), await WireClient.open(chat.port)];
  bob.send("hello\n");
  await bob.until(/hello$/);
  const mute = await WireClient.open(chat.port);
  await chat[Symbol.asyncDispose]();
  await Promise.all([ann, bob, mute].map((wire) => wire.closed()));
  expect(ann.received).toMatch(/ERROR :.*The test is over/);
  expect(bob.received).toMatch(/^-- The test is over/m);
  expect(WireClient.open(chat.port)).rejects.toThrow();
});

test("every entry speaks every protocol, a file as well", async () => {
  const folder = mkdtempSync(join(tmpdir(), "tcpchat-"));
  const unix = join(folder, "chat.sock");
  try {
    await using chat = startChat({ listen: ["127.0.0.1:0", "127.0.0.1:0", `unix:${unix}`] });
    const ann = await client(chat.port, "ann");
    let received = "";
    const isClosed = new Promise<void>((resolve) => {
      Bun.connect({
        unix,
        allowHalfOpen: true,
        socket: {
          open: (socket) => {
            socket.write("hello from a file");
            socket.shutdown();
          },
          data: (_socket, bytes) => {
            received += bytes.toString();
          },
          end: (socket) => void socket.end(),
          close: () => resolve(),
        },
      });
    });
    await ann.until(/PRIVMSG #lobby :hello from a file$/);
    await isClosed;
    expect(received).toMatch(/<guest-1> hello from a file\n$/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("an invalid listening address is refused, and the sockets opened before it are closed", () => {
  const taken = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: () => {} } });
  const { port } = taken;
  taken.stop(true);
  expect(() => startChat({ listen: [`127.0.0.1:${port}`, "nowhere"] })).toThrow(ConfigError);
  Bun.listen({ hostname: "127.0.0.1", port, socket: { data: () => {} } }).stop(true);
});

import { describe, expect, test } from "bun:test";
import { saslPlain } from "../support/accounts.ts";
import { Program } from "../support/binary.ts";
import { startChat } from "../support/chat-server.ts";
import { WireClient } from "../support/socket.ts";
import { WebWire } from "../support/web-socket.ts";

describe("the compiled server", () => {
  for (const isSecure of [false, true]) {
    test(`speaks IRC over ${isSecure ? "wss" : "ws"}, in one room with nc and IRC`, async () => {
      await using server = await Program.server();
      const { port } = server;
      using ann = await WebWire.open({ port, isSecure, path: "/socket", protocols: ["text.ircv3.net"] });
      await ann.enter("ann");
      const [bob, irc] = [await WireClient.open(port), await WireClient.open(port)];
      bob.send("/nick bob\n");
      await bob.until(/You are bob now/);
      irc.send("NICK eve\r\nUSER eve 0 * :Eve\r\nJOIN #lobby\r\n");
      await irc.until(/ 366 /);
      ann.send("JOIN #lobby");
      await ann.until(/ 366 /);
      ann.send("PRIVMSG #lobby :hello from a page, 안녕 👋\r\n");
      await bob.until(/<ann> hello from a page, 안녕 👋$/);
      await irc.until(/PRIVMSG #lobby :hello from a page, 안녕 👋$/);
      bob.send("hello from nc\n");
      const [last] = (await ann.until(/hello from nc/)).slice(-1);
      expect(last).toMatch(/^:bob!\S+ PRIVMSG #lobby :hello from nc$/);
      ann.send("QUIT :done");
      expect(await ann.closed()).toMatchObject({ code: 1000 });
      await irc.until(/^:ann!\S+ QUIT :Quit: done$/);
      for (const wire of [bob, irc]) wire.close();
    });
  }
});

test("an account is registered and logged in to over a WebSocket, without a subprotocol", async () => {
  await using chat = startChat();
  using first = await WebWire.open({ port: chat.port });
  await first.enter("ann");
  first.send("REGISTER * * secret1");
  await first.until(/REGISTER SUCCESS/);
  first.send("QUIT");
  await first.closed();
  using second = await WebWire.open({ port: chat.port });
  expect(second.protocol).toBe("");
  second.send("CAP LS 302", "NICK ann", "USER ann 0 * :Ann", "CAP REQ :sasl message-tags", "AUTHENTICATE PLAIN");
  await second.until(/^AUTHENTICATE \+$/);
  second.send(`AUTHENTICATE ${saslPlain("ann", "secret1")}`);
  await second.until(/ 903 /);
  second.send("CAP END");
  await second.until(/ 422 /);
  second.send("JOIN #room", "PRIVMSG #room :said");
  await second.until(/ 366 /);
});

test("with binary.ircv3.net the messages are binary", async () => {
  await using chat = startChat();
  using wire = await WebWire.open({ port: chat.port, protocols: ["binary.ircv3.net", "text.ircv3.net"] });
  expect(wire.protocol).toBe("binary.ircv3.net");
  wire.send(Buffer.from("NICK ann\r\n"), Buffer.from("USER ann 0 * :Ann\r\n"));
  await wire.until(/ 422 /);
  expect(wire.hasBinary).toBe(true);
});

test("a first line in small letters is recognised as IRC, and gets no greeting for people", async () => {
  await using chat = startChat();
  using wire = await WebWire.open({ port: chat.port });
  wire.send("nick ann", "user ann 0 * :Ann");
  const lines = await wire.until(/ 422 /);
  expect(lines.every((line) => line.startsWith(":chat.test "))).toBe(true);
});

test("a message with line ends inside says one line, and cannot give another command", async () => {
  await using chat = startChat();
  using ann = await WebWire.open({ port: chat.port });
  await ann.enter("ann");
  ann.send("PRIVMSG ann :one\r\nNICK eve\0\r\n", "PING x");
  const lines = await ann.until(/PONG/);
  expect(lines.filter((line) => !/PONG/.test(line))).toEqual([
    expect.stringMatching(/^:ann!\S+ PRIVMSG ann :one {2}NICK eve $/),
  ]);
});

test.each(["http://evil.example", "null"])("a page of %s is refused", async (origin) => {
  await using chat = startChat();
  expect(WebWire.open({ port: chat.port, headers: { Origin: origin } })).rejects.toThrow("refused");
  using wire = await WebWire.open({ port: chat.port, headers: { Origin: `http://127.0.0.1:${chat.port}` } });
  await wire.enter("ann");
});

test("switched off, a WebSocket is refused", async () => {
  await using chat = startChat();
  chat.reload({ web: { page: true, websocket: false, names: [], origins: [], url: "" } });
  expect(WebWire.open({ port: chat.port })).rejects.toThrow("refused");
});

test("a message over the limit closes with 1009, a close is answered with its code", async () => {
  await using chat = startChat();
  using ann = await WebWire.open({ port: chat.port });
  await ann.enter("ann");
  ann.send(`PRIVMSG ann :${"x".repeat(9000)}`);
  expect(await ann.closed()).toEqual({ code: 1009, reason: "a message is longer than 8192 bytes" });
  using bob = await WebWire.open({ port: chat.port });
  await bob.enter("bob");
  bob.close(4321);
  expect((await bob.closed()).code).toBe(4321);
});

test("a long answer arrives whole, however fast it is read", async () => {
  await using chat = startChat();
  using ann = await WebWire.open({ port: chat.port });
  await ann.enter("ann");
  ann.send("JOIN #room");
  for (let n = 0; n < 300; n++) ann.send(`PRIVMSG #room :${n} ${"x".repeat(300)}`);
  ann.send("PING said");
  await ann.until(/PONG .*said/);
  ann.send("CAP REQ :batch draft/chathistory message-tags", "CHATHISTORY LATEST #room * 300", "PING read");
  const lines = await ann.until(/PONG .*read/);
  const numbers = lines.flatMap((line) => / PRIVMSG #room :(\d+) /.exec(line)?.[1] ?? []);
  expect(numbers).toEqual(Array.from({ length: 300 }, (_, n) => String(n)));
});

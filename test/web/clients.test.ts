import { expect, test } from "bun:test";
import { saslPlain } from "../support/accounts.ts";
import { Program } from "../support/binary.ts";
import { startChat } from "../support/chat-server.ts";
import { WireClient } from "../support/socket.ts";
import { WebWire } from "../support/web-socket.ts";
import { frame } from "./client-frames.ts";

// The habits of IRC clients for the web: offered subprotocols, line ends, and order of registration.

/** Makes the account ann with the password secret1. Returns a plain connection. */
async function account(port: number): Promise<WireClient> {
  const irc = await WireClient.open(port);
  irc.send("NICK ann\r\nUSER ann 0 * :a\r\nREGISTER * * secret1\r\n");
  await irc.until(/REGISTER SUCCESS/);
  irc.send("QUIT\r\n");
  await irc.closed();
  return WireClient.open(port);
}

/** gamja: no subprotocol, a path of its own, CR LF in each message; it asks for capabilities one by one, and for SASL. */
test("gamja registers, logs in, joins and talks", async () => {
  await using server = await Program.server();
  const { port } = server;
  const nc = await account(port);
  const origin = { Origin: `http://127.0.0.1:${port}` };
  using gamja = await WebWire.open({ port, path: "/socket", headers: origin });
  expect(gamja.protocol).toBe("");
  gamja.send("CAP LS 302\r\n", "NICK ann\r\n", "USER ann 0 * :ann\r\n");
  await gamja.until(/CAP \S+ LS :/);
  gamja.send(
    "CAP REQ :message-tags server-time batch echo-message multi-prefix away-notify sasl draft/chathistory\r\n",
  );
  await gamja.until(/ACK/);
  gamja.send("AUTHENTICATE PLAIN\r\n");
  await gamja.until(/^AUTHENTICATE \+$/);
  gamja.send(`AUTHENTICATE ${saslPlain("ann", "secret1")}\r\n`);
  await gamja.until(/ 903 /);
  gamja.send("CAP END\r\n");
  await gamja.until(/ (?:376|422) /);
  gamja.send("JOIN #web\r\n", "MODE #web\r\n", "PRIVMSG #web :from gamja, 안녕\r\n");
  const lines = await gamja.until(/PRIVMSG #web :from gamja, 안녕$/);
  expect(lines.some((line) => /[\r\n]/.test(line))).toBe(false);
  expect(gamja.hasBinary).toBe(false);
  gamja.send("PING alive\r\n");
  await gamja.until(/PONG \S+ :?alive$/);
  nc.close();
});

/**
 * irc-framework, which Kiwi uses: text.ircv3.net, a realname without a colon, SASL with the account as the identity to
 * act for, and CAP END at 900, before 903.
 */
test("Kiwi's irc-framework registers, logs in, joins and talks", async () => {
  await using server = await Program.server();
  const { port } = server;
  const nc = await account(port);
  using kiwi = await WebWire.open({ port, protocols: ["text.ircv3.net"] });
  expect(kiwi.protocol).toBe("text.ircv3.net");
  kiwi.send("CAP LS 302", "NICK kiwi", "USER kiwi 0 * https://kiwiirc.com/");
  await kiwi.until(/CAP \S+ LS :/);
  const caps = "account-notify account-tag away-notify batch cap-notify extended-join invite-notify message-tags";
  kiwi.send(`CAP REQ :${caps} multi-prefix sasl server-time userhost-in-names`);
  await kiwi.until(/ACK/);
  kiwi.send("AUTHENTICATE PLAIN");
  await kiwi.until(/^AUTHENTICATE \+$/);
  kiwi.send(`AUTHENTICATE ${Buffer.from("ann\0ann\0secret1").toString("base64")}`);
  await kiwi.until(/ 900 /);
  kiwi.send("CAP END");
  await kiwi.until(/ 001 /);
  kiwi.send("PING 1795771656474", "JOIN #web", "PRIVMSG #web :from kiwi");
  await kiwi.until(/ 366 /);
  nc.send("/join #web\nfrom nc\n");
  await nc.until(/<kiwi> from kiwi/);
  await kiwi.until(/PRIVMSG #web :from nc$/);
  nc.close();
});

/** A library without capabilities, as Python's irc: NICK, USER, an answer to PING, JOIN after the welcome. */
test("a client that knows no capabilities registers, joins and talks", async () => {
  await using chat = startChat();
  using plain = await WebWire.open({ port: chat.port, protocols: ["binary.ircv3.net"] });
  const send = (line: string) => plain.send(Buffer.from(`${line}\r\n`));
  send("NICK bot");
  send("USER bot 0 * bot");
  await plain.until(/ 001 bot /);
  send("JOIN #web");
  await plain.until(/ 366 /);
  send("PRIVMSG #web :from a bot");
  send("PING chat.test");
  await plain.until(/PONG/);
  expect(plain.hasBinary).toBe(true);
});

test("a line that is no UTF-8 is refused, so that text clients get text alone, and binary clients the same", async () => {
  await using chat = startChat();
  using text = await WebWire.open({ port: chat.port, protocols: ["text.ircv3.net"] });
  using binary = await WebWire.open({ port: chat.port, protocols: ["binary.ircv3.net"] });
  for (const [nick, wire] of Object.entries({ text, binary })) {
    await wire.enter(nick);
    wire.send("JOIN #raw");
    await wire.until(/ 366 /);
  }
  await text.until(/binary!\S+ JOIN/);
  const latin = await WireClient.open(chat.port);
  latin.send("NICK latin\r\nUSER latin 0 * :l\r\nJOIN #raw\r\n");
  await latin.until(/ 366 /);
  latin.send(Buffer.from("PRIVMSG #raw :caf\xe9\r\n", "latin1"));
  await latin.until(/FAIL PRIVMSG INVALID_UTF8/);
  binary.send(Buffer.from("PRIVMSG #raw :\xff\xfe\r\n", "latin1"));
  await binary.until(/FAIL PRIVMSG INVALID_UTF8/);
  latin.send("PRIVMSG #raw :café\r\n");
  for (const wire of [text, binary]) {
    const said = (await wire.until(/café$/)).filter((line) => line.includes("PRIVMSG"));
    expect(said).toEqual([expect.stringMatching(/^:latin!\S+ PRIVMSG #raw :café$/)]);
  }
  latin.close();
});

/** A WebSocket by hand: the bytes after the handshake. */
async function opened(port: number, ...fields: readonly string[]): Promise<WireClient> {
  const wire = await WireClient.open(port);
  const head = [
    "GET /any HTTP/1.1",
    "hOST: localhost",
    "UPGRADE: WebSocket",
    "connection: keep-alive, Upgrade",
    "sec-websocket-KEY: dGhlIHNhbXBsZSBub25jZQ==",
    ...fields,
  ];
  wire.send(`${head.join("\r\n")}\r\n\r\n`);
  return wire;
}

test("field names in any case are read, extensions are not agreed on, and a compressed frame closes with 1002", async () => {
  await using chat = startChat();
  const offer = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits";
  const wire = await opened(chat.port, "Sec-WebSocket-Version: 13", offer);
  await wire.text(/\r\n\r\n/);
  expect(wire.received).toStartWith("HTTP/1.1 101 Switching Protocols\r\n");
  expect(wire.received).not.toMatch(/Sec-WebSocket-(?:Extensions|Protocol)/i);
  wire.send(frame(1, "NICK ann", { first: 0xc1 }));
  await wire.closed();
  expect(wire.received).toContain("\x03\ufffda frame has a reserved bit");
});

test("a request for another version gets the supported one", async () => {
  await using chat = startChat();
  const wire = await opened(chat.port, "Sec-WebSocket-Version: 8");
  await wire.closed();
  expect(wire.received).toMatch(/^HTTP\/1\.1 426 Upgrade Required\r\n/);
  expect(wire.received).toContain("\r\nSec-WebSocket-Version: 13\r\n");
});

test.each([
  ["has no mask", Uint8Array.of(0x81, 1, 120), "is not masked"],
  ["is no UTF-8", frame(1, Uint8Array.of(0xff)), "is not UTF-8"],
  ["has a close code that is never sent", frame(8, Uint8Array.of(1005 >> 8, 1005 & 255)), "has the code 1005"],
  ["is a fragmented ping", frame(9, "x", { first: 0x09 }), "is fragmented"],
] as const)("a frame that %s closes the connection, and what was said before it counts", async (_, bytes, words) => {
  await using chat = startChat();
  const wire = await opened(chat.port, "Sec-WebSocket-Version: 13");
  await wire.text(/\r\n\r\n/);
  wire.send(Buffer.concat([frame(1, "NICK ann"), frame(1, "USER ann 0 * :a"), bytes, frame(1, "JOIN #never")]));
  await wire.closed();
  expect(wire.received).toContain(" 001 ann ");
  expect(wire.received).not.toContain("#never");
  expect(wire.received).toEndWith(words);
});

import { expect, test } from "bun:test";
import { defaultConfig } from "../../../src/server/config/read.ts";
import { protocolNameOf } from "../../../src/server/net/first-line.ts";
import { startChat } from "../../support/chat-server.ts";
import { WireClient } from "../../support/socket.ts";

/** First lines of other protocols. */
const BEGINNINGS: readonly (readonly [what: string, packet: string | readonly number[]])[] = [
  ["SSH", "SSH-2.0-OpenSSH_9.6\r\n"],
  ["SSH without a newline", "SSH-2.0-Go"],
  ["SMTP", "EHLO mail.example.org\r\nMAIL FROM:<a@b>\r\nRCPT TO:<x>\r\n"],
  ["SMTP at once", "MAIL FROM:<a@b>\r\n"],
  ["a PROXY header", "PROXY TCP4 10.1.2.3 10.0.0.1 4711 9000\r\nhello\r\n"],
  [
    "a PROXY header, version 2",
    [13, 10, 13, 10, 0, 13, 10, 81, 85, 73, 84, 10, 33, 17, 0, 12, ...Array(12).fill(65), 10],
  ],
  ["STUN", [0, 1, 0, 0, 33, 18, 164, 66, ...Array(12).fill(65)]],
  ["NUL", [0]],
  ["NUL behind text", "hello\0\n"],
  ["NUL in a second line", "CONNECT\naccept-version:1.2\n\n\0"],
  ["control bytes", "hello \x01\x05\n"],
  ["RDP", [3, 0, 0, 19, 14, 224, 0, 0, 0, 0, 0, 1, 0, 8, 0, 3, 0, 0, 0]],
  ["SOCKS 5", [5, 1, 0]],
  ["MQTT", [16, 12, 0, 4, 77, 81, 84, 84, 4, 2, 0, 60, 0, 0]],
  ["PostgreSQL", [0, 0, 0, 8, 4, 210, 22, 47]],
  ["ADB", "CNXN\x00\x00\x00\x01"],
  ["Redis", "*1\r\n$4\r\nPING\r\n"],
  ["X11", [108, 0, 11, 0, 0, 0, 0, 0, 0, 0]],
  ["XMPP", "<?xml version='1.0'?><stream:stream to='x'>"],
  ["UTF-16", [255, 254, 104, 0, 105, 0, 10, 0]],
];

test.each(BEGINNINGS)(
  "a connection that begins with %s is told why and closed, and nothing is said",
  async (_, packet) => {
    await using chat = startChat();
    const ann = await WireClient.open(chat.port);
    ann.send("/nick ann\n");
    await ann.until(/^-- You are ann now/);
    const stranger = await WireClient.open(chat.port);
    stranger.send(typeof packet === "string" ? packet : Uint8Array.from(packet));
    await stranger.closed();
    expect(stranger.received).toMatch(/^-- (?:This is a chat, and .*tcpchat client|A PROXY header is .*)\.\r\n$/);
    ann.send("/quit\n");
    await ann.closed();
    expect(ann.received).toMatch(/You are ann now\.\n-- Goodbye\.\n$/);
  },
);

test.each(BEGINNINGS.filter(([what]) => what.startsWith("a PROXY")))(
  "the words for %s name the key",
  async (_, packet) => {
    await using chat = startChat();
    const balancer = await WireClient.open(chat.port);
    balancer.send(typeof packet === "string" ? packet : Uint8Array.from(packet));
    await balancer.closed();
    expect(balancer.received).toContain("proxies in [server]");
  },
);

test("a PROXY header from a stranger is no talk in pieces either", async () => {
  await using chat = startChat();
  const stranger = await WireClient.open(chat.port);
  for (const piece of ["\r\n", "\r\n\0\r\nQU", "IT\n!\x11\0\x0c"]) stranger.send(piece);
  await stranger.closed();
  expect(stranger.received).toMatch(/not UTF-8 text|proxies in \[server\]/);
});

test.each([
  "HELO there, all of you",
  "SSH-keys are better",
  "helo all",
  "PROXY please",
  "* 1",
  "\x02bold\x02 and \x0304red\x03, \x1b[1mbright\x1b[0m",
  "tab\tand \x7f",
])("%j is what a person says", async (line) => {
  await using chat = startChat();
  const wire = await WireClient.open(chat.port);
  wire.send(`${line}\n`);
  await wire.until(/^\[\d\d:\d\d\] <guest-1> /);
});

test("after the first line a person may send any byte but NUL", async () => {
  await using chat = startChat();
  const wire = await WireClient.open(chat.port);
  wire.send("hello\n\x07 ding\n");
  await wire.until(/<guest-1> +ding$/);
});

test("telnet's negotiation is swallowed, with NUL in it too", async () => {
  await using chat = startChat();
  const wire = await WireClient.open(chat.port);
  wire.send(Uint8Array.from([255, 253, 3, 255, 251, 24, 255, 250, 24, 0, 65, 255, 240, 104, 105, 10]));
  await wire.until(/<guest-1> hi$/);
});

test("a client may send control bytes with its first line", async () => {
  await using chat = startChat();
  const wire = await WireClient.open(chat.port);
  wire.send("NICK ann\r\nUSER a 0 * :a\r\nJOIN #x\r\nPRIVMSG #x :\x01ACTION waves\x01\r\nPING x\r\n");
  await wire.until(/PONG .* x$/);
});

test.each(["GET / HTTP/1.1\r\nHost: x\r\n\r\n", "POST / HTTP/1.1\r\n\r\n/nick eve\nhello\n"])(
  "a browser that sends %j is answered in its own words, and closed",
  async (request) => {
    await using chat = startChat();
    const wire = await WireClient.open(chat.port);
    wire.send(request);
    await wire.closed();
    const [head = "", body = ""] = wire.received.split("\r\n\r\n");
    expect(head).toMatch(/^HTTP\/1\.1 4\d\d /);
    expect(head).toContain(`Content-Length: ${Buffer.byteLength(body)}`);
    expect(head).toContain("Connection: close");
    expect(body).toContain("chat");
  },
);

test("a browser understands the answer of a server without a page", async () => {
  await using chat = startChat({ web: { ...defaultConfig().web, page: false } });
  const answer = await fetch(`http://127.0.0.1:${chat.port}/`);
  expect(answer.status).toBe(400);
  expect(await answer.text()).toStartWith("This is a chat, not a web server.");
});

test("text that a web page posts is not said in the chat", async () => {
  await using chat = startChat();
  const ann = await WireClient.open(chat.port);
  ann.send("/nick ann\n");
  await ann.until(/^-- You are ann/);
  await fetch(`http://127.0.0.1:${chat.port}/`, { method: "POST", body: "hello\nNICK eve\nfrom a web page\n" });
  ann.send("/quit\n");
  await ann.closed();
  expect(ann.received).not.toContain("web page");
  expect(ann.received).not.toContain("POST");
});

test.each([
  "CAP LS",
  "CAP LS 302",
  "CAP REQ :sasl echo-message",
  "CAP END",
  "NICK ann",
  "NICK :ann",
  "USER ann 0 * :Ann Arbor",
  "USER ann 0 * ann",
  "PASS sesame",
  "PASS :open sesame",
  "PASS ann:open sesame",
  "PING x",
  "PING :are you there",
  "QUIT",
  "QUIT :gone for tea",
  "AUTHENTICATE PLAIN",
  "REGISTER * * :sesame",
  "@time=x NICK ann",
  "@a=b;c :src NICK ann",
  ":ann NICK ann",
  "NICK  ann ", // blanks may be repeated
  "SLASH * :/who",
  "SLASH #dev :/kick bob",
  "SLASH *",
  "PRIVMSG #dev :hi",
  "PRIVMSG bob :hi",
  "JOIN #dev",
  "TOPIC #dev :bread",
  "LIST *",
])("%j is a client's opening", (line) => {
  expect(protocolNameOf(line)).toBe("irc");
});

test("an IRC command before registration is answered, and not said as a message", async () => {
  await using chat = startChat();
  const ann = await WireClient.open(chat.port);
  ann.send("/nick ann\n");
  await ann.until(/^-- You are ann/);
  const wire = await WireClient.open(chat.port);
  wire.send("SLASH * :/who\r\n");
  await wire.until(/^:chat\.test 451 \* :/);
  ann.send("/quit\n");
  await ann.closed();
  expect(ann.received).not.toContain("SLASH");
});

test.each([
  "",
  "hello",
  "pass me the salt",
  "PASS me the salt",
  "nick ann",
  "Nick ann",
  "NICK AND I",
  "USER ERROR",
  "USER a b",
  "QUIT IT",
  "QUIT it now",
  "PING PONG IS FUN",
  "AUTHENTICATE this please",
  "REGISTER NOW",
  "WHO ARE YOU",
  "JOIN us",
  "TOPIC #1: food",
  "WHO #1 is",
  "SLASH prices",
  "NOTICE this :)",
  "HTTP",
  "GET A LIFE",
  "get / http/1.1",
  "GET / HTTP/1.1 please",
  "I said: GET / HTTP/1.1",
  "/nick ann",
  ":)",
  ":) NOW",
  "@ann hello",
  "constructor",
  "toString x",
  "__proto__ x",
  "CONSTRUCTOR",
  `NICK${" ".repeat(4000)}x${" ".repeat(4000)}x`,
])("%j is a person's line", (line) => {
  expect(protocolNameOf(line)).toBe("person");
});

test.each([
  "GET / HTTP/1.1",
  "POST /chat HTTP/1.0",
  "OPTIONS * HTTP/1.1",
  "QUIT / HTTP/1.1",
  "CONNECT a:1 HTTP/1.1",
  "PRI * HTTP/2.0",
  "OPTIONS / RTSP/1.0",
])("%j is a browser's", (line) => {
  expect(protocolNameOf(line)).toBe("http");
});

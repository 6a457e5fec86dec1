import { expect, test } from "bun:test";
import { memoryStore } from "../../src/store/sqlite.ts";
import { WebAccess } from "../../src/web/access.ts";
import type { FrameKind } from "../../src/web/frames.ts";
import { HeadReader, type RequestHead } from "../../src/web/head.ts";
import {
  asksForWebSocket,
  type HttpAnswer,
  type HttpPeer,
  HttpSession,
  shakeHands,
  type WebServer,
} from "../../src/web/http.ts";
import type { Closing } from "../../src/wire/closing.ts";
import { startChat } from "../support/chat-server.ts";
import { WireClient } from "../support/socket.ts";

const KEY = "dGhlIHNhbXBsZSBub25jZQ==";
const UPGRADE = `Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${KEY}\r\n`;

/** An HTTP session over a recording peer, with a clock that the test sets. */
class Visit {
  now = 0;
  sent = "";
  closing: Closing | undefined;
  kind: FrameKind | undefined;
  readonly addresses: string[] = [];
  isFlushed = true;
  readonly session: HttpSession;

  constructor(changes: Partial<WebServer> = {}, address = "192.0.2.1") {
    const visit = this;
    const peer = {
      since: 0,
      address,
      get isFlushed() {
        return visit.isFlushed;
      },
      push(bytes: Uint8Array) {
        visit.sent += Buffer.from(bytes);
      },
      finish(closing: Closing) {
        visit.closing ??= closing;
      },
      hold() {},
      release() {},
      readdress(to: string) {
        visit.addresses.push(to);
        this.address = to;
        return to === "198.51.100.66" ? "You are banned" : undefined;
      },
      openWebSocket(answer: Uint8Array, kind: FrameKind) {
        visit.sent += Buffer.from(answer);
        visit.kind = kind;
      },
    };
    this.session = new HttpSession(peer as unknown as HttpPeer, {
      clock: () => this.now,
      access: () => new WebAccess(["chat.test"], ["https://site.example"]),
      isProxy: (proxy) => proxy.startsWith("10."),
      hasWebSocket: () => true,
      hasPage: () => false,
      routes: () => [{ path: "/there", answer: () => ({ status: 200, body: "It is here.\n" }) }],
      ...changes,
    });
  }

  /** Sends text line by line, as a connection passes it on. */
  sends(text: string): this {
    for (const line of text.split("\r\n").slice(0, -1))
      if (!this.closing && !this.kind) this.session.line(Buffer.from(line));
    return this;
  }

  get status(): number {
    return Number(/^HTTP\/1\.1 (\d+) /.exec(this.sent)?.[1]);
  }

  get body(): string {
    return this.sent.slice(this.sent.indexOf("\r\n\r\n") + 4);
  }
}

test("a known path is answered, and the connection is kept", () => {
  const visit = new Visit().sends("GET /there?at=all HTTP/1.1\r\nHost: chat.test:9000\r\n\r\n");
  expect([visit.status, visit.body, visit.closing]).toEqual([200, "It is here.\n", undefined]);
  expect(visit.sent).toContain("Content-Length: 12\r\n");
  expect(visit.sent).toContain("X-Content-Type-Options: nosniff\r\n");
  visit.sends("GET /there HTTP/1.1\r\nHost: chat.test\r\n\r\n");
  expect(visit.sent.match(/HTTP\/1\.1 200 OK/g)?.length).toBe(2);
});

test.each(["GET", "POST", "DELETE"])("with the page, an unknown path is not found by %s", (method) => {
  const visit = new Visit({ hasPage: () => true }).sends(`${method} /elsewhere HTTP/1.1\r\nHost: chat.test\r\n\r\n`);
  expect([visit.status, visit.body]).toEqual([404, "There is nothing at /elsewhere.\n"]);
});

test("HEAD gets the head alone", () => {
  const visit = new Visit().sends("HEAD /there HTTP/1.1\r\nHost: chat.test\r\n\r\n");
  expect([visit.status, visit.body]).toEqual([200, ""]);
  expect(visit.sent).toContain("Content-Length: 12\r\n");
});

test.each([
  "GET /there HTTP/1.0\r\nHost: a\r\n\r\n",
  "GET /there HTTP/1.1\r\nHost: a\r\nConnection: foo, Close\r\n\r\n",
])("%j is answered and closed", (text) => {
  const visit = new Visit().sends(text.replace("Host: a", "Host: chat.test"));
  expect([visit.status, visit.closing?.why]).toEqual([200, "answered"]);
  expect(visit.sent).toContain("Connection: close\r\n");
});

test.each([
  ["POST /there", "Host: chat.test", 405, "Allow: GET, HEAD"],
  ["DELETE /there", "Host: chat.test", 405, "GET and HEAD"],
  ["GET /elsewhere", "Host: chat.test", 400, "This is a chat"],
  ["POST /elsewhere", "Host: chat.test", 400, "This is a chat"],
  ["GET /there", "Host: evil.example:9000", 400, 'section [web]: names = ["evil.example"]'],
  ["GET /there", "Host: chat.test\r\nOrigin: https://evil.example", 403, "origins in [web]"],
  ["GET /there", "Host: chat.test\r\nOrigin: null", 403, "origins in [web]"],
  ["GET /there", "Host: chat.test\r\nContent-Length: 7", 413, "no body"],
  ["GET /there", "", 400, "one Host"],
])("%s with %j is refused with %i and a word, and closed", (first, fields, status, words) => {
  const visit = new Visit().sends(`${first} HTTP/1.1\r\n${fields}\r\n\r\n`);
  expect([visit.status, visit.closing?.why]).toEqual([status, "http"]);
  expect(visit.sent).toContain(words);
  expect(visit.sent).toContain("Connection: close\r\n");
});

test("a WebSocket begins at any path, from any permitted origin or none", () => {
  for (const origin of ["", "Origin: http://chat.test\r\n", "Origin: https://site.example\r\n"]) {
    const visit = new Visit().sends(`GET /any HTTP/1.1\r\nHost: chat.test\r\n${origin}${UPGRADE}\r\n`);
    expect([visit.status, visit.kind, visit.body, visit.closing]).toEqual([101, "text", "", undefined]);
  }
});

test("a WebSocket is refused to pages of other sites, and under other names", () => {
  const hosts = {
    "chat.test\r\nOrigin: https://evil.example": 403,
    "chat.test\r\nOrigin: null": 403,
    "evil.example": 400,
  };
  for (const [host, status] of Object.entries(hosts)) {
    const visit = new Visit().sends(`GET / HTTP/1.1\r\nHost: ${host}\r\n${UPGRADE}\r\n`);
    expect([visit.status, visit.kind]).toEqual([status, undefined]);
  }
});

test("a WebSocket does not begin while earlier answers wait", () => {
  const visit = new Visit();
  visit.isFlushed = false;
  visit.sends(`GET / HTTP/1.1\r\nHost: chat.test\r\n${UPGRADE}\r\n`);
  expect([visit.status, visit.kind]).toEqual([400, undefined]);
});

test("with HTTP off, a request gets a reason", () => {
  const off = { hasWebSocket: () => false, routes: () => [] };
  for (const text of ["GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n", `GET / HTTP/1.1\r\nHost: a\r\n${UPGRADE}\r\n`]) {
    const visit = new Visit(off).sends(text);
    expect([visit.status, visit.body]).toEqual([400, expect.stringMatching(/^This is a chat, not a web server\./)]);
  }
});

test("without WebSockets, the paths are still there", () => {
  const off = { hasWebSocket: () => false };
  expect(new Visit(off).sends("GET /there HTTP/1.1\r\nHost: chat.test\r\n\r\n").status).toBe(200);
  expect(new Visit(off).sends(`GET /there HTTP/1.1\r\nHost: chat.test\r\n${UPGRADE}\r\n`).status).toBe(400);
});

test.each([
  ["X-Forwarded-For: 198.51.100.7", 200, ["198.51.100.7"]],
  ["X-Forwarded-For: 203.0.113.1, 198.51.100.7\r\nX-Forwarded-For: 10.0.0.2", 200, ["198.51.100.7"]],
  ["X-Forwarded-For: nonsense", 400, []],
  ["X-Forwarded-For:", 400, []],
  ["X-Forwarded-For: 198.51.100.66", 403, ["198.51.100.66"]],
  ["X-Other: 198.51.100.7", 200, []],
])("behind a proxy %j is answered with %i, at the address %j", (field, status, addresses) => {
  const visit = new Visit({}, "10.0.0.1").sends(`GET /there HTTP/1.1\r\nHost: chat.test\r\n${field}\r\n\r\n`);
  expect([visit.status, visit.addresses]).toEqual([status, [...addresses]]);
});

test("each request of a proxy's connection has its own address", () => {
  const visit = new Visit({}, "10.0.0.1");
  for (const address of ["198.51.100.7", "198.51.100.7", "198.51.100.8"])
    visit.sends(`GET /there HTTP/1.1\r\nHost: chat.test\r\nX-Forwarded-For: ${address}\r\n\r\n`);
  expect(visit.addresses).toEqual(["198.51.100.7", "198.51.100.8"]);
});

test("X-Forwarded-For of anyone else is not looked at", () => {
  const visit = new Visit().sends("GET /there HTTP/1.1\r\nHost: chat.test\r\nX-Forwarded-For: nonsense\r\n\r\n");
  expect([visit.status, visit.addresses]).toEqual([200, []]);
});

test("a head has 10 s, the first and every further one", () => {
  for (const before of ["", "GET /there HTTP/1.1\r\nHost: chat.test\r\n\r\n"]) {
    const visit = new Visit().sends(before);
    visit.now = 5000;
    visit.sends("GET / HTTP/1.1\r\n");
    const since = before === "" ? 0 : 5000;
    visit.session.housekeep(since + 10_000);
    expect(visit.closing).toBeUndefined();
    visit.session.housekeep(since + 10_001);
    expect(visit.closing?.why).toBe("http");
    expect(visit.sent).toContain("HTTP/1.1 408 Request Timeout");
  }
});

test("an answer that takes long is waited for, and then the connection is kept for 15 s", async () => {
  const { promise, resolve } = Promise.withResolvers<HttpAnswer>();
  const visit = new Visit({ routes: () => [{ path: "/slow", answer: () => promise }] });
  visit.sends("GET /slow HTTP/1.1\r\nHost: chat.test\r\n\r\n");
  visit.now = 60_000;
  visit.session.housekeep(visit.now);
  expect(visit.closing).toBeUndefined();
  resolve({ status: 200, body: "At last.\n" });
  await promise;
  expect([visit.status, visit.body]).toEqual([200, "At last.\n"]);
  visit.session.housekeep(75_000);
  expect(visit.closing).toBeUndefined();
  visit.session.housekeep(75_001);
  expect(visit.closing).toBeDefined();
});

test("a connection is kept for 15 s without another request", () => {
  const visit = new Visit().sends("GET /there HTTP/1.1\r\nHost: chat.test\r\n\r\n");
  visit.session.housekeep(15_000);
  expect(visit.closing).toBeUndefined();
  visit.session.housekeep(15_001);
  expect(visit.closing?.why).toBe("answered");
});

test("a head of more than 16 KiB is refused", () => {
  const visit = new Visit().sends(`GET / HTTP/1.1\r\n${`X: ${"y".repeat(1000)}\r\n`.repeat(20)}`);
  expect([visit.status, visit.closing?.why]).toEqual([431, "http"]);
});

test("only requests and blank lines weigh in the rate limit", () => {
  const visit = new Visit();
  const weights = ["", "GET /there HTTP/1.1", "Host: chat.test", "X: y", ""].map((line) => {
    visit.session.line(Buffer.from(line));
    return visit.session.weight;
  });
  expect(weights).toEqual([1, 0, 0, 0, 1]);
});

test("pipelined requests are answered in order, to the last", async () => {
  await using chat = startChat();
  const wire = await WireClient.open(chat.port);
  wire.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(500));
  wire.send("HEAD /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  await wire.closed();
  expect(wire.received.match(/HTTP\/1\.1 200 OK/g)?.length).toBe(501);
  expect(wire.received.match(/\r\n\r\nok\n/g)?.length).toBe(500);
});

test.each([8180, 9000, 20_000])("a POST to a path of %i bytes is refused, and joins no room", async (length) => {
  await using chat = startChat();
  const bob = await WireClient.open(chat.port);
  bob.send("NICK bob\r\nUSER bob 0 * :bob\r\nJOIN #lobby\r\n");
  await bob.until(/ 366 /);
  const wire = await WireClient.open(chat.port);
  wire.send(`POST /${"x".repeat(length)} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 6\r\n\r\nhello\n`);
  await wire.closed();
  expect(wire.received).toStartWith("HTTP/1.1 431 ");
  bob.send("PING done\r\n");
  expect((await bob.until(/PONG/)).filter((line) => /JOIN|PRIVMSG/.test(line))).toEqual([]);
  bob.close();
});

test("the address of X-Forwarded-For is the one that limits look at", async () => {
  const { defaultConfig } = await import("../../src/server/config/read.ts");
  const { connections } = defaultConfig();
  await using chat = startChat({
    proxies: ["127.0.0.1"],
    exempt: [],
    connections: { ...connections, unregisteredPerAddress: 1 },
  });
  const open = async (address: string) => {
    const wire = await WireClient.open(chat.port);
    wire.send(`GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: ${address}\r\n\r\n`);
    await wire.text(/\r\n\r\n.*\n/);
    return wire;
  };
  const first = await open("198.51.100.7");
  const second = await open("198.51.100.7");
  const third = await open("198.51.100.8");
  expect([first, second, third].map(({ received }) => received.slice(9, 12))).toEqual(["200", "403", "200"]);
  expect(second.received).toContain("Too many connections from your address that have not registered");
  for (const wire of [first, second, third]) wire.close();
});

const HEALTH = [
  "GET /healthz HTTP/1.0",
  "GET /healthz HTTP/1.1\r\nHost: 192.0.2.9:9000\r\nOrigin: https://evil.example",
];

test.each(HEALTH)("a balancer learns whether the server works, by any name: %j", async (request) => {
  let isDown = false;
  const { web } = (await import("../../src/server/config/read.ts")).defaultConfig();
  await using chat = startChat({ web: { ...web, page: false, websocket: false } }, Date.now, (watch) =>
    Object.defineProperty(memoryStore(watch), "isDown", { get: () => isDown }),
  );
  const ask = async () => {
    const wire = await WireClient.open(chat.port);
    wire.send(`${request}\r\nConnection: close\r\n\r\n`);
    await wire.closed();
    return [wire.received.slice(9, 12), wire.received.split("\r\n\r\n")[1]];
  };
  expect(await ask()).toEqual(["200", "ok\n"]);
  isDown = true;
  expect(await ask()).toEqual(["503", "unavailable\n"]);
});

test("without a Host field there is nothing else", () => {
  const visit = new Visit().sends("GET /there HTTP/1.0\r\n\r\n");
  expect([visit.status, visit.body]).toEqual([400, "A request to this chat has one Host field.\n"]);
});

test("the path for balancers opens no WebSocket to pages of other sites", async () => {
  await using chat = startChat();
  const wire = await WireClient.open(chat.port);
  wire.send(`GET /healthz HTTP/1.1\r\nHost: localhost\r\nOrigin: https://evil.example\r\n${UPGRADE}\r\n`);
  await wire.closed();
  expect(wire.received).toStartWith("HTTP/1.1 403 ");
});

const USUAL = ["Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13", `Sec-WebSocket-Key: ${KEY}`];

function request(fields: readonly string[], first = "GET /any/path HTTP/1.1"): RequestHead {
  const reader = new HeadReader();
  for (const line of [first, "Host: a", ...fields]) reader.read(Buffer.from(line));
  const head = reader.read(new Uint8Array(0));
  if (!head || "words" in head) throw new Error(`It was refused: ${JSON.stringify(head)}`);
  return head;
}

/** The usual fields, but for one that is replaced or left out. */
function but(name: string, ...lines: readonly string[]): readonly string[] {
  return [...USUAL.filter((line) => !line.startsWith(`${name}:`)), ...lines];
}

test("the example of RFC 6455 is accepted", () => {
  expect(shakeHands(request(USUAL))).toEqual({
    kind: "text",
    fields: ["Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo="],
  });
});

test.each([
  [but("Upgrade", "Upgrade: WebSocket")],
  [but("Upgrade", "Upgrade: h2c, websocket")],
  [but("Connection", "Connection: keep-alive, upgrade")],
  [but("Connection", "Connection: keep-alive", "Connection: Upgrade")],
])("%j are accepted", (fields) => {
  expect(asksForWebSocket(request(fields))).toBe(true);
  expect(shakeHands(request(fields))).toMatchObject({ kind: "text" });
});

test.each([
  [but("Connection", "Connection: keep-alive"), 400],
  [but("Connection"), 400],
  [but("Sec-WebSocket-Version", "Sec-WebSocket-Version: 8"), 426],
  [but("Sec-WebSocket-Version"), 426],
  [[...USUAL, "Sec-WebSocket-Version: 13"], 426],
  [but("Sec-WebSocket-Key"), 400],
  [[...USUAL, `Sec-WebSocket-Key: ${KEY}`], 400],
  [but("Sec-WebSocket-Key", "Sec-WebSocket-Key: c2hvcnQ="), 400],
  [but("Sec-WebSocket-Key", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZR=="), 400],
])("%j are refused with %i", (fields, status) => {
  expect(shakeHands(request(fields))).toMatchObject({ status });
});

test("a WebSocket begins with GET and HTTP/1.1", () => {
  for (const first of ["POST / HTTP/1.1", "HEAD / HTTP/1.1", "GET / HTTP/1.0"])
    expect(shakeHands(request(USUAL, first))).toMatchObject({ status: 400 });
});

test("a wrong version is told the right one", () => {
  const refusal = shakeHands(request(but("Sec-WebSocket-Version", "Sec-WebSocket-Version: 7")));
  expect(refusal.fields).toContain("Sec-WebSocket-Version: 13");
});

test.each([
  ["text.ircv3.net", "text.ircv3.net", "text"],
  ["binary.ircv3.net", "binary.ircv3.net", "binary"],
  ["binary.ircv3.net, text.ircv3.net", "binary.ircv3.net", "binary"],
  ["text.ircv3.net,binary.ircv3.net", "text.ircv3.net", "text"],
  ["other, binary.ircv3.net", "binary.ircv3.net", "binary"],
  ["TEXT.IRCV3.NET", undefined, "text"],
  ["constructor", undefined, "text"],
  ["other", undefined, "text"],
] as const)("of the subprotocols %j, the client's first known one is agreed on: %p", (offered, agreed, kind) => {
  const handshake = shakeHands(request([...USUAL, `Sec-WebSocket-Protocol: ${offered}`]));
  const answer = handshake.fields?.find((line) => line.startsWith("Sec-WebSocket-Protocol"));
  expect(handshake).toMatchObject({ kind });
  expect(answer).toBe(agreed === undefined ? undefined : `Sec-WebSocket-Protocol: ${agreed}`);
});

test("without an Upgrade field no WebSocket is asked for", () => {
  expect(asksForWebSocket(request(but("Upgrade")))).toBe(false);
  expect(asksForWebSocket(request(but("Upgrade", "Upgrade: h2c")))).toBe(false);
});

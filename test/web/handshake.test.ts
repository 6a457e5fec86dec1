import { expect, test } from "bun:test";
import { asksForWebSocket, shakeHands } from "../../src/web/handshake.ts";
import { HeadReader, type RequestHead } from "../../src/web/head.ts";

const KEY = "dGhlIHNhbXBsZSBub25jZQ==";
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

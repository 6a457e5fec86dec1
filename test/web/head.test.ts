import { expect, test } from "bun:test";
import { HEAD, HeadReader } from "../../src/web/head.ts";

/** The answers of a reader to the lines of a text. */
function read(text: string) {
  const reader = new HeadReader();
  const answers = text.split("\r\n").map((line) => reader.read(Buffer.from(line, "latin1")));
  return answers.find((answer) => answer !== undefined);
}

test.each([
  ["GET / HTTP/1.1\r\nHost: chat.test", { method: "GET", path: "/", version: "1.1", host: "chat.test" }],
  [
    "GET /a?b=/c HTTP/1.0\r\nhOsT:CHAT.test:9000 \t",
    { method: "GET", path: "/a", version: "1.0", host: "chat.test:9000" },
  ],
  [
    "\r\nPOST /x HTTP/1.1\r\nHost: [::1]\r\nContent-Length: 0",
    { method: "POST", path: "/x", version: "1.1", host: "[::1]" },
  ],
  ["GET / HTTP/1.0", { method: "GET", path: "/", version: "1.0", host: "" }],
] as const)("%j is read", (text, head) => {
  expect(read(`${text}\r\n`)).toMatchObject(head);
});

test("fields of one name keep their values apart, and lose the blanks around them", () => {
  const head = read("GET / HTTP/1.1\r\nHost: x\r\nOrigin:  a b \r\nORIGIN:\t\r\nX-Y: é\r\n");
  expect(head && "fields" in head && [head.fields.get("origin"), head.fields.has("x-y")]).toEqual([["a b", ""], true]);
});

test.each([
  ["GET / HTTP/1.1", 400, /one Host/],
  ["GET / HTTP/1.1\r\nHost: a\r\nHost: a", 400, /one Host/],
  ["GET / HTTP/1.1\r\nHost:", 400, /one Host/],
  ["GET / HTTP/1.0\r\nHost: a\r\nHost: a", 400, /one Host/],
  ["GET  / HTTP/1.1\r\nHost: a", 400, /first line/],
  ["get / HTTP/1.1\r\nHost: a", 400, /first line/],
  ["OPTIONS rtsp://x RTSP/1.0\r\nHost: a", 400, /first line/],
  ["PRI * HTTP/2.0\r\nHost: a", 400, /HTTP\/1.1/],
  ["GET / HTTP/1.2\r\nHost: a", 400, /HTTP\/1.1/],
  ["GET http://chat.test/ HTTP/1.1\r\nHost: a", 400, /path/],
  ["OPTIONS * HTTP/1.1\r\nHost: a", 400, /path/],
  ["CONNECT chat.test:80 HTTP/1.1\r\nHost: a", 400, /path/],
  ["GET /\x7f HTTP/1.1\r\nHost: a", 400, /path/],
  ["GET / HTTP/1.1\r\nHost: a\r\nX: b\r\n c", 400, /second line/],
  ["GET / HTTP/1.1\r\n\tHost: a", 400, /second line/],
  ["GET / HTTP/1.1\r\nHost : a", 400, /name, colon, value/],
  ["GET / HTTP/1.1\r\nHost a", 400, /name, colon, value/],
  ["GET / HTTP/1.1\r\n: a", 400, /name, colon, value/],
  ["GET / HTTP/1.1\r\nHost: a\r\nX: \0", 400, /control characters/],
  ["GET / HTTP/1.1\r\nHost: a\rb", 400, /control characters/],
  ["GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked", 400, /Transfer-Encoding/],
  ["GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\nContent-Length: 0", 400, /Transfer-Encoding/],
  ["GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Length: 5", 400, /Content-Length/],
  ["GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 5", 400, /Content-Length/],
  ["GET / HTTP/1.1\r\nHost: a\r\nContent-Length: -0", 400, /Content-Length/],
  ["GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 0, 0", 400, /Content-Length/],
] as const)("%j is refused", (text, status, words) => {
  const answer = read(`${text}\r\n`);
  expect(answer && "status" in answer && answer.status).toBe(status);
  expect(answer && "words" in answer && answer.words).toMatch(words);
});

test("a head may have 16 KiB, and no byte more", () => {
  const first = "GET / HTTP/1.1\r\nHost: a\r\n";
  const field = (length: number) => `X: ${"y".repeat(length - 5)}`;
  const rest = HEAD - first.length - 2;
  const lines = (last: number) => `${first}${`${field(1024)}\r\n`.repeat(15)}${field(last)}\r\n`;
  const last = rest - 15 * 1024;
  expect(read(lines(last))).toMatchObject({ host: "a" });
  expect(read(lines(last + 1))).toMatchObject({ status: 431 });
});

test("blank lines before a head cost no memory, and count", () => {
  const reader = new HeadReader();
  let blanks = 0;
  while (reader.read(new Uint8Array(0)) === undefined && blanks < 100_000) blanks++;
  expect(blanks).toBe(100_000);
  expect(reader.isEmpty).toBe(true);
});

import { expect, test } from "bun:test";
import { serveOnce } from "../../src/server/echo-server.ts";
import { WireClient } from "../support/socket.ts";

/** The echo server, for one test. */
function simple(reply = "Received: {message}") {
  const printed: string[] = [];
  const failures: Error[] = [];
  const running = serveOnce(
    ["127.0.0.1:0"],
    { reply, print: (line) => printed.push(line) },
    {
      failed: (error) => failures.push(error),
    },
  );
  return {
    port: running.port ?? 0,
    printed,
    async [Symbol.asyncDispose]() {
      await running.stop("The test is over");
      if (failures.length > 0) throw failures[0];
    },
  };
}

/** Everything the server sends after this input, until it closes. */
async function answerTo(port: number, send: (wire: WireClient) => void): Promise<string> {
  const wire = await WireClient.open(port);
  send(wire);
  await wire.closed();
  return wire.received;
}

test.each([
  ["a line", (wire: WireClient) => wire.send("hello\n"), "hello"],
  ["a line that ends as on Windows", (wire: WireClient) => wire.send("hello\r\n"), "hello"],
  ["a packet without a newline, and then nothing", (wire: WireClient) => wire.send("hello"), "hello"],
  ["a packet, and then the end of input", (wire: WireClient) => sendAndEnd(wire, "hello"), "hello"],
  ["one letter, and then the end of input", (wire: WireClient) => sendAndEnd(wire, "h"), "h"],
  ["a line and more", (wire: WireClient) => wire.send("hello\nagain\n"), "hello"],
  ["an empty line", (wire: WireClient) => wire.send("\n"), ""],
  ["what a client of IRC opens with", (wire: WireClient) => wire.send("NICK ann\r\n"), "NICK ann"],
  ["what a browser asks", (wire: WireClient) => wire.send("GET / HTTP/1.1\r\n\r\n"), "GET / HTTP/1.1"],
  ["what is no ASCII", (wire: WireClient) => wire.send("größe \u{1f600}\n"), "größe \u{1f600}"],
  ["what looks like the reply's own mark", (wire: WireClient) => wire.send("{message} $& $1\n"), "{message} $& $1"],
])("%s is printed, answered, and the connection closed", async (_, send, message) => {
  await using server = simple();
  expect(await answerTo(server.port, send)).toBe(`Received: ${message}\n`);
  expect(server.printed.map((line) => line.replace(/^127\.0\.0\.1:\d+ /, ""))).toEqual([message]);
});

function sendAndEnd(wire: WireClient, text: string): void {
  wire.send(text);
  wire.shutdown();
}

test("the end of input without a message closes, and nothing is answered or printed", async () => {
  await using server = simple();
  expect(await answerTo(server.port, (wire) => wire.shutdown())).toBe("");
  expect(server.printed).toEqual([]);
});

test.each([
  ["no", "no\n"],
  ["{message}, {message}!", "hi, hi!\n"],
  ["", "\n"],
  ["message", "message\n"],
])("the reply %j to hi is %j", async (reply, answer) => {
  await using server = simple(reply);
  expect(await answerTo(server.port, (wire) => wire.send("hi\n"))).toBe(answer);
});

test("a printed message names its sender and cannot harm a terminal", async () => {
  await using server = simple();
  await answerTo(server.port, (wire) => wire.send("\x1b[2Jhello\x07\n"));
  expect(server.printed.length).toBe(1);
  expect(server.printed[0]).toMatch(/^127\.0\.0\.1:\d+ hello$/);
});

test("many peers are answered at a time, and a silent one delays none", async () => {
  await using server = simple();
  const silent = await WireClient.open(server.port);
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, i) => answerTo(server.port, (wire) => wire.send(`message ${i}\n`))),
  );
  expect(answers).toEqual(Array.from({ length: 50 }, (_, i) => `Received: message ${i}\n`));
  expect(server.printed.length).toBe(50);
  silent.send("at last\n");
  await silent.closed();
  expect(silent.received).toBe("Received: at last\n");
});

test("a message longer than anyone may send is refused in words", async () => {
  await using server = simple();
  expect(await answerTo(server.port, (wire) => wire.send("x".repeat(10_000)))).toBe("That message is too long.\n");
  expect(server.printed).toEqual([]);
});

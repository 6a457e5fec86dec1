import { expect, test } from "bun:test";
import { startChat } from "../../harness.ts";
import { Wire } from "../../socket.ts";

test.each(["GET / HTTP/1.1\r\nHost: x\r\n\r\n", "POST / HTTP/1.1\r\n\r\n/nick eve\nhello\n"])(
  "a browser that sends %j is answered in its own words, and closed",
  async (request) => {
    await using chat = startChat();
    const wire = await Wire.open(chat.port);
    wire.send(request);
    await wire.closed();
    const [head = "", body = ""] = wire.received.split("\r\n\r\n");
    expect(head).toMatch(/^HTTP\/1\.1 4\d\d /);
    expect(head).toContain(`Content-Length: ${Buffer.byteLength(body)}`);
    expect(head).toContain("Connection: close");
    expect(body).toContain("chat");
  },
);

test("a browser understands the answer", async () => {
  await using chat = startChat();
  const answer = await fetch(`http://127.0.0.1:${chat.port}/`);
  expect(answer.status).toBe(400);
  expect(await answer.text()).toStartWith("This is a chat, not a web server.");
});

test("what a web page posts is said to nobody", async () => {
  await using chat = startChat();
  const ann = await Wire.open(chat.port);
  ann.send("/nick ann\n");
  await ann.until(/^-- You are ann/);
  await fetch(`http://127.0.0.1:${chat.port}/`, { method: "POST", body: "hello\nNICK eve\nfrom a web page\n" });
  ann.send("/quit\n");
  await ann.closed();
  expect(ann.received).not.toContain("web page");
  expect(ann.received).not.toContain("POST");
});

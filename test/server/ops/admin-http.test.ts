import { describe, expect, test } from "bun:test";
import { AdminHttpError, adminHttpAddress, openAdminHttp } from "../../../src/server/ops/admin-http.ts";
import { memoryStore } from "../../../src/store/sqlite.ts";
import { startChat } from "../../support/chat-server.ts";
import { type Family, parseMetrics } from "../../support/metrics-text.ts";
import { WireClient } from "../../support/socket.ts";

/** Never called. */
function unseen(): never {
  throw new Error("Nobody should have looked");
}

/** A chat with its admin page. */
function setup(open = memoryStore) {
  const chat = startChat({ monitor: "127.0.0.1:0" }, Date.now, open);
  const at = (path: string) => `http://127.0.0.1:${chat.monitor}${path}`;
  return {
    chat,
    at,
    async metrics(): Promise<(sample: string) => number | undefined> {
      const families = parseMetrics(await (await fetch(at("/metrics"))).text());
      const all = new Map([...families.values()].flatMap(({ samples }: Family) => [...samples]));
      return (sample) => all.get(sample);
    },
  };
}

test("connections by protocol, messages, deliveries, bytes, refusals and logins are counted", async () => {
  const { chat, metrics } = setup();
  await using _ = chat;
  const [ann, bob] = [await WireClient.open(chat.port), await WireClient.open(chat.port)];
  let sent = 0;
  const say = (wire: WireClient, text: string) => {
    sent += Buffer.byteLength(text);
    wire.send(text);
  };
  say(ann, "NICK ann\r\nUSER ann 0 * :Ann\r\nJOIN #lobby\r\n");
  await ann.until(/ 366 /);
  say(bob, "hello\n");
  await ann.until(/PRIVMSG #lobby :hello$/);
  await bob.until(/hello$/);
  say(ann, "NICK guest-1\r\nNS IDENTIFY nobody guess\r\n");
  await ann.until(/NOTICE ann :That is not/);
  const before = await metrics();
  for (const [sample, value] of [
    ['tcpchat_connections{face="irc"}', 1],
    ['tcpchat_connections{face="person"}', 1],
    ["tcpchat_connections_total", 2],
    ["tcpchat_members", 2],
    ["tcpchat_messages_total", 1],
    ['tcpchat_refusals_total{reason="nick-taken"}', 1],
    ['tcpchat_refusals_total{reason="credentials-wrong"}', 1],
    ['tcpchat_logins_total{result="failed"}', 1],
    ["tcpchat_received_bytes_total", sent],
    ["tcpchat_sent_bytes_total", Buffer.byteLength(ann.received) + Buffer.byteLength(bob.received)],
    ["tcpchat_bugs_total", 0],
    ["tcpchat_storing", 1],
  ] as const)
    expect([sample, before(sample)]).toEqual([sample, value]);
  expect(before("tcpchat_turn_seconds_count")).toBeGreaterThan(3);
  expect(before("tcpchat_commit_seconds_count")).toBeGreaterThan(1);
  expect(before("tcpchat_resident_memory_bytes")).toBeGreaterThan(1e6);

  ann.send("PRIVMSG #lobby :one for two\r\nPING done\r\n");
  await ann.until(/PONG .*done/);
  await bob.until(/one for two$/);
  const after = await metrics();
  // Bob's copy and the PONG: without echo-message, ann gets no copy of her own.
  expect((after("tcpchat_deliveries_total") ?? 0) - (before("tcpchat_deliveries_total") ?? 0)).toBe(2);

  bob.close();
  await ann.until(/QUIT/);
  expect((await metrics())('tcpchat_connections_closed_total{face="person"}')).toBe(1);
});

test("health is good only while messages can be stored", async () => {
  let isDown = false;
  const { chat, at } = setup((watch) => Object.defineProperty(memoryStore(watch), "isDown", { get: () => isDown }));
  await using _ = chat;
  expect((await fetch(at("/healthz"))).status).toBe(200);
  isDown = true;
  const answer = await fetch(at("/healthz"));
  expect([answer.status, await answer.text()]).toEqual([503, expect.stringContaining("cannot be written")]);
});

describe("only read requests with a local host name are answered", () => {
  const rows: readonly [path: string, request: RequestInit, status: number][] = [
    ["/metrics", {}, 200],
    ["/metrics", { headers: { Host: "localhost:9100" } }, 200],
    ["/metrics", { method: "HEAD" }, 200],
    ["/metrics", { method: "POST" }, 405],
    ["/metrics", { headers: { Host: "evil.example" } }, 403],
    ["/", {}, 404],
    ["/metrics/more", {}, 404],
  ];
  for (const [path, request, status] of rows) {
    test(`${JSON.stringify(request)} of ${path} is answered with ${status}`, async () => {
      const { chat, at } = setup();
      await using _ = chat;
      expect((await fetch(at(path), request)).status).toBe(status);
    });
  }
});

test.each(["127.0.0.1:9100", "127.9.9.9:0", "[::1]:9100", "localhost:9100"])("%s is on this machine alone", (entry) => {
  expect(adminHttpAddress(entry)).toBeDefined();
});

test.each(["0.0.0.0:9100", "[::]:9100", "10.0.0.1:9100", "127.evil.example:9100", "unix:/x", "9100", ""])(
  "%s is not",
  (entry) => {
    expect(adminHttpAddress(entry)).toBeUndefined();
  },
);

test("a port in use is told of in a sentence", async () => {
  const { chat } = setup();
  await using _ = chat;
  const entry = `127.0.0.1:${chat.monitor}`;
  expect(() => openAdminHttp(entry, unseen)).toThrow(AdminHttpError);
  expect(() => openAdminHttp(entry, unseen)).toThrow(entry);
});

test("it is gone when the server has stopped", async () => {
  const { chat, at } = setup();
  await chat[Symbol.asyncDispose]();
  expect(fetch(at("/healthz"))).rejects.toThrow();
});

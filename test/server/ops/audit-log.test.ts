import { expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { defaultConfig } from "../../../src/server/config/read.ts";
import { NO_LIMITS } from "../../../src/server/limits/connection-limiter.ts";
import { AuditLog } from "../../../src/server/ops/audit-log.ts";
import { type Fields, Log } from "../../../src/server/ops/log.ts";
import type { Connection } from "../../../src/server/peer/connection.ts";
import { memoryStore } from "../../../src/store/sqlite.ts";
import { closing } from "../../../src/wire/closing.ts";
import { startChat } from "../../support/chat-server.ts";
import { Condition } from "../../support/patience.ts";
import { WireClient } from "../../support/socket.ts";

/** A log whose lines a test waits for by event. */
function setup() {
  const lines: (Fields & { readonly event: string })[] = [];
  const written = new Condition();
  const write = (line: string) => {
    lines.push(JSON.parse(line));
    written.notify();
  };
  const log = new Log({ format: "json", level: "debug", clock: Date.now, write });
  return {
    log,
    lines,
    /** Waits for the first line of an event. Fails if there is none. */
    async line(event: string): Promise<Fields> {
      const find = () => lines.find((line) => line.event === event);
      await written.until(() => find() !== undefined);
      const found = find();
      if (!found) throw new Error(`${event} was not logged; this was:\n${lines.map((line) => line.event).join("\n")}`);
      return found;
    },
  };
}

test("a connection is logged with its id, address, protocol and member, and why it ended", async () => {
  const { log, line } = setup();
  await using chat = startChat({}, Date.now, memoryStore, { log });
  const ann = await WireClient.open(chat.port);
  ann.send("NICK ann\r\nUSER ann 0 * :Ann\r\n");
  await ann.until(/ 422 /);
  const { connection, port } = await line("connection-opened");
  expect(await line("connection-opened")).toMatchObject({ address: "127.0.0.1", port: expect.any(Number) });
  expect(await line("member-came")).toMatchObject({ connection, nick: "ann" });
  ann.send("QUIT :\x1b[31mbye\r\n");
  await ann.closed();
  expect(await line("connection-closed")).toMatchObject({ connection, port, face: "irc", reason: "Quit: bye" });
  expect(await line("member-left")).toMatchObject({ nick: "ann" });
});

test("a person's connection is known from their first word", async () => {
  const { log, line } = setup();
  await using chat = startChat({}, Date.now, memoryStore, { log });
  const bob = await WireClient.open(chat.port);
  bob.send("hello\n");
  await bob.until(/hello$/);
  expect(await line("member-came")).toMatchObject({ nick: "guest-1", connection: expect.any(Number) });
});

test("logins and failed logins are logged, without passwords", async () => {
  const { log, lines, line } = setup();
  await using chat = startChat({}, Date.now, memoryStore, { log });
  const ann = await WireClient.open(chat.port);
  ann.send("NICK ann\r\nUSER ann 0 * :Ann\r\nREGISTER * * hunter2\r\n");
  await ann.until(/REGISTER SUCCESS/);
  const eve = await WireClient.open(chat.port);
  const plain = (password: string) => Buffer.from(`\0ann\0${password}`).toString("base64");
  eve.send(
    `CAP REQ sasl\r\nNICK eve\r\nUSER eve 0 * :Eve\r\nAUTHENTICATE PLAIN\r\nAUTHENTICATE ${plain("guess1")}\r\n`,
  );
  await eve.until(/ 904 /);
  eve.send(`AUTHENTICATE PLAIN\r\nAUTHENTICATE ${plain("hunter2")}\r\n`);
  await eve.until(/ 903 /);
  const who = { account: "ann", address: "127.0.0.1", connection: expect.any(Number) };
  expect(await line("account-made")).toMatchObject(who);
  expect(await line("login-failed")).toMatchObject({ ...who, reason: "credentials-wrong" });
  expect(await line("login-succeeded")).toMatchObject(who);
  for (const secret of ["hunter2", "guess1", plain("guess1")]) expect(JSON.stringify(lines)).not.toContain(secret);
});

test("a proof that is wrong is told like a password that is", async () => {
  const { log, line } = setup();
  await using chat = startChat({}, Date.now, memoryStore, { log });
  const eve = await WireClient.open(chat.port);
  const say = (text: string) => eve.send(`AUTHENTICATE ${Buffer.from(text).toString("base64")}\r\n`);
  eve.send("CAP REQ sasl\r\nAUTHENTICATE SCRAM-SHA-256\r\n");
  await eve.until(/AUTHENTICATE \+/);
  say("n,,n=ann,r=abc");
  const [challenge = ""] = (await eve.until(/AUTHENTICATE ./)).slice(-1);
  const nonce = /r=([^,]*)/.exec(Buffer.from(challenge.replace(/.* /, ""), "base64").toString())?.[1];
  say(`c=biws,r=${nonce},p=${createHash("sha256").update("guess").digest("base64")}`);
  await eve.until(/ 904 /);
  expect(await line("login-failed")).toMatchObject({ account: "ann", reason: "credentials-wrong" });
});

test("attempts to become an operator of the server are logged", async () => {
  const { log, lines, line } = setup();
  await using chat = startChat({ operators: [{ name: "root", password: "sesame" }] }, Date.now, memoryStore, { log });
  const ann = await WireClient.open(chat.port);
  ann.send("NICK ann\r\nUSER ann 0 * :Ann\r\nOPER root wrong\r\n");
  await ann.until(/ 464 /);
  expect(await line("operator-refused")).toMatchObject({ operator: "root", address: "127.0.0.1" });
  ann.send("OPER root sesame\r\n");
  await ann.until(/ 381 /);
  expect(await line("operator-made")).toMatchObject({ operator: "root" });
  expect(JSON.stringify(lines)).not.toContain("sesame");
});

test("a connection closed by a limit is logged with the limit", async () => {
  const { log, line } = setup();
  await using chat = startChat({}, Date.now, memoryStore, { log });
  const bob = await WireClient.open(chat.port);
  bob.send(`${"x".repeat(9000)}\n`);
  await bob.closed();
  expect(await line("connection-closed")).toMatchObject({ why: "line-length", limit: "line-length" });
});

test("closed connections are counted by reason, not by text", () => {
  const { log, lines } = setup();
  const auditLog = new AuditLog(log);
  const connection = { id: 1, address: "127.0.0.1", port: 1, protocolName: "irc" } as Connection;
  auditLog.closed(connection, closing("silence", "Nothing was heard of you"));
  auditLog.closed(connection, closing("quit", "SendQ exceeded"));
  expect([...auditLog.metrics.refusals]).toEqual([["silence", 1]]);
  expect(lines.map(({ why, reason, limit }) => [why, reason, limit])).toEqual([
    ["silence", "Nothing was heard of you", "silence"],
    ["quit", "SendQ exceeded", undefined],
  ]);
});

test("an outgoing webhook is logged without its key", async () => {
  const { log, lines, line } = setup();
  const hooks = { ...defaultConfig().hooks, outgoing: "accounts" } as const;
  await using chat = startChat({ hooks }, Date.now, memoryStore, { log });
  const ann = await WireClient.open(chat.port);
  ann.send("CAP REQ tcpchat/commands\r\nCAP END\r\nNICK ann\r\nUSER a 0 * :A\r\nREGISTER * * secret\r\nJOIN #dev\r\n");
  await ann.until(/ 366 /);
  ann.send("SLASH #dev :/hook out https://ci.test/secret !go\r\n");
  const key = ((await ann.until(/The key of/)).at(-1) ?? "").replace(/^.* /, "");
  expect(await line("hook-set")).toMatchObject({
    level: "warning",
    message: "ann made an outgoing webhook: what is said in #dev after !go goes to ci.test from now on",
    by: "ann",
    room: "#dev",
    host: "ci.test",
    word: "!go",
    on: true,
  });
  expect(JSON.stringify(lines)).not.toMatch(new RegExp(`${key}|/secret`));
  ann.close();
});

test("refused connections are logged with the reason", async () => {
  const { log, line } = setup();
  const limits = { ...NO_LIMITS, perAddress: 1, floodProtection: false, floodBurst: 1, floodRate: 1 };
  await using chat = startChat({ connections: limits, exempt: [] }, Date.now, memoryStore, { log });
  await WireClient.open(chat.port);
  const second = await WireClient.open(chat.port);
  await second.closed();
  expect(await line("connection-refused")).toMatchObject({ address: "127.0.0.1", reason: "too-many-connections" });
  expect(await line("limit-reached")).toMatchObject({ level: "warning", key: "connections_per_address in [limits]" });
});

test("a clock that is set back is logged once, however many messages follow", async () => {
  const { log, lines, line } = setup();
  const clock = { now: Date.parse("2030-01-01T00:00:00.000Z") };
  await using chat = startChat({}, () => clock.now, memoryStore, { log, steady: () => 1000 });
  const ann = await WireClient.open(chat.port);
  ann.send("NICK ann\r\nUSER ann 0 * :Ann\r\n");
  await ann.until(/ 422 /);
  clock.now -= 7_200_000;
  ann.send("JOIN #a\r\nPRIVMSG #a :hi\r\nPRIVMSG #a :ho\r\nPING done\r\n");
  await ann.until(/PONG/);
  expect(await line("clock-set-back")).toMatchObject({ seconds: 7200, level: "warning" });
  expect(lines.filter(({ event }) => event === "clock-set-back")).toHaveLength(1);
  ann.close();
});

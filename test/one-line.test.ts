import { expect, test } from "bun:test";
import { defaultConfig } from "../src/server/config/read.ts";
import { startChat } from "./support/chat-server.ts";
import { WireClient } from "./support/socket.ts";

const { connections } = defaultConfig();
const FAST = { connections: { ...connections, floodProtection: false } };
const LINES = Array.from({ length: 100 }, (_, i) => `@batch=1 PRIVMSG #r :${i % 10}\r\n`).join("");

/** A message of a hundred lines of one digit each, with as many tags as a message may have. */
const BOMB = `@+x=${"t".repeat(4080)} BATCH +1 draft/multiline #r\r\n${LINES}BATCH -1\r\n`;

async function client(port: number, nick: string, caps: string): Promise<WireClient> {
  const wire = await WireClient.open(port);
  wire.send(`CAP REQ :${caps}\r\nNICK ${nick}\r\nUSER a 0 * :A\r\nCAP END\r\nJOIN #r\r\n`);
  await wire.until(/ 366 /);
  return wire;
}

test("a burst of long messages with many tags closes no reader and no newcomer", async () => {
  await using chat = startChat(FAST);
  const readers = await Promise.all([client(chat.port, "old", "message-tags"), client(chat.port, "new", "batch")]);
  const eve = await client(chat.port, "eve", "message-tags batch draft/multiline");
  eve.send(BOMB.repeat(8));
  eve.send("PRIVMSG #r :over\r\n");
  for (const reader of readers) {
    const lines = await reader.until(/PRIVMSG #r :over$/);
    expect(lines.filter((line) => /PRIVMSG #r :\d$/.test(line)).length).toBe(800);
    expect(lines.join("\r\n").length).toBeLessThan(8 * 65_536);
  }
  const late = await WireClient.open(chat.port);
  late.send("CAP REQ :message-tags\r\nNICK late\r\nUSER a 0 * :A\r\nCAP END\r\nJOIN #r\r\nPING in\r\n");
  const replayed = await late.until(/ PONG /);
  expect(replayed.filter((line) => line.includes("PRIVMSG #r")).length).toBeGreaterThan(100);
  expect(replayed.join("\r\n").length).toBeLessThan(65_536);
  for (const wire of [...readers, eve, late]) {
    expect(wire.isClosed).toBe(false);
    wire.close();
  }
});

test("a labelled CHATHISTORY of such messages begins with its label, and is complete", async () => {
  await using chat = startChat(FAST);
  const eve = await client(chat.port, "eve", "message-tags batch draft/multiline");
  for (let i = 0; i < 60; i++) eve.send(BOMB);
  eve.send("PING said\r\n");
  await eve.until(/ PONG /);
  const ann = await client(chat.port, "ann", "batch message-tags labeled-response draft/chathistory");
  ann.send("@label=x CHATHISTORY LATEST #r * 1000\r\nPING behind\r\n");
  const lines = await ann.until(/ PONG /);
  const batch = /^@label=x :\S+ BATCH \+(\S+) chathistory #r$/.exec(lines[0] ?? "")?.[1];
  expect(batch).toBeDefined();
  const inside = lines.slice(1, -2);
  expect(inside.length).toBe(6000);
  expect(inside.filter((line) => line.includes("msgid=")).length).toBe(60);
  for (const line of inside) if (!line.includes(`batch=${batch}`)) throw new Error(`This is outside: ${line}`);
  expect(lines.at(-2)).toEndWith(`BATCH -${batch}`);
  eve.close();
  ann.close();
});

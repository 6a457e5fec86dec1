import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { join } from "node:path";
import { SqliteStore } from "../src/store/sqlite.ts";
import { nowhere } from "./binary.ts";
import { startChat } from "./harness.ts";
import { Wire } from "./socket.ts";

/** A chat whose history somebody else can lock, so that nothing can be written. */
async function lockable() {
  const path = join(nowhere(), "chat.db");
  const told: string[] = [];
  const clock = { now: Date.now() };
  const chat = startChat(
    {},
    () => clock.now,
    (watch) =>
      new SqliteStore(path, "normal", {
        ...watch,
        failed: () => told.push("failed"),
        recovered: () => told.push("recovered"),
      }),
  );
  const other = new Database(path);
  return {
    chat,
    told,
    clock,
    lock: () => other.run("BEGIN IMMEDIATE"),
    unlock: () => other.run("COMMIT"),
  };
}

async function ann(port: number, nick = "ann"): Promise<Wire> {
  const wire = await Wire.open(port);
  wire.send(
    `CAP REQ :message-tags echo-message batch draft/chathistory\r\nCAP END\r\nNICK ${nick}\r\nUSER a 0 * :A\r\nJOIN #r\r\n`,
  );
  await wire.until(/ 366 /);
  return wire;
}

test("when a commit fails, who said something in that turn is told that it is not stored, without an echo, and closed", async () => {
  const { chat, told, lock, unlock } = await lockable();
  await using _chat = chat;
  const wire = await ann(chat.port);
  const bob = await ann(chat.port, "bob");
  lock();
  wire.send("PRIVMSG #r :lost\r\nNOTICE bob :lost too\r\nTOPIC #r :away message\r\n");
  const lines = await wire.until(/^ERROR/);
  expect(lines.join("\n")).toContain("Not stored");
  expect(lines.join("\n")).not.toContain("lost");
  await wire.closed();
  expect(told).toEqual(["failed"]);
  // Nobody has seen it either; what happened besides, they have.
  bob.send("PING end\r\n");
  const seen = (await bob.until(/PONG/)).join("\n");
  expect(seen).not.toContain("lost");
  expect(seen).toContain("away message");
  bob.close();
  unlock();
});

test("while nothing can be stored, talk is live only, a message that asks for certainty is refused, and it ends by itself", async () => {
  const { chat, told, clock, lock, unlock } = await lockable();
  await using _chat = chat;
  const bob = await ann(chat.port, "bob");
  const first = await ann(chat.port, "first");
  lock();
  first.send("PRIVMSG #r :lost\r\n");
  await first.closed();
  bob.send("PRIVMSG #r :live only\r\n");
  await bob.until(/PRIVMSG #r :live only/);
  bob.send("@+tcpchat/id=0123456789abcdef PRIVMSG #r :certain\r\n");
  expect(await bob.next()).toMatch(/FAIL PRIVMSG NOT_STORED/);
  unlock();
  clock.now += 1001;
  bob.send("@+tcpchat/id=0123456789abcdef PRIVMSG #r :certain\r\n");
  await bob.until(/PRIVMSG #r :certain/);
  expect(told).toEqual(["failed", "recovered"]);
  bob.send("CHATHISTORY LATEST #r * 10\r\n");
  const past = (await bob.until(/BATCH -/)).join("\n");
  expect(past).toContain("certain");
  expect(past).not.toContain("live only");
  bob.close();
});

import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { join } from "node:path";
import { SqliteStore } from "../src/store/sqlite.ts";
import { nowhere } from "./support/binary.ts";
import { anAccount } from "./support/chat-fixture.ts";
import { startChat } from "./support/chat-server.ts";
import { WireClient } from "./support/socket.ts";
import { play } from "./support/transcript.ts";

/** A chat server whose database the test can lock, so that nothing can be written. */
async function lockable() {
  const path = join(nowhere(), "chat.db");
  const told: string[] = [];
  const printed: string[] = [];
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
    { said: ({ text }) => printed.push(text) },
  );
  const other = new Database(path);
  return {
    chat,
    account: (name: string) => {
      const record = JSON.stringify(anAccount(name));
      other.query("INSERT INTO account VALUES (?, ?, ?)").run(anAccount(name).id, name, record);
    },
    told,
    printed,
    clock,
    lock: () => other.run("BEGIN IMMEDIATE"),
    unlock: () => other.run("COMMIT"),
  };
}

async function ann(port: number, nick = "ann"): Promise<WireClient> {
  const wire = await WireClient.open(port);
  wire.send(
    `CAP REQ :message-tags echo-message batch draft/chathistory\r\nCAP END\r\nNICK ${nick}\r\nUSER a 0 * :A\r\nJOIN #r\r\n`,
  );
  await wire.until(/ 366 /);
  return wire;
}

test("when a commit fails, the senders of that tick get no echo, are told that nothing was stored, and are closed", async () => {
  const { chat, told, printed, lock, unlock } = await lockable();
  await using _chat = chat;
  const wire = await ann(chat.port);
  const bob = await ann(chat.port, "bob");
  bob.send("PRIVMSG #r :earlier\r\n");
  await bob.until(/earlier/);
  lock();
  wire.send("PRIVMSG #r :lost\r\nNOTICE #r :lost too\r\n");
  const lines = await wire.until(/^ERROR/);
  expect(lines.join("\n")).toContain("Not stored");
  expect(lines.join("\n")).not.toContain("lost");
  await wire.closed();
  expect(told).toEqual(["failed"]);
  // The other member has not seen the message either.
  bob.send("PING end\r\n");
  const seen = (await bob.until(/PONG/)).join("\n");
  expect(seen).not.toContain("lost");
  bob.send("PRIVMSG #r :live only\r\n");
  await bob.until(/live only/);
  expect(printed).toEqual(["earlier", "live only"]);
  bob.close();
  unlock();
});

test("while nothing can be stored, messages are only live, one with a client id is refused, and storing resumes by itself", async () => {
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
  await bob.until(/FAIL PRIVMSG NOT_STORED/);
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

/** Makes a commit fail, with a message that is lost. */
async function fail(port: number, lock: () => void): Promise<void> {
  const first = await ann(port, "first");
  lock();
  first.send("PRIVMSG #r :lost\r\n");
  await first.closed();
}

test("while nothing can be stored, newcomers are told so, and nc gets a notice after each message", async () => {
  const { chat, lock, unlock } = await lockable();
  await using _chat = chat;
  await fail(chat.port, lock);
  await play(
    chat.port,
    `
    zoe: raw
    zoe> NICK zoe
    zoe> USER z 0 * :Z
    zoe~ NOTICE zoe :History cannot be written
    bob: raw
    bob> /nick bob
    bob< -- What is said in #lobby is kept: *
    bob< -- You are guest-* in #lobby; */help tells more.
    bob< -- History cannot be written: messages are live only.
    bob< -- You are bob now.
    bob> hello
    bob< [*] <bob> hello
    bob< -- That was not stored.
    `,
  );
  unlock();
});

test("while nothing can be stored, a message to an absent person is refused, and one to a present person is only live", async () => {
  const { chat, lock, unlock, account } = await lockable();
  await using _chat = chat;
  account("zoe");
  await fail(chat.port, lock);
  await play(
    chat.port,
    `
    ann: irc
    bob: nc
    ann~ live only
    ann> PRIVMSG zoe :kept?
    ann< :chat.test FAIL PRIVMSG NOT_STORED :Not said: nothing can be stored at present; try again later
    bob> /msg zoe kept?
    bob< -- Not said: nothing can be stored at present; try again later.
    ann> PRIVMSG bob :live
    bob< [*] ann → you: live
    `,
  );
  unlock();
});

test("a reaction that cannot be stored is not sent, and later ones are only live", async () => {
  const { chat, told, lock, unlock } = await lockable();
  await using _chat = chat;
  const [wire, bob] = [await ann(chat.port), await ann(chat.port, "bob")];
  lock();
  wire.send("@+draft/react=lost TAGMSG #r\r\n");
  expect((await wire.until(/^ERROR/)).join("\n")).not.toContain("TAGMSG");
  await wire.closed();
  bob.send("@+draft/react=live TAGMSG #r\r\n@+tcpchat/id=0123456789abcdef;+draft/react=sure TAGMSG #r\r\n");
  const seen = (await bob.until(/FAIL TAGMSG NOT_STORED/)).join("\n");
  expect([seen.includes("lost"), seen.includes("live"), told]).toEqual([false, true, ["failed"]]);
  unlock();
  bob.close();
});

test("a redaction that cannot be stored is not sent, and the message stays", async () => {
  const { chat, clock, lock, unlock } = await lockable();
  await using _chat = chat;
  const open = async (nick: string) => {
    const wire = await WireClient.open(chat.port);
    const caps = "message-tags echo-message batch draft/chathistory draft/message-redaction";
    wire.send(`CAP REQ :${caps}\r\nCAP END\r\nNICK ${nick}\r\nUSER a 0 * :A\r\nJOIN #r\r\n`);
    await wire.until(/ 366 /);
    return wire;
  };
  const [bob, anns] = [await open("bob"), await open("ann")];
  anns.send("PRIVMSG #r :stays\r\n");
  const id = /msgid=([^; ]+)/.exec((await anns.until(/PRIVMSG/)).at(-1) ?? "")?.[1];
  lock();
  anns.send(`REDACT #r ${id}\r\n`);
  expect((await anns.until(/^ERROR/)).join()).not.toContain("REDACT");
  await anns.closed();
  bob.send(`REDACT #r ${id}\r\n`);
  expect((await bob.until(/FAIL/)).join()).not.toContain(" REDACT #r ");
  unlock();
  clock.now += 1001;
  bob.send("CHATHISTORY LATEST #r * 10\r\n");
  expect((await bob.until(/BATCH -/)).join()).toContain("stays");
  bob.send(`REDACT #r ${id}\r\n`);
  expect((await bob.until(/REDACT/)).at(-1)).toContain(`REDACT #r ${id}`);
  bob.close();
});

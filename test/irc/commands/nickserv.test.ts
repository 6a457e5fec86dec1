import { expect, test } from "bun:test";
import { memoryStore } from "../../../src/store/sqlite.ts";
import { saslPlain } from "../../support/accounts.ts";
import { anAccount } from "../../support/chat-fixture.ts";
import { startChat } from "../../support/chat-server.ts";
import { WireClient } from "../../support/socket.ts";
import { rule } from "../../support/transcript.ts";

/** A chat whose store other processes can write accounts to, like `tcpchat account add`. */
function open() {
  const store = memoryStore({ clock: Date.now, failed: () => {}, recovered: () => {} });
  const chat = startChat({}, Date.now, () => store);
  const add = async (name: string, password: string) =>
    store.saveAccount(anAccount(name, { hash: await Bun.password.hash(password, { algorithm: "bcrypt", cost: 4 }) }));
  return { chat, add };
}

async function enter(port: number, nick: string): Promise<WireClient> {
  const wire = await WireClient.open(port);
  wire.send(`NICK ${nick}\r\nUSER ${nick} 0 * :${nick}\r\n`);
  await wire.until(/ (?:376|422) /);
  return wire;
}

test("REGAIN takes a registered nick back from a guest, GHOST leaves it free", async () => {
  const { chat, add } = open();
  await using _ = chat;
  const ann = await enter(chat.port, "ann");
  await add("ann", "sesame88");
  const late = await WireClient.open(chat.port);
  late.send("CAP REQ :sasl\r\nNICK late\r\nUSER late 0 * :L\r\nAUTHENTICATE PLAIN\r\n");
  await late.until(/^AUTHENTICATE/);
  late.send(`AUTHENTICATE ${saslPlain("ann", "sesame88")}\r\nNICK ann\r\nCAP END\r\n`);
  expect((await late.until(/ 433 /)).at(-1)).toBe(
    ":chat.test 433 * ann :ann is yours, and in use by a guest; take another nick, and say /msg NickServ REGAIN ann",
  );
  const owner = await enter(chat.port, "owner");
  owner.send("NS REGAIN ann\r\n");
  expect(await owner.next()).toBe(
    ":NickServ!services@chat.test NOTICE owner :Only the owner of the account ann takes that nick back: log in to it first.",
  );
  owner.send("PRIVMSG NickServ :REGAIN ann sesame88\r\n");
  expect(await owner.until(/NICK ann$/)).toEqual([
    ":NickServ!services@chat.test NOTICE owner :ann is yours; you are logged in.",
    expect.stringMatching(/ 900 owner /),
    ":NickServ!services@chat.test NOTICE owner :ann is free: its holder is now called ann-2.",
    expect.stringMatching(/^:owner!\S+ NICK ann$/),
  ]);
  expect(await ann.next()).toBe(
    ":NickServ!services@chat.test NOTICE ann :ann is registered, and its owner has taken it back: you are ann-2 from now on.",
  );
  expect(await ann.next()).toMatch(/^:ann!\S+ NICK ann-2$/);
  owner.send("NICK away\r\nNS GHOST ann\r\n");
  expect((await owner.until(/NOTICE/)).at(-1)).toBe(
    ":NickServ!services@chat.test NOTICE away :Nobody has ann: /nick ann takes it.",
  );
});

test("SESSIONS lists and ends the sessions of the client's own account", async () => {
  await using chat = startChat();
  const first = await enter(chat.port, "ann");
  first.send("NS SESSIONS\r\n");
  expect(await first.next()).toMatch(/Log in first/);
  first.send("REGISTER * * sesame88\r\n");
  await first.until(/ 900 /);
  const [second, third] = [await enter(chat.port, "b"), await enter(chat.port, "c")];
  for (const wire of [second, third]) {
    wire.send("NS IDENTIFY ann sesame88\r\nNICK ann\r\n");
    await wire.until(/NICK ann$/);
  }
  first.send("NS SESSIONS\r\n");
  const lines = [await first.next(), await first.next(), await first.next()].map((line = "") =>
    line.replace(/.* :/, ""),
  );
  expect(lines.map((line) => line.replace(/\d{4}-\d\d-\d\d \d\d:\d\d UTC, idle for .*?s/, "TIME"))).toEqual([
    expect.stringMatching(/^\d+: IRC from 127\.0\.0\.1, since TIME \(this one\)\.$/),
    expect.stringMatching(/^\d+: IRC from 127\.0\.0\.1, since TIME\.$/),
    expect.stringMatching(/^\d+: IRC from 127\.0\.0\.1, since TIME\.$/),
  ]);
  const id = Number(lines[1]?.split(":")[0]);
  first.send(`NS SESSIONS END ${id}\r\n`);
  expect(await first.next()).toBe(`:NickServ!services@chat.test NOTICE ann :Session ${id} is ended.`);
  expect((await second.until(/^ERROR/)).at(-1)).toContain("(Ended by the owner of the account)");
  await second.closed();
  first.send(`NS SESSIONS END ${id}\r\nPRIVMSG NickServ :sessions end others\r\nNS SESSIONS END\r\n`);
  expect(await first.next()).toMatch(/You have no session \d+\.$/);
  expect(await first.next()).toMatch(/Session \d+ is ended/);
  await third.closed();
  expect(await first.next()).toMatch(/Say SESSIONS/);
});

rule(
  "an unknown command is answered with the known ones",
  `
    ann: irc
    ann> NICKSERV HELP
    ann< :NickServ!services@chat.test NOTICE ann :REGISTER password: registers your nick as an account.
    ann< * :IDENTIFY [account] password: *
    ann~ CERT
    ann~ REGAIN
    ann~ GHOST
    ann~ DROP
    ann> PRIVMSG NickServ@chat.test :DROP
    ann< :NickServ!services@chat.test NOTICE ann :Log in first: *
    ann> PRIVMSG NickServ@other.test :DROP
    ann< :chat.test 401 ann NickServ@other.test :Nobody here is called NickServ@other.test
    ann> NS LOGOUT now
    ann< * :NickServ has no such command; it has:
    ann< * :REGISTER password: *
    ann~ DROP password: removes
    # A password sent without a command is not repeated.
    ann> PRIVMSG NickServ :sesame
    ann< * :NickServ has no such command; it has:
    ann~ DROP password: removes
    `,
);

test("the blanks of a password count, with or without a colon before it", async () => {
  await using chat = startChat({ password: "open  sesame" });
  const enter = async (nick: string) => {
    const wire = await WireClient.open(chat.port);
    wire.send(`CAP END\r\nPASS open  sesame\r\nNICK ${nick}\r\nUSER ${nick} 0 * :${nick}\r\n`);
    await wire.until(/ (?:376|422) /);
    return wire;
  };
  const ways = [
    ["NS REGISTER two  words", "IDENTIFY a0 two  words"],
    ["REGISTER * * two  words", "IDENTIFY a1 two  words"],
    ["REGISTER * * :sesame88\r\nPASSWD  two  words", "IDENTIFY a2 two  words"],
    ["REGISTER * * :sesame88\r\nPASSWD --keep-certificates : two  words ", "IDENTIFY a3  two  words "],
    ["REGISTER * * :sesame88\r\nNS SET PASSWORD two  words", "IDENTIFY a4 two  words"],
  ] as const;
  for (const [number, [makes, proves]] of ways.entries()) {
    const ann = await enter(`a${number}`);
    ann.send(`${makes}\r\nQUIT\r\n`);
    await ann.closed();
    const two = await enter("two");
    two.send(`PRIVMSG NickServ :${proves}\r\n`);
    expect((await two.until(/NOTICE two/)).at(-1)).toEndWith(`:a${number} is yours; you are logged in.`);
    two.send("QUIT\r\n");
    await two.closed();
  }
});

test("PASSWD changes the account's password and logs out its other sessions", async () => {
  await using chat = startChat();
  const ann = await enter(chat.port, "ann");
  ann.send("REGISTER * * sesame88\r\n");
  await ann.until(/ 900 /);
  const two = await enter(chat.port, "two");
  two.send("NS IDENTIFY ann sesame88\r\nNICK ann\r\n");
  await two.until(/NICK ann$/);
  ann.send("PRIVMSG NickServ :SET PASSWORD  two  words \r\n");
  expect(await ann.next()).toBe(
    ":NickServ!services@chat.test NOTICE ann :ann has a new password. The password has 12 characters, with its blanks. Its other sessions are logged out.",
  );
  expect((await two.until(/ 901 /)).at(-1)).toMatch(/The account ann has another password now/);
  two.send("NS IDENTIFY ann sesame88\r\n");
  expect((await two.until(/NickServ/)).at(-1)).toMatch(/That is not the account's password/);
  two.send("PRIVMSG NickServ :IDENTIFY ann  two  words \r\n");
  await two.until(/ 900 /);
  ann.send("PASSWD third-password\r\nWHOIS ann\r\n");
  expect(await ann.until(/ 330 /)).toContain(
    ":chat.test PASSWD SUCCESS ann :ann has a new password. Its other sessions are logged out.",
  );
  ann.send("PASSWD --keep-certificates\r\nNS PASSWD --keep-certificates\r\n");
  expect((await ann.until(/NickServ/)).slice(-2)).toEqual([
    ":chat.test 461 ann PASSWD :Not enough parameters",
    ":NickServ!services@chat.test NOTICE ann :Say PASSWD and the new password.",
  ]);
  ann.send("PASSWD --keep-certificates :third-password fourth\r\n");
  expect((await ann.until(/PASSWD/)).at(-1)).toContain("The password has 21 characters, with its blanks.");
  two.send("PASSWD x\r\n");
  expect((await two.until(/PASSWD/)).at(-1)).toBe(
    ":chat.test FAIL PASSWD TEMPORARILY_UNAVAILABLE * :Log in first: only the owner of an account can do that",
  );
});

rule(
  "DROP removes the account if its password is right",
  `
    ann: irc
    ann> PRIVMSG NickServ :REGISTER\\x20\\x20
    ann< :NickServ!* NOTICE ann :Say REGISTER and a password: your nick becomes an account.
    ann> NS DROP x
    ann< :NickServ!* NOTICE ann :Log in first: only the owner of an account can do that.
    ann> REGISTER * * sesame88
    ann~ 900
    ann> NS DROP
    ann< :NickServ!* NOTICE ann :Say DROP and the password of ann: that removes it for good.
    ann> NS DROP wrong
    ann< :NickServ!* NOTICE ann :That is not the account's password, or there is no such account.
    ann> NS DROP sesame88
    ann< :chat.test 901 ann ann!* :You are logged out: The account ann was removed
    ann< :NickServ!* NOTICE ann :ann is no longer an account: anyone can use the nick, and its messages stay.
    ann> NS IDENTIFY ann sesame88
    ann< * :That is not the account's password, or there is no such account.
    `,
);

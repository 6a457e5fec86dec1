import { describe, expect, test } from "bun:test";
import type { ServerConfig } from "../../src/server/config/read.ts";
import { makeCertificate, TlsContext } from "../../src/server/net/certificate.ts";
import { memoryStore } from "../../src/store/sqlite.ts";
import { anAccount } from "../support/chat-fixture.ts";
import { startChat, type TestChat } from "../support/chat-server.ts";
import { WireClient } from "../support/socket.ts";
import { play, rule } from "../support/transcript.ts";

describe("an account, with nc", () => {
  rule(
    "/register makes the nick an account, and nobody else can take it",
    `
      ann: nc
      ann> /register sesame88
      ann< -- ann is registered, and yours.
      ann< -- You are logged in as ann.
      ann> /quit
      ann< -- Goodbye.
      ann.
      bob: nc
      bob> /nick ann
      bob< -- ann is registered to someone; /login ann PASSWORD if that is you.
      `,
  );

  rule(
    "/login logs in, and joins the member that has the nick",
    `
      ann: nc
      ann> /register sesame88
      ann< -- ann is registered, and yours.
      ann< -- You are logged in as ann.
      two: nc
      two> /login ann wrong
      two< -- That is not the account's password, or there is no such account.
      two> /login ann sesame88
      two< -- You are logged in as ann.
      two< -- You are ann, as in your other session.
      two~ -- You are in #lobby now
      two> hello
      two< [*] <ann> hello
      ann~ <ann> hello
      ann|
      `,
  );

  rule(
    "only the person who opens a room is told that it is new, not an operator who returns or has another session",
    `
      ann: irc
      ann> REGISTER * * sesame88
      ann< * REGISTER SUCCESS *
      ann< * 900 *
      ann> JOIN #dev
      ann~ 366
      bob: irc
      bob> JOIN #dev
      bob~ 366
      ann< :bob!* JOIN #dev
      two: nc
      two> /login ann sesame88
      two< -- You are logged in as ann.
      two< -- You are ann, as in your other session.
      two~ You are in #dev now; one other is here.
      bob> PART #dev
      bob< * PART #dev
      ann< :bob!* PART #dev
      two< -- bob left #dev
      two> /leave #dev
      two~ You are in #lobby
      ann~ PART #dev
      two> /join #dev
      two< -- You are in #dev now; nobody else is here.
      ann~ 366 ann #dev
      two> /join #new
      two< -- You are in #new now: it is new, and you are its operator.
      two< -- What is said in #new is kept: whoever joins can read it.
      ann~ 366 ann #new
      `,
  );

  rule(
    "a session without a room speaks in the first room that another session of its account joins",
    `
      ann: irc
      ann> REGISTER * * sesame88
      ann< * REGISTER SUCCESS *
      ann< * 900 *
      two: nc
      two> /login ann sesame88
      two~ You are ann, as in your other session
      two> hello
      two~ You are in no room
      ann> JOIN #dev
      ann~ 366 ann #dev
      two~ What is said in #dev is kept
      two> hello
      two< [*] <ann> hello
      ann< * PRIVMSG #dev :hello
      `,
  );

  rule(
    "/login shows private messages received while away, once",
    `
      ann: nc
      ann> /register sesame88
      ann< -- ann is registered, and yours.
      ann< -- You are logged in as ann.
      ann> /quit
      ann< -- Goodbye.
      ann.
      bob: nc
      bob> /msg ann are you there?
      bob< [*] you → ann: are you there?
      bob< -- ann: Not here at present; what you say is kept
      two: nc
      two> /login ann sesame88
      two< -- You are logged in as ann.
      two< -- You are ann now.
      two< -- While you were not here:
      two< [*] bob → you: are you there?
      two< -- That was all you missed.
      two> /login ann sesame88
      two|
      `,
  );

  test("/ghost takes your nick back from a guest", async () => {
    const store = memoryStore({ clock: Date.now, failed: () => {}, recovered: () => {} });
    await using chat = startChat({}, Date.now, () => store);
    const guest = await WireClient.open(chat.port);
    guest.send("/nick ann\n");
    await guest.until(/You are ann now/);
    const hash = await Bun.password.hash("sesame88", { algorithm: "bcrypt", cost: 4 });
    store.saveAccount(anAccount("ann", { hash }));
    await play(
      chat.port,
      `
      bob: nc
      bob> /ghost ann
      bob< -- Only the owner of the account ann takes that nick back: log in to it first.
      bob> /login ann sesame88
      bob< -- You are logged in as ann.
      bob< -- ann is yours, and in use by a guest; /ghost ann takes it back.
      bob> /ghost
      bob< -- ann is free: its holder is now called ann-2.
      bob< -- You are ann now.
      bob> /ghost
      bob< -- You are ann already.
      `,
    );
    expect((await guest.until(/you are ann-2/)).at(-1)).toBe(
      "-- ann is registered, and its owner has taken it back: you are ann-2 from now on.",
    );
  });

  rule(
    "/passwd and /drop work for the owner alone",
    `
      ann: nc
      ann> /passwd x
      ann< -- Log in first: only the owner of an account can do that.
      ann> /register sesame88
      ann~ You are logged in as ann.
      two: nc
      two> /login ann sesame88
      two~ You are in #lobby now
      ann> /passwd  two words
      ann< -- ann-2 joined #lobby
      ann< -- ann has a new password. The password has 10 characters, with its blanks. Its other sessions are logged out.
      two~ The account ann has another password now
      two> /login ann  two words
      two~ You are logged in as ann.
      ann> /drop sesame88
      ann~ That is not the account's password, or there is no such account.
      ann> /drop  two words
      ann~ ann-2 joined #lobby
      ann~ You are logged out
      ann~ ann is no longer an account: anyone can use the nick, and its messages stay.
      two~ You are logged out
      two~ You are
      `,
  );

  rule(
    "a command with a password is never said in a room",
    `
      bob: nc
      ann: nc
      ann>  /login sesame88
      ann< -- That is not the account's password, or there is no such account.
      bob|
      `,
  );
});

const server = await makeCertificate("chat.test");
const laptop = await makeCertificate("laptop");
const phone = await makeCertificate("phone");

function open(changes: Partial<ServerConfig> = {}): TestChat {
  return startChat(changes, Date.now, memoryStore, { tlsContext: new TlsContext(() => server) });
}

/** A person with nc, over TLS with a client certificate. */
class Person {
  readonly wire: WireClient;

  constructor(wire: WireClient) {
    this.wire = wire;
  }

  static async comes({ port }: TestChat, key: typeof laptop): Promise<Person> {
    const person = new Person(await WireClient.secure(port, key));
    await person.types("");
    return person;
  }

  /** Types a line; returns the answer without its `-- `, times and clocks. */
  async types(line: string): Promise<readonly string[]> {
    this.wire.send(`${line}\n/end\n`);
    const lines = await this.wire.until(/There is no \/end/);
    return lines.slice(0, -1).map((each) => each.replace(/^-- /, ""));
  }
}

/** ann, who has registered by the key of her laptop. */
async function registered(chat: TestChat): Promise<Person> {
  const ann = await Person.comes(chat, laptop);
  await ann.types("/nick ann");
  await ann.types("/register");
  return ann;
}

async function codeFrom(person: Person, words = "/devices add"): Promise<string> {
  const [line = ""] = await person.types(words);
  return /: \/link ann (\w{4}-\w{4})$/.exec(line)?.[1] ?? "";
}

describe("an account that a key logs in to", () => {
  test("is made by /register without a password, and the key logs in by itself", async () => {
    await using chat = open();
    const ann = await Person.comes(chat, laptop);
    await ann.types("/nick ann");
    const [told = "", login] = await ann.types("/register");
    expect(told).toMatch(
      /^ann is registered, and yours: the TLS key of this device logs in to it\. If the key is lost/,
    );
    expect(login).toBe("You are logged in as ann.");
    const back = await WireClient.secure(chat.port, laptop);
    back.send("hello\n");
    expect((await back.until(/<ann> hello/)).join("\n")).toContain(
      "The TLS key of this device has logged you in to ann.",
    );
    const irc = await WireClient.secure(chat.port, laptop);
    irc.send("CAP REQ :sasl\r\nAUTHENTICATE EXTERNAL\r\nAUTHENTICATE +\r\n");
    expect((await irc.until(/ 903 /)).at(-2)).toMatch(/ 900 .* ann :You are now logged in as ann$/);
  });

  test("gets another device by a code, and every session is told of it", async () => {
    await using chat = open();
    const ann = await registered(chat);
    const code = await codeFrom(ann, "/devices add my phone");
    const other = await Person.comes(chat, phone);
    expect((await other.types(`/link ann ${code.toLowerCase()}.`)).slice(0, 2)).toEqual([
      "This device belongs to ann now: its key logs in automatically.",
      "You are logged in as ann.",
    ]);
    const [told, first, second, ...sessions] = await ann.types("/devices");
    expect(told).toMatch(/^A device was added to ann: TLS key [0-9a-f]{64}, of guest-2 from \w+\.cloak; if that was/);
    expect(first).toMatch(/^Key 1: TLS [0-9a-f]{64}, added .*, last used .* \(this device\)\.$/);
    expect(second).toMatch(/^Key 2: TLS [0-9a-f]{64}, my phone, added .*\.$/);
    expect(sessions.length).toBe(2);
    const third = await Person.comes(chat, server);
    expect(await third.types(`/link ann ${code}`)).toEqual([CODE_WRONG]);
  });

  test("loses a key, and the sessions that used it, but not its last one", async () => {
    await using chat = open();
    const ann = await registered(chat);
    const other = await Person.comes(chat, phone);
    await other.types(`/link ann ${await codeFrom(ann)}`);
    expect(await ann.types("/devices remove 3")).toEqual([
      expect.stringMatching(/^A device was added/),
      "Your account has no key 3.",
    ]);
    expect(await other.types("/devices remove 1")).toEqual([
      expect.stringMatching(/^Session \d+ is ended\.$/),
      expect.stringMatching(
        /^TLS key [0-9a-f]{64} no longer logs in, and the other sessions that used it are ended\.$/,
      ),
    ]);
    await ann.wire.closed();
    expect(await other.types("/devices remove 1")).toEqual([
      "Nothing else logs in to your account: give it a password first, or add another device.",
    ]);
    const lost = await Person.comes(chat, laptop);
    expect(await lost.types("/devices")).toEqual(["Log in first: only the owner of an account can do that."]);
  });

  test("keeps its keys with its first password, and loses them with the next", async () => {
    await using chat = open();
    const ann = await registered(chat);
    expect(await ann.types("/passwd sesame88")).toEqual([
      "ann has a new password. Its other sessions are logged out. Its certificate still logs in to it.",
    ]);
    expect((await ann.types("/passwd sesame99"))[0]).toContain("--keep-certificates would have kept it.");
    expect((await ann.types("/devices")).length).toBe(1);
  });
});

test("an account without a password is dropped by its name", async () => {
  await using chat = open();
  const ann = await registered(chat);
  expect(await ann.types("/drop please")).toEqual([
    "ann has no password: its name in place of that, /drop ann, removes it for good.",
  ]);
  expect((await ann.types("/drop ann")).at(-1)).toMatch(/^ann is no longer an account/);
});

const CODE_WRONG =
  "That is not the code of a device of that account, or it has ended: /devices add there shows a new one.";

test("the fifth wrong code ends the right one", async () => {
  await using chat = open();
  const ann = await registered(chat);
  const code = await codeFrom(ann);
  const other = await Person.comes(chat, phone);
  for (let i = 0; i < 5; i++) expect(await other.types("/link ann ABCD-EFGH")).toEqual([CODE_WRONG]);
  expect(await other.types(`/link ann ${code}`)).toEqual([CODE_WRONG]);
});

test("wrong codes count as failed logins", async () => {
  await using chat = open({ exempt: [] });
  const ann = await registered(chat);
  const code = await codeFrom(ann);
  const other = await Person.comes(chat, phone);
  for (let i = 0; i < 3; i++) expect(await other.types("/link ann ABCD-EFGH")).toEqual([CODE_WRONG]);
  expect(await other.types(`/link ann ${code}`)).toEqual([
    expect.stringMatching(/^That was tried too often; try again/),
  ]);
});

test("a key that is somebody else's makes no account, and is added to none", async () => {
  await using chat = open();
  const ann = await registered(chat);
  const code = await codeFrom(ann);
  const bob = await Person.comes(chat, phone);
  await bob.types("/nick bob");
  await bob.types("/register");
  expect(await bob.types(`/link ann ${code}`)).toEqual(["You are logged in as bob already."]);
  const irc = await WireClient.secure(chat.port, phone);
  irc.send("CAP REQ tcpchat/commands\r\nNICK eve\r\nUSER eve 0 * eve\r\nCAP END\r\n");
  await irc.until(/ 422 /);
  irc.send("SLASH * :/register\r\nSLASH * :/register sesame88\r\n");
  irc.send(`SLASH * :/link ann ${code}\r\n`);
  const taken = ":chat.test FAIL SLASH KEY_TAKEN * :The key in use here logs in to an account already.";
  expect([await irc.next(), await irc.next(), await irc.next()]).toEqual([
    taken,
    ":chat.test FAIL SLASH NOT_BY_SLASH * :/register is not run by SLASH: send REGISTER.",
    taken,
  ]);
});

test("a device that is added by SLASH is told once that it is back in its rooms", async () => {
  await using chat = open();
  const ann = await registered(chat);
  await ann.types("/autojoin on");
  const code = await codeFrom(ann);
  const irc = await WireClient.secure(chat.port, phone);
  irc.send("CAP REQ :tcpchat/commands tcpchat/rooms\r\nNICK eve\r\nUSER eve 0 * eve\r\nCAP END\r\n");
  await irc.until(/RESTORED/);
  irc.send(`SLASH * :/link ann ${code}\r\nPING 1\r\nPING 2\r\n`);
  const lines = await irc.until(/PONG .* 2$/);
  expect(lines.filter((line) => / JOIN | RESTORED /.test(line))).toEqual([
    expect.stringMatching(/^:ann!\S+ JOIN #lobby$/),
    ":chat.test NOTE ROOMS RESTORED :You are back in your rooms",
  ]);
});

describe("with nc", () => {
  rule(
    "without a key, /register needs a password, and /link says what has a key",
    `
      ann: nc
      ann> /register
      ann< -- No key is in use here: ssh has one, and tcpchat client over TLS; without one, a password does: *
      ann> /link ann ABCD-EFGH
      ann< -- No key is in use here: *
      `,
  );

  rule(
    "/devices lists your sessions, and ends them",
    `
      ann: nc
      ann> /devices
      ann< -- Log in first: only the owner of an account can do that.
      ann> /register sesame88
      ann~ You are logged in as ann.
      two: nc
      two> /login ann sesame88
      two~ You are in #lobby now
      ann> /devices
      ann< -- *: nc from 127.0.0.1, since * UTC, idle for * (this one).
      ann< -- *: nc from 127.0.0.1, since * UTC, idle for *.
      ann> /devices end
      ann< -- That is /devices, /devices add [NAME], /devices remove NUMBER, /devices end ID, *
      ann> /devices end 999999
      ann< -- You have no session 999999.
      ann> /certs
      ann< -- 0 certificates log in to ann by SASL EXTERNAL.
      ann> /certs add
      ann< -- You have shown no certificate: connect over TLS with one, or say its SHA-256 fingerprint.
      ann> /certs add ${"ab".repeat(32)}
      ann< -- abab* logs in to ann by SASL EXTERNAL, if the client gives the account's name; *
      ann> /devices
      ann< -- Key 1: TLS abab*, with the name ann.
      ann~ this one
      ann~ nc from
      ann> /certs del ${"ab".repeat(32)}
      ann< -- abab* no longer logs in to ann by SASL EXTERNAL.
      ann> /devices end others
      ann< -- Session * is ended.
      two< -- Ended by the owner of the account.
      two.
      `,
  );
});

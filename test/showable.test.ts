import { afterEach, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Store } from "../src/chat/store.ts";
import { SqliteStore } from "../src/store/sqlite.ts";
import { fold } from "../src/text/fold.ts";
import { escapeTag } from "../src/wire/message.ts";
import { binary, nowhere, Program } from "./support/binary.ts";
import { anAccount } from "./support/chat-fixture.ts";
import { Screen } from "./support/client/terminal.ts";
import { WireClient } from "./support/socket.ts";

/** The characters that no protocol may show, except the line ends of the protocol itself. */
const UNSHOWABLE =
  /[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u115f\u1160\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\ufff9-\ufffb\u{e0000}-\u{e0fff}]/u;
/** Escape sequences: title, colours, cursor. */
const ORDER = "\x1b]2;owned\x07\x1b[31m\x9b2J\b\x7f";
const UNSEEN = "\u202e\u2066\u{e0041}\u200b\u2028\ufeff\u3164\u2063\ufff9\u0085\u115f\u00ad";
const NASTY = ORDER + UNSEEN;

/** A text with escape sequences inside and around it, recognisable by its word. */
const hostile = (word: string) => `${NASTY}<${word}${NASTY}>${NASTY}`;

/** The author of events in a database that another program has written. */
const villain = { nick: `vil${NASTY}lain`, user: `u${NASTY}`, host: `h${NASTY}`, realname: "", account: undefined };

/** Fills a data folder as an older version or another program might have left it. */
function forge(store: Store): void {
  const seq = store.claim(10);
  const key = fold("#kept");
  store.append(fold("#lobby"), said(seq, "#lobby", `${hostile("old")}\n${hostile("older")}`), fold("#lobby"));
  store.append(key, said(seq + 1, "#kept", hostile("kept")), key);
  store.appendEvent(key, {
    type: "topic-set",
    by: villain,
    room: `#kept${NASTY}`,
    topic: hostile("changed"),
    ...stamp(seq + 2),
  });
  store.appendEvent(key, { type: "quit", who: villain, reason: hostile("gone"), ...stamp(seq + 3) });
  const entry = { mask: `*!*@*${ORDER}.example`, by: `v${NASTY}`, at: 1 };
  store.saveRoom(key, {
    ...{ name: "#kept", created: 1, visibleFrom: 0, password: undefined, limit: undefined, wasPrivate: false },
    topic: { text: hostile("topic"), by: `v${NASTY}`, at: 1 },
    flags: [],
    lists: { ban: [entry], exception: [entry], invitation: [] },
    ranks: { [anAccount("owner").id]: ["operator"] },
  });
  const name = `acc${NASTY}ount`;
  store.saveAccount(anAccount(name, { created: 1 }));
  store.saveAccount(anAccount("owner"));
  store.commit();
}

const stamp = (seq: number) => ({ seq, msgid: "", time: 1000, origin: undefined });

function said(seq: number, to: string, text: string): Parameters<Store["append"]>[1] {
  const tags = new Map([
    ["+react", hostile("tag")],
    [`+b${NASTY}`, "x"],
  ]);
  const what = { inRoom: true, rank: undefined, kind: "action" as const, text, tags, away: undefined };
  return { type: "said", from: villain, to, ...what, ...stamp(seq) };
}

/** All IRC lines whose text other people can see. */
const LINES = [
  ...["SETNAME :", "TOPIC #open :", "PRIVMSG #open :", "NOTICE #open :", "PRIVMSG bob :", "AWAY :", "NICK ", "PING :"],
  ...[
    "PRIVMSG #open :\x01ACTION ",
    "PRIVMSG #open :\x01VERSION ",
    "NOTICE bob :\x01PING ",
    "JOIN #x",
    "WHOIS ",
    "WHO ",
  ],
  ...["MODE #open +b ", "MODE #open +k ", "MODE #open -k ", "KICK #open ", "KICK #open carl :", "INVITE bob #", "X"],
  ...["CHATHISTORY LATEST #open * ", "CHATHISTORY LATEST ", "MARKREAD ", "MONITOR + ", "OPER ", "NS IDENTIFY me "],
  ...["REGISTER * * ", "CAP REQ :", "LIST ", "STATS ", "HELP ", "BATCH +", "SEARCH text=", "TAGMSG ", "REDACT #open "],
];

/** All nc lines whose text other people can see. */
const TYPED = [
  "",
  "/me ",
  "/topic ",
  "/away ",
  "/msg bob ",
  "/nick ",
  "/join #y",
  "/",
  "/whois ",
  "/register ",
  "/kick carl ",
];

async function client(port: number, nick: string, caps: string, realname = nick): Promise<WireClient> {
  const wire = await WireClient.open(port);
  wire.send(`CAP REQ :${caps}\r\nCAP END\r\nNICK ${nick}\r\nUSER ${nick} 0 * :${realname}\r\n`);
  await wire.until(/ 376 /);
  return wire;
}

async function settled(...wires: readonly WireClient[]): Promise<void> {
  for (const wire of [...wires, ...wires]) {
    wire.send("PING :all-done\r\n");
    await wire.until(/PONG \S+ all-done$/);
  }
}

const CAPS = "message-tags server-time batch draft/multiline extended-join away-notify setname account-tag";

/** The lines without the CTCP delimiters of IRC. */
const withoutCtcp = (text: string) => text.replaceAll(/:\x01|\x01(?=\r\n)/g, "");

async function attack(port: number, bob: WireClient): Promise<void> {
  const eve = await client(port, "eve", CAPS, hostile("real"));
  eve.send("JOIN #open,#kept\r\n");
  await settled(eve);
  bob.send("MODE #open +o eve\r\n");
  await eve.until(/MODE #open \+o eve/);
  for (const line of LINES) eve.send(`@+t/x=${escapeTag(hostile("tagged"))} ${line}${hostile("by-irc")}\r\n`);
  eve.send(`@+r=${escapeTag(hostile("signal"))} TAGMSG #open\r\nPRIVMSG #open :bytes \xff\r\n`);
  eve.send(Buffer.from("PRIVMSG #open :\xff\xfe\r\n", "latin1"));
  for (const line of ["OPER", "NS IDENTIFY", "REGISTER"]) eve.send(`${line} ${hostile("logged")} x\r\n`);
  eve.send("BATCH +1 draft/multiline #open\r\n");
  for (const word of ["one", "two"]) eve.send(`@batch=1 PRIVMSG #open :${hostile(word)}\r\n`);
  eve.send("BATCH -1\r\n");
  await settled(eve);
  const nc = await WireClient.open(port);
  nc.send(`hello\n/nick mallory\n/join open\n`);
  // A first packet with such bytes would be taken for another protocol.
  await nc.until(/^-- You are mallory now/);
  // Backspace and DEL erase the typed text before them, so only one line has them.
  for (const line of TYPED) nc.send(`${line}${hostile("typed").replaceAll(/[\b\x7f]/g, "")}\n`);
  nc.send(`${hostile("erased")}\n`);
  nc.send(Buffer.from("raw \xff\xfe\x9b2J\n/leave open \x1b]2;owned\x07\u0085bye\n/quit \x1b[31mquitting\n", "latin1"));
  await nc.closed();
  eve.send(`PART #kept :${hostile("part")}\r\nQUIT :${hostile("quit")}\r\n`);
  await eve.closed();
  for (const wire of [eve, nc]) expect(UNSHOWABLE.exec(withoutCtcp(wire.received))).toBeNull();
}

/** All IRC commands that show text of others. */
const LOOKS = [
  ...[
    "JOIN #kept",
    "TOPIC #kept",
    "MODE #kept b",
    "MODE #kept e",
    "LIST",
    "WHO *",
    "NAMES #open",
    "WHOWAS eve",
    "INFO",
  ],
  ...["WHOIS carl", "LUSERS", "MOTD", "ADMIN", "VERSION", "LINKS", "SEARCH text=old", "CHATHISTORY LATEST #lobby * 50"],
  ...["CHATHISTORY LATEST #kept * 50", "CHATHISTORY LATEST #open * 50"],
  "CHATHISTORY TARGETS timestamp=1970-01-01T00:00:00.000Z timestamp=2100-01-01T00:00:00.000Z 50",
];

const LOOKED = [
  "/join open",
  "/history",
  "/rooms",
  "/join kept",
  "/topic",
  "/who",
  "/history",
  "/whois carl",
  "/set",
  "/ban",
  "/help",
  "/help all",
  "/search old",
];

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const clean of cleanups.splice(0)) clean();
});

test("no protocol, client, log or tool shows control characters, wherever they come from", async () => {
  const data = nowhere();
  const config = join(data, "server.toml");
  const store = new SqliteStore(join(data, "chat.db"), "normal", {
    clock: Date.now,
    failed: () => {},
    recovered: () => {},
  });
  forge(store);
  store.close();
  const words = JSON.stringify(hostile("configured")).replace(
    /[\x7f-\x9f]/g,
    (c) => `\\u00${c.charCodeAt(0).toString(16)}`,
  );
  writeFileSync(
    config,
    `[server]\nmotd = ${words}\ndescription = ${words}\nnetwork = ${words}\nadmin = [${words}]\n[log]\nlevel = "debug"\n`,
  );
  await using server = await Program.server(["--data", data, "--config", config]);
  const { port } = server;
  const at = `127.0.0.1:${port}`;
  const bob = await client(
    port,
    "bob",
    `${CAPS} draft/chathistory draft/event-playback soju.im/search draft/message-redaction`,
  );
  bob.send("JOIN #lobby,#open\r\nMODE #open -n\r\nMONITOR + eve\r\n");
  const carl = await WireClient.open(port);
  carl.send("/nick carl\n/join open\n/whois bob\n");
  await carl.until(/bob .*here since/);
  const screen = new Screen([await binary(), "client", at, "--nick", "dora", "--room", "#open"], 100, 30);
  cleanups.push(() => screen.program.kill());
  await screen.sees("In #open");
  await using linear = Program.run([await binary(), "client", at, "--linear", "--nick", "erin", "--room", "#open"]);
  await using tail = Program.run([await binary(), "tail", "--server", at, "--json", "--nick", "fred", "lobby"]);
  await linear.prints(/In #open/);
  await attack(port, bob);
  bob.send(LOOKS.map((look) => `${look}\r\n`).join(""));
  carl.send(LOOKED.map((look) => `${look}\n`).join(""));
  carl.send("/whois bob\n");
  await carl.until(/bob .*here since/);
  await settled(bob);
  await using late = Program.run([await binary(), "tail", "--server", at, "--nick", "gina", "--no-follow", "open"]);
  await using refused = Program.run([await binary(), "send", "--server", at, "--nick", "hal", `@x${ORDER}`, "hi"]);
  await using accounts = Program.run([await binary(), "account", "list", "--data", data]);
  expect(await Promise.all([late.exit(), refused.exit(), accounts.exit()])).toEqual([0, 1, 0]);
  await linear.prints(/quit/);
  await tail.prints(/older/);
  await screen.sees("<two");

  const seen: Readonly<Record<string, string>> = {
    "an IRC client": withoutCtcp(bob.received),
    nc: carl.received,
    "the linear client": linear.stdout + linear.stderr,
    "tail --json": tail.stdout + tail.stderr,
    tail: late.stdout + late.stderr,
    send: refused.stdout + refused.stderr,
    "account list": accounts.stdout + accounts.stderr,
    "the server's output": server.stdout,
    "the server's log": server.stderr,
  };
  for (const [who, text] of Object.entries(seen)) expect(UNSHOWABLE.exec(text)?.[0], who).toBeUndefined();
  for (const order of [ORDER.slice(0, 9), "\x1b[31m<", "\x9b", "\x7f", ...UNSEEN])
    expect(screen.written).not.toContain(order);

  // Each way was really used: every word was seen.
  const shown = (who: string, ...all: readonly string[]) => {
    for (const word of all) expect(seen[who], `${who}: ${word}`).toContain(`<${word}`);
  };
  shown(
    "an IRC client",
    "old",
    "older",
    "kept",
    "topic",
    "changed",
    "gone",
    "real",
    "by-irc",
    "tagged",
    "signal",
    "one",
  );
  shown("an IRC client", "typed", "part", "quit", "configured", "tag");
  shown("nc", "old", "older", "kept", "topic", "by-irc", "typed", "by-irc", "one", "configured");
  shown("the linear client", "by-irc", "typed", "one", "quit");
  shown("tail", "by-irc", "typed", "two");
  shown("tail --json", "old", "older");
  shown("the server's output", "by-irc", "typed", "one");
  shown("the server's log", "logged", "quit");
  expect(seen["account list"]).toContain("mallory");
  expect(seen.send).toContain("x");
});

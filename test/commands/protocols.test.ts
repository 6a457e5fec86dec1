import { expect, test } from "bun:test";
import { isSettled } from "../../src/client/model/state.ts";
import { COMMANDS } from "../../src/commands/table.ts";
import { COMMANDS as IRC_COMMANDS } from "../../src/irc/commands/table.ts";
import { startChat } from "../support/chat-server.ts";
import { Play } from "../support/client/play.ts";
import { WireClient } from "../support/socket.ts";

const NOON = new Date(2026, 0, 5, 12, 3).getTime();

const BAD_NICK =
  '"7up" cannot be a nick: it has English letters, digits and any of []\\`_^{|}-, the first no digit and no -, ' +
  "at most 32 characters, and is not the name of a service.";
const SETTINGS = "invite-only, moderated, members-only, secret, topic-locked, no-queries, key, limit, history";
const LOGGED_OUT = "Log in first: only the owner of an account can do that.";
const NO_KEY =
  "No key is in use here: ssh has one, and tcpchat client over TLS; without one, a password does: /register PASSWORD, /login NICK PASSWORD.";
const NOT_OPERATOR = "Only an operator of #den may do that; /who #den tells who is one.";
const NOT_SERVER_OPERATOR = "Only an operator of this server may do that; /oper NAME PASSWORD makes you one.";

/** ann's parameters for each command, in a room that bob operates, and the sentences of the answer. */
const ROWS: Readonly<Record<string, readonly [string, ...string[]]>> = {
  help: ["join", "/join ROOM [KEY] goes into a room; what you type is said there from then on.", "Also: /j"],
  nick: ["7up", BAD_NICK],
  devices: ["", LOGGED_OUT],
  link: ["bob ABCD-EFGH", NO_KEY],
  certs: ["", LOGGED_OUT],
  autojoin: ["", LOGGED_OUT],
  token: ["", LOGGED_OUT],
  profile: ["status here", "Your status is now: here"],
  ghost: ["bob", "Only the owner of the account bob takes that nick back: log in to it first."],
  reply: ["zed hi", "Nobody here is called zed; /who tells who is here."],
  react: ["👍".repeat(17), `"${"👍".repeat(17)}" is too long for a reaction.`],
  unreact: ["👍 zed", "Nobody here is called zed; /who tells who is here."],
  undo: ["", "You have said nothing in #den that could be taken back."],
  redact: ["bob", "You cannot take that message in #den back: it is not yours."],
  history: ["", "[12:03] <bob> hello", "That was said in #den so far."],
  unignore: ["zed", "You do not ignore zed; /ignored lists whom you ignore."],
  ignored: ["", "You ignore nobody."],
  ignore: ["ann", "You cannot ignore yourself."],
  catchup: ["", "Nothing is new in your rooms and conversations."],
  away: ["x".repeat(400), "That is too long: it has 400 bytes, and 390 is the most."],
  back: ["", "You are not away."],
  search: ["-", '"-" has no word to look for; /search deploy finds it, and deployed too.'],
  join: [
    "#a,b",
    '"#a,b" cannot be a room\'s name: it begins with #, and it has at most 64 characters, and no blank, comma, <, > or ://.',
  ],
  leave: ["#nowhere", "There is no room #nowhere; /rooms lists those there are."],
  rooms: ["", "#den (2, you too): dens", "#lobby (1, you too)"],
  who: ["", "In #den (2): ann, bob (operator)"],
  whois: ["bob", "bob (nc@*) is a guest, here since 12:03.", "bob is in #den."],
  topic: ["", "The topic of #den, by bob: dens"],
  rename: ["cave because", NOT_OPERATOR],
  invite: ["bob", "bob is in #den already."],
  kick: ["bob", NOT_OPERATOR],
  ban: ["bob", NOT_OPERATOR],
  unban: ["bob", NOT_OPERATOR],
  mute: ["bob", NOT_OPERATOR],
  unmute: ["bob", NOT_OPERATOR],
  bans: ["", "Nobody is banned from #den."],
  ops: ["", "Operators of #den: bob"],
  op: ["ann", NOT_OPERATOR],
  deop: ["bob", NOT_OPERATOR],
  voice: ["ann", NOT_OPERATOR],
  devoice: ["bob", NOT_OPERATOR],
  set: ["colour", `A room has no "colour"; it has ${SETTINGS}.`],
  hook: ["", NOT_OPERATOR],
  serverban: ["bob", NOT_SERVER_OPERATOR],
  serverunban: ["bob", NOT_SERVER_OPERATOR],
  serverbans: ["", NOT_SERVER_OPERATOR],
  droproom: ["#den", NOT_SERVER_OPERATOR],
};

/** For each protocol: how ann enters the rooms, how she gives a command, and how to find the answer's sentence in a line. */
const PROTOCOLS = {
  nc: {
    enter: "/nick ann\n/join den\n",
    give: (line: string) => `${line}\n/end\n`,
    end: /There is no \/end/,
    sentence: (line: string) => line.replace(/^-- /, ""),
  },
  SLASH: {
    enter: "CAP REQ tcpchat/commands\r\nNICK ann\r\nUSER ann 0 * ann\r\nCAP END\r\nJOIN #lobby\r\nJOIN #den\r\n",
    give: (line: string) => `SLASH #den :${line}\r\nPING end\r\n`,
    end: /PONG chat\.test end/,
    sentence: (line: string) => line.replace(/^:chat\.test (?:NOTE SLASH \*|FAIL SLASH [A-Z_]+) #den :/, ""),
  },
} as const;

/** Replaces cloaks, which are random. */
function uncloaked(line: string): string {
  return line.replace(/@[a-z0-9]+\.cloak/, "@*");
}

test.each(["nc", "SLASH"] as const)("every command is answered in the same sentences: from %s", async (name) => {
  const { enter, give, end, sentence } = PROTOCOLS[name];
  await using chat = startChat({}, () => NOON);
  const bob = await WireClient.open(chat.port);
  bob.send("/nick bob\n/join den\n/topic dens\nhello\n");
  await bob.until(/<bob> hello/);
  const ann = await WireClient.open(chat.port);
  ann.send(enter + give(""));
  await ann.until(end);
  for (const [command, [words, ...sentences]] of Object.entries(ROWS)) {
    ann.send(give(`/${command} ${words}`));
    const lines = (await ann.until(end)).slice(0, -1);
    expect([command, ...lines.map(sentence).map(uncloaked)]).toEqual([command, ...sentences]);
  }
  for (const wire of [ann, bob]) wire.close();
});

test("every command gets the same sentences from our client, except /help, which the client answers itself", async () => {
  await using chat = startChat({}, () => NOON);
  const bob = await WireClient.open(chat.port);
  bob.send("/nick bob\n/join den\n/topic dens\nhello\n");
  await bob.until(/<bob> hello/);
  const ann = await WireClient.open(chat.port);
  const play = new Play({ rooms: ["#lobby", "#den"], interactive: true });
  /** Types a line in the client; returns the sentences that it shows. */
  const goesOn = (drawn: readonly string[]) => {
    for (const line of drawn) if (line.startsWith("> ")) ann.send(`${line.slice(2)}\r\n`);
    return drawn.flatMap((line) => (line.startsWith("-- ") ? [line.slice(3)] : []));
  };
  const hears = async (end: RegExp) => (await ann.until(end)).flatMap((line) => goesOn(play.server(line)));
  goesOn(play.open());
  while (!isSettled(play.model)) {
    const line = await ann.next();
    if (line === undefined) throw new Error("the connection was closed");
    goesOn(play.server(line));
  }
  play.types("/join den");
  for (const [command, [words, ...sentences]] of Object.entries(ROWS)) {
    if (command === "help") continue;
    ann.send("PING begin\r\n");
    await hears(/PONG chat\.test begin/);
    const told = goesOn(play.types(`/${command} ${words}`.trim()));
    ann.send("PING end\r\n");
    told.push(...(await hears(/PONG chat\.test end/)));
    expect([command, ...told.map(uncloaked)]).toEqual([command, ...sentences]);
  }
  for (const wire of [ann, bob]) wire.close();
});

test("every command that SLASH runs has a row in this test", () => {
  const shared = COMMANDS.filter(({ ircCommand }) => ircCommand === undefined).map(({ name }) => name);
  expect(Object.keys(ROWS).sort()).toEqual(shared.sort());
});

test("every command that SLASH does not run is an IRC command", () => {
  const others = COMMANDS.flatMap(({ ircCommand = [] }) => ircCommand);
  expect(others.filter((words) => !IRC_COMMANDS.has(words.split(" ")[0] ?? ""))).toEqual([]);
});

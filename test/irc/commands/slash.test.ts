import { expect, test } from "bun:test";
import { COMMANDS } from "../../../src/commands/table.ts";
import { logsIn, registers, saslPlain } from "../../support/accounts.ts";
import { ChatFixture } from "../../support/chat-fixture.ts";
import { startChat } from "../../support/chat-server.ts";
import { Client, ircServer } from "../../support/irc-client.ts";
import { WireClient } from "../../support/socket.ts";
import { rule } from "../../support/transcript.ts";

rule(
  "without tcpchat/commands SLASH is an unknown command",
  `
    ann: irc
    ann> SLASH * :/help
    ann< :chat.test 421 ann SLASH :Unknown command
  `,
);

rule(
  "the target is the current room, and the leading slash may be left out",
  `
    ann: irc tcpchat/commands
    ann> SLASH #dev :/join #dev
    ann< *JOIN #dev
    ann~ 366
    ann> SLASH #dev :topic
    ann< :chat.test NOTE SLASH * #dev :#dev has no topic; /topic TEXT sets one.
    ann> SLASH #dev :/join #DEV
    ann< :chat.test NOTE SLASH * #dev :You are in #dev already.
    ann> SLASH #DEV :/leave
    ann< *PART #dev*
    ann> SLASH #dev :/topic
    ann< :chat.test FAIL SLASH NO_SUCH_ROOM #dev :There is no room #dev; /rooms lists those there are.
  `,
);

rule(
  "a command that needs a room is refused without one, and in a room that the client is not in",
  `
    bob: nc
    bob> /join dev
    bob~ is kept
    ann: irc tcpchat/commands
    ann> SLASH * :/topic
    ann< :chat.test FAIL SLASH NEEDS_ROOM * :You are in no room; /join ROOM goes into one, and /rooms lists them.
    ann> JOIN #den
    ann~ 366
    ann> SLASH bob :/topic
    ann< :chat.test FAIL SLASH NEEDS_ROOM bob :That command needs a room, and this is not one.
    ann> SLASH #dev :/topic
    ann< :chat.test FAIL SLASH NOT_IN_ROOM #dev :You are not in #dev; /join #dev goes there.
  `,
);

rule(
  "a server operator can moderate a room from outside, but not read it",
  `
    ann: irc
    ann> JOIN #dev
    ann~ 366
    eve: irc
    root: irc tcpchat/commands
    root> SLASH #dev :/set invite-only on
    root< :chat.test FAIL SLASH NOT_IN_ROOM #dev :You are not in #dev; /join #dev goes there.
    root> OPER root sesame
    root~ MODE root +o
    root> SLASH #dev :/set invite-only on
    root< :root!* MODE #dev +i
    ann< :root!* MODE #dev +i
    root> SLASH #dev :/invite eve
    root< * 341 root eve #dev
    eve< :root!* INVITE eve #dev
    root> SLASH #dev :/deop ann
    root< :root!* MODE #dev -o ann
    ann< :root!* MODE #dev -o ann
    root> SLASH #dev :/history
    root< :chat.test FAIL SLASH NOT_IN_ROOM #dev :You are not in #dev; /join #dev goes there.
  `,
  { operators: [{ name: "root", password: "sesame" }] },
);

rule(
  "everything it causes has its label: events, sentences, refusals, a long answer, a search",
  `
    ann: irc labeled-response batch tcpchat/commands
    ann> @label=1 SLASH #dev :/join #dev
    ann< @label=1 :chat.test BATCH +* labeled-response
    ann< @batch=* JOIN #dev
    ann< @batch=* 353 *
    ann< @batch=* 366 *
    ann< * BATCH -*
    ann> @label=2 SLASH #dev :/topic bread
    ann< @label=2 :ann!*TOPIC #dev :bread
    ann> @label=3 SLASH #dev :/topic
    ann< @label=3 :chat.test NOTE SLASH * #dev :The topic of #dev, by ann: bread
    ann> @label=4 SLASH #dev :/kick zed
    ann< @label=4 :chat.test FAIL SLASH NO_SUCH_NICK #dev :Nobody here is called zed; /who tells who is here.
    ann> @label=5 SLASH #dev :/search bread
    ann< @label=5 :chat.test NOTE SLASH * #dev :No message with bread was found.
    ann> @label=6 SLASH #dev :/help nick
    ann< @label=6 :chat.test BATCH +* labeled-response
    ann< @batch=* NOTE SLASH * #dev :/nick NAME changes your name.
    ann< @batch=* NOTE SLASH * #dev :Also: /name
    ann< * BATCH -*
    ann> @label=7 SLASH #dev :/away tea
    ann< @label=7 :chat.test 306 ann *
  `,
);

rule(
  "messages and passwords are refused, with the command to use instead",
  `
    ann: irc tcpchat/commands
    ann> SLASH #dev ://x
    ann< :chat.test FAIL SLASH NOT_BY_SLASH #dev :That is a message, not a command: send it by PRIVMSG.
    ann> SLASH #dev :/me waves
    ann< :chat.test FAIL SLASH NOT_BY_SLASH #dev :/me is not run by SLASH: send PRIVMSG with CTCP ACTION.
    ann> SLASH #dev :/query bob hello
    ann< :chat.test FAIL SLASH NOT_BY_SLASH #dev :/msg is not run by SLASH: send PRIVMSG.
    ann> SLASH * :/register sesame88
    ann< :chat.test FAIL SLASH NOT_BY_SLASH * :/register is not run by SLASH: send REGISTER.
    ann> SLASH * :/login sesame88
    ann< :chat.test FAIL SLASH NOT_BY_SLASH * :/login is not run by SLASH: send AUTHENTICATE (SASL).
    ann> SLASH * :/passwd sesame88
    ann< :chat.test FAIL SLASH NOT_BY_SLASH * :/passwd is not run by SLASH: send NICKSERV PASSWD.
    ann> SLASH * :/drop sesame88
    ann< :chat.test FAIL SLASH NOT_BY_SLASH * :/drop is not run by SLASH: send NICKSERV DROP.
    ann> SLASH * :/oper root sesame
    ann< :chat.test FAIL SLASH NOT_BY_SLASH * :/oper is not run by SLASH: send OPER.
    ann> SLASH * :/echo off
    ann< :chat.test FAIL SLASH NOT_BY_SLASH * :/echo is not run by SLASH: send CAP REQ echo-message.
  `,
);

rule(
  "a nick in use is refused, and not waited for",
  `
    bob: irc
    ann: irc tcpchat/commands
    ann> SLASH * :/nick bob
    ann< :chat.test FAIL SLASH NICK_TAKEN * :bob is in use; /nick with another name works.
    ann> SLASH * :/nick ann
    ann< :chat.test NOTE SLASH * * :You are ann already.
    bob> QUIT
    bob< ERROR *
    bob.
    ann|
  `,
);

rule(
  "an ignored person's messages are not sent: in rooms, directly, under a new nick, in a replay",
  `
    bob: irc
    bob> JOIN #dev
    bob~ 366
    ann: irc tcpchat/commands
    ann> JOIN #dev
    ann~ 366
    bob< *JOIN #dev
    eve: irc
    eve> JOIN #dev
    eve~ 366
    ann< *JOIN #dev
    bob< *JOIN #dev
    ann> SLASH #dev :/ignore bob
    ann< :chat.test NOTE SLASH * #dev :You do not see any more what bob says; /ignore bob once more ends that.
    ann< :chat.test NOTE SLASH IGNORED + bob
    bob> PRIVMSG #dev :one
    bob> PRIVMSG ann :two
    bob> NICK rob
    bob< *NICK rob
    bob> PRIVMSG #dev :three
    bob> PRIVMSG eve :and you
    eve< *PRIVMSG #dev :one
    eve< *NICK rob
    eve< *PRIVMSG #dev :three
    eve< *PRIVMSG eve :and you
    ann< :chat.test NOTE SLASH IGNORED - bob
    ann< :chat.test NOTE SLASH IGNORED + rob
    ann< *NICK rob
    ann> SLASH #dev :/ignore
    ann< :chat.test NOTE SLASH * #dev :You ignore rob.
    ann> SLASH #dev :/history
    ann< :chat.test NOTE SLASH * #dev :[*] <bob> one
    ann< :chat.test NOTE SLASH * #dev :That was said in #dev so far.
    ann> SLASH #dev :/ignore rob
    ann< :chat.test NOTE SLASH * #dev :You see again what rob says.
    ann< :chat.test NOTE SLASH IGNORED - rob
    bob> PRIVMSG #dev :four
    eve< *PRIVMSG #dev :four
    ann< *PRIVMSG #dev :four
  `,
);

rule(
  "an account's ignore list holds in all its sessions, present and later, over every protocol",
  `
    ann: irc tcpchat/commands draft/account-registration
    ann> REGISTER * * sesame88
    ann~ REGISTER SUCCESS
    ann> JOIN #dev
    ann~ 366
    bob: irc
    bob> JOIN #dev
    bob~ 366
    ann< *JOIN #dev
    ann> SLASH * :/ignore bob zed
    ann~ what bob says
    ann< :chat.test NOTE SLASH * * :Nobody here is called zed now. You do not see any more what zed says; /ignore zed once more ends that.
    ann< :chat.test NOTE SLASH IGNORED + bob
    ann< :chat.test NOTE SLASH IGNORED + zed
    two: irc sasl tcpchat/commands
    two> AUTHENTICATE PLAIN
    two< AUTHENTICATE +
    two> AUTHENTICATE ${saslPlain("ann", "sesame88")}
    two~ NOTE SLASH IGNORED + bob
    two< :chat.test NOTE SLASH IGNORED + zed
    bob> PRIVMSG two :unheard
    two> SLASH * :/ignore
    two~ NOTE SLASH * * :You ignore bob, zed.
    two> SLASH * :/ignore zed
    two< :chat.test NOTE SLASH * * :You see again what zed says.
    two< :chat.test NOTE SLASH IGNORED - zed
    ann< :chat.test NOTE SLASH IGNORED - zed
    ann> SLASH * :/ignore
    ann< :chat.test NOTE SLASH * * :You ignore bob.
    bob> NICK rob
    bob< *NICK rob
    ann~ NICK rob
    two~ NOTE SLASH IGNORED + rob
    nc: nc
    nc> /login ann sesame88
    nc~ logged in
    nc> /ignore
    nc~ You ignore rob.
  `,
);

rule(
  "an ignored account is hidden under any nick, in history, lists of conversations and searches",
  `
    ${registers("bob")}
    ann: irc tcpchat/commands draft/account-registration draft/chathistory batch
    ann> REGISTER * * sesame88
    ann~ REGISTER SUCCESS
    ann> JOIN #dev
    ann~ 366
    ${logsIn("bob", { account: "bob" })}
    bob> JOIN #dev
    bob~ 366
    bob> PRIVMSG #dev :spam
    bob> PRIVMSG ann :spam
    ann~ PRIVMSG ann :spam
    ann> PRIVMSG #dev :no spam
    bob~ no spam
    bob> NICK rob
    ann~ NICK rob
    ann> SLASH #dev :/ignore rob
    ann~ IGNORED + bob
    bob> PRIVMSG #dev :spam again
    ann> SLASH #dev :/ignored
    ann< :chat.test NOTE SLASH * #dev :You ignore bob.
    ann> CHATHISTORY LATEST #dev * 1
    ann< :* BATCH +*
    ann< @batch=* :ann!* PRIVMSG #dev :no spam
    ann< :* BATCH -*
    ann> CHATHISTORY LATEST #dev * 9
    ann< :* BATCH +*
    ann< @batch=* :ann!* PRIVMSG #dev :no spam
    ann< :* BATCH -*
    ann> CHATHISTORY TARGETS timestamp=2000-01-01T00:00:00.000Z timestamp=2100-01-01T00:00:00.000Z 9
    ann< :* BATCH +*
    ann< * CHATHISTORY TARGETS #dev *
    ann< :* BATCH -*
    ann> SEARCH text=spam
    ann< :* BATCH +*
    ann< @batch=* :ann!* PRIVMSG #dev :no spam
    ann< :* BATCH -*
    ann> SLASH #dev :/unignore rob
    ann< :chat.test NOTE SLASH * #dev :You see again what rob says.
    ann< :chat.test NOTE SLASH IGNORED - bob
    ann> CHATHISTORY LATEST #dev * 1
    ann< :* BATCH +*
    ann< @batch=* :rob!* PRIVMSG #dev :spam again
    ann< :* BATCH -*
  `,
);

rule(
  "a sentence that is too long for a line continues in further ones",
  `
    ann: irc tcpchat/commands
    ann> SLASH * :/join #${"x".repeat(430)}
    ann< :chat.test FAIL SLASH ROOM_NAME_BAD * :"#xxx*
    ann< :chat.test NOTE SLASH * * :*no blank, comma, <, > or ://.
  `,
);

test("without a line it lists its commands for programs", async () => {
  await using chat = startChat();
  const ann = await WireClient.open(chat.port);
  ann.send("CAP REQ tcpchat/commands\r\nNICK ann\r\nUSER ann 0 * ann\r\nCAP END\r\n");
  await ann.until(/ 422 /);
  ann.send("SLASH *\r\nPING end\r\n");
  const lines = (await ann.until(/PONG/)).slice(0, -1);
  const names = lines.map((line) => /^:chat\.test NOTE SLASH COMMAND (\S+) /.exec(line)?.[1]);
  expect(names).toEqual(COMMANDS.filter(({ ircCommand }) => ircCommand === undefined).map(({ name }) => name));
  const who = ":chat.test NOTE SLASH COMMAND who names,users anywhere everyone :[ROOM]\ttells who is in a room";
  const kick = ":chat.test NOTE SLASH COMMAND kick k room operator :NICK [TEXT]\tsends someone out of this room";
  expect(lines).toContain(who);
  expect(lines).toContain(kick);
  expect(lines.find((line) => line.includes(" serverbans "))).toContain(" * anywhere server-operator :\t");
  ann.close();
});

test("a long answer is made as it is read, and all of it has the label", () => {
  const server = ircServer(new ChatFixture());
  const ann = new Client(server, "ann", ["batch", "labeled-response", "tcpchat/commands"]);
  ann.sends("JOIN #dev");
  for (let i = 0; i < 1000; i++) ann.sends(`PRIVMSG #dev :${i} ${"x".repeat(300)}`);
  ann.text = "";
  ann.begins("@label=1 SLASH #dev :/history 1000");
  expect(ann.text).toBe("");
  ann.goesOn();
  expect(ann.text.length).toBeLessThan(65_536);
  while (ann.goesOn());
  const lines = ann.text.split("\r\n").slice(0, -1);
  expect([lines.length, lines[0], lines.at(-1)]).toEqual([
    1003,
    expect.stringMatching(/^@label=1 :chat\.test BATCH \+\w+ labeled-response$/),
    expect.stringMatching(/^:chat\.test BATCH -\w+$/),
  ]);
  expect(lines.slice(1, -1).every((line) => line.startsWith("@batch="))).toBe(true);
});

rule(
  "a guest's certificates and a room's own name are refused as such",
  `
    ann: irc tcpchat/commands
    ann> JOIN #dev
    ann~ 366
    ann> SLASH #dev :/certs
    ann< :chat.test FAIL SLASH NOT_LOGGED_IN #dev :*
    ann> SLASH #dev :/devices
    ann< :chat.test FAIL SLASH NOT_LOGGED_IN #dev :*
    ann> SLASH #dev :/rename #dev
    ann< :chat.test FAIL SLASH NOTHING_TO_DO #dev :Nothing to do: #dev has that name already.
  `,
);

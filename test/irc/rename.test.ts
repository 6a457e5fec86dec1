import { describe, test } from "bun:test";
import { defaultConfig } from "../../src/server/config/read.ts";
import { startChat } from "../support/chat-server.ts";
import { play, rule } from "../support/transcript.ts";

// "A channel rename preserves all channel state, such as membership, mode and topic." "The server to client command MUST
// always include the third parameter". "Send the client a PART message for the old channel name, with part message
// matching the rename reason if given. Send the client a JOIN message followed by the usual messages that would be sent if
// the client had joined the new channel normally". (IRCv3 draft/channel-rename)
rule(
  "a renamed room keeps its state, and a client without the capability gets a PART and a JOIN",
  `
    bar: irc draft/channel-rename
    baz: irc
    nic: nc
    bar> JOIN #bar
    bar~ 366
    bar> TOPIC #bar :what it is about
    bar< *
    bar> MODE #bar +s
    bar< *
    baz> JOIN #bar
    baz~ 366
    bar< :baz!*@* JOIN #bar
    nic> /join #bar
    nic~ The topic of
    bar< :nic!*@* JOIN #bar
    baz< :nic!*@* JOIN #bar
    bar> RENAME #bar #qux :why
    bar< :bar!~bar@* RENAME #bar #qux :why
    baz< :baz!~baz@* PART #bar :why
    baz< :baz!~baz@* JOIN #qux
    baz< :chat.test 332 baz #qux :what it is about
    baz< :chat.test 333 baz #qux bar!~bar@* *
    baz< :chat.test 353 baz @ #qux :@bar baz nic
    baz< :chat.test 366 baz #qux :*
    nic< -- #bar is #qux now: why
    nic> still here
    nic< *<nic> still here
    bar< :nic!*@* PRIVMSG #qux :still here
    baz< :nic!*@* PRIVMSG #qux :still here
    baz> JOIN #bar
    baz< :baz!~baz@* JOIN #bar
    baz< :chat.test 353 baz = #bar :@baz
    baz< :chat.test 366 baz #bar :*
    bar> MODE #qux
    bar< :chat.test 324 bar #qux +nst
    bar< *
  `,
);

rule(
  "a RENAME by a client without the capability, or without a reason, is sent like any other",
  `
    bar: irc extended-join labeled-response batch
    eve: irc draft/channel-rename
    bar> JOIN #bar
    bar~ 366
    eve> JOIN #bar
    eve~ 366
    bar< *
    bar> @label=x RENAME #bar #qux
    bar< @label=x :chat.test BATCH +* labeled-response
    bar< @batch=* :bar!~bar@* PART #bar
    bar< @batch=* :bar!~bar@* JOIN #qux \\x2a :Real bar
    bar< @batch=* :chat.test 353 bar = #qux :@bar eve
    bar< @batch=* :chat.test 366 *
    bar< :chat.test BATCH -*
    eve< :bar!~bar@* RENAME #bar #qux :
  `,
);

// "Implementations MUST allow channels to be renamed while only changing the casing of a channel name." "This fallback
// SHOULD NOT be used if the rename only changes the case of the channel name".
rule(
  "a change of case is no PART and JOIN: clients without the capability get a NOTICE",
  `
    bar: irc draft/channel-rename
    baz: irc
    bar> JOIN #bar
    bar~ 366
    baz> JOIN #bar
    baz~ 366
    bar< *
    bar> RENAME #bar #Bar
    bar< :bar!~bar@* RENAME #bar #Bar :
    baz< :chat.test NOTICE #Bar :#bar is #Bar now
    baz> PRIVMSG #bar :hello
    bar< :baz!*@* PRIVMSG #Bar :hello
  `,
);

rule(
  "a RENAME is refused without the rights, to an invalid name, and to one in use",
  `
    bar: irc
    baz: irc
    bar> JOIN #bar,#taken
    bar~ 366 bar #taken
    baz> JOIN #bar
    baz~ 366
    bar< *
    bar> RENAME #bar
    bar< :chat.test 461 bar RENAME :Not enough parameters
    bar> RENAME #none #new
    bar< :chat.test 403 bar #none :*
    baz> RENAME #taken #new
    baz< :chat.test 442 baz #taken :*
    baz> RENAME #bar #new
    baz< :chat.test 482 baz #bar :*
    bar> RENAME #bar #TAKEN
    bar< :chat.test FAIL RENAME CHANNEL_NAME_IN_USE #bar #TAKEN :*
    bar> RENAME #bar #lobby
    bar< :chat.test FAIL RENAME CHANNEL_NAME_IN_USE #bar #lobby :*
    bar> RENAME #bar qux
    bar< :chat.test FAIL RENAME CANNOT_RENAME #bar qux :"qux" cannot be a room's name: *
    bar> RENAME #bar #tаken
    bar< :chat.test FAIL RENAME CANNOT_RENAME #bar #tаken :#tаken looks like #taken, which is another room
    bar> RENAME #bar #one
    bar~ 366 bar #one
    baz~ 366 baz #one
    bar> RENAME #one #two
    bar< :chat.test FAIL RENAME CANNOT_RENAME #one #two :#one was renamed a moment ago; another name works in * s
    bar> RENAME #one #One
    bar< :chat.test NOTICE #One :#one is #One now
    baz< :chat.test NOTICE #One :#one is #One now
    bar> MODE #one
    bar< :chat.test 324 bar #One *
    bar< * 329 *
    op: irc
    op> OPER root sesame
    op~ MODE op
    op> JOIN #lobby
    op~ 366
    op> RENAME #lobby #hall
    op< :chat.test FAIL RENAME CANNOT_RENAME #lobby #hall :#lobby belongs to the server, and keeps its name
  `,
  { operators: [{ name: "root", password: "sesame" }] },
);

describe("a room keeps under its new name", () => {
  const QUICK = { limits: { ...defaultConfig().limits, renameWait: 0 } };

  test("its history, messages and events, under the new name", async () => {
    await using chat = startChat(QUICK);
    await play(
      chat.port,
      `
      bar: irc batch draft/channel-rename draft/chathistory draft/event-playback soju.im/search
      bar> JOIN #bar
      bar~ 366
      bar> PRIVMSG #bar :before
      bar> TOPIC #bar :news
      bar< *
      bar> SEARCH in=#bar;text=before
      bar< *
      bar< * PRIVMSG #bar :before
      bar< *
      bar> RENAME #bar #Qux
      bar< * RENAME #bar #Qux :
      bar> PRIVMSG #Qux :behind
      bar> CHATHISTORY LATEST #Qux * 10
      bar< * BATCH +* chathistory #Qux
      bar< @batch=* :bar!*@* JOIN #Qux
      bar< @batch=* :bar!*@* PRIVMSG #Qux :before
      bar< @batch=* :bar!*@* TOPIC #Qux :news
      bar< @batch=* :bar!*@* PRIVMSG #Qux :behind
      bar< * BATCH -*
      bar> SEARCH in=#qux;text=before
      bar< *
      bar< * PRIVMSG #qux :before
      bar< *
      bar> JOIN #bar
      bar~ 366
      bar> CHATHISTORY LATEST #bar * 10
      bar< * BATCH +* chathistory #bar
      bar< * BATCH -*
      bar> PART #bar
      bar< *
      bar> RENAME #qux #bar
      bar< * RENAME #Qux #bar :
      eve: irc
      eve> JOIN #bar
      eve~ 366
      eve< :bar!*@* PRIVMSG #bar :*before
      eve< :bar!*@* PRIVMSG #bar :*behind
      bar< :eve!*@* JOIN #bar
      `,
    );
  });

  test("its invitations, read markers, and its clients' message ids", async () => {
    await using chat = startChat(QUICK);
    await play(
      chat.port,
      `
      bar: irc draft/channel-rename draft/read-marker echo-message message-tags
      ann: irc draft/read-marker draft/channel-rename
      ann> REGISTER * * sesame88
      ann~ 900
      bar> JOIN #bar
      bar~ 366
      bar> @+tcpchat/id=0123456789abcdef PRIVMSG #bar :once
      bar< * PRIVMSG #bar :once
      bar> MODE #bar +i
      bar< *
      ann> MARKREAD #bar timestamp=2026-01-02T03:04:05.678Z
      ann< :chat.test MARKREAD #bar timestamp=2026-01-02T03:04:05.678Z
      bar> MARKREAD #bar timestamp=2026-01-02T03:04:05.000Z
      bar< :chat.test MARKREAD #bar timestamp=2026-01-02T03:04:05.000Z
      bar> INVITE ann #bar
      bar< * 341 *
      ann< * INVITE ann #bar
      bar> RENAME #bar #qux
      bar< * RENAME #bar #qux :
      ann> JOIN #qux
      ann< :ann!*@* JOIN #qux
      ann< :chat.test MARKREAD #qux timestamp=2026-01-02T03:04:05.678Z
      bar< *
      bar> MARKREAD #qux
      bar< :chat.test MARKREAD #qux timestamp=2026-01-02T03:04:05.000Z
      bar> @+tcpchat/id=0123456789abcdef PRIVMSG #qux :once
      bar< * PRIVMSG #qux :once
      ann~ 366
      ann< :bar!*@* PRIVMSG #qux :*once
      ann|
      `,
    );
  });
});

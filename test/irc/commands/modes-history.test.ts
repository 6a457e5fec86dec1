import { test } from "bun:test";
import { startChat } from "../../support/chat-server.ts";
import { play, rule } from "../../support/transcript.ts";

// "Type C: Modes that change a setting on a channel. These modes MUST have a parameter when being set, and MUST NOT have a
// parameter when being unset." (Modern IRC, MODE)
rule(
  "+H off keeps nothing of what is said, and deletes the past",
  `
    ann: irc draft/chathistory batch server-time message-tags draft/event-playback
    ann> JOIN #dev
    ann~ 366
    ann> PRIVMSG #dev :before
    ann> MODE #dev +H off
    ann< * MODE #dev +H off
    ann> MODE #dev
    ann< * 324 ann #dev +ntH off
    ann< * 329 *
    ann> PRIVMSG #dev :off the record
    ann> @+draft/react=x TAGMSG #dev
    ann> CHATHISTORY LATEST #dev * 10
    ann< :chat.test BATCH +* chathistory #dev
    ann< :chat.test BATCH -*
    ann> MODE #dev +H off
    ann|
    ann> MODE #dev -H
    ann< * MODE #dev -H
    ann> PRIVMSG #dev :on the record
    ann> CHATHISTORY LATEST #dev * 10
    ann< :chat.test BATCH +* chathistory #dev
    ann< @batch=* MODE #dev -H
    ann< @batch=* PRIVMSG #dev :on the record
    ann< :chat.test BATCH -*
  `,
);

rule(
  "+H takes a duration or off, and only operators set it",
  `
    ann: irc
    bob: irc
    ann> JOIN #dev
    ann~ 366
    bob> JOIN #dev
    bob~ 366
    ann< * JOIN #dev
    ann> MODE #dev +lH 5 7d
    ann< * MODE #dev +lH 5 7d
    bob< * MODE #dev +lH 5 7d
    bob> MODE #dev
    bob< :chat.test 324 bob #dev +ntlH 5 7d
    bob< * 329 *
    bob> MODE #dev -H
    bob< :chat.test 482 bob #dev :*
    ann> MODE #dev +H 36h
    ann< * MODE #dev +H 36h
    bob< * MODE #dev +H 36h
    ann> MODE #dev +H soon
    ann< :chat.test 696 ann #dev H soon :"soon" is not valid: how long messages are kept is 7d, 12h or 45m, or off for not at all
    ann> MODE #dev +H
    ann< :chat.test 696 ann #dev H \\x2a :*
  `,
);

rule(
  "everyone in the room is told in words how long its history is kept",
  `
    ann: nc
    bob: nc
    cat: irc tcpchat/commands
    ann> /join #dev
    ann~ #dev
    bob> /join #dev
    bob~ #dev
    ann~ bob joined
    cat> JOIN #dev
    cat~ 366
    ann~ cat joined
    bob~ cat joined
    ann> /set history
    ann< -- history: what is said is kept this long; *
    ann< -- In #dev it is on: what is said is kept as long as the server keeps anything.
    ann> /set history never
    ann< -- "never" is not valid: /set history 7d|off|on
    bob> /set history off
    bob< -- Only an operator of #dev *
    ann> /set history 7d
    ann< -- ann lets #dev keep its history for 7d: what is older is deleted
    bob< -- ann lets #dev keep its history for 7d: what is older is deleted
    cat< :ann!* MODE #dev +H 7d
    ann> /set
    ann< -- #dev has set: members-only, topic-locked, history 7d. *
    ann> /set history off
    ann< -- ann switched the history of #dev off: nothing is kept, and the past is deleted
    bob< -- ann switched the history of #dev off: nothing is kept, and the past is deleted
    cat< :ann!* MODE #dev +H off
    ann> hello
    ann~ hello
    bob~ hello
    cat< :ann!* PRIVMSG #dev :hello
    bob> /history
    bob< -- *
    ann> /set history on
    ann< -- ann lets #dev keep its history as long as the server does
    bob< -- ann lets #dev keep its history as long as the server does
    cat< :ann!* MODE #dev -H
  `,
);

// A message that is not stored is said again without doubt within a while, as between guests.
rule(
  "a message with an id is not said twice where nothing is kept",
  `
    ann: irc message-tags echo-message
    bob: irc
    ann> JOIN #dev
    ann~ 366
    bob> JOIN #dev
    bob~ 366
    ann~ JOIN
    ann> MODE #dev +H off
    ann~ MODE
    bob~ MODE
    ann> @+tcpchat/id=0123456789abcdef PRIVMSG #dev :once
    ann< @msgid=*;+tcpchat/id=0123456789abcdef :ann!* PRIVMSG #dev :once
    bob< :ann!* PRIVMSG #dev :once
    ann> @+tcpchat/id=0123456789abcdef PRIVMSG #dev :once
    ann< @msgid=*;+tcpchat/id=0123456789abcdef :ann!* PRIVMSG #dev :once
    bob|
  `,
);

test("a room keeps its setting for the past of a room of guests that was dissolved", async () => {
  await using chat = startChat();
  await play(
    chat.port,
    `
    ann: irc
    ann> JOIN #dev
    ann~ 366
    ann> PRIVMSG #dev :kept a week
    ann> MODE #dev +H 7d
    ann~ MODE
    ann> PART #dev
    ann~ PART
    ann> JOIN #dev
    ann~ 366
    ann> PING barrier
    ann~ PONG
    ann> MODE #dev
    ann< :chat.test 324 ann #dev +ntH 7d
    ann< * 329 *
    `,
  );
});

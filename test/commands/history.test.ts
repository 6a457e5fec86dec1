import { expect, test } from "bun:test";
import type { EventOf } from "../../src/chat/model/event.ts";
import { type ReaderView, renderHistory } from "../../src/commands/history.ts";
import { fold } from "../../src/text/fold.ts";
import { logsIn, registers } from "../support/accounts.ts";
import { startChat } from "../support/chat-server.ts";
import { NOON } from "../support/plain-fixture.ts";
import { play, rule } from "../support/transcript.ts";

const view: ReaderView = { self: fold("me"), current: fold("#lobby"), ignored: new Set([fold("pest")]) };

function said(change: Partial<EventOf<"said">>): EventOf<"said"> {
  return {
    type: "said",
    from: { nick: "ann", user: "u", host: "h", realname: "", account: undefined },
    to: "#lobby",
    inRoom: true,
    rank: undefined,
    kind: "words",
    text: "hi",
    tags: undefined,
    away: undefined,
    seq: 1,
    msgid: "",
    time: NOON,
    origin: undefined,
    ...change,
  };
}

test("history names the day of older messages", () => {
  const day = 24 * 60 * 60 * 1000;
  const events = [said({ time: NOON - 2 * day }), said({ time: NOON - 2 * day }), said({ time: NOON })];
  const hi = { said: "[12:03] <ann> hi" };
  expect([...renderHistory(events, view, NOON)]).toEqual([
    "Saturday, 3 January 2026",
    hi,
    hi,
    "Monday, 5 January 2026",
    hi,
  ]);
});

test("history names no day for today, nor for a day without messages", () => {
  const events = [said({ time: 0, kind: "query" }), said({ text: "a\nb" })];
  expect([...renderHistory(events, view, NOON)]).toEqual([{ said: "[12:03] <ann> a" }, { said: "[12:03] <ann> b" }]);
});

rule(
  "/search finds words in all of your rooms, newest first",
  `
    ann: nc
    ann> the deploy failed
    ann~ failed
    ann> /join dev
    ann~ operator
    ann> deployed again
    ann~ again
    ann> /search deploy
    ann< [*] #dev <ann> deployed again
    ann< [*] #lobby <ann> the deploy failed
    ann< -- That was found with deploy in it, the latest first.
    ann> /search deploy failed
    ann< [*] #lobby <ann> the deploy failed
    ann< -- That was found with deploy failed in it, the latest first.
    ann> /search here deploy
    ann< [*] #dev <ann> deployed again
    ann< -- That was found with deploy in it, the latest first.
    ann> /search here
    ann< -- No message with here was found.
    ann> /search redeploy
    ann< -- No message with redeploy was found.
    ann> /search ?
    ann< -- "?" has no word to look for; /search deploy finds it, and deployed too.
    ann> /search
    ann< -- That needs more: /search [here] WORDS
    bob: nc
    bob> /search again
    bob< -- No message with again was found.
    `,
);

test("/search shows at most a hundred messages", async () => {
  await using chat = startChat();
  const lines = Array.from({ length: 101 }, (_, i) => `ann> word ${i}.\nann~ word ${i}.`).join("\n");
  await play(
    chat.port,
    `
    ann: nc
    ${lines}
    ann> /search word
    ann~ <ann> word 1.
    ann< -- These are the latest 100 with word in it; more words find fewer.
    `,
  );
});

/** ann registers in #dev and #ops and quits; bob says things to her there. */
const AWAY = `
  bob: irc
  bob> JOIN #dev,#ops
  bob~ 366 bob #ops
  ${registers("ann", "#dev,#ops")}
  bob~ QUIT
  bob> PRIVMSG #ops :one
  bob> PRIVMSG #ops :two
  bob> PRIVMSG #dev :ann, look
  bob> PRIVMSG ann :secretly
  bob~ 301
`;

const LOGIN = `
  ${logsIn("one", { caps: "tcpchat/commands tcpchat/rooms draft/chathistory draft/read-marker" })}
  one~ RESTORED
`;

rule(
  "/catchup shows mentions first, and then the rooms with the most unread messages",
  `${AWAY} ${LOGIN}
    one> SLASH * /catchup
    one< :chat.test NOTE SLASH \\x2a \\x2a :[*] #dev <bob> ann, look
    one< :chat.test NOTE SLASH \\x2a \\x2a :[*] bob → you: secretly
    one< :chat.test NOTE SLASH \\x2a \\x2a :#dev: 1 unread, 1 of them mentions you.
    one< :chat.test NOTE SLASH \\x2a \\x2a :bob: 1 unread.
    one< :chat.test NOTE SLASH \\x2a \\x2a :#ops: 2 unread.
    one> MARKREAD #dev timestamp=2100-01-01T00:00:00.000Z
    one~ MARKREAD #dev
    one> MARKREAD #ops timestamp=2100-01-01T00:00:00.000Z
    one~ MARKREAD #ops
    one> MARKREAD bob timestamp=2100-01-01T00:00:00.000Z
    one~ MARKREAD bob
    one> SLASH * /catchup
    one< :chat.test NOTE SLASH \\x2a \\x2a :Nothing is new in your rooms and conversations.
    bob~ JOIN #ops
  `,
);

rule(
  "a person with nc is told the same",
  `${AWAY}
    zoe: nc
    zoe> /login ann secret
    zoe~ You are ann now
    zoe> /catchup
    zoe~ bob: 1 unread.
  `,
);

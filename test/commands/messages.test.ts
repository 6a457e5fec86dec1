import { expect, test } from "bun:test";
import { logsIn, registers } from "../support/accounts.ts";
import { PlainFixture } from "../support/plain-fixture.ts";
import { rule } from "../support/transcript.ts";

/** Ann, who operates #dev, and bob in it; both have read everything. */
function pair() {
  const [ann, bob] = new PlainFixture().pair("ann", "bob");
  ann.types("/join dev");
  bob.types("/join dev");
  ann.reads();
  return { ann, bob };
}

test("/undo takes back what one said last, from every screen and from history, again and again", () => {
  const { ann, bob } = pair();
  bob.types("first", "hello everybody", "second");
  ann.types("another");
  bob.reads();
  expect(bob.types("/undo", "/undo", "/undo")).toEqual([
    "-- bob took back a message of 12:03",
    "-- bob took back a message of 12:03",
    "-- bob took back a message of 12:03",
  ]);
  expect(bob.types("/undo")).toEqual(["-- You have said nothing in #dev that could be taken back."]);
  ann.reads();
  expect(ann.types("/history")).toEqual(["[12:03] <ann> another", "-- That was said in #dev so far."]);
});

test("/undo NICK takes back a direct message, stored or not", () => {
  const { ann, bob } = pair();
  bob.types("/msg ann psst");
  expect(ann.reads()).toEqual(["[12:03] bob → you: psst"]);
  expect(bob.types("/undo ann")).toEqual(["-- bob took back a message of 12:03"]);
  expect(ann.reads()).toEqual(["-- bob took back a message of 12:03"]);
  expect(bob.types("/undo ann")).toEqual(["-- You have said nothing to ann that could be taken back."]);
});

test("an operator's /redact names the author, the time and the reason; nobody else may", () => {
  const { ann, bob } = pair();
  bob.types(`${"very ".repeat(20)}long`);
  ann.reads();
  expect(ann.types("/redact bob too long")).toEqual(["-- ann took back bob's message of 12:03 (too long)"]);
  expect(ann.types("/redact bob", "/redact nobody")).toEqual([
    "-- bob has said nothing in #dev lately.",
    "-- Nobody here is called nobody; /who tells who is here.",
  ]);
  ann.types("mine");
  bob.reads();
  expect(bob.types("/redact ann")).toEqual(["-- You cannot take that message in #dev back: it is not yours."]);
});

test("/react reacts to the last message of another, or of NICK; people with nc are told in one line", () => {
  const { ann, bob } = pair();
  expect(bob.types("/react 👍")).toEqual(["-- Nobody else has said anything in #dev lately."]);
  ann.types("lunch?");
  bob.types("yes");
  ann.reads();
  bob.reads();
  expect(bob.types("/react 👍", "/react 🎉 bob", "/unreact 👍 ann", "/react 👍 nobody")).toEqual([
    "-- bob reacted 👍 to ann: lunch?",
    "-- bob reacted 🎉 to bob: yes",
    "-- bob took back 👍 to ann: lunch?",
    "-- Nobody here is called nobody; /who tells who is here.",
  ]);
  expect(ann.reads()).toHaveLength(3);
  ann.types("/join ops");
  bob.types("/react ✅ ann");
  expect(ann.reads()).toEqual(["-- bob reacted ✅ to ann in #dev: lunch?"]);
  expect(bob.types(`/react ${"👍".repeat(17)}`)[0]).toEndWith("is too long for a reaction.");
});

test("a reaction that changes nothing is refused, and told to nobody", () => {
  const { ann, bob } = pair();
  ann.types("lunch?");
  bob.reads();
  expect(bob.types("/unreact 👍", "/react 👍", "/react :+1:", "/unreact +1", "/unreact 👍", "/react 👍")).toEqual([
    "-- You have not reacted with that.",
    "-- bob reacted 👍 to ann: lunch?",
    "-- You have reacted with that already.",
    "-- bob took back 👍 to ann: lunch?",
    "-- You have not reacted with that.",
    "-- bob reacted 👍 to ann: lunch?",
  ]);
  expect(ann.reads()).toHaveLength(3);
  expect(bob.types("/react lgtm")).toEqual(['-- "lgtm" is no emoji: /react 👍, or a name such as heart or +1.']);
});

test("nobody is told of reactions of ignored people, or to them", () => {
  const { ann, bob } = pair();
  bob.types("hi", "/join ops", "/join dev");
  ann.types("/ignore bob", "/react 👍 bob");
  bob.types("/react 👍 bob", "/undo");
  expect(ann.types("//end").at(-1)).toBe("[12:03] <ann> /end");
  bob.types("/react 👍 ann");
  expect(ann.reads()).toEqual([]);
});

test("/reply says an ordinary line", () => {
  const { ann, bob } = pair();
  ann.types("lunch?");
  bob.reads();
  expect(bob.types("/reply ann  in a minute", "/reply nobody yes")).toEqual([
    "[12:03] <bob> in a minute",
    "-- Nobody here is called nobody; /who tells who is here.",
  ]);
});

test("a message that not all in the room may read is not quoted", () => {
  const { ann, bob } = pair();
  ann.types("/set secret on", "a secret", "/set secret off");
  bob.types("/leave", "/join dev");
  ann.reads();
  expect(ann.types("/react 👍 ann", "/undo")).toEqual([
    "-- ann reacted 👍 to a message of ann",
    "-- ann took back a message of 12:03",
  ]);
});

rule(
  "what an ignored account takes back under another nick is not told",
  `
    ${registers("bob")}
    ann: nc
    ${logsIn("bob", { account: "bob" })}
    bob> JOIN #lobby
    bob~ 366
    ann~ bob joined
    ann> /ignore bob
    ann~ what bob says
    bob> NICK rob
    ann~ rob
    eve: irc message-tags
    eve> JOIN #lobby
    eve~ 366
    bob> PRIVMSG #lobby :spam
    eve~ spam
    two: nc
    two> /react 👎 rob
    two~ reacted
    eve~ TAGMSG
    eve> PING 1
    eve~ PONG
    ann~ eve joined
    ann~ two joined
    ann|
  `,
);

rule(
  "from nc, /reply and /react are the tags of IRC clients; theirs to a message are told to nc",
  `
    ann: irc message-tags echo-message draft/message-redaction
    ann> JOIN #lobby
    ann~ 366
    bob: nc
    zoe: irc
    zoe> JOIN #lobby
    zoe~ 366
    ann~ JOIN
    ann> PRIVMSG #lobby :lunch?
    ann< *
    bob~ lunch?
    zoe~ lunch
    bob> /reply ann yes
    ann~ JOIN
    ann< @msgid=*;+draft/reply=* :bob!* PRIVMSG #lobby :yes
    zoe~ JOIN
    zoe< :bob!* PRIVMSG #lobby :yes
    bob~ yes
    bob> /react 👍
    ann< @msgid=*;+draft/react=👍;+draft/reply=* :bob!* TAGMSG #lobby
    bob< -- bob reacted 👍 to ann: lunch?
    ann> @+draft/react=👍 TAGMSG #lobby
    ann< *
    ann> @+x=y TAGMSG #lobby
    ann< *
    bob> /undo
    ann< * REDACT #lobby *
    bob< -- bob took back a message of *
    zoe< :bob!* NOTICE #lobby :took back a message of *
    zoe|
  `,
);

rule(
  "SLASH runs /undo, /redact and /react where it was typed, in a conversation too",
  `
    ann: irc message-tags echo-message tcpchat/commands draft/message-redaction
    bob: irc message-tags draft/message-redaction
    ann> JOIN #r
    ann~ 366
    bob> JOIN #r
    bob~ 366
    ann~ JOIN
    bob> PRIVMSG #r :spam
    ann~ spam
    ann> SLASH #r :react 👎
    ann< @msgid=*;+draft/react=👎;+draft/reply=* :ann!* TAGMSG #r
    bob~ TAGMSG
    ann> SLASH #r :redact bob spam
    ann< * REDACT #r * :spam
    bob~ REDACT
    ann> PRIVMSG bob :oops
    ann< *
    bob~ oops
    ann> SLASH bob :undo
    ann< * REDACT bob *
    bob< * REDACT bob *
    ann> SLASH bob :undo
    ann< :chat.test FAIL SLASH NOTHING_TO_DO bob :*
    bob> PRIVMSG #r :lunch?
    ann~ lunch
    ann> SLASH #r :reply bob yes
    ann< @msgid=*;+draft/reply=* :ann!* PRIVMSG #r :yes
    bob~ :yes
  `,
);

import { expect, test } from "bun:test";
import type { ChatEvent, EventOf } from "../../src/chat/model/event.ts";
import { CHAT_LIMITS } from "../../src/chat/model/limits.ts";
import { ignoredAfterLogin, ignoredAfterRename } from "../../src/commands/talk.ts";
import { fold } from "../../src/text/fold.ts";
import { logsIn, registers } from "../support/accounts.ts";
import { PlainFixture } from "../support/plain-fixture.ts";
import { rule } from "../support/transcript.ts";

test("/me says an action", () => {
  const [ann, bob] = new PlainFixture().pair("ann", "bob");
  const seen = ["[12:03] * ann waves to all"];
  expect([ann.types("/me waves to all"), bob.reads()]).toEqual([seen, seen]);
});

test("//x says /x, and keeps the spaces before it", () => {
  const ann = new PlainFixture().brings("ann");
  ann.reads();
  expect(ann.types("//etc/passwd", "  //x")).toEqual(["[12:03] <ann> /etc/passwd", "[12:03] <ann>   /x"]);
});

test("/history shows the requested number of latest messages, and ends with a notice", () => {
  const ann = new PlainFixture().brings("ann");
  ann.types(...Array.from({ length: 60 }, (_, i) => `line ${i}`));
  expect(ann.types("/history 2")).toEqual([
    "[12:03] <ann> line 58",
    "[12:03] <ann> line 59",
    "-- That was said in #lobby so far.",
  ]);
  expect(ann.types("/history")).toHaveLength(51);
  expect(ann.types("/history 1000")).toHaveLength(62);
  ann.types("/join dev");
  expect(ann.types("/history")).toEqual(["-- Nothing has been said in #dev yet."]);
});

test.each(["0", "-1", "1001", "1.5", "many"])("/history %s is no number of messages", (words) => {
  const ann = new PlainFixture().brings("ann");
  ann.reads();
  expect(ann.types(`/history ${words}`)).toEqual([
    `-- "${words}" is no number from 1 to 1000: /history 200 shows the last 200 messages.`,
  ]);
});

test("/away toggles, and with a text sets the reason", () => {
  const ann = new PlainFixture().brings("ann");
  ann.reads();
  expect(ann.types("/away", "/away", "/back", "/afk for tea", "/back")).toEqual([
    "-- You are away: away",
    "-- You are back.",
    "-- You are not away.",
    "-- You are away: for tea",
    "-- You are back.",
  ]);
});

test("/echo off hides your own messages from you; the others get them, and the history has them", () => {
  const [ann, bob] = new PlainFixture().pair("ann", "bob");
  ann.types("/echo off");
  bob.reads();
  expect(ann.types("hello", "/me waves", "/msg bob psst")).toEqual([]);
  expect(bob.reads()).toEqual(["[12:03] <ann> hello", "[12:03] * ann waves", "[12:03] ann → you: psst"]);
  expect(bob.types("hi")).toEqual(["[12:03] <bob> hi"]);
  expect(ann.reads()).toEqual(["[12:03] <bob> hi"]);
  expect(ann.types("/history 3")[0]).toBe("[12:03] <ann> hello");
});

test("with /echo off, a message to yourself comes once, and refusals are shown", () => {
  const ann = new PlainFixture().brings("ann");
  ann.types("/echo off");
  expect(ann.types("/msg ann note")).toHaveLength(1);
  expect(ann.types("/msg nobody hi")[0]).toStartWith("-- ");
});

test("/echo on shows them again, and /echo alone shows the setting", () => {
  const ann = new PlainFixture().brings("ann");
  ann.reads();
  expect(ann.types("/echo", "/echo off", "/echo", "/echo maybe", "/echo ON", "hello")).toEqual([
    "-- You are shown what you say, once it is stored; /echo off ends that.",
    "-- You are not shown what you say; /echo on ends that.",
    "-- You are not shown what you say; /echo on ends that.",
    '-- "maybe" is neither on nor off.',
    "-- You are shown what you say, once it is stored; /echo off ends that.",
    "[12:03] <ann> hello",
  ]);
});

const pest = new Set([fold("pest")]);

/** An event; only its author matters here. */
function event(type: string, nick: string): ChatEvent {
  return { type, from: { nick }, by: { nick }, who: { nick } } as unknown as ChatEvent;
}

test("/unignore ends what /ignore began, and /ignored lists it", () => {
  const [ann, bob] = new PlainFixture().pair("ann", "bob");
  ann.types("/ignore bob eve");
  expect(ann.types("/ignored", "/unignore Bob", "/unignore bob", "/ignored")).toEqual([
    "-- You ignore bob, eve.",
    "-- You see again what Bob says.",
    "-- You do not ignore bob; /ignored lists whom you ignore.",
    "-- You ignore eve.",
  ]);
  bob.types("hi");
  expect(ann.reads()).toEqual(["[12:03] <bob> hi"]);
});

test("/history shows as many messages of others as asked for", () => {
  const [ann, bob] = new PlainFixture().pair("ann", "bob");
  ann.types("first", "second");
  bob.types(...Array.from({ length: 130 }, (_, n) => `spam ${n}`));
  ann.types("/ignore bob");
  expect(ann.types("/history 2")).toEqual([
    "[12:03] <ann> first",
    "[12:03] <ann> second",
    "-- That was said in #lobby so far.",
  ]);
});

test("the ignore list follows a new nick, and other people's new nicks do not change it", () => {
  const renamed = (nick: string) => ({ ...event("renamed", nick), nick: "saint" }) as EventOf<"renamed">;
  expect(ignoredAfterRename(renamed("PEST"), pest)).toEqual(new Set([fold("saint")]));
  expect(ignoredAfterRename(renamed("ann"), pest)).toBeUndefined();
});

test("after a login, a session ignores the account's list and its own", () => {
  const own = new Set([fold("bob")]);
  expect([...ignoredAfterLogin(own, [fold("eve"), fold("bob")])]).toEqual([fold("bob"), fold("eve")]);
  expect(ignoredAfterLogin(own, [])).toBe(own);
});

test("/profile sets, shows and removes parts of it; /whois shows them to others", () => {
  const [ann, bob] = new PlainFixture().pair("ann", "bob");
  expect(ann.types("/profile")).toEqual(["-- Your profile is empty; /profile name TEXT gives you a display name."]);
  expect(ann.types("/profile name Ann Lee", "/profile colour #ff8800", "/profile COLOR", "/profile status")).toEqual([
    "-- Your display-name is now: Ann Lee",
    "-- Your color is now: #ff8800",
    "-- Your color: #ff8800",
    "-- Your profile has no status; /profile status TEXT sets it.",
  ]);
  expect(bob.types("/whois ann").slice(-2)).toEqual([
    "-- ann gives as display-name: Ann Lee",
    "-- ann gives as color: #ff8800",
  ]);
  expect(ann.types("/profile color -", "/profile")).toEqual([
    "-- Your profile has no color now.",
    "-- Your display-name: Ann Lee",
  ]);
  expect(bob.reads()).toEqual([]);
});

test("/profile says what is wrong with a key or a value", () => {
  const ann = new PlainFixture({ limits: { ...CHAT_LIMITS, metadataChanges: 1 } }).brings("ann");
  ann.reads();
  expect(ann.types("/profile fav:color red", `/profile status ${"x".repeat(301)}`)).toEqual([
    '-- "fav:color" cannot be a key of metadata: keys have small letters, digits and any of _./-, at most 50 characters.',
    "-- The value of status is not 1 to 300 bytes of text.",
  ]);
  for (const colour of ["orange", "#f80", "#ff88001"])
    expect(ann.types(`/profile color ${colour}`)).toEqual([
      `-- "${colour}" is no colour: that is # and six hex digits, such as #ff8800 for orange.`,
    ]);
  expect(ann.types("/profile status here", "/profile status there", "/profile status here")).toEqual([
    "-- Your status is now: here",
    "-- You have changed your metadata too often; try again in 120 s.",
    "-- Your status is now: here",
  ]);
});

rule(
  "a profile is metadata: clients that subscribe to its keys are told of changes",
  `
    foo: irc tcpchat/commands batch draft/metadata-3
    bar: irc batch draft/metadata-3
    nic: nc
    foo> JOIN #room
    foo~ 366
    bar> METADATA * SUB display-name
    bar~ 774
    bar> JOIN #room
    bar~ 366
    bar> PING joined
    bar~ joined
    nic> /join #room
    foo~ nic
    bar~ nic
    foo> SLASH * :/profile name Foo Fighter
    foo< :chat.test NOTE SLASH \\x2a \\x2a :Your display-name is now: Foo Fighter
    bar< :chat.test 761 \\x2a foo display-name \\x2a :Foo Fighter
    foo> METADATA * SUB color
    foo~ 774
    foo> SLASH * :/profile color #ff8800
    foo< :chat.test 761 \\x2a foo color \\x2a :#ff8800
    foo< :chat.test NOTE SLASH \\x2a \\x2a :Your color is now: #ff8800
    foo> SLASH * :/profile color -
    foo< :chat.test 766 \\x2a foo color :Not set
    foo~ has no color now
    foo> METADATA * SET color :#00ff00
    foo< :chat.test 761 foo foo color \\x2a :#00ff00
    nic> /profile name Nic
    nic~ Your display-name is now
    bar< :chat.test 761 \\x2a nic display-name \\x2a :Nic
  `,
);

/** Ann, who operates #dev, and bob in it; both have read everything. */
function pair() {
  const [ann, bob] = new PlainFixture().pair("ann", "bob");
  ann.types("/join dev");
  bob.types("/join dev");
  ann.reads();
  return { ann, bob };
}

test("/undo takes back the last message, from every screen and from history, repeatedly", () => {
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

test("a reaction that changes nothing is refused, and not sent to others", () => {
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

test("reactions of ignored people, or to their messages, are not shown", () => {
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
  "a redaction by an ignored account under another nick is not shown",
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

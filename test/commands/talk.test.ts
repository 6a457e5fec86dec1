import { expect, test } from "bun:test";
import type { ChatEvent, EventOf } from "../../src/chat/model/event.ts";
import { CHAT_LIMITS } from "../../src/chat/model/limits.ts";
import { ignoredAfterLogin, ignoredAfterRename } from "../../src/commands/talk.ts";
import { fold } from "../../src/text/fold.ts";
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

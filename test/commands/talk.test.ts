import { expect, test } from "bun:test";
import type { ChatEvent, EventOf } from "../../src/chat/model/event.ts";
import { ignoredAfterLogin, ignoredAfterRename } from "../../src/commands/talk.ts";
import { fold } from "../../src/text/fold.ts";
import { PlainFixture } from "../support/plain-fixture.ts";

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

import { expect, test } from "bun:test";
import type { ChatEvent, EventOf } from "../../src/chat/model/event.ts";
import { ignoredAfterLogin, ignoredAfterRename, isIgnored, NOBODY } from "../../src/commands/talk.ts";
import { fold } from "../../src/text/fold.ts";
import { Stage } from "../support/plain-stage.ts";

test("/me says what one does", () => {
  const [ann, bob] = new Stage().pair("ann", "bob");
  const seen = ["[12:03] * ann waves to all"];
  expect([ann.types("/me waves to all"), bob.reads()]).toEqual([seen, seen]);
});

test("//x says /x, and keeps the blanks before it", () => {
  const ann = new Stage().brings("ann");
  ann.reads();
  expect(ann.types("//etc/passwd", "  //x")).toEqual(["[12:03] <ann> /etc/passwd", "[12:03] <ann>   /x"]);
});

test("/history shows as many as are asked for, the latest, and ends with a word", () => {
  const ann = new Stage().brings("ann");
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
  const ann = new Stage().brings("ann");
  ann.reads();
  expect(ann.types(`/history ${words}`)).toEqual([
    `-- "${words}" is no number from 1 to 1000: /history 200 shows the last 200 messages.`,
  ]);
});

test("/away goes, comes back, and goes with words", () => {
  const ann = new Stage().brings("ann");
  ann.reads();
  expect(ann.types("/away", "/away", "/back", "/afk for tea", "/back")).toEqual([
    "-- You are away: away",
    "-- You are back.",
    "-- You are not away.",
    "-- You are away: for tea",
    "-- You are back.",
  ]);
});

test("/echo off: who sees what they type is not shown it again; the others are, and history has it", () => {
  const [ann, bob] = new Stage().pair("ann", "bob");
  ann.types("/echo off");
  bob.reads();
  expect(ann.types("hello", "/me waves", "/msg bob psst")).toEqual([]);
  expect(bob.reads()).toEqual(["[12:03] <ann> hello", "[12:03] * ann waves", "[12:03] ann → you: psst"]);
  expect(bob.types("hi")).toEqual(["[12:03] <bob> hi"]);
  expect(ann.reads()).toEqual(["[12:03] <bob> hi"]);
  expect(ann.types("/history 3")[0]).toBe("[12:03] <ann> hello");
});

test("with /echo off, what one says to oneself comes once, and what is refused is told", () => {
  const ann = new Stage().brings("ann");
  ann.types("/echo off");
  expect(ann.types("/msg ann note")).toHaveLength(1);
  expect(ann.types("/msg nobody hi")[0]).toStartWith("-- ");
});

test("/echo on ends that, and alone tells how it is", () => {
  const ann = new Stage().brings("ann");
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

/** Of an event only who caused it is looked at. */
function event(type: string, nick: string): ChatEvent {
  return { type, from: { nick }, by: { nick }, who: { nick } } as unknown as ChatEvent;
}

const ROWS: readonly [string, string, boolean][] = [
  ["said", "Pest", true],
  ["said", "ann", false],
  ["signalled", "pest", true],
  ["invited", "pest", true],
  ["joined", "pest", false],
  ["kicked", "pest", false],
];

test.each(ROWS)("%s by %s is ignored: %p", (type, nick, ignored) => {
  expect(isIgnored(event(type, nick), pest)).toBe(ignored);
  expect(isIgnored(event(type, nick), NOBODY)).toBe(false);
});

test("the list follows a new nick, and is left alone by others'", () => {
  const renamed = (nick: string) => ({ ...event("renamed", nick), nick: "saint" }) as EventOf<"renamed">;
  expect(ignoredAfterRename(renamed("PEST"), pest)).toEqual(new Set([fold("saint")]));
  expect(ignoredAfterRename(renamed("ann"), pest)).toBeUndefined();
});

test("whoever logs in ignores those whom the account does, besides their own", () => {
  const own = new Set([fold("bob")]);
  expect([...ignoredAfterLogin(own, [fold("eve"), fold("bob")])]).toEqual([fold("bob"), fold("eve")]);
  expect(ignoredAfterLogin(own, [])).toBe(own);
});

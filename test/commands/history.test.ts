import { expect, test } from "bun:test";
import type { EventOf } from "../../src/chat/model/event.ts";
import { recall, type View } from "../../src/commands/history.ts";
import { fold } from "../../src/text/fold.ts";
import { NOON } from "../plain/stage.ts";

const view: View = { self: fold("me"), current: fold("#lobby"), ignored: new Set([fold("pest")]) };

function said(change: Partial<EventOf<"said">>): EventOf<"said"> {
  return {
    type: "said",
    from: { nick: "ann", user: "u", host: "h", realname: "", account: undefined },
    to: "#lobby",
    inRoom: true,
    rank: undefined,
    manner: "words",
    text: "hi",
    tags: undefined,
    away: undefined,
    seq: 1,
    time: NOON,
    origin: undefined,
    ...change,
  };
}

test("history names the day where it is not today", () => {
  const day = 24 * 60 * 60 * 1000;
  const events = [said({ time: NOON - 2 * day }), said({ time: NOON - 2 * day }), said({ time: NOON })];
  const hi = { said: "[12:03] <ann> hi" };
  expect([...recall(events, view, NOON)]).toEqual(["Saturday, 3 January 2026", hi, hi, "Monday, 5 January 2026", hi]);
});

test("today's history names no day, nor one that has nothing to show", () => {
  const events = [said({ time: 0, manner: "query" }), said({ text: "a\nb" })];
  expect([...recall(events, view, NOON)]).toEqual([{ said: "[12:03] <ann> a" }, { said: "[12:03] <ann> b" }]);
});

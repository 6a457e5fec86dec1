import { expect, test } from "bun:test";
import { costOf, type Talk } from "../../../src/client/model/state.ts";

const said: Talk = {
  kind: "said",
  time: 0,
  room: "#lobby",
  nick: "bob",
  to: undefined,
  text: "hi",
  msgid: "m1",
  account: "bob",
  mention: false,
  past: false,
};

test("a line costs what all of it takes, not its text alone", () => {
  const long = "x".repeat(1000);
  for (const part of ["text", "nick", "msgid", "account", "room", "to"]) {
    expect(costOf({ ...said, [part]: long })).toBeGreaterThan(1000);
  }
  expect(costOf({ kind: "event", time: 0, text: long, rooms: [] })).toBeGreaterThan(1000);
  expect(costOf({ kind: "event", time: 0, text: "", rooms: Array(200).fill("#x") })).toBeGreaterThan(1000);
});

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
  replayed: false,
};

test("the cost of a line counts all its fields", () => {
  const long = "x".repeat(1000);
  for (const part of ["text", "nick", "msgid", "account", "room", "to"]) {
    expect(costOf({ ...said, [part]: long })).toBeGreaterThan(1000);
  }
  expect(costOf({ kind: "event", time: 0, text: long, rooms: [] })).toBeGreaterThan(1000);
  expect(costOf({ kind: "event", time: 0, text: "", rooms: Array(200).fill("#x") })).toBeGreaterThan(1000);
});

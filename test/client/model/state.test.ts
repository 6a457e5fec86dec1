import { expect, test } from "bun:test";
import { costOf, isOurAccount, offerOf } from "../../../src/client/model/state.ts";
import { aMessage } from "../../support/client/message.ts";
import { inLobby } from "../../support/client/play.ts";

const said = aMessage({ account: "bob" });

test("the cost of a line counts all its fields", () => {
  const long = "x".repeat(1000);
  for (const part of ["text", "nick", "msgid", "account", "room", "to"]) {
    expect(costOf({ ...said, [part]: long })).toBeGreaterThan(1000);
  }
  expect(costOf({ kind: "event", time: 0, text: long, rooms: [] })).toBeGreaterThan(1000);
  expect(costOf({ kind: "event", time: 0, text: "", rooms: Array(200).fill("#x") })).toBeGreaterThan(1000);
});

test("our account is the one that we are logged in to, in any case; a guest has none", () => {
  const { model } = inLobby();
  const ann = { ...model, account: "Ann" };
  expect([isOurAccount(ann, "ann"), isOurAccount(ann, "bob"), isOurAccount(ann, undefined)]).toEqual([
    true,
    false,
    false,
  ]);
  expect(isOurAccount(model, undefined)).toBe(false);
});

test("an offered capability has a value, or an empty one; another has none", () => {
  const model = { ...inLobby().model, offered: new Set(["sasl=PLAIN,EXTERNAL", "batch", "sasl-more=x"]) };
  expect(["sasl", "batch", "more", "sas"].map((name) => offerOf(model, name))).toEqual([
    "PLAIN,EXTERNAL",
    "",
    undefined,
    undefined,
  ]);
});

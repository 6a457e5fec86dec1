import { expect, test } from "bun:test";
import type { Reaction } from "../../../src/client/model/state.ts";
import { countsOf, quoteOf, type Reactor, withReaction } from "../../../src/client/ui/reactions.ts";

function after(...script: readonly string[]): readonly Reactor[] {
  return script.reduce<readonly Reactor[]>((reactors, word) => {
    const [, sign, person = "", text = ""] = /^([+-])(\w+) (.+)$/.exec(word) ?? [];
    const reaction: Reaction = {
      kind: sign === "-" ? "unreacted" : "reacted",
      time: 0,
      room: "#lobby",
      nick: person,
      to: undefined,
      text,
      msgid: undefined,
      account: undefined,
      replayed: false,
      own: person === "ann",
      of: "m1",
    };
    return withReaction(reactors, reaction, person);
  }, []);
}

test.each([
  [["+bob 👍", "+zoe 👍"], [["👍", 2, false]]],
  [["+bob 👍", "+bob 👍"], [["👍", 1, false]]],
  [
    ["+bob 👍", "+bob ❤", "+ann 👍"],
    [
      ["❤", 1, false],
      ["👍", 2, true],
    ],
  ],
  [["+ann 👍", "-ann 👍"], []],
  [["+ann 👍", "-bob 👍"], [["👍", 1, true]]],
] as const)("%j counts as %j", (script, counts) => {
  const sorted = countsOf(after(...script)).map(({ text, count, own }) => [text, count, own] as const);
  expect(new Set(sorted.map(String))).toEqual(new Set(counts.map(String)));
});

test("a message keeps at most 200 reactions", () => {
  expect(after(...Array.from({ length: 300 }, (_, i) => `+p${i} 👍`)).length).toBe(200);
});

test("a quote is the beginning of the first line", () => {
  expect(quoteOf({ nick: "bob", text: "one\ntwo" })).toEqual({ nick: "bob", text: "one" });
  expect(quoteOf({ nick: "bob", text: "x".repeat(100) }).text).toBe(`${"x".repeat(79)}…`);
});

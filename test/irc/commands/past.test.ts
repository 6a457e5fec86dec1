import { expect, test } from "bun:test";
import type { ChatEvent } from "../../../src/chat/model/event.ts";
import { Past } from "../../../src/irc/commands/past.ts";

function who(nick: string, user = "u") {
  return { nick, user, host: "h", realname: "", account: undefined };
}

function gone(nick: string, user: string, time: number): ChatEvent {
  return { type: "quit", who: who(nick, user), reason: "", seq: time, time, origin: undefined };
}

function renamed(nick: string, to: string, time: number): ChatEvent {
  return { type: "renamed", who: who(nick), nick: to, wanted: undefined, seq: time, time, origin: undefined };
}

test("who had a nick is found, the latest first, whatever the nick's case", () => {
  const past = new Past();
  for (const event of [gone("ann", "one", 1), gone("bob", "x", 2), gone("Ann", "two", 3)]) past.observe(event);
  expect(past.find("ANN", 9).map(({ who, at }) => [who.user, at])).toEqual([
    ["two", 3],
    ["one", 1],
  ]);
  expect(past.find("ann", 1).length).toBe(1);
  expect(past.find("eve", 9)).toEqual([]);
});

test("a nick is given up by another one, not by its case", () => {
  const past = new Past();
  past.observe(renamed("ann", "ANN", 1));
  expect(past.find("ann", 9)).toEqual([]);
  past.observe(renamed("ANN", "eve", 2));
  expect(past.find("ann", 9).length).toBe(1);
});

test("only the latest are remembered", () => {
  const past = new Past();
  for (let i = 0; i < 2500; i++) past.observe(gone(i % 2 ? "odd" : "even", "u", i));
  expect(past.find("odd", 9999).length).toBe(500);
  expect(past.find("odd", 1)[0]?.at).toBe(2499);
});

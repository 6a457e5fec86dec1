import { expect, test } from "bun:test";
import type { EventOf } from "../../src/chat/model/event.ts";
import { type ReaderView, renderHistory } from "../../src/commands/history.ts";
import { fold } from "../../src/text/fold.ts";
import { startChat } from "../support/chat-server.ts";
import { NOON } from "../support/plain-fixture.ts";
import { play, rule } from "../support/transcript.ts";

const view: ReaderView = { self: fold("me"), current: fold("#lobby"), ignored: new Set([fold("pest")]) };

function said(change: Partial<EventOf<"said">>): EventOf<"said"> {
  return {
    type: "said",
    from: { nick: "ann", user: "u", host: "h", realname: "", account: undefined },
    to: "#lobby",
    inRoom: true,
    rank: undefined,
    kind: "words",
    text: "hi",
    tags: undefined,
    away: undefined,
    seq: 1,
    msgid: "",
    time: NOON,
    origin: undefined,
    ...change,
  };
}

test("history names the day of older messages", () => {
  const day = 24 * 60 * 60 * 1000;
  const events = [said({ time: NOON - 2 * day }), said({ time: NOON - 2 * day }), said({ time: NOON })];
  const hi = { said: "[12:03] <ann> hi" };
  expect([...renderHistory(events, view, NOON)]).toEqual([
    "Saturday, 3 January 2026",
    hi,
    hi,
    "Monday, 5 January 2026",
    hi,
  ]);
});

test("history names no day for today, nor for a day without messages", () => {
  const events = [said({ time: 0, kind: "query" }), said({ text: "a\nb" })];
  expect([...renderHistory(events, view, NOON)]).toEqual([{ said: "[12:03] <ann> a" }, { said: "[12:03] <ann> b" }]);
});

rule(
  "/search finds words in all of your rooms, newest first",
  `
    ann: nc
    ann> the deploy failed
    ann~ failed
    ann> /join dev
    ann~ operator
    ann> deployed again
    ann~ again
    ann> /search deploy
    ann< [*] #dev <ann> deployed again
    ann< [*] #lobby <ann> the deploy failed
    ann< -- That was found with deploy in it, the latest first.
    ann> /search deploy failed
    ann< [*] #lobby <ann> the deploy failed
    ann< -- That was found with deploy failed in it, the latest first.
    ann> /search here deploy
    ann< [*] #dev <ann> deployed again
    ann< -- That was found with deploy in it, the latest first.
    ann> /search here
    ann< -- Nothing was found with here in it.
    ann> /search redeploy
    ann< -- Nothing was found with redeploy in it.
    ann> /search ?
    ann< -- "?" has no word to look for; /search deploy finds it, and deployed too.
    ann> /search
    ann< -- That needs more: /search [here] WORDS
    bob: nc
    bob> /search again
    bob< -- Nothing was found with again in it.
    `,
);

test("/search shows at most a hundred messages", async () => {
  await using chat = startChat();
  const lines = Array.from({ length: 101 }, (_, i) => `ann> word ${i}.\nann~ word ${i}.`).join("\n");
  await play(
    chat.port,
    `
    ann: nc
    ${lines}
    ann> /search word
    ann~ <ann> word 1.
    ann< -- These are the latest 100 with word in it; more words find fewer.
    `,
  );
});

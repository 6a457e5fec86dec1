import { test } from "bun:test";
import { startChat } from "../harness.ts";
import { play } from "../transcript.ts";

test("/search finds words in all of one's rooms, the latest first", async () => {
  await using chat = startChat();
  await play(
    chat.port,
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
    ann> /search redeploy
    ann< -- Nothing was found with redeploy in it.
    ann> /search ?
    ann< -- "?" has no word to look for; /search deploy finds it, and deployed too.
    ann> /search
    ann< -- That needs more: /search WORDS
    bob: nc
    bob> /search again
    bob< -- Nothing was found with again in it.
    `,
  );
});

test("a hundred are shown at the most", async () => {
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

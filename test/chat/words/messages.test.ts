import { expect, test } from "bun:test";
import type { EventOf } from "../../../src/chat/model/event.ts";
import { keptWords, reactionWords, redactedWords } from "../../../src/chat/words/messages.ts";
import { fold } from "../../../src/text/fold.ts";
import { redacted, said } from "../../support/temporary-store.ts";

type Parts = Partial<EventOf<"redacted">>;

const OWN = { isOwn: true };
const { from } = said(1);
const OTHERS = { isOwn: false, from: { ...from, nick: "bob" } };

test.each<[Parts, string, string | undefined]>([
  [{ ...OWN, excerpt: { text: "hi" } }, "", "took back: hi"],
  [{ ...OWN, excerpt: { text: "hi" }, reason: "oops" }, " in #dev", "took back in #dev: hi (oops)"],
  [{ ...OWN, excerpt: { text: "" } }, "", "took back a message"],
  [{ ...OWN, excerpt: { emoji: "👍" } }, "", "took back 👍"],
  [{ ...OTHERS, excerpt: { text: "hi" } }, "", "took back a message of bob: hi"],
  [{ ...OTHERS, excerpt: { text: "" }, reason: "spam" }, " in #dev", "took back a message of bob in #dev (spam)"],
  [{ ...OTHERS, excerpt: { emoji: "👍" } }, "", "took back 👍 of bob"],
  [{ ...OWN, excerpt: undefined }, "", undefined],
])("a redaction of %j%s reads %p", (parts, where, words) => {
  expect(redactedWords({ ...redacted(fold("#dev"), 1), ...parts }, where)).toBe(words);
});

test.each([
  [{ isOn: true, text: "hi" }, "", "reacted 👍 to ann: hi"],
  [{ isOn: false, text: "hi" }, " in #dev", "took back 👍 to ann in #dev: hi"],
  [{ isOn: true, text: "" }, " in #dev", "reacted 👍 to a message of ann in #dev"],
])("a reaction of %j%s reads %p", (parts, where, words) => {
  expect(reactionWords({ emoji: "👍", to: from, ...parts }, where)).toBe(words);
});

test.each([
  [undefined, "What is said in #dev is kept: whoever joins can read it"],
  [7 * 86_400_000, "What is said in #dev is kept for 7d: whoever joins can read it"],
  [0, undefined],
])("history that is kept for %p is told so: %p", (kept, words) => {
  expect(keptWords("#dev", kept)).toBe(words);
});

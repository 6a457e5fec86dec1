import { expect, test } from "bun:test";
import type { EventOf } from "../../../src/chat/model/event.ts";
import { keptWords, reactionWords, redactedWords } from "../../../src/chat/words/messages.ts";
import { fold } from "../../../src/text/fold.ts";
import { redacted, said } from "../../support/temporary-store.ts";

type Parts = Partial<EventOf<"redacted">>;

const AT = new Date(2026, 0, 5, 8, 46).getTime();
const DAY = 86_400_000;
const MESSAGE = { what: "message", at: AT } as const;
const OWN = { isOwn: true };
const { from } = said(1);
const OTHERS = { isOwn: false, from: { ...from, nick: "bob" } };

test.each<[Parts, string, string | undefined]>([
  [{ ...OWN, subject: MESSAGE }, "", "took back a message of 08:46"],
  [{ ...OWN, subject: MESSAGE, reason: "oops" }, " in #dev", "took back a message of 08:46 in #dev (oops)"],
  [{ ...OWN, subject: { what: "reaction", at: AT } }, "", "took back a reaction of 08:46"],
  [{ ...OTHERS, subject: MESSAGE }, "", "took back bob's message of 08:46"],
  [{ ...OTHERS, subject: { what: "message", at: AT - DAY } }, "", "took back bob's message of 2026-01-04 08:46"],
  [{ ...OTHERS, subject: { what: "reaction", at: AT } }, "", "took back bob's reaction of 08:46"],
  [{ ...OWN, subject: undefined }, "", undefined],
])("a redaction of %j%s reads %p", (parts, where, words) => {
  expect(redactedWords({ ...redacted(fold("#dev"), 1), time: AT, ...parts }, where)).toBe(words);
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

import { expect, test } from "bun:test";
import type { EventOf } from "../../../src/chat/model/event.ts";
import {
  banLiftedWords,
  banListWords,
  bannedWords,
  banSetWords,
  droppedRoomWords,
  dropWords,
  durationWords,
  forHowLong,
  keptWords,
  reactionWords,
  redactedWords,
} from "../../../src/chat/words/events.ts";
import { fold } from "../../../src/text/fold.ts";
import { redacted, said } from "../../support/temporary-store.ts";

const NOON = Date.UTC(2026, 0, 5, 12);
const HOUR = 3_600_000;

test("a ban says until when, and why", () => {
  expect(bannedWords({ until: NOON, reason: "spam" })).toBe(
    "You are banned from this server until 2026-01-05 12:00 UTC: spam",
  );
  expect(bannedWords({ reason: "" })).toBe("You are banned from this server");
  expect(banSetWords("root", { target: "a:eve", lasts: 2 * HOUR, reason: "spam" })).toBe(
    "root banned a:eve from this server for 2h: spam",
  );
  expect(banLiftedWords("root", "a:eve")).toBe("root lifted the ban of a:eve from this server");
  expect(banLiftedWords(undefined, "a:eve")).toBe("The ban of a:eve from this server has ended");
  expect(durationWords("5x")).toBe('Duration "5x": use 10m, 2h or 7d');
  expect([forHowLong(undefined), forHowLong(600_000)]).toEqual(["", " for 10m"]);
});

test("a ban in the list has its author, time and remaining duration", () => {
  const ban = { kind: "mask", target: "a:eve", by: "root", at: NOON, reason: "spam" } as const;
  expect(banListWords(ban, NOON)).toBe("a:eve: by root on 2026-01-05 12:00 UTC, no end: spam");
  expect(banListWords({ ...ban, until: NOON + 2 * HOUR, reason: "" }, NOON + HOUR)).toBe(
    "a:eve: by root on 2026-01-05 12:00 UTC, until 2026-01-05 14:00 UTC (1h left)",
  );
});

test("a dropped room is reported with the reason, if there is one", () => {
  const by = { nick: "root", user: "", host: "", realname: "", account: undefined };
  expect([dropWords(""), dropWords("spam")]).toEqual(["The room is dropped", "The room is dropped: spam"]);
  expect(droppedRoomWords({ by, room: "#a", reason: "spam" })).toBe("root dropped #a, with what was said in it: spam");
});

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

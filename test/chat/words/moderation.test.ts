import { expect, test } from "bun:test";
import {
  bannedWords,
  droppedRoomWords,
  dropWords,
  durationWords,
  forHowLong,
  liftedWords,
  listedWords,
  setWords,
} from "../../../src/chat/words/moderation.ts";

const NOON = Date.UTC(2026, 0, 5, 12);
const HOUR = 3_600_000;

test("a ban says until when, and why", () => {
  expect(bannedWords({ until: NOON, reason: "spam" })).toBe(
    "You are banned from this server until 2026-01-05 12:00 UTC: spam",
  );
  expect(bannedWords({ reason: "" })).toBe("You are banned from this server");
  expect(setWords("root", { target: "a:eve", lasts: 2 * HOUR, reason: "spam" })).toBe(
    "root banned a:eve from this server for 2h: spam",
  );
  expect(liftedWords("root", "a:eve")).toBe("root lifted the ban of a:eve from this server");
  expect(liftedWords(undefined, "a:eve")).toBe("The ban of a:eve from this server has ended");
  expect(durationWords("5x")).toBe('Duration "5x": use 10m, 2h or 7d');
  expect([forHowLong(undefined), forHowLong(600_000)]).toEqual(["", " for 10m"]);
});

test("in the list a ban has who set it, when, and what remains", () => {
  const ban = { kind: "mask", target: "a:eve", by: "root", at: NOON, reason: "spam" } as const;
  expect(listedWords(ban, NOON)).toBe("a:eve: by root on 2026-01-05 12:00 UTC, no end: spam");
  expect(listedWords({ ...ban, until: NOON + 2 * HOUR, reason: "" }, NOON + HOUR)).toBe(
    "a:eve: by root on 2026-01-05 12:00 UTC, until 2026-01-05 14:00 UTC (1h left)",
  );
});

test("that a room is dropped is told with the reason, if there is one", () => {
  const by = { nick: "root", user: "", host: "", realname: "", account: undefined };
  expect([dropWords(""), dropWords("spam")]).toEqual(["The room is dropped", "The room is dropped: spam"]);
  expect(droppedRoomWords({ by, room: "#a", reason: "spam" })).toBe("root dropped #a, with what was said in it: spam");
});

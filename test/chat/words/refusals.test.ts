import { expect, test } from "bun:test";
import { CHAT_LIMITS } from "../../../src/chat/model/limits.ts";
import type { Refusal } from "../../../src/chat/model/refusal.ts";
import { wordsFor } from "../../../src/chat/words/refusals.ts";

const room = "#dev";

/** The refusal, the names that its text must have, and the command that it must suggest. */
const ROWS: readonly [Refusal, string, string][] = [
  [{ why: "nick-taken", nick: "ann" }, "ann", "/nick"],
  [{ why: "nick-bad", nick: "7up" }, '"7up"', "32 characters"],
  [{ why: "nick-kept", nick: "admin", free: "admin-2" }, "admin", "/nick admin-2"],
  [{ why: "nick-alike", nick: "l1sa", like: "lisa", free: "l1sa-2" }, "looks like lisa", "/nick l1sa-2"],
  [{ why: "nick-escapes-ban", nick: "ann", room }, room, "/leave #dev"],
  [{ why: "no-such-nick", nick: "ann" }, "ann", "/who"],
  [{ why: "no-such-room", room }, room, "/rooms"],
  [{ why: "room-name-bad", room: "#a,b" }, '"#a,b"', "64 characters"],
  [{ why: "room-alike", room: "#d3v", like: room }, "looks like #dev", "/join #dev"],
  [{ why: "not-in-room", room }, room, "/join #dev"],
  [{ why: "they-not-in-room", room, nick: "ann" }, "ann", "/who #dev"],
  [{ why: "they-in-room", room, nick: "ann" }, "ann", "already"],
  [{ why: "cannot-join", room, obstacle: "full" }, room, "try again"],
  [{ why: "cannot-join", room, obstacle: "invite-only" }, room, "ask"],
  [{ why: "cannot-join", room, obstacle: "banned" }, room, "operators"],
  [{ why: "cannot-join", room, obstacle: "key" }, room, "/join #dev KEY"],
  [{ why: "too-many-rooms", room, limit: 100 }, "100", "/leave"],
  [{ why: "cannot-say", room, obstacle: "outside" }, "Not said", "/join #dev"],
  [{ why: "cannot-say", room, obstacle: "moderated" }, "Not said", "operators"],
  [{ why: "cannot-say", room, obstacle: "banned" }, "Not said", "operators"],
  [{ why: "cannot-say", room, obstacle: "no-queries" }, "Not sent", room],
  [{ why: "not-operator", room }, room, "/who #dev"],
  [{ why: "nothing-to-say", to: room }, room, "text"],
  [{ why: "message-too-long", to: room, limit: 4096, unit: "bytes" }, "Not said", "4096 bytes"],
  [{ why: "message-too-long", to: room, limit: 100, unit: "lines" }, "Not said", "100 lines"],
  [{ why: "list-full", room, list: "ban", mask: "b!*@*" }, "b!*@*", "/unban"],
  [{ why: "mode-value-bad", room, mode: "key", value: "a b" }, "A key", "32 characters"],
  [{ why: "mode-value-bad", room, mode: "limit", value: "-1" }, '"-1"', "whole number"],
  [{ why: "mode-value-bad", room, mode: "ban", value: ":" }, '":"', "nick!user@host"],
  [{ why: "realname-bad" }, "real name", "150 bytes"],
  [{ why: "not-stored", what: "message" }, "Not said", "try again"],
];

test.each(ROWS)("%j", (refusal, named, wayOut) => {
  const words = wordsFor(refusal, CHAT_LIMITS);
  expect(words).toContain(named);
  expect(words).toContain(wayOut);
  expect(words).toEndWith(".");
});

import { expect, test } from "bun:test";
import type { RoomId, TokenRecord } from "../../../src/chat/model/token.ts";
import { tokenLine, tokenRemovedWords } from "../../../src/chat/words/tokens.ts";

const TOKEN: TokenRecord = { hash: "0123456789", kind: "hook", owner: "#7" as RoomId, name: "ci", created: 0 };

test.each<[Partial<TokenRecord>, string]>([
  [{}, "012345: ci, made 1970-01-01 00:00 UTC."],
  [{ until: 3_601_000 }, "012345: ci, made 1970-01-01 00:00 UTC, ends in 1h."],
  [{ uses: 1 }, "012345: ci, made 1970-01-01 00:00 UTC, 1 use left."],
  [{ until: 61_000, uses: 10 }, "012345: ci, made 1970-01-01 00:00 UTC, ends in 1m, 10 uses left."],
])("a token with %j is listed as %s", (more, line) => {
  expect(tokenLine({ ...TOKEN, ...more }, 1000)).toBe(line);
});

test.each([
  ["login", "The token ci has ended."],
  ["hook", "The webhook ci has ended."],
  ["invitation", "The invitation link 012345 has ended."],
] as const)("a token of the kind %s that was removed is told as %s", (kind, words) => {
  expect(tokenRemovedWords({ ...TOKEN, kind })).toBe(words);
});

import { expect, test } from "bun:test";
import { FLAGS, isFlag, LISTS, RANKS } from "../../../src/chat/model/modes.ts";

test("a flag is no rank, no list, no key and no limit", () => {
  expect(FLAGS.every(isFlag)).toBe(true);
  expect([...RANKS, ...LISTS, "key" as const, "limit" as const].some(isFlag)).toBe(false);
});

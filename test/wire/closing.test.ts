import { expect, test } from "bun:test";
import { closing, limitBehind } from "../../src/wire/closing.ts";

test("a reason has its words, or words that say more", () => {
  expect(closing("send-queue")).toEqual({ why: "send-queue", words: "SendQ exceeded" });
  expect(closing("quit", "Quit: so long")).toEqual({ why: "quit", words: "Quit: so long" });
});

test("what a limit has ended is counted by its reason, and a wish is not", () => {
  expect(limitBehind(closing("silence", "Ping timeout: 150 seconds"))).toBe("silence");
  expect(limitBehind(closing("quit", "Ping timeout"))).toBeUndefined();
});

import { expect, test } from "bun:test";
import { closing, limitBehind } from "../../src/wire/closing.ts";

test("a reason has its own words, or more specific ones", () => {
  expect(closing("send-queue")).toEqual({ why: "send-queue", words: "SendQ exceeded" });
  expect(closing("quit", "Quit: so long")).toEqual({ why: "quit", words: "Quit: so long" });
});

test("only a limit is counted by its reason, whatever the words are", () => {
  expect(limitBehind(closing("silence", "Ping timeout: 150 seconds"))).toBe("silence");
  expect(limitBehind(closing("quit", "Ping timeout"))).toBeUndefined();
});

import { expect, test } from "bun:test";
import { accountWords } from "../../../src/chat/words/accounts.ts";

test.each([
  [{ why: "too-many-tries", seconds: 40 }, "That was tried too often; try again in 40 seconds"],
  [{ why: "too-many-tries", seconds: 1 }, "That was tried too often; try again in 1 second"],
  [
    { why: "too-many-registrations", most: 10, seconds: 7200 },
    "Your address has made 10 accounts in a day, and that is the most; try again in 2h",
  ],
  [{ why: "password-bad", least: 8, most: 1024 }, "A password has at least 8 characters and at most 1024 bytes"],
  [{ why: "nick-in-use", name: "ann" }, "That nick is in use by someone else"],
] as const)("%p is told as: %s", (refusal, words) => {
  expect(accountWords(refusal)).toBe(words);
});

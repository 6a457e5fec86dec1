import { expect, test } from "bun:test";
import { codeWords, keyLines, keyRegisteredWords } from "../../../src/chat/words/keys.ts";
import { anAccount } from "../../support/chat-fixture.ts";

test("keys are listed with their kind, name and times, as far as they are known", () => {
  const account = anAccount("ann", {
    fingerprints: ["SHA256:abc", "ab"],
    named: ["cd"],
    keys: [{ fingerprint: "SHA256:abc", name: "laptop", added: 0, used: 86_400_000 }],
  });
  expect(keyLines(account, "ab")).toEqual([
    "Key 1: SSH SHA256:abc, laptop, added 1970-01-01 00:00 UTC, last used 1970-01-02 00:00 UTC",
    "Key 2: TLS ab (this device)",
    "Key 3: TLS cd, with the name ann",
  ]);
});

test("who registers by key is told what a lost key costs", () => {
  expect(keyRegisteredWords("ann", "SHA256:abc")).toBe(
    "ann is registered, and yours: the SSH key of this device logs in to it. If the key is lost, only another device of yours (/devices add) or the operator of this server (tcpchat account passwd) lets you back in; /passwd PASSWORD sets a password.",
  );
});

test("the code is shown as the line to type", () => {
  expect(codeWords("ann", "ABCD-EFGH")).toMatch(/The code works once.*within 10 minutes: \/link ann ABCD-EFGH$/);
});

import { expect, test } from "bun:test";
import type { Accounts } from "../../../src/chat/accounts.ts";
import type { Act } from "../../../src/chat/model/act.ts";
import {
  aboutCertificates,
  accountWords,
  codeWords,
  keyLines,
  keyRegisteredWords,
  passwordRemarks,
} from "../../../src/chat/words/accounts.ts";
import { anAccount, ChatFixture, enter, newAccounts, RecordingSession } from "../../support/chat-fixture.ts";

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

const [SHOWN, OTHER] = ["ab".repeat(32), "cd".repeat(32)];

/** Asks about ann's certificates, one thing after the other, from a session that has shown one. */
function asks(...requests: readonly string[]): readonly string[] {
  const { store, chat } = new ChatFixture();
  const account = anAccount("ann", { hash: "x" });
  store.saveAccount(account);
  const hashing = { hash: async () => ({ hash: "", scram: undefined }), verify: async () => false };
  const accounts = newAccounts({
    store,
    chat,
    hashing: { ...hashing, dummy: Promise.resolve("") },
    newId: () => account.id,
    steady: () => 0,
  });
  const session = new RecordingSession(chat);
  session.does({ ...enter("ann"), account } as Act);
  const owner = { account, shown: SHOWN, session };
  const answers: string[] = [];
  for (const request of requests)
    aboutCertificates(accounts, owner, request.split(" ").filter(Boolean), (lines) => void answers.push(...lines));
  return answers;
}

test.each([
  [["add"], `${SHOWN} logs in to ann by SASL EXTERNAL.`],
  [[`ADD ${SHOWN.toUpperCase()}`], `${SHOWN} logs in to ann by SASL EXTERNAL.`],
  [["add", "add"], "That certificate logs in to an account already."],
  [["add", "list"], "1 certificate logs in to ann by SASL EXTERNAL."],
  [["add", "del"], `${SHOWN} no longer logs in to ann by SASL EXTERNAL.`],
  [["del"], "That certificate does not log in to your account."],
  [["add short"], "A fingerprint is SHA-256, in 64 hexadecimal digits."],
  [[`add ${OTHER}`, ""], "1 certificate logs in to ann by SASL EXTERNAL."],
  [["guess"], "That is LIST, ADD [fingerprint] or DEL [fingerprint]."],
])("%j is answered with %j", (requests, answer) => {
  expect(asks(...requests).at(-1)).toBe(answer);
});

test("certificates are listed with how each logs in", () => {
  expect(asks("add", `add ${OTHER}`, "list").slice(2)).toEqual([
    `${SHOWN} (you have shown it)`,
    `${OTHER} (with the name ann)`,
    "2 certificates log in to ann by SASL EXTERNAL.",
  ]);
});

test("a guest has no certificates", () => {
  const session = new RecordingSession(new ChatFixture().chat);
  const answers: string[] = [];
  const owner = { account: undefined, shown: SHOWN, session };
  aboutCertificates({} as Accounts, owner, ["list"], (lines) => void answers.push(...lines));
  expect(answers).toEqual(["Log in first: only the owner of an account can do that."]);
});

test("remarks on a password name its length with blanks, and that it is short", () => {
  expect(passwordRemarks("sesame8")).toBe(" The password is short: 8 characters or more are harder to guess.");
  expect(passwordRemarks("sesame88")).toBe("");
  expect(passwordRemarks("two words")).toBe(" The password has 9 characters, with its blanks.");
});

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

test("a registration by key warns about a lost key", () => {
  expect(keyRegisteredWords("ann", "SHA256:abc")).toBe(
    "ann is registered, and yours: the SSH key of this device logs in to it. If the key is lost, only another device of yours (/devices add) or the operator of this server (tcpchat account passwd) lets you back in; /passwd PASSWORD sets a password.",
  );
});

test("the code is shown as the line to type", () => {
  expect(codeWords("ann", "ABCD-EFGH")).toMatch(/The code works once.*within 10 minutes: \/link ann ABCD-EFGH$/);
});

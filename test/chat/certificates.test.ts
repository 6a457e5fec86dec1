import { expect, test } from "bun:test";
import { Accounts } from "../../src/chat/accounts.ts";
import { aboutCertificates } from "../../src/chat/certificates.ts";
import { ACCOUNTS, anAccount, Stage } from "./stage.ts";

const [SHOWN, OTHER] = ["ab".repeat(32), "cd".repeat(32)];

/** Asks about ann's certificates, one thing after the other, from a session that has shown one. */
function asks(...requests: readonly string[]): readonly string[] {
  const { store } = new Stage();
  const account = anAccount("ann");
  store.saveAccount(account);
  const hashing = { hash: async () => ({ hash: "", scram: undefined }), verify: async () => false };
  const accounts = new Accounts({
    store,
    hashing: { ...hashing, dummy: Promise.resolve("") },
    clock: () => 0,
    config: ACCOUNTS,
  });
  const owner = { account, shown: SHOWN };
  return requests.flatMap((request) => aboutCertificates(accounts, owner, request.split(" ").filter(Boolean)));
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

test("they are listed with what each can do", () => {
  expect(asks("add", `add ${OTHER}`, "list").slice(2)).toEqual([
    `${SHOWN} (you have shown it)`,
    `${OTHER} (with the name ann)`,
    "2 certificates log in to ann by SASL EXTERNAL.",
  ]);
});

test("a guest has none", () => {
  const [answer] = aboutCertificates({} as Accounts, { account: undefined, shown: SHOWN }, ["list"]);
  expect(answer).toBe("Log in first: that is for the owner of an account.");
});

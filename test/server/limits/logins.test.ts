import { expect, test } from "bun:test";
import type { Asker } from "../../../src/chat/model/session.ts";
import { FailedLogins, operatorCheck, operatorsLost } from "../../../src/server/limits/logins.ts";
import type { Closing } from "../../../src/wire/closing.ts";

const ENTRIES = [
  { name: "ann", password: "plain" },
  { name: "bob", password: "$argon2id$of-hashed" },
  { name: "carl", password: "$ecret" },
];
const EXEMPT: Asker = { address: "127.0.0.1", isExempt: true };

function check(verified: string[] = []) {
  const clock = { now: 0 };
  const hashing = {
    dummy: Promise.resolve("$argon2id$of-nothing"),
    verify: async (password: string, hash: string) => {
      verified.push(hash);
      return hash === `$argon2id$of-${password}`;
    },
  };
  return { clock, isOperator: operatorCheck(ENTRIES, hashing, () => clock.now) };
}

test.each([
  ["ann", "plain", true],
  ["ann", "Plain", false],
  ["ann", "", false],
  ["Ann", "plain", false], // a name is as it is written
  ["bob", "hashed", true],
  ["bob", "$argon2id$of-hashed", false], // whoever has the file has not the password
  ["carl", "$ecret", true],
  ["eve", "plain", false],
  ["eve", "nothing", false], // the hash of nobody opens nothing
  ["", "", false],
])("%j with %j is an operator: %p", async (name, password, isOne) => {
  expect(await check().isOperator(name, password, EXEMPT)).toBe(isOne);
});

test("an unknown name costs as much work as a known one", async () => {
  const verified: string[] = [];
  await check(verified).isOperator("eve", "x", EXEMPT);
  expect(verified).toEqual(["$argon2id$of-nothing"]);
});

test("an address has three tries a minute, and then not even the right password helps", async () => {
  const { clock, isOperator } = check();
  const eve: Asker = { address: "203.0.113.66", isExempt: false };
  for (let i = 0; i < 3; i++) await isOperator("ann", "wrong", eve);
  expect(await isOperator("ann", "plain", eve)).toBe(false);
  expect(await isOperator("ann", "plain", { address: "192.0.2.1", isExempt: false })).toBe(true);
  clock.now = 60_000;
  expect(await isOperator("ann", "plain", eve)).toBe(true);
});

test("of many passwords that come at a time no more are looked at than may be tried", async () => {
  const verified: string[] = [];
  const { isOperator } = check(verified);
  const eve: Asker = { address: "203.0.113.66", isExempt: false };
  await Promise.all(Array.from({ length: 20 }, () => isOperator("bob", "wrong", eve)));
  expect(verified).toHaveLength(3);
});

test("a name is guessed ten times a minute from wherever, and its operator is let in from where they were before", async () => {
  const verified: string[] = [];
  const { isOperator } = check(verified);
  const from = (n: number): Asker => ({ address: `203.0.113.${n}`, isExempt: false });
  for (let i = 0; i < 20; i++) expect(await isOperator("bob", "hashed", from(1))).toBe(true);
  verified.length = 0;
  for (let n = 10; n < 40; n++) await isOperator("bob", "wrong", from(n));
  expect(verified).toHaveLength(10);
  expect(await isOperator("bob", "hashed", from(2))).toBe(false);
  expect(await isOperator("bob", "hashed", from(1))).toBe(true);
  expect(await isOperator("ann", "plain", from(2))).toBe(true);
});

test("operators that a new configuration removes or gives another password are found", () => {
  const after = [
    { name: "ann", password: "plain" },
    { name: "carl", password: "other" },
    { name: "new", password: "x" },
  ];
  expect(operatorsLost(ENTRIES, after)).toEqual({ gone: ["bob"], rekeyed: ["carl"] });
  expect(operatorsLost(ENTRIES, ENTRIES)).toEqual({ gone: [], rekeyed: [] });
});

/** An asker that guesses passwords, and remembers why it was closed. */
function guesser(isExempt = false) {
  const told: Closing[] = [];
  return { address: "127.0.0.1", isExempt, told, farewell: (closing: Closing) => void told.push(closing) };
}

test("the tenth failed login of a connection closes it, and no other", () => {
  const failedLogins = new FailedLogins();
  const [eve, ann] = [guesser(), guesser()];
  failedLogins.wrong(ann);
  for (let n = 0; n < 9; n++) failedLogins.wrong(eve);
  expect(eve.told).toEqual([]);
  failedLogins.wrong(eve);
  failedLogins.wrong(eve);
  expect([eve.told.map(({ why }) => why), ann.told]).toEqual([["login-tries"], []]);
});

test("an exempt connection is not closed for failed logins", () => {
  const failedLogins = new FailedLogins();
  const eve = guesser(true);
  for (let n = 0; n < 100; n++) failedLogins.wrong(eve);
  expect(eve.told).toEqual([]);
});

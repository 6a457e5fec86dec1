import { expect, test } from "bun:test";
import { Accounts, type Asker, type Hashing } from "../../src/chat/accounts.ts";
import { fold } from "../../src/text/fold.ts";
import { Stage } from "./stage.ts";

const HOME: Asker = { address: "192.0.2.1", isExempt: false };
const EXEMPT: Asker = { address: "127.0.0.1", isExempt: true };

/** Hashing that is quick, and tells nothing to anyone; it answers when it is let. */
class FakeHashing implements Hashing {
  readonly dummy = Promise.resolve("hash of nothing");
  readonly verified: string[] = [];
  before: () => void = () => {};

  async hash(password: string) {
    this.before();
    return { hash: `hash of ${password}`, scram: undefined };
  }

  async verify(password: string, hash: string) {
    this.before();
    this.verified.push(hash);
    return hash === `hash of ${password}`;
  }
}

function setup({ registration = true, nickLength = 32 } = {}) {
  const { store } = new Stage();
  const hashing = new FakeHashing();
  const clock = { now: 1000 };
  const accounts = new Accounts({ store, hashing, clock: () => clock.now, registration, nickLength });
  return { store, hashing, clock, accounts };
}

/** An outcome in a word. */
async function word(outcome: ReturnType<Accounts["login"]>): Promise<string> {
  const result = await outcome;
  return "account" in result ? result.account.name : result.refusal.why;
}

test("one who has made an account gets into it with its password, and under any letters of its name", async () => {
  const { accounts } = setup();
  expect(await word(accounts.register("Ann", "sesame", HOME))).toBe("Ann");
  expect(accounts.find("ANN")).toEqual({
    name: "Ann",
    created: 1000,
    hash: "hash of sesame",
    scram: undefined,
    fingerprints: [],
  });
  expect(await word(accounts.login("aNN", "sesame", HOME))).toBe("Ann");
});

test.each([
  ["Ann", "sesame", "account-exists"],
  ["ANN", "sesame", "account-exists"],
  ["l1sa", "sesame", "account-exists"],
  ["guest-7", "sesame", "account-name-bad"],
  ["Adm1n", "sesame", "account-name-bad"],
  ["7up", "sesame", "account-name-bad"],
  ["you", "sesame", "account-name-bad"],
  ["abcdefghi", "sesame", "account-name-bad"],
  ["bob", "", "password-bad"],
  ["bob", "x".repeat(301), "password-bad"],
  ["bob", "ä".repeat(151), "password-bad"],
  ["bob", "x".repeat(300), "bob"],
])("the account %j with the password %j comes to %s", async (name, password, outcome) => {
  const { accounts } = setup({ nickLength: 8 });
  for (const taken of ["Ann", "Lisa"]) await accounts.register(taken, "sesame", EXEMPT);
  expect(await word(accounts.register(name, password, HOME))).toBe(outcome);
});

test("where people may not make accounts, nobody does", async () => {
  const { accounts } = setup({ registration: false });
  expect(await word(accounts.register("ann", "sesame", EXEMPT))).toBe("registration-off");
});

test("of two who make one account at a time, the quicker has it", async () => {
  const { accounts } = setup();
  const outcomes = await Promise.all(["one", "two"].map((password) => word(accounts.register("ann", password, HOME))));
  expect(outcomes).toEqual(["ann", "account-exists"]);
  expect(accounts.find("ann")?.hash).toBe("hash of one");
});

test("an account is not promised while nothing can be stored", async () => {
  const { accounts, store } = setup();
  Object.defineProperty(store, "isDown", { get: () => true });
  expect(await word(accounts.register("ann", "sesame", HOME))).toBe("accounts-not-stored");
  expect(accounts.find("ann")).toBeUndefined();
});

test("a wrong password, and an account that is not there, are refused alike, and as much is done for both", async () => {
  const { accounts, hashing } = setup();
  await accounts.register("ann", "sesame", HOME);
  expect(await word(accounts.login("ann", "wrong", HOME))).toBe("credentials-wrong");
  expect(await word(accounts.login("bob", "wrong", HOME))).toBe("credentials-wrong");
  expect(hashing.verified).toEqual(["hash of sesame", "hash of nothing"]);
});

test("the password of nobody's hash opens nothing", async () => {
  const { accounts, store } = setup();
  store.saveAccount(fold("cert"), {
    name: "cert",
    created: 0,
    hash: undefined,
    scram: undefined,
    fingerprints: ["ab"],
  });
  expect(await word(accounts.login("bob", "nothing", HOME))).toBe("credentials-wrong");
  expect(await word(accounts.login("cert", "nothing", HOME))).toBe("credentials-wrong");
});

test("an account that was removed, or given another password, while one was looked at, is not got into", async () => {
  const { accounts, store, hashing } = setup();
  await accounts.register("ann", "sesame", HOME);
  const ann = accounts.find("ann");
  hashing.before = () => ann && store.saveAccount(fold("ann"), { ...ann, hash: "hash of other" });
  expect(await word(accounts.login("ann", "sesame", HOME))).toBe("credentials-wrong");
  hashing.before = () => store.removeAccount(fold("ann"));
  expect(await word(accounts.login("ann", "other", HOME))).toBe("credentials-wrong");
});

test("three logins a minute are tried from an address, and for an account", async () => {
  const { accounts, clock } = setup();
  await accounts.register("ann", "sesame", EXEMPT);
  const from = (n: number): Asker => ({ address: `192.0.2.${n}`, isExempt: false });
  const outcomes: string[] = [];
  for (let i = 0; i < 4; i++) outcomes.push(await word(accounts.login(`nobody${i}`, "x", from(1))));
  for (let i = 0; i < 4; i++) outcomes.push(await word(accounts.login("ann", "x", from(10 + i))));
  expect(outcomes).toEqual([
    "credentials-wrong",
    "credentials-wrong",
    "credentials-wrong",
    "too-many-tries",
    "credentials-wrong",
    "credentials-wrong",
    "credentials-wrong",
    "too-many-tries",
  ]);
  clock.now += 60_000;
  expect(await word(accounts.login("ann", "sesame", from(1)))).toBe("ann");
});

test("an address that may not try any more uses up nobody's tries", async () => {
  const { accounts } = setup();
  await accounts.register("ann", "sesame", EXEMPT);
  const eve: Asker = { address: "203.0.113.66", isExempt: false };
  for (let i = 0; i < 3; i++) await accounts.login("nobody", "x", eve);
  for (let i = 0; i < 10; i++) expect(await word(accounts.login("ann", "x", eve))).toBe("too-many-tries");
  expect(await word(accounts.login("ann", "sesame", HOME))).toBe("ann");
});

test("one who gets in has their tries back, and one who is exempt needs none", async () => {
  const { accounts } = setup();
  await accounts.register("ann", "sesame", EXEMPT);
  for (let i = 0; i < 10; i++) {
    expect(await word(accounts.login("ann", "wrong", HOME))).toBe("credentials-wrong");
    expect(await word(accounts.login("ann", "sesame", HOME))).toBe("ann");
  }
  for (let i = 0; i < 10; i++) expect(await word(accounts.login("ann", "wrong", EXEMPT))).toBe("credentials-wrong");
});

test("how long to wait is told in seconds", () => {
  const { accounts, clock } = setup();
  for (let i = 0; i < 3; i++) accounts.mayTry("ann", HOME);
  clock.now += 500;
  expect(accounts.mayTry("ann", HOME)).toEqual({ why: "too-many-tries", seconds: 60 });
});

test.each([
  ["ab", "", "ann"],
  ["ab", "ANN", "ann"],
  ["ab", "bob", undefined],
  ["ab", "nobody", undefined],
  ["cd", "", undefined],
  ["", "", undefined],
])("the certificate %j, of one who is called %j, logs in to %p", (fingerprint, name, account) => {
  const { accounts, store } = setup();
  for (const [owner, fingerprints] of [
    ["ann", ["ab"]],
    ["bob", ["ef"]],
  ] as const) {
    store.saveAccount(fold(owner), { name: owner, created: 0, hash: undefined, scram: undefined, fingerprints });
  }
  expect(accounts.withFingerprint(fingerprint, name)?.name).toBe(account as string);
});

test("addresses that count as one have their tries together", async () => {
  const { store, hashing, clock } = setup();
  const blockOf = (address: string) => address.slice(0, 3);
  const accounts = new Accounts({
    store,
    hashing,
    clock: () => clock.now,
    registration: true,
    nickLength: 32,
    blockOf,
  });
  const from = (address: string, name: string) => word(accounts.login(name, "x", { address, isExempt: false }));
  for (const n of [1, 2, 3]) expect(await from(`a::${n}`, `nick${n}`)).toBe("credentials-wrong");
  expect([await from("a::4", "nick4"), await from("b::1", "nick5")]).toEqual(["too-many-tries", "credentials-wrong"]);
});

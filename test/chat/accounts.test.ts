import { expect, test } from "bun:test";
import { type Accounts, fitsPassword, type Hashing } from "../../src/chat/accounts.ts";
import { type AccountId, certificatesOf } from "../../src/chat/model/account.ts";
import type { Act } from "../../src/chat/model/act.ts";
import type { Asker } from "../../src/chat/model/session.ts";
import { anAccount, ChatFixture, enter, newAccounts, QUIT, RecordingSession } from "../support/chat-fixture.ts";

const HOME: Asker = { address: "192.0.2.1", isExempt: false };
const EXEMPT: Asker = { address: "127.0.0.1", isExempt: true };

/** Fake hashing: quick, and answers when the test releases it. */
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

function setup({ registration = true, nickLength = 32, blockOf = (address: string) => address } = {}) {
  const fixture = new ChatFixture({ limits: { nickLength }, rules: { registration } });
  const { store, chat } = fixture;
  const hashing = new FakeHashing();
  const accounts = newAccounts({ store, chat, hashing, newId, steady: () => fixture.now, blockOf });
  return { fixture, store, hashing, clock: fixture, accounts, someone: new RecordingSession(chat) };
}

let ids = 0;

function newId(): AccountId {
  return `id-${++ids}` as AccountId;
}

/** An outcome in a word. */
async function word(outcome: ReturnType<Accounts["login"]>): Promise<string> {
  const result = await outcome;
  return "account" in result ? result.account.name : result.refusal.why;
}

test("an account logs in with its password, its name in any case", async () => {
  const { accounts, someone } = setup();
  expect(await word(accounts.register({ name: "Ann", password: "sesame" }, HOME, someone))).toBe("Ann");
  expect(accounts.find("ANN")).toEqual({
    id: expect.any(String),
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
  ["bob", "x".repeat(1025), "password-bad"],
  ["bob", "ä".repeat(513), "password-bad"],
  ["bob", "x".repeat(1024), "bob"],
  ["bob", " ", "bob"],
])("the account %j with the password %j comes to %s", async (name, password, outcome) => {
  const { accounts, someone } = setup({ nickLength: 8 });
  for (const taken of ["Ann", "Lisa"]) await accounts.register({ name: taken, password: "sesame" }, EXEMPT, someone);
  expect(await word(accounts.register({ name, password }, HOME, someone))).toBe(outcome);
});

test("while registration is off, REGISTER is refused", async () => {
  const { accounts, someone } = setup({ registration: false });
  expect(await word(accounts.register({ name: "ann", password: "sesame" }, EXEMPT, someone))).toBe("registration-off");
});

test("of two parallel registrations of one name, the first wins", async () => {
  const { accounts, someone } = setup();
  const outcomes = await Promise.all(
    ["one", "two"].map((password) => word(accounts.register({ name: "ann", password }, HOME, someone))),
  );
  expect(outcomes).toEqual(["ann", "account-exists"]);
  expect(accounts.find("ann")?.hash).toBe("hash of one");
});

test("no account is made while the store is down", async () => {
  const { accounts, store, someone } = setup();
  Object.defineProperty(store, "isDown", { get: () => true });
  expect(await word(accounts.register({ name: "ann", password: "sesame" }, HOME, someone))).toBe("accounts-not-stored");
  expect(accounts.find("ann")).toBeUndefined();
});

test("a wrong password and an unknown account are refused alike, with equal work", async () => {
  const { accounts, hashing, someone } = setup();
  await accounts.register({ name: "ann", password: "sesame" }, HOME, someone);
  expect(await word(accounts.login("ann", "wrong", HOME))).toBe("credentials-wrong");
  expect(await word(accounts.login("bob", "wrong", HOME))).toBe("credentials-wrong");
  expect(hashing.verified).toEqual(["hash of sesame", "hash of nothing"]);
});

test("the dummy hash logs in to nothing", async () => {
  const { accounts, store } = setup();
  store.saveAccount(anAccount("cert", { fingerprints: ["ab"] }));
  expect(await word(accounts.login("bob", "nothing", HOME))).toBe("credentials-wrong");
  expect(await word(accounts.login("cert", "nothing", HOME))).toBe("credentials-wrong");
});

test("an account removed or changed during the verification is not logged in to", async () => {
  const { accounts, store, hashing, someone } = setup();
  await accounts.register({ name: "ann", password: "sesame" }, HOME, someone);
  const ann = accounts.find("ann");
  hashing.before = () => ann && store.saveAccount({ ...ann, hash: "hash of other" });
  expect(await word(accounts.login("ann", "sesame", HOME))).toBe("credentials-wrong");
  hashing.before = () => ann && store.removeAccount(ann.id);
  expect(await word(accounts.login("ann", "other", HOME))).toBe("credentials-wrong");
});

const from = (n: number): Asker => ({ address: `192.0.2.${n}`, isExempt: false });

test("an address may fail three times a minute at an account, and does not lock other addresses out", async () => {
  const { accounts, clock, someone } = setup();
  await accounts.register({ name: "ann", password: "sesame" }, EXEMPT, someone);
  for (let n = 10; n < 30; n++) {
    for (let i = 0; i < 3; i++) expect(await word(accounts.login("ann", "x", from(n)))).toBe("credentials-wrong");
    for (let i = 0; i < 9; i++) expect(await word(accounts.login("Ann", "sesame", from(n)))).toBe("too-many-tries");
  }
  expect(await word(accounts.login("ann", "sesame", HOME))).toBe("ann");
  expect(await word(accounts.login("bob", "x", from(10)))).toBe("credentials-wrong");
  clock.now += 60_000;
  expect(await word(accounts.login("ann", "sesame", from(10)))).toBe("ann");
});

test("parallel logins verify no more passwords than the limit", async () => {
  const { accounts, hashing, someone } = setup();
  await accounts.register({ name: "ann", password: "sesame" }, EXEMPT, someone);
  const outcomes = await Promise.all(Array.from({ length: 20 }, () => word(accounts.login("ann", "x", HOME))));
  expect(outcomes.filter((outcome) => outcome === "credentials-wrong")).toHaveLength(3);
  expect(hashing.verified).toHaveLength(3);
});

test("any number of parallel logins with the right password succeeds", async () => {
  const { accounts, someone } = setup();
  await accounts.register({ name: "ann", password: "sesame" }, EXEMPT, someone);
  const outcomes = await Promise.all(Array.from({ length: 20 }, () => word(accounts.login("ann", "sesame", HOME))));
  expect(outcomes).toEqual(Array.from({ length: 20 }, () => "ann"));
});

test("failed logins per address are limited over all names", async () => {
  const { accounts, someone } = setup();
  for (const name of ["ann", "eve"]) await accounts.register({ name, password: "sesame" }, EXEMPT, someone);
  let failed = 0;
  for (let i = 0; i < 100; i++) {
    if ((await word(accounts.login(`nick${i}`, "x", from(66)))) === "credentials-wrong") failed++;
    await accounts.login("eve", "sesame", from(66));
  }
  expect(failed).toBe(30);
  expect(await word(accounts.login("ann", "sesame", HOME))).toBe("ann");
});

test("a success resets the failures, and an exempt address has no limit", async () => {
  const { accounts, someone } = setup();
  await accounts.register({ name: "ann", password: "sesame" }, EXEMPT, someone);
  for (let i = 0; i < 10; i++) {
    for (let n = 0; n < 2; n++) expect(await word(accounts.login("ann", "wrong", HOME))).toBe("credentials-wrong");
    expect(await word(accounts.login("ann", "sesame", HOME))).toBe("ann");
  }
  for (let i = 0; i < 40; i++) expect(await word(accounts.login("ann", "wrong", EXEMPT))).toBe("credentials-wrong");
});

test("registrations per address and day are limited", async () => {
  const { accounts, clock, someone } = setup();
  const make = (i: number, asker: Asker) =>
    word(accounts.register({ name: `nick${"abcdefghijklmn"[i]}`, password: "sesame" }, asker, someone));
  for (let i = 0; i < 10; i++) {
    expect(await make(i, HOME)).toMatch(/^nick/);
    expect(await word(accounts.login("nicka", "sesame", HOME))).toBe("nicka");
    expect(await make(0, HOME)).toBe("account-exists");
  }
  expect(await accounts.register({ name: "more", password: "sesame" }, HOME, someone)).toEqual({
    refusal: { why: "too-many-registrations", most: 10, seconds: 86_400 },
  });
  expect(await make(10, from(2))).toBe("nickk");
  clock.now += 86_400_000;
  expect(await make(12, HOME)).toBe("nickm");
});

test("a nick in use is checked before hashing and again after it", async () => {
  const { fixture, accounts, hashing, someone } = setup();
  const wish = { name: "ann", password: "sesame" };
  const holder = fixture.brings("ann");
  expect(await word(accounts.register(wish, HOME, someone))).toBe("nick-in-use");
  expect(await word(accounts.register({ ...wish, name: "bob" }, HOME, holder))).toBe("bob");
  holder.does(QUIT);
  hashing.before = () => void fixture.brings("ann");
  expect(await word(accounts.register(wish, HOME, someone))).toBe("nick-in-use");
  expect(accounts.find("ann")).toBeUndefined();
});

test.each([
  ["secret", "ann", "ann", "secret"],
  ["secret ", "ann", "ann", "secret "],
  [" secret", "ann", "ann", " secret"],
  ["ann secret", "guest-1", "ann", "secret"],
  ["  ann secret", "guest-1", "ann", "secret"],
  ["ann  two  blanks ", "guest-1", "ann", " two  blanks "],
  ["Ann two words", "ann", "Ann", "two words"],
  ["two words", "ann", "ann", "two words"],
  ["nobody words", "guest-1", "guest-1", "nobody words"],
])("%j behind a command to log in, said by %s, is %s and %j", async (words, own, name, password) => {
  const { accounts, someone } = setup();
  await accounts.register({ name: "ann", password: "sesame" }, EXEMPT, someone);
  expect(accounts.parseCredentials(words, own)).toEqual({ name, password });
});

test("a password that is too long is refused, not cut", async () => {
  const { accounts, hashing, someone } = setup();
  await accounts.register({ name: "ann", password: "x".repeat(1024) }, HOME, someone);
  expect(await word(accounts.login("ann", "x".repeat(1025), HOME))).toBe("password-bad");
  expect(hashing.verified).toEqual([]);
  expect(await word(accounts.login("ann", "x".repeat(1023), HOME))).toBe("credentials-wrong");
  expect(await word(accounts.login("ann", "x".repeat(1024), HOME))).toBe("ann");
});

test("the refusal tells the seconds to wait", () => {
  const { accounts, clock } = setup();
  for (let i = 0; i < 3; i++) accounts.loginFailed("ann", HOME);
  clock.now += 500;
  expect(accounts.attemptRefusal("ann", HOME)).toEqual({ why: "too-many-tries", seconds: 60 });
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
    store.saveAccount(anAccount(owner, { fingerprints }));
  }
  expect(accounts.withFingerprint(fingerprint, name)?.name).toBe(account as string);
});

test("addresses of one block are counted together", async () => {
  const { accounts } = setup({ blockOf: (address) => address.slice(0, 3) });
  const tries = (address: string) => word(accounts.login("ann", "x", { address, isExempt: false }));
  for (const n of [1, 2, 3]) expect(await tries(`a::${n}`)).toBe("credentials-wrong");
  expect([await tries("a::4"), await tries("b::1")]).toEqual(["too-many-tries", "credentials-wrong"]);
});

/** ann's account with two certificates, and two sessions that are logged in to it. */
async function owned() {
  const it = setup();
  const outcome = await it.accounts.register({ name: "ann", password: "sesame88" }, HOME, it.someone);
  if ("refusal" in outcome) throw new Error(outcome.refusal.why);
  const { account } = outcome;
  const [owner, other] = [1, 2].map(() => {
    const player = new RecordingSession(it.fixture.chat);
    player.does({ ...enter("ann"), account } as Act);
    return player;
  });
  if (!owner || !other) throw new Error("ann is not there");
  owner.does(
    { type: "change-certificate", on: true, fingerprint: "ab", isShown: true },
    { type: "change-certificate", on: true, fingerprint: "cd", isShown: false },
  );
  const change = (words: string) => it.accounts.changePassword(words, HOME, owner);
  return { ...it, account, owner, other, change };
}

test.each([
  ["new password", "new password", []],
  ["sesame88 new  password", "new  password", []],
  ["sesame88", "sesame88", []],
  ["--keep-certificates  new ", " new ", ["ab", "cd"]],
])("%j gives the account the password %j, and leaves the certificates %j", async (words, password, certificates) => {
  const { accounts, change, account, owner, other } = await owned();
  expect(await change(words)).toMatchObject({ password, account: { name: "ann" } });
  expect(await word(accounts.login("ann", password, HOME))).toBe("ann");
  const now = accounts.withId(account.id);
  expect(now && certificatesOf(now)).toEqual(certificates);
  expect([owner, other].map(({ member }) => member?.who.account?.name)).toEqual(["ann", undefined]);
});

test("an invalid password changes nothing, nor does a session logged out meanwhile", async () => {
  const { accounts, hashing, owner, other, change } = await owned();
  expect(await change("x".repeat(1025))).toEqual({ refusal: { why: "password-bad", least: 1, most: 1024 } });
  hashing.before = () => void owner.does({ type: "identify", account: undefined });
  expect(await change("another")).toEqual({ refusal: { why: "not-logged-in" } });
  expect(await change("another")).toEqual({ refusal: { why: "not-logged-in" } });
  expect(accounts.find("ann")?.hash).toBe("hash of sesame88");
  expect(other.hears()).not.toContain("separated ann-2 was ann password-changed");
});

test.each([
  ["sesame88", "ann"],
  ["ann sesame88", "ann"],
  ["wrong", "credentials-wrong"],
  ["ann", "credentials-wrong"],
  ["bob sesame88", "credentials-wrong"],
])("%j, said to remove the account, comes to %s", async (words, outcome) => {
  const { accounts, owner, other, someone } = await owned();
  await accounts.register({ name: "bob", password: "sesame88" }, HOME, someone);
  expect(await word(accounts.drop(words, HOME, owner))).toBe(outcome);
  const isGone = outcome === "ann";
  expect(accounts.find("ann") === undefined).toBe(isGone);
  expect(accounts.find("bob")?.name).toBe("bob");
  const left = isGone ? undefined : "ann";
  expect([owner, other].map(({ member }) => member?.who.account?.name)).toEqual([left, left]);
});

test("an account without a password is removed by its name", async () => {
  const { accounts, store, someone } = setup();
  const zoe = anAccount("zoe", { fingerprints: ["ab"] });
  store.saveAccount(zoe);
  someone.does({ ...enter("zoe"), account: zoe } as Act);
  expect(await word(accounts.drop("yes", HOME, someone))).toBe("name-missing");
  expect(await word(accounts.drop("Zoe", HOME, someone))).toBe("zoe");
});

test.each([
  ["", 1, false],
  ["", 0, false],
  ["x", 1, true],
  [" ", 1, true],
  ["ääää", 4, true],
  ["ääää", 5, false],
  ["🙂🙂", 3, false],
  ["x".repeat(1024), 1, true],
  ["x".repeat(1025), 1, false],
  ["ä".repeat(513), 1, false],
])("%j, of at least %i characters, can be a password: %p", (password, least, fits) => {
  expect(fitsPassword(password, least)).toBe(fits);
});

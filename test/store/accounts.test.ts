import { expect, test } from "bun:test";
import type { AccountRecord } from "../../src/chat/model/account.ts";
import type { TokenRecord } from "../../src/chat/model/token.ts";
import type { SqliteStore } from "../../src/store/sqlite.ts";
import { fold } from "../../src/text/fold.ts";
import { skeleton } from "../../src/text/skeleton.ts";
import { anAccount } from "../support/chat-fixture.ts";
import { TemporaryStore } from "../support/temporary-store.ts";

/** Where an account is found: by its id, its name, its look, its certificate `print`, in the list of all. */
function foundBy(store: SqliteStore, { id, name }: AccountRecord, print: string): readonly boolean[] {
  return [
    store.account(id)?.name === name,
    store.loadAccount(fold(name))?.id === id,
    store.accountsLike(skeleton(name)).includes(name),
    store.accountsWith(print).some((record) => record.id === id),
    [...store.accounts()].some((record) => record.id === id),
  ];
}

const ALL = [true, true, true, true, true];
const NONE = [false, false, false, false, false];

test("an account is found by id, name, skeleton and certificate, and by none once it is removed", () => {
  using temp = new TemporaryStore();
  const store = temp.opens();
  const ann = anAccount("Ann", { fingerprints: ["ab", "cd"] });
  store.saveAccount(ann);
  expect(foundBy(store, ann, "cd")).toEqual(ALL);
  const again = temp.reopens();
  expect(foundBy(again, ann, "ab")).toEqual(ALL);
  again.saveAccount({ ...ann, fingerprints: ["ab"] });
  expect(again.accountsWith("cd")).toEqual([]);
  again.removeAccount(ann.id);
  expect(foundBy(again, ann, "ab")).toEqual(NONE);
  again.commit();
  expect(temp.reads("SELECT * FROM certificate")).toEqual([]);
});

test("accounts with push subscriptions are found, written or not", () => {
  using temp = new TemporaryStore();
  const store = temp.opens();
  const push = [{ endpoint: "https://push.example.org/1", p256dh: "p", auth: "a", caps: [] }];
  const names = () => store.accountsWithPush().map(({ name }) => name);
  store.saveAccount(anAccount("zoe", { push }));
  store.saveAccount(anAccount("ann", { push }));
  store.saveAccount(anAccount("bob", { metadata: [["push", "me"]] }));
  expect(names()).toEqual(["ann", "zoe"]);
  store.commit();
  expect(names()).toEqual(["ann", "zoe"]);
  store.saveAccount(anAccount("ann", { push: undefined }));
  expect(names()).toEqual(["zoe"]);
});

test("pending changes of accounts are found before they are written, and pending removals are not", () => {
  using temp = new TemporaryStore();
  const store = temp.opens();
  const [ann, bob, zoe] = ["ann", "bob", "zoe"].map((name) => anAccount(name, { fingerprints: ["ab"] }));
  if (!ann || !bob || !zoe) throw new Error("They are not there");
  for (const one of [ann, bob]) store.saveAccount(one);
  store.commit();
  temp.fills();
  store.saveAccount(zoe);
  store.removeAccount(ann.id);
  store.commit();
  for (const when of ["while nothing can be written", "once it can be", "after a restart"]) {
    expect([when, foundBy(store, zoe, "ab")]).toEqual([when, ALL]);
    expect([when, foundBy(store, ann, "ab")]).toEqual([when, NONE]);
    expect([...store.accounts()].map(({ name }) => name)).toEqual(["bob", "zoe"]);
    if (when !== "while nothing can be written") break;
    temp.empties();
    temp.now += 2000;
    store.commit();
  }
  expect(foundBy(temp.reopens(), zoe, "ab")).toEqual(ALL);
});

test("a name that another program registered first stays with that account", () => {
  using temp = new TemporaryStore();
  const store = temp.opens();
  const other = anAccount("Ann", { id: "other" as AccountRecord["id"] });
  temp.meddles(`INSERT INTO account VALUES ('other', 'ann', '${JSON.stringify(other)}')`);
  const late = anAccount("ann");
  store.saveAccount(late);
  store.commit();
  expect([store.loadAccount(fold("ann"))?.id, store.account(late.id)]).toEqual([other.id, undefined]);
});

test("an account is found by certificate through an index", () => {
  using temp = new TemporaryStore();
  temp.opens();
  const sql = "SELECT record FROM account WHERE id IN (SELECT account FROM certificate WHERE fingerprint = 'x')";
  const plan = JSON.stringify(temp.reads(`EXPLAIN QUERY PLAN ${sql}`));
  expect(plan).toContain("SEARCH certificate");
  expect(plan).not.toContain("SCAN");
});

const ANN = anAccount("ann");

function aToken(hash: string, created = 0): TokenRecord {
  return { hash, kind: "login", owner: ANN.id, name: hash, created };
}

test("a token is found by hash and by owner, after a restart too, and not once it or its account is removed", () => {
  using temp = new TemporaryStore();
  const store = temp.opens();
  for (const token of [aToken("two", 2), aToken("one", 1), aToken("three", 3)]) store.saveToken(token);
  expect(store.tokensOf(ANN.id).map(({ hash }) => hash)).toEqual(["one", "two", "three"]);
  store.removeToken("two");
  const again = temp.reopens();
  expect(again.tokensOf(ANN.id)).toEqual([aToken("one", 1), aToken("three", 3)]);
  expect([again.token("one")?.name, again.token("two")]).toEqual(["one", undefined]);
  again.saveAccount(ANN);
  again.removeAccount(ANN.id);
  again.commit();
  expect(temp.reads("SELECT * FROM token")).toEqual([]);
});

test("changes of tokens hold before they can be written, and are written once that works", () => {
  using temp = new TemporaryStore();
  const store = temp.opens();
  store.saveToken(aToken("old"));
  store.commit();
  temp.fills();
  store.saveToken(aToken("new", 1));
  store.removeToken("old");
  store.commit();
  const found = () => store.tokensOf(ANN.id).map(({ hash }) => hash);
  expect([found(), store.token("old")]).toEqual([["new"], undefined]);
  temp.empties();
  temp.now += 2000;
  store.commit();
  expect(temp.reopens().tokensOf(ANN.id)).toEqual([aToken("new", 1)]);
});

test("tokens are found through indexes", () => {
  using temp = new TemporaryStore();
  temp.opens();
  for (const column of ["hash", "owner"]) {
    const plan = JSON.stringify(temp.reads(`EXPLAIN QUERY PLAN SELECT record FROM token WHERE ${column} = 'x'`));
    expect(plan).toContain("SEARCH token");
  }
});

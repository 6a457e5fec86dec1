import { expect, test } from "bun:test";
import type { TokenRecord } from "../../src/chat/model/token.ts";
import { anAccount } from "../support/chat-fixture.ts";
import { TemporaryStore } from "../support/temporary-store.ts";

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

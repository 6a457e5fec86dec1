import { expect, test } from "bun:test";
import { fold } from "../../src/text/fold.ts";
import { anAccount } from "../support/chat-fixture.ts";
import { said, TemporaryStore } from "../support/temporary-store.ts";

test("rows are compared some at a time, each table from its beginning to its end and again", () => {
  using temp = new TemporaryStore();
  const store = temp.opens();
  for (const name of ["ann", "bob", "cat"]) store.saveAccount(anAccount(name));
  for (let seq = 1; seq <= 5; seq++) store.append(fold("#dev"), said(seq)); // not written yet
  const seen: string[] = [];
  let positions = {};
  for (let look = 0; look < 4; look++) {
    const page = store.nextRows(positions, 2);
    seen.push(page.rows.map(([table, key]) => `${table} ${key}`).join(", "));
    positions = page.positions;
  }
  expect(seen).toEqual([
    "account id-ann, account id-bob, message 1, message 2",
    "account id-cat, message 3, message 4",
    "account id-ann, account id-bob, message 5",
    "account id-cat, message 1, message 2",
  ]);
});

test("rows that cannot be read are not there: such a node differs from the others", () => {
  using temp = new TemporaryStore();
  const store = temp.opens();
  store.saveAccount(anAccount("ann"));
  store.saveAccount(anAccount("sesame"));
  store.commit();
  temp.closes();
  expect(temp.spoils("sesame")).toBeGreaterThan(0);
  expect(temp.opens().nextRows({}, 10).rows).toEqual([]);
});

test("a record that is no JSON any more is compared as it is", () => {
  using temp = new TemporaryStore();
  temp.opens().saveAccount(anAccount("ann"));
  temp.closes();
  temp.meddles("UPDATE account SET record = '{'");
  expect(temp.opens().nextRows({}, 10).rows).toEqual([["account", "id-ann", "ann", "{"]]);
});

const ROWS = "SELECT kind, key, record FROM presence ORDER BY kind, key";

test("records are kept by kind and key, and come in the order of their keys", () => {
  using temp = new TemporaryStore();
  const store = temp.opens();
  store.savePresence("member", "2", { nick: "bob" });
  store.savePresence("member", "1", { nick: "ann" });
  store.savePresence("room", "1", ["dev"]);
  store.commit();
  const again = temp.reopens();
  expect(again.presence("member")).toEqual([
    ["1", { nick: "ann" }],
    ["2", { nick: "bob" }],
  ]);
  again.savePresence("member", "1", undefined);
  again.savePresence("member", "2", { nick: "rob" });
  again.commit();
  expect(temp.reads(ROWS)).toEqual([
    { kind: "member", key: "2", record: '{"nick":"rob"}' },
    { kind: "room", key: "1", record: '["dev"]' },
  ]);
});

test("a record that has not changed is not written again", () => {
  using temp = new TemporaryStore();
  const store = temp.opens();
  store.savePresence("member", "1", { nick: "ann" });
  store.commit();
  temp.meddles("DELETE FROM presence");
  store.savePresence("member", "1", { nick: "ann" });
  store.commit();
  expect(temp.reads(ROWS)).toEqual([]);
  store.savePresence("member", "1", undefined);
  store.savePresence("member", "1", { nick: "ann" });
  store.commit();
  expect(temp.reads(ROWS)).toHaveLength(1);
});

test("a database in which nothing of this was saved has no table for it", () => {
  using temp = new TemporaryStore();
  temp.opens().commit();
  expect(temp.reads("SELECT name FROM sqlite_schema WHERE name = 'presence'")).toEqual([]);
});

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

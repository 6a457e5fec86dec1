import { expect, test } from "bun:test";
import { TemporaryStore } from "../support/temporary-store.ts";

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

import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { openDatabase } from "../../src/store/database.ts";
import { Writer } from "../../src/store/writer.ts";
import { fold } from "../../src/text/fold.ts";
import { said, TemporaryStore } from "../support/temporary-store.ts";

const DEV = fold("#dev");
const ALL = { from: 0, limit: 100 };

test("all writes are one transaction until the commit", () => {
  using temp = new TemporaryStore();
  const store = temp.opens();
  store.append(DEV, said(1));
  store.history(DEV, ALL); // writes what waits
  store.append(DEV, said(2));
  store.history(DEV, ALL);
  expect(temp.reads("SELECT seq FROM message")).toEqual([]);
  expect(store.commit()).toEqual([]);
  expect(temp.reads("SELECT seq FROM message")).toEqual([{ seq: 1 }, { seq: 2 }]);
});

test("a tick that cannot be written is rolled back, and returns all of its messages", () => {
  using temp = new TemporaryStore();
  const store = temp.opens();
  store.append(DEV, said(1));
  store.commit();
  store.append(DEV, said(2));
  store.history(DEV, ALL);
  temp.now = 1;
  // Within a tick no other program can write, so the second message is one that the database rejects.
  store.append(DEV, said(1));
  expect(store.commit().map(({ seq }) => seq)).toEqual([2, 1]);
  expect(store.history(DEV, ALL).map(({ seq }) => seq)).toEqual([1]);
  expect(temp.told.length).toBe(1);
});

test("a full disk is reported once, and writing resumes when there is space again", () => {
  using temp = new TemporaryStore();
  const store = temp.opens();
  store.append(DEV, said(1));
  store.commit();
  temp.fills();
  store.append(DEV, said(2));
  expect(store.commit().map(({ seq }) => seq)).toEqual([2]);
  // Messages are now delivered but not stored, and no connection is closed for that.
  for (const now of [0, 500, 1000, 1999, 2000]) {
    temp.now = now;
    expect(store.isDown).toBe(true);
    store.append(DEV, said(3));
    expect(store.commit()).toEqual([]);
  }
  expect(temp.told).toEqual(["failed: the disk is full"]);
  temp.empties();
  temp.now = 2999; // it is tried every second
  expect(store.isDown).toBe(true);
  temp.now = 3000;
  expect(store.isDown).toBe(false);
  store.append(DEV, said(4));
  expect(store.commit()).toEqual([]);
  expect(temp.told).toEqual(["failed: the disk is full", "recovered"]);
  expect(
    temp
      .reopens()
      .history(DEV, ALL)
      .map(({ seq }) => seq),
  ).toEqual([1, 4]);
});

test("a place created in a tick that failed is created again, with an id of its own", () => {
  using temp = new TemporaryStore();
  const store = temp.opens();
  temp.fills("message");
  store.append(DEV, said(1));
  store.commit();
  temp.empties();
  temp.now = 1000;
  const ops = fold("#ops");
  store.append(ops, said(2, { to: "#ops" }));
  store.commit();
  store.append(DEV, said(3));
  store.commit();
  expect(store.history(ops, ALL).map(({ seq }) => seq)).toEqual([2]);
  expect(store.history(DEV, ALL).map(({ seq }) => seq)).toEqual([3]);
});

test("a failing COMMIT counts as a failed write", () => {
  const db = new Database(":memory:");
  db.run("PRAGMA foreign_keys = ON");
  db.run("CREATE TABLE place (id INTEGER PRIMARY KEY, key TEXT)");
  // The reference is looked at only when the transaction ends.
  db.run("CREATE TABLE child (id INTEGER REFERENCES place (id) DEFERRABLE INITIALLY DEFERRED)");
  const told: string[] = [];
  const writer = new Writer(db, { clock: () => 0, failed: () => told.push("failed"), recovered: () => {} });
  writer.write(() => db.run("INSERT INTO child VALUES (1)"));
  expect(writer.commit()).toBe(false);
  expect([told, writer.isDown, db.inTransaction]).toEqual([["failed"], true, false]);
  expect(db.query("SELECT * FROM child").all()).toEqual([]);
});

test("places keep their ids, however many there are", () => {
  const db = openDatabase(":memory:", "normal");
  const writer = new Writer(db, { clock: () => 0, failed: () => {}, recovered: () => {} });
  const places = Array.from({ length: 10_000 }, (_, number) => fold(`#${number}`));
  writer.write(() => {
    for (const place of places) writer.placeId(place);
  });
  writer.commit();
  const ids = places.map((place) => writer.findPlace(place));
  expect(new Set(ids).size).toBe(places.length);
  expect(
    db
      .query<{ id: number }, []>("SELECT id FROM place ORDER BY id")
      .all()
      .map(({ id }) => id),
  ).toEqual(ids.map((id) => id ?? Number.NaN));
});

test("while another program locks the database, the test of writing does not wait", () => {
  using temp = new TemporaryStore();
  const store = temp.opens();
  const other = new Database(temp.file);
  other.run("BEGIN IMMEDIATE");
  store.append(DEV, said(1));
  expect(store.commit().length).toBe(1);
  // A hundred tries that each wait half a second would take longer than a test may.
  for (let tries = 1; tries <= 100; tries++) {
    temp.now = tries * 1000;
    expect(store.isDown).toBe(true);
  }
  other.run("COMMIT");
  other.close();
  temp.now = 200_000;
  expect(store.isDown).toBe(false);
});

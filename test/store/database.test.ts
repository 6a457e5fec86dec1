import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { copyFileSync, mkdirSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openDatabase, StoreError } from "../../src/store/database.ts";
import { MIGRATIONS } from "../../src/store/migrations.ts";
import { fold } from "../../src/text/fold.ts";
import { said, TemporaryStore } from "../support/temporary-store.ts";

function versionOf(db: Database): number | undefined {
  return db.query<{ user_version: number }, []>("PRAGMA user_version").get()?.user_version;
}

/** The tables and their columns, as the database has them. */
function shapeOf(db: Database): unknown {
  return db.query("SELECT name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY name").all();
}

test("a new database has all migrations", () => {
  using temp = new TemporaryStore();
  const db = openDatabase(temp.file, "normal");
  expect(versionOf(db)).toBe(MIGRATIONS.length);
  db.close();
});

test("a database of any earlier version is migrated to the same schema, and keeps its content", () => {
  using newest = new TemporaryStore();
  const db = openDatabase(newest.file, "normal");
  const shape = shapeOf(db);
  db.close();
  for (let steps = 1; steps < MIGRATIONS.length; steps++) {
    using temp = new TemporaryStore();
    const old = new Database(temp.file);
    for (const sql of MIGRATIONS.slice(0, steps)) old.run(sql);
    old.run(`PRAGMA user_version = ${steps}`);
    old.run("INSERT INTO meta VALUES ('node', 'kept')");
    old.close();
    const again = openDatabase(temp.file, "normal");
    expect(shapeOf(again)).toEqual(shape);
    expect(versionOf(again)).toBe(MIGRATIONS.length);
    expect(again.query("SELECT value FROM meta").all()).toEqual([{ value: "kept" }]);
    again.close();
  }
});

test("a database of a newer tcpchat is refused with a reason, and not changed", () => {
  using temp = new TemporaryStore();
  openDatabase(temp.file, "normal").close();
  temp.meddles("PRAGMA user_version = 99");
  expect(() => openDatabase(temp.file, "normal")).toThrow(
    `The database ${temp.file} was written by a newer tcpchat (its version is 99, this one knows ${MIGRATIONS.length}).`,
  );
  expect(temp.reads("PRAGMA user_version")).toEqual([{ user_version: 99 }]);
});

test("a file that is not a database is refused with a reason, and not changed", async () => {
  using temp = new TemporaryStore();
  const text = "This is no database. ".repeat(100);
  writeFileSync(temp.file, text);
  expect(() => openDatabase(temp.file, "normal")).toThrow(
    `The database ${temp.file} cannot be opened: it is damaged, or not a database of tcpchat.`,
  );
  expect(await Bun.file(temp.file).text()).toBe(text);
});

test("a path where no file can be created is refused with a reason", () => {
  using temp = new TemporaryStore();
  mkdirSync(join(temp.folder, "chat.db"));
  expect(() => openDatabase(temp.file, "normal")).toThrow(StoreError);
  expect(() => openDatabase(join(temp.folder, "no", "chat.db"), "normal")).toThrow(StoreError);
});

test.each([
  ["normal", 1],
  ["full", 2],
] as const)("sync = %j sets SQLite's synchronous level", (sync, level) => {
  using temp = new TemporaryStore();
  const db = openDatabase(temp.file, sync);
  expect(db.query("PRAGMA synchronous").get()).toEqual({ synchronous: level });
  expect(db.query("PRAGMA journal_mode").get()).toEqual({ journal_mode: "wal" });
  db.close();
});

const DEV = fold("#dev");

/** A store that has kept something, brought over from its log. */
function stocked(temp: TemporaryStore) {
  const store = temp.opens();
  for (let seq = 1; seq <= 200; seq++) store.append(DEV, said(seq));
  store.commit();
  temp.meddles("PRAGMA wal_checkpoint(PASSIVE)");
  store.refresh();
  return store;
}

test.each([
  ["deleted", ({ file }: TemporaryStore) => rmSync(file), "is gone: it was deleted, or moved away"],
  [
    "replaced",
    ({ file }: TemporaryStore) => {
      copyFileSync(file, `${file}.copy`);
      renameSync(`${file}.copy`, file);
    },
    "was replaced by another file",
  ],
  ["cut short", ({ file }: TemporaryStore) => truncateSync(file, 4096), "was cut short"],
  [
    "overwritten",
    ({ file }: TemporaryStore) => {
      const bytes = readFileSync(file);
      writeFileSync(file, bytes.fill(0xff, 0, 4096), { flag: "r+" });
    },
    "is damaged: file is not a database",
  ],
  [
    "left without its log",
    ({ file }: TemporaryStore) => rmSync(`${file}-wal`),
    "-wal is gone: it was deleted, or moved away",
  ],
])("a database that was %s confirms no more messages, and reports it once", (_, spoil, words) => {
  using temp = new TemporaryStore();
  const store = stocked(temp);
  spoil(temp);
  if (words.includes("damaged")) store.refresh();
  store.append(DEV, said(201));
  expect([store.commit().length, store.isDown]).toEqual([words.includes("damaged") ? 0 : 1, true]);
  temp.now = 5000;
  expect(store.isDown).toBe(true);
  expect(temp.told.length).toBe(1);
  expect(temp.told[0]).toContain(words);
});

test("a truncated log confirms no more messages if pages are missing", () => {
  using temp = new TemporaryStore();
  const store = stocked(temp);
  store.append(DEV, said(201));
  expect(store.commit()).toEqual([]);
  truncateSync(`${temp.file}-wal`, 32);
  store.append(DEV, said(202));
  expect([store.commit().length, store.isDown]).toEqual([1, true]);
  expect(temp.told).toEqual([expect.stringContaining("-wal was cut short")]);
});

test("a truncated log is no failure if all of it was copied", () => {
  using temp = new TemporaryStore();
  const store = stocked(temp);
  truncateSync(`${temp.file}-wal`, 32);
  store.append(DEV, said(201));
  expect([store.commit(), temp.told]).toEqual([[], []]);
  const kept = temp.reopens().history(DEV, { from: 200, limit: 9 });
  expect(kept.map(({ seq }) => seq)).toEqual([200, 201]);
});

test("lost files are noticed while nothing is written, too", () => {
  using temp = new TemporaryStore();
  const store = stocked(temp);
  rmSync(temp.file);
  store.refresh();
  expect([store.isDown, temp.told.length]).toEqual([true, 1]);
  expect(store.commit()).toEqual([]);
});

test("a database that was moved away and back is written to again", () => {
  using temp = new TemporaryStore();
  const store = stocked(temp);
  renameSync(temp.file, `${temp.file}.moved`);
  store.append(DEV, said(201));
  expect(store.commit().length).toBe(1);
  renameSync(`${temp.file}.moved`, temp.file);
  temp.now = 1000;
  store.append(DEV, said(202));
  expect(store.commit()).toEqual([]);
  expect(temp.told.at(-1)).toBe("recovered");
  const kept = temp.reopens().history(DEV, { from: 200, limit: 9 });
  expect(kept.map(({ seq }) => seq)).toEqual([200, 202]);
});

test("a database that another program shrank is no failure", () => {
  using temp = new TemporaryStore();
  const store = stocked(temp);
  const db = new Database(temp.file);
  db.run("DELETE FROM message WHERE seq < 190");
  db.run("VACUUM");
  db.run("PRAGMA wal_checkpoint(TRUNCATE)");
  db.close();
  store.append(DEV, said(201));
  expect([store.commit(), temp.told]).toEqual([[], []]);
});

import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openDatabase, StoreError } from "../../src/store/database.ts";
import { MIGRATIONS } from "../../src/store/migrations.ts";
import { Shelf } from "./shelf.ts";

function versionOf(db: Database): number | undefined {
  return db.query<{ user_version: number }, []>("PRAGMA user_version").get()?.user_version;
}

/** The tables and their columns, as the database has them. */
function shapeOf(db: Database): unknown {
  return db.query("SELECT name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY name").all();
}

test("a new database has been through every step", () => {
  using shelf = new Shelf();
  const db = openDatabase(shelf.file, "normal");
  expect(versionOf(db)).toBe(MIGRATIONS.length);
  db.close();
});

test("from whatever step it was left at, a database comes to the same shape, and keeps what is in it", () => {
  using newest = new Shelf();
  const db = openDatabase(newest.file, "normal");
  const shape = shapeOf(db);
  db.close();
  for (let steps = 1; steps < MIGRATIONS.length; steps++) {
    using shelf = new Shelf();
    const old = new Database(shelf.file);
    for (const sql of MIGRATIONS.slice(0, steps)) old.run(sql);
    old.run(`PRAGMA user_version = ${steps}`);
    old.run("INSERT INTO meta VALUES ('node', 'kept')");
    old.close();
    const again = openDatabase(shelf.file, "normal");
    expect(shapeOf(again)).toEqual(shape);
    expect(versionOf(again)).toBe(MIGRATIONS.length);
    expect(again.query("SELECT value FROM meta").all()).toEqual([{ value: "kept" }]);
    again.close();
  }
});

test("a database of a newer tcpchat is refused, and says so, and is left as it is", () => {
  using shelf = new Shelf();
  openDatabase(shelf.file, "normal").close();
  shelf.meddles("PRAGMA user_version = 99");
  expect(() => openDatabase(shelf.file, "normal")).toThrow(
    `The database ${shelf.file} was written by a newer tcpchat (its version is 99, this one knows ${MIGRATIONS.length}).`,
  );
  expect(shelf.reads("PRAGMA user_version")).toEqual([{ user_version: 99 }]);
});

test("what is no database is refused in words, and is left as it is", async () => {
  using shelf = new Shelf();
  const text = "This is no database. ".repeat(100);
  writeFileSync(shelf.file, text);
  expect(() => openDatabase(shelf.file, "normal")).toThrow(
    `The database ${shelf.file} cannot be opened: it is damaged, or no database of ours.`,
  );
  expect(await Bun.file(shelf.file).text()).toBe(text);
});

test("where no file can be made, that is said", () => {
  using shelf = new Shelf();
  mkdirSync(join(shelf.folder, "chat.db"));
  expect(() => openDatabase(shelf.file, "normal")).toThrow(StoreError);
  expect(() => openDatabase(join(shelf.folder, "no", "chat.db"), "normal")).toThrow(StoreError);
});

test.each([
  ["normal", 1],
  ["full", 2],
] as const)("with sync = %j a commit is as safe as asked for", (sync, level) => {
  using shelf = new Shelf();
  const db = openDatabase(shelf.file, sync);
  expect(db.query("PRAGMA synchronous").get()).toEqual({ synchronous: level });
  expect(db.query("PRAGMA journal_mode").get()).toEqual({ journal_mode: "wal" });
  db.close();
});

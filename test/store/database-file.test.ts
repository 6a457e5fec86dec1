import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { copyFileSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { fold } from "../../src/text/fold.ts";
import { Shelf, said } from "./shelf.ts";

const DEV = fold("#dev");

/** A store that has kept something, brought over from its log. */
function stocked(shelf: Shelf) {
  const store = shelf.opens();
  for (let seq = 1; seq <= 200; seq++) store.append(DEV, said(seq));
  store.commit();
  shelf.meddles("PRAGMA wal_checkpoint(PASSIVE)");
  store.refresh();
  return store;
}

test.each([
  ["deleted", ({ file }: Shelf) => rmSync(file), "is gone: it was deleted, or moved away"],
  [
    "replaced",
    ({ file }: Shelf) => {
      copyFileSync(file, `${file}.copy`);
      renameSync(`${file}.copy`, file);
    },
    "was replaced by another file",
  ],
  ["cut short", ({ file }: Shelf) => truncateSync(file, 4096), "was cut short"],
  [
    "overwritten",
    ({ file }: Shelf) => {
      const bytes = readFileSync(file);
      writeFileSync(file, bytes.fill(0xff, 0, 4096), { flag: "r+" });
    },
    "is damaged: file is not a database",
  ],
  ["left without its log", ({ file }: Shelf) => rmSync(`${file}-wal`), "-wal is gone: it was deleted, or moved away"],
])("a database that was %s confirms nothing any more, and says so once", (_, spoil, words) => {
  using shelf = new Shelf();
  const store = stocked(shelf);
  spoil(shelf);
  if (words.includes("damaged")) store.refresh();
  store.append(DEV, said(201));
  expect([store.commit().length, store.isDown]).toEqual([words.includes("damaged") ? 0 : 1, true]);
  shelf.now = 5000;
  expect(store.isDown).toBe(true);
  expect(shelf.told.length).toBe(1);
  expect(shelf.told[0]).toContain(words);
});

test("a log that is cut short confirms nothing any more if something of it is missing then", () => {
  using shelf = new Shelf();
  const store = stocked(shelf);
  store.append(DEV, said(201));
  expect(store.commit()).toEqual([]);
  truncateSync(`${shelf.file}-wal`, 32);
  store.append(DEV, said(202));
  expect([store.commit().length, store.isDown]).toEqual([1, true]);
  expect(shelf.told).toEqual([expect.stringContaining("-wal was cut short")]);
});

test("a log that is cut short where all of it has been brought over is no reason to stop", () => {
  using shelf = new Shelf();
  const store = stocked(shelf);
  truncateSync(`${shelf.file}-wal`, 32);
  store.append(DEV, said(201));
  expect([store.commit(), shelf.told]).toEqual([[], []]);
  const kept = shelf.reopens().history(DEV, { from: 200, limit: 9 });
  expect(kept.map(({ seq }) => seq)).toEqual([200, 201]);
});

test("that is noticed while nothing is written, too", () => {
  using shelf = new Shelf();
  const store = stocked(shelf);
  rmSync(shelf.file);
  store.refresh();
  expect([store.isDown, shelf.told.length]).toEqual([true, 1]);
  expect(store.commit()).toEqual([]);
});

test("a database that was moved away and is back is written to again", () => {
  using shelf = new Shelf();
  const store = stocked(shelf);
  renameSync(shelf.file, `${shelf.file}.moved`);
  store.append(DEV, said(201));
  expect(store.commit().length).toBe(1);
  renameSync(`${shelf.file}.moved`, shelf.file);
  shelf.now = 1000;
  store.append(DEV, said(202));
  expect(store.commit()).toEqual([]);
  expect(shelf.told.at(-1)).toBe("recovered");
  const kept = shelf.reopens().history(DEV, { from: 200, limit: 9 });
  expect(kept.map(({ seq }) => seq)).toEqual([200, 202]);
});

test("one that another program has made smaller is no reason to stop", () => {
  using shelf = new Shelf();
  const store = stocked(shelf);
  const db = new Database(shelf.file);
  db.run("DELETE FROM message WHERE seq < 190");
  db.run("VACUUM");
  db.run("PRAGMA wal_checkpoint(TRUNCATE)");
  db.close();
  store.append(DEV, said(201));
  expect([store.commit(), shelf.told]).toEqual([[], []]);
});

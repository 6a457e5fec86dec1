import { expect, test } from "bun:test";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { backup } from "../../src/store/backup.ts";
import { SqliteStore } from "../../src/store/sqlite.ts";
import { fold } from "../../src/text/fold.ts";
import { Shelf, said } from "./shelf.ts";

const DEV = fold("#dev");

test("a copy has all that was committed, while the store is in use", () => {
  using shelf = new Shelf();
  const store = shelf.opens();
  for (let seq = 1; seq <= 100; seq++) store.append(DEV, said(seq));
  store.commit();
  const file = join(shelf.folder, "copy.db");
  backup(shelf.file, file);
  store.append(DEV, said(101));
  store.commit();
  const copy = new SqliteStore(file, "normal", shelf.watch);
  expect(copy.history(DEV, { from: 0, limit: 200 })).toEqual(store.history(DEV, { from: 0, before: 101, limit: 200 }));
  expect(copy.node).toBe(store.node);
  copy.close();
});

test("nothing is overwritten, and nothing is made of what is not there", () => {
  using shelf = new Shelf();
  shelf.opens();
  const file = join(shelf.folder, "copy.db");
  writeFileSync(file, "mine");
  expect(() => backup(shelf.file, file)).toThrow(`${file} is there already, and is not overwritten.`);
  expect(() => backup(join(shelf.folder, "none.db"), join(shelf.folder, "new.db"))).toThrow("There is no database");
  expect(existsSync(join(shelf.folder, "new.db"))).toBe(false);
  expect(() => backup(shelf.file, join(shelf.folder, "no", "such", "folder.db"))).toThrow("cannot be copied");
});

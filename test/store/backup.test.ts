import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import {
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { backup, restore, takeOver } from "../../src/store/backup.ts";
import { DataFolder } from "../../src/store/data-folder.ts";
import { SqliteStore } from "../../src/store/sqlite.ts";
import { fold } from "../../src/text/fold.ts";
import { said, TemporaryStore } from "../support/temporary-store.ts";

const DEV = fold("#dev");

/** A store with a message and its keys, and paths for backups and other folders. */
function stocked(temp: TemporaryStore) {
  const store = temp.opens();
  for (let seq = 1; seq <= 100; seq++) store.append(DEV, said(seq));
  store.commit();
  const folder = new DataFolder(temp.folder);
  const { cloakKey, pushKey } = folder;
  folder.close();
  writeFileSync(join(temp.folder, "tls.pem"), "a certificate and its key");
  return { store, cloakKey, pushKey, file: join(temp.folder, "copy.db"), other: join(temp.folder, "other", "data") };
}

test("a backup made while the store is in use has every commit, and the keys", () => {
  using temp = new TemporaryStore();
  const { store, file, cloakKey, pushKey } = stocked(temp);
  backup(temp.folder, file);
  store.append(DEV, said(101));
  store.commit();
  const copy = new SqliteStore(file, "normal", temp.watch);
  expect(copy.history(DEV, { from: 0, limit: 200 })).toEqual(store.history(DEV, { from: 0, before: 101, limit: 200 }));
  expect(copy.node).toBe(store.node);
  copy.close();
  using db = new Database(file, { readonly: true });
  const keys = db.query<{ name: string; content: Uint8Array }, []>("SELECT * FROM key_file ORDER BY name").all();
  expect(keys.map(({ name }) => name)).toEqual(["cloak.key", "push.key", "tls.pem"]);
  expect(keys[0]?.content).toEqual(new Uint8Array(cloakKey));
  expect(keys[1]?.content).toEqual(new Uint8Array(pushKey));
});

test("a backup is one file that only its owner can read, with no other files beside it", () => {
  using temp = new TemporaryStore();
  const { other } = stocked(temp);
  mkdirSync(other, { recursive: true });
  const before = process.umask(0);
  try {
    backup(temp.folder, join(other, "copy.db"));
  } finally {
    process.umask(before);
  }
  expect(readdirSync(other)).toEqual(["copy.db"]);
  expect(statSync(join(other, "copy.db")).mode & 0o777).toBe(0o600);
});

test("a backup overwrites no file, and a missing database gives no backup", () => {
  using temp = new TemporaryStore();
  temp.opens();
  const file = join(temp.folder, "copy.db");
  writeFileSync(file, "mine");
  expect(() => backup(temp.folder, file)).toThrow(`${file} already exists, and is not overwritten.`);
  expect(() => backup(join(temp.folder, "none"), join(temp.folder, "new.db"))).toThrow("There is no database");
  expect(existsSync(join(temp.folder, "new.db"))).toBe(false);
  expect(() => backup(temp.folder, join(temp.folder, "no", "such", "folder.db"))).toThrow("cannot be copied");
});

test("a restored folder has the history, the names and the keys of the original", () => {
  using temp = new TemporaryStore();
  const { store, file, other, cloakKey } = stocked(temp);
  store.claim(100_000);
  store.commit();
  backup(temp.folder, file);
  restore(file, other, false);
  const folder = new DataFolder(other);
  expect(folder.cloakKey).toEqual(cloakKey);
  expect(readFileSync(join(other, "tls.pem"), "utf8")).toBe("a certificate and its key");
  for (const made of ["chat.db", "cloak.key", "push.key", "tls.pem"])
    expect(statSync(join(other, made)).mode & 0o777, made).toBe(0o600);
  const again = new SqliteStore(folder.database, "normal", temp.watch);
  expect(again.history(DEV, { from: 0, limit: 200 })).toEqual(store.history(DEV, { from: 0, limit: 200 }));
  expect(again.node).toBe(store.node);
  // Clients may know the ids of messages that were said after the backup, so no sequence number is given twice.
  expect(again.claim(1)).toBeGreaterThan(100_000_000);
  again.close();
  folder.close();
  using db = new Database(join(other, "chat.db"), { readonly: true });
  expect(db.query("SELECT 1 FROM sqlite_schema WHERE name = 'key_file'").get()).toBeNull();
  expect(readFileSync(join(other, "chat.db")).includes("a certificate and its key")).toBe(false);
});

test("a restore is refused while a server runs and, without --force, over a history", () => {
  using temp = new TemporaryStore();
  const { file, other } = stocked(temp);
  backup(temp.folder, file);
  const server = new DataFolder(other);
  expect(() => restore(file, other, true)).toThrow(`The data folder ${other} is in use by another server.`);
  server.close();
  const original = new SqliteStore(join(other, "chat.db"), "normal", temp.watch);
  original.append(DEV, said(7));
  original.commit();
  original.close();
  writeFileSync(join(other, "chat.db-index"), "of other messages");
  const before = readFileSync(join(other, "chat.db"));
  expect(() => restore(file, other, false)).toThrow(`There is already a history in ${other}`);
  expect(readFileSync(join(other, "chat.db"))).toEqual(before);
  restore(file, other, true);
  const again = new SqliteStore(join(other, "chat.db"), "normal", temp.watch);
  expect(again.history(DEV, { from: 0, limit: 200 }).length).toBe(100);
  again.close();
  expect(existsSync(join(other, "chat.db-index"))).toBe(false);
});

test("a foreign, damaged or newer file is refused with a reason, and nothing changes", () => {
  using temp = new TemporaryStore();
  const { file, other } = stocked(temp);
  backup(temp.folder, file);
  const foreign = join(temp.folder, "foreign.db");
  using made = new Database(foreign);
  made.run("CREATE TABLE mine (x)");
  const text = join(temp.folder, "text");
  writeFileSync(text, "Dear diary, this is no database at all.");
  const short = join(temp.folder, "short.db");
  writeFileSync(short, readFileSync(file));
  truncateSync(short, 20_000);
  const newer = join(temp.folder, "newer.db");
  writeFileSync(newer, readFileSync(file));
  using later = new Database(newer);
  later.run("PRAGMA user_version = 999");
  for (const [bad, words] of [
    [join(temp.folder, "none"), /There is no backup/],
    [foreign, /damaged, or not a backup of tcpchat/],
    [text, /text is damaged, or not a backup of tcpchat\.$/],
    [short, /short\.db is damaged, or not a backup of tcpchat\.$/],
    [newer, /newer tcpchat/],
  ] as const) {
    expect(() => restore(bad, other, true), bad).toThrow(words);
    expect(existsSync(join(other, "chat.db")), bad).toBe(false);
  }
});

test("a backup without keys leaves the folder's keys alone", () => {
  using temp = new TemporaryStore();
  const { file, other } = stocked(temp);
  backup(temp.folder, file);
  {
    using db = new Database(file);
    db.run("DROP TABLE key_file");
  }
  const folder = new DataFolder(other);
  const { cloakKey } = folder;
  folder.close();
  restore(file, other, false);
  const again = new DataFolder(other);
  expect(again.cloakKey).toEqual(cloakKey);
  again.close();
});

test.skipIf(process.getuid?.() !== 0)("files restored by root belong to the owner of the folder", () => {
  using temp = new TemporaryStore();
  const { file, other } = stocked(temp);
  backup(temp.folder, file);
  mkdirSync(other, { recursive: true });
  chownSync(other, 1234, 1234);
  restore(file, other, false);
  for (const made of readdirSync(other)) expect(statSync(join(other, made)).uid, made).toBe(1234);
});

test("a copy of another server's database takes the place of one's own, which may be kept", async () => {
  using temp = new TemporaryStore();
  using theirs = new TemporaryStore();
  const other = theirs.opens();
  other.append(DEV, said(7));
  other.commit();
  const fresh = join(temp.folder, "fresh.db");
  await other.copy(fresh);
  const own = temp.opens();
  own.append(DEV, said(3));
  own.commit();
  temp.closes();
  const kept = join(temp.folder, "kept.db");
  takeOver(fresh, temp.file, kept);
  const seqsIn = (store: SqliteStore) => store.history(DEV, { from: 0, limit: 9 }).map(({ seq }) => seq);
  expect(seqsIn(temp.opens())).toEqual([7]);
  temp.closes();
  const before = new SqliteStore(kept, "normal", temp.watch);
  expect(seqsIn(before)).toEqual([3]);
  before.close();
  writeFileSync(fresh, "no database");
  expect(() => takeOver(fresh, temp.file)).toThrow("damaged");
  expect(seqsIn(temp.opens())).toEqual([7]);
});

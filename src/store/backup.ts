import { Database } from "bun:sqlite";
import { chownSync, existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { messageOf } from "../text/filter.ts";
import {
  CLUSTER_ID,
  DataFolder,
  databaseFiles,
  databaseIn,
  KEY_FILES,
  removeDatabase,
  replaceFile,
  temporaryPath,
  writeAtomically,
} from "./data-folder.ts";
import { isDamage, reasonOf, StoreError } from "./database.ts";
import { MIGRATIONS } from "./migrations.ts";

/**
 * Seqs skipped after a backup is restored: messages sent after the backup may have had them, and their msgids must not
 * be used again.
 */
const SKIPPED_SEQS = 1_000_000_000;

/**
 * Copies the database of a data folder and its key files into one new file: a snapshot of one moment, readable by its
 * owner alone. A server may be using the folder meanwhile. Throws `StoreError`.
 *
 * The keys are in the copy's table `key_file`.
 */
export function backup(folder: string, file: string): void {
  const database = databaseIn(folder);
  if (!existsSync(database)) throw new StoreError(`There is no database ${database}; has a server run there?`);
  if (existsSync(file)) throw new StoreError(`${file} already exists, and is not overwritten.`);
  const fresh = temporaryPath(file);
  try {
    snapshot(database, fresh);
    using db = new Database(fresh, { readwrite: true, create: false });
    db.run("PRAGMA journal_mode = DELETE");
    db.transaction(() => {
      db.run("CREATE TABLE IF NOT EXISTS key_file (name TEXT PRIMARY KEY, content BLOB NOT NULL)");
      for (const name of KEY_FILES) {
        const path = join(folder, name);
        if (existsSync(path)) db.run("INSERT OR REPLACE INTO key_file VALUES (?, ?)", [name, readFileSync(path)]);
      }
    })();
    replaceFile(fresh, file);
  } catch (error) {
    throw new StoreError(`The database ${database} cannot be copied to ${file}: ${messageOf(error)}`);
  } finally {
    rmSync(fresh, { force: true });
  }
}

/**
 * Restores a backup into a data folder: the database, and the keys in the backup. Refused while a server runs there,
 * and, without `force`, if the folder has a history. The folder then belongs to no cluster. If anything fails, the old content stays. Throws `StoreError`.
 */
export function restore(file: string, folder: string, force: boolean): void {
  if (!existsSync(file)) throw new StoreError(`There is no backup ${file}.`);
  checkBackup(file);
  const target = new DataFolder(folder);
  try {
    const { database } = target;
    if (!force && existsSync(database)) {
      throw new StoreError(
        `There is already a history in ${folder}, and it is not overwritten.\nThis would work: an empty folder with --data DIR, or --force, which replaces it for good`,
      );
    }
    const fresh = temporaryPath(database);
    try {
      snapshot(file, fresh);
      const keys = extractKeys(fresh);
      rmSync(join(folder, CLUSTER_ID), { force: true });
      for (const { name, content } of keys) writeAtomically(join(folder, name), content);
      // SQLite would take the old database's log, and search its index, for those of the new one.
      const index = databaseFiles(`${database}-index`);
      for (const old of [...databaseFiles(database).slice(1), ...index]) rmSync(old, { force: true });
      replaceFile(fresh, database);
      chownToFolderOwner(folder, target.files);
    } finally {
      for (const left of databaseFiles(fresh)) rmSync(left, { force: true });
    }
  } catch (error) {
    if (error instanceof StoreError) throw error;
    throw new StoreError(`The backup ${file} cannot be restored into ${folder}: ${messageOf(error)}`);
  } finally {
    target.close();
  }
}

/**
 * Replaces the database in a data folder, which no server has open, by a copy of another server's. The old one is kept
 * under `keptAs`, if that is given. Throws `StoreError` if the copy is damaged.
 */
export function takeOver(fresh: string, database: string, keptAs?: string): void {
  checkBackup(fresh);
  for (const [at, kept] of (keptAs === undefined ? [] : databaseFiles(keptAs)).entries()) {
    const old = databaseFiles(database)[at];
    if (old !== undefined && existsSync(old)) renameSync(old, kept);
  }
  removeDatabase(database);
  replaceFile(fresh, database);
}

/** Gives the files to the folder's owner: root may restore for a server that runs as another user. */
function chownToFolderOwner(folder: string, files: readonly string[]): void {
  const { uid, gid } = statSync(folder);
  for (const file of files) {
    const status = statSync(file, { throwIfNoEntry: false });
    if (status && status.uid !== uid) chownSync(file, uid, gid);
  }
}

interface KeyFile {
  readonly name: (typeof KEY_FILES)[number];
  readonly content: Uint8Array;
}

/**
 * Turns a copy of a backup into the database of a server on its own: removes its place in the log of a cluster, and the
 * keys, and returns these.
 */
function extractKeys(database: string): readonly KeyFile[] {
  using db = new Database(database, { readwrite: true, create: false });
  db.run("PRAGMA journal_mode = DELETE");
  const isKept = db.query("SELECT 1 FROM sqlite_schema WHERE name = 'key_file'").get() !== null;
  const rows = isKept ? db.query<KeyFile, []>("SELECT name, content FROM key_file").all() : [];
  db.transaction(() => {
    db.run("DROP TABLE IF EXISTS key_file");
    db.run("DROP TABLE IF EXISTS presence");
    db.run("UPDATE meta SET value = value + ? WHERE key = 'seq'", [SKIPPED_SEQS]);
  })();
  db.run("VACUUM"); // removes the keys from the free pages too
  return rows.filter(({ name }) => KEY_FILES.includes(name));
}

/** Copies a database, which may be in use, into a new file that only its owner can read: as it is at one moment. */
export function snapshot(database: string, file: string): void {
  writeFileSync(file, "", { mode: 0o600 }); // VACUUM INTO accepts an empty file
  using db = new Database(database, { readonly: true });
  db.run("PRAGMA busy_timeout = 5000");
  db.run("VACUUM INTO ?", [file]);
}

/** Throws `StoreError` if a file is not a backup of tcpchat, is damaged, or was written by a newer version. */
function checkBackup(file: string): void {
  let version: number | undefined;
  try {
    using db = new Database(file, { readonly: true });
    const isWhole = db.query<{ quick_check: string }, []>("PRAGMA quick_check(1)").get()?.quick_check === "ok";
    const isOurs = db.query("SELECT 1 FROM sqlite_schema WHERE name IN ('meta', 'message')").all().length === 2;
    if (isWhole && isOurs) version = db.query<{ user_version: number }, []>("PRAGMA user_version").get()?.user_version;
  } catch (error) {
    if (!isDamage(error)) throw new StoreError(`The backup ${file} cannot be read: ${reasonOf(error)}`);
  }
  if (version === undefined) throw new StoreError(`${file} is damaged, or not a backup of tcpchat.`);
  if (version > MIGRATIONS.length) {
    throw new StoreError(
      `The backup ${file} was written by a newer tcpchat (its version is ${version}, this one knows ${MIGRATIONS.length}).`,
    );
  }
}

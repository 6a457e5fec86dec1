import { Database } from "bun:sqlite";
import { chownSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { besides, DataFolder, databaseFiles, databaseIn, KEY_FILES, takePlace, writeWhole } from "./data-folder.ts";
import { isDamage, reasonOf, StoreError } from "./database.ts";
import { MIGRATIONS } from "./migrations.ts";

/** Numbers of the order that are left out behind a backup: what was said since may have had them, and is named by them. */
const SKIPPED = 1_000_000_000;

/**
 * Copies the database of a data folder, and the keys beside it, into one file that is not there yet: whole, as of one
 * moment, for its owner alone, and while a server may be using it. Throws `StoreError`.
 *
 * The keys lie in the copy's table `key_file`.
 */
export function backup(folder: string, file: string): void {
  const database = databaseIn(folder);
  if (!existsSync(database)) throw new StoreError(`There is no database ${database}; has a server run there?`);
  if (existsSync(file)) throw new StoreError(`${file} is there already, and is not overwritten.`);
  const fresh = besides(file);
  try {
    copy(database, fresh);
    using db = new Database(fresh, { readwrite: true, create: false });
    db.run("PRAGMA journal_mode = DELETE");
    db.transaction(() => {
      db.run("CREATE TABLE IF NOT EXISTS key_file (name TEXT PRIMARY KEY, content BLOB NOT NULL)");
      for (const name of KEY_FILES) {
        const path = join(folder, name);
        if (existsSync(path)) db.run("INSERT OR REPLACE INTO key_file VALUES (?, ?)", [name, readFileSync(path)]);
      }
    })();
    takePlace(fresh, file);
  } catch (error) {
    throw new StoreError(`The database ${database} cannot be copied to ${file}: ${wordsOf(error)}`);
  } finally {
    rmSync(fresh, { force: true });
  }
}

/**
 * Puts a backup into a data folder: the database, and the keys that the backup has. Refused where a server runs, and,
 * without `force`, where there is a history already; whatever fails, what was there stays. Throws `StoreError`.
 */
export function restore(file: string, folder: string, force: boolean): void {
  if (!existsSync(file)) throw new StoreError(`There is no backup ${file}.`);
  checkBackup(file);
  const target = new DataFolder(folder);
  try {
    const { database } = target;
    if (!force && existsSync(database)) {
      throw new StoreError(
        `There is a history in ${folder} already, and it is not overwritten.\nThis would work: an empty folder with --data DIR, or --force, which replaces it for good`,
      );
    }
    const fresh = besides(database);
    try {
      copy(file, fresh);
      const keys = prepared(fresh);
      for (const { name, content } of keys) writeWhole(join(folder, name), content);
      // A log, or an index, of another database would be taken for this one's.
      const index = databaseFiles(`${database}-index`);
      for (const old of [...databaseFiles(database).slice(1), ...index]) rmSync(old, { force: true });
      takePlace(fresh, database);
      handOver(folder, target.files);
    } finally {
      for (const left of databaseFiles(fresh)) rmSync(left, { force: true });
    }
  } catch (error) {
    if (error instanceof StoreError) throw error;
    throw new StoreError(`The backup ${file} cannot be put into ${folder}: ${wordsOf(error)}`);
  } finally {
    target.close();
  }
}

/** The files are the folder's owner's, where root has made them for a server that runs as somebody else. */
function handOver(folder: string, files: readonly string[]): void {
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

/** Makes a copy of a backup the database of a server: answers the keys that were in it, which it has no longer. */
function prepared(database: string): readonly KeyFile[] {
  using db = new Database(database, { readwrite: true, create: false });
  db.run("PRAGMA journal_mode = DELETE");
  const isKept = db.query("SELECT 1 FROM sqlite_schema WHERE name = 'key_file'").get() !== null;
  const rows = isKept ? db.query<KeyFile, []>("SELECT name, content FROM key_file").all() : [];
  db.transaction(() => {
    db.run("DROP TABLE IF EXISTS key_file");
    db.run("UPDATE meta SET value = value + ? WHERE key = 'seq'", [SKIPPED]);
  })();
  db.run("VACUUM"); // the keys are gone from its pages too
  return rows.filter(({ name }) => KEY_FILES.includes(name));
}

/** Copies a database into a file for its owner alone. */
function copy(database: string, file: string): void {
  writeFileSync(file, "", { mode: 0o600 }); // SQLite takes an empty file for one that is not there
  using db = new Database(database, { readonly: true });
  db.run("PRAGMA busy_timeout = 5000");
  db.run("VACUUM INTO ?", [file]);
}

/** Throws `StoreError` if a file is no backup of ours, or a damaged one, or one that this program is too old for. */
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
  if (version === undefined) throw new StoreError(`${file} is damaged, or no backup of ours.`);
  if (version > MIGRATIONS.length) {
    throw new StoreError(
      `The backup ${file} was written by a newer tcpchat (its version is ${version}, this one knows ${MIGRATIONS.length}).`,
    );
  }
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

import { Database } from "bun:sqlite";
import { MIGRATIONS } from "./migrations.ts";

/** How long a write waits for another program that has the database, in milliseconds. */
export const BUSY = 500;

/** The name by which SQLite keeps a database in memory. */
export const MEMORY = ":memory:";

/** Pages of 4096 bytes in the log: where the thread that does checkpoints does not keep up, a turn does one itself. */
export const LOG_PAGES = 16_384;

/** Bytes that the log keeps when it begins anew: it is cut to them by the write that reuses it (journal_size_limit). */
export const LOG_BYTES = 16 << 20;

/** Why a database or its folder cannot be used: a whole sentence. */
export class StoreError extends Error {}

/** Opens a database and brings it to its present shape. Throws `StoreError`. */
export function openDatabase(path: string, sync: "normal" | "full"): Database {
  try {
    const db = new Database(path, { create: true, readwrite: true, strict: true });
    db.run(`PRAGMA busy_timeout = ${BUSY}`);
    db.run("PRAGMA journal_mode = WAL");
    db.run(`PRAGMA synchronous = ${sync}`);
    db.run(`PRAGMA wal_autocheckpoint = ${LOG_PAGES}`);
    db.run(`PRAGMA journal_size_limit = ${LOG_BYTES}`);
    migrate(db, path);
    return db;
  } catch (error) {
    if (error instanceof StoreError) throw error;
    throw new StoreError(`The database ${path} cannot be opened: ${reasonOf(error)}`);
  }
}

/** Whether an older tcpchat has made the database. Throws `StoreError`. */
export function isOlder(path: string): boolean {
  try {
    using db = new Database(path, { readwrite: true });
    return versionOf(db) < MIGRATIONS.length;
  } catch (error) {
    throw new StoreError(`The database ${path} cannot be opened: ${reasonOf(error)}`);
  }
}

function versionOf(db: Database): number {
  return db.query<{ user_version: number }, []>("PRAGMA user_version").get()?.user_version ?? 0;
}

function migrate(db: Database, path: string): void {
  const version = versionOf(db);
  if (version > MIGRATIONS.length) {
    throw new StoreError(
      `The database ${path} was written by a newer tcpchat (its version is ${version}, this one knows ${MIGRATIONS.length}).`,
    );
  }
  for (const [step, sql] of MIGRATIONS.entries()) {
    if (step < version) continue;
    db.transaction(() => {
      db.run(sql);
      db.run(`PRAGMA user_version = ${step + 1}`);
    })();
  }
}

/** What went wrong, in words that an operator understands. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  switch ("code" in error ? error.code : "") {
    case "SQLITE_NOTADB":
    case "SQLITE_CORRUPT":
      return "it is damaged, or no database of ours. Move it away to start anew, or restore a backup.";
    case "SQLITE_READONLY":
    case "SQLITE_CANTOPEN":
      return `it is no file that this user may read and write (${error.message}).`;
    case "SQLITE_FULL":
      return "the disk is full.";
    default:
      return error.message;
  }
}

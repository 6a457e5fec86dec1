import { Database } from "bun:sqlite";
import { type Stats, statSync } from "node:fs";
import { MIGRATIONS } from "./migrations.ts";

/** How long a write waits for another program that has the database, in milliseconds. */
export const BUSY = 500;

/** The name by which SQLite keeps a database in memory. */
export const MEMORY = ":memory:";

/** Pages of 4096 bytes in the log: where the thread that does checkpoints does not keep up, a turn does one itself. */
const LOG_PAGES = 16_384;

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

/** Whether two looks saw the same file. */
function isSame(one: Stats, other: Stats): boolean {
  return one.ino === other.ino && one.dev === other.dev;
}

/**
 * The files of a database that is open, as they lie on the disk. SQLite goes on writing to a file that was deleted or
 * moved away, and nothing of that is there after a restart; so they are looked at with each commit: two calls of stat.
 *
 * They must not be opened beside SQLite: closing a descriptor would drop its locks (POSIX).
 */
export class DatabaseFile {
  readonly #path: string;
  readonly #main: Stats;
  /** When it was written to last, as far as it has been read anew and was good. */
  #read = Number.NaN;
  #log: Stats | undefined;
  #size: number;

  /** Of a database that was just opened. */
  constructor(path: string) {
    this.#path = path;
    this.#main = statSync(path);
    this.#log = statSync(`${path}-wal`, { throwIfNoEntry: false });
    this.#size = this.#main.size;
  }

  /** Says what is wrong with the files; `undefined` if nothing is. `pages` are the bytes that the database is to have. */
  trouble(pages: () => number): string | undefined {
    const main = statSync(this.#path, { throwIfNoEntry: false });
    if (!main) return `the database ${this.#path} is gone: it was deleted, or moved away`;
    if (!isSame(main, this.#main)) return `the database ${this.#path} was replaced by another file`;
    // Another program may make it smaller, by VACUUM: then the database says so itself.
    if (main.size < this.#size && main.size < pages()) return `the database ${this.#path} was cut short`;
    this.#size = main.size;
    const log = statSync(`${this.#path}-wal`, { throwIfNoEntry: false });
    if (this.#log && !log) return `the database's log ${this.#path}-wal is gone: it was deleted, or moved away`;
    if (this.#log && log && !isSame(log, this.#log)) return `the database's log ${this.#path}-wal was replaced`;
    // A checkpoint makes it smaller too, and leaves nothing in it that could be missing.
    const isSmaller = this.#log && log && log.size < this.#log.size;
    if (isSmaller && this.#isLogCut()) return `the database's log ${this.#path}-wal was cut short`;
    this.#log = log;
    return undefined;
  }

  /** Whether something cannot be brought over from the log that is to be in it. */
  #isLogCut(): boolean {
    return isDamage(this.#errorOf("PRAGMA wal_checkpoint(PASSIVE)", { readwrite: true }));
  }

  /**
   * Says what is wrong with the file's beginning, without which nothing else can be read. Where the file was written to
   * since, the beginning is read anew, by a connection of its own, since the one in use goes by what it remembers. That
   * takes half a millisecond.
   */
  damage(): string | undefined {
    const written = statSync(this.#path, { throwIfNoEntry: false })?.mtimeMs;
    if (written === this.#read || written === undefined) return undefined;
    const error = this.#errorOf("SELECT count(*) FROM sqlite_schema", { readonly: true });
    if (isDamage(error)) return `the database ${this.#path} is damaged: ${error.message}`;
    if (error === undefined) this.#read = written; // else another program has it for a moment
    return undefined;
  }

  /** Runs SQL on a connection of its own. Answers what that threw. */
  #errorOf(sql: string, access: { readonly: true } | { readwrite: true }): unknown {
    let db: Database | undefined;
    try {
      db = new Database(this.#path, access);
      db.run("PRAGMA busy_timeout = 0");
      db.query(sql).get();
      return undefined;
    } catch (error) {
      return error;
    } finally {
      db?.close();
    }
  }
}

/** Answers what a read answers, or something else where the database is damaged. */
export function orOnDamage<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch (error) {
    if (isDamage(error)) return otherwise;
    throw error;
  }
}

/** Whether an error says that what is on the disk is not what was written there. */
export function isDamage(error: unknown): error is Error {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return /^SQLITE_(CORRUPT|NOTADB|IOERR)/.test(code);
}

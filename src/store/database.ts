import { Database } from "bun:sqlite";
import { type Stats, statSync } from "node:fs";
import { MIGRATIONS } from "./migrations.ts";

/** How long a write waits for another program's lock on the database, in milliseconds. */
export const BUSY = 500;

/** SQLite's file name for a database in memory. */
export const MEMORY = ":memory:";

/**
 * Pages of 4096 bytes in the write-ahead log from which a commit runs a checkpoint itself. The search worker does
 * checkpoints; this is only for when it falls behind.
 */
const LOG_PAGES = 16_384;

/** Bytes to which the write-ahead log is cut by the first write after a full checkpoint (journal_size_limit). */
export const LOG_BYTES = 16 << 20;

/** A database or its folder cannot be used. The message is a whole sentence for the operator. */
export class StoreError extends Error {}

/**
 * Opens a database and runs the migrations it lacks. `sync` is SQLite's `synchronous`: with `full`, a commit also
 * survives a power failure. Throws `StoreError`.
 */
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

/** Whether a database still lacks migrations. Throws `StoreError`. */
export function isOlder(path: string): boolean {
  try {
    using db = new Database(path, { readwrite: true });
    return versionOf(db) < MIGRATIONS.length;
  } catch (error) {
    throw new StoreError(`The database ${path} cannot be opened: ${reasonOf(error)}`);
  }
}

/**
 * Whether nobody has used a database yet: it has neither messages nor other events of rooms, neither accounts nor bans.
 * One that lacks migrations counts as used. Throws `StoreError`.
 */
export function isUnused(path: string): boolean {
  try {
    using db = new Database(path, { readwrite: true });
    const isEmpty = (table: string) => db.query(`SELECT 1 FROM ${table} LIMIT 1`).get() === null;
    return versionOf(db) === MIGRATIONS.length && ["message", "happening", "account", "ban"].every(isEmpty);
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

/** Describes a database error in words for an operator. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  switch ("code" in error ? error.code : "") {
    case "SQLITE_NOTADB":
    case "SQLITE_CORRUPT":
      return "it is damaged, or not a database of tcpchat. Move it away to start anew, or restore a backup.";
    case "SQLITE_READONLY":
    case "SQLITE_CANTOPEN":
      return `this user may not read and write it (${error.message}).`;
    case "SQLITE_FULL":
      return "the disk is full.";
    default:
      return error.message;
  }
}

/** Whether two `stat` results are of the same file. */
function isSameFile(one: Stats, other: Stats): boolean {
  return one.ino === other.ino && one.dev === other.dev;
}

/**
 * Watches the files of an open database on the disk. SQLite goes on writing to a file that was deleted or moved away,
 * and all of that would be gone after a restart; so each commit checks the files first, with two `stat` calls.
 *
 * The files must not be opened outside SQLite: closing a descriptor would drop SQLite's locks (POSIX).
 */
export class DatabaseFile {
  readonly #path: string;
  readonly #main: Stats;
  /** The file's modification time when its beginning was last read and found intact. */
  #intactAt = Number.NaN;
  #log: Stats | undefined;
  #size: number;

  /** `path` must be the database that was just opened. */
  constructor(path: string) {
    this.#path = path;
    this.#main = statSync(path);
    this.#log = statSync(`${path}-wal`, { throwIfNoEntry: false });
    this.#size = this.#main.size;
  }

  /**
   * Describes what happened to the files; `undefined` if they are intact. `bytes` gives the size that the database
   * should have.
   */
  missing(bytes: () => number): string | undefined {
    const main = statSync(this.#path, { throwIfNoEntry: false });
    if (!main) return `the database ${this.#path} is gone: it was deleted, or moved away`;
    if (!isSameFile(main, this.#main)) return `the database ${this.#path} was replaced by another file`;
    // Another program may have shrunk it with VACUUM: then SQLite knows the smaller size.
    if (main.size < this.#size && main.size < bytes()) return `the database ${this.#path} was cut short`;
    this.#size = main.size;
    const log = statSync(`${this.#path}-wal`, { throwIfNoEntry: false });
    if (this.#log && !log) return `the database's log ${this.#path}-wal is gone: it was deleted, or moved away`;
    if (this.#log && log && !isSameFile(log, this.#log)) return `the database's log ${this.#path}-wal was replaced`;
    // A checkpoint shrinks the log too, and leaves nothing in it that could be missing.
    const isSmaller = this.#log && log && log.size < this.#log.size;
    if (isSmaller && this.#isLogCut()) return `the database's log ${this.#path}-wal was cut short`;
    this.#log = log;
    return undefined;
  }

  /** Whether the log lacks pages that a checkpoint expects in it. */
  #isLogCut(): boolean {
    return isDamage(this.#errorOf("PRAGMA wal_checkpoint(PASSIVE)", { readwrite: true }));
  }

  /**
   * Describes damage at the beginning of the file, without which nothing can be read. If the file has changed since the
   * last check, the beginning is read by a new connection, because the open one answers from its cache. Takes half a
   * millisecond.
   */
  damage(): string | undefined {
    const written = statSync(this.#path, { throwIfNoEntry: false })?.mtimeMs;
    if (written === this.#intactAt || written === undefined) return undefined;
    const error = this.#errorOf("SELECT count(*) FROM sqlite_schema", { readonly: true });
    if (isDamage(error)) return `the database ${this.#path} is damaged: ${error.message}`;
    if (error === undefined) this.#intactAt = written; // otherwise another program holds a lock: checked again later
    return undefined;
  }

  /** Runs SQL on a new connection, and returns the error that it throws, if any. */
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

/**
 * Whether a database that nobody writes to is damaged. Reads all of it; a value that SQLite can read may be wrong all the
 * same.
 */
export function isDatabaseDamaged(path: string): boolean {
  try {
    using db = new Database(path, { readwrite: true, create: false });
    return db.query<{ quick_check: string }, []>("PRAGMA quick_check(1)").get()?.quick_check !== "ok";
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    // Other errors, such as those of a full disk, leave open what the file has.
    return /^SQLITE_(CORRUPT|NOTADB|IOERR_READ|IOERR_SHORT_READ|IOERR_CORRUPTFS)/.test(code);
  }
}

/** Runs a read, and returns `otherwise` if the database is damaged there. */
export function orOnDamage<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch (error) {
    if (isDamage(error)) return otherwise;
    throw error;
  }
}

/** Whether an error means that the disk does not hold what was written there. */
export function isDamage(error: unknown): error is Error {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return /^SQLITE_(CORRUPT|NOTADB|IOERR)/.test(code);
}

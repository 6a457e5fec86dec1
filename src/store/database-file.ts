import { Database } from "bun:sqlite";
import { type Stats, statSync } from "node:fs";

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

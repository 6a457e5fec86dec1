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
  #log: Stats | undefined;
  #size: number;

  /** Of a database that was just opened. */
  constructor(path: string) {
    this.#path = path;
    this.#main = statSync(path);
    this.#log = statSync(`${path}-wal`, { throwIfNoEntry: false });
    this.#size = this.#main.size;
  }

  /** What is wrong with the files; `undefined` if nothing is. `pages` are the bytes that the database is to have. */
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
    this.#log = log;
    return undefined;
  }
}

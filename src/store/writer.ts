import type { Database, Statement } from "bun:sqlite";
import type { Place } from "../chat/store.ts";
import { BUSY, type DatabaseFile, isDamage } from "./database.ts";

const RETRY = 1000; // ms between attempts to write, after a failure
const PLACES = 4096; // place ids in the cache, which is cleared when full: users can create any number of places

/** The writer's clock, and its callbacks about failures. */
export interface WriterWatch {
  /** Monotonic milliseconds, from any origin. */
  readonly clock: () => number;
  /** Writing failed; nothing is stored until `recovered`. Called once per outage. */
  failed(error: Error): void;
  /** Writing works again. Called once per outage. */
  recovered(): void;
  /** Part of the database cannot be read. Called once. */
  damaged?(error: Error): void;
}

/**
 * The database connection, and the one transaction of each tick (one turn of the event loop).
 *
 * Every write of a tick goes through `write`. The first one opens the transaction, `commit` ends it, and a failure
 * rolls the whole tick back. After a failure the writer is down: writes do nothing, and once a second it tests whether
 * writing works again.
 */
export class Writer {
  readonly db: Database;
  readonly #watch: WriterWatch;
  /** The files on disk; `undefined` for a database in memory. */
  readonly #file: DatabaseFile | undefined;
  readonly #begin: Statement;
  readonly #commit: Statement;
  readonly #places = new Map<Place, number>();
  readonly #findPlace: Statement<{ id: number }, [string]>;
  /** Rows written since the start. */
  written = 0;
  /** Transactions rolled back since the start. */
  failures = 0;
  /** Reads that failed since the start because the database is damaged. */
  faults = 0;
  #isOpen = false;
  #hasFailed = false;
  /** When writing is tested next; `undefined` while it works. */
  #retryAt: number | undefined;

  constructor(db: Database, watch: WriterWatch, file?: DatabaseFile) {
    this.db = db;
    this.#watch = watch;
    this.#file = file;
    // A transaction that begins with a read cannot write once another program has written.
    this.#begin = db.prepare("BEGIN IMMEDIATE");
    this.#commit = db.prepare("COMMIT");
    this.#findPlace = db.prepare("SELECT id FROM place WHERE key = ?");
  }

  /** Whether the tick's transaction is open. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Whether writing has failed and does not work yet. Once a second, reading this tests it by writing a probe row. */
  get isDown(): boolean {
    return this.#retryAt !== undefined && (this.#watch.clock() < this.#retryAt || !this.#worksAgain());
  }

  /**
   * Runs `work`, which writes `rows` rows, in the tick's transaction. Returns false if nothing was stored: writing does not
   * work, or this write failed.
   */
  write(work: () => void, rows = 1): boolean {
    if (this.isDown || this.#hasFailed) return false;
    try {
      if (!this.#isOpen) this.#begin.run();
      this.#isOpen = true;
      work();
      this.written += rows;
      return true;
    } catch (error) {
      this.#fail(error);
      return false;
    }
  }

  /**
   * Runs `work` in its own transaction. Returns false if nothing was stored: a tick's transaction is open, or writing does
   * not work.
   */
  writeAlone(work: () => void): boolean {
    if (this.#isOpen || this.#hasFailed || this.isDown) return false;
    try {
      this.db.transaction(work).immediate();
      return true;
    } catch {
      return false; // the next tick's write meets the same error and reports it
    }
  }

  /** Commits the tick's transaction. Returns false if nothing of the tick was stored. */
  commit(): boolean {
    if (this.#isOpen) {
      try {
        this.#throwIfMissing();
        this.#commit.run();
        this.#isOpen = false;
      } catch (error) {
        this.#fail(error);
      }
    }
    const stored = !this.#hasFailed;
    this.#hasFailed = false;
    return stored;
  }

  /**
   * Checks that the database files are still there and intact, so that an idle server notices too. Does nothing while a
   * tick's transaction is open.
   */
  checkFiles(): void {
    if (this.#isOpen || this.#retryAt !== undefined) return;
    try {
      this.#throwIfMissing();
      this.#throwIfDamaged();
    } catch (error) {
      this.#fail(error);
      this.#hasFailed = false; // no tick's write was lost
    }
  }

  /** Runs a read, and returns `otherwise` if the database is damaged there. */
  read<T>(work: () => T, otherwise: T): T {
    try {
      return work();
    } catch (error) {
      if (!isDamage(error)) throw error;
      if (this.faults++ === 0) this.#watch.damaged?.(error);
      return otherwise;
    }
  }

  /** The id of a place, which is created if it has none. Only within `write`. */
  placeId(place: Place): number {
    const known = this.findPlace(place);
    if (known !== undefined) return known;
    const id = Number(this.db.query("INSERT INTO place (key) VALUES (?)").run(place).lastInsertRowid);
    return this.#cachePlace(place, id);
  }

  /** The id of a place; `undefined` if nothing is stored for it. */
  findPlace(place: Place): number | undefined {
    const known = this.#places.get(place);
    if (known !== undefined) return known;
    const row = this.read(() => this.#findPlace.get(place), null);
    return row ? this.#cachePlace(place, row.id) : undefined;
  }

  /** Drops a deleted or renamed place from the cache. */
  forgetPlace(place: Place): void {
    this.#places.delete(place);
  }

  #cachePlace(place: Place, id: number): number {
    if (this.#places.size >= PLACES) this.#places.clear();
    this.#places.set(place, id);
    return id;
  }

  #fail(error: unknown): void {
    this.#isOpen = false;
    this.#hasFailed = true;
    this.failures++;
    this.#places.clear(); // some may have been created in the transaction that was rolled back
    if (this.db.inTransaction) this.db.run("ROLLBACK");
    const isNew = this.#retryAt === undefined;
    this.#retryAt = this.#watch.clock() + RETRY;
    if (isNew) this.#watch.failed(error instanceof Error ? error : new Error(String(error)));
  }

  /** Throws if the database files were deleted, moved, replaced or cut: what is written now would be lost. */
  #throwIfMissing(): void {
    const reason = this.#file?.missing(() => this.#bytes());
    if (reason !== undefined) throw new Error(reason);
  }

  #throwIfDamaged(): void {
    const damage = this.#file?.damage();
    if (damage !== undefined) throw new Error(damage);
  }

  /** The size of the database in bytes, as SQLite knows it. */
  #bytes(): number {
    const size = "SELECT page_count * page_size AS bytes FROM pragma_page_count, pragma_page_size";
    return this.db.query<{ bytes: number }, []>(size).get()?.bytes ?? 0;
  }

  /** Tests writing with a probe row. Does not wait for locks, and loses no message if it fails. */
  #worksAgain(): boolean {
    this.db.run("PRAGMA busy_timeout = 0");
    try {
      this.#throwIfMissing();
      this.#throwIfDamaged();
      const probe = this.db.query("INSERT OR REPLACE INTO meta VALUES ('probe', ?)");
      this.db.transaction(() => probe.run(this.failures)).immediate();
    } catch {
      this.#retryAt = this.#watch.clock() + RETRY;
      return false;
    } finally {
      this.db.run(`PRAGMA busy_timeout = ${BUSY}`);
    }
    this.#retryAt = undefined;
    this.#watch.recovered();
    return true;
  }
}

import type { Database, Statement } from "bun:sqlite";
import type { Place } from "../chat/store.ts";
import { BUSY, type DatabaseFile, isDamage } from "./database.ts";

const RETRY = 1000; // ms until writing is tried again, once it has failed
const PLACES = 4096; // whose numbers are remembered: anyone may make more

/** What a writer tells whoever runs it. */
export interface WriterWatch {
  /** Milliseconds, of any origin. */
  readonly clock: () => number;
  /** Writing has failed: nothing is kept until further notice. Told once. */
  failed(error: Error): void;
  /** Writing works again. Told once. */
  recovered(): void;
  /** Some of the database cannot be read. Told once. */
  damaged?(error: Error): void;
}

/**
 * The database and the one transaction of a turn. Every write goes through `write`, so that what fails takes the whole
 * turn's transaction with it, and ends nothing else: then it is down, and tries again a second later.
 */
export class Writer {
  readonly db: Database;
  readonly #watch: WriterWatch;
  /** Where it lies, if on a disk. */
  readonly #file: DatabaseFile | undefined;
  readonly #begin: Statement;
  readonly #commit: Statement;
  readonly #places = new Map<Place, number>();
  readonly #findPlace: Statement<{ id: number }, [string]>;
  /** Rows that were written. */
  written = 0;
  /** How often a transaction has come to nothing. */
  failures = 0;
  /** How often something could not be read, since the database is damaged there. */
  faults = 0;
  #isOpen = false;
  #hasFailed = false;
  /** When writing is tried again; `undefined` while all is well. */
  #retryAt: number | undefined;

  constructor(db: Database, watch: WriterWatch, file?: DatabaseFile) {
    this.db = db;
    this.#watch = watch;
    this.#file = file;
    this.#begin = db.prepare("BEGIN IMMEDIATE"); // what reads first cannot write once another program has
    this.#commit = db.prepare("COMMIT");
    this.#findPlace = db.prepare("SELECT id FROM place WHERE key = ?");
  }

  /** A turn's transaction is open. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Writing has failed, and does not work yet: asked about once a second, it is tried with a row of no meaning. */
  get isDown(): boolean {
    return this.#retryAt !== undefined && (this.#watch.clock() < this.#retryAt || !this.#worksAgain());
  }

  /** Does it in the turn's transaction: so many rows. While writing does not work, does nothing, and answers no. */
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

  /** Does it in a transaction of its own. False, and not done: a turn's is open, or writing does not work. */
  aside(work: () => void): boolean {
    if (this.#isOpen || this.#hasFailed || this.isDown) return false;
    try {
      this.db.transaction(work).immediate();
      return true;
    } catch {
      return false; // the next turn finds out, and tells
    }
  }

  /** Ends the transaction. False: nothing of it was stored. */
  commit(): boolean {
    if (this.#isOpen) {
      try {
        this.#lookAtFile();
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

  /** Looks whether the database is still where it was, also while nothing is written; not while a turn is open. */
  look(): void {
    if (this.#isOpen || this.#retryAt !== undefined) return;
    try {
      this.#lookAtFile();
      this.#lookInside();
    } catch (error) {
      this.#fail(error);
      this.#hasFailed = false; // of no turn's
    }
  }

  /** Reads something. Where the database is damaged, answers `otherwise`. */
  read<T>(work: () => T, otherwise: T): T {
    try {
      return work();
    } catch (error) {
      if (!isDamage(error)) throw error;
      if (this.faults++ === 0) this.#watch.damaged?.(error);
      return otherwise;
    }
  }

  /** The number of a place; made, if there is none yet. Only within `write`. */
  placeId(place: Place): number {
    const known = this.findPlace(place);
    if (known !== undefined) return known;
    const id = Number(this.db.query("INSERT INTO place (key) VALUES (?)").run(place).lastInsertRowid);
    return this.#remember(place, id);
  }

  findPlace(place: Place): number | undefined {
    const known = this.#places.get(place);
    if (known !== undefined) return known;
    const row = this.read(() => this.#findPlace.get(place), null);
    return row ? this.#remember(place, row.id) : undefined;
  }

  /** The place is gone: it has another number, should it be made again. */
  forgetPlace(place: Place): void {
    this.#places.delete(place);
  }

  #remember(place: Place, id: number): number {
    if (this.#places.size >= PLACES) this.#places.clear();
    this.#places.set(place, id);
    return id;
  }

  #fail(error: unknown): void {
    this.#isOpen = false;
    this.#hasFailed = true;
    this.failures++;
    this.#places.clear(); // some may have been made in the transaction that is no more
    if (this.db.inTransaction) this.db.run("ROLLBACK");
    const isNew = this.#retryAt === undefined;
    this.#retryAt = this.#watch.clock() + RETRY;
    if (isNew) this.#watch.failed(error instanceof Error ? error : new Error(String(error)));
  }

  /** Throws if the database is not where it was: what is written then is not there later. */
  #lookAtFile(): void {
    const trouble = this.#file?.trouble(() => this.#bytes());
    if (trouble !== undefined) throw new Error(trouble);
  }

  #lookInside(): void {
    const damage = this.#file?.damage();
    if (damage !== undefined) throw new Error(damage);
  }

  /** How large the database is, by its own account. */
  #bytes(): number {
    const size = "SELECT page_count * page_size AS bytes FROM pragma_page_count, pragma_page_size";
    return this.db.query<{ bytes: number }, []>(size).get()?.bytes ?? 0;
  }

  /** Writes something that nobody misses, and waits for nobody: so no message is lost to find out, and no time. */
  #worksAgain(): boolean {
    this.db.run("PRAGMA busy_timeout = 0");
    try {
      this.#lookAtFile();
      this.#lookInside();
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

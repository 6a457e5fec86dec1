import type { Deleting } from "./retention.ts";
import type { SqliteStore } from "./sqlite.ts";

const DAY = 86_400_000; // ms
const IDS = 2 * DAY; // how long client ids are kept; a day is promised

/** The schedule of maintenance, in milliseconds. */
interface MaintenanceIntervals {
  /** From the start to the first pass, and from the end of one pass to the next. */
  readonly first: number;
  readonly every: number;
  /** How long a pass works at a time, and then pauses. */
  readonly work: number;
  readonly rest: number;
  /** Between two refreshes of the search index and the log. */
  readonly refresh: number;
}

const INTERVALS: MaintenanceIntervals = { first: 10_000, every: 3_600_000, work: 5, rest: 50, refresh: 1000 };

interface MaintenanceSetup {
  /** How long messages are kept, in milliseconds; `undefined`: for ever. */
  readonly retention: number | undefined;
  readonly clock: TrustedClock;
  readonly intervals?: MaintenanceIntervals;
  /** In a cluster: one node finds the rows that are too old, and all nodes delete them. */
  readonly shared?: SharedRetention | undefined;
}

/** How a cluster deletes old rows. */
export interface SharedRetention {
  /** Whether this node finds the old rows for all nodes. */
  isOurs(): boolean;
  readonly deleting: Deleting;
}

/**
 * Maintains a store while a server uses it: refreshes the search index every second, and deletes old content every
 * hour, a few milliseconds at a time.
 */
export class Maintenance {
  readonly #store: SqliteStore;
  #retention: number | undefined;
  readonly #clock: TrustedClock;
  readonly #intervals: MaintenanceIntervals;
  readonly #shared: SharedRetention | undefined;
  readonly #refreshing: ReturnType<typeof setInterval>;
  #next: ReturnType<typeof setTimeout>;
  #pass: Generator<boolean, void> | undefined;

  constructor(store: SqliteStore, { retention, clock, intervals = INTERVALS, shared }: MaintenanceSetup) {
    this.#store = store;
    this.#retention = retention;
    this.#clock = clock;
    this.#intervals = intervals;
    this.#shared = shared;
    this.#refreshing = setInterval(() => store.refresh(), intervals.refresh);
    this.#next = setTimeout(() => this.#work(), intervals.first);
  }

  /** Changes how long messages are kept; a new pass begins soon. */
  set retention(retention: number | undefined) {
    if (retention === this.#retention) return;
    this.#retention = retention;
    this.#pass = undefined;
    clearTimeout(this.#next);
    this.#next = setTimeout(() => this.#work(), this.#intervals.first);
  }

  stop(): void {
    clearInterval(this.#refreshing);
    clearTimeout(this.#next);
    this.#pass = undefined;
  }

  #work(): void {
    if (this.#shared && !this.#shared.isOurs()) this.#pass = undefined;
    else this.#pass ??= this.#begin();
    const isOver = !this.#pass || this.#runSlice(this.#pass);
    if (isOver) this.#pass = undefined;
    this.#next = setTimeout(() => this.#work(), isOver ? this.#intervals.every : this.#intervals.rest);
  }

  /** Begins a pass; `undefined` if the clock is doubted. */
  #begin(): Generator<boolean, void> | undefined {
    const now = this.#clock.read();
    if (now === undefined) return undefined;
    const messages = this.#retention === undefined ? undefined : now - this.#retention;
    return this.#store.applyRetention({ messages, ids: now - IDS, now }, this.#shared?.deleting);
  }

  /** Runs a pass for a few milliseconds; true once it is over. */
  #runSlice(pass: Generator<boolean, void>): boolean {
    const end = performance.now() + this.#intervals.work;
    let step = pass.next();
    while (!step.done && step.value && performance.now() < end) step = pass.next();
    return step.done === true;
  }
}

const MAX_AHEAD = DAY; // a clock that jumped further ahead than this is doubted
const PROBATION = DAY; // how long a doubted clock must run steadily
const MAX_DRIFT = 60_000; // ms by which it may drift meanwhile

interface Reading {
  readonly clock: number;
  readonly steady: number;
}

interface TrustedClockSetup {
  /** Wall clock: milliseconds since 1970. It may be set forward and back. */
  readonly clock: () => number;
  /** Monotonic clock: milliseconds from any origin. */
  readonly steady: () => number;
  /** The time of the newest stored message. */
  readonly newest: number;
  /** Called when the clock becomes doubted, with the milliseconds it is ahead. */
  readonly doubted: (ahead: number) => void;
}

/**
 * The clock that decides which history is old enough to delete.
 *
 * A wall clock that jumps far ahead may have been set wrongly, and deleted history does not come back. So after a jump
 * the clock is doubted until it has run as steadily as the monotonic clock for a day.
 */
export class TrustedClock {
  readonly #setup: TrustedClockSetup;
  #trusted: Reading;
  /** The reading at which the clock became doubted. */
  #doubtedAt: Reading | undefined;

  constructor(setup: TrustedClockSetup) {
    this.#setup = setup;
    this.#trusted = { clock: setup.newest, steady: setup.steady() };
  }

  /** The time in milliseconds since 1970; `undefined` while the clock is doubted. */
  read(): number | undefined {
    const now = { clock: this.#setup.clock(), steady: this.#setup.steady() };
    const ahead = gained(this.#trusted, now);
    if (ahead > MAX_AHEAD && !this.#isProved(now, ahead)) return undefined;
    this.#trusted = now;
    this.#doubtedAt = undefined;
    return now.clock;
  }

  #isProved(now: Reading, ahead: number): boolean {
    if (this.#doubtedAt && Math.abs(gained(this.#doubtedAt, now)) <= MAX_DRIFT)
      return now.steady - this.#doubtedAt.steady >= PROBATION;
    this.#doubtedAt = now;
    this.#setup.doubted(ahead);
    return false;
  }
}

/** The milliseconds that the wall clock gained on the monotonic clock between two readings. */
function gained(then: Reading, now: Reading): number {
  return now.clock - then.clock - (now.steady - then.steady);
}

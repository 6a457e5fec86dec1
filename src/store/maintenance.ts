import type { SqliteStore } from "./sqlite.ts";

const DAY = 86_400_000; // ms
const IDS = 2 * DAY; // how long a sender's id is known at the least: a day is promised

/** How a store is looked after, in milliseconds. */
interface Pace {
  /** Until the first pass begins, and from the end of one to the next. */
  readonly first: number;
  readonly every: number;
  /** How long a pass works at a stretch, and rests then. */
  readonly work: number;
  readonly rest: number;
  /** Between two looks at what was said since. */
  readonly refresh: number;
}

const PACE: Pace = { first: 10_000, every: 3_600_000, work: 5, rest: 50, refresh: 1000 };

interface MaintenanceSetup {
  /** How long messages are kept, in milliseconds; `undefined` is for ever. */
  readonly retention: number | undefined;
  readonly clock: TrustedClock;
  readonly pace?: Pace;
}

/**
 * Looks after a store while it is in use: what was said is taken into the full-text index, and once an hour what is too
 * old is taken out, a few milliseconds at a time. Nobody waits for it.
 */
export class Maintenance {
  readonly #store: SqliteStore;
  #retention: number | undefined;
  readonly #clock: TrustedClock;
  readonly #pace: Pace;
  readonly #refreshing: ReturnType<typeof setInterval>;
  #next: ReturnType<typeof setTimeout>;
  #pass: Generator<boolean, void> | undefined;

  constructor(store: SqliteStore, { retention, clock, pace = PACE }: MaintenanceSetup) {
    this.#store = store;
    this.#retention = retention;
    this.#clock = clock;
    this.#pace = pace;
    this.#refreshing = setInterval(() => store.refresh(), pace.refresh);
    this.#next = setTimeout(() => this.#work(), pace.first);
  }

  /** From now on, messages are kept for so long. */
  set retention(retention: number | undefined) {
    if (retention === this.#retention) return;
    this.#retention = retention;
    this.#pass = undefined;
    clearTimeout(this.#next);
    this.#next = setTimeout(() => this.#work(), this.#pace.first);
  }

  stop(): void {
    clearInterval(this.#refreshing);
    clearTimeout(this.#next);
    this.#pass = undefined;
  }

  #work(): void {
    this.#pass ??= this.#begin();
    const isOver = !this.#pass || this.#goOn(this.#pass);
    if (isOver) this.#pass = undefined;
    this.#next = setTimeout(() => this.#work(), isOver ? this.#pace.every : this.#pace.rest);
  }

  /** A pass, if the clock may be trusted. */
  #begin(): Generator<boolean, void> | undefined {
    const now = this.#clock.read();
    if (now === undefined) return undefined;
    const messages = this.#retention === undefined ? undefined : now - this.#retention;
    return this.#store.applyRetention({ messages, ids: now - IDS, now });
  }

  /** A stretch of a pass; true once it is over. */
  #goOn(pass: Generator<boolean, void>): boolean {
    const end = performance.now() + this.#pace.work;
    let step = pass.next();
    while (!step.done && step.value && performance.now() < end) step = pass.next();
    return step.done === true;
  }
}

const AHEAD = DAY; // a clock that is further ahead than this, of where it was seen last, is doubted
const WAIT = DAY; // for so long a doubted clock must go as time does
const DRIFT = 60_000; // ms by which it may go otherwise meanwhile

interface Reading {
  readonly clock: number;
  readonly steady: number;
}

interface TrustedClockSetup {
  /** Milliseconds since 1970; it may be set, forward and back. */
  readonly clock: () => number;
  /** Milliseconds of any origin, which only go on. */
  readonly steady: () => number;
  /** The time of the newest that is kept. */
  readonly newest: number;
  /** The clock is doubted, since it is so many milliseconds ahead. */
  readonly doubted: (ahead: number) => void;
}

/**
 * A clock by which history may be deleted. One look at a clock that is far ahead is not believed: it may have been set
 * wrongly, and what is deleted does not come back. It is believed once it has gone on as time does for a day.
 */
export class TrustedClock {
  readonly #setup: TrustedClockSetup;
  #trusted: Reading;
  /** Since when it is doubted. */
  #since: Reading | undefined;

  constructor(setup: TrustedClockSetup) {
    this.#setup = setup;
    this.#trusted = { clock: setup.newest, steady: setup.steady() };
  }

  /** The time; `undefined` while the clock is doubted. */
  read(): number | undefined {
    const now = { clock: this.#setup.clock(), steady: this.#setup.steady() };
    const ahead = between(this.#trusted, now);
    if (ahead > AHEAD && !this.#isProved(now, ahead)) return undefined;
    this.#trusted = now;
    this.#since = undefined;
    return now.clock;
  }

  #isProved(now: Reading, ahead: number): boolean {
    if (this.#since && Math.abs(between(this.#since, now)) <= DRIFT) return now.steady - this.#since.steady >= WAIT;
    this.#since = now;
    this.#setup.doubted(ahead);
    return false;
  }
}

/** By how much more the clock has gone on than time has. */
function between(then: Reading, now: Reading): number {
  return now.clock - then.clock - (now.steady - then.steady);
}

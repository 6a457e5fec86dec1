import type { SqliteStore } from "./sqlite.ts";
import type { TrustedClock } from "./trusted-clock.ts";

const DAY = 86_400_000; // ms
const IDS = 2 * DAY; // how long a sender's id is known at the least: a day is promised

/** How a store is looked after, in milliseconds. */
export interface Pace {
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

export interface UpkeepSetup {
  /** How long messages are kept, in milliseconds; `undefined` is for ever. */
  readonly retention: number | undefined;
  readonly clock: TrustedClock;
  readonly pace?: Pace;
}

/**
 * Looks after a store while it is in use: what was said is taken into the full-text index, and once an hour what is too
 * old is taken out, a few milliseconds at a time. Nobody waits for it.
 */
export class Upkeep {
  readonly #store: SqliteStore;
  #retention: number | undefined;
  readonly #clock: TrustedClock;
  readonly #pace: Pace;
  readonly #refreshing: ReturnType<typeof setInterval>;
  #next: ReturnType<typeof setTimeout>;
  #pass: Generator<boolean, void> | undefined;

  constructor(store: SqliteStore, { retention, clock, pace = PACE }: UpkeepSetup) {
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
    return this.#store.sweep({ messages, ids: now - IDS, now });
  }

  /** A stretch of a pass; true once it is over. */
  #goOn(pass: Generator<boolean, void>): boolean {
    const end = performance.now() + this.#pace.work;
    let step = pass.next();
    while (!step.done && step.value && performance.now() < end) step = pass.next();
    return step.done === true;
  }
}

const DAY = 86_400_000; // ms
const AHEAD = DAY; // a clock that is further ahead than this, of where it was seen last, is doubted
const WAIT = DAY; // for so long a doubted clock must go as time does
const DRIFT = 60_000; // ms by which it may go otherwise meanwhile

interface Reading {
  readonly clock: number;
  readonly steady: number;
}

export interface TrustedClockSetup {
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

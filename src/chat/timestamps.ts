const AHEAD = 1000; // ms that time may be ahead of the clock
const STEP = 5000; // ms: a clock that is set back by more takes time back with it

export interface TimestampSetup {
  /** The time of the latest event that was stored. */
  readonly last: number;
  /** Time goes back with the next event, by so many milliseconds. */
  readonly steppedBack: (by: number) => void;
}

/**
 * The times of events. `seq` orders events; their time follows the clock.
 *
 * Each event is a millisecond later than the one before, so a place can be named by its time. Time is never more than a
 * second ahead of the clock: in a flood beyond that, and after a small step back, events share a millisecond. After a
 * step back of more than five seconds time goes on with the clock: a clock that was ahead once does not stop it.
 */
export class Timestamps {
  readonly #steppedBack: (by: number) => void;
  #last: number;
  /** The last reading of the clock. */
  #seen: number;

  constructor({ last, steppedBack }: TimestampSetup) {
    this.#steppedBack = steppedBack;
    this.#last = last;
    this.#seen = last;
  }

  /** The time of the next event; `now` is what the clock says: milliseconds since 1970, set forward and back at times. */
  next(now: number): number {
    const isStep = now < this.#seen - STEP || now < this.#last - STEP - AHEAD;
    this.#seen = now;
    if (isStep) {
      this.#steppedBack(this.#last - now);
      this.#last = now;
    } else {
      this.#last = Math.max(this.#last, Math.min(Math.max(now, this.#last + 1), now + AHEAD));
    }
    return this.#last;
  }
}

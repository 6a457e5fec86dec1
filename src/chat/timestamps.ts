const AHEAD = 1000; // ms that event times may be ahead of the clock
const STEP = 5000; // ms: if the clock is set back by more, event times go back too

/** The dependencies of `Timestamps`. */
export interface TimestampSetup {
  /** The time of the newest stored event. */
  readonly last: number;
  /** Called before the next event's time goes back, with the milliseconds. */
  readonly steppedBack: (by: number) => void;
}

/**
 * Gives events their times. `seq` orders events; their times follow the clock.
 *
 * Each event is at least a millisecond later than the one before, so a time names a position in history. Times are at
 * most one second ahead of the clock: beyond that, in a flood or after a small step back, events share a millisecond.
 * After a step back of more than five seconds, times follow the clock again, so a clock that was wrong once does not
 * stop time.
 */
export class Timestamps {
  readonly #steppedBack: (by: number) => void;
  #last: number;
  /** The previous reading of the clock. */
  #seen: number;

  constructor({ last, steppedBack }: TimestampSetup) {
    this.#steppedBack = steppedBack;
    this.#last = last;
    this.#seen = last;
  }

  /** The time of the newest event. */
  get last(): number {
    return this.#last;
  }

  /** The time of the next event; `now` is the clock's reading, in milliseconds since 1970. */
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

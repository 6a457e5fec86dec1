const QUANTUM = 0.25; // ms that each has in a round
const DEBT = 50; // ms of it that are kept: one long line costs as many rounds, and no more
const HALF = 1000; // ms after which half of what was used is forgotten
const LIGHT = 10; // ms used lately, below which a connection is light
const NEWCOMER = 2 * LIGHT; // what one that has just connected is taken to have used

/**
 * A connection's share of the event loop's time: how much it has used lately, and how much it may use in this round.
 * Rounds are those of deficit round robin: each grants a quantum, and a visit that takes more owes it to the next ones.
 */
export class Share {
  #used = NEWCOMER;
  #at: number;
  #credit = 0;
  /** Bytes that it had laid down for peers when it was served last. */
  laid = 0;

  /** `now` in milliseconds, here and below. */
  constructor(now: number) {
    this.#at = now;
  }

  /** It has used little lately. */
  isLight(now: number): boolean {
    return this.#usedBy(now) < LIGHT;
  }

  /** It has used little more than a newcomer is taken to have used. */
  isModest(now: number): boolean {
    return this.#usedBy(now) < NEWCOMER + LIGHT;
  }

  /** A round begins for it; answers for how long it may be served, in ms: not at all, if it still owes some. */
  grant(): number {
    this.#credit += QUANTUM;
    return this.#credit;
  }

  /** It was served for so many ms. */
  spend(time: number, now: number): void {
    this.#credit = Math.max(-DEBT, this.#credit - time);
    this.#used = this.#usedBy(now) + time;
  }

  /** It has nothing left to be served: what it was granted is not saved up, what it owes stays. */
  rest(): void {
    this.#credit = Math.min(0, this.#credit);
  }

  #usedBy(now: number): number {
    this.#used *= 0.5 ** ((now - this.#at) / HALF);
    this.#at = now;
    return this.#used;
  }
}

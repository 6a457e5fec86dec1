/** How much may be had at once, and how much a second from then on; both may change. */
export interface Flow {
  readonly floodBurst: number;
  readonly floodRate: number;
}

/**
 * What a peer may say at once, and how fast from then on: a bucket of credit that fills with time. Who has used it up
 * waits; nothing is refused, and nothing is lost.
 */
export class Bucket {
  readonly #flow: Flow;
  #credit: number;
  #at: number;

  /** `now` in milliseconds. */
  constructor(flow: Flow, now: number) {
    this.#flow = flow;
    this.#credit = flow.floodBurst;
    this.#at = now;
  }

  /** Takes something out; answers whether there is enough left for one more. */
  spend(weight: number, now: number): boolean {
    this.#fill(now);
    this.#credit -= weight;
    return this.#credit >= 1;
  }

  /** Whether there is enough for one by now. */
  hasOne(now: number): boolean {
    this.#fill(now);
    return this.#credit >= 1;
  }

  /** Whether half of the burst, at least, has not been used. */
  isHalfFull(now: number): boolean {
    this.#fill(now);
    return this.#credit * 2 >= this.#flow.floodBurst;
  }

  #fill(now: number): void {
    const { floodBurst, floodRate } = this.#flow;
    this.#credit = Math.min(floodBurst, this.#credit + (Math.max(0, now - this.#at) * floodRate) / 1000);
    this.#at = now;
  }
}

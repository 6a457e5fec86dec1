/**
 * What a peer may say at once, and how fast from then on: a bucket of credit that fills with time. Who has used it up
 * waits; nothing is refused, and nothing is lost.
 */
export class Bucket {
  readonly #burst: number;
  readonly #rate: number;
  #credit: number;
  #at: number;

  /** `burst` at once, then `rate` a second; `now` in milliseconds. */
  constructor(burst: number, rate: number, now: number) {
    this.#burst = burst;
    this.#rate = rate;
    this.#credit = burst;
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

  #fill(now: number): void {
    this.#credit = Math.min(this.#burst, this.#credit + (Math.max(0, now - this.#at) * this.#rate) / 1000);
    this.#at = now;
  }
}

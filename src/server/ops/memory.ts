const MANY = 1000; // that have gone: each has left some 5 kB
const FEW = 50; // that go between two looks: what comes and goes on a calm day
const LATER = 2; // looks after which it is tidied once more

/**
 * Gives back the memory of many connections that have closed. The engine alone would keep it until there is need, which
 * on a calm day is never. A whole collection stops everything, some 10 ms for 15 MB in use: so it waits until it is
 * calm, and until as many have gone as are still here. What was held a little longer (a deadline, a socket that is
 * being closed) is found by a second one.
 */
export class MemoryTrimmer {
  readonly #collect: () => void;
  #latest = 0;
  #gone = 0;
  /** Looks until it is tidied once more. */
  #again = 0;

  constructor(collect: () => void) {
    this.#collect = collect;
  }

  /** One has gone. */
  left(): void {
    this.#latest++;
  }

  /** Is called every few seconds, with how many are here. */
  look(present: number): void {
    const isCalm = this.#latest < FEW;
    this.#gone += this.#latest;
    this.#latest = 0;
    if (!isCalm) return;
    const isCrowd = this.#gone >= Math.max(MANY, present);
    if (isCrowd) {
      this.#gone = 0;
      this.#again = LATER;
    } else if (this.#again === 0 || --this.#again > 0) return;
    this.#collect();
  }
}

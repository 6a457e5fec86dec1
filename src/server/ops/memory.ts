const MANY = 1000; // departures after which a collection is worth it: each has left some 5 kB
const FEW = 50; // departures between two checks on a calm day
const LATER = 2; // checks after a collection until the second one

/**
 * Gives back the memory of many connections that have closed. The engine alone would keep it until it needs more, which
 * on a calm day is never. A full collection stops the event loop for some 10 ms at 15 MB in use, so it waits until few
 * connections close and until as many have closed as are still open. A second collection finds what was held a little
 * longer, by a deadline or by a socket that was closing.
 */
export class MemoryTrimmer {
  readonly #collect: () => void;
  /** Departures since the last check. */
  #latest = 0;
  /** Departures since the last collection. */
  #gone = 0;
  /** Checks until the second collection; 0 if none is due. */
  #again = 0;

  constructor(collect: () => void) {
    this.#collect = collect;
  }

  /** Counts a connection that has closed. */
  left(): void {
    this.#latest++;
  }

  /** Is called every few seconds with the number of open connections. */
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

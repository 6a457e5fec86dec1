const FARTHEST = 1_000_000; // a larger jump is an impossible number, not a gap

/**
 * Checks that each number of each sender comes once and in order. A number after a later one is reordered, a repeated
 * one is doubled, and one that never comes is missing.
 */
export class Sequences {
  readonly #next: number[];
  readonly #gaps = new Map<number, Set<number>>();
  /** How many different numbers have come. */
  got = 0;
  doubled = 0;
  reordered = 0;
  /** How many impossible numbers have come. */
  strange = 0;

  /** Each sender's first number. */
  constructor(first: readonly number[]) {
    this.#next = [...first];
  }

  take(sender: number, seq: number): void {
    const next = this.#next[sender];
    if (next === seq) {
      this.#next[sender] = seq + 1;
      this.got++;
    } else {
      this.#odd(sender, seq, next);
    }
  }

  /** How many numbers below these limits (one per sender) have not come. */
  missing(ends: readonly number[]): number {
    let missing = 0;
    for (const [sender, end] of ends.entries()) missing += Math.max(0, end - (this.#next[sender] ?? end));
    for (const gap of this.#gaps.values()) missing += gap.size;
    return missing;
  }

  #odd(sender: number, seq: number, next: number | undefined): void {
    if (next === undefined || seq > next + FARTHEST) {
      this.strange++;
      return;
    }
    const gap = this.#gaps.get(sender) ?? new Set();
    this.#gaps.set(sender, gap);
    if (seq > next) {
      for (let missed = next; missed < seq; missed++) gap.add(missed);
      this.#next[sender] = seq + 1;
      this.got++;
    } else if (gap.delete(seq)) {
      this.reordered++;
      this.got++;
    } else {
      this.doubled++;
    }
  }
}

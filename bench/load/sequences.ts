const FARTHEST = 1_000_000; // a number that jumps further than this is nonsense, not a gap

/**
 * Checks what several senders have numbered: each number of each sender is to come once, and in order. One that comes
 * after a later one is reordered, one that comes again is doubled, one that never comes is missing.
 */
export class Sequences {
  readonly #next: number[];
  readonly #gaps = new Map<number, Set<number>>();
  /** Different numbers that have come. */
  got = 0;
  doubled = 0;
  reordered = 0;
  /** Numbers that nobody can have sent. */
  strange = 0;

  /** By sender, the number that comes first. */
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

  /** How many of the numbers below these, by sender, have not come. */
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

/** Upper bounds of durations in seconds: from what nobody notices to what everybody does. */
export const DURATIONS: readonly number[] = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5,
];

/** Counts values by size. Counting one costs a few comparisons and keeps nothing. */
export class Histogram {
  readonly bounds: readonly number[];
  /** How many values were at most as large as each bound, and larger than the one before; last, those above all. */
  readonly #counts: Float64Array;
  #sum = 0;

  /** `bounds` rise. */
  constructor(bounds: readonly number[] = DURATIONS) {
    this.bounds = bounds;
    this.#counts = new Float64Array(bounds.length + 1);
  }

  get sum(): number {
    return this.#sum;
  }

  get count(): number {
    return this.#counts.reduce((sum, count) => sum + count, 0);
  }

  add(value: number): void {
    let at = 0;
    while (at < this.bounds.length && value > (this.bounds[at] ?? 0)) at++;
    this.#counts[at] = (this.#counts[at] ?? 0) + 1;
    this.#sum += value;
  }

  /** How many values were at most as large as each bound. */
  upTo(): readonly number[] {
    let sum = 0;
    return this.bounds.map((_, at) => {
      sum += this.#counts[at] ?? 0;
      return sum;
    });
  }
}

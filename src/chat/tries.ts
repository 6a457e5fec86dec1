/** Counts how often something was tried of late, by key; old tries are forgotten, so memory stays with those who try. */
export class Tries {
  readonly #most: number;
  readonly #window: number;
  readonly #clock: () => number;
  readonly #times = new Map<string, number[]>();
  #swept = 0;

  /** At most so many tries in `window` milliseconds. */
  constructor(most: number, window: number, clock: () => number) {
    this.#most = most;
    this.#window = window;
    this.#clock = clock;
  }

  /** Counts a try; answers 0, or for how many milliseconds there may be none. A try that may not be is not counted. */
  count(key: string): number {
    const now = this.#clock();
    this.#sweep(now);
    const recent = (this.#times.get(key) ?? []).filter((time) => now - time < this.#window);
    const [oldest] = recent;
    if (recent.length >= this.#most && oldest !== undefined) return oldest + this.#window - now;
    recent.push(now);
    this.#times.set(key, recent);
    return 0;
  }

  forget(key: string): void {
    this.#times.delete(key);
  }

  #sweep(now: number): void {
    if (now - this.#swept < this.#window) return;
    this.#swept = now;
    for (const [key, times] of this.#times)
      if (times.every((time) => now - time >= this.#window)) this.#times.delete(key);
  }
}

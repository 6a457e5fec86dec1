const KEYS = 50_000; // remembered at once: some 10 MB if a stranger fills them all

/**
 * Counts attempts by key in a sliding window, and holds at most `KEYS` keys: beyond that the key whose latest attempt
 * is the oldest is forgotten, so strangers cannot fill the memory.
 */
export class AttemptLimiter {
  readonly #most: () => number;
  readonly #window: number;
  readonly #clock: () => number;
  readonly #keys: number;
  /** In the order of the latest attempts. */
  readonly #times = new Map<string, number[]>();

  /** At most `most` attempts in `window` milliseconds; 0 is no limit. */
  constructor(most: () => number, window: number, clock: () => number, keys = KEYS) {
    this.#most = most;
    this.#window = window;
    this.#clock = clock;
    this.#keys = keys;
  }

  /** How many keys are remembered. */
  get size(): number {
    return this.#times.size;
  }

  /** 0 if there may be another attempt, or for how many milliseconds there may be none. */
  wait(key: string): number {
    const most = this.#most();
    if (most === 0) return 0;
    const now = this.#clock();
    const oldest = this.#recent(key, now).at(-most);
    return oldest === undefined ? 0 : oldest + this.#window - now;
  }

  /** Counts an attempt. */
  add(key: string): void {
    const most = this.#most();
    if (most === 0) return;
    const now = this.#clock();
    const times = [...this.#recent(key, now), now].slice(-most);
    this.#times.delete(key);
    this.#times.set(key, times);
    this.#forgetOld(now);
  }

  /** The latest attempt does not count after all. */
  takeBack(key: string): void {
    const times = this.#times.get(key);
    times?.pop();
    if (times?.length === 0) this.#times.delete(key);
  }

  /** No attempt of this key counts any more. */
  forget(key: string): void {
    this.#times.delete(key);
  }

  #recent(key: string, now: number): readonly number[] {
    return (this.#times.get(key) ?? []).filter((time) => now - time < this.#window);
  }

  #forgetOld(now: number): void {
    for (const [key, times] of this.#times) {
      const isOver = now - (times.at(-1) ?? 0) >= this.#window;
      if (!isOver && this.#times.size <= this.#keys) return;
      this.#times.delete(key);
    }
  }
}

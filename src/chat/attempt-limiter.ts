const KEYS = 50_000; // keys held at once: about 10 MB

/**
 * Counts attempts by key in a sliding window. Holds at most `KEYS` keys and forgets the least recently used ones beyond
 * that, so its memory is bounded.
 */
export class AttemptLimiter {
  readonly #most: () => number;
  readonly #window: number;
  readonly #clock: () => number;
  readonly #keys: number;
  /** Ordered by the latest attempt, oldest first. */
  readonly #times = new Map<string, readonly number[]>();
  /** The keys whose attempts have changed; collected only if it is set. */
  changed: Set<string> | undefined;

  /** At most `most` attempts in `window` milliseconds; 0 is no limit. */
  constructor(most: () => number, window: number, clock: () => number, keys = KEYS) {
    this.#most = most;
    this.#window = window;
    this.#clock = clock;
    this.#keys = keys;
  }

  /** The number of keys held. */
  get size(): number {
    return this.#times.size;
  }

  /** The milliseconds until another attempt is allowed; 0 if one is allowed now. */
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
    this.changed?.add(key);
    this.#forgetOld(now);
  }

  /** Uncounts the latest attempt. */
  takeBack(key: string): void {
    const times = this.#times.get(key)?.slice(0, -1) ?? [];
    if (times.length === 0) this.#times.delete(key);
    else this.#times.set(key, times);
    this.changed?.add(key);
  }

  /** Uncounts all attempts of a key. */
  forget(key: string): void {
    this.#times.delete(key);
    this.changed?.add(key);
  }

  /** The times of the attempts of a key that may still count, oldest first. */
  timesOf(key: string): readonly number[] {
    return this.#times.get(key) ?? [];
  }

  /** Restores the attempts of a key, after those of keys whose latest attempt was earlier. */
  restore(key: string, times: readonly number[]): void {
    this.#times.set(key, times);
  }

  #recent(key: string, now: number): readonly number[] {
    return (this.#times.get(key) ?? []).filter((time) => now - time < this.#window);
  }

  #forgetOld(now: number): void {
    for (const [key, times] of this.#times) {
      const isOver = now - (times.at(-1) ?? 0) >= this.#window;
      if (!isOver && this.#times.size <= this.#keys) return;
      this.#times.delete(key);
      this.changed?.add(key);
    }
  }
}

/**
 * How often something has happened of late, by key; nearly. It is counted in windows that follow each other: what
 * happened in the last one counts for the share of it that is not yet over for the time asked about. A number a key and
 * window, whatever has happened: who comes from addresses without number is to leave little behind.
 */
export class Recent {
  readonly #window: number;
  readonly #clock: () => number;
  #began: number;
  #before = new Map<string, number>();
  #now = new Map<string, number>();

  /** `window` in milliseconds. */
  constructor(window: number, clock: () => number) {
    this.#window = window;
    this.#clock = clock;
    this.#began = clock();
  }

  /** How often it was, in the window that ends now. */
  count(key: string): number {
    const passed = this.#roll();
    const before = this.#before.get(key) ?? 0;
    return Math.floor(before * (1 - passed / this.#window)) + (this.#now.get(key) ?? 0);
  }

  add(key: string): void {
    this.#roll();
    this.#now.set(key, (this.#now.get(key) ?? 0) + 1);
  }

  /** Begins another window once one is over; answers how much of it has passed, in milliseconds. */
  #roll(): number {
    const now = this.#clock();
    const passed = now - this.#began;
    if (passed < this.#window) return Math.max(0, passed);
    this.#before = passed < 2 * this.#window ? this.#now : new Map();
    this.#now = new Map();
    this.#began = now - (passed % this.#window);
    return now - this.#began;
  }
}

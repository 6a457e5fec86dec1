import { randomBytes } from "node:crypto";

const DIGEST = 53; // bits, all that a number holds: of a million keys, two have the same one once in 18,000 times

/**
 * How often something has happened of late, by key; nearly. It is counted in windows that follow each other: what
 * happened in the last one counts for the share of it that is not yet over for the time asked about. A number a key and
 * window, whatever has happened: who comes from addresses without number is to leave little behind.
 */
export class Recent {
  readonly #window: number;
  readonly #clock: () => number;
  readonly #seed = randomBytes(8).readBigUInt64LE();
  #began: number;
  #before = new Map<number, number>();
  #now = new Map<number, number>();

  /** `window` in milliseconds. */
  constructor(window: number, clock: () => number) {
    this.#window = window;
    this.#clock = clock;
    this.#began = clock();
  }

  /** How often it was, in the window that ends now. */
  count(key: string): number {
    const passed = this.#roll();
    const digest = this.#digest(key);
    const before = this.#before.get(digest) ?? 0;
    return Math.floor(before * (1 - passed / this.#window)) + (this.#now.get(digest) ?? 0);
  }

  add(key: string): void {
    this.#roll();
    const digest = this.#digest(key);
    this.#now.set(digest, (this.#now.get(digest) ?? 0) + 1);
  }

  /** A number stands for the key, which would take twice the room, and which the collector would have to look at. */
  #digest(key: string): number {
    return Number(BigInt.asUintN(DIGEST, Bun.hash.wyhash(key, this.#seed)));
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

/** A clock that the test advances. */

import type { Clock } from "../../../src/client/run/clock.ts";

/** A clock that stands still until the test calls `pass`. */
export class TestClock implements Clock {
  #now = 0;
  readonly #waiting = new Set<{ readonly at: number; readonly act: () => void }>();

  now(): number {
    return this.#now;
  }

  after(delay: number, act: () => void): () => void {
    const timer = { at: this.#now + delay, act };
    this.#waiting.add(timer);
    return () => void this.#waiting.delete(timer);
  }

  /** Advances the clock by this many milliseconds, and runs the due callbacks in order. */
  pass(span: number): void {
    const end = this.#now + span;
    for (;;) {
      const [next] = [...this.#waiting].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
      if (next === undefined) break;
      this.#waiting.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.act();
    }
    this.#now = Math.max(this.#now, end);
  }

  /** Takes time, as work does: nothing due in it runs meanwhile. */
  spend(span: number): void {
    this.#now += span;
  }
}

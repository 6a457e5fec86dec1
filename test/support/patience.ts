/** Waiting with a timeout, so that a test that waits in vain can say what it waited for. */

/** Milliseconds to wait before a test fails: less than the time-out of a test, more than a busy machine needs. */
export const PATIENCE = 100_000;

/** A condition variable: each `notify` makes the waiting tests look again. */
export class Condition {
  #waiting: (() => void)[] = [];

  notify(): void {
    for (const look of this.#waiting.splice(0)) look();
  }

  /** Resolves to true as soon as `holds` does, or to false when the time is over. */
  async until(holds: () => boolean): Promise<boolean> {
    if (holds()) return true;
    let isLate = false;
    const late = setTimeout(() => {
      isLate = true;
      this.notify();
    }, PATIENCE);
    try {
      while (!isLate && !holds()) await new Promise<void>((resolve) => this.#waiting.push(resolve));
      return !isLate;
    } finally {
      clearTimeout(late);
    }
  }
}

/** Asks in each turn of the event loop until `holds` answers true. Fails with these words when the time is over. */
export async function eventually(
  holds: () => boolean | Promise<boolean>,
  words = () => `This does not hold: ${holds}`,
): Promise<void> {
  const began = performance.now();
  while (!(await holds())) {
    if (performance.now() - began > PATIENCE) throw new Error(words());
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}

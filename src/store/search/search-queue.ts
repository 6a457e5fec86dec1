/** How many searches of one asker wait at the most. */
export const MOST_WAITING = 4;

/**
 * A queue in which askers take turns: an asker with much work delays itself, and every other by one piece of work at the
 * most.
 */
export class SearchQueue<T> {
  /** In the order of their next turns. */
  readonly #waiting = new Map<object, T[]>();

  /** Answers whether there is room for it: not if too much of this asker's waits already. */
  add(asker: object, work: T): boolean {
    const theirs = this.#waiting.get(asker);
    if (!theirs) this.#waiting.set(asker, [work]);
    else if (theirs.length < MOST_WAITING) theirs.push(work);
    else return false;
    return true;
  }

  /** Takes out what comes next. */
  take(): T | undefined {
    for (const [asker, theirs] of this.#waiting) {
      this.#waiting.delete(asker);
      const [next, ...rest] = theirs;
      if (rest.length > 0) this.#waiting.set(asker, rest);
      return next;
    }
    return undefined;
  }

  /** Takes out all there is. */
  takeAll(): readonly T[] {
    const all = [...this.#waiting.values()].flat();
    this.#waiting.clear();
    return all;
  }
}

/**
 * A set of things of which there is mostly one, or none. That one takes no memory of its own, where a `Set` takes 250
 * bytes as soon as something is in it: with the sessions and the rooms of ten thousand idle members, that is 5 MB.
 */
export class Few<T extends object> implements Iterable<T> {
  #things: T | Set<T> | undefined;

  get size(): number {
    const things = this.#things;
    return things instanceof Set ? things.size : things === undefined ? 0 : 1;
  }

  has(thing: T): boolean {
    const things = this.#things;
    return things instanceof Set ? things.has(thing) : things === thing;
  }

  add(thing: T): void {
    const things = this.#things;
    if (things instanceof Set) things.add(thing);
    else if (things === undefined) this.#things = thing;
    else if (things !== thing) this.#things = new Set([things, thing]);
  }

  /** Answers whether it was there. */
  delete(thing: T): boolean {
    const things = this.#things;
    if (things instanceof Set) return things.delete(thing);
    if (things !== thing) return false;
    this.#things = undefined;
    return true;
  }

  [Symbol.iterator](): Iterator<T> {
    const things = this.#things;
    if (things instanceof Set) return things.values();
    return (things === undefined ? NONE : [things]).values();
  }
}

const NONE: readonly never[] = [];

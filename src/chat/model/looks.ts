import { skeleton } from "../../text/skeleton.ts";

/** Things found by what their names look like. Of most looks there is one: only those that are shared have a list. */
export class Looks<T extends object> {
  readonly #things = new Map<string, T | readonly T[]>();

  add(name: string, thing: T): void {
    const look = skeleton(name);
    const others = this.#at(look);
    this.#things.set(look, others.length === 0 ? thing : [...others, thing]);
  }

  remove(name: string, thing: T): void {
    const look = skeleton(name);
    const [first, ...rest] = this.#at(look).filter((other) => other !== thing);
    if (first === undefined) this.#things.delete(look);
    else this.#things.set(look, rest.length === 0 ? first : [first, ...rest]);
  }

  /** All whose names look like this one, or are it. */
  of(name: string): readonly T[] {
    return this.#at(skeleton(name));
  }

  /** How many looks there are. */
  get size(): number {
    return this.#things.size;
  }

  #at(look: string): readonly T[] {
    const things = this.#things.get(look);
    if (things === undefined) return [];
    return isList(things) ? things : [things];
  }
}

function isList<T extends object>(things: T | readonly T[]): things is readonly T[] {
  return Array.isArray(things);
}

import { type Folded, fold } from "../../text/fold.ts";
import { detached } from "../../text/split.ts";

const MOST = 3 << 20; // characters of all names that are kept, with `OVERHEAD` for each
const OVERHEAD = 48; // characters that a name costs besides its own
const NAME = 200; // characters of a nick; a longer one is no one's

/** The budget that all member lists of one server share, so that a lying server costs bounded memory. */
export class NameBudget {
  #left = MOST;

  /** Whether there is room for this name; then it is taken. */
  take(name: string): boolean {
    const cost = costOf(name);
    if (cost > this.#left) return false;
    this.#left -= cost;
    return true;
  }

  giveBack(name: string): void {
    this.#left += costOf(name);
  }
}

function costOf(name: string): number {
  return name.length + OVERHEAD;
}

/**
 * The members of a room, by their folded nicks.
 *
 * It is changed in place, unlike all else in the model: that 20,000 leave at once costs 20,000 steps, and not as many
 * copies of the list. A nick for which the budget has no room is left out.
 */
export class Members {
  readonly #budget: NameBudget;
  readonly #nicks = new Map<Folded, string>();

  constructor(budget: NameBudget) {
    this.#budget = budget;
  }

  get size(): number {
    return this.#nicks.size;
  }

  has(key: Folded): boolean {
    return this.#nicks.has(key);
  }

  /** The nicks as they are written. */
  values(): IterableIterator<string> {
    return this.#nicks.values();
  }

  entries(): IterableIterator<readonly [Folded, string]> {
    return this.#nicks.entries();
  }

  add(nick: string): void {
    if (nick === "" || nick.length > NAME) return;
    this.remove(nick);
    if (!this.#budget.take(nick)) return;
    const own = detached(nick);
    this.#nicks.set(fold(own), own);
  }

  remove(nick: string): void {
    const key = fold(nick);
    const known = this.#nicks.get(key);
    if (known === undefined) return;
    this.#nicks.delete(key);
    this.#budget.giveBack(known);
  }

  clear(): void {
    for (const nick of this.#nicks.values()) this.#budget.giveBack(nick);
    this.#nicks.clear();
  }
}

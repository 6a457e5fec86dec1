import { type Folded, fold } from "../../text/fold.ts";
import { detached } from "../../text/split.ts";

const MOST = 3 << 20; // characters of all names together, each with `OVERHEAD`
const OVERHEAD = 48; // characters of memory that a name costs besides its text
const NAME = 200; // characters of a nick; longer ones are left out

/** The memory that all member lists of one server share, so that a malicious server costs a bounded amount. */
export class NameBudget {
  #left = MOST;

  /** Takes the cost of a name from the budget; false, and takes nothing, if too little is left. */
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
 * The members of a room, by folded nick.
 *
 * Mutable, unlike everything else in the model: when 20,000 members leave at once, that costs 20,000 steps and no
 * copies of the list. Nicks beyond the budget are left out.
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

  /** The nicks, unfolded. */
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

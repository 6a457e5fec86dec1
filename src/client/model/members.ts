import { type Folded, fold } from "../../text/fold.ts";
import { detached } from "../../text/split.ts";
import type { Support } from "./registration.ts";

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

/** The ranks and modes of a server that does not name them. */
export const DEFAULT_RANKS: Pick<Support, "marks" | "ranks" | "parameters"> = {
  marks: "~&@%+",
  ranks: "qaohv",
  parameters: { always: "beIk", on: "l" },
};

/** A member of a room. */
export interface RoomMember {
  readonly key: Folded;
  readonly nick: string;
  /** The marks of its ranks, such as `@+`, the highest first. */
  readonly marks: string;
}

const MOST_CHANGES = 64; // changes made to the sorted list one by one; after more, the whole list is sorted again

/**
 * The members of a room, by folded nick.
 *
 * Mutable, unlike everything else in the model: when 20,000 members leave at once, that costs 20,000 steps and no
 * copies of the list. Nicks beyond the budget are left out.
 */
export class Members {
  readonly #budget: NameBudget;
  readonly #members = new Map<Folded, RoomMember>();
  /** The sorted list; `undefined` until `sorted` is called, and after many changes. */
  #sorted: RoomMember[] | undefined;
  #changes = 0;
  #order = "";

  constructor(budget: NameBudget) {
    this.#budget = budget;
  }

  get size(): number {
    return this.#members.size;
  }

  has(key: Folded): boolean {
    return this.#members.has(key);
  }

  /** The marks of a member's ranks; "" if it has none, or is not a member. */
  marksOf(key: Folded): string {
    return this.#members.get(key)?.marks ?? "";
  }

  /** The nicks, unfolded. */
  *values(): IterableIterator<string> {
    for (const { nick } of this.#members.values()) yield nick;
  }

  *entries(): IterableIterator<readonly [Folded, string]> {
    for (const [key, { nick }] of this.#members) yield [key, nick];
  }

  /** The members by rank, and by name within a rank. `order` has the marks of a server, the highest first. */
  sorted(order: string): readonly RoomMember[] {
    if (this.#sorted === undefined || order !== this.#order) {
      this.#order = order;
      this.#sorted = [...this.#members.values()].sort((a, b) => this.#compare(a, b));
    }
    this.#changes = 0;
    return this.#sorted;
  }

  add(nick: string, marks = ""): void {
    if (nick === "" || nick.length > NAME) return;
    this.remove(nick);
    if (!this.#budget.take(nick)) return;
    const own = detached(nick);
    this.#put({ key: fold(own), nick: own, marks });
  }

  /** Gives a member a mark, or takes it away. */
  mark(nick: string, mark: string, isOn: boolean): void {
    const known = this.#members.get(fold(nick));
    if (known === undefined || known.marks.includes(mark) === isOn) return;
    this.#drop(known);
    this.#put({ ...known, marks: isOn ? known.marks + mark : known.marks.replace(mark, "") });
  }

  /** Gives a member another nick; it keeps its marks. */
  rename(from: string, to: string): void {
    const marks = this.#members.get(fold(from))?.marks;
    this.remove(from);
    this.add(to, marks);
  }

  remove(nick: string): void {
    const known = this.#members.get(fold(nick));
    if (known === undefined) return;
    this.#drop(known);
    this.#budget.giveBack(known.nick);
  }

  clear(): void {
    for (const { nick } of this.#members.values()) this.#budget.giveBack(nick);
    this.#members.clear();
    this.#sorted = undefined;
  }

  #put(member: RoomMember): void {
    this.#members.set(member.key, member);
    this.#sortedToChange()?.splice(this.#indexOf(member), 0, member);
  }

  #drop(member: RoomMember): void {
    this.#members.delete(member.key);
    this.#sortedToChange()?.splice(this.#indexOf(member), 1);
  }

  /** The sorted list to change in place; `undefined` after many changes, when sorting it again is cheaper. */
  #sortedToChange(): RoomMember[] | undefined {
    if (++this.#changes > MOST_CHANGES) this.#sorted = undefined;
    return this.#sorted;
  }

  /** The index in the sorted list where the member is, or where it has to be inserted. */
  #indexOf(member: RoomMember): number {
    const all = this.#sorted ?? [];
    let [from, to] = [0, all.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      const other = all[middle];
      if (other !== undefined && this.#compare(other, member) < 0) from = middle + 1;
      else to = middle;
    }
    return from;
  }

  #compare(a: RoomMember, b: RoomMember): number {
    return rankOf(a.marks, this.#order) - rankOf(b.marks, this.#order) || (a.key < b.key ? -1 : a.key > b.key ? 1 : 0);
  }
}

/** The index of the highest mark in `order`; without a mark, the length of `order`, so that it sorts last. */
function rankOf(marks: string, order: string): number {
  let rank = order.length;
  for (const mark of marks) {
    const at = order.indexOf(mark);
    if (at >= 0 && at < rank) rank = at;
  }
  return rank;
}

/** The highest of a member's marks; "" for none. */
export function highestMark({ marks }: RoomMember, order: string): string {
  return order.charAt(rankOf(marks, order));
}

import { type Folded, fold } from "../../text/fold.ts";
import { detached } from "../../text/split.ts";

const MOST = 5000; // people whose marks are kept
const NICK = 200; // characters of a nick; a longer one is left out
const TEXT = 200; // characters of a reason that are kept

/**
 * The people who are away, by folded nick, with their reasons.
 *
 * Mutable, like the member lists; beyond the bound a new mark replaces the oldest.
 */
export class AwayMarks {
  readonly #reasons = new Map<Folded, string>();
  readonly #asked = new Set<Folded>();

  /** Why someone is away; "" without a reason, `undefined` if they are not away. */
  get(nick: string): string | undefined {
    return this.#reasons.get(fold(nick));
  }

  /** Marks someone as away, or as back with `undefined`. */
  set(nick: string, reason: string | undefined): void {
    this.#reasons.delete(fold(nick));
    if (reason === undefined || nick.length > NICK) return;
    this.#reasons.set(fold(detached(nick)), detached(reason.slice(0, TEXT)));
    for (const oldest of this.#reasons.keys()) {
      if (this.#reasons.size <= MOST) return;
      this.#reasons.delete(oldest);
    }
  }

  rename(from: string, to: string): void {
    const reason = this.get(from);
    this.set(from, undefined);
    this.set(to, reason);
  }

  /** Notes that a room is asked for its marks; false if it was before. */
  ask(room: Folded): boolean {
    if (this.#asked.has(room)) return false;
    this.#asked.add(room);
    return true;
  }

  /** A room was joined: what its members' marks are is unknown. */
  forget(room: Folded): void {
    this.#asked.delete(room);
  }

  clear(): void {
    this.#reasons.clear();
    this.#asked.clear();
  }
}

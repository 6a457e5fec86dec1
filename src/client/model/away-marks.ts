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

  clear(): void {
    this.#reasons.clear();
  }
}

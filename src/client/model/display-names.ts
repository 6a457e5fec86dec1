import { showLine } from "../../text/filter.ts";
import { type Folded, fold } from "../../text/fold.ts";
import { detached } from "../../text/split.ts";

const MOST = 5000; // names that are kept
const LENGTH = 40; // characters of a name that are shown
const NICK = 200; // characters of a nick; a longer one is left out

/** The metadata key of display names (IRCv3 registry). */
export const DISPLAY_NAME = "display-name";

/**
 * The display names of other people, by folded nick. A display name is shown beside the nick, never instead of it.
 *
 * Mutable, like the member lists; beyond the bound a new name replaces the oldest.
 */
export class DisplayNames {
  readonly #names = new Map<Folded, string>();

  get(nick: string): string | undefined {
    return this.#names.get(fold(nick));
  }

  /** Sets a name; an empty name, or one equal to the nick, removes it. */
  set(nick: string, given: string): void {
    if (nick.length > NICK) return;
    const key = fold(nick);
    // `<>` and `()` enclose nicks and names in the output.
    const name = showLine(given.replace(/[<>()]/g, ""))
      .trim()
      .slice(0, LENGTH)
      .toWellFormed();
    this.#names.delete(key);
    if (name === "" || fold(name) === key) return;
    this.#names.set(fold(detached(nick)), detached(name));
    for (const oldest of this.#names.keys()) {
      if (this.#names.size <= MOST) return;
      this.#names.delete(oldest);
    }
  }

  remove(nick: string): void {
    this.#names.delete(fold(nick));
  }

  rename(from: string, to: string): void {
    const name = this.get(from);
    this.remove(from);
    if (name !== undefined) this.set(to, name);
  }

  clear(): void {
    this.#names.clear();
  }
}

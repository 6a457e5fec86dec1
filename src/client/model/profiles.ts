import { showLine } from "../../text/filter.ts";
import { type Folded, fold } from "../../text/fold.ts";
import { detached } from "../../text/split.ts";

/** Profiles of people: whether they are away, their display names, and the colours that they have chosen. */

const MOST = 5000; // people of whom each of these is kept
const NICK = 200; // characters of a nick; a longer one is left out
const LENGTH = 40; // characters of a name that are shown
const REASON = 200; // characters of a reason that are kept

/** A value for each person, by folded nick. Mutable, like the member lists; beyond the bound a new value replaces the oldest. */
class ByNick<V> {
  readonly #values = new Map<Folded, V>();

  get(nick: string): V | undefined {
    return this.#values.get(fold(nick));
  }

  set(nick: string, value: V): void {
    if (nick.length > NICK) return;
    this.#values.delete(fold(nick));
    this.#values.set(fold(detached(nick)), value);
    const [oldest] = this.#values.keys();
    if (this.#values.size > MOST && oldest !== undefined) this.#values.delete(oldest);
  }

  delete(nick: string): void {
    this.#values.delete(fold(nick));
  }

  clear(): void {
    this.#values.clear();
  }
}

/** The people who are away, with their reasons, and the rooms whose members' marks the server was asked for. */
export class AwayMarks {
  readonly #reasons = new ByNick<string>();
  readonly #asked = new Set<Folded>();

  /** Why someone is away; "" without a reason, `undefined` if they are not away. */
  get(nick: string): string | undefined {
    return this.#reasons.get(nick);
  }

  /** Marks someone as away, or as back with `undefined`. */
  set(nick: string, reason: string | undefined): void {
    if (reason === undefined) this.#reasons.delete(nick);
    else this.#reasons.set(nick, detached(reason.slice(0, REASON)));
  }

  rename(from: string, to: string): void {
    const reason = this.get(from);
    this.set(from, undefined);
    this.set(to, reason);
  }

  /** Records that the server is asked for a room's away marks; false if it was asked already. */
  ask(room: Folded): boolean {
    if (this.#asked.has(room)) return false;
    this.#asked.add(room);
    return true;
  }

  /** Records that a room's away marks are unknown, since it was joined anew. */
  forget(room: Folded): void {
    this.#asked.delete(room);
  }

  clear(): void {
    this.#reasons.clear();
    this.#asked.clear();
  }
}

/** The metadata keys that the client shows (IRCv3 registry). */
export const PROFILE_KEYS = ["display-name", "color"] as const;

interface Profile {
  readonly name?: string | undefined;
  /** `#rrggbb`, in small letters. */
  readonly colour?: string | undefined;
}

/**
 * The display names and colours that people have chosen. A display name is shown beside the nick, never instead of it; a
 * colour only if it differs from the colours of others (nick-colours.ts).
 */
export class Profiles {
  readonly #profiles = new ByNick<Profile>();

  /** The display name of a nick. */
  nameOf(nick: string): string | undefined {
    return this.#profiles.get(nick)?.name;
  }

  /** The colour of a nick. */
  colourOf(nick: string): string | undefined {
    return this.#profiles.get(nick)?.colour;
  }

  has(nick: string): boolean {
    return this.#profiles.get(nick) !== undefined;
  }

  /** Sets the value of a metadata key; an empty value removes it, and so does a name equal to the nick. */
  set(nick: string, key: string, given: string): void {
    if (key === "display-name") this.#change(nick, { name: shownName(nick, given) });
    else if (key === "color") this.#change(nick, { colour: asColour(given) });
  }

  #change(nick: string, part: Profile): void {
    const profile = { ...this.#profiles.get(nick), ...part };
    if (profile.name === undefined && profile.colour === undefined) this.remove(nick);
    else this.#profiles.set(nick, profile);
  }

  remove(nick: string): void {
    this.#profiles.delete(nick);
  }

  rename(from: string, to: string): void {
    const { name, colour } = this.#profiles.get(from) ?? {};
    this.remove(from);
    this.remove(to);
    this.#change(to, { name: name === undefined ? undefined : shownName(to, name), colour });
  }

  clear(): void {
    this.#profiles.clear();
  }
}

function shownName(nick: string, given: string): string | undefined {
  // `<>` and `()` enclose nicks and names in the output.
  const name = showLine(given.replace(/[<>()]/g, ""))
    .trim()
    .slice(0, LENGTH)
    .toWellFormed();
  return name === "" || fold(name) === fold(nick) ? undefined : detached(name);
}

/** A colour as the registry writes it, `#800040`; `undefined` for anything else. */
function asColour(given: string): string | undefined {
  return /^#[0-9a-f]{6}$/i.test(given) ? detached(given.toLowerCase()) : undefined;
}

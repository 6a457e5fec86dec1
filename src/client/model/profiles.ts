import { showLine } from "../../text/filter.ts";
import { type Folded, fold } from "../../text/fold.ts";
import { detached } from "../../text/split.ts";

const MOST = 5000; // people whose profiles are kept
const LENGTH = 40; // characters of a name that are shown
const NICK = 200; // characters of a nick; a longer one is left out

/** The metadata keys that the client shows (IRCv3 registry). */
export const PROFILE_KEYS = ["display-name", "color"] as const;

interface Profile {
  readonly name?: string | undefined;
  /** `#rrggbb`, in small letters. */
  readonly colour?: string | undefined;
}

/**
 * The display names and colours that people have chosen, by folded nick. A display name is shown beside the nick, never instead
 * of it; a colour only where nobody can be mistaken for somebody else (nick-colours.ts).
 *
 * Mutable, like the member lists; beyond the bound a new profile replaces the oldest.
 */
export class Profiles {
  readonly #profiles = new Map<Folded, Profile>();

  /** The display name of a nick. */
  nameOf(nick: string): string | undefined {
    return this.#profiles.get(fold(nick))?.name;
  }

  /** The colour of a nick. */
  colourOf(nick: string): string | undefined {
    return this.#profiles.get(fold(nick))?.colour;
  }

  has(nick: string): boolean {
    return this.#profiles.has(fold(nick));
  }

  /** Sets the value of a metadata key; an empty value removes it, and so does a name equal to the nick. */
  set(nick: string, key: string, given: string): void {
    if (key === "display-name") this.#change(nick, { name: shownName(nick, given) });
    else if (key === "color") this.#change(nick, { colour: asColour(given) });
  }

  #change(nick: string, part: Profile): void {
    if (nick.length > NICK) return;
    const profile = { ...this.#profiles.get(fold(nick)), ...part };
    this.remove(nick);
    if (profile.name === undefined && profile.colour === undefined) return;
    this.#profiles.set(fold(detached(nick)), profile);
    for (const oldest of this.#profiles.keys()) {
      if (this.#profiles.size <= MOST) return;
      this.#profiles.delete(oldest);
    }
  }

  remove(nick: string): void {
    this.#profiles.delete(fold(nick));
  }

  rename(from: string, to: string): void {
    const { name, colour } = this.#profiles.get(fold(from)) ?? {};
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

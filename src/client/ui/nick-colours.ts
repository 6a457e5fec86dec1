import { fold } from "../../text/fold.ts";

/**
 * The colours of people's nicks: numbers below 24, for each of which a theme has a colour. Pure; the terminal and the
 * web page use the same numbers.
 */

/** How many colours there are. */
export const NICK_COLOURS = 24;

/** The colours of terminals with few: a number has the colour of its remainder. */
export const FEW_COLOURS = 8;

/** The colour of each person that has spoken in a room, the last speaker last; a person is an account or a nick. */
export type Colours = ReadonlyMap<string, number>;

/** The key of a person: the account, which keeps its colour under any nick, or else the nick. */
export function personOf(nick: string, account: string | undefined): string {
  return fold(account === undefined || account === "*" ? nick : account);
}

/** The colour of a person wherever nobody else has it. */
export function preferredColour(person: string): number {
  let hash = 0;
  for (const c of person) hash = (hash * 31 + (c.codePointAt(0) ?? 0)) % 65521;
  return hash % NICK_COLOURS;
}

/**
 * The colours after someone has spoken. A newcomer gets its preferred colour or the next one that is free among the
 * recent speakers, and keeps it; while there are few speakers, terminals with few colours tell them apart too. When
 * all colours are taken, the person who has been silent for longest loses its own.
 */
export function withSpeaker(colours: Colours, person: string): Colours {
  const known = colours.get(person);
  const others = new Map(colours);
  others.delete(person);
  if (known === undefined && others.size >= NICK_COLOURS) {
    const [silent] = others.keys();
    if (silent !== undefined) others.delete(silent);
  }
  return others.set(person, known ?? freeColour(new Set(others.values()), preferredColour(person)));
}

function freeColour(taken: ReadonlySet<number>, preferred: number): number {
  const few = new Set(Array.from(taken, (colour) => colour % FEW_COLOURS));
  const all = Array.from({ length: NICK_COLOURS }, (_, i) => (preferred + i) % NICK_COLOURS);
  const free = all.filter((colour) => !taken.has(colour));
  return free.find((colour) => !few.has(colour % FEW_COLOURS)) ?? free[0] ?? preferred;
}

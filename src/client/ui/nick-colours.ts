import { fold } from "../../text/fold.ts";
import { cubeColour, differ, isLegible, nearestIndex } from "./colours.ts";
import { type NickColour, shownColour, shownIndex } from "./theme.ts";

/**
 * The colours of people's nicks: numbers below 24, for each of which a theme has a colour, and the colours that people have
 * chosen. Pure; the terminal and the web page use the same.
 */

/** How many numbers there are. */
export const NICK_COLOURS = 24;

/** The colours of terminals with few: a number has the colour of its remainder. */
export const FEW_COLOURS = 8;

/** The colour of each person that has spoken in a room, the last speaker last; a person is an account or a nick. */
export type Colours = ReadonlyMap<string, NickColour>;

/** The key of a person: the account, which keeps its colour under any nick, or else the nick. */
export function personOf(nick: string, account: string | undefined): string {
  return fold(account === undefined || account === "*" ? nick : account);
}

/** The number of a person wherever nobody else has it. */
export function preferredColour(person: string): number {
  let hash = 0;
  for (const c of person) hash = (hash * 31 + (c.codePointAt(0) ?? 0)) % 65521;
  return hash % NICK_COLOURS;
}

/**
 * The colours after someone has spoken, whose choice is `chosen`. A newcomer gets its preferred number or the next one that is free
 * among the recent speakers, and keeps it; while there are few speakers, terminals with few colours tell them apart too. When
 * all numbers are taken, the person who has been silent for longest loses its own. A chosen colour is granted unless it is
 * like somebody else's, so nobody can take the colour of another; and no newcomer gets a number that looks like it.
 */
export function withSpeaker(colours: Colours, person: string, chosen?: string): Colours {
  const known = colours.get(person);
  const others = new Map(colours);
  others.delete(person);
  if (known === undefined && others.size >= NICK_COLOURS) {
    const [silent] = others.keys();
    if (silent !== undefined) others.delete(silent);
  }
  const number = known?.number ?? freeNumber([...others.values()], preferredColour(person));
  const isGranted = chosen !== undefined && (chosen === known?.chosen || isFree(chosen, [...others.values()]));
  return others.set(person, isGranted ? { number, chosen } : { number });
}

function freeNumber(taken: readonly NickColour[], preferred: number): number {
  const numbers = new Set(taken.map(({ number }) => number));
  const few = new Set(Array.from(numbers, (number) => number % FEW_COLOURS));
  const alike = numbersLike(taken.flatMap(({ chosen }) => chosen ?? []));
  const all = Array.from({ length: NICK_COLOURS }, (_, i) => (preferred + i) % NICK_COLOURS);
  const free = all.filter((number) => !numbers.has(number));
  const unlike = free.filter((number) => !alike.has(number));
  return unlike.find((number) => !few.has(number % FEW_COLOURS)) ?? unlike[0] ?? free[0] ?? preferred;
}

/**
 * Whether a colour can be granted: it is like nobody's chosen colour, and like nobody's number, which is shown again when its owner
 * drops the choice; and of every colour of a terminal with few, a number is left for a newcomer.
 */
function isFree(chosen: string, others: readonly NickColour[]): boolean {
  if (others.some((other) => !isUnlike(other, chosen) || !isUnlike({ number: other.number }, chosen))) return false;
  const alike = numbersLike([chosen, ...others.flatMap((other) => other.chosen ?? [])]);
  const few = Array.from({ length: FEW_COLOURS }, (_, i) => i);
  return few.every((remainder) => numbersOf(remainder).some((number) => !alike.has(number)));
}

/** The numbers with one remainder: terminals with few colours show them alike. */
function numbersOf(remainder: number): readonly number[] {
  return Array.from({ length: NICK_COLOURS / FEW_COLOURS }, (_, i) => remainder + i * FEW_COLOURS);
}

/** The numbers whose colour is like one of the chosen ones. */
function numbersLike(chosen: readonly string[]): ReadonlySet<number> {
  const all = Array.from({ length: NICK_COLOURS }, (_, number) => number);
  return new Set(all.filter((number) => chosen.some((each) => !isUnlike({ number }, each))));
}

/** Whether a nick's colour and a chosen one are told apart on every theme, in true colour and in 256 colours. */
function isUnlike(colour: NickColour, chosen: string): boolean {
  const index = nearestIndex(chosen);
  return (["dark", "light"] as const).every((background) => {
    if (isLegible(chosen, background) && !differ(chosen, shownColour(colour, background))) return false;
    return !isLegible(cubeColour(index), background) || index !== shownIndex(colour, background);
  });
}

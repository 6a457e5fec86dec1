import type { Reaction, Talk } from "../model/state.ts";

/** Later additions to a message: reactions to it, and the quote in a reply. */

/** The beginning of a message that another replies to; without a nick, it is not loaded or was taken back. */
export interface Quote {
  readonly nick: string | undefined;
  readonly text: string;
}

/** How many people have chosen a reaction, and whether we are one of them. */
export interface ReactionCount {
  readonly text: string;
  readonly count: number;
  readonly own: boolean;
}

/** A person who has reacted to a message, and with what. */
export interface Reactor {
  readonly text: string;
  readonly person: string;
  readonly own: boolean;
  readonly msgid: string | undefined;
}

const REACTORS = 200; // reactions to one message that are kept
const QUOTE = 80; // characters of a quote

/** The quote of a message. */
export function quoteOf({ nick, text }: Pick<Talk, "nick" | "text">): Quote {
  const [line = ""] = text.split("\n");
  return { nick, text: line.length <= QUOTE ? line : `${line.slice(0, QUOTE - 1).toWellFormed()}…` };
}

/** The effect of choosing a reaction: adds it, or takes it back if it is ours already. */
export function toggling(reactors: readonly Reactor[], text: string): Reaction["kind"] {
  return reactors.some((each) => each.own && each.text === text) ? "unreacted" : "reacted";
}

/** The reactors of a message after a reaction or its withdrawal. A person counts once for each text. */
export function withReaction(reactors: readonly Reactor[], reaction: Reaction, person: string): readonly Reactor[] {
  const { kind, text, own, msgid } = reaction;
  const others = reactors.filter((each) => each.text !== text || each.person !== person);
  if (kind === "unreacted" || others.length >= REACTORS) return others;
  return [...others, { text, person, own, msgid }];
}

/** The reactions to a message, the oldest first. */
export function countsOf(reactors: readonly Reactor[]): readonly ReactionCount[] {
  const counts = new Map<string, ReactionCount>();
  for (const { text, own } of reactors) {
    const { count, own: before } = counts.get(text) ?? { count: 0, own: false };
    counts.set(text, { text, count: count + 1, own: own || before });
  }
  return [...counts.values()];
}

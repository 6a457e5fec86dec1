import type { Folded } from "../text/fold.ts";
import type { AccountId } from "./model/account.ts";
import type { Place } from "./store.ts";
import type { Stretch } from "./visibility.ts";

/** What must be in a message: a word or the beginning of one; or, with `isExact`, these words in a row, whole. */
export interface Term {
  readonly text: string;
  readonly isExact: boolean;
}

/** What is looked for in the past, and where. A message is found if all of it is true. */
export interface Quest {
  readonly terms: readonly Term[];
  /** The rooms and conversations, each with what of it may not be found. */
  readonly within: readonly { readonly place: Place; readonly hidden: readonly Stretch[] }[];
  /** An account: all of its conversations are looked through too. */
  readonly account: AccountId | undefined;
  /** Said by one of this nick. */
  readonly nick: Folded | undefined;
  /** Not before this one of the order, and before that one. */
  readonly from: number | undefined;
  readonly before: number | undefined;
  /** So many of the latest are found; with `from`, of the first. */
  readonly limit: number;
}

/** Where something that was looked for lies. */
export interface Hit {
  readonly place: Place;
  readonly seq: number;
}

export interface Findings {
  /** The latest first. */
  readonly hits: readonly Hit[];
  /** False while not all of the past can be searched yet. */
  readonly isComplete: boolean;
}

/**
 * Takes apart what someone looks for: blanks stand between words, and quotation marks around words that stand in a
 * row. What has no letter and no digit is left out, since it is no word.
 */
export function termsOf(text: string): readonly Term[] {
  const terms: Term[] = [];
  for (const [, quoted, word] of text.matchAll(/"([^"]*)"?|([^\s"]+)/g)) {
    const term = (quoted ?? word ?? "").trim();
    if (/[\p{L}\p{N}]/u.test(term)) terms.push({ text: term, isExact: quoted !== undefined });
  }
  return terms;
}

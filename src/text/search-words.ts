/** `/search` as it is typed; the server and the client have a command of this name each. */

export const SEARCH_USAGE = "[here] WORDS";

export const SEARCH_HELP =
  'searches your rooms and conversations, newest first, or after "here" this one alone; words in "quotes" are found exactly so';

/** A typed search: its words, and whether it is about the place where it was typed alone. */
export interface TypedSearch {
  readonly words: string;
  readonly isHere: boolean;
}

/** Reads a typed search. `here` alone is a word to look for. */
export function typedSearch(text: string): TypedSearch {
  const words = /^here\s+(\S.*)$/is.exec(text)?.[1];
  return words === undefined ? { words: text, isHere: false } : { words, isHere: true };
}

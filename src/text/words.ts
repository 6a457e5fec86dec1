/** The words that the server and our client share: `/search` as it is typed, and changes of room modes as they are told. */

export const SEARCH_USAGE = "[here] WORDS";

export const SEARCH_HELP =
  'searches your rooms and conversations, newest first, or after "here" this one alone; words in "quotes" are found exactly so';

/** Tells that the words of a search have none that can be looked for. */
export function noWordIn(words: string): string {
  return `"${words}" has no word to look for; /search deploy finds it, and deployed too.`;
}

/** Whether a text has a word that can be looked for: a letter or a digit. */
export function hasWord(text: string): boolean {
  return /[\p{L}\p{N}]/u.test(text);
}

/** A typed search: its words, and whether it is about the place where it was typed alone. */
interface TypedSearch {
  readonly words: string;
  readonly isHere: boolean;
}

/** Reads a typed search. `here` alone is a word to look for. */
export function typedSearch(text: string): TypedSearch {
  const words = /^here\s+(\S.*)$/is.exec(text)?.[1];
  return words === undefined ? { words: text, isHere: false } : { words, isHere: true };
}

/** A change of one room mode, named as in `/set`, `/op`, `/ban` and `/mute`. */
interface RoomChange {
  readonly by: string;
  readonly room: string;
  readonly mode: string;
  readonly on: boolean;
  /** A nick, a mask, a key or a number; "" for a mode without a value. */
  readonly value: string;
}

/** The change as a sentence without its full stop: `ann made bob an operator of #dev`. */
export function roomChangeWords({ by, room, mode, on, value }: RoomChange): string {
  switch (mode) {
    case "operator":
      return `${by} made ${value} an operator of ${room}${on ? "" : " no more"}`;
    case "voice":
      return on ? `${by} gave ${value} a voice in ${room}` : `${by} took ${value}'s voice in ${room} away`;
    case "ban":
      return on ? `${by} banned ${value} from ${room}` : `${by} lifted the ban on ${value} from ${room}`;
    case "mute":
      return `${by} ${on ? "muted" : "unmuted"} ${value} in ${room}`;
    case "exception":
      return `${by} exempted ${value} from the bans of ${room}${on ? "" : " no more"}`;
    case "invitation":
      return `${by} invited ${value} to ${room} ${on ? "for good" : "no more"}`;
    case "key":
      return on ? `${by} set the key of ${room}: ${value}` : `${by} took the key of ${room} away`;
    case "limit":
      return on ? `${by} limited ${room} to ${value} people` : `${by} took the limit of ${room} away`;
    case "history":
      return historyWords(by, room, on ? value : undefined);
    default:
      return `${by} switched ${mode} ${on ? "on" : "off"} in ${room}`;
  }
}

/** `value` is how long messages are kept: `7d`, `off`, or `undefined` for as long as the server keeps any. */
function historyWords(by: string, room: string, value: string | undefined): string {
  if (value === undefined) return `${by} lets ${room} keep its history as long as the server does`;
  if (value === "off") return `${by} switched the history of ${room} off: nothing is kept, and the past is deleted`;
  return `${by} lets ${room} keep its history for ${value}: what is older is deleted`;
}

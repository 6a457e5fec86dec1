import type { ChatEvent } from "./event.ts";

/** Storing: what is told only once it is stored, and the words for a time in which nothing can be. */

/** Whether what is told of an event is true only if it is stored: then nobody is told before. */
export function isToBeStored(event: ChatEvent): boolean {
  return (event.type === "said" || event.type === "redacted") && event.unkept === undefined;
}

/** Told to everyone when writing fails, and to newcomers until it works again. */
export const LIVE_ONLY = "History cannot be written: what is said is live only";
export const WRITTEN_AGAIN = "History is written again";

/** Told, where there is no better answer, to someone whose message was heard and is not stored. */
export const NOT_STORED = "That was not stored.";

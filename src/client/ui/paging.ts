import { askNewer } from "../model/history.ts";
import type { Conversation } from "../run/conversation.ts";
import { newest, oldest } from "./log.ts";
import { SERVER, shownLog, type View } from "./view.ts";

/** The pages of a room's history, which a screen requests as the user comes to the ends of what is loaded. */

/** Where the user is in what is loaded. */
interface Position {
  /** At the oldest line, or near it. */
  readonly isAtTop: boolean;
  /** At the newest line. */
  readonly isAtEnd: boolean;
}

/** Requests what comes before the top of the page, or after the bottom of a page of the past. */
export function askForMore(
  conversation: Pick<Conversation, "change" | "askOlder">,
  view: View,
  { isAtTop, isAtEnd }: Position,
): void {
  const log = shownLog(view);
  if (log === undefined || view.here === SERVER) return;
  const after = view.past && isAtEnd ? newest(log) : undefined;
  if (after !== undefined) return conversation.change((model) => askNewer(model, log.name, after));
  if (!isAtTop || log.complete) return;
  const before = oldest(log);
  const isEmpty = !view.past && !log.entries.some((entry) => "nick" in entry);
  if (before !== undefined || isEmpty) conversation.askOlder(log.name, before);
}

/** Told when a message that a search has found cannot be gone to now. */
export function noHistoryWords(name: string): string {
  return `The history of ${name} cannot be loaded now; try again in a moment.`;
}

/** Told when the page around a message has come without it. */
export const GONE = "The server does not have that message any more.";

import type { Folded } from "../../text/fold.ts";
import { askAround, askNewer, canPage, type HistoryPage } from "../model/history.ts";
import { withPartner } from "../model/outbox.ts";
import { type Model, type Step, step, withCurrent } from "../model/state.ts";
import type { Conversation } from "../run/conversation.ts";
import { newest, oldest } from "./log.ts";
import { SERVER, shownLog, type View } from "./view.ts";

/**
 * Ways of going somewhere: to a place, by the number of a place, and through the history of a room, whose pages a screen
 * requests as the user comes to the ends of what is loaded.
 */

/** The step to a place. A conversation begins there if there is none yet, with the log's name or else `known`. */
export function goingTo({ logs }: View, key: Folded, known: string | undefined): (model: Model) => Step {
  const name = logs.get(key)?.name ?? known;
  return (model) => {
    const next = key === SERVER || model.rooms.has(key) || name === undefined ? model : withPartner(model, name);
    return step(withCurrent(next, key));
  };
}

/** The state of a number that is being typed after Alt-J. */
export interface NumberTyped {
  /** The digits so far; `undefined` when the number is complete. */
  readonly digits: string | undefined;
  /** The number, once it is complete. */
  readonly number?: number;
  /** The text behind the number. */
  readonly rest: string;
}

/**
 * Adds typed text to a number that is at most `most`: it is complete once no further digit can belong to it. A number of
 * two digits may begin with 0, as in WeeChat, where it has to.
 */
export function withDigits(digits: string, text: string, most: number): NumberTyped {
  const [typed = ""] = /^\d*/.exec(text) ?? [];
  let all = digits;
  for (const [i, digit] of [...typed].entries()) {
    all += digit;
    if (all === "0" || (all.length < String(most).length && Number(all) * 10 <= most)) continue;
    return { digits: undefined, number: Number(all), rest: text.slice(i + 1) };
  }
  if (typed.length === text.length) return { digits: all, rest: "" };
  return { digits: undefined, ...(all === "" ? {} : { number: Number(all) }), rest: text.slice(typed.length) };
}

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

/** The sentence for a message or a time whose history cannot be requested now. */
export function noHistoryWords(name: string): string {
  return `The history of ${name} cannot be loaded now; try again in a moment.`;
}

/** Requests the messages around a time in the place on the screen; returns the reason if that is not possible. */
export function askForTime(
  conversation: Pick<Conversation, "model" | "change">,
  view: View,
  time: number,
): string | undefined {
  const name = view.here === SERVER ? undefined : shownLog(view)?.name;
  if (name === undefined) return NO_PAST;
  if (!canPage(conversation.model, name)) return noHistoryWords(name);
  conversation.change((now) => askAround(now, name, { msgid: undefined, time }));
  return undefined;
}

const NO_PAST = "Nothing was said here that the server has kept.";

/** The sentence for a page that does not contain the requested message or time; `undefined` if it does. */
export function missingWords({ where, from, complete }: HistoryPage): string | undefined {
  if (where !== "around" || !complete) return undefined;
  return from?.msgid === undefined ? NO_PAST : "The server does not have that message any more.";
}

import { showLine } from "../../text/filter.ts";
import { clockOf } from "../../text/time.ts";
import type { OwnMessage } from "../model/outbox.ts";
import type { Talk } from "../model/state.ts";
import { type LoggedMessage, quoteIn, type RoomLog } from "./log.ts";
import { type NickColour, personOf, preferredColour } from "./nick-colours.ts";
import { countsOf, type Quote, type ReactionCount } from "./reactions.ts";

/** A message as a person gets it: on the page, as a notification, and as text for the clipboard. */

/** A message as it is shown, as data: the terminal draws it in cells, a web page in elements. */
export interface MessageView {
  readonly kind: Talk["kind"];
  /** `undefined` for a message that is not sent and older than the line above it: it has no place in time. */
  readonly time: number | undefined;
  readonly nick: string;
  readonly displayName: string | undefined;
  readonly nickColour: NickColour;
  readonly text: string;
  readonly mention: boolean;
  /** The message that it replies to. */
  readonly quote: Quote | undefined;
  /** It says an earlier message of its sender again, corrected. */
  readonly isCorrection: boolean;
  /** A later message corrects it. */
  readonly isCorrected: boolean;
  readonly reactions: readonly ReactionCount[];
  /** `stored`: the server has it; otherwise it is our own, and the state is that of the outbox. */
  readonly state: OwnMessage["state"] | "stored";
  /** Why it failed. */
  readonly why: string;
}

/** The view of a message in a log. */
export function viewOf(entry: LoggedMessage): MessageView {
  const {
    kind,
    time,
    nick,
    displayName,
    nickColour,
    text,
    mention,
    quote,
    corrects = false,
    isCorrected = false,
  } = entry;
  return {
    kind,
    time,
    nick,
    displayName,
    nickColour,
    text,
    mention,
    quote: corrects ? undefined : quote,
    isCorrection: corrects,
    isCorrected,
    reactions: countsOf(entry.reactors),
    state: "stored",
    why: "",
  };
}

const MINUTE = 60_000;

/** The view of a message of ours that the server has not confirmed; `undefined` of a reaction. */
export function viewOfUnconfirmed(
  log: RoomLog,
  own: OwnMessage,
  { nick, account }: { readonly nick: string; readonly account: string | undefined },
): MessageView | undefined {
  const { kind, time, state, why, replyTo, corrects = false } = own;
  const text = own.becomes ?? own.text;
  if (kind !== "said" && kind !== "acted") return undefined;
  const person = personOf(nick, account);
  const last = log.entries.at(-1)?.time ?? 0;
  return {
    kind,
    time: Math.floor(time / MINUTE) < Math.floor(last / MINUTE) ? undefined : time,
    nick,
    displayName: undefined,
    nickColour: log.colours.get(person) ?? { number: preferredColour(person) },
    text,
    mention: false,
    quote: replyTo === undefined || corrects ? undefined : quoteIn(log, replyTo),
    isCorrection: corrects,
    isCorrected: false,
    reactions: [],
    state,
    why: state === "failed" ? `: ${why.replace(/^Not said: /, "")}; Alt-R tries again, /forget gives up` : "",
  };
}

const MOST_NOTIFIED = 120; // characters of a notification

/** A message as a notification: where and by whom it was said, with the server's name if there are several. */
export function notificationOf(
  { nick, room, text }: Talk,
  server?: string,
): { readonly title: string; readonly body: string } {
  const place = [server, room]
    .filter((name) => name !== undefined)
    .map(showLine)
    .join("/");
  const title = place === "" ? showLine(nick) : `${showLine(nick)} in ${place}`;
  return { title, body: showLine(text.replaceAll("\n", " ")).slice(0, MOST_NOTIFIED).toWellFormed() };
}

/** Text for the clipboard, and how many messages it holds. */
export interface CopiedText {
  readonly text: string;
  readonly count: number;
}

/** The text of the last message of a log, or the last `count` messages with times and nicks; `undefined` for none. */
export function textOf({ entries }: RoomLog, count: number | undefined): CopiedText | undefined {
  const messages = entries.filter((entry) => "reactors" in entry).slice(-(count ?? 1));
  if (messages.length === 0) return undefined;
  const texts = messages.map((line) => (count === undefined ? line.text : `${clockOf(line.time)} ${spoken(line)}`));
  return { text: texts.join("\n"), count: messages.length };
}

/** Told when there is nothing to copy. */
export const NO_COPY = "There is no message here to copy.";

/** `<bob> hello`, or `* bob waves`. */
export function spoken({ kind, nick, text }: Talk): string {
  return kind === "acted" ? `* ${nick} ${text}` : kind === "noticed" ? `-${nick}- ${text}` : `<${nick}> ${text}`;
}

import { clockOf, dayOf } from "../../text/time.ts";
import { placeOf } from "../model/history.ts";
import type { Talk } from "../model/state.ts";
import type { LoggedMessage, RoomLog } from "./log.ts";
import { newOverlay, type Overlay, type OverlayItem } from "./overlay.ts";
import type { ServerScene } from "./place-list.ts";

/** Messages as plain text: those that a search has found, and those that are copied. */

const MOST_FOUND = 200; // messages

/**
 * The list of what a search of a server has found, newest first: Enter goes to a message. `now` is in milliseconds since
 * 1970.
 */
export function foundList(words: string, lines: readonly Talk[], { name, model }: ServerScene, now: number): Overlay {
  const items = lines.map((line) => ({
    label: `${placeOf(line, model.nick)} ${whenOf(line.time, now)}`,
    detail: spoken({ ...line, text: around(line.text, words) }),
    choice: { type: "jump", server: name, line } as const,
  }));
  const title = words === "" ? "Found" : `Found with ${words}`;
  return newOverlay({ title, hint: "type to filter, Enter goes to the message", items, isRanked: false });
}

const BEFORE = 20; // characters that are shown before a found word which stands further on
const NEAR = 40; // characters within which a found word needs no cut

/** The text from shortly before the first of these words, so that the word is seen in one row. */
function around(text: string, words: string): string {
  const lower = text.toLowerCase();
  const first = Math.min(
    ...wordsIn(words)
      .map((word) => lower.indexOf(word))
      .filter((at) => at >= 0),
  );
  if (first <= NEAR || first === Number.POSITIVE_INFINITY) return text;
  const from = text.slice(0, first - BEFORE).search(/\S*$/);
  return `… ${text.slice(from)}`;
}

function wordsIn(words: string): readonly string[] {
  return words
    .toLowerCase()
    .split(/[\s"]+/)
    .filter(Boolean);
}

/**
 * The list of the messages that are loaded of the place on the screen, newest first, to find a word in; what is older is
 * found by a search of the server.
 */
export function findList(log: RoomLog, server: string, now: number): Overlay {
  const lines = log.entries.filter((entry) => "reactors" in entry).toReversed();
  const items = lines.map((line) => ({
    label: `${line.nick} ${whenOf(line.time, now)}`,
    detail: line.text.replaceAll("\n", " "),
    choice: { type: "jump", server, line } as const,
  }));
  const beyond = (words: string): OverlayItem => ({
    label: "all history",
    detail: `search everything that was said here for ${words}`,
    choice: { type: "search", words },
  });
  const hint = "type a word, Enter goes to the message";
  return newOverlay({ title: `Find in ${log.name}`, hint, items, isRanked: false, beyond });
}

/** Told when a search has found nothing. */
export function notFoundWords(words: string): string {
  return `Nothing was found with ${words} in it.`;
}

/** The list without a message that was taken back. */
export function withoutFound(overlay: Overlay, msgid: string): Overlay {
  const isOther = ({ choice }: OverlayItem): boolean => choice.type !== "jump" || choice.line.msgid !== msgid;
  const found = overlay.found.filter(isOther);
  const at = Math.max(0, Math.min(overlay.at, found.length - 1));
  return { ...overlay, items: overlay.items.filter(isOther), found, at };
}

/** The messages in these logs with all of these words, newest first. */
export function searchLogs(logs: Iterable<RoomLog>, words: string): readonly Talk[] {
  const wanted = wordsIn(words);
  const found: LoggedMessage[] = [];
  for (const { entries } of logs) {
    for (const entry of entries) {
      if (!("reactors" in entry)) continue;
      const text = entry.text.toLowerCase();
      if (wanted.every((word) => text.includes(word))) found.push(entry);
    }
  }
  return found.sort((a, b) => b.time - a.time).slice(0, MOST_FOUND);
}

/** `12:03` today, else with the day. */
function whenOf(time: number, now: number): string {
  return dayOf(time) === dayOf(now) ? clockOf(time) : `${dayOf(time)} ${clockOf(time)}`;
}

/** `<bob> hello`, or `* bob waves`. */
function spoken({ kind, nick, text }: Talk): string {
  return kind === "acted" ? `* ${nick} ${text}` : kind === "noticed" ? `-${nick}- ${text}` : `<${nick}> ${text}`;
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

/** Text for the clipboard, and how many messages it holds. */
export interface CopiedText {
  readonly text: string;
  readonly count: number;
}

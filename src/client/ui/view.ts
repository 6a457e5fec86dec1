import { type Folded, fold } from "../../text/fold.ts";
import { type HistoryPage, placeOf } from "../model/history.ts";
import {
  type Annotation,
  type Effect,
  type Line,
  type Model,
  type Note,
  type Talk,
  withEntry,
  without,
} from "../model/state.ts";
import { drawable } from "./cells.ts";
import type { Anchor } from "./layout.ts";
import {
  annotated,
  append,
  clearUnreadLine,
  endOf,
  entryOf,
  halved,
  type LoggedMessage,
  markRead,
  messageAt,
  newest,
  newLog,
  oldest,
  opened,
  prepend,
  type RoomLog,
  trimmed,
  withMarker,
  withoutNotes,
} from "./log.ts";
import { inOrder, levelOf, NO_SETTINGS, type PlaceSettings, withHidden, withRename } from "./place-settings.ts";
import { type ReplyTarget, type Selection, select } from "./selection.ts";

/** The state of the screen, apart from the model and the text being typed. */
export interface View {
  readonly logs: ReadonlyMap<Folded, RoomLog>;
  /** The room on the screen. */
  readonly here: Folded;
  /** The row that it is scrolled back to; `undefined` at the newest line. */
  readonly anchor: Anchor | undefined;
  /** Whether the terminal has the focus, as far as it tells. */
  readonly isFocused: boolean;
  /** A page of the past that is shown in place of the room's log. */
  readonly past: Past | undefined;
  /** The msgid of the message that the user went to, which stands out. */
  readonly marked: string | undefined;
  /** Whether long messages are shown in full. */
  readonly unfolded: boolean;
  /** Whether the lists beside the messages are shown; `undefined` if the width decides. */
  readonly lists: { readonly places: boolean | undefined; readonly members: boolean | undefined };
  /** Whether only messages are shown, without anything around them. */
  readonly bare: boolean;
  /** The user's settings of the list of places. */
  readonly settings: PlaceSettings;
  /** Whether the mouse wheel scrolls; otherwise the terminal has the mouse, for selecting. */
  readonly mouse: boolean;
  /** The message that the user has selected in the room on the screen. */
  readonly selection: Selection | undefined;
  /** The messages that the next line replies to, by room. */
  readonly replies: ReadonlyMap<Folded, ReplyTarget>;
}

/** A part of a room's history that is not connected to the room's log. */
interface Past {
  readonly key: Folded;
  readonly log: RoomLog;
}

/** The key of the server's log, for lines that belong to no room. */
export const SERVER: Folded = fold("*");

const MAX_LOGS = 400; // rooms and people; lines for any others go to the server's log
const MAX_SIZE = 6 << 20; // characters of all logs together, as `costOf` counts them

/** An empty view. */
export function newView(mouse: boolean, settings: PlaceSettings = NO_SETTINGS): View {
  return {
    logs: new Map([[SERVER, newLog("server")]]),
    here: SERVER,
    anchor: undefined,
    isFocused: true,
    past: undefined,
    marked: undefined,
    unfolded: false,
    lists: { places: undefined, members: undefined },
    bare: false,
    settings,
    mouse,
    selection: undefined,
    replies: new Map(),
  };
}

/** The rooms and people in the sidebar, in order: joined rooms, conversations, and others with unread lines. */
export function places(view: View, model: Model): readonly Folded[] {
  return everyPlace(view, model).filter((key) => key === view.here || !view.settings.hidden.has(key));
}

/** All places that one can go to, also those that are hidden. */
export function everyPlace(view: View, model: Model): readonly Folded[] {
  const keys = new Set<Folded>([...model.rooms.keys(), ...model.partners.keys()]);
  for (const key of view.logs.keys()) if (key !== SERVER && (view.logs.get(key)?.unread ?? 0) > 0) keys.add(key);
  return [...inOrder([...keys], view.settings), SERVER];
}

/** The place where the user was before. */
export function previousPlace(view: View, model: Model): Folded | undefined {
  const all = everyPlace(view, model);
  return model.visited.find((key) => all.includes(key));
}

/** The unread messages of a place, and how many of them mention us; none where the user wants no notifications. */
export function countsOf({ logs, settings }: View, key: Folded): Pick<RoomLog, "unread" | "mentions"> {
  const log = logs.get(key);
  return log === undefined || levelOf(settings, key) === "none" ? { unread: 0, mentions: 0 } : log;
}

/** The name of a place, safe to draw. */
export function nameOf(view: View, model: Model, key: Folded): string {
  const name = model.rooms.get(key)?.name ?? model.partners.get(key) ?? view.logs.get(key)?.name ?? String(key);
  return drawable(name);
}

/** Adds a line to the logs that it belongs to. */
export function withLine(view: View, model: Model, line: Line): View {
  let next = view;
  const isOwn = "nick" in line && line.byUs === true;
  for (const [key, name] of logsFor(view, model, line)) next = withLineIn(next, key, name, line, isOwn);
  const sent = sentNote(view, model, line);
  return sent === undefined ? next : withLine(next, model, sent);
}

/** The line in the room on the screen that tells that a direct message went; the message is in its own conversation. */
function sentNote(view: View, model: Model, line: Line): Note | undefined {
  if (!("nick" in line) || !line.sentHere || line.to === undefined || line.room !== undefined) return undefined;
  if (fold(placeOf(line, model.nick)) === view.here) return undefined;
  return { kind: "event", time: line.time, text: `you → ${line.to}: ${line.text.replaceAll("\n", " ")}`, rooms: [] };
}

function logsFor(view: View, model: Model, line: Line): readonly (readonly [Folded, string])[] {
  if ("nick" in line) {
    const name = placeOf(line, model.nick);
    return [[fold(name), name]];
  }
  if (line.rooms.length > 0) return line.rooms.map((name) => [fold(name), name] as const);
  return line.kind === "hint" ? [[SERVER, "server"]] : [[view.here, view.logs.get(view.here)?.name ?? "server"]];
}

function withLineIn(view: View, key: Folded, name: string, line: Line, isOwn: boolean): View {
  const known = view.logs.get(key);
  if (known === undefined && view.logs.size >= MAX_LOGS) return withLineIn(view, SERVER, "server", line, isOwn);
  const here = key === view.here;
  const log = append(known ?? newLog(name), line, (here && isAtEnd(view)) || isOwn);
  const settings = "nick" in line ? withHidden(view.settings, key, false) : view.settings;
  const logs = withEntry(view.logs, key, trimmed(log, here && isBack(view)));
  return withinSize({ ...view, logs, settings });
}

/** Adds a reaction to the message that it is about, or removes a message that was taken back. */
export function withAnnotation(view: View, model: Model, annotation: Annotation): View {
  const place = annotation.kind === "redacted" ? annotation.place : placeOf(annotation, model.nick);
  const log = view.logs.get(fold(place));
  const next = log === undefined ? view : withinSize(withLog(view, annotated(log, annotation), fold(place)));
  const { past } = next;
  return past?.key === fold(place) ? { ...next, past: { ...past, log: annotated(past.log, annotation) } } : next;
}

/** Halves the largest log if all logs together are too large. */
function withinSize(view: View): View {
  let size = 0;
  let largest: readonly [Folded, RoomLog] | undefined;
  for (const entry of view.logs) {
    size += entry[1].size;
    if (largest === undefined || entry[1].size > largest[1].size) largest = entry;
  }
  if (size <= MAX_SIZE || largest === undefined) return view;
  return { ...view, logs: withEntry(view.logs, largest[0], halved(largest[1])) };
}

/** The view when the terminal gets or loses the focus; what comes without it is new. */
export function withFocus(view: View, isFocused: boolean): View {
  const log = view.logs.get(view.here);
  const next = { ...view, isFocused };
  return isFocused || log === undefined || log.unread > 0 ? next : withLog(next, clearUnreadLine(log), view.here);
}

/** Whether the user sees the newest lines of the room on the screen. */
function isAtEnd(view: View): boolean {
  return !isBack(view) && view.isFocused;
}

/** How far a room or conversation is read, from the server or another run. */
export type ReadPosition = Omit<Extract<Effect, { type: "read" }>, "type">;

/** Whether the user is reading this room or conversation: it is on the screen, at its end, and has the focus. */
export function isReading(view: View, name: string): boolean {
  return fold(name) === view.here && isAtEnd(view);
}

/** Whether a new message is one that the user wants to be notified of, wherever the user looks. */
export function notifies({ settings }: View, { nick }: Model, line: Talk): boolean {
  if (line.replayed || line.to !== undefined) return false;
  const level = levelOf(settings, fold(placeOf(line, nick)));
  return level === "all" || (level === "mentions" && (line.mention || line.room === undefined));
}

/** Takes over how far a room or conversation is read. */
export function withReadPosition(view: View, model: Model, { target, ...position }: ReadPosition): View {
  const key = fold(target);
  const known = view.logs.get(key);
  if (known === undefined && view.logs.size >= MAX_LOGS) return view;
  const log = known ?? newLog(model.rooms.get(key)?.name ?? model.partners.get(key) ?? target);
  return withLog(view, withMarker(log, position, key === view.here), key);
}

/** The room or conversation on the screen and the time up to which it is read, if the user sees its newest lines. */
export function readHere(view: View): { readonly name: string; readonly upTo: number } | undefined {
  const log = view.here === SERVER || !isAtEnd(view) ? undefined : view.logs.get(view.here);
  return log?.readUpTo === undefined ? undefined : { name: log.name, upTo: log.readUpTo };
}

/** The log of a room or conversation, if it has the message with a msgid. */
export function logWith({ logs }: View, name: string, msgid: string | undefined): RoomLog | undefined {
  const log = logs.get(fold(name));
  return log !== undefined && msgid !== undefined && entryOf(log, msgid) !== undefined ? log : undefined;
}

/** The logs of a room or conversation, or of all. */
export function logsOf({ logs }: View, place: string | undefined): readonly RoomLog[] {
  return [...logs].flatMap(([key, log]) => (place === undefined || key === fold(place) ? log : []));
}

/** The log on the page: that of the room, or a part of its past. */
export function shownLog(view: View): RoomLog | undefined {
  return view.past === undefined ? view.logs.get(view.here) : view.past.log;
}

/** Whether the page is scrolled back, or in the past. */
export function isBack({ anchor, past }: View): boolean {
  return anchor !== undefined || past !== undefined;
}

/**
 * Adds a page of history: before the log that it was requested for, or behind a part of the past. A page around a
 * message, or around a time, becomes the part of the past that is shown, with that message at the bottom.
 */
export function withPage(view: View, { target, where, from, lines, complete }: HistoryPage): View {
  const key = fold(target);
  switch (where) {
    case "around": {
      if (key !== view.here || complete) return view;
      const log = prepend(newLog(target), lines, false);
      const at = from?.msgid ?? (lines.find(({ time }) => time >= (from?.time ?? 0)) ?? lines.at(-1))?.msgid;
      return wentTo({ ...view, past: { key, log } }, log, at);
    }
    case "newer":
      return view.past?.key === key && newest(view.past.log)?.msgid === from?.msgid
        ? withNewer(view, view.past, lines)
        : view;
    case "older": {
      if (view.past?.key === key && oldest(view.past.log)?.msgid === from?.msgid)
        return { ...view, past: { key, log: prepend(view.past.log, lines, complete) } };
      const log = view.logs.get(key);
      // After a jump the log may have another beginning than the one that was asked about.
      if (log === undefined || (from !== undefined && oldest(log)?.msgid !== from.msgid)) return view;
      return withinSize(withLog(view, prepend(log, lines, complete), key));
    }
  }
}

/** Adds lines behind a part of the past; once it reaches the room's log, both become one. */
function withNewer(view: View, { key, log }: Past, lines: readonly Talk[]): View {
  const live = view.logs.get(key) ?? newLog(log.name);
  const fresh = lines.filter(({ msgid }) => msgid === undefined || entryOf(live, msgid) === undefined);
  const bottom = view.anchor?.entry ?? endOf(log) - 1;
  const next = fresh.reduce((before, line) => append(before, line, true), log);
  const anchored = { ...view, anchor: view.anchor ?? { entry: bottom, below: 0 } };
  if (lines.length > 0 && fresh.length === lines.length) return { ...anchored, past: { key, log: next } };
  const joined = prepend(
    live,
    next.entries.filter((entry) => "reactors" in entry),
    log.complete,
  );
  const entry = log.entries[bottom - log.first];
  const msgid = entry && "reactors" in entry ? entry.msgid : undefined;
  return withAnchorAt(withLog({ ...view, past: undefined }, joined, key), joined, msgid);
}

/** The view with a message at the bottom of the page, which stands out. */
export function wentTo(view: View, log: RoomLog, msgid: string | undefined): View {
  return { ...withAnchorAt(view, log, msgid), marked: msgid };
}

/** The view with a message at the bottom of the page, and none selected. */
function withAnchorAt(view: View, log: RoomLog, msgid: string | undefined): View {
  const entry = msgid === undefined ? undefined : entryOf(log, msgid);
  return { ...view, anchor: entry === undefined ? undefined : { entry, below: 0 }, selection: undefined };
}

function withLog(view: View, log: RoomLog, key: Folded): View {
  return { ...view, logs: withEntry(view.logs, key, log) };
}

/** Moves a room's log to the room's new name. */
export function withRenamedLog(view: View, from: Folded, to: string): View {
  const key = fold(to);
  const logs = Array.from(view.logs, ([at, log]): [Folded, RoomLog] =>
    at === from ? [key, { ...log, name: to }] : [at, log],
  );
  const settings = withRename(view.settings, from, key);
  return { ...view, logs: new Map(logs), settings, past: undefined, here: view.here === from ? key : view.here };
}

/** Follows the model to its current room, whose lines count as read. */
export function followModel(view: View, model: Model): View {
  const wanted = model.current ?? SERVER;
  if (wanted === view.here && view.logs.has(wanted)) {
    const log = view.logs.get(wanted);
    if (log === undefined || !isAtEnd(view)) return view;
    const read = markRead(log);
    return read === log ? view : withLog(view, read, wanted);
  }
  const left = view.logs.get(view.here);
  const logs = new Map(view.logs);
  if (left !== undefined) logs.set(view.here, trimmed(clearUnreadLine(left), false));
  const name = model.rooms.get(wanted)?.name ?? model.partners.get(wanted) ?? String(wanted);
  logs.set(wanted, opened(logs.get(wanted) ?? newLog(name)));
  return { ...view, logs, here: wanted, anchor: undefined, past: undefined, marked: undefined, selection: undefined };
}

/** The view without the notes of the place on the screen. */
export function cleared(view: View): View {
  const log = view.logs.get(view.here);
  return log === undefined ? view : atNewest(withLog(view, withoutNotes(log), view.here));
}

/** Scrolls to the newest line, out of the past. */
export function atNewest(view: View): View {
  return scrolledTo({ ...view, past: undefined, marked: undefined, selection: undefined }, undefined);
}

/** Scrolls to an anchor, or to the newest line of what is shown. */
export function scrolledTo(view: View, anchor: Anchor | undefined): View {
  if (view.past !== undefined) return { ...view, anchor };
  const log = view.logs.get(view.here);
  const next = { ...view, anchor };
  return anchor === undefined && log !== undefined ? withLog(next, trimmed(markRead(log), false), view.here) : next;
}

/** The selected message; `undefined` if none is, or it was taken back meanwhile. */
export function selectedMessage(view: View): LoggedMessage | undefined {
  const log = shownLog(view);
  const { selection } = view;
  return selection && log && messageAt(log, selection.entry);
}

/** The view with the message before or after the selected one selected; without one, the newest on the screen. */
export function withSelection(view: View, by: 1 | -1): View {
  const log = shownLog(view);
  if (log === undefined) return view;
  const from = view.selection?.entry ?? Math.min(view.anchor?.entry ?? endOf(log), endOf(log) - 1) + 1;
  for (let entry = from + by; entry >= log.first && entry < endOf(log); entry += by)
    if (messageAt(log, entry) !== undefined) return { ...view, selection: select(entry) };
  return by > 0 ? { ...view, selection: undefined } : view;
}

/** The view in which the next line in the room on the screen replies to a message, or to none. */
export function withReply(view: View, target: ReplyTarget | undefined): View {
  const replies = target === undefined ? without(view.replies, view.here) : withEntry(view.replies, view.here, target);
  return { ...view, replies, selection: undefined };
}

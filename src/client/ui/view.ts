import { type Folded, fold } from "../../text/fold.ts";
import { placeOf } from "../model/history.ts";
import { type Annotation, type Effect, type Line, type Model, type Talk, withEntry, without } from "../model/state.ts";
import { drawable } from "./cells.ts";
import type { Anchor } from "./layout.ts";
import {
  annotated,
  append,
  clearUnreadLine,
  endOf,
  halved,
  isBy,
  type LoggedMessage,
  markRead,
  messageAt,
  newLog,
  opened,
  prepend,
  type RoomLog,
  trimmed,
  withMarker,
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
  const isOwn = "nick" in line && isBy(line, model.nick);
  for (const [key, name] of logsFor(view, model, line)) next = withLineIn(next, key, name, line, isOwn);
  return next;
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
  const logs = withEntry(view.logs, key, trimmed(log, here && view.anchor !== undefined));
  return withinSize({ ...view, logs, settings });
}

/** Adds a reaction to the message that it is about, or removes a message that was taken back. */
export function withAnnotation(view: View, model: Model, annotation: Annotation): View {
  const place = annotation.kind === "redacted" ? annotation.place : placeOf(annotation, model.nick);
  const log = view.logs.get(fold(place));
  return log === undefined ? view : withinSize(withLog(view, annotated(log, annotation), fold(place)));
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

/** Whether the user sees the newest lines of the room on the screen. */
function isAtEnd({ anchor, isFocused }: View): boolean {
  return anchor === undefined && isFocused;
}

/** How far a room or conversation is read, from the server or another run. */
export type ReadPosition = Omit<Extract<Effect, { type: "read" }>, "type">;

/** Whether the user is reading this room or conversation: it is on the screen, at its end, and has the focus. */
export function isReading(view: View, name: string): boolean {
  return fold(name) === view.here && isAtEnd(view);
}

/** Takes over how far a room or conversation is read. */
export function withReadPosition(view: View, model: Model, { target, ...position }: ReadPosition): View {
  const key = fold(target);
  const known = view.logs.get(key);
  if (known === undefined && view.logs.size >= MAX_LOGS) return view;
  const log = known ?? newLog(model.rooms.get(key)?.name ?? model.partners.get(key) ?? target);
  return withLog(view, withMarker(log, position, { nick: model.nick, isOpen: key === view.here }), key);
}

/** The room or conversation on the screen and the time up to which it is read, if the user sees its newest lines. */
export function readHere(view: View): { readonly name: string; readonly upTo: number } | undefined {
  const log = view.here === SERVER || !isAtEnd(view) ? undefined : view.logs.get(view.here);
  return log?.readUpTo === undefined ? undefined : { name: log.name, upTo: log.readUpTo };
}

/** Adds older lines before all others in a room's log. */
export function withOlder(view: View, target: string, lines: readonly Talk[], complete: boolean): View {
  const log = view.logs.get(fold(target));
  return log === undefined ? view : withinSize(withLog(view, prepend(log, lines, complete), fold(target)));
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
  return { ...view, logs: new Map(logs), settings, here: view.here === from ? key : view.here };
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
  return { ...view, logs, here: wanted, anchor: undefined, selection: undefined };
}

/** Scrolls to an anchor, or to the newest line. */
export function scrolledTo(view: View, anchor: Anchor | undefined): View {
  const log = view.logs.get(view.here);
  const next = { ...view, anchor };
  return anchor === undefined && log !== undefined ? withLog(next, trimmed(markRead(log), false), view.here) : next;
}

/** The selected message; `undefined` if none is, or it was taken back meanwhile. */
export function selectedMessage({ selection, logs, here }: View): LoggedMessage | undefined {
  const log = logs.get(here);
  return selection && log && messageAt(log, selection.entry);
}

/** The view with the message before or after the selected one selected; without one, the newest on the screen. */
export function withSelection(view: View, by: 1 | -1): View {
  const log = view.logs.get(view.here);
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

/** The place `by` places further down the sidebar, wrapping around. */
export function neighbour(view: View, model: Model, by: number): Folded {
  const all = places(view, model);
  const at = Math.max(0, all.indexOf(view.here));
  return all[(at + by + all.length) % all.length] ?? SERVER;
}

/** The next place where we are mentioned. */
export function nextMention(view: View, model: Model): Folded | undefined {
  return places(view, model).find((key) => key !== view.here && countsOf(view, key).mentions > 0);
}

/** The next place with unread lines: places where we are mentioned come first. */
export function nextUnread(view: View, model: Model): Folded | undefined {
  const isUnread = (key: Folded) => key !== view.here && countsOf(view, key).unread > 0;
  return nextMention(view, model) ?? places(view, model).find(isUnread);
}

import { type Folded, fold } from "../../text/fold.ts";
import { placeOf } from "../model/history.ts";
import { type Line, type Model, type Talk, withEntry } from "../model/state.ts";
import type { Anchor } from "./layout.ts";
import { append, halved, looked, newLog, prepend, type RoomLog, settled, trimmed } from "./log.ts";

/** What the screen shows besides what is known and typed. */
export interface View {
  readonly logs: ReadonlyMap<Folded, RoomLog>;
  /** The room that is being looked at. */
  readonly here: Folded;
  /** Where it is scrolled back to; none is the newest line. */
  readonly anchor: Anchor | undefined;
  /** Long messages are shown whole. */
  readonly unfolded: boolean;
  /** The wheel scrolls; else the terminal has the mouse, for selecting. */
  readonly mouse: boolean;
}

/** The log of what is about no room: what the server says. */
export const SERVER: Folded = fold("*");

const LOGS = 400; // rooms and people; lines for more go to the server's log
const SIZE = 6 << 20; // characters of all logs, by what their lines cost

/** A view with nothing in it. */
export function newView(mouse: boolean): View {
  return {
    logs: new Map([[SERVER, newLog("server")]]),
    here: SERVER,
    anchor: undefined,
    unfolded: false,
    mouse,
  };
}

/** The rooms and people to choose from, in their order: those that we are in, talk to, or that have unread lines. */
export function places(view: View, model: Model): readonly Folded[] {
  const keys = new Set<Folded>([...model.rooms.keys(), ...model.partners.keys()]);
  for (const key of view.logs.keys()) if (key !== SERVER && (view.logs.get(key)?.unread ?? 0) > 0) keys.add(key);
  return [...keys, SERVER];
}

/** The view with one more line, in the logs that it belongs to. */
export function shown(view: View, model: Model, line: Line): View {
  let next = view;
  for (const [key, name] of logsFor(view, model, line)) next = withLine(next, key, name, line);
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

function withLine(view: View, key: Folded, name: string, line: Line): View {
  const known = view.logs.get(key);
  if (known === undefined && view.logs.size >= LOGS) return withLine(view, SERVER, "server", line);
  const here = key === view.here;
  const log = append(known ?? newLog(name), line, (here && view.anchor === undefined) || isOwn(line));
  return within({ ...view, logs: withEntry(view.logs, key, trimmed(log, here && view.anchor !== undefined)) });
}

/** The view with less of its largest log, if all logs together are too large. */
function within(view: View): View {
  let size = 0;
  let largest: readonly [Folded, RoomLog] | undefined;
  for (const entry of view.logs) {
    size += entry[1].size;
    if (largest === undefined || entry[1].size > largest[1].size) largest = entry;
  }
  if (size <= SIZE || largest === undefined) return view;
  return { ...view, logs: withEntry(view.logs, largest[0], halved(largest[1])) };
}

function isOwn(line: Line): boolean {
  return "to" in line && line.to !== undefined;
}

/** The view with what was said before all that is in a room's log. */
export function withPast(view: View, target: string, lines: readonly Talk[], complete: boolean): View {
  const log = view.logs.get(fold(target));
  return log === undefined ? view : within(withLog(view, prepend(log, lines, complete), fold(target)));
}

function withLog(view: View, log: RoomLog, key: Folded): View {
  return { ...view, logs: withEntry(view.logs, key, log) };
}

/** The view with a room's log under the room's new name. */
export function renamedTo(view: View, from: Folded, to: string): View {
  const key = fold(to);
  const logs = Array.from(view.logs, ([at, log]): [Folded, RoomLog] =>
    at === from ? [key, { ...log, name: to }] : [at, log],
  );
  return { ...view, logs: new Map(logs), here: view.here === from ? key : view.here };
}

/** The view as the model wants it: another room is looked at, and what is looked at is read. */
export function following(view: View, model: Model): View {
  const wanted = model.current ?? SERVER;
  if (wanted === view.here && view.logs.has(wanted)) {
    const log = view.logs.get(wanted);
    if (log === undefined || view.anchor !== undefined) return view;
    const read = looked(log);
    return read === log ? view : withLog(view, read, wanted);
  }
  const left = view.logs.get(view.here);
  const logs = new Map(view.logs);
  if (left !== undefined) logs.set(view.here, trimmed(settled(left), false));
  const name = model.rooms.get(wanted)?.name ?? model.partners.get(wanted) ?? String(wanted);
  logs.set(wanted, looked(logs.get(wanted) ?? newLog(name)));
  return { ...view, logs, here: wanted, anchor: undefined };
}

/** The view scrolled to an anchor. */
export function anchored(view: View, anchor: Anchor | undefined): View {
  const log = view.logs.get(view.here);
  const next = { ...view, anchor };
  return anchor === undefined && log !== undefined ? withLog(next, trimmed(looked(log), false), view.here) : next;
}

/** The place that is so many places on from here, round and round. */
export function neighbour(view: View, model: Model, by: number): Folded {
  const all = places(view, model);
  const at = Math.max(0, all.indexOf(view.here));
  return all[(at + by + all.length) % all.length] ?? SERVER;
}

/** The place with something unread that is looked at next: first one that names us. */
export function nextUnread(view: View, model: Model): Folded | undefined {
  const others = places(view, model).filter((key) => key !== view.here);
  const log = (key: Folded) => view.logs.get(key);
  return others.find((key) => (log(key)?.mentions ?? 0) > 0) ?? others.find((key) => (log(key)?.unread ?? 0) > 0);
}

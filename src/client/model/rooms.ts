import { type Folded, fold } from "../../text/fold.ts";
import type { Message } from "../../wire/message.ts";
import { type ClientRoom, type Model, note, type Step, type Stream, step, withEntry, without } from "./state.ts";

/** Going about the rooms and talks that are open, which the client does by itself. */

/** The answer to someone who is in no room. */
export const IN_NO_ROOM = "You are in no room; /join ROOM goes into one, and /rooms lists them.";

/** A room as its name is typed: `build` means `#build`. */
export function roomName(word: string): string {
  return /^[#&]/.test(word) ? word : `#${word}`;
}

/** The room that the first word names: of several, the first. */
export function roomIn(words: string): string {
  return roomName(words.split(/[\s,]+/)[0] ?? "");
}

/** The room to which a line without a command goes. */
export function currentRoom(model: Model): ClientRoom | undefined {
  return model.current === undefined ? undefined : model.rooms.get(model.current);
}

/** Makes a room the current one, if the user is in it. */
export function goTo(model: Model, name: string, now: number): Step | undefined {
  const room = model.rooms.get(fold(name));
  return room && step({ ...model, current: fold(name) }, note("event", now, `Now in ${room.name}.`));
}

/** Closes the talk that is named, or the current one where nothing is; `undefined` where that is a room. */
export function closeTalk(model: Model, words: string): Step | undefined {
  const partner = words === "" ? model.current : fold(words.replace(/^@/, ""));
  if (partner === undefined || !model.partners.has(partner) || model.rooms.has(partner)) return undefined;
  const current = model.current === partner ? [...model.rooms.keys()].at(-1) : model.current;
  return step({ ...model, current, partners: without(model.partners, partner) });
}

/** Waits for a room, which becomes the current one once we are in it. */
export function awaiting(model: Model, name: string): Model {
  return { ...model, awaited: withEntry(model.awaited, fold(name), { name, current: true }) };
}

const NAME = 200; // characters of a room's name

/** RENAME: a room that we are in has another name (IRCv3 draft/channel-rename). All that is known of it goes along. */
export function onRename(model: Model, { params }: Message, now: number): Step {
  const [before = "", to = "", why = ""] = params;
  const [from, key] = [fold(before), fold(to)];
  const room = model.rooms.get(from);
  const isGood = to !== "" && to.length <= NAME && (key === from || !model.rooms.has(key));
  if (!room || !isGood) return step(model);
  const next: Model = {
    ...model,
    rooms: rekeyed(model.rooms, from, key, { ...room, name: to }),
    current: model.current === from ? key : model.current,
    listed: rekeyed(model.listed, from, key, model.listed.get(from)),
    streams: rekeyed(model.streams, from, key, renamedStream(model, from, to)),
    outbox: model.outbox.map((own) => (fold(own.target) === from ? { ...own, target: to } : own)),
  };
  const words = `${room.name} is ${to} now${why === "" ? "" : `: ${why}`}`;
  return step(next, { type: "room-renamed", from, to }, note("event", now, words, to));
}

function renamedStream({ streams }: Model, from: Folded, to: string): Stream | undefined {
  const stream = streams.get(from);
  return stream && { ...stream, name: to };
}

/** The map with one entry under another key, where it was. */
function rekeyed<V>(
  map: ReadonlyMap<Folded, V>,
  from: Folded,
  to: Folded,
  value: V | undefined,
): ReadonlyMap<Folded, V> {
  if (value === undefined) return map;
  const others = [...map].filter(([key]) => key === from || key !== to);
  return new Map(others.map(([key, other]) => (key === from ? [to, value] : [key, other])));
}

import { fold } from "../../text/fold.ts";
import { type Model, note, type Room, type Step, step, withEntry, without } from "../state.ts";

/** Going about the rooms and talks that are open, which the client does by itself. */

/** The answer to someone who is in no room. */
export const IN_NO_ROOM = "You are in no room; /join ROOM goes into one.";

/** A room as its name is typed: `build` means `#build`. */
export function roomName(word: string): string {
  return /^[#&]/.test(word) ? word : `#${word}`;
}

/** The room that the first word names: of several, the first. */
export function roomIn(words: string): string {
  return roomName(words.split(/[\s,]+/)[0] ?? "");
}

/** The room to which a line without a command goes. */
export function currentRoom(model: Model): Room | undefined {
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

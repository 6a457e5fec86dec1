import { fold } from "../text/fold.ts";
import type { Act } from "./act.ts";
import { placeBetween, sideCalled, sideOf } from "./conversation.ts";
import type { Member } from "./member.ts";
import { ROOM_SIGN } from "./names.ts";
import type { State } from "./state.ts";
import type { Located, Remembered } from "./store.ts";
import { refused, type Verdict } from "./verdict.ts";

type SayAct = Extract<Act, { type: "say" }>;

/**
 * A message that its sender has named and that was said before: the original is told again, to that one alone. One of
 * the same name and another text is refused; and while nothing can be stored, a named message is, since its sender
 * wants to be certain. `undefined`: it is a new one.
 */
export function checkRepeat(state: State, by: Member, act: SayAct): Verdict | undefined {
  const { id, to, text, manner } = act;
  if (id === undefined) return undefined;
  const inRoom = to.startsWith(ROOM_SIGN);
  const place = inRoom ? state.room(to)?.key : placeBetween(sideOf(by.who), sideCalled(state, to));
  const original =
    place === undefined ? undefined : (state.store.sentAs(place, id) ?? state.unkept.get(`${place} ${id}`)?.message);
  if (original) {
    const isSame = original.text === text && original.manner === manner;
    return isSame ? { again: original } : refused({ why: "id-reused", to, id });
  }
  return state.store.isDown ? refused({ why: "not-stored" }) : undefined;
}

/** A message that is not kept, said of late. */
export function unkeptAt(state: State, seq: number): Located | undefined {
  return state.unkept.get(`#${seq}`);
}

/** The message was taken back: it is not told again either. */
export function forgetUnkept(state: State, seq: number): void {
  const found = unkeptAt(state, seq);
  if (!found) return;
  state.unkept.delete(`#${seq}`);
  if (found.message.id !== undefined) state.unkept.delete(`${found.place} ${found.message.id}`);
}

const MOST = 2000; // places and names by which messages between guests are remembered, in memory alone

/** Remembers a message that is not kept, by its sender's name for it and by its place in the order. */
export function rememberUnkept(state: State, event: Remembered): void {
  const { from, to, inRoom } = event;
  const place = inRoom ? fold(to) : placeBetween(sideOf(from), sideCalled(state, to));
  const memory = { place, message: { ...event, origin: undefined } };
  if (event.id !== undefined) state.unkept.set(`${place} ${event.id}`, memory);
  state.unkept.set(`#${event.seq}`, memory);
  for (const oldest of state.unkept.keys()) {
    if (state.unkept.size <= MOST) return;
    state.unkept.delete(oldest);
  }
}

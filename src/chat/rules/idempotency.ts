import { fold } from "../../text/fold.ts";
import { placeBetween, sideCalled, sideOf, targetOf } from "../conversation.ts";
import type { Act } from "../model/act.ts";
import type { Member } from "../model/member.ts";
import { ROOM_SIGN } from "../model/names.ts";
import { type CheckResult, refused } from "../model/refusal.ts";
import type { Room } from "../model/room.ts";
import type { State } from "../model/state.ts";
import type { LocatedMessage, Place, SentKey, StoredMessage } from "../store.ts";

type SayAct = Extract<Act, { type: "say" }>;

/**
 * A message that its sender has named and that was said before: the original is told again, to that one alone. One of
 * the same name and another text is refused; and while nothing can be stored, a named message is, since its sender
 * wants to be certain. `undefined`: it is a new one.
 *
 * An account's names are its own. A guest's count for whoever repeats them, since a guest who comes back may have
 * another nick, or an account by then: the names are random, and shown to nobody else.
 */
export function checkRepeat(state: State, by: Member, act: SayAct): CheckResult | undefined {
  const { id, to, text, kind } = act;
  if (id === undefined) return undefined;
  const target = to.startsWith(ROOM_SIGN) ? state.room(to)?.key : sideCalled(state, to);
  if (target === undefined) return undefined;
  const sender = by.who.account?.id;
  const keys: readonly SentKey[] = [...new Set([sender, undefined])].map((of) => ({ target, sender: of, id }));
  for (const key of keys) {
    const original = sentWith(state, key);
    if (original) {
      const isSame = original.text === text && original.kind === kind;
      return isSame ? { original } : refused({ why: "id-reused", to, id });
    }
    if (state.store.wasRedacted(key)) return refused({ why: "taken-back", to, id });
  }
  return state.isDown ? refused({ why: "not-stored", what: "message" }) : undefined;
}

function sentWith(state: State, key: SentKey): StoredMessage | undefined {
  return state.store.findSent(key) ?? state.ephemeral.get(nameOf(key))?.message;
}

/** A message that is not kept, said of late. */
export function ephemeralAt(state: State, seq: number): LocatedMessage | undefined {
  return state.ephemeral.get(`#${seq}`);
}

/** The message was taken back: it is not told again either. */
export function forgetEphemeral(state: State, seq: number): void {
  const found = ephemeralAt(state, seq);
  if (!found) return;
  state.ephemeral.delete(`#${seq}`);
  const name = sentAs(found);
  if (name) state.ephemeral.delete(nameOf(name));
}

/** What is not kept of a room goes with it to its new name. */
export function moveEphemeral(state: State, from: Place, { key, name }: Room): void {
  for (const found of [...state.ephemeral.values()]) {
    if (found.place !== from) continue;
    forgetEphemeral(state, found.message.seq);
    remember(state, { place: key, message: { ...found.message, to: name } });
  }
}

const MOST = 2000; // places and names by which messages between guests are remembered, in memory alone

/** Remembers a message that is not kept, by its sender's name for it and by its place in the order. */
export function rememberEphemeral(state: State, event: StoredMessage): void {
  const { from, to, inRoom } = event;
  const place = inRoom ? fold(to) : placeBetween(sideOf(from), sideCalled(state, to));
  remember(state, { place, message: { ...event, origin: undefined } });
  for (const oldest of state.ephemeral.keys()) {
    if (state.ephemeral.size <= MOST) return;
    state.ephemeral.delete(oldest);
  }
}

function remember(state: State, memory: LocatedMessage): void {
  const name = sentAs(memory);
  if (name) state.ephemeral.set(nameOf(name), memory);
  state.ephemeral.set(`#${memory.message.seq}`, memory);
}

function sentAs({ place, message }: LocatedMessage): SentKey | undefined {
  const { id, from } = message;
  return id === undefined ? undefined : { target: targetOf(place, message), sender: from.account?.id, id };
}

/** A blank is in none of its parts. */
function nameOf({ target, sender, id }: SentKey): string {
  return `${target} ${sender ?? ""} ${id}`;
}

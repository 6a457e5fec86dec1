import { fold } from "../../text/fold.ts";
import { placeBetween, sideNamed, sideOf, targetOf } from "../conversation.ts";
import type { Act } from "../model/act.ts";
import type { Member } from "../model/member.ts";
import { ROOM_SIGN } from "../model/names.ts";
import { type CheckResult, refused } from "../model/refusal.ts";
import type { Room } from "../model/room.ts";
import type { State } from "../model/state.ts";
import type { LocatedMessage, Place, SentKey, StoredMessage } from "../store.ts";

type SayAct = Extract<Act, { type: "say" }>;

/**
 * Checks a message that has its sender's id. If the same message was said before, the original is told again, to the
 * sender only. The same id with another text is refused. So is any message with an id while nothing can be stored: its
 * sender asks for certainty. `undefined` for a new message.
 *
 * An account's ids are compared with its own messages and with guests' messages: a returning guest may have another nick,
 * or an account. Ids are random and shown to nobody else.
 */
export function checkRepeat(state: State, by: Member, act: SayAct): CheckResult | undefined {
  const { id, to, text, kind } = act;
  if (id === undefined) return undefined;
  const target = to.startsWith(ROOM_SIGN) ? state.room(to)?.key : sideNamed(state, to);
  if (target === undefined) return undefined;
  const sender = by.who.account?.id;
  const keys: readonly SentKey[] = [...new Set([sender, undefined])].map((author) => ({ target, sender: author, id }));
  for (const key of keys) {
    const original = findMessage(state, key);
    if (original) {
      const isSame = original.text === text && original.kind === kind;
      return isSame ? { original } : refused({ why: "id-reused", to, id });
    }
    if (state.store.wasRedacted(key)) return refused({ why: "taken-back", to, id });
  }
  return state.isDown ? refused({ why: "not-stored", what: "message" }) : undefined;
}

/** A stored or ephemeral message by its sender's id. */
function findMessage(state: State, key: SentKey): StoredMessage | undefined {
  return state.store.findSent(key) ?? state.ephemeral.get(textOf(key))?.message;
}

/** A recent message that is not stored. */
export function ephemeralAt(state: State, seq: number): LocatedMessage | undefined {
  return state.ephemeral.get(`#${seq}`);
}

/** Forgets a redacted message that is not stored. */
export function forgetEphemeral(state: State, seq: number): void {
  const found = ephemeralAt(state, seq);
  if (!found) return;
  state.ephemeral.delete(`#${seq}`);
  const key = sentKeyOf(found);
  if (key) state.ephemeral.delete(textOf(key));
}

/** Moves a room's messages that are not stored to its new name. */
export function moveEphemeral(state: State, from: Place, { key, name }: Room): void {
  for (const found of [...state.ephemeral.values()]) {
    if (found.place !== from) continue;
    forgetEphemeral(state, found.message.seq);
    remember(state, { place: key, message: { ...found.message, to: name } });
  }
}

const MOST = 2000; // entries in memory: one per message, and one more if it has its sender's id

/** Remembers a message that is not stored, by its sequence number and its sender's id. */
export function rememberEphemeral(state: State, event: StoredMessage): void {
  const { from, to, inRoom } = event;
  const place = inRoom ? fold(to) : placeBetween(sideOf(from), sideNamed(state, to));
  remember(state, { place, message: { ...event, origin: undefined } });
  for (const oldest of state.ephemeral.keys()) {
    if (state.ephemeral.size <= MOST) return;
    state.ephemeral.delete(oldest);
  }
}

function remember(state: State, found: LocatedMessage): void {
  const key = sentKeyOf(found);
  if (key) state.ephemeral.set(textOf(key), found);
  state.ephemeral.set(`#${found.message.seq}`, found);
}

function sentKeyOf({ place, message }: LocatedMessage): SentKey | undefined {
  const { id, from } = message;
  return id === undefined ? undefined : { target: targetOf(place, message), sender: from.account?.id, id };
}

/** A map key. None of its parts contains a blank. */
function textOf({ target, sender, id }: SentKey): string {
  return `${target} ${sender ?? ""} ${id}`;
}

import { fold } from "../../text/fold.ts";
import { placeBetween, sideNamed, sideOf, targetOf } from "../conversation.ts";
import type { SayAct, SignalAct } from "../model/act.ts";
import { lastingTags, type MessageTags } from "../model/event.ts";
import type { Member } from "../model/member.ts";
import { ROOM_SIGN } from "../model/names.ts";
import { type CheckResult, refused } from "../model/refusal.ts";
import type { Room } from "../model/room.ts";
import type { State } from "../model/state.ts";
import type { LocatedMessage, Place, SentKey, StoredMessage, StoredSignal } from "../store.ts";

/**
 * Checks a message or a signal that has its sender's id. If the same was sent before, the original is told again, to the
 * sender only. The same id with another text is refused. So is any message with an id while nothing can be stored: its
 * sender asks for certainty. `undefined` for a new message.
 *
 * An account's ids are compared with its own messages and with guests' messages: a returning guest may have another nick,
 * or an account. Ids are random and shown to nobody else.
 */
export function checkRepeat(state: State, by: Pick<Member, "who">, act: SayAct | SignalAct): CheckResult | undefined {
  const { id, to } = act;
  if (id === undefined) return undefined;
  const target = to.startsWith(ROOM_SIGN) ? state.room(to)?.key : sideNamed(state, to);
  if (target === undefined) return undefined;
  const sender = by.who.account?.id;
  const keys: readonly SentKey[] = [...new Set([sender, undefined])].map((author) => ({ target, sender: author, id }));
  for (const key of keys) {
    const original = findMessage(state, key);
    if (original) return isSame(original, act) ? { original } : refused({ why: "id-reused", to, id });
    if (state.store.wasRedacted(key)) return refused({ why: "taken-back", to, id });
  }
  return state.isDown ? refused({ why: "not-stored", what: "message" }) : undefined;
}

function isSame(original: StoredMessage | StoredSignal, act: SayAct | SignalAct): boolean {
  if (original.type === "said") return act.type === "say" && original.text === act.text && original.kind === act.kind;
  return act.type === "signal" && isSameTags(lastingTags(original.tags), lastingTags(act.tags));
}

function isSameTags(one: MessageTags, other: MessageTags): boolean {
  return one.size === other.size && [...one].every(([key, value]) => other.get(key) === value);
}

/** A stored or ephemeral message by its sender's id. */
function findMessage(state: State, key: SentKey): StoredMessage | StoredSignal | undefined {
  return state.store.findSent(key) ?? state.ephemeral.sent(textOf(key))?.message;
}

/** Moves a room's messages that are not stored to its new name. */
export function moveEphemeral(state: State, from: Place, { key, name }: Room): void {
  state.ephemeral.replace(from, ({ message }) => {
    const found = { place: key, message: { ...message, to: name } };
    return { found, key: sentTextOf(found) };
  });
}

/** Remembers a message that is not stored. */
export function rememberEphemeral(state: State, event: StoredMessage | StoredSignal): void {
  const { from, to, inRoom } = event;
  const place = inRoom ? fold(to) : placeBetween(sideOf(from), sideNamed(state, to));
  const found = { place, message: { ...event, origin: undefined } };
  state.ephemeral.add(found, sentTextOf(found));
}

/** The text of the key of a message; `undefined` if its sender gave it no id. */
export function sentTextOf({ place, message }: LocatedMessage): string | undefined {
  const { id, from } = message;
  return id === undefined ? undefined : textOf({ target: targetOf(place, message), sender: from.account?.id, id });
}

/** A map key. None of its parts contains a blank. */
function textOf({ target, sender, id }: SentKey): string {
  return `${target} ${sender ?? ""} ${id}`;
}

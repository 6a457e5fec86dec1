import { type Folded, fold } from "../text/fold.ts";
import type { AccountId } from "./model/account.ts";
import type { EventOf, Identity } from "./model/event.ts";
import type { Member } from "./model/member.ts";
import { ROOM_SIGN } from "./model/names.ts";
import type { Room } from "./model/room.ts";
import type { State } from "./model/state.ts";
import type { HiddenRange, Place, Side } from "./store.ts";
import { hiddenFrom } from "./visibility.ts";

/**
 * Talk between two. It is kept if either has an account, and it is the accounts' talk: a guest's side of it is named
 * after the nick, with a sign that no account's id has, and nobody can read it by having that nick.
 */

const GUEST = "~";

/** Someone's side of a conversation. */
export function sideOf({ nick, account }: Pick<Identity, "nick" | "account">): Side {
  return account?.id ?? guestSide(nick);
}

/** Where the talk of two lies, whoever speaks. */
export function placeBetween(one: Side, other: Side): Place {
  return (one < other ? `${one} ${other}` : `${other} ${one}`) as Place;
}

/** The side of whoever is called this: a member, an account that is not present, or a guest who was. */
export function sideCalled(state: State, name: string): Side {
  const member = state.member(name);
  if (member) return sideOf(member.who);
  return state.store.loadAccount(fold(name))?.id ?? guestSide(name);
}

function guestSide(nick: string): Folded {
  return fold(GUEST + nick);
}

function isAccount(side: Side): side is AccountId {
  return !side.startsWith(GUEST);
}

/** To whom something was said that lies in a place: the room, or the other side of the talk. */
export function targetOf(place: Place, { from, inRoom }: Pick<EventOf<"said">, "from" | "inRoom">): Place | Side {
  if (inRoom) return place;
  const [one = place, other = place] = place.split(" ") as Side[];
  return one === sideOf(from) ? other : one;
}

/** Whether talk of these two is kept: if either has an account. */
export function isStoredBetween(one: Side, other: Side): boolean {
  return isAccount(one) || isAccount(other);
}

/** Keeps what one said to another. */
export function storeDirectMessage(state: State, event: EventOf<"said">): void {
  const from = sideOf(event.from);
  const to = sideCalled(state, event.to);
  const place = placeBetween(from, to);
  state.store.append(place, event, to);
  if (isAccount(from)) state.store.saveConversation(from, to, event.to, place, event.seq);
  if (isAccount(to)) {
    state.store.saveConversation(to, from, event.from.nick, place, event.seq);
    if (!state.member(event.to)?.sessions.size && isForPeople(event)) state.store.markMissed(to, from, event.seq);
  }
}

/** Programs talk to each other by the others. */
function isForPeople({ kind }: EventOf<"said">): boolean {
  return kind !== "query" && kind !== "answer";
}

/** A place of which someone may read the history: the room they are in, or a conversation of their account. */
export interface Readable {
  readonly place: Place;
  /** Stretches of it that are not shown. */
  readonly hidden: readonly HiddenRange[];
  readonly room: Room | undefined;
}

/** What this one may read of a target; `undefined` where it is nothing. */
export function readable(state: State, member: Member | undefined, target: string): Readable | undefined {
  if (!member) return undefined;
  if (target.startsWith(ROOM_SIGN)) {
    const room = state.room(target);
    return room?.members.has(member) ? { place: room.key, hidden: hiddenFrom(member, room), room } : undefined;
  }
  const account = member.who.account && state.store.account(member.who.account.id);
  if (!account) return undefined;
  const place = placeWith(state, member, target, account.id);
  // Before accounts had ids, one of the same name may have been there, and was removed: its talk is not this one's.
  const hidden = account.since === undefined ? [] : [{ from: 0, to: account.since - 1 }];
  return { place, hidden, room: undefined };
}

/** Where the talk with someone lies. One who is nobody's now may have had an account, which was removed. */
function placeWith(state: State, { who }: Member, target: string, own: AccountId): Place {
  const side = sideCalled(state, target);
  const isNobody = !isAccount(side) && !state.member(target);
  const past = isNobody ? state.store.conversationPlace(own, fold(target)) : undefined;
  return past ?? placeBetween(sideOf(who), side);
}

/** Whether a place is a conversation of an account. */
export function isOf(account: AccountId, place: Place): boolean {
  return (place.split(" ") as readonly string[]).includes(account);
}

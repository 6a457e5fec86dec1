import { type Folded, fold } from "../text/fold.ts";
import type { AccountId } from "./model/account.ts";
import { type EventOf, type Identity, isForPeople } from "./model/event.ts";
import type { Member } from "./model/member.ts";
import { ROOM_SIGN } from "./model/names.ts";
import type { Room } from "./model/room.ts";
import { accountOf, type State } from "./model/state.ts";
import type { HiddenRange, Place, Side } from "./store.ts";
import { hiddenFrom } from "./visibility.ts";

/**
 * Direct messages between two sides. A conversation is stored if either side is an account, and only accounts can read
 * it back. A guest's side is its nick after `~`, which no account id contains, so nobody reads it by taking the nick.
 */

const GUEST = "~";

/** The side of a member. */
export function sideOf({ nick, account }: Pick<Identity, "nick" | "account">): Side {
  return account?.id ?? guestSide(nick);
}

/** The place of a conversation, the same in both directions. */
export function placeBetween(a: Side, b: Side): Place {
  return (a < b ? `${a} ${b}` : `${b} ${a}`) as Place;
}

/** The side that a name stands for: a present member, an absent account, or a past guest. */
export function sideNamed(state: State, name: string): Side {
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

/** The target of a message in a place: the room, or the other side of the conversation. */
export function targetOf(place: Place, message: Pick<EventOf<"said">, "from" | "inRoom">): Place | Side {
  const { from, inRoom } = message;
  if (inRoom) return place;
  const [one = place, other = place] = place.split(" ") as Side[];
  return one === sideOf(from) ? other : one;
}

/** Whether messages between two sides are stored: if either is an account. */
export function isStoredBetween(a: Side, b: Side): boolean {
  return isAccount(a) || isAccount(b);
}

/**
 * Stores a direct message or signal. A message is marked as missed if its recipient has no session, and makes its
 * conversation the latest of both sides.
 */
export function storeDirectMessage(state: State, event: EventOf<"said" | "signalled">): void {
  const from = sideOf(event.from);
  const to = sideNamed(state, event.to);
  const place = placeBetween(from, to);
  state.store.append(place, event, to);
  if (event.type === "signalled") return;
  if (isAccount(from)) state.store.saveConversation(from, to, event.to, place, event.seq);
  if (isAccount(to)) {
    state.store.saveConversation(to, from, event.from.nick, place, event.seq);
    if (!state.member(event.to)?.sessions.size && isForPeople(event.kind)) state.store.markMissed(to, from, event.seq);
  }
}

/** A place whose history a member may read: a room that it is in, or a conversation of its account. */
export interface ReadablePlace {
  readonly place: Place;
  /** Ranges that the member may not read. */
  readonly hidden: readonly HiddenRange[];
  readonly room: Room | undefined;
}

/** The place that a target stands for; `undefined` if the member may not read it. */
export function readablePlace(state: State, member: Member | undefined, target: string): ReadablePlace | undefined {
  if (!member) return undefined;
  if (target.startsWith(ROOM_SIGN)) {
    const room = state.room(target);
    return room?.members.has(member) ? { place: room.key, hidden: hiddenFrom(member, room), room } : undefined;
  }
  const account = accountOf(state, member);
  if (!account) return undefined;
  const place = conversationWith(state, member, target, account.id);
  // Messages before `since` are of a removed account of the same name: names were the ids then.
  const hidden = account.since === undefined ? [] : [{ from: 0, to: account.since - 1 }];
  return { place, hidden, room: undefined };
}

/** The place of the conversation with a name. A name that nobody has now may be that of a removed account. */
function conversationWith(state: State, { who }: Member, target: string, own: AccountId): Place {
  const side = sideNamed(state, target);
  const isUnused = !isAccount(side) && !state.member(target);
  const past = isUnused ? state.store.conversationPlace(own, fold(target)) : undefined;
  return past ?? placeBetween(sideOf(who), side);
}

/** Whether a place is a conversation of the account. */
export function isConversationOf(account: AccountId, place: Place): boolean {
  return (place.split(" ") as readonly string[]).includes(account);
}

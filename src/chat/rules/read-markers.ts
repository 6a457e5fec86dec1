import { type Folded, fold, mentions } from "../../text/fold.ts";
import { readablePlace, sideNamed } from "../conversation.ts";
import { readBriefly, sizeOf, withRoomName } from "../history.ts";
import type { CatchUpAct, MarkReadAct } from "../model/act.ts";
import type { EventOf } from "../model/event.ts";
import type { Member } from "../model/member.ts";
import { accepted, type CheckResult, NOTHING, refused } from "../model/refusal.ts";
import { tellEach, tellOrigin } from "../model/session.ts";
import type { State } from "../model/state.ts";
import type { ConversationRecord, Marker, MissedConversation, StoredMessage, UnreadMessage } from "../store.ts";
import { readAround } from "../visibility.ts";

/** Read markers, offline messages, and counts of unread messages. */

/** The member's read marker for a target; `undefined` if it never set one. */
export function markerOf(state: State, { who, markers }: Member, target: string): Marker | undefined {
  return who.account === undefined ? markers.get(fold(target)) : state.store.marker(who.account.id, fold(target));
}

/** Moves a marker to the last event that is not later than the time. A marker never moves back. */
export function checkMarkRead(state: State, by: Member, { target, time }: MarkReadAct): CheckResult {
  const upTo = { seq: state.store.lastAt(time), time };
  const known = markerOf(state, by, target);
  if (by.who.account && state.isDown) return refused({ why: "not-stored", what: "marker" });
  return accepted({ type: "read-marked", who: by.who, target, upTo: known && !isLater(upTo, known) ? known : upTo });
}

function isLater(a: Marker, b: Marker): boolean {
  return a.seq > b.seq || (a.seq === b.seq && a.time > b.time);
}

export function applyReadMarked(state: State, event: EventOf<"read-marked">): void {
  const { who, target, upTo } = event;
  const member = state.member(who.nick);
  if (!member) return;
  const known = markerOf(state, member, target);
  if (known && !isLater(upTo, known)) return tellOrigin(state, event);
  // A client whose clock is fast must not mark future messages as read.
  const marker = { seq: upTo.seq, time: Math.min(upTo.time, event.time) };
  const most = state.limits.readMarkers || Number.POSITIVE_INFINITY;
  if (who.account === undefined) setGuestMarker(member, fold(target), marker, most);
  else state.store.setMarker(who.account.id, fold(target), marker, most);
  tellEach(member.sessions, event);
}

/** Sets a guest's marker as the newest of the map; beyond `most`, the oldest is dropped. */
function setGuestMarker(member: Member, target: Folded, upTo: Marker, most: number): void {
  member.markers.delete(target);
  member.markers.set(target, upTo);
  if (member.markers.size <= most) return;
  for (const oldest of member.markers.keys()) {
    member.markers.delete(oldest);
    break;
  }
}

/**
 * Offline messages: direct messages to an account without a session. The first session that catches up gets them; a
 * client that reads the conversation itself clears them by `catch-up` with `read`. They are late deliveries, not history,
 * so they are sent even if `showsHistory` is off.
 */

/** The most offline messages sent at once; older ones can be read from history. */
export const MOST_MISSED = 100;

const MOST_SIZE = 65_536; // bytes as sent: after that no further conversation is included
const MOST_PEERS = 100; // conversations that are read

export function checkCatchUp(state: State, by: Member, { read }: CatchUpAct): CheckResult {
  const { account } = by.who;
  if (account === undefined) return NOTHING;
  const peer = read === undefined ? undefined : sideNamed(state, read);
  const conversations = state.store.missedConversations(account.id, MOST_PEERS);
  if (conversations.length === 0 || (peer !== undefined && !conversations.some((each) => each.peer === peer)))
    return NOTHING;
  const missed = peer === undefined ? missedIn(state, conversations) : NONE;
  return accepted({ type: "caught-up", who: by.who, peer, ...missed });
}

interface Missed {
  readonly missed: readonly StoredMessage[];
  readonly isMore: boolean;
}

const NONE: Missed = { missed: [], isMore: false };

/** The missed messages of the newest conversations, in order, up to the limits. */
function missedIn({ store }: State, conversations: readonly MissedConversation[]): Missed {
  const missed: StoredMessage[] = [];
  let size = 0;
  let isMore = conversations.length === MOST_PEERS;
  for (const { place, from } of conversations) {
    if (missed.length >= MOST_MISSED || size >= MOST_SIZE) return { missed: inOrder(missed), isMore: true };
    const found = readBriefly(store, place, { from, limit: MOST_MISSED - missed.length });
    const [first] = found;
    if (first) isMore ||= store.history(place, { from, before: first.seq, limit: 1 }).length > 0;
    missed.push(...found);
    for (const message of found) size += sizeOf(message);
  }
  return { missed: inOrder(missed), isMore };
}

function inOrder(messages: readonly StoredMessage[]): readonly StoredMessage[] {
  return messages.toSorted((a, b) => a.seq - b.seq);
}

export function applyCaughtUp(state: State, event: EventOf<"caught-up">): void {
  const { account } = event.who;
  if (account !== undefined) state.store.clearMissed(account.id, event.peer);
  tellOrigin(state, event);
}

/** The most messages that are counted, the newest: a count of this many means that there are more than 999. */
export const MOST_UNREAD = 1000;

const TALKS = 50; // conversations that are looked at, the newest
const RECENT = 3 * 86_400_000; // ms: a conversation of that age is listed although it is read

/** The member whose unread messages are counted, and the nicks and accounts that its session ignores. */
export interface UnreadQuery {
  readonly member: Member;
  readonly ignored: ReadonlySet<Folded>;
}

/** The messages of a room or conversation that a member has not read. */
export interface UnreadCount {
  /** At most `MOST_UNREAD`. */
  readonly count: number;
  /** How many of these mention the member's nick; in a conversation all of them. */
  readonly mentions: number;
}

/** The unread messages of a member in one of its rooms or conversations. */
export interface UnreadPlace extends UnreadCount {
  readonly name: string;
  /** The sequence numbers of the mentions, the newest first. */
  readonly named: readonly number[];
}

/**
 * Counts a target's messages behind the member's read marker; without one, those since it joined the room. Not counted
 * are its own messages and those of ignored people.
 */
export function unreadIn(state: State, query: UnreadQuery, target: string): UnreadCount {
  const { all, named } = messagesIn(state, query, target);
  return { count: all.length, mentions: named.length };
}

/**
 * The rooms and conversations of a member with unread messages. Each is counted only when the iterator reaches it, which
 * takes up to some milliseconds; `undefined` for one with nothing unread.
 */
export function* unreadPlaces(state: State, query: UnreadQuery): Generator<UnreadPlace | undefined> {
  const { member } = query;
  const places = [...member.rooms, ...newestConversations(state, member)];
  for (const name of places.map((place) => place.name)) {
    const { all, named } = messagesIn(state, query, name);
    const [count, mentions] = [all.length, named.length];
    yield count === 0 ? undefined : { name, count, mentions, named: named.map(({ seq }) => seq) };
  }
}

/** The newest `most` mentions of these places, oldest first, as far as the member may still read them. */
export function mentionsIn(
  state: State,
  member: Member,
  places: readonly UnreadPlace[],
  most: number,
): readonly StoredMessage[] {
  const hits = places.flatMap(({ name, named }) => {
    const source = readablePlace(state, member, name);
    return source ? named.map((seq) => ({ place: source.place, seq })) : [];
  });
  const newest = hits.sort((a, b) => a.seq - b.seq).slice(-most);
  return state.store.messages(newest).map((event) => {
    const room = event.inRoom ? state.room(event.to) : undefined;
    return room ? withRoomName(room, event) : event;
  });
}

interface UnreadMessages {
  readonly all: readonly UnreadMessage[];
  /** The messages that mention the member; in a conversation, all. */
  readonly named: readonly UnreadMessage[];
}

function messagesIn(state: State, { member, ignored }: UnreadQuery, target: string): UnreadMessages {
  const source = readablePlace(state, member, target);
  if (!source || !state.rules.showsHistory) return { all: [], named: [] };
  const reader = { account: member.who.account?.id, nick: fold(member.nick) };
  const span = { from: firstUnread(state, member, target), limit: MOST_UNREAD };
  const { place, hidden, room } = source;
  const all = readAround<UnreadMessage>(hidden, span, (part) => state.store.unread(place, part, reader)).filter(
    ({ nick, account }) => !ignored.has(nick) && !(account !== undefined && ignored.has(account)),
  );
  const named = room ? all.filter(({ text }) => text !== undefined && mentions(text, member.nick)) : all;
  return { all, named };
}

/** The first sequence number that is not read. */
function firstUnread(state: State, member: Member, target: string): number {
  const marker = markerOf(state, member, target);
  const room = state.room(target);
  if (!room) return (marker?.seq ?? 0) + 1;
  const { account } = member.who;
  // A guest that has come back tells how far it read before.
  if (!account && marker) return marker.seq + 1;
  const known = account && state.store.memberships(account.id).find((each) => each.room === room.key);
  const joined = known?.since ?? room.members.get(member)?.joined ?? 0;
  return Math.max(joined, marker?.seq ?? 0) + 1;
}

/**
 * The nicks of a member's conversations that have unread or recent messages, the newest last, without ignored people.
 */
export function conversationsOf(state: State, query: UnreadQuery, now: number): readonly string[] {
  return newestConversations(state, query.member)
    .filter(({ name }) => !query.ignored.has(fold(name)))
    .filter(({ name, time }) => now - time < RECENT || unreadIn(state, query, name).count > 0)
    .map(({ name }) => name);
}

function newestConversations(state: State, { who }: Member): readonly ConversationRecord[] {
  if (!who.account || !state.rules.showsHistory) return [];
  return state.store.conversations(who.account.id, { from: 0, limit: TALKS });
}

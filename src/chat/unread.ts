import { type Folded, fold, mentions } from "../text/fold.ts";
import { readablePlace } from "./conversation.ts";
import { withRoomName } from "./history.ts";
import type { Member } from "./model/member.ts";
import type { State } from "./model/state.ts";
import { markerOf } from "./rules/read-markers.ts";
import type { ConversationRecord, StoredMessage, UnreadMessage } from "./store.ts";
import { readAround } from "./visibility.ts";

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
 * The rooms and conversations of a member with unread messages. Each is counted when it is drawn, which takes up to some
 * milliseconds; `undefined` for one with nothing unread.
 */
export function* unreadPlaces(state: State, query: UnreadQuery): Generator<UnreadPlace | undefined> {
  const { member } = query;
  const places = [...member.rooms, ...newestTalks(state, member)];
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
 * The other sides of the conversations of a member that have unread messages or recent ones, the newest last, without
 * ignored people.
 */
export function talksOf(state: State, query: UnreadQuery, now: number): readonly string[] {
  return newestTalks(state, query.member)
    .filter(({ name }) => !query.ignored.has(fold(name)))
    .filter(({ name, time }) => now - time < RECENT || unreadIn(state, query, name).count > 0)
    .map(({ name }) => name);
}

function newestTalks(state: State, { who }: Member): readonly ConversationRecord[] {
  if (!who.account || !state.rules.showsHistory) return [];
  return state.store.conversations(who.account.id, { from: 0, limit: TALKS });
}

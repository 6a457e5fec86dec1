import { fold } from "../text/fold.ts";
import { mentions } from "../text/mention.ts";
import { readablePlace } from "./conversation.ts";
import type { Member } from "./model/member.ts";
import type { State } from "./model/state.ts";
import { ignoredBy } from "./rules/account-changes.ts";
import { markerOf } from "./rules/read-markers.ts";
import type { UnreadMessage } from "./store.ts";
import { readAround } from "./visibility.ts";

/** The most messages that are counted, the newest: a count of this many means that there are more than 999. */
export const MOST_UNREAD = 1000;

const TALKS = 50; // conversations that are looked at, the newest
const RECENT = 3 * 86_400_000; // ms: a conversation of that age is listed although it is read

/** The messages of a room or conversation that a member has not read. */
export interface UnreadCount {
  /** At most `MOST_UNREAD`. */
  readonly count: number;
  /** How many of these mention the member's nick; in a conversation all of them. */
  readonly mentions: number;
}

const NOTHING: UnreadCount = { count: 0, mentions: 0 };

/**
 * Counts a target's messages behind the member's read marker; without one, those since it joined the room. Not counted
 * are its own messages and those of people whom its account ignores.
 */
export function unreadIn(state: State, member: Member, target: string): UnreadCount {
  const source = readablePlace(state, member, target);
  if (!source || !state.rules.showsHistory) return NOTHING;
  const { account } = member.who;
  const ignored = new Set(ignoredBy(state, member));
  const reader = { account: account?.id, nick: fold(member.nick) };
  const span = { from: firstUnread(state, member, target), limit: MOST_UNREAD };
  const unread = readAround<UnreadMessage>(source.hidden, span, (part) =>
    state.store.unread(source.place, part, reader),
  ).filter(({ nick }) => !ignored.has(nick));
  const named = unread.filter(({ text }) => text !== undefined && mentions(text, member.nick));
  return { count: unread.length, mentions: source.room ? named.length : unread.length };
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

/** The other sides of the conversations of a member that have unread messages or recent ones, the newest last. */
export function talksOf(state: State, member: Member, now: number): readonly string[] {
  const { account } = member.who;
  if (!account || !state.rules.showsHistory) return [];
  return state.store
    .conversations(account.id, { from: 0, limit: TALKS })
    .filter(({ name, time }) => now - time < RECENT || unreadIn(state, member, name).count > 0)
    .map(({ name }) => name);
}

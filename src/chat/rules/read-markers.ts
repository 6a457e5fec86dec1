import { type Folded, fold } from "../../text/fold.ts";
import { sideNamed } from "../conversation.ts";
import { readBriefly, sizeOf } from "../history.ts";
import type { CatchUpAct, MarkReadAct } from "../model/act.ts";
import type { EventOf } from "../model/event.ts";
import type { Member } from "../model/member.ts";
import { accepted, type CheckResult, NOTHING, refused } from "../model/refusal.ts";
import { tellEach, tellOrigin } from "../model/session.ts";
import type { State } from "../model/state.ts";
import type { Marker, MissedConversation, StoredMessage } from "../store.ts";

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

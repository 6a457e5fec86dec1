import { type Folded, fold } from "../../text/fold.ts";
import { sideCalled } from "../conversation.ts";
import { readBriefly, sizeOf } from "../history.ts";
import type { CatchUpAct, MarkReadAct } from "../model/act.ts";
import type { EventOf } from "../model/event.ts";
import type { Member } from "../model/member.ts";
import { accepted, type CheckResult, NOTHING, refused } from "../model/refusal.ts";
import { tellEach, tellOrigin } from "../model/session.ts";
import type { State } from "../model/state.ts";
import type { Marker, MissedConversation, StoredMessage } from "../store.ts";

/** Read markers: how far someone has read. */

/** How far this one has read a target; `undefined` if they never said. */
export function markerOf(state: State, { who, markers }: Member, target: string): Marker | undefined {
  return who.account === undefined ? markers.get(fold(target)) : state.store.marker(who.account.id, fold(target));
}

/** A time means the last place in the order that is not later. A marker never goes back: then it stays as it is. */
export function checkMarkRead(state: State, by: Member, { target, time }: MarkReadAct): CheckResult {
  const upTo = { seq: state.store.lastAt(time), time };
  const known = markerOf(state, by, target);
  if (by.who.account && state.isDown) return refused({ why: "not-stored", what: "marker" });
  return accepted({ type: "read-marked", who: by.who, target, upTo: known && !isLater(upTo, known) ? known : upTo });
}

function isLater(one: Marker, other: Marker): boolean {
  return one.seq > other.seq || (one.seq === other.seq && one.time > other.time);
}

export function applyReadMarked(state: State, event: EventOf<"read-marked">): void {
  const { who, target, upTo } = event;
  const member = state.member(who.nick);
  if (!member) return;
  const known = markerOf(state, member, target);
  if (known && !isLater(upTo, known)) return tellOrigin(state, event);
  // Nobody has read what is yet to be said, whatever their clock says.
  const marker = { seq: upTo.seq, time: Math.min(upTo.time, event.time) };
  const most = state.limits.readMarkers || Number.POSITIVE_INFINITY;
  if (who.account === undefined) markFor(member, fold(target), marker, most);
  else state.store.setMarker(who.account.id, fold(target), marker, most);
  tellEach(member.sessions, event);
}

/** The latest mark is the last in the map: beyond so many, the first goes. */
function markFor(member: Member, target: Folded, upTo: Marker, most: number): void {
  member.markers.delete(target);
  member.markers.set(target, upTo);
  if (member.markers.size <= most) return;
  for (const oldest of member.markers.keys()) {
    member.markers.delete(oldest);
    break;
  }
}

/**
 * What was said to an account alone while it had no session to hear it. It is shown to the first that wants it; one who
 * reads the past by itself is not shown it again later. It is delivered late, and no history: so it comes where none is
 * shown, too.
 */

/** How many missed messages one who comes back is shown; the others can be looked for. */
export const MOST_MISSED = 100;

const MOST_SIZE = 65_536; // bytes of them as they are sent, after which no further conversation is shown
const MOST_PEERS = 100; // conversations that are looked through

export function checkCatchUp(state: State, by: Member, { read }: CatchUpAct): CheckResult {
  const { account } = by.who;
  if (account === undefined) return NOTHING;
  const peer = read === undefined ? undefined : sideCalled(state, read);
  const unheard = state.store.missedConversations(account.id, MOST_PEERS);
  if (unheard.length === 0 || (peer !== undefined && !unheard.some((one) => one.peer === peer))) return NOTHING;
  const missed = peer === undefined ? missedIn(state, unheard) : NONE;
  return accepted({ type: "caught-up", who: by.who, peer, ...missed });
}

interface Missed {
  readonly missed: readonly StoredMessage[];
  readonly isMore: boolean;
}

const NONE: Missed = { missed: [], isMore: false };

/** The latest of them, in their order, from as many conversations as there is room for. */
function missedIn({ store }: State, unheard: readonly MissedConversation[]): Missed {
  const missed: StoredMessage[] = [];
  let size = 0;
  let isMore = unheard.length === MOST_PEERS;
  for (const { place, from } of unheard) {
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

import { type Folded, fold } from "../../text/fold.ts";
import type { MarkReadAct } from "../model/act.ts";
import { type CheckResult, happens, refused } from "../model/check-result.ts";
import type { EventOf } from "../model/event.ts";
import type { Member } from "../model/member.ts";
import type { State } from "../model/state.ts";
import { tellEach, tellOrigin } from "../model/tell.ts";
import type { Marker } from "../store.ts";

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
  return happens({ type: "read-marked", who: by.who, target, upTo: known && !isLater(upTo, known) ? known : upTo });
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

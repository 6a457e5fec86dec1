import { type Folded, fold } from "../text/fold.ts";
import type { MarkReadAct } from "./act.ts";
import type { EventOf } from "./event.ts";
import type { Member } from "./member.ts";
import type { State } from "./state.ts";
import { tellEach } from "./tell.ts";
import { happens, type Verdict } from "./verdict.ts";

/** Read markers: how far someone has read. */

const MOST_MARKERS = 1000; // of a guest; whose have an account are in the store, which keeps as many

export function checkMarkRead(_state: State, by: Member, { target, time }: MarkReadAct): Verdict {
  return happens({ type: "read-marked", who: by.who, target, upTo: time });
}

export function applyReadMarked(state: State, event: EventOf<"read-marked">): void {
  const member = state.member(event.who.nick);
  if (!member) return;
  const { account } = member.who;
  if (account === undefined) markFor(member, fold(event.target), event.upTo);
  else state.store.setMarker(account.id, fold(event.target), event.upTo);
  tellEach(member.sessions, event);
}

/** The latest mark is the last in the map: beyond so many, the first goes. */
function markFor(member: Member, target: Folded, upTo: number): void {
  member.markers.delete(target);
  member.markers.set(target, upTo);
  if (member.markers.size <= MOST_MARKERS) return;
  for (const oldest of member.markers.keys()) {
    member.markers.delete(oldest);
    break;
  }
}

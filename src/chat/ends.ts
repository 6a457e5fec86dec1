import type { Happening } from "./event.ts";
import type { MaskChange } from "./modes.ts";
import { LISTS } from "./modes.ts";
import type { Room } from "./room.ts";
import type { State } from "./state.ts";

/**
 * What ends by itself: a mask on a room's list that was set for a while, a ban of the server's. Whoever sets one moves
 * `State.nextEnd` forward, so that nothing is looked through before something can be over.
 */

/** When the next thing is over; infinity where nothing ever is. */
export function nextEndOf(state: State): number {
  let next = Number.POSITIVE_INFINITY;
  for (const { ban } of state.bans.values()) next = Math.min(next, ban.until ?? next);
  for (const room of state.rooms.values()) {
    for (const list of LISTS) for (const { until } of room.lists[list].values()) next = Math.min(next, until ?? next);
  }
  return next;
}

/** What is over by a time, as what happens then: the server lifts it. */
export function endsBy(state: State, time: number): readonly Happening[] {
  const ends: Happening[] = [];
  for (const { ban } of state.bans.values()) {
    if (ban.until !== undefined && ban.until <= time)
      ends.push({ type: "ban-lifted", by: undefined, target: ban.target });
  }
  for (const room of state.rooms.values()) {
    const changes = masksOver(room, time);
    if (changes.length > 0) ends.push({ type: "modes-changed", by: undefined, room: room.name, changes });
  }
  return ends;
}

function masksOver(room: Room, time: number): readonly MaskChange[] {
  return LISTS.flatMap((mode) =>
    [...room.lists[mode].values()]
      .filter(({ until }) => until !== undefined && until <= time)
      .map(({ mask, whom }) => ({ mode, on: false, mask: mask.text, whom })),
  );
}

import { fold } from "../../text/fold.ts";
import type { DropRoomAct } from "../model/act.ts";
import { type CheckResult, refused } from "../model/check-result.ts";
import { type EventOf, type NewEvent, type RoomDropped, SERVER } from "../model/event.ts";
import type { Member } from "../model/member.ts";
import type { Room } from "../model/room.ts";
import { isLobby, type State } from "../model/state.ts";
import { dropWords } from "../words/room-words.ts";
import { reopenRoom } from "./kept-rooms.ts";
import { tellOperators } from "./server-bans.ts";

/** A room may be one that nobody is in: then something is kept of it. */
export function checkDropRoom(state: State, by: Member, { room: name, reason }: DropRoomAct): CheckResult {
  if (!by.traits.has("operator")) return refused({ why: "not-server-operator" });
  const room = state.room(name);
  if (room && isLobby(room)) return refused({ why: "room-stays", room: room.name });
  const known = room ?? state.store.loadRoom(fold(name));
  if (!known && !state.store.hasPast(fold(name))) return refused({ why: "no-such-room", room: name });
  return { events: dropping(room, { type: "room-dropped", by: by.who, room: known?.name ?? name, reason }) };
}

/** Everyone in the room is put out before it goes. */
function* dropping(room: Room | undefined, dropped: RoomDropped): Generator<NewEvent, void> {
  const { by, room: name, reason } = dropped;
  for (const { who } of [...(room?.members.keys() ?? [])])
    yield { type: "kicked", by, who, room: name, reason: dropWords(reason), origin: SERVER };
  yield dropped;
}

export function applyRoomDropped(state: State, event: EventOf<"room-dropped">): void {
  const key = fold(event.room);
  const room = state.room(event.room);
  if (room) {
    reopenRoom(state, room);
    state.removeRoom(room);
  }
  state.store.removeRoom(key);
  state.store.dropPlace(key);
  tellOperators(state, event);
}

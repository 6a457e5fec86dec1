import { glob } from "../../chat/model/masks.ts";
import { ROOM_SIGN } from "../../chat/model/names.ts";
import type { Room } from "../../chat/model/room.ts";
import { LOOKED_AT } from "../../chat/model/weights.ts";
import { clip } from "../../text/clip.ts";
import { showLine } from "../../text/filter.ts";
import { fold } from "../../text/fold.ts";
import { LINE } from "../../wire/limits.ts";
import { fault } from "../render/faults.ts";
import type { IrcSession } from "../session/session.ts";

const MOST_CONDITIONS = 20; // of one LIST: each is asked of every room
const STRETCH = 20; // rooms that are looked at, at the most, before others have their turn: half a millisecond

type Condition = (room: Room, now: number) => boolean;

/** LIST with ELIST's conditions: masks, member counts, age of the room and of its topic. */
export function listRooms(session: IrcSession, params: readonly string[]): void {
  const items = params
    .join(",")
    .split(",")
    .filter((item) => item !== "");
  const names = items.filter((item) => item.startsWith(ROOM_SIGN) && !/[*?]/.test(item));
  const conditions = items.filter((item) => !names.includes(item)).map(conditionOf);
  if (conditions.length > MOST_CONDITIONS) {
    session.server.refused("list-conditions");
    return fault(session, "list-conditions", [String(MOST_CONDITIONS)]);
  }
  session.weigh(items.length + (names.length > 0 ? 0 : session.server.chat.rooms.size / LOOKED_AT));
  session.numeric("RPL_LISTSTART", "Channel");
  const rooms = names.length > 0 ? named(session, names) : visible(session);
  const now = session.server.clock();
  session.emitLong(lines(session, rooms, conditions, now));
}

function* lines(
  session: IrcSession,
  rooms: Iterable<Room>,
  conditions: readonly Condition[],
  now: number,
): Generator<string> {
  const head = `:${session.server.name} 322 ${session.nick}`;
  let looked = 0;
  for (const room of rooms) {
    if (++looked % STRETCH === 0) yield "";
    if (!conditions.every((holds) => holds(room, now))) continue;
    yield clip(showLine(`${head} ${room.name} ${room.members.size} :${room.topic?.text ?? ""}`), LINE - 2);
  }
  yield `:${session.server.name} 323 ${session.nick} :End of /LIST`;
}

function* visible(session: IrcSession): Generator<Room> {
  for (const room of session.server.chat.rooms) {
    // A room that lasts is there while nobody is in it, but is none of those one finds people in.
    if (room.members.size > 0 && session.server.chat.roomFor(session.member, room.name)) yield room;
  }
}

function* named(session: IrcSession, names: readonly string[]): Generator<Room> {
  for (const name of names) {
    const room = session.server.chat.roomFor(session.member, name);
    if (room) yield room;
  }
}

/** `>3` members, `C<10` made less than ten minutes ago, `T>60` topic older than an hour, `!*x*` not this mask, a mask. */
function conditionOf(item: string): Condition {
  const [, kind, relation, digits] = /^([CT]?)([<>])(\d+)$/i.exec(item) ?? [];
  if (relation && digits) {
    const count = Number(digits);
    if (kind === "") return (room) => (relation === ">" ? room.members.size > count : room.members.size < count);
    const since = (room: Room) => (kind?.toUpperCase() === "C" ? room.created : room.topic?.at);
    return (room, now) => {
      const at = since(room);
      if (at === undefined) return false;
      const minutes = (now - at) / 60_000;
      return relation === ">" ? minutes > count : minutes < count;
    };
  }
  const not = item.startsWith("!");
  const mask = glob(fold(not ? item.slice(1) : item));
  return (room) => mask.test(room.key) !== not;
}

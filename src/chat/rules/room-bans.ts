import { fold } from "../../text/fold.ts";
import type { BanFromRoomAct } from "../model/act.ts";
import { type CheckResult, refused } from "../model/check-result.ts";
import type { NewEvent } from "../model/event.ts";
import { type Mask, parseMask } from "../model/masks.ts";
import type { Member } from "../model/member.ts";
import type { Room } from "../model/room.ts";
import { accountNamed, type State } from "../model/state.ts";
import { appearanceOf } from "../sight.ts";
import { banMaskFor, isNobody, memberNamed } from "./bans.ts";
import { checkChangeModes } from "./modes.ts";

/**
 * Bans someone from a room, or mutes them, as the room's operators order it: a ban is put on the list, and those in the
 * room whom it means are put out; a mute puts out nobody. A mode change of the list alone (`MODE +b`) puts out nobody.
 */
export function checkBanFromRoom(state: State, by: Member, act: BanFromRoomAct): CheckResult {
  const against = banMaskFor(act.target, by, state);
  const { lasts, reason } = act;
  const change = { mode: "ban", on: true, ...against, lasts, reason: reason || undefined } as const;
  const set = checkChangeModes(state, by, { type: "change-modes", room: act.room, changes: [change] });
  const room = state.room(act.room);
  if (room && !set.refusals?.length && isNobody(act.target))
    return refused({ why: "mode-value-bad", room: room.name, mode: "ban", value: act.target });
  const mask = parseMask(against.mask, accountNamed(state));
  if (!room || !mask || mask.muting || set.refusals?.length) return set;
  const meant = [...room.members.keys()].filter((other) => other !== by && isPutOut(state, room, other, { act, mask }));
  return meant.length === 0 ? set : { events: banning(set.events ?? [], { by, room, meant, reason }) };
}

interface PuttingOut {
  readonly by: Member;
  readonly room: Room;
  readonly meant: readonly Member[];
  readonly reason: string;
}

function* banning(set: Iterable<NewEvent>, { by, room, meant, reason }: PuttingOut): Generator<NewEvent, void> {
  yield* set;
  for (const member of meant) {
    const appeared = appearanceOf(room, member);
    if (appeared) yield appeared;
    yield { type: "kicked", by: by.who, who: member.who, room: room.name, reason };
  }
}

/**
 * Whether a ban puts out someone who is in the room. A pattern spares operators of the room and of the server, and
 * whoever was let in in spite of that ban; a ban that names a nick or an account means them too. Exceptions spare all.
 */
function isPutOut(
  state: State,
  room: Room,
  other: Member,
  { act, mask }: { readonly act: BanFromRoomAct; readonly mask: Mask },
): boolean {
  if (!mask.matches(other.who) || room.isListed("exception", other.who)) return false;
  if (other === memberNamed(act.target, state) || !hasWildcard(mask)) return true;
  const stood = room.lists.ban.get(fold(mask.text));
  const isSpared = stood !== undefined && room.members.get(other)?.lifted?.has(stood);
  return !isSpared && !room.isOperator(other) && !other.traits.has("operator");
}

/** Whether a mask means whoever fits, and not one nick or one account. */
function hasWildcard({ text }: Mask): boolean {
  const [name = ""] = (text.startsWith("a:") ? text.slice(2) : text).split("!");
  return /[*?]/.test(name);
}

import { highestMark } from "../model/members.ts";
import type { ClientRoom } from "../model/rooms.ts";
import type { Model } from "../model/state.ts";
import { clipped, drawable } from "./cells.ts";
import type { Row } from "./layout.ts";

/** The columns of the list of members, its rule included. */
export const MEMBER_COLUMNS = 20;

/**
 * The members of a room as at most `height` rows beside the messages, by rank and then by name, each with the mark of
 * its rank; those who are away are dim. Only the members that fit are looked at, however many there are.
 */
export function memberRows({ members }: ClientRoom, { support, away }: Model, height: number): readonly Row[] {
  const all = members.sorted(support.marks);
  const fit = all.length <= height ? all.length : Math.max(0, height - 1);
  const rows = all.slice(0, fit).map((member): Row => {
    const mark = highestMark(member, support.marks);
    const nick = clipped(drawable(member.nick), MEMBER_COLUMNS - 2 - (mark === "" ? 1 : mark.length));
    return [
      { text: mark === "" ? " " : mark, tone: "dim" },
      { text: nick, tone: away.get(member.nick) === undefined ? "plain" : "dim" },
    ];
  });
  const more = all.length - fit;
  return more > 0 && height > 0
    ? [...rows, [{ text: clipped(` … ${more} more`, MEMBER_COLUMNS - 1), tone: "dim" }]]
    : rows;
}

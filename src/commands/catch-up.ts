import type { Member } from "../chat/model/member.ts";
import { ROOM_SIGN } from "../chat/model/names.ts";
import { MOST_UNREAD, type UnreadCount, type UnreadPlace } from "../chat/rules/read-markers.ts";
import type { Command, CommandContext, Invocation } from "./context.ts";
import { type AnswerLine, renderHistory } from "./history.ts";

const MENTIONS = 20; // messages that are shown

/** The command that tells what a member has missed. */
export const CATCH_UP: readonly Command[] = [
  {
    name: "catchup",
    aliases: ["unread"],
    usage: "",
    minWords: 0,
    help: "tells what is new since you read: what mentions you first, then how much in which room",
    needsRoom: false,
    run: catchUp,
  },
];

function catchUp({ context, member }: Invocation): void {
  context.weigh(member.rooms.size / ROOMS_PER_LINE);
  context.draw(summaryLines(context, member));
}

const ROOMS_PER_LINE = 10; // rooms looked at that cost as much as one line

function* summaryLines(
  { view, server }: Pick<CommandContext, "view" | "server">,
  member: Member,
): Generator<AnswerLine> {
  const places: UnreadPlace[] = [];
  for (const place of server.chat.unreadPlaces({ member, ignored: view.ignored })) {
    if (place) places.push(place);
    yield ""; // up to some milliseconds of work
  }
  if (places.length === 0) return yield "Nothing is new in your rooms and conversations.";
  const mentions = server.chat.mentionsIn(member, places, MENTIONS);
  yield* renderHistory(mentions, { ...view, current: undefined }, server.clock());
  const all = places.reduce((sum, place) => sum + place.mentions, 0);
  if (all > MENTIONS) yield `These are the latest ${MENTIONS} of ${numberOf(all)} that mention you.`;
  places.sort((a, b) => b.mentions - a.mentions || b.count - a.count);
  for (const { name, ...count } of places) yield `${name}: ${countWords(count, name)}.`;
}

/** `50 unread, 2 of them mention you`. */
function countWords({ count, mentions }: UnreadCount, name: string): string {
  const isRoom = name.startsWith(ROOM_SIGN);
  if (!isRoom || mentions === 0) return `${numberOf(count)} unread`;
  return `${numberOf(count)} unread, ${mentions === 1 ? "1 of them mentions" : `${mentions} of them mention`} you`;
}

function numberOf(count: number): string {
  return count >= MOST_UNREAD ? "more than 999" : String(count);
}

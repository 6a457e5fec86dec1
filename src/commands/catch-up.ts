import type { UnreadCount, UnreadSummary } from "../chat/unread.ts";
import { MOST_UNREAD } from "../chat/unread.ts";
import type { Command, Invocation } from "./context.ts";
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
  context.draw(summaryLines(context, context.server.chat.unreadOf(member, MENTIONS)));
}

const ROOMS_PER_LINE = 10; // rooms looked at that cost as much as one line

function* summaryLines(
  { view, server }: Pick<Invocation["context"], "view" | "server">,
  { mentions, places }: UnreadSummary,
): Generator<AnswerLine> {
  if (places.length === 0) return yield "Nothing is new in your rooms and conversations.";
  yield* renderHistory(mentions, { ...view, current: undefined }, server.clock());
  const all = places.reduce((sum, place) => sum + place.mentions, 0);
  if (all > mentions.length) yield `These are the latest ${mentions.length} of ${numberOf(all)} that mention you.`;
  for (const { name, ...count } of places) yield `${name}: ${countWords(count, name)}.`;
}

/** `50 unread, 2 of them mention you`. */
function countWords({ count, mentions }: UnreadCount, name: string): string {
  const isRoom = name.startsWith("#");
  if (!isRoom || mentions === 0) return `${numberOf(count)} unread`;
  return `${numberOf(count)} unread, ${mentions === 1 ? "1 of them mentions" : `${mentions} of them mention`} you`;
}

function numberOf(count: number): string {
  return count >= MOST_UNREAD ? "more than 999" : String(count);
}

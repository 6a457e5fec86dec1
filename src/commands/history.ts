import { MOST_FOUND, type SearchResult } from "../chat/history.ts";
import { type EventOf, isForPeople } from "../chat/model/event.ts";
import type { Member } from "../chat/model/member.ts";
import type { Rank } from "../chat/model/modes.ts";
import { ROOM_SIGN } from "../chat/model/names.ts";
import { MOST_UNREAD, type UnreadCount, type UnreadPlace } from "../chat/rules/read-markers.ts";
import { isIgnored } from "../chat/visibility.ts";
import { showLine } from "../text/filter.ts";
import { type Folded, fold } from "../text/fold.ts";
import { clockOf, longDayOf } from "../text/time.ts";
import { noWordIn, SEARCH_HELP, SEARCH_USAGE, typedSearch } from "../text/words.ts";
import type { Command, CommandContext, Invocation } from "./context.ts";

const MENTIONS = 20; // messages that are shown
const ROOMS_PER_LINE = 10; // rooms looked at that cost as much as one line

/** The reader's state that decides how messages are rendered. */
export interface ReaderView {
  /** The reader's nick; `undefined` if the lines are for many readers. */
  readonly self: Folded | undefined;
  /** The current room: its lines do not name it. */
  readonly current: Folded | undefined;
  /** Nicks whose messages are not shown. */
  readonly ignored: ReadonlySet<Folded>;
}

/** A line of an answer: a sentence of the server, or a rendered line of a message (`renderMessage`); "" is work without output. */
export type AnswerLine = string | { readonly said: string };

/** Renders messages of history; a date line precedes each change of day, starting from today. */
export function* renderHistory(
  events: Iterable<EventOf<"said">>,
  view: ReaderView,
  now: number,
): Generator<AnswerLine, void, undefined> {
  let day = longDayOf(now);
  for (const event of events) {
    const lines = renderMessage(event, view);
    if (lines.length === 0) continue;
    const eventDay = longDayOf(event.time);
    if (eventDay !== day) yield eventDay;
    day = eventDay;
    for (const said of lines) yield { said };
  }
}

/** Renders a message as filtered lines, each with its time and author; none if the reader is not shown it. */
export function renderMessage(event: EventOf<"said">, view: ReaderView): readonly string[] {
  const { kind, text } = event;
  if (!isForPeople(kind) || isIgnored(event, view.ignored)) return [];
  const prefix = showLine(event.inRoom ? roomPrefix(event, view) : directPrefix(event, view));
  const start = `[${clockOf(event.time)}] ${prefix} `;
  if (!text.includes("\n")) return [`${start}${showLine(text)}`];
  return text.split("\n").map((line) => `${start}${showLine(line)}`);
}

// The marks of notices and actions contain characters that no nick has, so that no message can imitate them.
function roomPrefix({ from, to, kind, rank }: EventOf<"said">, view: ReaderView): string {
  const room = fold(to) === view.current ? "" : `${to} `;
  const audience = rank ? `→${AUDIENCE[rank]}` : "";
  if (kind === "action") return `${room}* ${from.nick}${audience}`;
  return `${room}<${speaker(from.nick, kind)}${audience}>`;
}

const AUDIENCE: Readonly<Record<Rank, string>> = { operator: "operators", voice: "voiced" };

function directPrefix({ from, to, kind, origin }: EventOf<"said">, view: ReaderView): string {
  // A message to oneself is shown twice: the echo, which has an origin, and the delivery.
  const isOwn = isSelf(from.nick, view) && (origin !== undefined || !isSelf(to, view));
  const act = kind === "action" ? ` * ${from.nick}` : "";
  return isOwn ? `you → ${to}:${act}` : `${speaker(from.nick, kind)} → you:${act}`;
}

/** The author's nick; a notice's between dashes, since no nick begins with one. */
function speaker(nick: string, kind: EventOf<"said">["kind"]): string {
  return kind === "notice" ? `-${nick}-` : nick;
}

function isSelf(nick: string, view: ReaderView): boolean {
  return view.self !== undefined && fold(nick) === view.self;
}

/** Commands that tell what is new, and what was said. */
export const HISTORY: readonly Command[] = [
  {
    name: "catchup",
    aliases: ["unread"],
    usage: "",
    minWords: 0,
    help: "tells what is new since you read: what mentions you first, then how much in which room",
    needsRoom: false,
    run: catchUp,
  },
  {
    name: "search",
    aliases: ["find", "grep"],
    usage: SEARCH_USAGE,
    minWords: 1,
    help: SEARCH_HELP,
    needsRoom: false,
    run: search,
  },
];

function catchUp({ context, member }: Invocation): void {
  context.weigh(member.rooms.size / ROOMS_PER_LINE);
  context.stream(summaryLines(context, member));
}

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

function search({ context, member, words: typed }: Invocation): void {
  const { words, isHere } = typedSearch(typed);
  const here = context.current?.name ?? (context.typedIn === "*" ? undefined : context.typedIn);
  const request = { text: words, target: isHere ? here : undefined, limit: MOST_FOUND };
  context.wait(context.server.chat.search(member, request), (result) => answer(context, words, result));
}

function answer(context: CommandContext, words: string, result: SearchResult): void {
  if ("messages" in result) return context.stream(resultLines(context, words, result));
  switch (result.why) {
    case "no-words":
      return context.deny(result.why, noWordIn(words));
    case "not-readable":
      return context.say(nothingWords(words));
    case "cannot-search":
      return context.deny(result.why, "The server cannot search at present; try again later.");
  }
}

function nothingWords(words: string): string {
  return `No message with ${words} was found.`;
}

/** The matching messages, each with its room, and a closing sentence. */
function* resultLines(
  context: CommandContext,
  words: string,
  result: Extract<SearchResult, { messages: unknown }>,
): Generator<AnswerLine> {
  const { messages, isComplete } = result;
  yield* renderHistory(messages, { ...context.view, current: undefined }, context.server.clock());
  if (messages.length === 0) yield nothingWords(words);
  else if (messages.length < MOST_FOUND) yield `That was found with ${words} in it, the latest first.`;
  else yield `These are the latest ${MOST_FOUND} with ${words} in it; more words find fewer.`;
  if (!isComplete) yield "Not all of the past can be searched yet: the server is still reading it.";
}

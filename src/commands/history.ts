import type { EventOf } from "../chat/model/event.ts";
import type { Rank } from "../chat/model/modes.ts";
import { MOST_FOUND, type SearchResult } from "../chat/search.ts";
import { showLine } from "../text/filter.ts";
import { type Folded, fold } from "../text/fold.ts";
import { clockOf } from "../text/time.ts";
import type { Command, CommandContext, Invocation } from "./context.ts";

const days = new Intl.DateTimeFormat("en-GB", { weekday: "long", day: "numeric", month: "long", year: "numeric" });

/** The reader's state that decides how an event looks. */
export interface ReaderView {
  /** The reader's nick; `undefined` where the lines are for many readers. */
  readonly self: Folded | undefined;
  /** The room whose lines do not name it. */
  readonly current: Folded | undefined;
  /** Nicks whose words are not shown. */
  readonly ignored: ReadonlySet<Folded>;
}

/** A line of an answer: a sentence of the server's, or a line that somebody said, as `saidLines` has it. */
export type AnswerLine = string | { readonly said: string };

/** Messages of the past, oldest first; a day that is not today's is named. */
export function* recall(
  events: Iterable<EventOf<"said">>,
  view: ReaderView,
  now: number,
): Generator<AnswerLine, void, undefined> {
  let day = dayOf(now);
  for (const event of events) {
    const lines = saidLines(event, view);
    if (lines.length === 0) continue;
    const its = dayOf(event.time);
    if (its !== day) yield its;
    day = its;
    for (const said of lines) yield { said };
  }
}

function dayOf(time: number): string {
  return days.format(time);
}

/** A message as lines, each with the time and its speaker, and filtered; none where it is not to be shown. */
export function saidLines(event: EventOf<"said">, view: ReaderView): readonly string[] {
  const { kind, text, from } = event;
  // Programs talk to each other by these.
  if (kind === "query" || kind === "answer") return [];
  if (view.ignored.has(fold(from.nick))) return [];
  const before = showLine(event.inRoom ? roomBeginning(event, view) : directBeginning(event, view));
  const start = `[${clockOf(event.time)}] ${before} `;
  if (!text.includes("\n")) return [`${start}${showLine(text)}`];
  return text.split("\n").map((line) => `${start}${showLine(line)}`);
}

// Lines that are not words have a mark that no nick can have, so that words cannot be made to look like them.
function roomBeginning({ from, to, kind, rank }: EventOf<"said">, view: ReaderView): string {
  const room = fold(to) === view.current ? "" : `${to} `;
  const whom = rank ? `→${AUDIENCE[rank]}` : "";
  if (kind === "action") return `${room}* ${from.nick}${whom}`;
  return `${room}<${speaker(from.nick, kind)}${whom}>`;
}

const AUDIENCE: Readonly<Record<Rank, string>> = { operator: "operators", voice: "voiced" };

function directBeginning({ from, to, kind, origin }: EventOf<"said">, view: ReaderView): string {
  // To oneself there are two copies: what one said, which has its origin, and what one was told.
  const mine = isSelf(from.nick, view) && (origin !== undefined || !isSelf(to, view));
  const act = kind === "action" ? ` * ${from.nick}` : "";
  return mine ? `you → ${to}:${act}` : `${speaker(from.nick, kind)} → you:${act}`;
}

/** A notice's speaker stands between two dashes; no nick begins with one. */
function speaker(nick: string, kind: EventOf<"said">["kind"]): string {
  return kind === "notice" ? `-${nick}-` : nick;
}

function isSelf(nick: string, view: ReaderView): boolean {
  return view.self !== undefined && fold(nick) === view.self;
}

/** The command that looks for what was said. */
export const SEARCH: readonly Command[] = [
  {
    name: "search",
    aliases: ["find", "grep"],
    usage: "WORDS",
    minWords: 1,
    help: 'finds what was said, in your rooms and conversations, the latest first; "as it stands" finds just that',
    needsRoom: false,
    run: search,
  },
];

function search({ context, member, words }: Invocation): void {
  context.wait(context.server.chat.search(member, { text: words, limit: MOST_FOUND }), (result) =>
    tell(context, words, result),
  );
}

function tell(context: CommandContext, words: string, result: SearchResult): void {
  if ("messages" in result) return context.draw(found(context, words, result));
  switch (result.why) {
    case "no-words":
      return context.deny(result.why, `"${words}" has no word to look for; /search deploy finds it, and deployed too.`);
    case "not-readable":
    case "cannot-search":
      return context.deny(result.why, "The server cannot search at present; try again later.");
  }
}

/** The messages that were found, with their rooms: they come from several. */
function* found(
  context: CommandContext,
  words: string,
  result: Extract<SearchResult, { messages: unknown }>,
): Generator<AnswerLine> {
  const { messages, isComplete } = result;
  yield* recall(messages, { ...context.view, current: undefined }, context.server.clock());
  if (messages.length === 0) yield `Nothing was found with ${words} in it.`;
  else if (messages.length < MOST_FOUND) yield `That was found with ${words} in it, the latest first.`;
  else yield `These are the latest ${MOST_FOUND} with ${words} in it; more words find fewer.`;
  if (!isComplete) yield "Not all of the past can be searched yet: the server is still reading it.";
}

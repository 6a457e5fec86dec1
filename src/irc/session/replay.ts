import type { RecentSpan } from "../../chat/history.ts";
import type { EventOf } from "../../chat/model/event.ts";
import type { Room } from "../../chat/model/room.ts";
import type { StoredMessage } from "../../chat/store.ts";
import { isIgnored } from "../../commands/talk.ts";
import { clockOf, dayOf } from "../../text/time.ts";
import { CAP } from "../capabilities.ts";
import { formFor, inBatch, pastOf } from "../commands/history.ts";
import { linesOf, tellNotice } from "../render/line.ts";
import type { IrcSession } from "./session.ts";

/** Shows a newcomer what was said before `seq`, as it is drawn: in a batch, so that nobody takes it for live talk. */
export function replayTo(session: IrcSession, room: Room, seq: number): void {
  const { chat, config } = session.server;
  const { replay: limit } = config;
  if (limit > 0 && !isBot(session))
    session.emitLong(
      replayed(session, room, { from: chat.unseenFrom(session, room), before: seq, limit, brief: true }),
    );
}

function* replayed(session: IrcSession, room: Room, span: RecentSpan): Generator<string> {
  const events = session.server.chat.history(session.member, room, span).filter((event) => isShown(session, event));
  const lines = events.values().flatMap((event) => replay(session, event, room.name));
  if (events.length > 0) yield* inBatch(session, `chathistory ${room.name}`, lines);
}

/** A program answers what it takes for live talk. */
function isBot({ member }: IrcSession): boolean {
  return member?.userModes.has("bot") ?? false;
}

/** Asks for what was said to one's account while it was not here: not for those who read the past by themselves. */
export function catchUp(session: IrcSession): void {
  if (session.member?.who.account === undefined || isBot(session)) return;
  if (!session.has(CAP.chathistory) || session.has(CAP.missed)) session.submit({ type: "catch-up" });
}

/** Shows what was missed: as pieces of history, one of each talk, to those who know such. */
export function replayMissed(session: IrcSession, { missed, isMore }: EventOf<"caught-up">): void {
  const talks = session.has(CAP.batch) ? Map.groupBy(missed, ({ from }) => from.nick) : new Map([["", missed]]);
  for (const [nick, messages] of talks) {
    const shown = messages.filter((event) => isShown(session, event));
    const lines = shown.values().flatMap((event) => replay(session, event, session.nick));
    if (session.has(CAP.missed | CAP.batch)) session.emitLong(pastOf(session, nick, messages));
    else if (shown.length > 0) session.emitLong(inBatch(session, `chathistory ${nick}`, lines));
  }
  if (isMore) tellNotice(session, "That was the latest of what you missed; SEARCH and CHATHISTORY find the rest");
}

/**
 * A message of the past, as if it were said now. A client that knows server-time sees when it was; for one that does
 * not, the text begins with the time of day, and with the day if that is another.
 */
function* replay(session: IrcSession, event: StoredMessage, to: string): Generator<string> {
  const { renderCache, clock } = session.server;
  const text = session.has(CAP.serverTime) ? event.text : `[${whenOf(event.time, clock())}] ${event.text}`;
  yield* linesOf(renderCache.text({ ...event, to, text }, formFor(session, event)));
}

/** Programs talk to each other by queries and answers; who is ignored stays so in the past. */
function isShown({ ignored }: IrcSession, event: StoredMessage): boolean {
  return event.manner !== "query" && event.manner !== "answer" && !isIgnored(event, ignored);
}

function whenOf(time: number, now: number): string {
  return dayOf(time) === dayOf(now) ? clockOf(time) : `${dayOf(time)} ${clockOf(time)}`;
}

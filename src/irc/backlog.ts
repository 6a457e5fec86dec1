import type { EventOf } from "../chat/event.ts";
import type { Room } from "../chat/room.ts";
import type { Remembered } from "../chat/store.ts";
import { clockOf, dayOf } from "../text/clock.ts";
import { CAP } from "./caps.ts";
import { formFor, pastOf } from "./history.ts";
import { linesOf } from "./line.ts";
import { tellNotice } from "./notice.ts";
import type { IrcSession } from "./session.ts";

const REPLAY = 50; // messages that a newcomer without history of its own is shown (InspIRCd)

/** Shows a newcomer what was said before `seq`, as it is drawn. */
export function replayTo(session: IrcSession, room: Room, seq: number): void {
  session.emitLong(replayed(session, room, seq));
}

function* replayed(session: IrcSession, room: Room, seq: number): Generator<string> {
  const span = { before: seq, limit: REPLAY, brief: true };
  for (const event of session.server.chat.history(session.member, room, span)) yield* replay(session, event, room.name);
}

/** Asks for what was said to one's account while it was not here: not for those who read the past by themselves. */
export function catchUp(session: IrcSession): void {
  if (session.member?.who.account === undefined) return;
  if (!session.has(CAP.chathistory) || session.has(CAP.missed)) session.submit({ type: "catch-up" });
}

/** Shows what was missed: as pieces of history, one of each talk, to those who know such. */
export function replayMissed(session: IrcSession, { missed, isMore }: EventOf<"caught-up">): void {
  if (session.has(CAP.missed) && session.has(CAP.batch)) {
    const talks = Map.groupBy(missed, ({ from }) => from.nick);
    for (const [nick, messages] of talks) session.emitLong(pastOf(session, nick, messages));
  } else {
    session.emitLong(missed.values().flatMap((event) => replay(session, event, session.nick)));
  }
  if (isMore) tellNotice(session, "That was the latest of what you missed; SEARCH and CHATHISTORY find the rest");
}

/**
 * A message of the past, as if it were said now. A client that knows server-time sees when it was; for one that does
 * not, the text begins with the time of day, and with the day if that is another.
 */
function* replay(session: IrcSession, event: Remembered, to: string): Generator<string> {
  if (event.manner === "query" || event.manner === "answer") return;
  const { memo, clock } = session.server;
  const text = session.has(CAP.serverTime) ? event.text : `[${whenOf(event.time, clock())}] ${event.text}`;
  yield* linesOf(memo.text({ ...event, to, text }, formFor(session, event)));
}

function whenOf(time: number, now: number): string {
  return dayOf(time) === dayOf(now) ? clockOf(time) : `${dayOf(time)} ${clockOf(time)}`;
}

import type { Room } from "../chat/room.ts";
import { clockOf } from "../text/clock.ts";
import { CAP } from "./caps.ts";
import type { IrcSession } from "./session.ts";

const REPLAY = 50; // messages that a newcomer without history of its own is shown (InspIRCd)

/**
 * Shows a newcomer what was said before `seq`. A client that knows server-time sees when; for one that does not, the
 * text begins with the time of day.
 */
export function replayTo(session: IrcSession, room: Room, seq: number): void {
  const { chat, memo } = session.server;
  for (const event of chat.history(session.member, room, { before: seq, limit: REPLAY, brief: true })) {
    const text = session.has(CAP.serverTime) ? event.text : `[${clockOf(event.time)}] ${event.text}`;
    if (event.manner === "query" || event.manner === "answer") continue;
    session.emitAll(memo.text({ ...event, to: room.name, text }, session.form));
  }
}

import type { RecentSpan } from "../../chat/history.ts";
import { type EventOf, isForPeople } from "../../chat/model/event.ts";
import type { Room } from "../../chat/model/room.ts";
import type { StoredMessage } from "../../chat/store.ts";
import { isIgnored } from "../../chat/visibility.ts";
import { clockOf, dayOf } from "../../text/time.ts";
import { CAP } from "../capabilities.ts";
import { formOf, historyLines, inBatch, tellUnread } from "../commands/history.ts";
import { linesOf, tellNotice } from "../render/line.ts";
import type { IrcSession } from "./session.ts";

/** Replays a room's latest messages before `seq` to a newcomer, in a batch that marks them as history. */
export function replayRoom(session: IrcSession, room: Room, seq: number): void {
  const { chat, config } = session.server;
  const { replay: limit } = config;
  if (limit > 0 && !isBot(session))
    session.emitLong(
      replayed(session, room, { from: chat.unseenFrom(session, room), before: seq, limit, brief: true }),
    );
}

function* replayed(session: IrcSession, room: Room, span: RecentSpan): Generator<string> {
  const events = session.server.chat
    .recentMessages(session.member, room, span)
    .filter((event) => isForPeople(event.kind) && !isIgnored(event, session.ignored));
  const lines = events.values().flatMap((event) => replay(session, event, room.name));
  if (events.length > 0) yield* inBatch(session, `chathistory ${room.name}`, lines);
}

/** Bots get no replay, since they would answer it like live messages. */
function isBot({ member }: IrcSession): boolean {
  return member?.userModes.has("bot") ?? false;
}

/** Asks the chat for messages to the session's account that came while it was away, unless the client fetches history. */
export function catchUp(session: IrcSession): void {
  if (session.member?.who.account === undefined || isBot(session)) return;
  if (!session.has(CAP.chathistory) || session.has(CAP.missed)) session.submit({ type: "catch-up" });
}

/**
 * Puts the client back in the rooms of its account. A client without `tcpchat/rooms` is put back only if the account has
 * that setting. A guest with `tcpchat/rooms` has no rooms, and only gets the final NOTE.
 */
export function restoreRooms(session: IrcSession): void {
  const isAsked = session.has(CAP.rooms);
  if (!isAsked && (session.member?.who.account === undefined || isBot(session))) return;
  session.server.chat.submit(session, { type: "restore-rooms", isAsked }, (outcome) => {
    if (isAsked && outcome === "nothing") tellUnread(session, { missing: [] });
  });
}

/** Replays offline messages: in a batch for each conversation, or without the capability in one sequence. */
export function replayMissed(session: IrcSession, { missed, isMore }: EventOf<"caught-up">): void {
  const conversations = session.has(CAP.batch) ? Map.groupBy(missed, ({ from }) => from.nick) : new Map([["", missed]]);
  for (const [nick, messages] of conversations) {
    const heard = messages.filter((event) => !isIgnored(event, session.ignored));
    const shown = heard.filter(({ kind }) => isForPeople(kind));
    const lines = shown.values().flatMap((event) => replay(session, event, session.nick));
    if (session.has(CAP.missed | CAP.batch)) session.emitLong(historyLines(session, nick, heard));
    else if (shown.length > 0) session.emitLong(inBatch(session, `chathistory ${nick}`, lines));
  }
  if (isMore)
    tellNotice(session, "These were the latest messages that you missed; SEARCH and CHATHISTORY find the rest");
}

/**
 * A stored message rendered like a live one. A client with server-time gets its time as a tag; for others, the text
 * begins with the time of day, and with the date if that is not today.
 */
function* replay(session: IrcSession, event: StoredMessage, to: string): Generator<string> {
  const { renderCache, clock } = session.server;
  const text = session.has(CAP.serverTime) ? event.text : `[${whenOf(event.time, clock())}] ${event.text}`;
  yield* linesOf(renderCache.text({ ...event, to, text }, formOf(session, event)));
}

/** `14:05`, or `2026-01-31 14:05` if that is not today. */
function whenOf(time: number, now: number): string {
  return dayOf(time) === dayOf(now) ? clockOf(time) : `${dayOf(time)} ${clockOf(time)}`;
}

import { maskOf } from "../chat/apply.ts";
import type { ChatEvent, EventOf } from "../chat/event.ts";
import { welcome } from "./about.ts";
import { replayTo } from "./backlog.ts";
import { CAP } from "./caps.ts";
import { sendNames } from "./names.ts";
import { sendTopic } from "./rooms.ts";
import type { IrcSession } from "./session.ts";

/**
 * What a session is told alone: its own copy of what it caused, which may be labelled, and what concerns it or its
 * neighbours one by one, which is rendered once for all of them.
 */
export function hear(session: IrcSession, event: ChatEvent): void {
  const isOwn = event.origin?.session === session;
  switch (event.type) {
    case "entered":
      session.registered();
      return welcome(session, event);
    case "attached":
      return hearAttached(session, event);
    case "detached":
      if (!event.isHeld) session.close("Quit");
      return;
    case "joined":
      return hearJoined(session, event, isOwn);
    case "said":
      return hearSaid(session, event, isOwn);
    case "signalled":
      if (isOwn && !session.has(CAP.echoMessage)) return;
      return pass(session, event, isOwn);
    case "invited":
      return hearInvited(session, event, isOwn);
    case "away-set":
      if (isOwn) session.numeric(event.text === "" ? "RPL_UNAWAY" : "RPL_NOWAWAY");
      return pass(session, event, isOwn);
    case "quit":
      if (isOwn) return session.close(event.reason);
      return pass(session, event, false);
    case "appeared":
    case "left":
    case "kicked":
    case "renamed":
    case "topic-set":
    case "modes-changed":
    case "realname-set":
      return pass(session, event, isOwn);
    default:
      event satisfies never;
  }
}

/** The event's lines, as everyone with the same capabilities gets them. */
function pass(session: IrcSession, event: ChatEvent, isOwn: boolean): void {
  const { memo } = session.server;
  if (isOwn) return session.emitAll(memo.text(event, session.form));
  const bytes = memo.bytes(event, session.form);
  if (bytes.length > 0) session.peer.push(bytes);
}

/** A session that joins a member of its own: as if it had come in, or changed its nick. The rooms follow. */
function hearAttached(session: IrcSession, event: EventOf<"attached">): void {
  if (event.before) return session.send(maskOf(event.before), "NICK", event.who.nick);
  session.registered();
  welcome(session, event);
}

function hearJoined(session: IrcSession, event: EventOf<"joined">, isOwn: boolean): void {
  pass(session, event, isOwn);
  const room = session.server.chat.room(event.room);
  if (!room || session.member?.nick !== event.who.nick) return;
  if (room.topic) sendTopic(session, room);
  sendNames(session, room);
  replayTo(session, room, event.seq);
}

/** One's own words come back to those who want an echo: it is the proof that they are stored. */
function hearSaid(session: IrcSession, event: EventOf<"said">, isOwn: boolean): void {
  if (!isOwn || session.has(CAP.echoMessage)) pass(session, event, isOwn);
  if (isOwn && event.away !== undefined) session.numeric("RPL_AWAY", event.to, event.away);
}

function hearInvited(session: IrcSession, event: EventOf<"invited">, isOwn: boolean): void {
  if (isOwn) {
    session.numeric("RPL_INVITING", event.nick, event.room);
    if (event.away !== undefined) session.numeric("RPL_AWAY", event.nick, event.away);
  } else if (session.member?.nick === event.nick || session.has(CAP.inviteNotify)) {
    pass(session, event, false);
  }
}

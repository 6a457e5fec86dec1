import { type ChatEvent, type EventOf, LIVE_ONLY, mustBeStored } from "../../chat/model/event.ts";
import { maskOf } from "../../chat/model/masks.ts";
import type { Room } from "../../chat/model/room.ts";
import { openedWords } from "../../chat/rules/invitations.ts";
import { operatorLossWords } from "../../chat/rules/server-operators.ts";
import { endedWords, logoutWords, nickReclaimedWords, reclaimerWords } from "../../chat/words/accounts.ts";
import { droppedRoomWords, liftedWords, setWords } from "../../chat/words/moderation.ts";
import { ignoredAfterLogin, ignoredAfterRename } from "../../commands/talk.ts";
import { fold } from "../../text/fold.ts";
import { closing } from "../../wire/closing.ts";
import { CAP } from "../capabilities.ts";
import { markerOnJoin, sendMarker } from "../commands/history.ts";
import { sendNames, sendTopic } from "../commands/rooms.ts";
import { sayLoggedOut, tellOwnAccount } from "../commands/sasl.ts";
import { changeIgnored, ignoreFromNow } from "../commands/slash.ts";
import { NICKSERV, tellFrom, tellNotice } from "../render/line.ts";
import { killReason, OWN, render } from "../render/render.ts";
import { applyPreAway } from "./registration.ts";
import { catchUp, replayMissed, replayRoom } from "./replay.ts";
import type { IrcSession } from "./session.ts";

/**
 * What a session is told alone: its own copy of what it caused, which may be labelled, and what concerns it or its
 * neighbours one by one, which is rendered once for all of them.
 */
export function deliver(session: IrcSession, event: ChatEvent, isOwn: boolean): void {
  switch (event.type) {
    case "entered":
      welcome(session);
      ignoreAsAccount(session);
      return session.catchUpSoon();
    case "account-changed":
      return ignoreFromNow(session, new Set(event.account.ignored));
    case "account-made":
    case "account-removed":
    case "configured":
      return; // its sessions are told one by one
    case "separated":
      return hearSeparated(session, event);
    case "attached":
      return hearAttached(session, event);
    case "nick-reclaimed":
      return tellFrom(NICKSERV, session, `${isOwn ? reclaimerWords(event) : nickReclaimedWords(event)}.`);
    case "session-ended":
      return event.session === session.id
        ? session.close(closing("session-ended"))
        : tellFrom(NICKSERV, session, `${endedWords(event)}.`);
    case "banned":
      return tellNotice(session, setWords(event.by.nick, event));
    case "room-dropped":
      return tellNotice(session, droppedRoomWords(event));
    case "ban-lifted":
      return tellNotice(session, liftedWords(event.by?.nick, event.target));
    case "read-marked":
      return hearMarked(session, event, isOwn);
    case "caught-up":
      return replayMissed(session, event);
    case "redacted":
      return pass(session, event, isOwn);
    case "detached":
      if (!event.isHeld) session.close(closing("quit"));
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
      if (isOwn) return session.numeric(event.text === "" ? "RPL_UNAWAY" : "RPL_NOWAWAY");
      return hearProfile(session, event, isOwn);
    case "realname-set":
      return hearProfile(session, event, isOwn);
    case "account-set":
      if (event.who.nick === session.member?.nick) hearOwnAccount(session, event);
      hearProfile(session, event, isOwn);
      return isOwn ? catchUp(session) : undefined;
    case "user-modes-changed":
      if (isOwn && event.as !== undefined) session.numeric("RPL_YOUREOPER");
      pass(session, event, isOwn);
      return event.why && tellNotice(session, `${operatorLossWords(event.why)}.`);
    case "expelled":
      return hearExpelled(session, event, isOwn);
    case "quit":
      if (isOwn) return session.close(closing("quit", event.reason));
      return pass(session, event, false);
    case "renamed":
      followRename(session, event);
      return pass(session, event, isOwn);
    case "room-renamed":
      return hearRoomRenamed(session, event, isOwn);
    case "appeared":
    case "left":
    case "kicked":
    case "topic-set":
    case "modes-changed":
    case "announced":
      return pass(session, event, isOwn);
    default:
      event satisfies never;
  }
}

/** A session that logs in or out counts for other limits from now on. */
function hearOwnAccount(session: IrcSession, event: EventOf<"account-set">): void {
  tellOwnAccount(session, event);
  ignoreAsAccount(session);
  session.peer.admit(event.account?.id);
}

/** A nick on the list of those ignored stays there under its new name. */
function followRename(session: IrcSession, event: EventOf<"renamed">): void {
  const ignored = ignoredAfterRename(event, session.ignored);
  if (ignored) changeIgnored(session, ignored);
}

/** A session of an account ignores those whom the account does. */
function ignoreAsAccount(session: IrcSession): void {
  const { member, server } = session;
  if (member) ignoreFromNow(session, ignoredAfterLogin(session.ignored, server.chat.ignoredBy(member)));
}

function hearMarked(session: IrcSession, { target }: EventOf<"read-marked">, isOwn: boolean): void {
  if (session.member && (isOwn || session.has(CAP.readMarker))) sendMarker(session, session.member, target);
}

/** Someone whom the session watches, and knows from no room, is away, back, or known by another name. */
export function deliverGlimpse(session: IrcSession, event: ChatEvent): void {
  if (!session.has(CAP.extendedMonitor)) return;
  if (event.type === "away-set" || event.type === "realname-set" || event.type === "account-set")
    hearProfile(session, event, false);
}

const PROFILE_CAPS = {
  "away-set": CAP.awayNotify,
  "realname-set": CAP.setname,
  "account-set": CAP.accountNotify,
} as const;

/** Each kind of news of someone has a capability of its own. */
function hearProfile(session: IrcSession, event: EventOf<keyof typeof PROFILE_CAPS>, isOwn: boolean): void {
  if (session.has(PROFILE_CAPS[event.type])) pass(session, event, isOwn);
}

/** The one who is put out learns by whom, and is gone; the others see a QUIT. */
function hearExpelled(session: IrcSession, event: EventOf<"expelled">, isOwn: boolean): void {
  const { by, who, reason } = event;
  const isMe = session.member?.nick === who.nick;
  if (isMe) session.send(maskOf(by), "KILL", [who.nick], reason);
  pass(session, event, isOwn);
  if (isMe) session.close(closing("put-out", killReason(event)));
}

/** The event's lines, as everyone with the same capabilities gets them. */
function pass(session: IrcSession, event: ChatEvent, isOwn: boolean): void {
  // Only a message with an id looks different to its sender.
  const form = isOwn && event.type === "said" && event.id !== undefined ? session.form | OWN : session.form;
  const bytes = session.server.renderCache.bytes(event, form);
  if (bytes.length === 0) return;
  if (isOwn) session.echo(bytes);
  else session.deliver(bytes, mustBeStored(event));
}

/** A session that joins a member of its own: as if it had come in, or changed its nick. The rooms follow. */
function hearAttached(session: IrcSession, event: EventOf<"attached">): void {
  if (event.before) {
    session.send(maskOf(event.before), "NICK", [event.who.nick]);
  } else {
    welcome(session);
  }
  ignoreAsAccount(session);
  session.catchUpSoon();
}

/** The client is in, and gets the greeting. */
function welcome(session: IrcSession): void {
  const away = session.registration?.away;
  session.registered();
  session.server.welcome.send(session);
  warnUnstored(session);
  applyPreAway(session, away);
}

/** A session that is a guest of its own now: as if it had changed its nick. It has left the rooms. */
function hearSeparated(session: IrcSession, event: EventOf<"separated">): void {
  session.send(maskOf(event.before), "NICK", [event.who.nick]);
  sayLoggedOut(session, `You are logged out: ${logoutWords(event)}`);
  session.peer.admit(undefined);
}

/** A newcomer learns that nothing is stored at present. */
function warnUnstored(session: IrcSession): void {
  if (!session.server.chat.isStoring) tellNotice(session, LIVE_ONLY);
}

function hearJoined(session: IrcSession, event: EventOf<"joined">, isOwn: boolean): void {
  // One knows whether one is away oneself.
  pass(session, isOwn ? { ...event, away: "" } : event, isOwn);
  const room = session.server.chat.room(event.room);
  if (!room || session.member?.nick !== event.who.nick) return;
  showRoom(session, room);
  if (!session.has(CAP.chathistory)) replayRoom(session, room, event.seq);
}

/**
 * A client that does not know of such leaves the room by its old name, and is in it by the new one; if only the case of
 * the letters has changed, it need not know.
 */
function hearRoomRenamed(session: IrcSession, event: EventOf<"room-renamed">, isOwn: boolean): void {
  if (session.has(CAP.channelRename)) return pass(session, event, isOwn);
  const { member, server, form } = session;
  const room = server.chat.room(event.to);
  if (!member || !room?.members.has(member) || fold(event.room) === room.key) return;
  const { seq, time, origin, reason } = event;
  const stamp = { seq, msgid: "", time, origin, who: member.who };
  session.emitAll(render({ ...stamp, type: "left", room: event.room, reason }, form, server.name));
  const joined = { ...stamp, type: "joined", room: room.name, away: "", quietly: false, rank: undefined } as const;
  session.emitAll(render(joined, form, server.name));
  showRoom(session, room);
}

/** What a client is told of a room that it has come into. */
function showRoom(session: IrcSession, room: Room): void {
  markerOnJoin(session, room.name);
  if (room.topic) sendTopic(session, room);
  if (!session.has(CAP.noImplicitNames) && !session.has(CAP.draftNoImplicitNames)) sendNames(session, room);
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
    const opened = openedWords(event);
    if (opened !== undefined) tellNotice(session, opened);
  } else if (session.member?.nick === event.nick || session.has(CAP.inviteNotify)) {
    pass(session, event, false);
  }
}

import { type ChatEvent, type EventOf, LIVE_ONLY, mustBeStored } from "../../chat/model/event.ts";
import { maskOf } from "../../chat/model/masks.ts";
import type { Room } from "../../chat/model/room.ts";
import { liftedObstacleWords } from "../../chat/rules/invitations.ts";
import { operatorLossWords } from "../../chat/rules/server-operators.ts";
import {
  endedWords,
  keyLinkedWords,
  logoutWords,
  nickReclaimedWords,
  reclaimerWords,
} from "../../chat/words/accounts.ts";
import {
  banLiftedWords,
  banSetWords,
  droppedRoomWords,
  followsWords,
  hooksWords,
  membershipEndedWords,
  renamedRoomWords,
} from "../../chat/words/events.ts";
import { ignoredAfterLogin, ignoredAfterRename } from "../../commands/talk.ts";
import { fold } from "../../text/fold.ts";
import { splitLine } from "../../text/split.ts";
import { closing } from "../../wire/closing.ts";
import { LINE_TEXT } from "../../wire/limits.ts";
import { CAP } from "../capabilities.ts";
import { markerOnJoin, sendMarker, tellUnread } from "../commands/history.ts";
import { answerCleared, metadataOnJoin, subscribedPart } from "../commands/metadata.ts";
import { sendNames, sendTopic } from "../commands/rooms.ts";
import { sayLoggedOut, tellOwnAccount } from "../commands/sasl.ts";
import { changeIgnored, ignoreFromNow } from "../commands/slash.ts";
import { NICKSERV, tellFrom, tellNotice } from "../render/line.ts";
import { hasId, killReason, OWN, render } from "../render/render.ts";
import { applyPreAway } from "./registration.ts";
import { catchUp, replayMissed, replayRoom } from "./replay.ts";
import type { IrcSession } from "./session.ts";

/**
 * Delivers an event to one session: its own copy of an event that it caused (`isOwn`), which may be labelled, or an
 * event about people that it knows, which is rendered once for all of their sessions.
 */
export function deliver(session: IrcSession, event: ChatEvent, isOwn: boolean): void {
  switch (event.type) {
    case "entered":
      welcome(session);
      ignoreAsAccount(session);
      return comeBack(session);
    case "account-changed":
      return ignoreFromNow(session, new Set(event.account.ignored));
    case "account-made":
    case "account-removed":
    case "configured":
    case "forgotten":
    case "token-saved":
    case "token-removed":
      return; // other events tell the sessions concerned
    case "separated":
      return deliverSeparated(session, event);
    case "attached":
      return deliverAttached(session, event);
    case "nick-reclaimed":
      return tellFrom(NICKSERV, session, `${isOwn ? reclaimerWords(event) : nickReclaimedWords(event)}.`);
    case "session-ended":
      return event.session === session.id
        ? session.close(closing("session-ended"))
        : tellFrom(NICKSERV, session, `${endedWords(event)}.`);
    case "key-linked":
      return tellFrom(NICKSERV, session, `${keyLinkedWords(event)}.`);
    case "banned":
      return tellNotice(session, banSetWords(event.by.nick, event));
    case "room-dropped":
      return tellNotice(session, droppedRoomWords(event));
    case "ban-lifted":
      return tellNotice(session, banLiftedWords(event.by?.nick, event.target));
    case "read-marked":
      return deliverMarker(session, event, isOwn);
    case "caught-up":
      return replayMissed(session, event);
    case "rooms-restored":
      return session.has(CAP.rooms) ? tellUnread(session, event) : undefined;
    case "membership-ended":
      return tellNotice(session, membershipEndedWords(event));
    case "redacted":
      return deliverShared(session, event, isOwn);
    case "detached":
      if (!event.isHeld) session.close(closing("quit"));
      return;
    case "joined":
      return deliverJoined(session, event, isOwn);
    case "said":
      return deliverSaid(session, event, isOwn);
    case "signalled":
      if (isOwn && !session.has(CAP.echoMessage)) return;
      return deliverShared(session, event, isOwn);
    case "invited":
      return deliverInvited(session, event, isOwn);
    case "away-set":
      if (isOwn) return session.numeric(event.text === "" ? "RPL_UNAWAY" : "RPL_NOWAWAY");
      return deliverProfile(session, event, isOwn);
    case "realname-set":
      return deliverProfile(session, event, isOwn);
    case "metadata-changed":
    case "metadata-cleared":
      return deliverMetadata(session, event, isOwn);
    case "account-set":
      if (event.who.nick === session.member?.nick) deliverOwnAccount(session, event);
      deliverProfile(session, event, isOwn);
      if (!isOwn) return;
      catchUp(session);
      return session.restoreRoomsSoon();
    case "user-modes-changed":
      if (isOwn && event.as !== undefined) session.numeric("RPL_YOUREOPER");
      deliverShared(session, event, isOwn);
      return event.why && tellNotice(session, `${operatorLossWords(event.why)}.`);
    case "expelled":
      return deliverExpelled(session, event, isOwn);
    case "quit":
      if (isOwn) return session.close(closing("quit", event.reason));
      return deliverShared(session, event, false);
    case "renamed":
      followRename(session, event);
      return deliverShared(session, event, isOwn);
    case "room-renamed":
      return deliverRoomRenamed(session, event, isOwn);
    case "modes-changed":
      return deliverModes(session, event, isOwn);
    case "left":
      // A client that asks for its rooms takes a JOIN to a room that it is in as its new state there.
      if (event.isBack && session.has(CAP.rooms)) return;
      return deliverShared(session, event, isOwn);
    case "appeared":
    case "kicked":
    case "topic-set":
    case "hook-set":
    case "announced":
      return deliverShared(session, event, isOwn);
    default:
      event satisfies never;
  }
}

/** The session has logged in or out: other connection limits and another ignore list apply from now on. */
function deliverOwnAccount(session: IrcSession, event: EventOf<"account-set">): void {
  tellOwnAccount(session, event);
  ignoreAsAccount(session);
  session.peer.admit(event.account?.id);
}

/** Keeps an ignored person ignored under a new nick. */
function followRename(session: IrcSession, event: EventOf<"renamed">): void {
  const ignored = ignoredAfterRename(event, session.ignored);
  if (ignored) changeIgnored(session, ignored);
}

/** Adds the nicks that the session's account ignores. */
function ignoreAsAccount(session: IrcSession): void {
  const { member, server } = session;
  if (member) ignoreFromNow(session, ignoredAfterLogin(session.ignored, server.chat.ignoredBy(member)));
}

function deliverMarker(session: IrcSession, { target }: EventOf<"read-marked">, isOwn: boolean): void {
  if (session.member && (isOwn || session.has(CAP.readMarker))) sendMarker(session, session.member, target);
}

/** Delivers a change of someone on the session's MONITOR list with whom it shares no room (IRCv3 extended-monitor). */
export function deliverWatched(session: IrcSession, event: ChatEvent): void {
  if (event.type === "metadata-changed" || event.type === "metadata-cleared") return deliverMetadata(session, event);
  if (!session.has(CAP.extendedMonitor)) return;
  if (event.type === "away-set" || event.type === "realname-set" || event.type === "account-set")
    deliverProfile(session, event, false);
}

const PROFILE_CAPS = {
  "away-set": CAP.awayNotify,
  "realname-set": CAP.setname,
  "account-set": CAP.accountNotify,
} as const;

/** A change of someone's profile; each kind has a capability of its own. */
function deliverProfile(session: IrcSession, event: EventOf<keyof typeof PROFILE_CAPS>, isOwn: boolean): void {
  if (session.has(PROFILE_CAPS[event.type])) deliverShared(session, event, isOwn);
}

/** The session that caused a change gets a reply instead: to SET from its command, to CLEAR here. */
function deliverMetadata(
  session: IrcSession,
  event: EventOf<"metadata-changed" | "metadata-cleared">,
  isOwn = event.origin === session.id,
): void {
  if (isOwn) return event.type === "metadata-cleared" ? answerCleared(session, event) : undefined;
  const heard = subscribedPart(session, event);
  if (heard) deliverShared(session, heard, false);
}

/** The expelled client gets a KILL and is closed; others get a QUIT. */
function deliverExpelled(session: IrcSession, event: EventOf<"expelled">, isOwn: boolean): void {
  const { by, who, reason } = event;
  const isExpelled = session.member?.nick === who.nick;
  if (isExpelled) session.send(maskOf(by), "KILL", [who.nick], reason);
  deliverShared(session, event, isOwn);
  if (isExpelled) session.close(closing("put-out", killReason(event)));
}

/** Delivers the event's lines, the same to every session of the same form; the session's own copy is its reply. */
function deliverShared(session: IrcSession, event: ChatEvent, isOwn: boolean): void {
  // Only a message with an id is rendered differently for its sender.
  const form = isOwn && hasId(event) ? session.form | OWN : session.form;
  const bytes = session.server.renderCache.bytes(event, form);
  if (bytes.length === 0) return;
  if (isOwn) session.echo(bytes);
  else session.deliver(bytes, mustBeStored(event));
}

/** The session has joined another session's member: it gets the greeting, or a NICK. Its rooms follow as joins. */
function deliverAttached(session: IrcSession, event: EventOf<"attached">): void {
  if (event.before) {
    session.send(maskOf(event.before), "NICK", [event.who.nick]);
  } else {
    welcome(session);
  }
  ignoreAsAccount(session);
  comeBack(session);
}

/** Sends a new session of a member its offline messages and its rooms; the rooms at once if it asks for them. */
function comeBack(session: IrcSession): void {
  session.catchUpSoon();
  if (session.has(CAP.rooms)) session.restoreRoomsNow();
  else session.restoreRoomsSoon();
}

/** Ends the registration and sends the greeting. */
function welcome(session: IrcSession): void {
  const away = session.registration?.away;
  session.registered();
  session.server.welcome.send(session);
  warnUnstored(session);
  applyPreAway(session, away);
}

/** The session has become a guest of its own: it gets a NICK. It has left its rooms already. */
function deliverSeparated(session: IrcSession, event: EventOf<"separated">): void {
  session.send(maskOf(event.before), "NICK", [event.who.nick]);
  sayLoggedOut(session, `You are logged out: ${logoutWords(event)}`);
  session.peer.admit(undefined);
}

/** Tells a newcomer if nothing is stored at present. */
function warnUnstored(session: IrcSession): void {
  if (!session.server.chat.isStoring) tellNotice(session, LIVE_ONLY);
}

/** Sends a JOIN, and to the client that joined what follows it: topic, names and replay. */
function deliverJoined(session: IrcSession, event: EventOf<"joined">, isOwn: boolean): void {
  // A client needs no AWAY about itself.
  deliverShared(session, isOwn ? { ...event, away: "" } : event, isOwn);
  const room = session.server.chat.room(event.room);
  if (!room || session.member?.nick !== event.who.nick) return;
  showRoom(session, room);
  if (!session.has(CAP.chathistory)) replayRoom(session, room, event.seq);
}

/**
 * A client without the capability sees a PART from the old name and a JOIN to the new one, or only a NOTICE if just the
 * case of the letters has changed: to most clients that is the same room (IRCv3 draft/channel-rename).
 */
function deliverRoomRenamed(session: IrcSession, event: EventOf<"room-renamed">, isOwn: boolean): void {
  if (session.has(CAP.channelRename)) return deliverShared(session, event, isOwn);
  const { member, server, form } = session;
  const room = server.chat.room(event.to);
  if (!member || !room?.members.has(member)) return;
  if (fold(event.room) === room.key) return session.send(server.name, "NOTICE", [room.name], renamedRoomWords(event));
  const { seq, time, origin, reason } = event;
  const stamp = { seq, msgid: "", time, origin, who: member.who };
  session.emitAll(render({ ...stamp, type: "left", room: event.room, reason }, form, server.name));
  const joined = { ...stamp, type: "joined", room: room.name, away: "", quietly: false, rank: undefined } as const;
  session.emitAll(render(joined, form, server.name));
  showRoom(session, room);
}

/** Sends what follows a client's JOIN: its read marker, the topic and the names. */
function showRoom(session: IrcSession, room: Room): void {
  markerOnJoin(session, room.name);
  if (room.topic) sendTopic(session, room);
  if (!session.has(CAP.noImplicitNames) && !session.has(CAP.draftNoImplicitNames)) sendNames(session, room);
  tellHooks(session, room);
  metadataOnJoin(session, room);
}

/** Tells a newcomer to which webhooks the room's messages are posted, in as many lines as needed. */
function tellHooks(session: IrcSession, room: Room): void {
  const { chat, name } = session.server;
  const hooks = chat.outgoingHooks(room);
  const space = LINE_TEXT - Buffer.byteLength(`:${name} NOTICE ${room.name} :`);
  const lines = hooks.length > 0 ? splitLine(`${hooksWords(room.name, hooks)}.`, space) : [];
  for (const line of lines) session.send(name, "NOTICE", [room.name], line);
}

/** Sends a message, and to its sender an echo, which proves that it is stored (echo-message), and RPL_AWAY. */
function deliverSaid(session: IrcSession, event: EventOf<"said">, isOwn: boolean): void {
  if (!isOwn || session.has(CAP.echoMessage)) deliverShared(session, event, isOwn);
  if (isOwn && event.away !== undefined) session.numeric("RPL_AWAY", event.to, event.away);
}

/** Sends a MODE, and to its author a NOTICE about its further effects. */
function deliverModes(session: IrcSession, event: EventOf<"modes-changed">, isOwn: boolean): void {
  deliverShared(session, event, isOwn);
  const reach = isOwn ? followsWords(event.changes) : undefined;
  if (reach !== undefined) tellNotice(session, reach);
}

/** Sends an INVITE to the invited user and to operators with invite-notify; its author gets RPL_INVITING. */
function deliverInvited(session: IrcSession, event: EventOf<"invited">, isOwn: boolean): void {
  if (isOwn) {
    session.numeric("RPL_INVITING", event.nick, event.room);
    if (event.away !== undefined) session.numeric("RPL_AWAY", event.nick, event.away);
    const opened = liftedObstacleWords(event);
    if (opened !== undefined) tellNotice(session, opened);
  } else if (session.member?.nick === event.nick || session.has(CAP.inviteNotify)) {
    deliverShared(session, event, false);
  }
}

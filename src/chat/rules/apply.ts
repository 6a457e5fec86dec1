import { fold } from "../../text/fold.ts";
import { storeDirectMessage } from "../conversation.ts";
import { type ChatEvent, type EventOf, lastingTags, SERVER } from "../model/event.ts";
import { registerEnd } from "../model/expiry.ts";
import { maskOf, nickOf, parseMask, withMember } from "../model/masks.ts";
import { isFlag, type ModeChange, type RankChange } from "../model/modes.ts";
import type { Room } from "../model/room.ts";
import { type Session, tellAlso, tellEach, tellOrigin, tellRoom } from "../model/session.ts";
import type { State } from "../model/state.ts";
import { notePrivacy } from "../visibility.ts";
import { applyAccountChanged, applyAccountMade, applyKeyLinked } from "./account-changes.ts";
import { applyBanLifted, applyBanned } from "./bans.ts";
import { applyInvited, invitationTo, useInvitation } from "./invitations.ts";
import { applyRedacted, rememberEphemeral } from "./messages.ts";
import { applyMetadata } from "./metadata.ts";
import {
  applyAnnounced,
  applyEntered,
  applyGone,
  applyProfile,
  applyRenamed,
  applyUserModes,
  removeFrom,
} from "./people.ts";
import { applyCaughtUp, applyReadMarked } from "./read-markers.ts";
import {
  forgetEmptyHistories,
  forgetHistory,
  openRoom,
  reopenRoom,
  saveRoom,
  storeRoomEvent,
  storeRoomMessage,
} from "./room-persistence.ts";
import {
  applyMembershipEnded,
  applyRoomDropped,
  applyRoomRenamed,
  endMembership,
  endMembershipOfBanned,
  saveMemberships,
} from "./rooms.ts";
import {
  applyAccountRemoved,
  applyAccountSet,
  applyAttached,
  applyDetached,
  applyNickReclaimed,
  applySeparated,
  applySessionEnded,
} from "./sessions.ts";
import { applyHookSet, applyToken, endTokensOf } from "./tokens.ts";

/**
 * Applies an event: changes the state, stores what must be stored, and tells the sessions concerned. Nothing else changes
 * the state. The event was checked, so the members and rooms that it names exist.
 */
export function apply(state: State, event: ChatEvent): void {
  switch (event.type) {
    case "entered":
      return applyEntered(state, event);
    case "joined":
      return applyJoined(state, event);
    case "appeared":
      return applyAppeared(state, event);
    case "left":
    case "kicked":
      return applyLeft(state, event);
    case "said":
    case "signalled":
      return applySaid(state, event);
    case "renamed":
      return applyRenamed(state, event);
    case "topic-set":
      return applyTopicSet(state, event);
    case "room-renamed":
      return applyRoomRenamed(state, event);
    case "modes-changed":
      return applyModesChanged(state, event);
    case "invited":
      return applyInvited(state, event);
    case "away-set":
    case "realname-set":
      return applyProfile(state, event);
    case "metadata-changed":
    case "metadata-cleared":
      return applyMetadata(state, event);
    case "account-set":
      return applyAccountSet(state, event);
    case "nick-reclaimed":
      return applyNickReclaimed(state, event);
    case "session-ended":
      return applySessionEnded(state, event);
    case "account-made":
      return applyAccountMade(state, event);
    case "account-changed":
      return applyAccountChanged(state, event);
    case "key-linked":
      return applyKeyLinked(state, event);
    case "configured":
      state.rules = event.rules;
      return;
    case "forgotten":
      state.store.deleteOld(event.deletion);
      return forgetEmptyHistories(state);
    case "account-removed":
      return applyAccountRemoved(state, event);
    case "token-saved":
    case "token-removed":
      return applyToken(state, event);
    case "hook-set":
      return applyHookSet(state, event);
    case "separated":
      return applySeparated(state, event);
    case "attached":
      return applyAttached(state, event);
    case "read-marked":
      return applyReadMarked(state, event);
    case "caught-up":
      return applyCaughtUp(state, event);
    case "rooms-restored":
      return tellOrigin(state, event);
    case "membership-ended":
      return applyMembershipEnded(state, event);
    case "redacted":
      return applyRedacted(state, event);
    case "detached":
      return applyDetached(state, event);
    case "user-modes-changed":
      return applyUserModes(state, event);
    case "announced":
      return applyAnnounced(state, event);
    case "room-dropped":
      return applyRoomDropped(state, event);
    case "banned":
      return applyBanned(state, event);
    case "ban-lifted":
      return applyBanLifted(state, event);
    case "expelled":
    case "quit":
      return applyGone(state, event);
    default:
      event satisfies never;
  }
}

function applyJoined(state: State, event: EventOf<"joined">): void {
  const member = state.member(event.who.nick);
  if (!member) return;
  const room = event.opens ? openRoom(state, event) : state.room(event.room);
  if (!room) return;
  const ranks = new Set(event.ranks ?? (event.rank ? [event.rank] : []));
  if (room.members.size === 0) state.inhabited++;
  reopenRoom(state, room);
  const lifted = invitationTo(room, member)?.lifted;
  const before = room.members.get(member)?.listening;
  const listening = event.listens ? new Set(before).add(event.origin ?? SERVER) : undefined;
  room.members.delete(member); // a listener that joins moves to the end, as `joined` does
  room.members.set(member, { ranks, announced: !event.quietly, joined: event.seq, lifted, listening });
  const wasInvited = useInvitation(room, member);
  if (room.keepRanks(member) || wasInvited) saveRoom(state, room);
  member.rooms.add(room);
  if (!event.quietly) {
    storeRoomEvent(state, room, event);
    saveMemberships(state, [room], member, event.seq);
  }
  if (event.quietly) tellOrigin(state, event);
  else tellRoom(state, room, event);
  for (const session of room.sessionsOf(member)) {
    if (before?.has(session.id)) continue; // it follows the room already
    if (session.id !== event.origin) session.tell(event);
    session.follow(room);
    state.forgetDeparture(session, member, room);
  }
}

function applyAppeared(state: State, event: EventOf<"appeared">): void {
  const room = state.room(event.room);
  const member = state.member(event.who.nick);
  const membership = member && room?.members.get(member);
  if (!room || !membership) return;
  membership.announced = true;
  saveMemberships(state, [room], member, event.seq);
  storeRoomEvent(state, room, { ...event, type: "joined", quietly: false });
  for (const group of room.renderGroups) group.tell(event);
}

function applyLeft(state: State, event: EventOf<"left" | "kicked">): void {
  const room = state.room(event.room);
  const member = state.member(event.who.nick);
  const membership = member && room?.members.get(member);
  if (!room || !membership) return;
  const { account } = member.who;
  if (event.type === "kicked" && account && room.ranks.delete(account.id)) {
    endTokensOf(state, room, account.id);
    saveRoom(state, room);
  }
  if (membership.announced || event.type === "kicked") {
    storeRoomEvent(state, room, event);
    tellRoom(state, room, event);
  } else {
    for (const session of room.sessionsOf(member)) session.tell(event);
  }
  endMembership(state, room, member, event.type === "kicked");
  removeFrom(state, room, member, event.seq);
}

function applySaid(state: State, event: EventOf<"said" | "signalled">): void {
  const speaker = state.member(event.from.nick);
  if (speaker && event.type === "said") speaker.lastSpoke = state.now;
  const room = event.inRoom ? state.room(event.to) : undefined;
  store(state, event.type === "said" ? event : { ...event, tags: lastingTags(event.tags), reaction: undefined }, room);
  if (room) {
    if (event.rank) tellRanks(state, room, event);
    else tellRoom(state, room, event);
    return;
  }
  const recipients = new Set<Session>(speaker?.sessions);
  for (const session of state.member(event.to)?.sessions ?? []) recipients.add(session);
  tellEach(recipients, event);
  // A message to oneself: first the echo (above), then the delivery.
  if (speaker && speaker === state.member(event.to)) {
    for (const session of speaker.sessions) session.tell({ ...event, origin: undefined });
  }
}

/** Stores a message or a signal with tags, or remembers an ephemeral one for a while. */
function store(state: State, event: EventOf<"said" | "signalled">, room: Room | undefined): void {
  if (event.type === "signalled" && event.tags.size === 0) return;
  if (event.ephemeral !== undefined) rememberEphemeral(state, event);
  else if (room) storeRoomMessage(state, room, event);
  else storeDirectMessage(state, event);
}

/** Tells the members of the event's rank and above, and its origin. */
function tellRanks(state: State, room: Room, event: EventOf<"said" | "signalled">): void {
  const recipients = new Set<Session>();
  for (const [member, { ranks }] of room.members) {
    const isRecipient = ranks.has("operator") || (event.rank === "voice" && ranks.has("voice"));
    if (isRecipient) for (const session of room.sessionsOf(member)) recipients.add(session);
  }
  tellAlso(state, recipients, event);
}

function applyTopicSet(state: State, event: EventOf<"topic-set">): void {
  const room = state.room(event.room);
  if (!room) return;
  room.topic = event.topic === "" ? undefined : { text: event.topic, by: maskOf(event.by), at: event.time };
  saveRoom(state, room);
  storeRoomEvent(state, room, event);
  tellRoom(state, room, event);
}

function applyModesChanged(state: State, event: EventOf<"modes-changed">): void {
  const room = state.room(event.room);
  if (!room) return;
  for (const change of event.changes) applyMode(state, room, change, event);
  notePrivacy(room, event.seq);
  saveRoom(state, room);
  storeRoomEvent(state, room, event);
  tellRoom(state, room, event);
}

function applyMode(state: State, room: Room, change: ModeChange, event: EventOf<"modes-changed">): void {
  if ("nick" in change) {
    applyRank(state, room, change);
  } else if ("mask" in change) {
    const list = room.lists[change.mode];
    const mask = parseMask(change.mask, () => change.account);
    const by = event.by ? maskOf(event.by) : "";
    const until = change.lasts === undefined ? undefined : state.now + change.lasts;
    if (!change.on) list.delete(fold(change.mask));
    else if (mask) {
      const { whom, reason = "" } = change;
      const member = change.follows ? state.member(nickOf(change.mask)) : undefined;
      const meant = member ? withMember(mask, member) : mask;
      list.set(fold(change.mask), { mask: meant, whom, by, at: event.time, until, reason });
      if (change.mode === "ban") endMembershipOfBanned(state, room, meant);
    }
    if (until !== undefined) registerEnd(state, room, until);
  } else if (change.mode === "key") {
    room.password = change.on ? change.key : undefined;
  } else if (change.mode === "limit") {
    room.limit = change.on ? change.limit : undefined;
  } else if (change.mode === "history") {
    room.keeps = change.on ? change.keeps : undefined;
    if (room.keeps === 0) forgetHistory(state, room);
  } else if (isFlag(change.mode)) {
    if (change.on) room.flags.add(change.mode);
    else room.flags.delete(change.mode);
  }
}

function applyRank(state: State, room: Room, { mode, on, nick, account: absent }: RankChange): void {
  const member = absent === undefined ? state.member(nick) : undefined;
  const ranks = member && room.members.get(member)?.ranks;
  const account = absent ?? member?.who.account?.id;
  if (on) ranks?.add(mode);
  else ranks?.delete(mode);
  if (on && member) room.keepRanks(member);
  else if (account && !room.hasRank(account, mode)) {
    room.forgetRank(account, mode);
    if (mode === "operator") endTokensOf(state, room, account);
  }
}

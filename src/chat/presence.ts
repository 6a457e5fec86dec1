import { type Folded, fold } from "../text/fold.ts";
import type { AttemptLimiter } from "./attempt-limiter.ts";
import type { LogPoint } from "./chat.ts";
import type { AccountId } from "./model/account.ts";
import type { ChatEvent, Identity, SessionDetails } from "./model/event.ts";
import { hold } from "./model/expiry.ts";
import type { Rules } from "./model/limits.ts";
import { withMember } from "./model/masks.ts";
import { type Invitation, Member, type SideSince } from "./model/member.ts";
import { type MetadataRecord, metadataOf, recordOf } from "./model/metadata.ts";
import { LISTS, type ListName, type Rank, type UserMode } from "./model/modes.ts";
import { type ListEntry, Room } from "./model/room.ts";
import type { Session } from "./model/session.ts";
import { isLobby, openedRoom, type State } from "./model/state.ts";
import { apply } from "./rules/apply.ts";
import { sentTextOf } from "./rules/messages.ts";
import { keepEmptyRoom } from "./rules/room-persistence.ts";
import type {
  LocatedMessage,
  Marker,
  PresenceStore,
  RoomRecord,
  SequenceStore,
  StoredMessage,
  StoredRoomEvent,
  StoredSignal,
} from "./store.ts";

/**
 * The state of a node of a cluster, in rows (`PresenceStore`), so that a restarted node continues from the record of the
 * log after which it stopped, and a new one from another node's file. Everything is saved that a check reads and that is
 * in no other row: members with their sessions, open rooms, messages that are not stored, counted attempts.
 *
 * Before and after each event, the members and rooms that it may change are noted; `flush` saves those. What an act does
 * to several members or rooms, it does in the order of their making, not of a map: maps have another order after
 * `restore`.
 */

/** The saved point of a node in its log (`ActOrder.point`), read before its chat is made; `undefined` if there is none. */
export function savedPoint(store: PresenceStore): unknown {
  return metaOf(store, "point");
}

/** The rules of a cluster as of that point. */
export function savedRules(store: PresenceStore): Rules | undefined {
  return metaOf(store, "rules") as Rules | undefined;
}

function metaOf(store: PresenceStore, key: string): unknown {
  return store.presence("meta").find(([name]) => name === key)?.[1];
}

interface SessionRecord {
  readonly id: number;
  readonly fingerprint?: string | undefined;
  readonly details?: SessionDetails | undefined;
}

interface InvitationRecord {
  /** Absent if that room is gone: the invitation only counts towards their limit. */
  readonly room?: Folded | undefined;
  readonly byOperator: boolean;
  /** The keys of the bans that it lifts. */
  readonly lifted: readonly Folded[];
}

interface MembershipRecord {
  readonly room: Folded;
  readonly ranks: readonly Rank[];
  readonly joined: number;
  readonly announced: boolean;
  readonly lifted?: readonly Folded[] | undefined;
  readonly listening?: readonly number[] | undefined;
}

interface MemberRecord {
  readonly id: number;
  readonly who: Identity;
  readonly away: string;
  readonly metadata?: MetadataRecord | undefined;
  readonly userModes: readonly UserMode[];
  readonly operatesAs?: string | undefined;
  readonly sessions: readonly SessionRecord[];
  readonly resume?: string | undefined;
  /** A later member has entered with the same key. */
  readonly isReplaced?: boolean;
  readonly markers: readonly (readonly [target: Folded, marker: Marker])[];
  readonly rooms: readonly MembershipRecord[];
  readonly invitations: readonly InvitationRecord[];
  readonly since: number;
  readonly lastSpoke: number;
  readonly sides: readonly SideSince[];
  readonly heldUntil?: number | undefined;
}

interface RoomPresence {
  readonly record: RoomRecord;
  /** The masks that mean a member under any nick. */
  readonly follows: readonly (readonly [list: ListName, mask: Folded, member: number])[];
}

/** The part of a room that messages and joins change. */
interface RoomStateRecord {
  readonly renamedAt?: number | undefined;
  readonly leftBy?: AccountId | undefined;
  readonly hasMessages: boolean;
  readonly quota: number;
  readonly pending: readonly StoredRoomEvent[];
}

type UnstoredRecord = {
  readonly place: LocatedMessage["place"];
  readonly message: StoredMessage | StoredSignal;
  readonly tags?: readonly (readonly [string, string])[] | undefined;
};

const CLAIM = 100_000; // sequence numbers claimed at once: one small write for this many events

export class Presence {
  readonly #state: State;
  readonly #members = new Set<Member>();
  /** Rooms by key; of those in `#used`, only what messages change. */
  readonly #rooms = new Set<Folded>();
  readonly #used = new Set<Folded>();
  #hasNewRules = false;
  /** The first sequence number that a server on its own would take, if it went on with this database. */
  #claimed = 0;
  readonly #limiters: ReadonlyMap<string, AttemptLimiter>;

  constructor(state: State) {
    this.#state = state;
    const { invitations, metadataChanges, newRooms } = state;
    this.#limiters = new Map(Object.entries({ invitations, metadataChanges, newRooms }));
    for (const limiter of this.#limiters.values()) limiter.changed = new Set();
    state.ephemeral.changed = new Set();
  }

  /** Applies an event, and notes what it changes. */
  apply(event: ChatEvent): void {
    this.#note(event);
    apply(this.#state, event);
    this.#note(event);
  }

  /** Notes everything: nothing is saved yet. */
  noteAll(): void {
    this.#hasNewRules = true;
    for (const key of this.#state.rooms.keys()) this.#rooms.add(key);
  }

  /** Saves everything that has changed since the last call, and the node's point in its log. */
  flush(point: LogPoint): void {
    const { members, rooms, store, guests, rules, ephemeral } = this.#state;
    store.savePresence("meta", "point", point);
    if (point.seq > this.#claimed) this.#claimed = claimAbove(store, point.seq);
    store.savePresence("meta", "guests", guests);
    if (this.#hasNewRules) store.savePresence("meta", "rules", rules);
    this.#hasNewRules = false;
    for (const member of this.#members) {
      const isHere = members.get(fold(member.nick)) === member;
      store.savePresence("member", String(member.id), isHere ? memberRecord(this.#state, member) : undefined);
    }
    for (const key of this.#rooms) {
      const room = rooms.get(key);
      store.savePresence("room", key, room && roomPresence(room));
    }
    for (const key of new Set([...this.#rooms, ...this.#used])) {
      const room = rooms.get(key);
      store.savePresence("room-state", key, room && roomState(room));
    }
    for (const seq of ephemeral.changed ?? []) {
      const found = ephemeral.at(seq);
      store.savePresence("unstored", String(seq), found && unstoredRecord(found));
    }
    for (const [name, limiter] of this.#limiters) {
      for (const key of limiter.changed ?? []) {
        const times = limiter.timesOf(key);
        store.savePresence("attempts", `${name} ${key}`, times.length === 0 ? undefined : times);
      }
      limiter.changed?.clear();
    }
    for (const noted of [this.#members, this.#rooms, this.#used, ephemeral.changed]) noted?.clear();
  }

  /** Notes the members and rooms that an event changes, if it is applied; called before and after that. */
  #note(event: ChatEvent): void {
    switch (event.type) {
      case "said":
      case "signalled":
        if (event.inRoom) this.#used.add(fold(event.to));
        return;
      case "entered":
      case "away-set":
      case "realname-set":
      case "user-modes-changed":
      case "read-marked":
      case "detached":
      case "session-ended":
        return this.#noteMember(event.who);
      case "attached":
      case "separated":
        this.#noteMember(event.who);
        if (event.before) this.#noteMember(event.before);
        return;
      case "renamed":
        this.#noteMember({ nick: event.nick });
        return this.#noteMember(event.who, true);
      case "account-set":
      case "quit":
      case "expelled":
        return this.#noteMember(event.who, true);
      case "joined":
      case "appeared":
      case "left":
      case "kicked":
        this.#rooms.add(fold(event.room));
        return this.#noteMember(event.who);
      case "invited":
        this.#rooms.add(fold(event.room));
        return this.#noteMember(event);
      case "modes-changed":
        this.#rooms.add(fold(event.room));
        for (const change of event.changes) if ("nick" in change) this.#noteMember(change);
        return;
      case "topic-set":
      case "room-dropped":
        this.#rooms.add(fold(event.room));
        return;
      case "metadata-changed":
      case "metadata-cleared":
        if (event.inRoom) this.#rooms.add(fold(event.target));
        else this.#noteMember({ nick: event.target });
        return;
      case "configured":
        this.#hasNewRules = true;
        return;
      case "room-renamed":
        return this.#noteRenamed(fold(event.room), fold(event.to));
      case "account-removed":
        for (const [key, { ranks, invited }] of this.#state.rooms)
          if (ranks.has(event.account.id) || invited.has(event.account.id)) this.#rooms.add(key);
        return;
      case "forgotten":
        if (event.deletion.of === "place") this.#rooms.add(event.deletion.place);
        return;
      case "account-made":
      case "account-changed":
      case "key-linked":
      case "token-saved":
      case "token-removed":
      case "hook-set":
      case "nick-reclaimed":
      case "caught-up":
      case "rooms-restored":
      case "membership-ended":
      case "redacted":
      case "announced":
      case "banned":
      case "ban-lifted":
        return;
      default:
        event satisfies never;
    }
  }

  #noteMember({ nick }: { readonly nick: string }, withRooms = false): void {
    const member = this.#state.member(nick);
    if (!member) return;
    this.#members.add(member);
    if (withRooms) for (const { key } of member.rooms) this.#rooms.add(key);
  }

  /** The records of members name rooms by their keys. */
  #noteRenamed(...keys: readonly Folded[]): void {
    for (const key of keys) this.#rooms.add(key);
    for (const member of this.#state.members.values()) {
      const names = [...member.rooms, ...member.invitations.keys()].map(({ key }) => key);
      if (keys.some((key) => names.includes(key) || member.markers.has(key))) this.#members.add(member);
    }
  }

  /**
   * Fills an empty state from the rows, with a stand-in for each session, made by its id and its fingerprint. False if
   * there are no rows.
   */
  restore(standIn: (id: number, fingerprint: string | undefined) => Session): boolean {
    const state = this.#state;
    const { store } = state;
    const rules = savedRules(store);
    if (!rules) return false;
    state.rules = rules;
    state.guests = metaOf(store, "guests") as number;
    const states = new Map(store.presence("room-state") as readonly (readonly [string, RoomStateRecord])[]);
    const rooms = (store.presence("room") as readonly (readonly [Folded, RoomPresence])[]).map(
      ([key, { record, follows }]) => ({ room: roomOf(key, record, states.get(key)), follows }),
    );
    for (const { room } of rooms.sort((a, b) => byMaking(a.room, b.room))) {
      state.addRoom(room);
      if (room.keptFor !== undefined) keepEmptyRoom(state, room, room.keptFor);
    }
    const records = store.presence("member").map(([, record]) => record as MemberRecord);
    const members = new Map<number, Member>();
    for (const record of records.sort((a, b) => a.id - b.id))
      members.set(record.id, restoreMember(state, record, standIn));
    for (const { room, follows } of rooms)
      for (const [list, mask, id] of follows) follow(room.lists[list].get(mask), members.get(id));
    const joins = records.flatMap(({ id, rooms }) => rooms.map((membership) => ({ id, ...membership })));
    for (const join of joins.sort((a, b) => a.joined - b.joined)) restoreMembership(state, members.get(join.id), join);
    this.#restoreUnstored();
    this.#restoreAttempts();
    return true;
  }

  #restoreUnstored(): void {
    const { store, ephemeral } = this.#state;
    const records = store.presence("unstored").map(([, record]) => record as UnstoredRecord);
    for (const { place, message, tags } of records.sort((a, b) => a.message.seq - b.message.seq)) {
      const found = { place, message: { ...message, tags: tags && new Map(tags) } } as LocatedMessage;
      ephemeral.add(found, sentTextOf(found));
    }
    ephemeral.changed?.clear();
  }

  #restoreAttempts(): void {
    const rows = this.#state.store.presence("attempts") as readonly (readonly [string, readonly number[]])[];
    const last = (times: readonly number[]) => times.at(-1) ?? 0;
    for (const [name, times] of rows.toSorted(([, one], [, other]) => last(one) - last(other))) {
      const end = name.indexOf(" ");
      this.#limiters.get(name.slice(0, end))?.restore(name.slice(end + 1), times);
    }
  }
}

/** Claims sequence numbers that are used without a claim. Returns the first one that is free. */
function claimAbove(store: SequenceStore, seq: number): number {
  const free = Math.max(store.claim(0), seq + CLAIM);
  store.claim(free - store.claim(0));
  return free;
}

/** The lobby, then the other rooms in the order of their making. */
function byMaking(one: Room, other: Room): number {
  const lobbyFirst = Number(isLobby(other)) - Number(isLobby(one));
  return (
    lobbyFirst || (one.seq ?? 0) - (other.seq ?? 0) || one.created - other.created || (one.key < other.key ? -1 : 1)
  );
}

function memberRecord(state: State, member: Member): MemberRecord {
  const { id, who, away, metadata, userModes, operatesAs, resume, markers, since, lastSpoke, sides } = member;
  return {
    id,
    who,
    away,
    metadata: recordOf(metadata),
    userModes: [...userModes],
    operatesAs,
    sessions: Array.from(member.sessions, (session) => ({
      id: session.id,
      fingerprint: session.fingerprint,
      details: state.details.get(session),
    })),
    resume,
    ...(resume !== undefined && state.resumable.get(resume) !== member ? { isReplaced: true } : {}),
    markers: [...markers],
    rooms: Array.from(member.rooms, (room) => membershipRecord(room, member)),
    invitations: Array.from(member.invitations, ([room, { byOperator, lifted }]) => ({
      room: state.rooms.get(room.key) === room ? room.key : undefined,
      byOperator,
      lifted: keysOf(room, lifted),
    })),
    since,
    lastSpoke,
    sides,
    heldUntil: state.held.get(member),
  };
}

function membershipRecord(room: Room, member: Member): MembershipRecord {
  const membership = room.members.get(member);
  return {
    room: room.key,
    ranks: [...(membership?.ranks ?? [])],
    joined: membership?.joined ?? 0,
    announced: membership?.announced ?? true,
    lifted: membership?.lifted && keysOf(room, membership.lifted),
    listening: membership?.listening && [...membership.listening],
  };
}

/** The keys of those bans of a room that are still set. */
function keysOf({ lists: { ban } }: Room, lifted: ReadonlySet<ListEntry>): readonly Folded[] {
  if (lifted.size === 0) return [];
  return [...ban].flatMap(([key, entry]) => (lifted.has(entry) ? [key] : []));
}

function bansWith({ lists: { ban } }: Room, keys: readonly Folded[]): ReadonlySet<ListEntry> {
  return new Set(keys.flatMap((key) => ban.get(key) ?? []));
}

function restoreMember(
  state: State,
  record: MemberRecord,
  standIn: (id: number, fingerprint: string | undefined) => Session,
): Member {
  const member = new Member(record.id, record.who, record.since, record.lastSpoke);
  member.away = record.away;
  member.metadata = metadataOf(record.metadata);
  member.operatesAs = record.operatesAs;
  for (const userMode of record.userModes) {
    member.userModes.add(userMode);
    state.byUserMode[userMode].add(member);
  }
  for (const [target, marker] of record.markers) member.markers.set(target, marker);
  for (const { side, from } of record.sides.toReversed()) member.setSide(side, from);
  for (const { id, fingerprint, details } of record.sessions) {
    const session = standIn(id, fingerprint);
    session.member = member;
    member.sessions.add(session);
    if (details) state.details.set(session, details);
    state.trackMemberless(session);
  }
  member.resume = record.resume;
  if (record.resume !== undefined && !record.isReplaced) state.resumable.set(record.resume, member);
  for (const { room: key } of record.rooms) {
    const room = state.rooms.get(key);
    if (room) member.rooms.add(room);
  }
  for (const { room: key, byOperator, lifted } of record.invitations) {
    const room = (key === undefined ? undefined : state.rooms.get(key)) ?? closedRoom();
    member.invitations.set(room, { byOperator, lifted: bansWith(room, lifted) } satisfies Invitation);
  }
  state.addMember(member);
  if (record.heldUntil !== undefined) hold(state, member, record.heldUntil);
  return member;
}

/** A room that nobody can find: it stands for one that is gone. */
function closedRoom(): Room {
  return new Room(fold(""), openedRoom("", undefined, 0, 0));
}

function restoreMembership(
  state: State,
  member: Member | undefined,
  { room: key, ranks, joined, announced, lifted, listening }: MembershipRecord,
): void {
  const room = state.rooms.get(key);
  if (!room || !member) return;
  if (room.members.size === 0) state.inhabited++;
  room.members.set(member, {
    ranks: new Set(ranks),
    joined,
    announced,
    lifted: lifted && bansWith(room, lifted),
    listening: listening && new Set(listening),
  });
}

function roomPresence(room: Room): RoomPresence {
  const follows = LISTS.flatMap((list) =>
    [...room.lists[list]].flatMap(([key, { mask }]) =>
      mask.member === undefined ? [] : [[list, key, mask.member] as const],
    ),
  );
  return { record: room.record(), follows };
}

function roomState({ renamedAt, keptFor: leftBy, hasMessages, quota, pendingEvents }: Room): RoomStateRecord {
  return {
    renamedAt: renamedAt === Number.NEGATIVE_INFINITY ? undefined : renamedAt,
    leftBy,
    hasMessages,
    quota,
    pending: pendingEvents,
  };
}

function roomOf(key: Folded, record: RoomRecord, state: RoomStateRecord | undefined): Room {
  const room = new Room(key, record, state?.hasMessages);
  room.renamedAt = state?.renamedAt ?? Number.NEGATIVE_INFINITY;
  room.keptFor = state?.leftBy;
  room.quota = state?.quota ?? 0;
  room.pendingEvents.push(...(state?.pending ?? []));
  return room;
}

function follow(entry: ListEntry | undefined, member: Member | undefined): void {
  if (entry && member) entry.mask = withMember(entry.mask, member);
}

function unstoredRecord({ place, message }: LocatedMessage): UnstoredRecord {
  return { place, message, tags: message.tags && [...message.tags] };
}

import { type Folded, fold } from "../../text/fold.ts";
import { AttemptLimiter } from "../attempt-limiter.ts";
import type { LocatedMessage, Place, RoomRecord, Store } from "../store.ts";
import type { Account, AccountId, AccountRecord } from "./account.ts";
import type { ChatEvent, Identity, SessionDetails } from "./event.ts";
import { firstEndIn } from "./expiry.ts";
import type { ChatLimits, Rules } from "./limits.ts";
import type { AccountNamed, Mask, ServerBan } from "./masks.ts";
import { inOrder, type Member, SmallSet } from "./member.ts";
import { METADATA_WINDOW } from "./metadata.ts";
import { DEFAULT_FLAGS, type UserMode } from "./modes.ts";
import { Confusables, LOBBY } from "./names.ts";
import type { Room } from "./room.ts";
import type { Session } from "./session.ts";
import type { TokenOwner, TokenRecord } from "./token.ts";

const MINUTE = 60_000; // ms

/** A mask ban of the whole server, with its parsed mask. */
export interface MaskBan {
  readonly ban: ServerBan;
  readonly mask: Mask;
}

const NEW_ROOMS = 600_000; // ms in which new rooms are counted per address

/** The whole state of the chat. Checks read it; only `apply` changes it. */
export class State {
  readonly members = new Map<Folded, Member>();
  readonly rooms = new Map<Folded, Room>();
  /** Members and rooms by skeleton, to find confusable names. */
  readonly memberConfusables = new Confusables<Member>();
  readonly roomConfusables = new Confusables<Room>();
  readonly #byAccount = new Map<AccountId, SmallSet<Member>>();
  /** The number of rooms with a member. */
  inhabited = 0;
  /** The sessions that watch a nick (`Chat.watch`). */
  readonly watchers = new Map<Folded, Set<Session>>();
  /** The members with each user mode. */
  readonly byUserMode: Readonly<Record<UserMode, Set<Member>>> = {
    "accounts-only": new Set(),
    announcements: new Set(),
    bot: new Set(),
    invisible: new Set(),
    operator: new Set(),
  };
  /** The steady clock when the current act was submitted: durations are measured by it. */
  now = 0;
  /** The wall clock when the current act was submitted; milliseconds since 1970. */
  clock = 0;
  /** The details that sessions gave before they were attached to a member: a guest made by `separated` gets them back. */
  readonly details = new WeakMap<Session, SessionDetails>();
  /** Sessions by id: those with a member, and until the end of the tick those that acted without one. */
  readonly #sessions = new Map<number, Session>();
  readonly #memberless = new Set<Session>();
  /** Held members, whose last session was lost, and the time when each hold ends. */
  readonly held = new Map<Member, number>();
  /** Members that another session can be, by the hash of their key. */
  readonly resumable = new Map<string, Member>();
  /** The number of the latest `guest-` nick given. */
  guests = 0;
  readonly departures = new Departures();
  readonly ephemeral = new EphemeralMessages();
  /** The mask bans of the whole server, by folded mask. */
  readonly bans = new Map<Folded, MaskBan>();
  /** The bans of addresses and networks, by their text. */
  readonly addressBans = new Map<Folded, ServerBan>();
  /** A lower bound of the time when something expires (`expiry.ts`); infinity if nothing does. */
  nextEnd = Number.POSITIVE_INFINITY;
  /** Rooms with a mask that expires. */
  readonly timedRooms = new Set<Room>();
  /** The store could not write when the current act was submitted: messages are live only. */
  isDown = false;
  /** The sequence number of the next event, as of the start of the current act. */
  seq = 0;
  /** Replaced by a `configure` act. */
  rules: Rules;
  readonly store: Store;
  /**
   * The version of the semantics (`Semantics`): a check that decides otherwise from a version on asks for it. It is the
   * newest, but in a cluster the one that all its nodes know.
   */
  semantics: number;
  /** Counts invitations per minute, by sender and by recipient. */
  readonly invitations: AttemptLimiter;
  /** Changes of late that people have made to their own metadata. */
  readonly metadataChanges: AttemptLimiter;
  /** The outgoing webhooks of the rooms that have any. */
  readonly outgoingHooks = new Map<TokenOwner, readonly TokenRecord[]>();
  /** The number of empty rooms kept for each account. */
  readonly emptyRoomsKept = new Map<AccountId, number>();
  /** Counts new rooms by host: the cloak of an address. */
  readonly newRooms: AttemptLimiter;

  constructor(rules: Rules, store: Store, semantics: number) {
    this.rules = rules;
    this.store = store;
    this.semantics = semantics;
    this.invitations = new AttemptLimiter(
      () => this.limits.invitations,
      MINUTE,
      () => this.now,
    );
    this.metadataChanges = new AttemptLimiter(
      () => this.limits.metadataChanges,
      METADATA_WINDOW,
      () => this.now,
    );
    this.newRooms = new AttemptLimiter(
      () => this.limits.newRoomsPerAddress,
      NEW_ROOMS,
      () => this.now,
    );
  }

  get limits(): ChatLimits {
    return this.rules.limits;
  }

  /** Remembers that a session left a room by the event `seq`. */
  noteDeparture(session: Session, member: Member, room: Room, seq: number): void {
    this.departures.note(room, member.nick, this.originsOf(session, member), { seq, at: this.now });
  }

  /** The session is in the room again. */
  forgetDeparture(session: Session, member: Member, room: Room): void {
    this.departures.forget(room, member.nick, this.originsOf(session, member));
  }

  /** The sessions in each room that has stored messages. */
  *attendance(): Iterable<Attendance> {
    for (const member of this.members.values())
      for (const room of member.rooms)
        if (room.hasMessages)
          for (const session of room.sessionsOf(member)) yield [room, member.nick, this.originsOf(session, member)];
  }

  originsOf(session: Session, { who }: Member): Origins {
    return this.details.get(session) ?? who;
  }

  /** The session that caused an event; `undefined` if it was the server, or the session is gone. */
  originOf({ origin }: Pick<ChatEvent, "origin">): Session | undefined {
    return origin === undefined ? undefined : this.#sessions.get(origin);
  }

  /** Registers a session that acts before it has a member, so that `originOf` finds it. */
  trackMemberless(session: Session): void {
    this.#sessions.set(session.id, session);
    this.#memberless.add(session);
  }

  /** Takes a session from its member; it stays known until the end of the tick. */
  release(session: Session): void {
    session.member = undefined;
    this.details.delete(session);
    this.#memberless.add(session);
  }

  /** Forgets the sessions without a member, at the end of the tick. */
  forgetMemberless(): void {
    for (const session of this.#memberless)
      if (!session.member && this.#sessions.get(session.id) === session) this.#sessions.delete(session.id);
    this.#memberless.clear();
  }

  // Most names are folded already: looking them up first saves folding them.
  member(nick: string): Member | undefined {
    return this.members.get(nick as Folded) ?? this.members.get(fold(nick));
  }

  /** Members that are logged in to an account, in the order in which they were made. */
  membersOf({ id }: Account): readonly Member[] {
    return inOrder(this.#byAccount.get(id) ?? []);
  }

  /** Logs a present member in, or out. */
  logIn(member: Member, account: Account | undefined): void {
    this.#leaveAccount(member);
    member.who = { ...member.who, account };
    this.#joinAccount(member);
  }

  #joinAccount(member: Member): void {
    const { account } = member.who;
    if (!account) return;
    const members = this.#byAccount.get(account.id) ?? new SmallSet();
    this.#byAccount.set(account.id, members);
    members.add(member);
  }

  #leaveAccount(member: Member): void {
    const { account } = member.who;
    const members = account && this.#byAccount.get(account.id);
    members?.delete(member);
    if (account && members?.size === 0) this.#byAccount.delete(account.id);
  }

  addMember(member: Member): void {
    this.#joinAccount(member);
    this.members.set(fold(member.nick), member);
    this.memberConfusables.add(member.nick, member);
  }

  removeMember(member: Member): void {
    this.#leaveAccount(member);
    this.members.delete(fold(member.nick));
    this.memberConfusables.remove(member.nick, member);
  }

  addRoom(room: Room): void {
    this.rooms.set(room.key, room);
    room.nextEnd = firstEndIn(room);
    if (room.nextEnd < Number.POSITIVE_INFINITY) this.timedRooms.add(room);
    this.roomConfusables.add(room.name, room);
  }

  removeRoom(room: Room): void {
    this.rooms.delete(room.key);
    this.timedRooms.delete(room);
    this.roomConfusables.remove(room.name, room);
  }

  /** Renames a room; it keeps its position in the order of rooms. */
  renameRoom(room: Room, name: string): void {
    this.roomConfusables.remove(room.name, room);
    const rooms = [...this.rooms.values()];
    room.name = name;
    room.key = fold(name);
    this.rooms.clear();
    for (const each of rooms) this.rooms.set(each.key, each);
    this.roomConfusables.add(name, room);
  }

  room(name: string): Room | undefined {
    return this.rooms.get(name as Folded) ?? this.rooms.get(fold(name));
  }

  /** The first ban of the whole server that matches. */
  banOn(who: Identity): ServerBan | undefined {
    for (const { ban, mask } of this.bans.values()) if (mask.matches(who)) return ban;
    return undefined;
  }

  /** The room, if it is not secret, or `member` is in it or a server operator. */
  roomFor(member: Member | undefined, name: string): Room | undefined {
    const room = this.room(name);
    if (!room?.isSecret) return room;
    return member && (room.members.has(member) || member.userModes.has("operator")) ? room : undefined;
  }
}

/** The record of a room made at `time`; `known` is what the store kept of an earlier room of this name. */
export function openedRoom(name: string, known: RoomRecord | undefined, time: number, seq: number): RoomRecord {
  const visibleFrom = known === undefined ? 0 : known.wasPrivate ? seq : known.visibleFrom;
  return {
    name,
    seq,
    created: time,
    visibleFrom,
    topic: undefined,
    password: undefined,
    limit: undefined,
    // Earlier messages are kept no longer than promised.
    keeps: known?.keeps,
    wasPrivate: false,
    flags: DEFAULT_FLAGS,
    lists: { ban: [], exception: [], invitation: [] },
  };
}

/** Looks up the account that has a name now. */
export function accountNamed({ store }: Pick<State, "store">): AccountNamed {
  return (name) => store.loadAccount(name)?.id;
}

/** The stored account of a member. */
export function accountOf({ store }: Pick<State, "store">, member: Member | undefined): AccountRecord | undefined {
  const account = member?.who.account;
  return account && store.account(account.id);
}

/** Whether it is the lobby, which server operators moderate. */
export function isLobby(room: Room): boolean {
  return room.key === fold(LOBBY);
}

/** Whether the room may outlive its last member. */
export function isLasting(room: Room): boolean {
  return isLobby(room) || room.hasLastingOperator;
}

const DAY = 86_400_000; // ms: the age at which a departure is forgotten
const MOST_DEPARTURES = 10_000; // departures; beyond that the oldest are forgotten

/** A session's user name and host: with the nick, they identify a returning session. */
type Origins = Pick<Identity, "user" | "host">;

interface Departure {
  /** The sequence number of the event by which the session left. */
  readonly seq: number;
  /** On the steady clock. */
  readonly at: number;
}

/** A session in a room. */
type Attendance = readonly [room: Room, nick: string, origins: Origins];

/** A stored departure: its key, the sequence number of its event, its age in milliseconds. */
export type DepartureRecord = readonly [key: string, seq: number, age: number];

/**
 * Remembers which sessions left which room within a day, by nick, user name and host, so that a returning session is
 * replayed only the messages since its departure.
 */
export class Departures {
  /** The oldest first. */
  readonly #left = new Map<string, Departure>();

  note(room: Room, nick: string, origins: Origins, { seq, at }: Departure): void {
    this.#keep(departureKey(room, nick, origins), { seq, at });
  }

  /** The sequence number of the departure; 0 if none within a day is known. */
  since(room: Room, nick: string, origins: Origins, now: number): number {
    const left = this.#left.get(departureKey(room, nick, origins));
    return left && now - left.at < DAY ? left.seq : 0;
  }

  /** The session is in the room again. */
  forget(room: Room, nick: string, origins: Origins): void {
    this.#left.delete(departureKey(room, nick, origins));
  }

  /** The room's key has changed. */
  rename(from: Room["key"], to: Room["key"]): void {
    const departures = [...this.#left];
    this.#left.clear();
    for (const [key, departure] of departures)
      this.#left.set(key.startsWith(`${from} `) ? to + key.slice(from.length) : key, departure);
  }

  /** The records to store: the departures, and one for each present session, as if it left now by the event `seq`. */
  records(now: number, present: Iterable<Attendance>, seq: number): readonly DepartureRecord[] {
    const left = Array.from(
      this.#left,
      ([key, departure]): DepartureRecord => [key, departure.seq, now - departure.at],
    );
    for (const [room, nick, origins] of present) left.push([departureKey(room, nick, origins), seq, 0]);
    return left.slice(-MOST_DEPARTURES);
  }

  /** Restores records that were stored `ago` milliseconds ago. */
  restore(records: readonly DepartureRecord[], now: number, ago: number): void {
    for (const [key, seq, age] of records) this.#keep(key, { seq, at: now - age - ago });
  }

  #keep(key: string, departure: Departure): void {
    this.#left.delete(key);
    this.#left.set(key, departure);
    for (const [oldest, { at }] of this.#left) {
      if (this.#left.size <= MOST_DEPARTURES && departure.at - at < DAY) return;
      this.#left.delete(oldest);
    }
  }
}

function departureKey(room: Room, nick: string, { user, host }: Origins): string {
  return `${room.key} ${fold(nick)}!${user}@${host}`;
}

const MOST_EPHEMERAL = 2000; // messages in memory, the oldest of which is forgotten for the next

interface EphemeralEntry {
  readonly found: LocatedMessage;
  /** The text of its `SentKey`; `undefined` if its sender gave it no id. */
  readonly key: string | undefined;
}

/** Recent messages that are not stored, by sequence number and by their sender's id; oldest first. */
export class EphemeralMessages {
  readonly #bySeq = new Map<number, EphemeralEntry>();
  readonly #seqs = new Map<string, number>();
  /** The sequence numbers of entries that were added, changed or forgotten; collected only if it is set. */
  changed: Set<number> | undefined;

  get size(): number {
    return this.#bySeq.size;
  }

  at(seq: number): LocatedMessage | undefined {
    return this.#bySeq.get(seq)?.found;
  }

  sent(key: string): LocatedMessage | undefined {
    const seq = this.#seqs.get(key);
    return seq === undefined ? undefined : this.at(seq);
  }

  add(found: LocatedMessage, key: string | undefined): void {
    this.#set(found, key);
    for (const oldest of this.#bySeq.keys()) {
      if (this.#bySeq.size <= MOST_EPHEMERAL) return;
      this.forget(oldest);
    }
  }

  forget(seq: number): void {
    const entry = this.#bySeq.get(seq);
    if (!entry) return;
    this.#bySeq.delete(seq);
    if (entry.key !== undefined) this.#seqs.delete(entry.key);
    this.changed?.add(seq);
  }

  /** Replaces the messages of a place; they keep their age. */
  replace(
    place: Place,
    by: (found: LocatedMessage) => { readonly found: LocatedMessage; readonly key: string | undefined },
  ): void {
    for (const entry of this.#bySeq.values()) {
      if (entry.found.place !== place) continue;
      if (entry.key !== undefined) this.#seqs.delete(entry.key);
      const { found, key } = by(entry.found);
      this.#set(found, key);
    }
  }

  #set(found: LocatedMessage, key: string | undefined): void {
    const { seq } = found.message;
    this.#bySeq.set(seq, { found, key });
    if (key !== undefined) this.#seqs.set(key, seq);
    this.changed?.add(seq);
  }

  [Symbol.iterator](): Iterator<LocatedMessage> {
    return this.#bySeq
      .values()
      .map(({ found }) => found)
      [Symbol.iterator]();
  }
}

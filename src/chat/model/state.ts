import { type Folded, fold } from "../../text/fold.ts";
import { AttemptLimiter } from "../attempt-limiter.ts";
import type { LocatedMessage, RoomRecord, Store } from "../store.ts";
import type { Account, AccountId } from "./account.ts";
import { type Attendance, Departures, type Origins } from "./departures.ts";
import type { ChatEvent, Identity, SessionDetails } from "./event.ts";
import { firstEndIn } from "./expiry.ts";
import type { ChatLimits, Rules } from "./limits.ts";
import type { AccountNamed, Mask, ServerBan } from "./masks.ts";
import { type Member, SmallSet } from "./member.ts";
import { METADATA_WINDOW } from "./metadata.ts";
import { DEFAULT_FLAGS, type UserMode } from "./modes.ts";
import { Confusables, LOBBY } from "./names.ts";
import type { Room } from "./room.ts";
import type { Session } from "./session.ts";

const MINUTE = 60_000; // ms

/** A ban of the server's, and whom it means. */
export interface MaskBan {
  readonly ban: ServerBan;
  readonly mask: Mask;
}

const NEW_ROOMS = 600_000; // ms in which the rooms that are opened from one address are counted

/** Who and what is in the chat. Checks read it; only `apply` changes it. */
export class State {
  readonly members = new Map<Folded, Member>();
  readonly rooms = new Map<Folded, Room>();
  /** The same, by what they look like. */
  readonly memberConfusables = new Confusables<Member>();
  readonly roomConfusables = new Confusables<Room>();
  readonly #byAccount = new Map<AccountId, SmallSet<Member>>();
  /** Rooms that somebody is in. */
  inhabited = 0;
  /** Who is to be told when a nick comes or goes. */
  readonly watchers = new Map<Folded, Set<Session>>();
  /** Everyone who has a user mode. */
  readonly byUserMode: Readonly<Record<UserMode, Set<Member>>> = {
    "accounts-only": new Set(),
    announcements: new Set(),
    bot: new Set(),
    invisible: new Set(),
    operator: new Set(),
  };
  /** The steady clock, as of what is happening: durations are measured by it. */
  now = 0;
  /** The details that sessions gave before they joined a member: they get them back when they are separated. */
  readonly details = new WeakMap<Session, SessionDetails>();
  /** By their numbers: those of members, and until the end of the turn those that have acted in it without one. */
  readonly #sessions = new Map<number, Session>();
  readonly #memberless = new Set<Session>();
  /** Members without a session, and until when they are waited for. */
  readonly held = new Map<Member, number>();
  /** The number of the latest guest who named no nick. */
  guests = 0;
  readonly departures = new Departures();
  /** Messages that are not kept: by their place in the order, and by place and their senders' names for them. */
  readonly ephemeral = new Map<string, LocatedMessage>();
  /** Whom the whole server keeps out, by folded mask. */
  readonly bans = new Map<Folded, MaskBan>();
  /** The addresses and networks that it keeps out, by how they are written. */
  readonly addressBans = new Map<Folded, ServerBan>();
  /** Not later than this something ends by itself (`expiry.ts`); a time, or infinity. */
  nextEnd = Number.POSITIVE_INFINITY;
  /** Rooms with a mask that ends by itself. */
  readonly timedRooms = new Set<Room>();
  /** Nothing could be stored when the present act came: what is said is live only. */
  isDown = false;
  /** The number in the order of what comes next. */
  seq = 0;
  /** What the operator has decided; an act sets it. */
  rules: Rules;
  readonly store: Store;
  /** Invitations of late, by who sent them and by who was sent them. */
  readonly invitations: AttemptLimiter;
  /** Changes of late that people have made to their own metadata. */
  readonly metadataChanges: AttemptLimiter;
  /** How many rooms an account has left behind. */
  readonly roomsLeft = new Map<AccountId, number>();
  /** Counts the rooms that are opened, by the host: an address, as others see it. */
  readonly newRooms: AttemptLimiter;

  constructor(rules: Rules, store: Store) {
    this.rules = rules;
    this.store = store;
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

  /** A session of a member leaves a room by an event, or is there again. */
  noteLeft(session: Session, member: Member, room: Room, seq: number): void {
    this.departures.note(room, member.nick, this.originsOf(session, member), { seq, at: this.now });
  }

  noteThere(session: Session, member: Member, room: Room): void {
    this.departures.forget(room, member.nick, this.originsOf(session, member));
  }

  /** Which sessions are in rooms in which something was said. */
  *attendance(): Iterable<Attendance> {
    for (const member of this.members.values())
      for (const room of member.rooms)
        if (room.hasMessages)
          for (const session of member.sessions) yield [room, member.nick, this.originsOf(session, member)];
  }

  originsOf(session: Session, { who }: Member): Origins {
    return this.details.get(session) ?? who;
  }

  /** The session that caused an event; `undefined` if none of those here did. */
  originOf({ origin }: Pick<ChatEvent, "origin">): Session | undefined {
    return origin === undefined ? undefined : this.#sessions.get(origin);
  }

  /** Registers a session that acts before it has a member, so that `originOf` finds it. */
  trackMemberless(session: Session): void {
    this.#sessions.set(session.id, session);
    this.#memberless.add(session);
  }

  /** A session is nobody's any more. */
  release(session: Session): void {
    session.member = undefined;
    this.#memberless.add(session);
  }

  /** The turn is over: sessions that are nobody's are known no longer. */
  forgetMemberless(): void {
    for (const session of this.#memberless)
      if (!session.member && this.#sessions.get(session.id) === session) this.#sessions.delete(session.id);
    this.#memberless.clear();
  }

  // A name that is a key is folded: most are, and need no folding.
  member(nick: string): Member | undefined {
    return this.members.get(nick as Folded) ?? this.members.get(fold(nick));
  }

  /** Members that are logged in to an account. */
  membersOf({ id }: Account): readonly Member[] {
    return [...(this.#byAccount.get(id) ?? [])];
  }

  /** Logs someone in who is here, or out. */
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

  /** Gives a room another name; it stays where it is among the rooms. */
  renameRoom(room: Room, name: string): void {
    this.roomConfusables.remove(room.name, room);
    const all = [...this.rooms.values()];
    room.name = name;
    room.key = fold(name);
    this.rooms.clear();
    for (const one of all) this.rooms.set(one.key, one);
    this.roomConfusables.add(name, room);
  }

  room(name: string): Room | undefined {
    return this.rooms.get(name as Folded) ?? this.rooms.get(fold(name));
  }

  /** What keeps this one out of the whole server. */
  banOn(who: Identity): ServerBan | undefined {
    for (const { ban, mask } of this.bans.values()) if (mask.matches(who)) return ban;
    return undefined;
  }

  /** The room, if this one may know that it is there: in it, an operator of the server, or the room is no secret. */
  roomFor(member: Member | undefined, name: string): Room | undefined {
    const room = this.room(name);
    if (!room?.isSecret) return room;
    return member && (room.members.has(member) || member.userModes.has("operator")) ? room : undefined;
  }
}

/** What a room is like that is opened at `time`, given what is known of it from before. */
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
    wasPrivate: false,
    flags: DEFAULT_FLAGS,
    lists: { ban: [], exception: [], invitation: [] },
  };
}

/** Answers which account has a name at present. */
export function accountNamed({ store }: Pick<State, "store">): AccountNamed {
  return (name) => store.loadAccount(name)?.id;
}

/** Whether it is the room that belongs to the server's operators. */
export function isLobby(room: Room): boolean {
  return room.key === fold(LOBBY);
}

/** Whether the room stays when its last member leaves. */
export function isLasting(room: Room): boolean {
  return isLobby(room) || room.hasLastingOperator;
}

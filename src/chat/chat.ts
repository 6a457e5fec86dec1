/**
 * The chat: who is here, which rooms there are, what is said. It knows nothing of bytes, sockets, IRC or a clock.
 */

import { type Folded, fold } from "../text/fold.ts";
import {
  findTargets,
  type HistoryEntry,
  type HistoryOptions,
  type HistoryQuery,
  type RecentSpan,
  readBriefly,
  readHistory,
  sayingIn,
  type Target,
  type TargetsQuery,
} from "./history.ts";
import type { Account } from "./model/account.ts";
import type { Act, ServerAct } from "./model/act.ts";
import { type ChatEvent, type EventOf, type NewEvent, SERVER } from "./model/event.ts";
import { type ClockReading, endsBy, nextEndOf, serverBansOf, shiftEnds, shiftOf } from "./model/expiry.ts";
import type { ChatLimits, Rules } from "./model/limits.ts";
import type { ServerBan } from "./model/masks.ts";
import type { Member } from "./model/member.ts";
import type { UserMode } from "./model/modes.ts";
import type { AccountRefusal, Refusal } from "./model/refusal.ts";
import type { Room } from "./model/room.ts";
import type { ActOutcome, Session } from "./model/session.ts";
import { State } from "./model/state.ts";
import { ignoredBy, registrationBar } from "./rules/account-changes.ts";
import { apply } from "./rules/apply.ts";
import { restoreBans } from "./rules/bans.ts";
import { check, checkServerAct } from "./rules/check.ts";
import { type MetadataView, metadataFor } from "./rules/metadata.ts";
import { nickRefusal } from "./rules/people.ts";
import { markerOf } from "./rules/read-markers.ts";
import { forgetEmptyHistories, openLobby, restoreRooms } from "./rules/room-persistence.ts";
import { type SearchRequest, type SearchResult, searchHistory } from "./search.ts";
import type { HistorySpan, Place, Store, StoredMessage } from "./store.ts";
import { Timestamps } from "./timestamps.ts";
import { hiddenFrom, readAround } from "./visibility.ts";

/** What a chat is made from. */
export interface ChatSetup {
  readonly store: Store;
  /** The rules at the start. */
  readonly rules: Rules;
  /** Milliseconds since 1970; it may be set, forward and back. */
  readonly clock: () => number;
  /** The same at the start, but only goes on: durations are measured by it. By default the clock, for one that is never set. */
  readonly steady?: () => number;
  /** Told when the clock was set back by so much that time goes back with it; milliseconds. */
  readonly steppedBack?: (by: number) => void;
}

/** The circumstances in which an act came: they are the act's, so all that comes of it depends on it alone. */
interface Circumstances extends ClockReading {
  /** Nothing could be stored. */
  readonly isDown: boolean;
}

/** An act of a session that waits for its turn. */
interface Submitted extends Circumstances {
  readonly session: Session;
  readonly act: Act;
  readonly then: ((outcome: ActOutcome) => void) | undefined;
  readonly refused: ((refusal: Refusal) => void) | undefined;
}

/** The server's own act that waits for its turn. */
interface Ordered extends Circumstances {
  readonly session: undefined;
  readonly act: ServerAct;
}

const NO_REFUSALS: readonly Refusal[] = [];

const CLOCK_SET = 1000; // ms by which the two clocks go apart when one was set
const CLOCKS_KEPT = 600_000; // ms between two times that the clocks are stored
const DEPARTURE_KEPT = 2; // ms between two times that departures are stored, for each of them: that takes a thousandth
const CLAIM = 100_000; // numbers of the order claimed from the store at once: one small write every so many events

/**
 * The core: `submit` an act, and it is checked, becomes an event or a refusal, and reaches whom it concerns.
 *
 * Acts are carried out one after the other; one that is submitted while another is carried out waits for it.
 */
export class Chat {
  readonly #state: State;
  readonly #clock: () => number;
  readonly #steady: () => number;
  readonly #timestamps: Timestamps;
  readonly #waiting: (Submitted | Ordered)[] = [];
  readonly #observers: ((event: ChatEvent) => void)[] = [];
  readonly #refusalObservers: ((refusal: Refusal) => void)[] = [];
  #busy = false;
  /** The clock's time when the current act came: the core reads no clock in between. */
  #now = 0;
  #seq = 0;
  #claimed = 0;
  /** The readings of the clocks that were stored last. */
  #kept: ClockReading = { clock: 0, steady: 0 };
  /** When departures were stored last: the last event then, on the steady clock, and how many they were. */
  #keptDepartures = { seq: 0, at: 0, count: 0 };

  constructor({ store, rules, clock, steady = clock, steppedBack = () => {} }: ChatSetup) {
    this.#state = new State(rules, store);
    this.#clock = clock;
    this.#steady = steady;
    this.#timestamps = new Timestamps({
      last: store.lastTime,
      steppedBack: (by) => {
        store.markClockStep(this.#seq);
        steppedBack(by);
      },
    });
    const now = this.#read();
    this.#resumeEnds(now);
    this.#resumeDepartures(now);
    openLobby(this.#state, now.clock);
    restoreRooms(this.#state);
    restoreBans(this.#state);
    this.#state.nextEnd = nextEndOf(this.#state, now.steady);
    store.commit();
  }

  get limits(): ChatLimits {
    return this.#state.limits;
  }

  get members(): Iterable<Member> & { readonly size: number } {
    return { size: this.#state.members.size, [Symbol.iterator]: () => this.#state.members.values() };
  }

  /** The rooms there are; `inhabited` is how many of them somebody is in. */
  get rooms(): Iterable<Room> & { readonly size: number; readonly inhabited: number } {
    const { rooms, inhabited } = this.#state;
    return { size: rooms.size, inhabited, [Symbol.iterator]: () => rooms.values() };
  }

  /** Whom the whole server keeps out. */
  get bans(): readonly ServerBan[] {
    return [...serverBansOf(this.#state)];
  }

  /** The ban of an address or a network, as it is written. */
  addressBan(network: string): ServerBan | undefined {
    return this.#state.addressBans.get(fold(network));
  }

  member(nick: string): Member | undefined {
    return this.#state.member(nick);
  }

  /** Everyone who is logged in to the account of this one, who is alone as a guest. */
  membersOf(member: Member): readonly Member[] {
    const { account } = member.who;
    return account ? this.#state.membersOf(account) : [member];
  }

  /** Whether somebody else than this one has the nick, or one that looks like it. */
  isHeld(nick: string, by: Member | undefined): boolean {
    return this.#state.memberConfusables.of(nick).some((other) => other !== by);
  }

  /** Why a newcomer of an account, or of none, cannot have a nick that is well made. */
  nickRefusal(nick: string, account: Account | undefined): Refusal | undefined {
    return nickRefusal(this.#state, nick, undefined, account);
  }

  room(name: string): Room | undefined {
    return this.#state.room(name);
  }

  /** Everyone who has a user mode. */
  withUserMode(userMode: UserMode): ReadonlySet<Member> {
    return this.#state.byUserMode[userMode];
  }

  /** The room, if this one may know that it is there. */
  roomFor(member: Member | undefined, name: string): Room | undefined {
    return this.#state.roomFor(member, name);
  }

  /**
   * Carries out what a session wants, now or later; what comes of it reaches the session by `tell`, and by `refused` in
   * place of its `refuse`, if that is given. Once all of that is told, `then` is called.
   */
  submit(session: Session, act: Act, then?: (outcome: ActOutcome) => void, refused?: (refusal: Refusal) => void): void {
    // Logouts are of those who came before: with a new password one may be here sooner than they are looked for.
    if ((act.type === "enter" || act.type === "identify") && act.account) this.enforceLogouts();
    const { store } = this.#state;
    const [clock, steady] = [this.#clock(), this.#steady()];
    this.#waiting.push({ session, act, then, refused, clock, steady, isDown: store.isDown });
    if (!this.#busy) this.#inTurn(undefined);
  }

  /** Carries out an act of the server itself, now or later. */
  administer(act: ServerAct): void {
    this.#waiting.push({ session: undefined, act, ...this.#read() });
    if (!this.#busy) this.#inTurn(undefined);
  }

  /** The latest of what was said in a room, oldest first (`brief`: see `readBriefly`); nothing for one not in it. */
  recentMessages(member: Member | undefined, room: Room, { brief, ...span }: RecentSpan): readonly StoredMessage[] {
    if (!this.#state.rules.showsHistory || !member || !room.members.has(member)) return [];
    const hidden = hiddenFrom(member, room);
    const { store } = this.#state;
    const history = (place: Place, some: HistorySpan) => readAround(hidden, some, (part) => store.history(place, part));
    const within = { ...span, from: span.from ?? 0 };
    const found = brief ? readBriefly({ history }, room.key, within) : history(room.key, within);
    return found.map((event) => sayingIn(room, event));
  }

  /**
   * The number from which on a session that is shown a room has not seen what was said there: that of the event by which
   * it left, if one of this nick, user name and host did so within a day; else 0. Asked while it is told that it joined.
   */
  unseenFrom(session: Session, room: Room): number {
    const { member } = session;
    const { departures, now } = this.#state;
    return member ? departures.since(room, member.nick, this.#state.originsOf(session, member), now) : 0;
  }

  /**
   * Ends a turn: makes safe what happened in it. Sessions that said something which could not be stored are told;
   * false if there are any.
   */
  commit(): boolean {
    const lost = this.#state.store.commit();
    for (const origin of new Set(lost.map((event) => event.origin))) this.#state.originOf({ origin })?.unstored();
    this.#state.forgetMemberless();
    return lost.length === 0;
  }

  /**
   * Stores who is where, if anything has happened since: whoever comes back after a crash is shown what they may not
   * have seen, and no more. Called about once a second; with many of them, it does so less often.
   */
  keepDepartures(): void {
    const { seq, at, count } = this.#keptDepartures;
    if (seq === this.#seq) return;
    const now = this.#read();
    if (now.steady - at > count * DEPARTURE_KEPT) this.#saveDepartures(now);
  }

  /** Stores what else is only known while it runs. Called once all sessions are over. */
  close(): void {
    const now = this.#read();
    this.#saveDepartures(now);
    this.#saveClocks(now);
    this.#state.store.commit();
  }

  /** Reads the past of a room or of a conversation, as it is drawn (see `readHistory`); `undefined` for one who may not, and where there is none. */
  readHistory(
    member: Member | undefined,
    target: string,
    query: HistoryQuery,
    options: HistoryOptions,
  ): Iterable<HistoryEntry> | undefined {
    const past = readHistory(this.#state, member, target, query, options);
    return past && !this.#state.rules.showsHistory ? [] : past;
  }

  /** Looks for something in all that this one may read; the latest first. */
  search(member: Member, request: SearchRequest): Promise<SearchResult> {
    if (!this.#state.rules.showsHistory) return Promise.resolve({ messages: [], isComplete: true });
    return searchHistory(this.#state, member, request);
  }

  /** The rooms and conversations in which something was said between two times (see `findTargets`). */
  targets(member: Member, query: TargetsQuery): readonly Target[] {
    return this.#state.rules.showsHistory ? findTargets(this.#state, member, query) : [];
  }

  /** How far this one has read a target, as a time; 0 if that is not known. */
  marker(member: Member, target: string): number {
    return markerOf(this.#state, member, target)?.time ?? 0;
  }

  /** The nicks that someone's account ignores. */
  ignoredBy(member: Member): readonly Folded[] {
    return ignoredBy(this.#state, member);
  }

  /** The metadata of a member or a room (`undefined` means the viewer), or why this viewer may not see it. */
  metadata(viewer: Member, target?: string): MetadataView | Refusal {
    return metadataFor(this.#state, viewer, target);
  }

  /** The number in the order that a name of an event stands for; `undefined` if it is none of ours. */
  seqOf(msgid: string): number | undefined {
    return this.#state.store.seqOf(msgid);
  }

  /** How often something of the past could not be read. */
  get faults(): number {
    return this.#state.store.faults;
  }

  /** Whether what is said can be stored at present. */
  get isStoring(): boolean {
    return !this.#state.store.isDown;
  }

  /** Tells everyone who is here, or the server's operators, something of this server itself: it is no event. */
  notifyAll(text: string, to: "everyone" | "operators" = "everyone"): void {
    for (const { sessions } of to === "operators" ? this.#state.byUserMode.operator : this.members)
      for (const session of sessions) session.notify(text);
  }

  /** Ends what is over: bans, and the waiting for those who were lost and have not come back. Called every few seconds. */
  housekeep(): void {
    this.#inTurn((now) => {
      forgetEmptyHistories(this.#state);
      this.#keepClocks(now);
    });
  }

  /** Logs out whoever is to be, by order of another program (`Store.takeLogouts`). Called about once a second. */
  enforceLogouts(): void {
    for (const logout of this.#state.store.takeLogouts()) this.administer({ type: "log-out", ...logout });
  }

  /** Why there could be no account of this name now: worth to know before its password is hashed. */
  registrationBar(by: Member | undefined, name: string): AccountRefusal | undefined {
    return registrationBar(this.#state, by, name);
  }

  /** From now on the session is told when this nick comes or goes. */
  watch(session: Session, nick: string): void {
    const key = fold(nick);
    const watchers = this.#state.watchers.get(key);
    if (watchers) watchers.add(session);
    else this.#state.watchers.set(key, new Set([session]));
  }

  unwatch(session: Session, nick: string): void {
    const key = fold(nick);
    const watchers = this.#state.watchers.get(key);
    watchers?.delete(session);
    if (watchers?.size === 0) this.#state.watchers.delete(key);
  }

  /** Shows every event to a bystander: the server's own output, its counters. */
  observe(observer: (event: ChatEvent) => void): void {
    this.#observers.push(observer);
  }

  /** Shows every refusal to a bystander. */
  observeRefusals(observer: (refusal: Refusal) => void): void {
    this.#refusalObservers.push(observer);
  }

  /** Does the server's own work, if there is any, and then what was submitted meanwhile. */
  #inTurn(work: ((now: Circumstances) => void) | undefined): void {
    this.#busy = true;
    try {
      if (work) {
        const now = this.#read();
        this.#goOnTo(now);
        work(now);
      }
      for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) {
        this.#goOnTo(next);
        this.#carryOut(next);
      }
    } finally {
      this.#busy = false;
    }
  }

  #read(): Circumstances {
    return { clock: this.#clock(), steady: this.#steady(), isDown: this.#state.store.isDown };
  }

  /**
   * It is this late now. Nothing that is over by then has any effect on what comes next, whenever that comes; so neither
   * a ban nor the wait for someone who was lost needs a clock of its own.
   */
  #goOnTo({ clock, steady, isDown }: Circumstances): void {
    const state = this.#state;
    this.#now = clock;
    state.isDown = isDown;
    state.now = Math.max(state.now, steady);
    if (state.now < state.nextEnd) return;
    for (const end of endsBy(state, state.now)) this.#happen(end, SERVER);
    state.nextEnd = nextEndOf(state, state.now);
  }

  #carryOut(next: Submitted | Ordered): void {
    this.#state.seq = this.#seq;
    if (next.session) return this.#carryOutOf(next);
    for (const event of checkServerAct(this.#state, next.act).events ?? []) this.#happen(event, SERVER);
  }

  #carryOutOf({ session, act, then, refused }: Submitted): void {
    if (!session.member) this.#state.meet(session);
    const { events, again, refusals } = check(this.#state, session, act);
    let outcome: ActOutcome = again ? "happened" : refusals && refusals.length > 0 ? "refused" : "nothing";
    if (events) {
      for (const event of events) this.#happen(event, session.id);
      outcome = "happened";
    }
    if (again) session.tell({ ...again, origin: session.id });
    for (const refusal of refusals ?? NO_REFUSALS) {
      if (refused) refused(refusal);
      else session.refuse(refusal, act);
      for (const observer of this.#refusalObservers) observer(refusal);
    }
    then?.(outcome);
  }

  /** Gives an event its place in the order, and applies it. It is of the session that asked, unless it says otherwise. */
  #happen(newEvent: NewEvent, asker: number): ChatEvent {
    if (this.#seq >= this.#claimed) {
      this.#seq = this.#state.store.claim(CLAIM);
      this.#claimed = this.#seq + CLAIM;
    }
    const seq = this.#seq++;
    const msgid = this.#state.store.msgid(seq);
    const time = this.#timestamps.next(this.#now);
    const { origin = asker } = newEvent;
    const event: ChatEvent = { ...newEvent, seq, msgid, time, origin: origin === SERVER ? undefined : origin };
    apply(this.#state, event);
    for (const observer of this.#observers) observer(event);
    return event;
  }

  /** Bans keep the time that remained when the server was last seen, less the time that it was down. */
  #resumeEnds(now: ClockReading): void {
    const { store } = this.#state;
    const then = store.clocks;
    if (then) shiftEnds(store, shiftOf(then, now));
    this.#saveClocks(now);
  }

  #saveDepartures({ clock, steady }: ClockReading): void {
    const { departures, store } = this.#state;
    const records = departures.records(steady, this.#state.attendance(), this.#seq - 1);
    store.saveDepartures({ at: clock, records });
    this.#keptDepartures = { seq: this.#seq, at: steady, count: records.length };
  }

  #resumeDepartures(now: ClockReading): void {
    const kept = this.#state.store.departures;
    if (!kept) return;
    const ago = Math.max(0, now.clock - kept.at);
    this.#state.departures.restore(kept.records, now.steady, ago);
  }

  /** The clocks are stored now and then, and as soon as the clock was set. */
  #keepClocks(now: ClockReading): void {
    const { clock, steady } = this.#kept;
    const isSet = Math.abs(now.clock - now.steady - (clock - steady)) > CLOCK_SET;
    if (isSet || now.steady - steady > CLOCKS_KEPT) this.#saveClocks(now);
  }

  #saveClocks({ clock, steady }: ClockReading): void {
    this.#kept = { clock, steady };
    this.#state.store.saveClocks(this.#kept);
  }
}

/** Whether everyone may see this: it was said, for all to hear, in a room that is open to all. */
export function isPublic(chat: Chat, event: ChatEvent): event is EventOf<"said"> {
  return event.type === "said" && event.inRoom && event.rank === undefined && chat.room(event.to)?.isPrivate === false;
}

/**
 * The chat core. It knows nothing of bytes, sockets, IRC or clocks: a protocol gives it a `Session`, and time is passed in.
 *
 * Every change goes one way, act -> check -> events -> apply:
 *
 * 1. An `Act` (`model/act.ts`) is what a session wants, as a value: `{ type: "join", room }`. `Chat.submit` queues it;
 *    acts run one at a time.
 * 2. `check` (`rules/check.ts`) reads the `State` and changes nothing. It answers with new events, refusals, or both.
 * 3. Each new event becomes a `ChatEvent` (`model/event.ts`) with its `seq`, `msgid` and `time`.
 * 4. `apply` (`rules/apply.ts`), the only function that changes the state, stores the event and tells the sessions
 *    concerned. Then the next event of the same act is made, from the changed state.
 *
 * `rules/` holds a file per topic, with the `check…` functions of its acts and the `apply…` functions of its events.
 * Nobody outside is shown an event before `commit` has stored it: the server calls that at the end of each tick.
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
  type SearchRequest,
  type SearchResult,
  searchHistory,
  type Target,
  type TargetsQuery,
  withRoomName,
} from "./history.ts";
import type { Account } from "./model/account.ts";
import type { Act, ServerAct } from "./model/act.ts";
import { type ChatEvent, type EventOf, type NewEvent, SERVER } from "./model/event.ts";
import { type ClockReading, expiryEvents, nextEndOf, serverBansOf, shiftEnds, shiftOf } from "./model/expiry.ts";
import type { ChatLimits, Rules } from "./model/limits.ts";
import type { ServerBan } from "./model/masks.ts";
import type { Member } from "./model/member.ts";
import type { UserMode } from "./model/modes.ts";
import type { AccountRefusal, Refusal } from "./model/refusal.ts";
import type { Room } from "./model/room.ts";
import type { ActOutcome, Session } from "./model/session.ts";
import { State } from "./model/state.ts";
import type { TokenRecord } from "./model/token.ts";
import { Presence } from "./presence.ts";
import { ignoredBy, registrationRefusal } from "./rules/account-changes.ts";
import { apply } from "./rules/apply.ts";
import { restoreBans } from "./rules/bans.ts";
import { checkServerAct, SEMANTICS, type Semantics } from "./rules/check.ts";
import { latestMessage, type Whose } from "./rules/lookup.ts";
import { type MetadataView, metadataFor } from "./rules/metadata.ts";
import { nickRefusal } from "./rules/people.ts";
import {
  conversationsOf,
  markerOf,
  mentionsIn,
  type UnreadCount,
  type UnreadPlace,
  type UnreadQuery,
  unreadIn,
  unreadPlaces,
} from "./rules/read-markers.ts";
import { forgetEmptyHistories, openLobby, restoreRooms } from "./rules/room-persistence.ts";
import { outgoingHooks, restoreHooks, roomOpenedBy, tokensFor } from "./rules/tokens.ts";
import type { HistorySpan, Place, Store, StoredMessage } from "./store.ts";
import { Timestamps } from "./timestamps.ts";
import { hiddenFrom, readAround } from "./visibility.ts";

/** The dependencies of a chat. */
export interface ChatSetup {
  readonly store: Store;
  /** The rules at the start; a `configure` act replaces them. */
  readonly rules: Rules;
  /** Milliseconds since 1970; may be set forward and back. In ordered mode no clock is read: records bring the time. */
  readonly clock: () => number;
  /** A monotonic clock, equal to `clock` at the start: durations are measured by it. The default is `clock`. */
  readonly steady?: () => number;
  /** Called with the milliseconds when the clock was set back so far that event times go back too. */
  readonly steppedBack?: (by: number) => void;
  /** Sets ordered mode, for a node of a cluster. Without it, the chat is on its own: acts run as they are submitted. */
  readonly order?: ActOrder | undefined;
  /** The checks, and which versions of them there are. The default is those of this program. */
  readonly semantics?: Semantics;
}

/**
 * Puts the acts of a cluster's nodes in one order. In ordered mode an act that is submitted does not run at once: it
 * goes into a log, and every node runs it by `Chat.runRecord` when the log gives it back. So all nodes have the same
 * state after the same record, and nothing that decides a check may come from anywhere else.
 */
export interface ActOrder {
  /** The numbers after the last record that the store has: the chat continues from them. */
  readonly start: LogPoint;
  /** The numbers after the last record that has run, a JSON value. They are stored with the rows of that record. */
  readonly point: LogPoint;
  /** The semantics that the nodes have agreed on, as of the record that is running. */
  readonly semantics: number;
  /** Makes a stand-in for a session of another node, or of a node that has ended. */
  remoteSession(id: number, fingerprint: string | undefined): Session;
  submit(submitted: SubmittedAct | SubmittedServerAct): void;
  /** Reports that an act has thrown, which is a bug. The acts after it run all the same, as on the other nodes. */
  failed(error: unknown, session: Session | undefined): void;
}

/** The counters of a chat in ordered mode after a record of the log. */
export interface LogPoint {
  /** The next sequence number. */
  readonly seq: number;
  /** The time of the record. */
  readonly time: number;
  /** The time of the newest event, stored or not. */
  readonly eventTime: number;
}

/** An act of a session. */
export interface SubmittedAct {
  readonly session: Session;
  readonly act: Act;
  readonly then?: ((outcome: ActOutcome) => void) | undefined;
  readonly refused?: ((refusal: Refusal) => void) | undefined;
  /** In ordered mode: runs the act, so that its replies belong to the command that submitted it (`Session.defer`). */
  readonly within?: ((run: () => void) => void) | undefined;
}

/** An act of the server itself. */
export interface SubmittedServerAct {
  readonly session: undefined;
  readonly act: ServerAct;
}

/** Everything outside the state that an act depends on, read when it is submitted. */
interface ActContext extends ClockReading {
  /** The store could not write. */
  readonly isDown: boolean;
}

/** A queued act, with what it depends on. */
type QueuedAct = (SubmittedAct | SubmittedServerAct) & ActContext;

const NO_REFUSALS: readonly Refusal[] = [];

const CLOCK_DRIFT = 1000; // ms: when the two clocks differ by more than before, one of them was set
const CLOCK_INTERVAL = 600_000; // ms between two saves of the clocks
const DEPARTURE_INTERVAL = 2; // ms between two saves, times the number of departures: saving takes 0.1 % of the time
const CLAIM = 100_000; // sequence numbers claimed at once: one small write for this many events

/**
 * The chat. `submit` an act; its events and refusals reach the sessions concerned.
 *
 * Acts run one at a time: an act submitted during another one is queued.
 */
export class Chat {
  readonly #state: State;
  readonly #clock: () => number;
  readonly #steady: () => number;
  readonly #timestamps: Timestamps;
  readonly #order: ActOrder | undefined;
  readonly #semantics: Semantics;
  /** In ordered mode: saves what is only in memory otherwise. */
  readonly #presence: Presence | undefined;
  readonly #queue: QueuedAct[] = [];
  readonly #observers: ((event: ChatEvent) => void)[] = [];
  readonly #refusalObservers: ((refusal: Refusal, session: number) => void)[] = [];
  #isRunning = false;
  /** The clock's reading when the current act was submitted. */
  #now = 0;
  /** The next sequence number, and the first one that is not claimed from the store yet. */
  #seq = 0;
  #claimed = 0;
  /** The last saved readings of the clocks. */
  #savedClocks: ClockReading = { clock: 0, steady: 0 };
  /** The last save of the departures: the next sequence number, the steady clock, and their count. */
  #savedDepartures = { seq: 0, at: 0, count: 0 };

  constructor(setup: ChatSetup) {
    const { store, rules, clock, steady = clock, steppedBack = () => {}, order, semantics = SEMANTICS } = setup;
    this.#state = new State(rules, store, order?.semantics ?? semantics.newest);
    this.#order = order;
    this.#semantics = semantics;
    this.#clock = order ? () => this.#state.clock : clock;
    this.#steady = order ? () => this.#state.now : steady;
    this.#timestamps = new Timestamps({
      last: order ? order.start.eventTime : store.lastTime,
      steppedBack: (by) => {
        store.markClockStep(this.#seq);
        steppedBack(by);
      },
    });
    if (order) this.#startAt(order.start);
    const now = this.#read();
    this.#resumeDepartures(now);
    this.#presence = order && new Presence(this.#state);
    if (!order || !this.#presence?.restore((...of) => order.remoteSession(...of))) this.#open(now);
    restoreBans(this.#state);
    restoreHooks(this.#state);
    this.#state.nextEnd = nextEndOf(this.#state, now.steady);
    store.commit();
  }

  /** Loads the rooms that outlive their members, and the ends of bans, for a server without a saved presence. */
  #open(now: ClockReading): void {
    this.#resumeEnds(now);
    openLobby(this.#state, now.clock);
    restoreRooms(this.#state);
    this.#presence?.noteAll();
  }

  get rules(): Rules {
    return this.#state.rules;
  }

  get limits(): ChatLimits {
    return this.#state.limits;
  }

  /** The version of the semantics that holds (`Semantics`): an act of a later version is not submitted yet. */
  get semantics(): number {
    return this.#state.semantics;
  }

  get members(): Iterable<Member> & { readonly size: number } {
    return { size: this.#state.members.size, [Symbol.iterator]: () => this.#state.members.values() };
  }

  /** All rooms; `inhabited` counts those with a member. */
  get rooms(): Iterable<Room> & { readonly size: number; readonly inhabited: number } {
    const { rooms, inhabited } = this.#state;
    return { size: rooms.size, inhabited, [Symbol.iterator]: () => rooms.values() };
  }

  /** The bans of the whole server. */
  get bans(): readonly ServerBan[] {
    return [...serverBansOf(this.#state)];
  }

  /** The server's ban of an address or a network, in the form that it was banned in. */
  addressBan(network: string): ServerBan | undefined {
    return this.#state.addressBans.get(fold(network));
  }

  member(nick: string): Member | undefined {
    return this.#state.member(nick);
  }

  /** All members that are logged in to this member's account; for a guest, only that guest. */
  membersOf(member: Member): readonly Member[] {
    const { account } = member.who;
    return account ? this.#state.membersOf(account) : [member];
  }

  /** All members that are logged in to an account. */
  membersOfAccount(account: Account): readonly Member[] {
    return this.#state.membersOf(account);
  }

  /** Why a new session, logged in to `account` or to none, cannot have this well-formed nick. */
  nickRefusal(nick: string, account: Account | undefined): Refusal | undefined {
    return nickRefusal(this.#state, nick, undefined, account);
  }

  room(name: string): Room | undefined {
    return this.#state.room(name);
  }

  /** The members with a user mode. */
  withUserMode(userMode: UserMode): ReadonlySet<Member> {
    return this.#state.byUserMode[userMode];
  }

  /** The room, unless it is hidden from this member. */
  roomFor(member: Member | undefined, name: string): Room | undefined {
    return this.#state.roomFor(member, name);
  }

  /**
   * Runs an act of a session, now or when the queue reaches it. The session gets the events by `Session.tell`. Refusals
   * go to `refused`, or without it to `Session.refuse`. `then` is called after all of them. In ordered mode the act runs
   * when the log returns its record.
   */
  submit(session: Session, act: Act, then?: (outcome: ActOutcome) => void, refused?: (refusal: Refusal) => void): void {
    if (this.#order) return this.#order.submit({ session, act, then, refused, within: session.defer?.(act) });
    // A logout in the store's queue concerns earlier logins only: it must run before this one.
    if ((act.type === "enter" || act.type === "identify") && act.account) this.enforceLogouts();
    const { store } = this.#state;
    const [clock, steady] = [this.#clock(), this.#steady()];
    this.#queue.push({ session, act, then, refused, clock, steady, isDown: store.isDown });
    if (!this.#isRunning) this.#run(undefined);
  }

  /** Runs an act of the server itself, now or when the queue reaches it. */
  administer(act: ServerAct): void {
    if (this.#order) return this.#order.submit({ session: undefined, act });
    this.#queue.push({ session: undefined, act, ...this.#read() });
    if (!this.#isRunning) this.#run(undefined);
  }

  /** Runs the acts of a record of the log, at the record's time; for ordered mode only. */
  runRecord(time: number, acts: Iterable<SubmittedAct | SubmittedServerAct>): void {
    if (this.#order) this.#state.semantics = this.#order.semantics;
    this.#advanceTo({ clock: time, steady: time, isDown: false });
    for (const submitted of acts) {
      try {
        if (submitted.session && submitted.within) submitted.within(() => this.#execute(submitted));
        else this.#execute(submitted);
      } catch (error) {
        this.#order?.failed(error, submitted.session);
      }
    }
  }

  /**
   * Writes the state that a node needs to continue after this record. Called after each record, in ordered mode: a commit
   * of the store contains whole records only.
   */
  savePoint(): void {
    if (this.#order) this.#presence?.flush(this.#order.point);
  }

  /** The counters to continue from after a restart, in ordered mode. */
  get logPoint(): LogPoint {
    return { seq: this.#seq, time: this.#state.clock, eventTime: this.#timestamps.last };
  }

  /** The session with this id, if it has a member. */
  session(id: number): Session | undefined {
    return this.#state.originOf({ origin: id });
  }

  /** The newest messages of a room, oldest first (`brief`: see `readBriefly`); none for a member that is not in it. */
  recentMessages(member: Member | undefined, room: Room, { brief, ...span }: RecentSpan): readonly StoredMessage[] {
    if (!this.#state.rules.showsHistory || !member || !room.members.has(member)) return [];
    const hidden = hiddenFrom(member, room);
    const { store } = this.#state;
    const history = (place: Place, visible: HistorySpan) =>
      readAround(hidden, visible, (part) => store.history(place, part));
    const within = { ...span, from: span.from ?? 0 };
    const found = brief ? readBriefly({ history }, room.key, within) : history(room.key, within);
    return found.map((event) => withRoomName(room, event));
  }

  /**
   * The first sequence number that a joining session may not have seen in a room: that of its departure, if a session of
   * the same nick, user name and host left the room within a day; otherwise 0. Called during the join.
   */
  unseenFrom(session: Session, room: Room): number {
    const { member } = session;
    const { departures, now } = this.#state;
    return member ? departures.since(room, member.nick, this.#state.originsOf(session, member), now) : 0;
  }

  /**
   * Ends the tick: stores its events. If some could not be stored, returns false, and tells the sessions whose messages
   * these are.
   */
  commit(): boolean {
    const unstored = this.#state.store.commit();
    for (const origin of new Set(unstored.map((event) => event.origin))) this.#state.originOf({ origin })?.unstored();
    this.#state.forgetMemberless();
    return unstored.length === 0;
  }

  /**
   * Saves which sessions are in which rooms, if any event happened since the last save: after a crash, a returning session
   * is replayed only what it may not have seen. Called about once a second; with many sessions, it saves less often.
   */
  saveDepartures(): void {
    const { seq, at, count } = this.#savedDepartures;
    if (seq === this.#seq) return;
    const now = this.#read();
    if (now.steady - at > count * DEPARTURE_INTERVAL) this.#writeDepartures(now);
  }

  /** Saves what is only in memory. Called after the last session has ended. */
  close(): void {
    const now = this.#read();
    this.#writeDepartures(now);
    if (!this.#order) this.#saveClocks(now);
    this.commit();
  }

  /** Reads the history of a room or conversation lazily (see `readHistory`); `undefined` if the member may not, or there is none. */
  readHistory(
    member: Member | undefined,
    target: string,
    query: HistoryQuery,
    options: HistoryOptions,
  ): Iterable<HistoryEntry> | undefined {
    const entries = readHistory(this.#state, member, target, query, options);
    return entries && !this.#state.rules.showsHistory ? [] : entries;
  }

  /** How long messages of a room can be read, in milliseconds; 0: not at all; `undefined`: no end. */
  keptIn(room: Room): number | undefined {
    return this.#state.rules.showsHistory ? room.keeps : 0;
  }

  /** The latest message that the member may read in a room or conversation: by itself, by anyone else, or by a nick. */
  latestMessage(member: Member, target: string, whose: Whose): StoredMessage | undefined {
    return latestMessage(this.#state, member, target, whose);
  }

  /** Searches everything that the member may read; newest first. */
  search(member: Member, request: SearchRequest): Promise<SearchResult> {
    if (!this.#state.rules.showsHistory) return Promise.resolve({ messages: [], isComplete: true });
    return searchHistory(this.#state, member, request);
  }

  /** The rooms and conversations whose newest message lies between two times (see `findTargets`). */
  targets(member: Member, query: TargetsQuery): readonly Target[] {
    return this.#state.rules.showsHistory ? findTargets(this.#state, member, query) : [];
  }

  /** The time of the member's read marker for a target; 0 if there is none. */
  marker(member: Member, target: string): number {
    return markerOf(this.#state, member, target)?.time ?? 0;
  }

  /** The messages of a room or conversation that the member has not read. */
  unread(query: UnreadQuery, target: string): UnreadCount {
    return unreadIn(this.#state, query, target);
  }

  /** The member's rooms and conversations with unread messages, counted lazily, one by one (see `unreadPlaces`). */
  unreadPlaces(query: UnreadQuery): Iterable<UnreadPlace | undefined> {
    return unreadPlaces(this.#state, query);
  }

  /** The newest `most` mentions in these places, oldest first. */
  mentionsIn(member: Member, places: readonly UnreadPlace[], most: number): readonly StoredMessage[] {
    return mentionsIn(this.#state, member, places, most);
  }

  /** The nicks of the member's conversations with unread or recent messages, the newest last. */
  conversations(query: UnreadQuery): readonly string[] {
    return conversationsOf(this.#state, query, this.#clock());
  }

  /** The nicks that the member's account ignores. */
  ignoredBy(member: Member): readonly Folded[] {
    return ignoredBy(this.#state, member);
  }

  /** The metadata of a member or a room (`undefined` means the viewer), or why this viewer may not see it. */
  metadata(viewer: Member, target?: string): MetadataView | Refusal {
    return metadataFor(this.#state, viewer, target);
  }

  /** The tokens that the member may see, oldest first: its account's (`undefined`), or those of a room that it operates. */
  tokens(member: Member, room: string | undefined): readonly TokenRecord[] | Refusal {
    return tokensFor(this.#state, member, room);
  }

  /** The outgoing webhooks of a room that post at present. */
  outgoingHooks(room: Room): readonly TokenRecord[] {
    return outgoingHooks(this.#state, room);
  }

  /** The room that a valid invitation link leads to; `hash` is that of the link's token. */
  linkedRoom(hash: string): Room | undefined {
    return roomOpenedBy(this.#state, "invitation", hash)?.[0];
  }

  /** Whether a valid webhook has the token with this hash. */
  hasHook(hash: string): boolean {
    return roomOpenedBy(this.#state, "hook", hash) !== undefined;
  }

  /** The sequence number that a msgid encodes; `undefined` if it is not of this server. */
  seqOf(msgid: string): number | undefined {
    return this.#state.store.seqOf(msgid);
  }

  /** The number of reads that failed because the database is damaged. */
  get faults(): number {
    return this.#state.store.faults;
  }

  /** Whether messages can be stored at present. */
  get isStoring(): boolean {
    return !this.#state.store.isDown;
  }

  /** Sends every session, or those of the server's operators, a notice of this server; it is not an event. */
  notifyAll(text: string, to: "everyone" | "operators" = "everyone"): void {
    for (const { sessions } of to === "operators" ? this.#state.byUserMode.operator : this.members)
      for (const session of sessions) session.notify(text);
  }

  /** Ends expired bans and the hold of members whose last session was lost. Called every few seconds. */
  housekeep(): void {
    if (this.#order) return; // records bring the time
    this.#run((now) => {
      forgetEmptyHistories(this.#state);
      this.#refreshClocks(now);
    });
  }

  /** Runs the logouts that another process queued (`Store.takeLogouts`). Called about once a second. */
  enforceLogouts(): void {
    if (this.#order) return; // other processes use the log
    for (const logout of this.#state.store.takeLogouts()) this.administer({ type: "log-out", ...logout });
  }

  /** Why an account of this name cannot be registered now. Called before the password is hashed, which is slow. */
  registrationRefusal(by: Member | undefined, name: string): AccountRefusal | undefined {
    return registrationRefusal(this.#state, by, name);
  }

  /** Tells the session by `presenceChanged` whenever this nick comes or goes. */
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

  /** Calls an observer with every event, for logs and metrics. */
  observe(observer: (event: ChatEvent) => void): void {
    this.#observers.push(observer);
  }

  /** Calls an observer with every refusal, and the id of the session that was refused. */
  observeRefusals(observer: (refusal: Refusal, session: number) => void): void {
    this.#refusalObservers.push(observer);
  }

  /** Does `work`, if any, and then runs the queue until it is empty. */
  #run(work: ((now: ActContext) => void) | undefined): void {
    this.#isRunning = true;
    try {
      if (work) {
        const now = this.#read();
        this.#advanceTo(now);
        work(now);
      }
      for (let next = this.#queue.shift(); next; next = this.#queue.shift()) {
        this.#advanceTo(next);
        this.#execute(next);
      }
    } finally {
      this.#isRunning = false;
    }
  }

  #read(): ActContext {
    return { clock: this.#clock(), steady: this.#steady(), isDown: this.#state.store.isDown };
  }

  /**
   * Advances the chat's time and first ends everything that has expired by then, so expired bans and holds have no effect
   * on the next act. They need no timers of their own.
   */
  #advanceTo({ clock, steady, isDown }: ActContext): void {
    const state = this.#state;
    this.#now = clock;
    state.isDown = isDown;
    state.clock = clock;
    state.now = Math.max(state.now, steady);
    if (state.now < state.nextEnd) return;
    for (const end of expiryEvents(state, state.now)) this.#emit(end, SERVER);
    state.nextEnd = nextEndOf(state, state.now);
  }

  #execute(next: SubmittedAct | SubmittedServerAct): void {
    this.#state.seq = this.#seq;
    if (next.session) return this.#executeFor(next);
    for (const event of checkServerAct(this.#state, next.act).events ?? []) this.#emit(event, SERVER);
  }

  #executeFor(submitted: SubmittedAct): void {
    const { session, act, then } = submitted;
    if (!session.member) this.#state.trackMemberless(session);
    const { events, original, refusals } = this.#semantics.check(this.#state, session, act);
    let outcome: ActOutcome = original ? "happened" : refusals && refusals.length > 0 ? "refused" : "nothing";
    if (events) {
      for (const event of events) this.#emit(event, session.id);
      outcome = "happened";
    }
    if (original) session.tell({ ...original, origin: session.id });
    for (const refusal of refusals ?? NO_REFUSALS) {
      tellRefusal(submitted, refusal);
      for (const observer of this.#refusalObservers) observer(refusal, session.id);
    }
    then?.(outcome);
  }

  /** Numbers an event and applies it. Its origin is the session `actor`, unless the event names another. */
  #emit(newEvent: NewEvent, actor: number): void {
    if (this.#seq >= this.#claimed) {
      this.#seq = this.#state.store.claim(CLAIM);
      this.#claimed = this.#seq + CLAIM;
    }
    const seq = this.#seq++;
    const msgid = this.#state.store.msgid(seq);
    const time = this.#timestamps.next(this.#now);
    const { origin = actor } = newEvent;
    const event: ChatEvent = { ...newEvent, seq, msgid, time, origin: origin === SERVER ? undefined : origin };
    if (this.#presence) this.#presence.apply(event);
    else apply(this.#state, event);
    for (const observer of this.#observers) observer(event);
  }

  /** In ordered mode sequence numbers are counted in the log's order, and need no claim. */
  #startAt({ seq, time }: LogPoint): void {
    this.#seq = seq;
    this.#claimed = Number.POSITIVE_INFINITY;
    this.#state.clock = time;
    this.#state.now = time;
  }

  /** Moves the stored ends of bans to this run's steady clock: a ban keeps its remaining time, less the downtime. */
  #resumeEnds(now: ClockReading): void {
    const { store } = this.#state;
    const saved = store.clocks;
    if (saved) shiftEnds(store, shiftOf(saved, now));
    this.#saveClocks(now);
  }

  #writeDepartures({ clock, steady }: ClockReading): void {
    const { departures, store } = this.#state;
    const records = departures.records(steady, this.#state.attendance(), this.#seq - 1);
    store.saveDepartures({ at: clock, records });
    this.#savedDepartures = { seq: this.#seq, at: steady, count: records.length };
  }

  #resumeDepartures(now: ClockReading): void {
    const saved = this.#state.store.departures;
    if (!saved) return;
    const ago = Math.max(0, now.clock - saved.at);
    this.#state.departures.restore(saved.records, now.steady, ago);
  }

  /** Saves the clocks every ten minutes, and as soon as one was set. */
  #refreshClocks(now: ClockReading): void {
    const { clock, steady } = this.#savedClocks;
    const isSet = Math.abs(now.clock - now.steady - (clock - steady)) > CLOCK_DRIFT;
    if (isSet || now.steady - steady > CLOCK_INTERVAL) this.#saveClocks(now);
  }

  #saveClocks({ clock, steady }: ClockReading): void {
    this.#savedClocks = { clock, steady };
    this.#state.store.saveClocks(this.#savedClocks);
  }
}

/** Refuses an act before the chat has checked it. */
export function refuseAct(submitted: SubmittedAct, refusal: Refusal): void {
  const { within = (run) => run() } = submitted;
  within(() => {
    tellRefusal(submitted, refusal);
    submitted.then?.("refused");
  });
}

function tellRefusal({ session, act, refused }: SubmittedAct, refusal: Refusal): void {
  if (refused) refused(refusal);
  else session.refuse(refusal, act);
}

/** Whether the event is a message to all members of a room that is not private: everyone may see it. */
export function isPublic(chat: Chat, event: ChatEvent): event is EventOf<"said"> {
  return event.type === "said" && event.inRoom && event.rank === undefined && chat.room(event.to)?.isPrivate === false;
}

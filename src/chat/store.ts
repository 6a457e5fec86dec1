import type { Folded } from "../text/fold.ts";
import type { AccountId, AccountRecord, Logout } from "./model/account.ts";
import type { ChatEvent, EventOf } from "./model/event.ts";
import type { ClockReading } from "./model/expiry.ts";
import type { ServerBan } from "./model/masks.ts";
import type { MetadataRecord } from "./model/metadata.ts";
import type { Flag, ListName, Rank } from "./model/modes.ts";
import type { Topic } from "./model/room.ts";
import type { DepartureRecord } from "./model/state.ts";
import type { TokenOwner, TokenRecord } from "./model/token.ts";

/**
 * The interface between the chat and its database. The chat owns it and knows nothing else of the database; each small
 * interface below belongs to one part of the chat, and `Store` joins them.
 *
 * All writes of a tick are one transaction: `commit` makes them durable, and nobody is told of an event before. Reads
 * see every write of the tick, committed or not. Every call is synchronous except `search`.
 */
export interface Store
  extends SequenceStore,
    ClockStore,
    HistoryStore,
    SearchStore,
    ConversationStore,
    MarkerStore,
    MembershipStore,
    RoomStore,
    AccountStore,
    TokenStore,
    BanStore,
    ComparedStore,
    PresenceStore {
  /** True while nothing can be written: messages are live only. */
  readonly isDown: boolean;
  /** The number of reads since the start that failed because the database is damaged. */
  readonly faults: number;
  /** Ends the tick's transaction. Returns the messages and redactions that could not be stored: none, or all of them. */
  commit(): readonly ChatEvent[];
  /** Frees memory that an idle server does not need. */
  trimMemory(): void;
  close(): void;
}

/** Numbers events. */
export interface SequenceStore {
  /** Reserves the next `count` sequence numbers for this run and returns the first; no number is reserved twice. */
  claim(count: number): number;
  /** The `msgid` of the event with this sequence number: opaque, unique among all stores. */
  msgid(seq: number): string;
  /** The sequence number that a `msgid` of this store encodes; `undefined` for any other string. */
  seqOf(msgid: string): number | undefined;
  /** The time of the newest stored event. */
  readonly lastTime: number;
  /** From this sequence number on, time is earlier than before: the clock was set back. */
  markClockStep(seq: number): void;
}

/** The clocks and the departures from rooms, as they were when they were last saved. */
export interface ClockStore {
  readonly clocks: ClockReading | undefined;
  saveClocks(reading: ClockReading): void;
  readonly departures: SavedDepartures | undefined;
  saveDepartures(saved: SavedDepartures): void;
}

/** Departures from rooms, saved at a time in milliseconds since 1970. */
export interface SavedDepartures {
  readonly at: number;
  readonly records: readonly DepartureRecord[];
}

/** The place where messages are said: a room, by its folded name; or a conversation, by its two sides. */
export type Place = Folded;

/** One side of a conversation: an account, by its id; or a guest, by `~` and the folded nick. */
export type Side = AccountId | Folded;

/** A message read from history; its `origin` is `undefined`. */
export type StoredMessage = EventOf<"said">;

/** Tags without a text read from history, such as a reaction. */
export type StoredSignal = EventOf<"signalled">;

/** An event of a room, other than a message or a signal, read from history. */
export type StoredRoomEvent = EventOf<
  "joined" | "left" | "kicked" | "quit" | "renamed" | "topic-set" | "modes-changed"
>;

/** An entry of history other than a message. */
export type StoredEvent = StoredRoomEvent | StoredSignal;

/** A message or a signal, and its place. */
export interface LocatedMessage {
  readonly place: Place;
  readonly message: StoredMessage | StoredSignal;
}

/** A range of sequence numbers, both ends included, that a reader may not see. */
export interface HiddenRange {
  readonly from: number;
  readonly to: number;
}

/** A page of a place's history: at most `limit` entries of a range, from one of its ends. */
export interface HistorySpan {
  /** The first sequence number of the range. */
  readonly from: number;
  /** The first sequence number behind the range. */
  readonly before?: number | undefined;
  readonly limit: number;
  /** Selects the oldest entries; otherwise the newest. Both come oldest first. */
  readonly first?: boolean | undefined;
}

/** The key of a message or a signal to which its sender gave an id. */
export interface SentKey {
  /** The room, or the other side of the conversation. Not the place: that changes with a guest's nick. */
  readonly target: Place | Side;
  /** The sender's account; `undefined` for any guest. */
  readonly sender: AccountId | undefined;
  readonly id: string;
}

/** One deletion of retention: rows that are too old, or whose place was dropped. */
export type Deletion =
  /** The messages of all places up to a sequence number. */
  | { readonly of: "messages"; readonly upTo: number }
  /** The records of redacted messages, of one place or of all. */
  | { readonly of: "redactions"; readonly upTo: number; readonly place?: Place | undefined }
  /** Senders' ids, each with the sequence number that it had. */
  | { readonly of: "ids"; readonly ids: readonly (readonly [...ids: [string, string, string], seq: number])[] }
  | { readonly of: "events"; readonly place: Place; readonly upTo: number }
  | { readonly of: "messages-of"; readonly place: Place; readonly seqs: readonly number[] }
  /** A place in which nothing is left. */
  | { readonly of: "place"; readonly place: Place };

/** Messages and events, by place. */
export interface HistoryStore {
  /** Appends a message, or a signal as an event; `target` is that of its `SentKey`. */
  append(place: Place, event: EventOf<"said" | "signalled">, target: SentKey["target"]): void;
  appendEvent(place: Place, event: StoredRoomEvent): void;
  history(place: Place, span: HistorySpan): readonly StoredMessage[];
  events(place: Place, span: HistorySpan): readonly StoredEvent[];
  /** The sequence numbers of a span's messages or events: quick, whatever their size. */
  seqs(of: "messages" | "events", place: Place, span: HistorySpan): readonly number[];
  /** The messages of a span, newest first, as far as they are for people and of others than the reader. */
  unread(place: Place, span: HistorySpan, reader: UnreadReader): readonly UnreadMessage[];
  /** The messages of search hits, in the same order, without those that are gone. */
  messages(hits: readonly SearchHit[]): readonly StoredMessage[];
  /** The message or signal with this sequence number, in any place. */
  messageAt(seq: number): LocatedMessage | undefined;
  /** The message or signal to which its sender gave this id. */
  findSent(key: SentKey): StoredMessage | StoredSignal | undefined;
  /** Whether the message with this sender's id was redacted. */
  wasRedacted(key: SentKey): boolean;
  /** Deletes a message from history; a copy and the name of who did it are kept for the operator. */
  redact(event: EventOf<"redacted">): void;
  /** The last sequence number, of all places, with this time or an earlier one; 0 if there is none. */
  lastAt(time: number): number;
  /** The first sequence number with exactly this time; if there is none, the one after the last earlier event. */
  firstAt(time: number): number;
  /** The range around a sequence number, both ends included, in which every event has the same time. */
  millisecondOf(seq: number): { readonly from: number; readonly to: number };
  /** Whether a place has any stored message. */
  hasMessages(place: Place): boolean;
  /** Deletes old rows; part of the tick. */
  deleteOld(deletion: Deletion): void;
  /** The places that lost their last stored message since the previous call. */
  takeEmptyPlaces(): readonly Place[];
  /** Gives a room's place another key; its messages, read markers and sender's ids move along. */
  renamePlace(from: Place, to: Place): void;
  /** Hides a place's history from everyone and deletes it later; the place may start anew at once. */
  dropPlace(place: Place): void;
}

/** A condition on a message's text: a word or its beginning; with `isExact`, these whole words in a row. */
export interface SearchTerm {
  readonly text: string;
  readonly isExact: boolean;
}

/** A search. A message matches if it meets every condition. */
export interface SearchQuery {
  readonly terms: readonly SearchTerm[];
  /** The places to search, each with its hidden ranges. */
  readonly within: readonly { readonly place: Place; readonly hidden: readonly HiddenRange[] }[];
  /** An account: all its conversations are searched too. */
  readonly account: AccountId | undefined;
  /** The author's nick. */
  readonly nick: Folded | undefined;
  /** The first sequence number, and the first one behind the range. */
  readonly from: number | undefined;
  readonly before: number | undefined;
  /** The most hits: the newest ones; with `from`, the oldest. */
  readonly limit: number;
}

/** The position of a matching message. */
export interface SearchHit {
  readonly place: Place;
  readonly seq: number;
}

/** The answer to a search. */
export interface SearchHits {
  /** Newest first. */
  readonly hits: readonly SearchHit[];
  /** False until all of history is indexed. */
  readonly isComplete: boolean;
}

/** Full-text search. */
export interface SearchStore {
  /**
   * Searches off the event loop; a hit may be gone when it arrives. Askers take turns, however much each has asked.
   * Rejects if the search fails, if this asker has too many searches queued, or if `isWanted` answers false when its
   * turn comes.
   */
  search(query: SearchQuery, asker: object, isWanted: () => boolean): Promise<SearchHits>;
}

/** A conversation in an account's list. */
export interface ConversationRecord {
  /** The latest name of the other side. */
  readonly name: string;
  /** Of the newest message. */
  readonly seq: number;
  readonly time: number;
}

/** A conversation with messages that its account has missed. */
export interface MissedConversation {
  /** The other side. */
  readonly peer: Side;
  readonly place: Place;
  /** The sequence number of the first missed message. */
  readonly from: number;
}

/** The conversations of accounts. */
export interface ConversationStore {
  /** Lists a conversation under an account, with its newest message. */
  saveConversation(account: AccountId, peer: Side, name: string, place: Place, seq: number): void;
  /** The conversations whose newest message lies in a span; of several with one name, only the newest. */
  conversations(account: AccountId, span: HistorySpan): readonly ConversationRecord[];
  /** The place of an account's newest conversation with any side of this name. */
  conversationPlace(account: AccountId, name: Folded): Place | undefined;
  /** The account has missed this message; of several in a conversation, the first is remembered. */
  markMissed(account: AccountId, peer: Side, seq: number): void;
  /** The conversations with missed messages, newest first, at most `limit`. */
  missedConversations(account: AccountId, limit: number): readonly MissedConversation[];
  /** The account has received what it missed in one conversation, or in all if `peer` is `undefined`. */
  clearMissed(account: AccountId, peer: Side | undefined): void;
}

/** A read marker: how far a member has read. */
export interface Marker {
  /** The last read sequence number. */
  readonly seq: number;
  /** The time that the client gave, in milliseconds since 1970. */
  readonly time: number;
}

/** The read markers of accounts. */
export interface MarkerStore {
  /** `undefined` if the account never set one. */
  marker(account: AccountId, target: Folded): Marker | undefined;
  /** An account has at most `most` markers: beyond that, the oldest is deleted. */
  setMarker(account: AccountId, target: Folded, marker: Marker, most: number): void;
}

/** A room on an account's list. */
export interface MembershipRecord {
  readonly room: Folded;
  /** The sequence number of the event that put it on the list. */
  readonly since: number;
}

/** The rooms of accounts: an account that has quit is still a member of its rooms. */
export interface MembershipStore {
  /** The account's rooms, in the order in which it joined them; those of one event in the order of their names. */
  memberships(account: AccountId): readonly MembershipRecord[];
  /**
   * Puts rooms on an account's list that are not on it. Beyond `most` rooms, those joined first are dropped. The order of
   * the rooms does not matter: a room of them that was on the list, and is dropped, is not put on it again.
   */
  addMemberships(account: AccountId, rooms: readonly Folded[], since: number, most: number): void;
  removeMembership(account: AccountId, room: Folded): void;
  /** Takes a room off all lists. */
  dropMemberships(room: Folded): void;
}

/** The reader whose unread messages are counted. */
export interface UnreadReader {
  /** Its account; its own messages are not counted. */
  readonly account: AccountId | undefined;
  readonly nick: Folded;
}

/** An unread message of somebody else. */
export interface UnreadMessage {
  readonly seq: number;
  readonly nick: Folded;
  /** The name of its author's account. */
  readonly account: Folded | undefined;
  /** The text, if the reader's nick occurs in it. */
  readonly text: string | undefined;
}

/** The stored state of a room: everything that must outlive a restart, or the room itself. */
export interface RoomRecord {
  readonly name: string;
  /** The sequence number of its opening: rooms are listed in this order. Absent in old records. */
  readonly seq?: number | undefined;
  readonly created: number;
  readonly visibleFrom: number;
  readonly topic: Topic | undefined;
  readonly metadata?: MetadataRecord | undefined;
  readonly password: string | undefined;
  readonly limit: number | undefined;
  /** How long its messages are kept, in milliseconds; absent: as long as those of other places. */
  readonly keeps?: number | undefined;
  readonly wasPrivate: boolean;
  /** The sequence number since which it has been private, while it is; and the earlier private ranges. */
  readonly privateSince?: number | undefined;
  readonly hidden?: readonly HiddenRange[] | undefined;
  readonly flags: readonly Flag[];
  readonly lists: Readonly<Record<ListName, readonly EntryRecord[]>>;
  /** Ranks of accounts, by account id: a returning account gets them back. */
  readonly ranks?: Readonly<Record<AccountId, readonly Rank[]>> | undefined;
  /** Accounts that are invited, and have not come yet; the oldest invitation first. */
  readonly invited?: readonly InvitationRecord[] | undefined;
}

/** A stored invitation of an account. */
export interface InvitationRecord {
  readonly account: AccountId;
  readonly byOperator: boolean;
  /** The masks of the bans that it lifts. */
  readonly lifted: readonly string[];
}

/** A stored entry of one of a room's lists. */
export interface EntryRecord {
  readonly mask: string;
  /** The account that `a:NAME` meant when the entry was set; absent if there was none. */
  readonly account?: AccountId | undefined;
  /** The nick that the operator gave, where the mask does not show it. */
  readonly whom?: string | undefined;
  readonly by: string;
  readonly at: number;
  readonly until?: number | undefined;
  readonly reason?: string | undefined;
}

/** The rooms that outlive their members. */
export interface RoomStore {
  saveRoom(key: Folded, record: RoomRecord): void;
  loadRoom(key: Folded): RoomRecord | undefined;
  /** Deletes a room's record; its messages stay. */
  removeRoom(key: Folded): void;
  rooms(): Iterable<readonly [key: Folded, record: RoomRecord]>;
}

/** The accounts. */
export interface AccountStore {
  saveAccount(record: AccountRecord): void;
  /** The account with this name. */
  loadAccount(name: Folded): AccountRecord | undefined;
  /** The account with this id; `undefined` once it is removed, even if another account has its name. */
  account(id: AccountId): AccountRecord | undefined;
  /** Removes it with its tokens. */
  removeAccount(id: AccountId): void;
  /** Queues a logout for the server that runs on this store in another process. */
  logOut(logout: Logout): void;
  /** The logouts that other processes queued since the previous call; none from before the store was opened. */
  takeLogouts(): readonly Logout[];
  /** Recently removed accounts: their ranks in rooms are void. */
  removedAccounts(): readonly AccountId[];
  /** Ordered by name. */
  accounts(): Iterable<AccountRecord>;
  /** The accounts with Web Push subscriptions, ordered by name. */
  accountsWithPush(): readonly AccountRecord[];
  /** The accounts that have this certificate, ordered by name. */
  accountsWith(fingerprint: string): readonly AccountRecord[];
  /** The names of accounts with this skeleton: confusable with each other. */
  accountsLike(skeleton: string): readonly string[];
}

/** The tokens of accounts and rooms. */
export interface TokenStore {
  saveToken(record: TokenRecord): void;
  token(hash: string): TokenRecord | undefined;
  /** In the order of their making. */
  tokensOf(owner: TokenOwner): readonly TokenRecord[];
  /** The tokens of outgoing webhooks. */
  outgoingTokens(): readonly TokenRecord[];
  removeToken(hash: string): void;
  removeTokens(owner: TokenOwner): void;
}

/** The parts of a node's state that are saved in rows of their own (`presence.ts`). */
export type PresenceKind = "attempts" | "meta" | "member" | "room" | "room-state" | "unstored";

/**
 * The state of a node of a cluster that a single server has in memory only. A node needs it again after a restart: what
 * it then finds in the log follows on it. Nothing is saved here on a single server.
 */
export interface PresenceStore {
  /** Saves a record as JSON, or deletes it (`undefined`). */
  savePresence(kind: PresenceKind, key: string, record: unknown): void;
  /** The records of a kind, in the order of their keys. */
  presence(kind: PresenceKind): readonly (readonly [key: string, record: unknown])[];
}

/** For each table that is not at its end, the key of a row. */
export type RowPositions = Readonly<Record<string, readonly (string | number)[]>>;

/** Some rows, and where to go on. */
export interface RowsPage {
  readonly rows: readonly (readonly unknown[])[];
  readonly positions: RowPositions;
}

/** The rows that decide checks or are shown, to compare them: all nodes of a cluster have the same after the same record. */
export interface ComparedStore {
  /** The version of the form of rows: only rows of one form can be compared. */
  readonly form: number;
  /** At most `most` rows of each table, those that follow the positions; after its end, a table begins again. */
  nextRows(after: RowPositions, most: number): RowsPage;
}

/** The bans of the whole server. */
export interface BanStore {
  saveBan(key: Folded, ban: ServerBan): void;
  removeBan(key: Folded): void;
  bans(): Iterable<ServerBan>;
}

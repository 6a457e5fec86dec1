import type { Folded } from "../text/fold.ts";
import type { AccountId, AccountRecord } from "./model/account.ts";
import type { DepartureRecord } from "./model/departures.ts";
import type { ChatEvent, EventOf } from "./model/event.ts";
import type { ClockReading } from "./model/expiry.ts";
import type { ServerBan } from "./model/masks.ts";
import type { Flag, ListName, Rank } from "./model/modes.ts";
import type { Topic } from "./model/room.ts";
import type { Logout } from "./rules/sessions.ts";
import type { HiddenStretch } from "./visibility.ts";

/** What is kept of a room: all that must outlive a restart, or its being dissolved. */
export interface RoomRecord {
  readonly name: string;
  /** The place in the order at which it was opened: rooms are gone through as they were opened. Old records have none. */
  readonly seq?: number | undefined;
  readonly created: number;
  readonly visibleFrom: number;
  readonly topic: Topic | undefined;
  readonly password: string | undefined;
  readonly limit: number | undefined;
  readonly wasPrivate: boolean;
  /** From which number of the order on it is private, while it is; and where it was before. */
  readonly privateSince?: number | undefined;
  readonly hidden?: readonly HiddenStretch[] | undefined;
  readonly flags: readonly Flag[];
  readonly lists: Readonly<Record<ListName, readonly EntryRecord[]>>;
  /** Ranks of accounts in the room, by their ids: they get them back when they come back. */
  readonly ranks?: Readonly<Record<AccountId, readonly Rank[]>> | undefined;
}

/** A mask on one of a room's lists: whom it was meant for, who set it, when, until when, and why. */
export interface EntryRecord {
  readonly mask: string;
  /** The account that is meant, where the mask is `a:NAME` and there was one of that name. */
  readonly account?: AccountId | undefined;
  readonly whom?: string | undefined;
  readonly by: string;
  readonly at: number;
  readonly until?: number | undefined;
  readonly reason?: string | undefined;
}

/** By what a message is known that its sender has given an id. */
export interface SentAs {
  /** To whom: a room, or the other side of a conversation. Not the place, which a guest's next nick changes. */
  readonly target: Place | Side;
  /** The account that gave the id; `undefined` for any guest. */
  readonly sender: AccountId | undefined;
  readonly id: string;
}

/** One side of a conversation: an account, by its id; or a guest, by `~` and the folded nick. */
export type Side = AccountId | Folded;

/** Departures as they were at a time, in milliseconds since 1970. */
export interface KeptDepartures {
  readonly at: number;
  readonly records: readonly DepartureRecord[];
}

/** Where things are said: a room, by its folded name; or a conversation, by its two sides. */
export type Place = Folded;

/** Something said, as history has it: an event whose origin is long gone. */
export type StoredMessage = EventOf<"said">;

/** A message, and the place where it was said. */
export interface Located {
  readonly place: Place;
  readonly message: StoredMessage;
}

/** What happened in a room besides talk, as history has it. */
export type StoredEvent = EventOf<"joined" | "left" | "kicked" | "quit" | "renamed" | "topic-set" | "modes-changed">;

/** What of a place's history is asked for: a stretch of the order, and at most so many, from one of its ends. */
export interface HistorySpan {
  /** Not before this one. */
  readonly from: number;
  /** Before this one. */
  readonly before?: number | undefined;
  readonly limit: number;
  /** The first ones; otherwise the latest. Either way they come oldest first. */
  readonly first?: boolean | undefined;
}

/** One of an account's conversations. */
export interface ConversationRecord {
  /** The other side, as it was last called. */
  readonly name: string;
  /** Of its latest message. */
  readonly seq: number;
  readonly time: number;
}

/** How far someone has read. */
export interface Marker {
  /** The last of the order that is read. */
  readonly seq: number;
  /** The time by which it was named; milliseconds since 1970. */
  readonly time: number;
}

/** A conversation of which an account has not heard everything. */
export interface Unheard {
  /** The other side. */
  readonly peer: Side;
  readonly place: Place;
  /** What came before this one was heard. */
  readonly from: number;
}

/**
 * Where the chat's past is kept; the chat owns this interface, and knows no more of it.
 *
 * What is written in a turn is one transaction: `commit` makes it safe, and nobody is told of it before. Reading sees
 * what was written, committed or not. Nothing here waits, but for a search.
 */
export interface Store {
  /** Claims the next `count` numbers of the order for this run, and answers the first; none was ever claimed before. */
  claim(count: number): number;
  /** The name of this node: with a `seq`, it names an event among all of all nodes. Letters and digits. */
  readonly node: string;
  /** The time of the last of all that was stored. */
  readonly lastTime: number;
  /** The readings of the clocks that were stored last. */
  readonly clocks: ClockReading | undefined;
  saveClocks(reading: ClockReading): void;
  /** The departures from rooms as they were last stored. */
  readonly departures: KeptDepartures | undefined;
  saveDepartures(kept: KeptDepartures): void;
  /** How often something of the past could not be read since the start, since the database is damaged there. */
  readonly faults: number;
  /** Nothing can be written at present: what is said is live only. */
  readonly isDown: boolean;

  /** `target`: to whom it was said; see `SentAs`. */
  append(place: Place, event: EventOf<"said">, target: SentAs["target"]): void;
  /** Keeps what happened besides talk. */
  note(place: Place, event: StoredEvent): void;
  history(place: Place, span: HistorySpan): readonly StoredMessage[];
  /** The numbers, in the order, of the messages of a stretch, or of what happened in it besides: quick, however long they are. */
  seqs(of: "messages" | "happenings", place: Place, span: HistorySpan): readonly number[];
  /** Those that were found, in the same order; what is gone is left out. */
  messages(hits: readonly SearchHit[]): readonly StoredMessage[];
  /** The message with this number of the order, wherever it was said. */
  located(seq: number): Located | undefined;
  happenings(place: Place, span: HistorySpan): readonly StoredEvent[];
  /** The last place in the order that has this time or an earlier one, of all that was said or happened; 0 before all. */
  lastAt(time: number): number;
  /** The first place in the order that has this time; one behind the last place before it, if none has. */
  firstAt(time: number): number;
  /** The stretch of the order around a number, its ends included, in which all has the same time. */
  millisecondOf(seq: number): { readonly from: number; readonly to: number };
  /** From this number of the order on, time is earlier than before: the clock was set back. */
  stepsBack(seq: number): void;
  /** The message that was given this id. */
  sentAs(key: SentAs): StoredMessage | undefined;
  /** Whether the message that was given this id was taken back. */
  wasTakenBack(key: SentAs): boolean;
  /** Whether anything that was said in a place is kept. */
  hasPast(place: Place): boolean;
  /** The places of which nothing that was said is kept any more, since this was asked last. */
  takeForgotten(): readonly Place[];
  /** The place of a room has another key from now on; what lies there, and is known by it, goes along. */
  renamePlace(from: Place, to: Place): void;
  /** Hides the past of a place from everybody, and deletes it in a while; the place may begin anew. */
  dropPlace(place: Place): void;
  /** Takes a message out of history; who did it, and what it was, is kept for the operator. */
  redact(event: EventOf<"redacted">): void;

  /**
   * Finds messages, off the event loop: what is found may be gone by the time it is known. Askers take turns, whoever has
   * asked for how much. Rejects if that fails, if too much of this asker's waits, and if it is not wanted any more when
   * its turn comes.
   */
  search(query: SearchQuery, asker: object, isWanted: () => boolean): Promise<SearchHits>;

  /** It is calm: gives back the memory that is not needed at present. */
  trimMemory(): void;

  /** The conversation is one of the account's, and this message is its latest. */
  converse(account: AccountId, peer: Side, name: string, place: Place, seq: number): void;
  /** Places whose latest message lies in a stretch of the order; of several with the same name, the latest alone. */
  conversations(account: AccountId, span: HistorySpan): readonly ConversationRecord[];
  /** Where an account's latest conversation with someone of this name lies, whoever that was. */
  placeCalled(account: AccountId, name: Folded): Place | undefined;
  /** An account has not heard what was said in a conversation of its own from this event on, or from an earlier one. */
  miss(account: AccountId, peer: Side, seq: number): void;
  /** The conversations of which an account has not heard something, the latest first, at most `limit`. */
  unheard(account: AccountId, limit: number): readonly Unheard[];
  /** The account has heard what was said in a conversation; in all of them, if none is named. */
  hear(account: AccountId, peer: Side | undefined): void;

  saveRoom(key: Folded, record: RoomRecord): void;
  loadRoom(key: Folded): RoomRecord | undefined;
  /** Forgets a room that is gone; what was said in it stays. */
  removeRoom(key: Folded): void;
  rooms(): Iterable<readonly [key: Folded, record: RoomRecord]>;

  saveAccount(record: AccountRecord): void;
  /** The account of this name. */
  loadAccount(name: Folded): AccountRecord | undefined;
  /** The account of this id; `undefined` once it was removed, whoever has its name. */
  account(id: AccountId): AccountRecord | undefined;
  removeAccount(id: AccountId): void;
  /** Has all sessions of an account logged out by the server that runs on this store beside this program. */
  logOut(logout: Logout): void;
  /** The accounts whose sessions are to be logged out: each once, and only what came since the store was opened. */
  takeLogouts(): readonly Logout[];
  /** Accounts that were removed of late: what rooms keep for them is nobody's. */
  removedAccounts(): readonly AccountId[];
  /** By their names. */
  accounts(): Iterable<AccountRecord>;
  /** The accounts that have this certificate, by their names. */
  accountsWith(fingerprint: string): readonly AccountRecord[];
  /** The names of accounts that look so: of one skeleton. */
  accountsLike(skeleton: string): readonly string[];

  saveBan(key: Folded, ban: ServerBan): void;
  removeBan(key: Folded): void;
  bans(): Iterable<ServerBan>;

  /** How far an account has read; `undefined` if it never said. */
  marker(account: AccountId, target: Folded): Marker | undefined;
  /** An account has at most so many: of more, the one goes that is longest ago. */
  setMarker(account: AccountId, target: Folded, marker: Marker, most: number): void;

  /** Ends the turn's transaction. Answers the events that could not be stored: none, or all of the turn's. */
  commit(): readonly ChatEvent[];
  close(): void;
}

/** What must be in a message: a word or the beginning of one; or, with `isExact`, these words in a row, whole. */
export interface SearchTerm {
  readonly text: string;
  readonly isExact: boolean;
}

/** What is looked for in the past, and where. A message is found if all of it is true. */
export interface SearchQuery {
  readonly terms: readonly SearchTerm[];
  /** The rooms and conversations, each with what of it may not be found. */
  readonly within: readonly { readonly place: Place; readonly hidden: readonly HiddenStretch[] }[];
  /** An account: all of its conversations are looked through too. */
  readonly account: AccountId | undefined;
  /** Said by one of this nick. */
  readonly nick: Folded | undefined;
  /** Not before this one of the order, and before that one. */
  readonly from: number | undefined;
  readonly before: number | undefined;
  /** So many of the latest are found; with `from`, of the first. */
  readonly limit: number;
}

/** Where something that was looked for lies. */
export interface SearchHit {
  readonly place: Place;
  readonly seq: number;
}

export interface SearchHits {
  /** The latest first. */
  readonly hits: readonly SearchHit[];
  /** False while not all of the past can be searched yet. */
  readonly isComplete: boolean;
}

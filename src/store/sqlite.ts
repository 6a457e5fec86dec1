import { randomBytes } from "node:crypto";
import type { AccountId, AccountRecord } from "../chat/model/account.ts";
import type { ChatEvent, EventOf } from "../chat/model/event.ts";
import type { ClockReading } from "../chat/model/expiry.ts";
import type { ServerBan } from "../chat/model/masks.ts";
import type { Logout } from "../chat/rules/sessions.ts";
import type {
  ConversationRecord,
  HistorySpan,
  KeptDepartures,
  Located,
  Marker,
  Place,
  RoomRecord,
  SearchHit,
  SearchHits,
  SearchQuery,
  SentAs,
  Side,
  Store,
  StoredEvent,
  StoredMessage,
  Unheard,
} from "../chat/store.ts";
import type { Folded } from "../text/fold.ts";
import { AccountTable } from "./account-table.ts";
import { DatabaseFile, MEMORY, openDatabase } from "./database.ts";
import { History } from "./history.ts";
import { type Ages, applyRetention } from "./retention.ts";
import { type SearchService, searchServiceFor } from "./search/search-service.ts";
import { Writer, type WriterWatch } from "./writer.ts";

/** A store in memory: nothing outlives it. */
export function memoryStore(watch: WriterWatch): SqliteStore {
  return new SqliteStore(MEMORY, "normal", watch);
}

const CHECKPOINT = 1000; // rows written between two checkpoints: in turns of their own they make some 3000 pages
const BUSY = 500; // messages between two refreshes of the index, above which the chat has the machine to itself

const FORGET_MARKERS = `DELETE FROM marker WHERE account = ? AND target IN
  (SELECT target FROM marker WHERE account = ? ORDER BY seq DESC, time DESC, target LIMIT -1 OFFSET ?)`;

interface KeyedRow {
  readonly key: Folded;
  readonly record: string;
}

/** What the store has been told to keep, and how to write it. */
interface Owed {
  readonly value: unknown;
  readonly write: () => void;
}

/**
 * The chat's past in SQLite, in a file or in memory.
 *
 * A message that cannot be written is lost, and its sender is told. What the order, the rooms and the accounts are is
 * never lost: it is owed, and written again with the next turns, until one is stored.
 */
export class SqliteStore implements Store {
  readonly node: string;
  readonly lastTime: number;
  readonly #writer: Writer;
  readonly #history: History;
  readonly #accounts: AccountTable;
  readonly #searchService: SearchService;
  /** How much was said that the full-text index has not been told of; at the start, perhaps something. */
  #news = 1;
  /** Rows that had been written at the last checkpoint. */
  #settled = 0;
  /** Places of which nothing is left. */
  readonly #forgotten: Place[] = [];
  /** By the table and the key that it goes to. */
  readonly #owed = new Map<string, Owed>();
  /** The first number of the order that was not claimed yet, once some were. */
  #unclaimed: number | undefined;
  /** Some of what is owed is not in the turn's transaction. */
  #isBehind = false;

  /** Throws `StoreError` if the database cannot be used at all. */
  constructor(path: string, sync: "normal" | "full", watch: WriterWatch) {
    const db = openDatabase(path, sync);
    this.#writer = new Writer(db, watch, path === MEMORY ? undefined : new DatabaseFile(path));
    this.#history = new History(this.#writer);
    this.#accounts = new AccountTable(this.#writer);
    this.#searchService = searchServiceFor(path, this.#writer.db);
    this.node = this.#nodeName();
    this.commit();
    this.lastTime = this.#history.lastTime();
  }

  get isDown(): boolean {
    return this.#writer.isDown;
  }

  get faults(): number {
    return this.#writer.faults;
  }

  get clocks(): ClockReading | undefined {
    const kept = this.#meta("clocks");
    return kept === undefined ? undefined : (JSON.parse(String(kept)) as ClockReading);
  }

  saveClocks(reading: ClockReading): void {
    this.#setMeta("clocks", JSON.stringify(reading));
  }

  get departures(): KeptDepartures | undefined {
    const kept = this.#meta("departures");
    return kept === undefined ? undefined : (JSON.parse(String(kept)) as KeptDepartures);
  }

  saveDepartures(kept: KeptDepartures): void {
    this.#setMeta("departures", JSON.stringify(kept));
  }

  claim(count: number): number {
    const first = this.#unclaimed ?? Number(this.#meta("seq") ?? 1);
    this.#unclaimed = first + count;
    this.#setMeta("seq", this.#unclaimed);
    return first;
  }

  append(place: Place, event: EventOf<"said">, target: SentAs["target"] = place): void {
    this.#history.append(place, event, target);
    this.#news++;
  }

  note(place: Place, event: StoredEvent): void {
    this.#history.note(place, event);
  }

  history(place: Place, span: HistorySpan): readonly StoredMessage[] {
    return this.#history.read(place, span);
  }

  seqs(of: "messages" | "happenings", place: Place, span: HistorySpan): readonly number[] {
    return this.#history.seqs(of, place, span);
  }

  messages(hits: readonly SearchHit[]): readonly StoredMessage[] {
    return this.#history.pick(hits);
  }

  located(seq: number): Located | undefined {
    return this.#history.located(seq);
  }

  happenings(place: Place, span: HistorySpan): readonly StoredEvent[] {
    return this.#history.happenings(place, span);
  }

  firstAt(time: number): number {
    return this.#history.firstAt(time);
  }

  lastAt(time: number): number {
    return this.#history.lastAt(time);
  }

  millisecondOf(seq: number): { readonly from: number; readonly to: number } {
    return this.#history.millisecondOf(seq);
  }

  stepsBack(seq: number): void {
    this.#owe("step", String(seq), seq, () => {
      this.#writer.db.query("INSERT OR REPLACE INTO step VALUES (?)").run(seq);
    });
  }

  sentAs(key: SentAs): StoredMessage | undefined {
    return this.#history.sentAs(key);
  }

  wasTakenBack(key: SentAs): boolean {
    return this.#history.wasTakenBack(key);
  }

  hasPast(place: Place): boolean {
    return this.#history.hasPast(place);
  }

  dropPlace(place: Place): void {
    this.#history.drop(place);
  }

  renamePlace(from: Place, to: Place): void {
    this.#history.write();
    this.#owe("place", `${from} ${to}`, to, () => this.#history.rename(from, to));
    this.#searchService.renamePlace(from, to);
  }

  takeForgotten(): readonly Place[] {
    return this.#forgotten.splice(0);
  }

  redact(event: EventOf<"redacted">): void {
    this.#history.redact(event);
  }

  search(query: SearchQuery, asker: object, isWanted: () => boolean): Promise<SearchHits> {
    return this.#searchService.search(query, asker, isWanted);
  }

  /** Has what was said taken into the full-text index, and from the log into the database; about once a second. */
  refresh(): void {
    this.#writer.look();
    if (this.#writer.written - this.#settled > CHECKPOINT) {
      this.#settled = this.#writer.written;
      this.#searchService.checkpoint();
    }
    const isBusy = this.#news > BUSY;
    if (this.#news > 0) this.#searchService.refresh(isBusy);
    this.#news = isBusy ? 1 : 0; // once more, when it is quiet again
  }

  trimMemory(): void {
    this.#writer.db.run("PRAGMA shrink_memory");
    this.#searchService.trimMemory();
  }

  /** Takes out what is too old, a slice of a few milliseconds with each step; see `applyRetention`. */
  *applyRetention(ages: Ages): Generator<boolean, void> {
    const gone = yield* applyRetention(this.#writer, ages, {
      place: (place) => this.#forgotten.push(place),
      messages: (seqs) => this.#searchService.forget(seqs),
    });
    if (gone > 0) this.#searchService.forgetBefore(gone + 1);
  }

  converse(account: AccountId, peer: Side, name: string, place: Place, seq: number): void {
    this.#history.converse(account, peer, name, place, seq);
  }

  conversations(account: AccountId, span: HistorySpan): readonly ConversationRecord[] {
    return this.#history.conversations(account, span);
  }

  placeCalled(account: AccountId, name: Folded): Place | undefined {
    return this.#history.placeCalled(account, name);
  }

  miss(account: AccountId, peer: Side, seq: number): void {
    this.#history.miss(account, peer, seq);
  }

  unheard(account: AccountId, limit: number): readonly Unheard[] {
    return this.#history.unheard(account, limit);
  }

  hear(account: AccountId, peer: Side | undefined): void {
    this.#history.hear(account, peer);
  }

  saveRoom(key: Folded, record: RoomRecord): void {
    this.#save("room", key, record);
  }

  loadRoom(key: Folded): RoomRecord | undefined {
    const owed = this.#owed.get(`room ${key}`);
    if (owed) return owed.value as RoomRecord | undefined;
    const { db } = this.#writer;
    const select = () => db.query<{ record: string }, [string]>("SELECT record FROM room WHERE key = ?").get(key);
    const row = this.#writer.read(select, undefined);
    if (row === undefined) return unreadable(key);
    return row ? (JSON.parse(row.record) as RoomRecord) : undefined;
  }

  removeRoom(key: Folded): void {
    this.#owe("room", key, undefined, () => {
      this.#writer.db.query("DELETE FROM room WHERE key = ?").run(key);
    });
  }

  rooms(): Iterable<readonly [key: Folded, record: RoomRecord]> {
    return this.#all<RoomRecord>("room");
  }

  saveAccount(record: AccountRecord): void {
    this.#owe("account", record.id, record, this.#accounts.save(record));
  }

  loadAccount(name: Folded): AccountRecord | undefined {
    return this.#accounts.named(name);
  }

  account(id: AccountId): AccountRecord | undefined {
    return this.#accounts.withId(id);
  }

  removeAccount(id: AccountId): void {
    this.#owe("account", id, undefined, this.#accounts.remove(id));
  }

  logOut(logout: Logout): void {
    this.#writer.write(this.#accounts.logOut(logout));
  }

  takeLogouts(): readonly Logout[] {
    return this.#accounts.takeLogouts();
  }

  removedAccounts(): readonly AccountId[] {
    return this.#accounts.removed();
  }

  accounts(): readonly AccountRecord[] {
    return this.#accounts.all();
  }

  accountsWith(fingerprint: string): readonly AccountRecord[] {
    return this.#accounts.withCertificate(fingerprint);
  }

  saveBan(key: Folded, ban: ServerBan): void {
    this.#save("ban", key, ban);
  }

  removeBan(key: Folded): void {
    this.#owe("ban", key, undefined, () => this.#writer.db.query("DELETE FROM ban WHERE key = ?").run(key));
  }

  *bans(): Generator<ServerBan> {
    for (const [, ban] of this.#all<ServerBan>("ban")) yield ban;
  }

  accountsLike(skeleton: string): readonly string[] {
    return this.#accounts.like(skeleton).map(({ name }) => name);
  }

  marker(account: AccountId, target: Folded): Marker | undefined {
    const owed = this.#isBehind ? this.#owed.get(`marker ${account} ${target}`) : undefined;
    if (owed) return owed.value as Marker;
    const sql = "SELECT seq, time FROM marker WHERE account = ? AND target = ?";
    const { db } = this.#writer;
    return this.#writer.read(() => db.query<Marker, [string, string]>(sql).get(account, target), null) ?? undefined;
  }

  setMarker(account: AccountId, target: Folded, marker: Marker, most: number): void {
    this.#owe("marker", `${account} ${target}`, marker, () => {
      const { seq, time } = marker;
      const sql = "INSERT OR REPLACE INTO marker (account, target, seq, time) VALUES (?, ?, ?, ?)";
      this.#writer.db.query(sql).run(account, target, seq, time);
      this.#writer.db.query(FORGET_MARKERS).run(account, account, Math.min(most, Number.MAX_SAFE_INTEGER));
    });
  }

  commit(): readonly ChatEvent[] {
    this.#history.write();
    if (this.#isBehind) this.#isBehind = ![...this.#owed.values()].every(({ write }) => this.#writer.write(write));
    const stored = this.#writer.commit();
    if (!stored) this.#isBehind = true;
    else if (!this.#isBehind) this.#settle();
    const turn = this.#history.takeTurn();
    if (!stored) return turn;
    const redacted = turn.flatMap((event) => (event.type === "redacted" ? [event.message] : []));
    if (redacted.length > 0) this.#searchService.forget(redacted);
    return NONE;
  }

  close(): void {
    this.commit();
    this.#searchService.close();
    this.#writer.db.close();
  }

  #settle(): void {
    if (this.#owed.size === 0) return;
    this.#owed.clear();
    this.#accounts.written();
  }

  #owe(table: string, key: string, value: unknown, write: () => void): void {
    this.#owed.set(`${table} ${key}`, { value, write });
    if (!this.#writer.write(write)) this.#isBehind = true;
  }

  #save(table: "room" | "ban", key: Folded, record: RoomRecord | ServerBan): void {
    this.#owe(table, key, record, () => {
      this.#writer.db.query(`INSERT OR REPLACE INTO ${table} VALUES (?, ?)`).run(key, JSON.stringify(record));
    });
  }

  /** All of a table, by their keys; what is owed is there as if it were written. */
  #all<T>(table: "room" | "ban"): Iterable<readonly [key: Folded, value: T]> {
    const all = new Map(this.#rows(table).map(({ key, record }) => [key, JSON.parse(record) as T]));
    for (const [name, { value }] of this.#owed) {
      if (!name.startsWith(`${table} `)) continue;
      const key = name.slice(table.length + 1) as Folded;
      if (value === undefined) all.delete(key);
      else all.set(key, value as T);
    }
    return [...all].sort(([one], [other]) => (one < other ? -1 : 1));
  }

  /** The rows of a table; where a page of it is damaged, those that lie before and behind that page. */
  #rows(table: "room" | "ban"): readonly KeyedRow[] {
    const { db } = this.#writer;
    const select = `SELECT key, record FROM ${table}`;
    const rows = this.#writer.read(() => db.query<KeyedRow, []>(select).all(), undefined);
    if (rows) return rows;
    const from = (start: string, next: string) => {
      const found: KeyedRow[] = [];
      for (let key = start; ; ) {
        const row = this.#writer.read(() => db.query<KeyedRow, [string]>(`${select} ${next} LIMIT 1`).get(key), null);
        if (!row) return found;
        found.push(row);
        key = row.key;
      }
    };
    return [...from("", "WHERE key > ? ORDER BY key"), ...from("\u{10ffff}", "WHERE key < ? ORDER BY key DESC")];
  }

  #nodeName(): string {
    const known = this.#meta("node");
    if (known !== undefined) return String(known);
    const name = randomBytes(4).toString("hex");
    this.#setMeta("node", name);
    return name;
  }

  #meta(key: string): string | number | undefined {
    const owed = this.#owed.get(`meta ${key}`);
    if (owed) return owed.value as string | number;
    const sql = "SELECT value FROM meta WHERE key = ?";
    return this.#writer.db.query<{ value: string | number }, [string]>(sql).get(key)?.value;
  }

  #setMeta(key: string, value: string | number): void {
    this.#owe("meta", key, value, () => {
      this.#writer.db.query("INSERT OR REPLACE INTO meta VALUES (?, ?)").run(key, value);
    });
  }
}

const NONE: readonly ChatEvent[] = [];

/** The record of a room whose own cannot be read: nothing of its past may be shown. */
function unreadable(key: Folded): RoomRecord {
  return {
    name: key,
    created: 0,
    visibleFrom: 0,
    topic: undefined,
    password: undefined,
    limit: undefined,
    wasPrivate: true,
    flags: ["members-only", "topic-locked"],
    lists: { ban: [], exception: [], invitation: [] },
  };
}

import { randomBytes } from "node:crypto";
import type { AccountRecord } from "../chat/accounts.ts";
import type { ServerBan } from "../chat/bans.ts";
import type { ChatEvent, EventOf } from "../chat/event.ts";
import type { Findings, Hit, Quest } from "../chat/quest.ts";
import type {
  Conversation,
  Happened,
  Located,
  Place,
  Remembered,
  RoomRecord,
  Span,
  Store,
  Unheard,
} from "../chat/store.ts";
import type { Folded } from "../text/fold.ts";
import { ALIKE_IN_ASCII } from "../text/skeleton.ts";
import { MEMORY, openDatabase } from "./database.ts";
import { type Finder, finderFor } from "./finder.ts";
import { History } from "./history.ts";
import { Ledger, type LedgerWatch } from "./ledger.ts";
import { type Ages, sweep } from "./sweep.ts";

/** A store in memory: nothing outlives it. */
export function memoryStore(watch: LedgerWatch): SqliteStore {
  return new SqliteStore(MEMORY, "normal", watch);
}

/** What an account looks like; an index has it (`migrations.ts`), for as long as these are the same. */
const LOOK = ALIKE_IN_ASCII.reduce((look, [character, like]) => `replace(${look}, '${character}', '${like}')`, "key");

const CHECKPOINT = 1000; // rows written between two checkpoints: in turns of their own they make some 3000 pages
const BUSY = 500; // messages between two refreshes of the index, above which the chat has the machine to itself

/** An account has so many markers, and of more the one goes that is longest ago. */
const FORGET_MARKERS = `DELETE FROM marker WHERE account = ? AND target IN
  (SELECT target FROM marker WHERE account = ? ORDER BY time DESC, target LIMIT -1 OFFSET 1000)`;

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
  readonly #ledger: Ledger;
  readonly #history: History;
  readonly #finder: Finder;
  /** How much was said that the full-text index has not been told of; at the start, perhaps something. */
  #news = 1;
  /** Rows that had been written at the last checkpoint. */
  #settled = 0;
  /** By the table and the key that it goes to. */
  readonly #owed = new Map<string, Owed>();
  /** Some of what is owed is not in the turn's transaction. */
  #isBehind = false;

  /** Throws `StoreError` if the database cannot be used at all. */
  constructor(path: string, sync: "normal" | "full", watch: LedgerWatch) {
    this.#ledger = new Ledger(openDatabase(path, sync), watch);
    this.#history = new History(this.#ledger);
    this.#finder = finderFor(path, this.#ledger.db);
    this.node = this.#nodeName();
    this.commit();
    this.lastTime = this.#history.latestTime();
  }

  get isDown(): boolean {
    return this.#ledger.isDown;
  }

  claim(count: number): number {
    const first = Number(this.#meta("seq") ?? 1);
    this.#setMeta("seq", first + count);
    return first;
  }

  append(place: Place, event: EventOf<"said">): void {
    this.#history.append(place, event);
    this.#news++;
  }

  note(place: Place, event: Happened): void {
    this.#history.note(place, event);
  }

  history(place: Place, span: Span): readonly Remembered[] {
    return this.#history.read(place, span);
  }

  seqs(of: "messages" | "happenings", place: Place, span: Span): readonly number[] {
    return this.#history.seqs(of, place, span);
  }

  messages(hits: readonly Hit[]): readonly Remembered[] {
    return this.#history.pick(hits);
  }

  located(seq: number): Located | undefined {
    return this.#history.located(seq);
  }

  happenings(place: Place, span: Span): readonly Happened[] {
    return this.#history.happenings(place, span);
  }

  seqAt(time: number): number {
    return this.#history.seqAt(time);
  }

  sentAs(place: Place, id: string): Remembered | undefined {
    return this.#history.sentAs(place, id);
  }

  redact(place: Place, seq: number, by: string, reason: string, time: number): void {
    this.#history.redact(place, seq, by, reason, time);
    this.#finder.forget([seq]);
  }

  search(quest: Quest, isWanted: () => boolean): Promise<Findings> {
    return this.#finder.search(quest, isWanted);
  }

  /** Has what was said taken into the full-text index, and from the log into the database; about once a second. */
  refresh(): void {
    if (this.#ledger.written - this.#settled > CHECKPOINT) {
      this.#settled = this.#ledger.written;
      this.#finder.checkpoint();
    }
    const isBusy = this.#news > BUSY;
    if (this.#news > 0) this.#finder.refresh(isBusy);
    this.#news = isBusy ? 1 : 0; // once more, when it is quiet again
  }

  tidy(): void {
    this.#ledger.db.run("PRAGMA shrink_memory");
    this.#finder.tidy();
  }

  /** Takes out what is too old, a slice of a few milliseconds with each step; see `sweep`. */
  *sweep(ages: Ages): Generator<boolean, void> {
    const gone = yield* sweep(this.#ledger, ages);
    if (gone > 0) this.#finder.forgetBefore(gone + 1);
  }

  converse(account: Folded, peer: Folded, name: string, place: Place): void {
    this.#history.converse(account, peer, name, place);
  }

  conversations(account: Folded): readonly Conversation[] {
    return this.#history.conversations(account);
  }

  miss(account: Folded, peer: Folded, seq: number): void {
    this.#history.miss(account, peer, seq);
  }

  unheard(account: Folded, limit: number): readonly Unheard[] {
    return this.#history.unheard(account, limit);
  }

  hear(account: Folded, peer: Folded | undefined): void {
    this.#history.hear(account, peer);
  }

  saveRoom(key: Folded, record: RoomRecord): void {
    this.#save("room", key, record);
  }

  loadRoom(key: Folded): RoomRecord | undefined {
    return this.#load<RoomRecord>("room", key);
  }

  removeRoom(key: Folded): void {
    this.#owe("room", key, undefined, () => {
      this.#ledger.db.query("DELETE FROM room WHERE key = ?").run(key);
    });
  }

  *rooms(): Generator<readonly [key: Folded, record: RoomRecord]> {
    const rows = this.#ledger.db.query<{ key: Folded; record: string }, []>("SELECT key, record FROM room").all();
    for (const { key, record } of rows) yield [key, JSON.parse(record) as RoomRecord];
  }

  saveAccount(key: Folded, record: AccountRecord): void {
    this.#save("account", key, record);
  }

  loadAccount(key: Folded): AccountRecord | undefined {
    return this.#load<AccountRecord>("account", key);
  }

  removeAccount(key: Folded): void {
    this.#owe("account", key, undefined, () => {
      this.#ledger.db.query("DELETE FROM account WHERE key = ?").run(key);
      this.#ledger.db.query("DELETE FROM marker WHERE account = ?").run(key);
      this.#ledger.db.query("DELETE FROM conversation WHERE account = ?").run(key);
    });
  }

  *accounts(): Generator<AccountRecord> {
    const rows = this.#ledger.db.query<{ record: string }, []>("SELECT record FROM account ORDER BY key").all();
    for (const { record } of rows) yield JSON.parse(record) as AccountRecord;
  }

  saveBan(key: Folded, ban: ServerBan): void {
    this.#save("ban", key, ban);
  }

  removeBan(key: Folded): void {
    this.#owe("ban", key, undefined, () => this.#ledger.db.query("DELETE FROM ban WHERE key = ?").run(key));
  }

  *bans(): Generator<ServerBan> {
    const rows = this.#ledger.db.query<{ record: string }, []>("SELECT record FROM ban ORDER BY key").all();
    for (const { record } of rows) yield JSON.parse(record) as ServerBan;
  }

  accountsLike(skeleton: string): readonly string[] {
    const sql = `SELECT record FROM account WHERE ${LOOK} = ?`;
    const rows = this.#ledger.db.query<{ record: string }, [string]>(sql).all(skeleton);
    return rows.map(({ record }) => (JSON.parse(record) as AccountRecord).name);
  }

  marker(account: Folded, target: Folded): number {
    const sql = "SELECT time FROM marker WHERE account = ? AND target = ?";
    return this.#ledger.db.query<{ time: number }, [string, string]>(sql).get(account, target)?.time ?? 0;
  }

  setMarker(account: Folded, target: Folded, time: number): void {
    this.#ledger.write(() => {
      this.#ledger.db.query("INSERT OR REPLACE INTO marker VALUES (?, ?, ?)").run(account, target, time);
      this.#ledger.db.query(FORGET_MARKERS).run(account, account);
    });
  }

  commit(): readonly ChatEvent[] {
    this.#history.write();
    if (this.#isBehind) this.#isBehind = ![...this.#owed.values()].every(({ write }) => this.#ledger.write(write));
    const stored = this.#ledger.commit();
    if (!stored) this.#isBehind = true;
    else if (!this.#isBehind) this.#owed.clear();
    const turn = this.#history.takeTurn();
    return stored ? NONE : turn;
  }

  close(): void {
    this.commit();
    this.#finder.close();
    this.#ledger.db.close();
  }

  #owe(table: string, key: string, value: unknown, write: () => void): void {
    this.#owed.set(`${table} ${key}`, { value, write });
    if (!this.#ledger.write(write)) this.#isBehind = true;
  }

  #save(table: "room" | "account" | "ban", key: Folded, record: RoomRecord | AccountRecord | ServerBan): void {
    this.#owe(table, key, record, () => {
      this.#ledger.db.query(`INSERT OR REPLACE INTO ${table} VALUES (?, ?)`).run(key, JSON.stringify(record));
    });
  }

  #load<T>(table: "room" | "account", key: Folded): T | undefined {
    const owed = this.#owed.get(`${table} ${key}`);
    if (owed) return owed.value as T | undefined;
    const sql = `SELECT record FROM ${table} WHERE key = ?`;
    const row = this.#ledger.db.query<{ record: string }, [string]>(sql).get(key);
    return row ? (JSON.parse(row.record) as T) : undefined;
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
    return this.#ledger.db.query<{ value: string | number }, [string]>(sql).get(key)?.value;
  }

  #setMeta(key: string, value: string | number): void {
    this.#owe("meta", key, value, () => {
      this.#ledger.db.query("INSERT OR REPLACE INTO meta VALUES (?, ?)").run(key, value);
    });
  }
}

const NONE: readonly ChatEvent[] = [];

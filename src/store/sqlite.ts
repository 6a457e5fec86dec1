import { randomBytes } from "node:crypto";
import type { AccountId, AccountRecord, Logout } from "../chat/model/account.ts";
import type { ChatEvent, EventOf } from "../chat/model/event.ts";
import type { ClockReading } from "../chat/model/expiry.ts";
import type { ServerBan } from "../chat/model/masks.ts";
import type { TokenOwner, TokenRecord } from "../chat/model/token.ts";
import type {
  ConversationRecord,
  Deletion,
  HistorySpan,
  LocatedMessage,
  Marker,
  MembershipRecord,
  MissedConversation,
  Place,
  PresenceKind,
  RoomRecord,
  RowPositions,
  RowsPage,
  SavedDepartures,
  SearchHit,
  SearchHits,
  SearchQuery,
  SentKey,
  Side,
  Store,
  StoredEvent,
  StoredMessage,
  UnreadMessage,
  UnreadReader,
} from "../chat/store.ts";
import type { Folded } from "../text/fold.ts";
import { AccountTable, TokenTable } from "./accounts.ts";
import { nextRows, PresenceTable } from "./cluster-rows.ts";
import { DatabaseFile, MEMORY, openDatabase } from "./database.ts";
import { History } from "./history.ts";
import { formatMsgid, parseMsgid } from "./history-rows.ts";
import { MIGRATIONS } from "./migrations.ts";
import { applyRetention, type Deleting, deleteRows, type RetentionCutoffs } from "./retention.ts";
import { type SearchService, searchServiceFor } from "./search/search-service.ts";
import { Writer, type WriterWatch } from "./writer.ts";

/** A store in memory, for `--ephemeral` and tests: its content ends with it. */
export function memoryStore(watch: WriterWatch): SqliteStore {
  return new SqliteStore(MEMORY, "normal", watch);
}

const CHECKPOINT = 1000; // rows written between two checkpoints: one per commit, they make about 3000 pages
const BUSY = 500; // messages between two refreshes (1 s) above which indexing is slowed down

const FORGET_MEMBERSHIPS = `DELETE FROM membership WHERE account = ? AND room IN
  (SELECT room FROM membership WHERE account = ? ORDER BY since DESC, room LIMIT -1 OFFSET ?)`;
const FORGET_MARKERS = `DELETE FROM marker WHERE account = ? AND target IN
  (SELECT target FROM marker WHERE account = ? ORDER BY seq DESC, time DESC, target LIMIT -1 OFFSET ?)`;

interface KeyedRow {
  readonly key: Folded;
  readonly record: string;
}

/** A value that the store must save, and the function that writes it. */
interface PendingWrite {
  readonly value: unknown;
  readonly write: () => void;
}

/**
 * The store of the chat in SQLite: in a file, or in memory.
 *
 * Durability: all writes of a tick are one transaction, and `commit` ends it, before anyone sees the tick's
 * messages. With `sync` `normal` a committed tick survives the process being killed; with `full`, a power failure too.
 *
 * If a commit fails, nothing of the tick is stored. `commit` returns its messages, signals and redactions, so that their
 * senders can be told; its room events, conversations and logouts are lost. Claimed seqs, clocks, rooms, accounts, tokens,
 * bans, markers and renames stay pending, are visible to reads, and are written again with each following tick until a commit
 * succeeds.
 *
 * Writers: this connection, in one server per data folder (`DataFolder`). `tcpchat account` writes accounts and
 * logouts beside it by its own connection; `tcpchat backup` only reads. The search worker reads messages, runs
 * checkpoints, and writes only its index. A write waits up to 500 ms for another program's lock (`BUSY` in
 * `database.ts`); then the tick is lost.
 *
 * Tables: `meta` (next seq, node, clocks), `place`, `message`, `posting` (messages by place), `happening` (room
 * events and signals), `sent` (client ids), `redaction`, `conversation`, `room`, `account`, `certificate`, `marker`,
 * `membership`, `ban`, `token`, `logout`, `step` (where the clock was set back); see `migrations.ts`. On a node of a
 * cluster also `presence`.
 */
export class SqliteStore implements Store {
  /** The first part of every `msgid` of this store; letters and digits. */
  readonly node: string;
  readonly lastTime: number;
  readonly #writer: Writer;
  readonly #history: History;
  readonly #accounts: AccountTable;
  readonly #tokens: TokenTable;
  readonly #searchService: SearchService;
  #presence: PresenceTable | undefined;
  /**
   * Messages that the full-text index has not been told of; 1 at the start, since some may be left from an earlier run.
   */
  #unindexed = 1;
  /** `writer.written` at the last checkpoint. */
  #checkpointedRows = 0;
  /** Places whose last message retention has deleted, until `takeEmptyPlaces`. */
  readonly #emptyPlaces: Place[] = [];
  /** Writes that no commit has confirmed, by table and key. */
  readonly #pending = new Map<string, PendingWrite>();
  /** The next `seq` to claim; read from the database at the first claim. */
  #nextSeq: number | undefined;
  /** Whether some pending writes are not in this tick's transaction. */
  #hasUnwritten = false;

  /**
   * Throws `StoreError` if the database cannot be used at all. `node` is the first part of every `msgid` of a new
   * database; by default it is made.
   */
  constructor(path: string, sync: "normal" | "full", watch: WriterWatch, node?: string) {
    const db = openDatabase(path, sync);
    this.#writer = new Writer(db, watch, path === MEMORY ? undefined : new DatabaseFile(path));
    this.#history = new History(this.#writer, (seq) => this.msgid(seq));
    this.#accounts = new AccountTable(this.#writer);
    this.#tokens = new TokenTable(this.#writer);
    this.#searchService = searchServiceFor(path, this.#writer.db);
    this.node = this.#nodeName(node);
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

  get departures(): SavedDepartures | undefined {
    const kept = this.#meta("departures");
    return kept === undefined ? undefined : (JSON.parse(String(kept)) as SavedDepartures);
  }

  saveDepartures(kept: SavedDepartures): void {
    this.#setMeta("departures", JSON.stringify(kept));
  }

  claim(count: number): number {
    const first = this.#nextSeq ?? Number(this.#meta("seq") ?? 1);
    this.#nextSeq = first + count;
    this.#setMeta("seq", this.#nextSeq);
    return first;
  }

  msgid(seq: number): string {
    return formatMsgid(this.node, seq);
  }

  seqOf(msgid: string): number | undefined {
    return parseMsgid(this.node, msgid);
  }

  append(place: Place, event: EventOf<"said" | "signalled">, target: SentKey["target"] = place): void {
    this.#history.append(place, event, target);
    if (event.type === "said") this.#unindexed++;
  }

  appendEvent(place: Place, event: StoredEvent): void {
    this.#history.appendEvent(place, event);
  }

  history(place: Place, span: HistorySpan): readonly StoredMessage[] {
    return this.#history.read(place, span);
  }

  seqs(of: "messages" | "events", place: Place, span: HistorySpan): readonly number[] {
    return this.#history.seqs(of, place, span);
  }

  unread(place: Place, span: HistorySpan, reader: UnreadReader): readonly UnreadMessage[] {
    return this.#history.unread(place, span, reader);
  }

  messages(hits: readonly SearchHit[]): readonly StoredMessage[] {
    return this.#history.pick(hits);
  }

  messageAt(seq: number): LocatedMessage | undefined {
    return this.#history.messageAt(seq);
  }

  events(place: Place, span: HistorySpan): readonly StoredEvent[] {
    return this.#history.events(place, span);
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

  markClockStep(seq: number): void {
    this.#persist("step", String(seq), seq, () => {
      this.#writer.db.query("INSERT OR REPLACE INTO step VALUES (?)").run(seq);
    });
  }

  findSent(key: SentKey): LocatedMessage["message"] | undefined {
    return this.#history.findSent(key);
  }

  wasRedacted(key: SentKey): boolean {
    return this.#history.wasRedacted(key);
  }

  hasMessages(place: Place): boolean {
    return this.#history.hasMessages(place);
  }

  dropPlace(place: Place): void {
    this.#history.drop(place);
  }

  renamePlace(from: Place, to: Place): void {
    this.#history.flush();
    this.#persist("place", `${from} ${to}`, to, () => this.#history.rename(from, to));
    this.#searchService.renamePlace(from, to);
  }

  takeEmptyPlaces(): readonly Place[] {
    return this.#emptyPlaces.splice(0);
  }

  redact(event: EventOf<"redacted">): void {
    this.#history.redact(event);
  }

  search(query: SearchQuery, asker: object, isWanted: () => boolean): Promise<SearchHits> {
    return this.#searchService.search(query, asker, isWanted);
  }

  /**
   * Updates the full-text index, copies the write-ahead log into the database, and checks the files; called about once
   * a second.
   */
  refresh(): void {
    this.#writer.checkFiles();
    if (this.#writer.written - this.#checkpointedRows > CHECKPOINT) {
      this.#checkpointedRows = this.#writer.written;
      this.#searchService.checkpoint();
    }
    const isBusy = this.#unindexed > BUSY;
    if (this.#unindexed > 0) this.#searchService.refresh(isBusy);
    this.#unindexed = isBusy ? 1 : 0; // one more refresh once it is quiet
  }

  trimMemory(): void {
    this.#writer.db.run("PRAGMA shrink_memory");
    this.#searchService.trimMemory();
  }

  /** Copies the database into a new file, as it is after a commit, off the event loop. Rejects if it cannot. */
  copy(file: string): Promise<void> {
    return this.#searchService.copy(file);
  }

  /**
   * Deletes what is older than the cutoffs, a slice of a few milliseconds per step; see `applyRetention`. `deleting` has
   * each deletion made elsewhere, which calls `deleteOld`.
   */
  applyRetention(cutoffs: RetentionCutoffs, deleting?: Deleting): Generator<boolean, void> {
    return applyRetention(this.#writer, cutoffs, deleting ?? ((deletion) => this.#deleteAlone(deletion)));
  }

  deleteOld(deletion: Deletion): void {
    this.#history.flush();
    if (this.#writer.write(() => deleteRows(this.#writer, deletion))) this.#deleted(deletion);
  }

  #deleteAlone(deletion: Deletion): boolean {
    const isDone = this.#writer.writeAlone(() => deleteRows(this.#writer, deletion));
    if (isDone) this.#deleted(deletion);
    return isDone;
  }

  #deleted(deletion: Deletion): void {
    if (deletion.of === "messages") this.#searchService.forgetBefore(deletion.upTo + 1);
    else if (deletion.of === "messages-of") this.#searchService.forget(deletion.seqs);
    else if (deletion.of === "place" && !this.hasMessages(deletion.place)) this.#emptyPlaces.push(deletion.place);
  }

  saveConversation(account: AccountId, peer: Side, name: string, place: Place, seq: number): void {
    this.#history.saveConversation(account, peer, name, place, seq);
  }

  conversations(account: AccountId, span: HistorySpan): readonly ConversationRecord[] {
    return this.#history.conversations(account, span);
  }

  conversationPlace(account: AccountId, name: Folded): Place | undefined {
    return this.#history.conversationPlace(account, name);
  }

  markMissed(account: AccountId, peer: Side, seq: number): void {
    this.#history.markMissed(account, peer, seq);
  }

  missedConversations(account: AccountId, limit: number): readonly MissedConversation[] {
    return this.#history.missedConversations(account, limit);
  }

  clearMissed(account: AccountId, peer: Side | undefined): void {
    this.#history.clearMissed(account, peer);
  }

  saveRoom(key: Folded, record: RoomRecord): void {
    this.#saveRecord("room", key, record);
  }

  loadRoom(key: Folded): RoomRecord | undefined {
    const pending = this.#pending.get(`room ${key}`);
    if (pending) return pending.value as RoomRecord | undefined;
    const { db } = this.#writer;
    const select = () => db.query<{ record: string }, [string]>("SELECT record FROM room WHERE key = ?").get(key);
    const row = this.#writer.read(select, undefined);
    if (row === undefined) return unreadableRoom(key);
    return row ? (JSON.parse(row.record) as RoomRecord) : undefined;
  }

  removeRoom(key: Folded): void {
    this.#persist("room", key, undefined, () => {
      this.#writer.db.query("DELETE FROM room WHERE key = ?").run(key);
    });
  }

  rooms(): Iterable<readonly [key: Folded, record: RoomRecord]> {
    return this.#all<RoomRecord>("room");
  }

  saveAccount(record: AccountRecord): void {
    this.#persist("account", record.id, record, this.#accounts.save(record));
  }

  loadAccount(name: Folded): AccountRecord | undefined {
    return this.#accounts.withName(name);
  }

  account(id: AccountId): AccountRecord | undefined {
    return this.#accounts.withId(id);
  }

  removeAccount(id: AccountId): void {
    this.#persist("account", id, undefined, this.#accounts.remove(id));
    this.removeTokens(id);
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

  accountsWithPush(): readonly AccountRecord[] {
    return this.#accounts.withPush();
  }

  accountsWith(fingerprint: string): readonly AccountRecord[] {
    return this.#accounts.withCertificate(fingerprint);
  }

  saveToken(record: TokenRecord): void {
    this.#persist("token", record.hash, record, this.#tokens.save(record));
  }

  token(hash: string): TokenRecord | undefined {
    return this.#tokens.withHash(hash);
  }

  tokensOf(owner: TokenOwner): readonly TokenRecord[] {
    return this.#tokens.ofOwner(owner);
  }

  outgoingTokens(): readonly TokenRecord[] {
    return this.#tokens.outgoing();
  }

  removeToken(hash: string): void {
    this.#persist("token", hash, undefined, this.#tokens.remove(hash));
  }

  removeTokens(owner: TokenOwner): void {
    for (const { hash } of this.tokensOf(owner)) this.removeToken(hash);
  }

  get form(): number {
    return MIGRATIONS.length;
  }

  nextRows(after: RowPositions, most: number): RowsPage {
    this.#history.flush();
    return nextRows(this.#writer, after, most);
  }

  savePresence(kind: PresenceKind, key: string, record: unknown): void {
    this.#presenceTable.save(kind, key, record);
  }

  presence(kind: PresenceKind): readonly (readonly [key: string, record: unknown])[] {
    return this.#presenceTable.of(kind);
  }

  get #presenceTable(): PresenceTable {
    this.#presence ??= new PresenceTable(this.#writer);
    return this.#presence;
  }

  saveBan(key: Folded, ban: ServerBan): void {
    this.#saveRecord("ban", key, ban);
  }

  removeBan(key: Folded): void {
    this.#persist("ban", key, undefined, () => this.#writer.db.query("DELETE FROM ban WHERE key = ?").run(key));
  }

  *bans(): Generator<ServerBan> {
    for (const [, ban] of this.#all<ServerBan>("ban")) yield ban;
  }

  accountsLike(skeleton: string): readonly string[] {
    return this.#accounts.withSkeleton(skeleton).map(({ name }) => name);
  }

  marker(account: AccountId, target: Folded): Marker | undefined {
    const pending = this.#hasUnwritten ? this.#pending.get(`marker ${account} ${target}`) : undefined;
    if (pending) return pending.value as Marker;
    const sql = "SELECT seq, time FROM marker WHERE account = ? AND target = ?";
    const { db } = this.#writer;
    return this.#writer.read(() => db.query<Marker, [string, string]>(sql).get(account, target), null) ?? undefined;
  }

  setMarker(account: AccountId, target: Folded, marker: Marker, most: number): void {
    this.#persist("marker", `${account} ${target}`, marker, () => {
      const { seq, time } = marker;
      const sql = "INSERT OR REPLACE INTO marker (account, target, seq, time) VALUES (?, ?, ?, ?)";
      this.#writer.db.query(sql).run(account, target, seq, time);
      this.#writer.db.query(FORGET_MARKERS).run(account, account, Math.min(most, Number.MAX_SAFE_INTEGER));
    });
  }

  memberships(account: AccountId): readonly MembershipRecord[] {
    const sql = "SELECT room, since FROM membership WHERE account = ? ORDER BY since, room";
    const { db } = this.#writer;
    const rows = this.#writer.read(() => db.query<MembershipRecord, [string]>(sql).all(account), []);
    return this.#hasUnwritten ? this.#withPendingMemberships(account, rows) : rows;
  }

  addMemberships(account: AccountId, rooms: readonly Folded[], since: number, most: number): void {
    const before = new Set(this.memberships(account).map(({ room }) => room));
    for (const room of rooms) {
      if (before.has(room)) continue;
      this.#persist("membership", `${account} ${room}`, { room, since }, () => {
        const { db } = this.#writer;
        db.query("INSERT OR IGNORE INTO membership (account, room, since) VALUES (?, ?, ?)").run(account, room, since);
        db.query(FORGET_MEMBERSHIPS).run(account, account, Math.min(most, Number.MAX_SAFE_INTEGER));
      });
    }
  }

  removeMembership(account: AccountId, room: Folded): void {
    if (!this.memberships(account).some((each) => each.room === room)) return;
    this.#persist("membership", `${account} ${room}`, undefined, () => {
      this.#writer.db.query("DELETE FROM membership WHERE account = ? AND room = ?").run(account, room);
    });
  }

  dropMemberships(room: Folded): void {
    const sql = "SELECT account FROM membership WHERE room = ?";
    const { db } = this.#writer;
    const rows = this.#writer.read(() => db.query<{ account: AccountId }, [string]>(sql).all(room), []);
    const accounts = new Set(rows.map(({ account }) => account));
    if (this.#hasUnwritten)
      for (const name of this.#pending.keys()) {
        const [table, account, key] = name.split(" ");
        if (table === "membership" && key === room) accounts.add(account as AccountId);
      }
    for (const account of accounts) this.removeMembership(account, room);
  }

  /** The stored memberships of an account with those changes that could not be written yet. */
  #withPendingMemberships(account: AccountId, rows: readonly MembershipRecord[]): readonly MembershipRecord[] {
    const all = new Map(rows.map((row) => [row.room, row]));
    const prefix = `membership ${account} `;
    for (const [name, { value }] of this.#pending) {
      if (!name.startsWith(prefix)) continue;
      const room = name.slice(prefix.length) as Folded;
      if (value === undefined) all.delete(room);
      else all.set(room, value as MembershipRecord);
    }
    return [...all.values()].sort((a, b) => a.since - b.since || (a.room < b.room ? -1 : 1));
  }

  commit(): readonly ChatEvent[] {
    this.#history.flush();
    if (this.#hasUnwritten)
      this.#hasUnwritten = ![...this.#pending.values()].every(({ write }) => this.#writer.write(write));
    const stored = this.#writer.commit();
    if (!stored) this.#hasUnwritten = true;
    else if (!this.#hasUnwritten) this.#clearPending();
    const events = this.#history.takeTick();
    if (!stored) return events;
    const redacted = events.flatMap((event) => (event.type === "redacted" ? [event.message] : []));
    if (redacted.length > 0) this.#searchService.forget(redacted);
    return NO_EVENTS;
  }

  close(): void {
    this.commit();
    this.abandon();
  }

  /** Closes the database without what is not committed. */
  abandon(): void {
    this.#searchService.close();
    this.#writer.db.close();
  }

  #clearPending(): void {
    if (this.#pending.size === 0) return;
    this.#pending.clear();
    this.#accounts.clearPending();
    this.#tokens.clearPending();
  }

  #persist(table: string, key: string, value: unknown, write: () => void): void {
    this.#pending.set(`${table} ${key}`, { value, write });
    if (!this.#writer.write(write)) this.#hasUnwritten = true;
  }

  #saveRecord(table: "room" | "ban", key: Folded, record: RoomRecord | ServerBan): void {
    this.#persist(table, key, record, () => {
      this.#writer.db.query(`INSERT OR REPLACE INTO ${table} VALUES (?, ?)`).run(key, JSON.stringify(record));
    });
  }

  /** All records of a table, sorted by key; pending changes count as written. */
  #all<T>(table: "room" | "ban"): Iterable<readonly [key: Folded, value: T]> {
    const all = new Map(this.#rows(table).map(({ key, record }) => [key, JSON.parse(record) as T]));
    for (const [name, { value }] of this.#pending) {
      if (!name.startsWith(`${table} `)) continue;
      const key = name.slice(table.length + 1) as Folded;
      if (value === undefined) all.delete(key);
      else all.set(key, value as T);
    }
    return [...all].sort(([one], [other]) => (one < other ? -1 : 1));
  }

  /** All rows of a table. If a page is damaged, reads from both ends up to it: the rows on it are left out. */
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

  #nodeName(name: string = randomBytes(4).toString("hex")): string {
    const known = this.#meta("node");
    if (known !== undefined) return String(known);
    this.#setMeta("node", name);
    return name;
  }

  #meta(key: string): string | number | undefined {
    const pending = this.#pending.get(`meta ${key}`);
    if (pending) return pending.value as string | number;
    const sql = "SELECT value FROM meta WHERE key = ?";
    return this.#writer.db.query<{ value: string | number }, [string]>(sql).get(key)?.value;
  }

  #setMeta(key: string, value: string | number): void {
    this.#persist("meta", key, value, () => {
      this.#writer.db.query("INSERT OR REPLACE INTO meta VALUES (?, ?)").run(key, value);
    });
  }
}

const NO_EVENTS: readonly ChatEvent[] = [];

/** Replaces the record of a room that lies on a damaged page: nothing of the room's past may be shown. */
function unreadableRoom(key: Folded): RoomRecord {
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

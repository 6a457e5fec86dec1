import { Database, type Statement } from "bun:sqlite";
import { rmSync } from "node:fs";
import type { Place, SearchHit, SearchHits, SearchQuery, SearchTerm } from "../../chat/store.ts";
import { fold } from "../../text/fold.ts";
import { MEMORY, orOnDamage } from "../database.ts";
import type { MirrorRow } from "./search-service.ts";

const VERSION = 2;
const BATCH = 1000; // seqs indexed in one transaction: about 20 ms
const MERGE_PAGES = 60; // merged after each batch: about as many as it has written
const END = Number.MAX_SAFE_INTEGER;
const PAUSE = 5; // ms between two batches
const BUSY_SHARE = 50; // while the chat is busy, indexing gets 1/50 of a processor
const CATCH_UP = 5; // batches indexed before a search, at most

interface Row {
  readonly place: number;
  readonly key: Place;
  readonly seq: number;
  readonly time: number;
  readonly nick: string;
  readonly text: string;
}

interface IndexHit {
  readonly seq: number;
  readonly place: number;
}

/**
 * The full-text index; it can be rebuilt from the messages at any time.
 *
 * It is a separate database, so that it has its own writer: merging an index holds the write lock for up to a second,
 * and in the messages' database every tick of the chat would wait for that. The index reads messages in `seq` order
 * from its cursor on. A hit only says where to look: the store reads the message itself, so a deleted message is never
 * shown, even if it is still indexed.
 */
export class SearchIndex {
  readonly #source: Database;
  readonly #index: Database;
  readonly #stretch: Statement<Row, [number, number]>;
  readonly #next: Statement<{ seq: number | null }, [number]>;
  readonly #top: Statement<{ seq: number | null }, []>;
  readonly #insert: Statement;
  readonly #remove: Statement;
  readonly #latest: Statement<IndexHit, [string, number, number, string, number]>;
  readonly #first: Statement<IndexHit, [string, number, number, string, number]>;
  #cursor: number;
  /** The highest `seq` at the last check. */
  #known = 0;

  /** `source` has the messages, and is only read. */
  constructor(source: Database, index: Database) {
    this.#source = source;
    this.#index = index;
    prepare(source, index);
    this.#stretch = source.prepare(
      `SELECT place, key, seq, time, nick, text FROM message JOIN place ON place.id = message.place
       WHERE seq > ? AND seq <= ? AND manner NOT IN ('query', 'answer') ORDER BY seq`,
    );
    this.#next = source.prepare("SELECT min(seq) AS seq FROM message WHERE seq > ?");
    this.#top = source.prepare("SELECT max(seq) AS seq FROM message");
    this.#insert = index.prepare("INSERT INTO search (rowid, text, marks, place, time) VALUES (?, ?, ?, ?, ?)");
    this.#remove = index.prepare("DELETE FROM search WHERE rowid = ?");
    // Hits in the hidden spans of a room are left out.
    const found = `SELECT rowid AS seq, place FROM search WHERE search MATCH ? AND rowid >= ? AND rowid < ?
      AND NOT EXISTS (SELECT 1 FROM json_each(?, '$.' || search.place)
        WHERE search.rowid BETWEEN value ->> 'from' AND value ->> 'to') ORDER BY rowid`;
    this.#latest = index.prepare(`${found} DESC LIMIT ?`);
    this.#first = index.prepare(`${found} LIMIT ?`);
    this.#cursor = Number(stateValue(index, "cursor") ?? 0);
    this.#forgetRedacted();
  }

  /** All messages up to this `seq` are indexed. */
  get cursor(): number {
    return this.#cursor;
  }

  /** Indexes the messages of the next `length` seqs. False: there are no more. */
  advance(length = BATCH): boolean {
    if (this.#cursor >= this.#known) this.#known = orOnDamage(() => this.#top.get()?.seq ?? 0, this.#cursor);
    if (this.#cursor >= this.#known) return false;
    const start = orOnDamage(() => (this.#next.get(this.#cursor)?.seq ?? this.#known) - 1, this.#cursor);
    const end = Math.min(start + length, this.#known);
    const rows = this.#read(start, end);
    this.#index.transaction(() => {
      for (const row of rows) this.#insertRow(row);
      this.#index.run("INSERT INTO search (search, rank) VALUES ('merge', ?)", [MERGE_PAGES]);
      setStateValue(this.#index, "cursor", end);
      const last = rows.at(-1);
      if (last) setStateValue(this.#index, "last", JSON.stringify([last.place, last.seq, last.time]));
    })();
    this.#cursor = end;
    return end < this.#known;
  }

  /** Reads the messages with seqs in (start, end]. Where a page is damaged, reads those around it, by bisection. */
  #read(start: number, end: number): readonly Row[] {
    const rows = orOnDamage(() => this.#stretch.all(start, end), undefined);
    if (rows || end - start <= 1) return rows ?? [];
    const middle = Math.floor((start + end) / 2);
    return [...this.#read(start, middle), ...this.#read(middle, end)];
  }

  /** Removes messages. */
  forget(seqs: readonly number[]): void {
    this.#index.transaction(() => {
      for (const seq of seqs) this.#remove.run(seq);
    })();
  }

  /** Removes up to `count` messages before `seq`. False: there are no more. */
  forgetBefore(seq: number, count = BATCH): boolean {
    const rows = this.#index
      .query<{ seq: number }, [number, number]>("SELECT rowid AS seq FROM search WHERE rowid < ? LIMIT ?")
      .all(seq, count);
    this.forget(rows.map((row) => row.seq));
    return rows.length === count;
  }

  /**
   * Searches the index. New messages are indexed first, up to `CATCH_UP` batches; `isComplete` is false if there are
   * more.
   */
  find(query: SearchQuery): SearchHits {
    let isBehind = true;
    for (let i = 0; i < CATCH_UP && isBehind; i++) isBehind = this.advance();
    const numbers = query.within.flatMap(({ place, hidden }) => {
      const id = this.#placeId(place);
      return id === undefined ? [] : [{ id, hidden }];
    });
    const match = matchOf(
      query,
      numbers.map(({ id }) => id),
    );
    if (match === undefined) return { hits: [], isComplete: !isBehind };
    const hidden = JSON.stringify(
      Object.fromEntries(numbers.flatMap((one) => (one.hidden.length > 0 ? [[one.id, one.hidden]] : []))),
    );
    const { from = 0, before = END } = query;
    const found = (query.from === undefined ? this.#latest : this.#first).all(match, from, before, hidden, query.limit);
    if (query.from !== undefined) found.reverse();
    return { hits: found.flatMap((row) => this.#hit(row)), isComplete: !isBehind };
  }

  /** Releases SQLite's memory. */
  trimMemory(): void {
    this.#index.run("PRAGMA shrink_memory");
  }

  close(): void {
    this.#index.close();
  }

  #insertRow({ place, key, seq, time, nick, text }: Row): void {
    const sides = key.includes(" ") ? key.split(" ") : [];
    this.#insert.run(seq, indexed(text), marksOf(place, fold(nick), sides), place, time);
  }

  #hit({ seq, place }: IndexHit): readonly SearchHit[] {
    const row = this.#source.query<{ key: Place }, [number]>("SELECT key FROM place WHERE id = ?").get(place);
    return row ? [{ place: row.key, seq }] : [];
  }

  #placeId(place: Place): number | undefined {
    return this.#source.query<{ id: number }, [string]>("SELECT id FROM place WHERE key = ?").get(place)?.id;
  }

  /** Removes the messages that were redacted while the index was closed. */
  #forgetRedacted(): void {
    const rows = this.#source.query<{ seq: number }, []>("SELECT seq FROM redaction").all();
    this.forget(rows.map(({ seq }) => seq));
  }
}

/**
 * Milliseconds to pause after a batch that took `took` ms. Indexing a message costs more than delivering it, so while
 * many are sent the index falls behind, and a search may miss the newest.
 */
export function pauseAfter(took: number, isBusy: boolean): number {
  return isBusy ? Math.max(PAUSE, took * BUSY_SHARE) : PAUSE;
}

/** Opens the index file of a messages database; rebuilds it if it is damaged or belongs to another database. */
export function openIndex(messages: Database, path: string): SearchIndex {
  try {
    return new SearchIndex(messages, connect(path));
  } catch {
    for (const suffix of ["", "-wal", "-shm"]) rmSync(path + suffix, { force: true });
    return new SearchIndex(messages, connect(path));
  }
}

function connect(path: string): Database {
  const db = new Database(path, { create: true, readwrite: true, strict: true });
  db.run("PRAGMA journal_mode = WAL");
  db.run("PRAGMA synchronous = NORMAL");
  return db;
}

/** Creates the tables in a new index. Throws if the index belongs to other messages. */
function prepare(source: Database, index: Database): void {
  const node = source.query<{ value: string }, []>("SELECT value FROM meta WHERE key = 'node'").get()?.value ?? "";
  const version = index.query<{ user_version: number }, []>("PRAGMA user_version").get()?.user_version;
  if (version !== 0) {
    if (version === VERSION && stateValue(index, "node") === node && isIndexOf(source, stateValue(index, "last")))
      return;
    index.close();
    throw new Error("this is the index of other messages");
  }
  index.transaction(() => {
    index.run("CREATE TABLE state (key TEXT PRIMARY KEY, value) WITHOUT ROWID");
    index.run(
      `CREATE VIRTUAL TABLE search USING fts5(text, marks, place UNINDEXED, time UNINDEXED, content = '',
       contentless_delete = 1, contentless_unindexed = 1, tokenize = "unicode61 remove_diacritics 2")`,
    );
    // Automatic merging would now and then merge much at once.
    index.run("INSERT INTO search (search, rank) VALUES ('automerge', 0)");
    setStateValue(index, "node", node);
    index.run(`PRAGMA user_version = ${VERSION}`);
  })();
}

/** Whether the message indexed last is still the same; otherwise this is another database, or a restored backup. */
function isIndexOf(source: Database, last: string | number | undefined): boolean {
  if (last === undefined) return true;
  const [place, seq, time] = JSON.parse(String(last)) as [number, number, number];
  const sql = "SELECT time FROM message WHERE place = ? AND seq = ?";
  const message = source.query<{ time: number }, [number, number]>(sql).get(place, seq);
  if (message) return message.time === time;
  const redacted = source.query("SELECT 1 FROM redaction WHERE seq = ?").get(seq);
  return redacted !== null;
}

function stateValue(index: Database, key: string): string | number | undefined {
  const sql = "SELECT value FROM state WHERE key = ?";
  return index.query<{ value: string | number }, [string]>(sql).get(key)?.value;
}

function setStateValue(index: Database, key: string, value: string | number): void {
  index.query("INSERT OR REPLACE INTO state VALUES (?, ?)").run(key, value);
}

/**
 * The encoding of messages and queries for FTS5. Beside its text, a message has marks, which are words in a column of
 * their own: its place, its sender, and the accounts of its conversation. So a search never looks outside the places
 * that the asker may read.
 */

const MIN_PREFIX = 3; // letters from which a search term also matches longer words; shorter prefixes match too many

/** Letters of scripts written without spaces: each is indexed as a word. */
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/gu;

/** Prepares a text for FTS5, in the index and in queries. */
export function indexed(text: string): string {
  return text.replace(UNSPACED, " $& ");
}

/** The marks of a message; `sides` are the two sides of its conversation, if it has one. */
export function marksOf(place: number, nick: string, sides: readonly string[]): string {
  return [placeMark(place), `n${hex(nick)}`, ...sides.map(accountMark)].join(" ");
}

/**
 * The FTS5 expression of a query, limited to places given by their ids; `undefined` if there is nothing to look
 * through.
 */
export function matchOf(query: SearchQuery, places: readonly number[]): string | undefined {
  const where = [...places.map(placeMark), ...(query.account === undefined ? [] : [accountMark(query.account)])];
  if (where.length === 0) return undefined;
  const parts = [`marks : (${where.join(" OR ")})`];
  if (query.nick !== undefined) parts.push(`marks : n${hex(query.nick)}`);
  for (const term of query.terms) parts.push(`text : ${phraseOf(term)}`);
  return parts.join(" AND ");
}

function phraseOf({ text, isExact }: SearchTerm): string {
  const words = indexed(text).replaceAll('"', " ").trim();
  const last = words.match(/[\p{L}\p{N}\p{M}]+/gu)?.at(-1) ?? "";
  const isPrefix = !isExact && last.length >= MIN_PREFIX;
  return `"${words}"${isPrefix ? " *" : ""}`;
}

function placeMark(place: number): string {
  return `p${place}`;
}

function accountMark(account: string): string {
  return `a${hex(account)}`;
}

function hex(name: string): string {
  return Buffer.from(name).toString("hex");
}

/** The worker's copy of the messages, each kept until it is indexed. */
export class Mirror {
  readonly db = new Database(MEMORY, { strict: true });

  constructor() {
    this.db.run("CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID");
    this.db.run("CREATE TABLE place (id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE)");
    this.db.run("CREATE TABLE message (seq INTEGER PRIMARY KEY, place, time, manner, nick, text)");
    this.db.run("CREATE TABLE redaction (seq INTEGER PRIMARY KEY)");
  }

  take(rows: readonly MirrorRow[]): void {
    this.db.transaction(() => {
      for (const { seq, place, key, time, manner, nick, text } of rows) {
        this.db.query("INSERT OR REPLACE INTO place VALUES (?, ?)").run(place, key);
        this.db.query("INSERT INTO message VALUES (?, ?, ?, ?, ?, ?)").run(seq, place, time, manner, nick, text);
      }
    })();
  }

  forget(seqs: readonly number[]): void {
    for (const seq of seqs) this.db.query("DELETE FROM message WHERE seq = ?").run(seq);
  }

  /** Changes the key of a place. */
  rename(from: string, to: string): void {
    this.db.query("UPDATE OR REPLACE place SET key = ? WHERE key = ?").run(to, from);
  }

  /** Deletes the messages up to `seq`, which are indexed. */
  forgetUpTo(seq: number): void {
    this.db.query("DELETE FROM message WHERE seq <= ?").run(seq);
  }
}

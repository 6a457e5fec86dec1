import { Database, type Statement } from "bun:sqlite";
import { rmSync } from "node:fs";
import type { Place, SearchHit, SearchHits, SearchQuery, SearchTerm } from "../../chat/store.ts";
import { fold } from "../../text/fold.ts";
import { orOnDamage } from "../database.ts";

const VERSION = 2;
const STRETCH = 1000; // of the order, taken in with one transaction: about 20 ms
const MERGED = 60; // pages that are merged behind each stretch: about what it has written
const END = Number.MAX_SAFE_INTEGER;
const REST = 5; // ms between two stretches
const SHARE = 50; // while the chat is busy, one part in so many of a processor goes into the index
const CAUGHT_UP = 5; // stretches that are taken in before a search, if there are so many

interface Row {
  readonly place: number;
  readonly key: Place;
  readonly seq: number;
  readonly time: number;
  readonly nick: string;
  readonly text: string;
}

interface Found {
  readonly seq: number;
  readonly place: number;
}

/**
 * The full-text index, which can be made anew at any time from the messages that it is of.
 *
 * It lies in a database of its own, so that it has a writer of its own: merging an index holds a lock for up to a
 * second, and in the messages' database every turn of the chat would wait for that. It reads the messages behind a
 * cursor, in their order, which never changes. A message that is gone from history is never shown, whatever is in here:
 * what is found is only where to look.
 */
export class SearchIndex {
  readonly #source: Database;
  readonly #index: Database;
  readonly #stretch: Statement<Row, [number, number]>;
  readonly #next: Statement<{ seq: number | null }, [number]>;
  readonly #top: Statement<{ seq: number | null }, []>;
  readonly #insert: Statement;
  readonly #remove: Statement;
  readonly #latest: Statement<Found, [string, number, number, string, number]>;
  readonly #first: Statement<Found, [string, number, number, string, number]>;
  #cursor: number;
  /** The latest message there was when it was last looked. */
  #known = 0;

  /** `source` is only read. */
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
    // Of a room of whose past some is hidden, nothing of that is found.
    const found = `SELECT rowid AS seq, place FROM search WHERE search MATCH ? AND rowid >= ? AND rowid < ?
      AND NOT EXISTS (SELECT 1 FROM json_each(?, '$.' || search.place)
        WHERE search.rowid BETWEEN value ->> 'from' AND value ->> 'to') ORDER BY rowid`;
    this.#latest = index.prepare(`${found} DESC LIMIT ?`);
    this.#first = index.prepare(`${found} LIMIT ?`);
    this.#cursor = Number(stateValue(index, "cursor") ?? 0);
    this.#forgetRedacted();
  }

  /** All up to this one of the order is taken in. */
  get cursor(): number {
    return this.#cursor;
  }

  /** Takes in the next stretch of the messages, of so many numbers of the order. False: there is nothing more. */
  advance(length = STRETCH): boolean {
    if (this.#cursor >= this.#known) this.#known = orOnDamage(() => this.#top.get()?.seq ?? 0, this.#cursor);
    if (this.#cursor >= this.#known) return false;
    const start = orOnDamage(() => (this.#next.get(this.#cursor)?.seq ?? this.#known) - 1, this.#cursor);
    const end = Math.min(start + length, this.#known);
    const rows = this.#read(start, end);
    this.#index.transaction(() => {
      for (const row of rows) this.#take(row);
      this.#index.run("INSERT INTO search (search, rank) VALUES ('merge', ?)", [MERGED]);
      setStateValue(this.#index, "cursor", end);
      const last = rows.at(-1);
      if (last) setStateValue(this.#index, "last", JSON.stringify([last.place, last.seq, last.time]));
    })();
    this.#cursor = end;
    return end < this.#known;
  }

  /** Reads the messages of a stretch; where a page of theirs is damaged, those around it, by halving. */
  #read(start: number, end: number): readonly Row[] {
    const rows = orOnDamage(() => this.#stretch.all(start, end), undefined);
    if (rows || end - start <= 1) return rows ?? [];
    const middle = Math.floor((start + end) / 2);
    return [...this.#read(start, middle), ...this.#read(middle, end)];
  }

  /** Takes messages out. */
  forget(seqs: readonly number[]): void {
    this.#index.transaction(() => {
      for (const seq of seqs) this.#remove.run(seq);
    })();
  }

  /** Takes some out of those that lie before one in the order. False: there are no more. */
  forgetBefore(seq: number, count = STRETCH): boolean {
    const rows = this.#index
      .query<{ seq: number }, [number, number]>("SELECT rowid AS seq FROM search WHERE rowid < ? LIMIT ?")
      .all(seq, count);
    this.forget(rows.map((row) => row.seq));
    return rows.length === count;
  }

  /** Looks for something. What was said of late is taken in first. */
  find(query: SearchQuery): SearchHits {
    let isBehind = true;
    for (let i = 0; i < CAUGHT_UP && isBehind; i++) isBehind = this.advance();
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

  /** Gives back what SQLite keeps for it. */
  trimMemory(): void {
    this.#index.run("PRAGMA shrink_memory");
  }

  close(): void {
    this.#index.close();
  }

  #take({ place, key, seq, time, nick, text }: Row): void {
    const sides = key.includes(" ") ? key.split(" ") : [];
    this.#insert.run(seq, indexed(text), marksOf(place, fold(nick), sides), place, time);
  }

  #hit({ seq, place }: Found): readonly SearchHit[] {
    const row = this.#source.query<{ key: Place }, [number]>("SELECT key FROM place WHERE id = ?").get(place);
    return row ? [{ place: row.key, seq }] : [];
  }

  #placeId(place: Place): number | undefined {
    return this.#source.query<{ id: number }, [string]>("SELECT id FROM place WHERE key = ?").get(place)?.id;
  }

  /** What was taken back while nobody could tell the index. */
  #forgetRedacted(): void {
    const rows = this.#source.query<{ seq: number }, []>("SELECT seq FROM redaction").all();
    this.forget(rows.map(({ seq }) => seq));
  }
}

/**
 * How long to rest behind a stretch that took so long; in milliseconds. To take a message in costs more than to deliver
 * it: while much is said that waits, and a search finds what it has not come to yet a little later.
 */
export function restAfter(took: number, isBusy: boolean): number {
  return isBusy ? Math.max(REST, took * SHARE) : REST;
}

/** Opens the index of some messages, in a file of its own; made anew where what lies there is of others, or is none. */
export function openIndex(messages: Database, path: string): SearchIndex {
  try {
    return new SearchIndex(messages, connect(path));
  } catch {
    for (const end of ["", "-wal", "-shm"]) rmSync(path + end, { force: true });
    return new SearchIndex(messages, connect(path));
  }
}

function connect(path: string): Database {
  const db = new Database(path, { create: true, readwrite: true, strict: true });
  db.run("PRAGMA journal_mode = WAL");
  db.run("PRAGMA synchronous = NORMAL");
  return db;
}

/** Makes the tables, if there are none. Throws if there are such, and they are of other messages than these. */
function prepare(source: Database, index: Database): void {
  const node = source.query<{ value: string }, []>("SELECT value FROM meta WHERE key = 'node'").get()?.value ?? "";
  const version = index.query<{ user_version: number }, []>("PRAGMA user_version").get()?.user_version;
  if (version !== 0) {
    if (version === VERSION && stateValue(index, "node") === node && isOf(source, stateValue(index, "last"))) return;
    index.close();
    throw new Error("this is the index of other messages");
  }
  index.transaction(() => {
    index.run("CREATE TABLE state (key TEXT PRIMARY KEY, value) WITHOUT ROWID");
    index.run(
      `CREATE VIRTUAL TABLE search USING fts5(text, marks, place UNINDEXED, time UNINDEXED, content = '',
       contentless_delete = 1, contentless_unindexed = 1, tokenize = "unicode61 remove_diacritics 2")`,
    );
    // By itself it would merge much at once, now and then.
    index.run("INSERT INTO search (search, rank) VALUES ('automerge', 0)");
    setStateValue(index, "node", node);
    index.run(`PRAGMA user_version = ${VERSION}`);
  })();
}

/** Whether the message that was taken in last is still what it was: otherwise the database is another, or a backup. */
function isOf(source: Database, last: string | number | undefined): boolean {
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
 * How a message lies in the full-text index, and how it is asked for there. Beside its words it has marks, which are
 * words of a column of their own: its place, its speaker, and the accounts whose conversation it is. So what is looked
 * for is never sought outside the places that may be read.
 */

const SHORTEST = 3; // letters of a word that is also the beginning of longer ones: shorter ones begin too many

/** Letters of languages that are written without blanks: each is a word of its own. */
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/gu;

/** A text as it is indexed. */
export function indexed(text: string): string {
  return text.replace(UNSPACED, " $& ");
}

/** The marks of a message; `sides` are those whose conversation it is. */
export function marksOf(place: number, nick: string, sides: readonly string[]): string {
  return [placeMark(place), `n${hex(nick)}`, ...sides.map(accountMark)].join(" ");
}

/** The expression of FTS5 for what is looked for, in places by their numbers; `undefined` where that is nowhere. */
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
  const isBeginning = !isExact && last.length >= SHORTEST;
  return `"${words}"${isBeginning ? " *" : ""}`;
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

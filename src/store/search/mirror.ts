import { Database, type Statement } from "bun:sqlite";
import { MEMORY } from "../database.ts";

const BATCH = 200; // messages copied at once: a millisecond

/** A message with the columns that the full-text index needs. */
export interface MirrorRow {
  readonly seq: number;
  readonly place: number;
  readonly key: string;
  readonly time: number;
  readonly manner: string;
  readonly nick: string;
  readonly text: string;
}

/**
 * Reads the messages of a database in memory, which no other thread can see, to be copied to the search worker: each
 * once, in order.
 */
export class MirrorFeed {
  readonly #rows: Statement<MirrorRow, [number, number]>;
  #last = -1;

  constructor(db: Database) {
    this.#rows = db.prepare(
      `SELECT seq, place, key, time, manner, nick, text FROM message JOIN place ON place.id = message.place
       WHERE seq > ? ORDER BY seq LIMIT ?`,
    );
  }

  /** The next batch; empty once all were read. */
  next(): readonly MirrorRow[] {
    const rows = this.#rows.all(this.#last, BATCH);
    this.#last = rows.at(-1)?.seq ?? this.#last;
    return rows;
  }

  /** Starts from the first message again, for a new worker. */
  restart(): void {
    this.#last = -1;
  }
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

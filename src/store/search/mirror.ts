import { Database, type Statement } from "bun:sqlite";
import { MEMORY } from "../database.ts";

const STRETCH = 200; // messages that are handed on at once: a millisecond

/** A message as the full-text index needs it. */
export interface MirrorRow {
  readonly seq: number;
  readonly place: number;
  readonly key: string;
  readonly time: number;
  readonly manner: string;
  readonly nick: string;
  readonly text: string;
}

/** Hands the messages of a database in memory, which no other thread can see, to another thread: each once, in order. */
export class MirrorFeed {
  readonly #rows: Statement<MirrorRow, [number, number]>;
  #last = -1;

  constructor(db: Database) {
    this.#rows = db.prepare(
      `SELECT seq, place, key, time, manner, nick, text FROM message JOIN place ON place.id = message.place
       WHERE seq > ? ORDER BY seq LIMIT ?`,
    );
  }

  /** The next few of them; none, once all were handed on. */
  next(): readonly MirrorRow[] {
    const rows = this.#rows.all(this.#last, STRETCH);
    this.#last = rows.at(-1)?.seq ?? this.#last;
    return rows;
  }

  /** The other thread has lost them: begins anew. */
  restart(): void {
    this.#last = -1;
  }
}

/** Holds the messages that were handed on until the index has taken them in. */
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

  /** A place has another key. */
  rename(from: string, to: string): void {
    this.db.query("UPDATE OR REPLACE place SET key = ? WHERE key = ?").run(to, from);
  }

  /** The index has taken in all up to this one. */
  forgetUpTo(seq: number): void {
    this.db.query("DELETE FROM message WHERE seq <= ?").run(seq);
  }
}

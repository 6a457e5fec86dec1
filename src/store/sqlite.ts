import { Database, type Statement } from "bun:sqlite";
import { randomBytes } from "node:crypto";
import type { Manner } from "../chat/act.ts";
import type { ChatEvent, EventOf, Tags } from "../chat/event.ts";
import type { Remembered, RoomRecord, Span, Store } from "../chat/store.ts";
import { type Folded, fold } from "../text/fold.ts";
import { MIGRATIONS } from "./migrations.ts";

/** The name by which SQLite keeps a database in memory. */
export const MEMORY = ":memory:";

/** A row of history as it lies in the database; `room` is the name of the room, where it is read. */
interface MessageRow {
  readonly seq: number;
  readonly time: number;
  readonly manner: Manner;
  readonly nick: string;
  readonly user: string;
  readonly host: string;
  readonly account: string | null;
  readonly text: string;
  readonly tags: string | null;
}

/** Why a database could not be opened: a whole sentence. */
export class StoreError extends Error {}

/**
 * The chat's past in SQLite, in a file or in memory.
 *
 * What is appended waits in a list and is inserted when the turn commits, or when somebody reads: so a turn is one
 * transaction, and an append costs next to nothing.
 */
export class SqliteStore implements Store {
  readonly #db: Database;
  readonly #rooms = new Map<Folded, number>();
  #pending: EventOf<"said">[] = [];
  /** Inserted in this turn, not committed yet. */
  #written: EventOf<"said">[] = [];
  #lost: ChatEvent[] = [];
  #inTransaction = false;
  readonly #insert: Statement;
  readonly #select: Statement<MessageRow, [number, number, number, number]>;
  readonly #begin: Statement;
  readonly #commit: Statement;
  readonly #failed: (error: Error) => void;
  readonly node: string;
  readonly lastTime: number;

  /** `failed` is told of what could not be written. Throws `StoreError` if the database cannot be used at all. */
  constructor(path: string, sync: "normal" | "full", failed: (error: Error) => void) {
    this.#failed = failed;
    this.#db = open(path, sync);
    this.#insert = this.#db.prepare("INSERT INTO message VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    this.#select = this.#db.prepare(
      `SELECT seq, time, manner, nick, user, host, account, text, tags FROM message
       WHERE room = ? AND seq >= ? AND seq < ? ORDER BY seq DESC LIMIT ?`,
    );
    this.#begin = this.#db.prepare("BEGIN");
    this.#commit = this.#db.prepare("COMMIT");
    this.node = this.#nodeName();
    this.lastTime = this.#latest();
  }

  claim(count: number): number {
    const row = this.#db.query<{ value: number }, []>("SELECT value FROM meta WHERE key = 'seq'").get();
    const first = row?.value ?? 1;
    this.#try(() => {
      this.#enter();
      this.#db.query("INSERT OR REPLACE INTO meta VALUES ('seq', ?)").run(first + count);
    });
    return first;
  }

  append(event: ChatEvent): void {
    if (event.type === "said") this.#pending.push(event);
  }

  saveRoom(key: Folded, record: RoomRecord): void {
    this.#try(() => {
      this.#enter();
      this.#db
        .query("INSERT INTO room (key, record) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET record = ?2")
        .run(key, JSON.stringify(record));
    });
  }

  loadRoom(key: Folded): RoomRecord | undefined {
    const row = this.#db.query<{ record: string }, [string]>("SELECT record FROM room WHERE key = ?").get(key);
    return row ? (JSON.parse(row.record) as RoomRecord) : undefined;
  }

  history(key: Folded, { from, before, limit }: Span): readonly Remembered[] {
    this.#write();
    const room = this.#roomId(key);
    if (room === undefined) return [];
    const rows = this.#select.all(room, from, before ?? Number.MAX_SAFE_INTEGER, limit);
    return rows.reverse().map((row) => remembered(row, key));
  }

  commit(): readonly ChatEvent[] {
    this.#write();
    if (this.#inTransaction) {
      this.#inTransaction = false;
      this.#try(() => this.#commit.run());
      this.#written = [];
    }
    const lost = this.#lost;
    if (lost.length > 0) this.#lost = [];
    return lost;
  }

  close(): void {
    this.commit();
    this.#db.close();
  }

  /** Inserts what waits. What fails takes the whole transaction of the turn with it. */
  #write(): void {
    const pending = this.#pending;
    if (pending.length === 0) return;
    this.#pending = [];
    const before = this.#written;
    this.#written = before.length > 0 ? [...before, ...pending] : pending;
    this.#try(() => {
      this.#enter();
      for (const event of pending) this.#insertOne(event);
    });
  }

  #insertOne({ seq, time, manner, from, to, text, tags }: EventOf<"said">): void {
    const room = this.#roomId(fold(to));
    if (room === undefined) throw new Error(`No room ${to} is known to the store`);
    const { nick, user, host, account } = from;
    const kept = tags && tags.size > 0 ? JSON.stringify([...tags]) : null;
    this.#insert.run(room, seq, time, manner, nick, user, host, account ?? null, text, kept);
  }

  #enter(): void {
    if (this.#inTransaction) return;
    this.#begin.run();
    this.#inTransaction = true;
  }

  #try(work: () => void): boolean {
    try {
      work();
      return true;
    } catch (error) {
      this.#abandon();
      this.#failed(error instanceof Error ? error : new Error(String(error)));
      return false;
    }
  }

  #abandon(): void {
    this.#inTransaction = false;
    this.#lost.push(...this.#written);
    this.#written = [];
    if (this.#db.inTransaction) this.#db.run("ROLLBACK");
  }

  #nodeName(): string {
    const row = this.#db.query<{ value: string }, []>("SELECT value FROM meta WHERE key = 'node'").get();
    if (row) return row.value;
    const name = randomBytes(4).toString("hex");
    this.#try(() => this.#db.query("INSERT INTO meta VALUES ('node', ?)").run(name));
    return name;
  }

  #roomId(key: Folded): number | undefined {
    const known = this.#rooms.get(key);
    if (known !== undefined) return known;
    const row = this.#db.query<{ id: number }, [string]>("SELECT id FROM room WHERE key = ?").get(key);
    if (row) this.#rooms.set(key, row.id);
    return row?.id;
  }

  /** The latest time of any message: the last of each room is at the end of its stretch of the tree. */
  #latest(): number {
    const row = this.#db
      .query<{ time: number | null }, []>(
        "SELECT max((SELECT time FROM message WHERE room = room.id ORDER BY seq DESC LIMIT 1)) AS time FROM room",
      )
      .get();
    return row?.time ?? 0;
  }
}

function open(path: string, sync: "normal" | "full"): Database {
  try {
    const db = new Database(path, { create: true, readwrite: true, strict: true });
    db.run("PRAGMA journal_mode = WAL");
    db.run(`PRAGMA synchronous = ${sync}`);
    db.run("PRAGMA busy_timeout = 5000");
    migrate(db, path);
    return db;
  } catch (error) {
    if (error instanceof StoreError) throw error;
    throw new StoreError(`The database ${path} cannot be opened: ${error instanceof Error ? error.message : error}`);
  }
}

function migrate(db: Database, path: string): void {
  const version = db.query<{ user_version: number }, []>("PRAGMA user_version").get()?.user_version ?? 0;
  if (version > MIGRATIONS.length) {
    throw new StoreError(
      `The database ${path} was written by a newer tcpchat (its version is ${version}, this one knows ${MIGRATIONS.length}).`,
    );
  }
  for (const [step, sql] of MIGRATIONS.entries()) {
    if (step < version) continue;
    db.transaction(() => {
      db.run(sql);
      db.run(`PRAGMA user_version = ${step + 1}`);
    })();
  }
}

function remembered(row: MessageRow, room: string): Remembered {
  const { seq, time, manner, nick, user, host, account, text, tags } = row;
  return {
    type: "said",
    seq,
    time,
    origin: undefined,
    from: { nick, user, host, realname: "", account: account ?? undefined },
    to: room,
    inRoom: true,
    rank: undefined,
    manner,
    text,
    tags: tags === null ? undefined : (new Map(JSON.parse(tags) as [string, string][]) satisfies Tags),
    away: undefined,
  };
}

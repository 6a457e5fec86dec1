import { Database } from "bun:sqlite";
import type { RoomRecord, StoredEvent, StoredMessage, StoredSignal } from "../chat/store.ts";
import type { Folded } from "../text/fold.ts";
import { isOlder, reasonOf, StoreError } from "./database.ts";
import { COLUMNS, formatMsgid, type MessageRow, parseMsgid, toStoredEvent, toStoredMessage } from "./history-rows.ts";

const PAGE = 500; // messages read at once

/** A room in the database. */
export interface StoredRoom {
  readonly id: number;
  readonly key: Folded;
  readonly name: string;
}

/**
 * Reads rooms from a database that a server may be writing to: it changes nothing, and holds a page of messages in memory
 * at a time.
 */
export class RoomReader implements Disposable {
  readonly #db: Database;
  readonly #node: string;

  /** Throws `StoreError` if the database cannot be read, or is one of an older version. */
  constructor(path: string) {
    if (isOlder(path))
      throw new StoreError(
        `The database ${path} was written by an older tcpchat.\nThis would work: restart the server with this version first; it upgrades the database`,
      );
    try {
      this.#db = new Database(path, { readonly: true, strict: true });
      this.#db.run("PRAGMA busy_timeout = 5000");
      this.#node = String(this.#meta("node") ?? "");
    } catch (error) {
      throw new StoreError(`The database ${path} cannot be read: ${reasonOf(error)}`);
    }
  }

  /** The room of this name, if anything was ever said in it. */
  find(key: Folded): StoredRoom | undefined {
    const row = this.#db.query<{ id: number }, [string]>("SELECT id FROM place WHERE key = ?").get(key);
    if (!row) return undefined;
    const kept = this.#db.query<{ record: string }, [string]>("SELECT record FROM room WHERE key = ?").get(key);
    return { id: row.id, key, name: kept ? (JSON.parse(kept.record) as RoomRecord).name : key };
  }

  /** The keys of all rooms in which anything was said. */
  keys(): readonly string[] {
    const rows = this.#db.query<{ key: string }, []>("SELECT key FROM place WHERE key GLOB '#*' ORDER BY key").all();
    return rows.map(({ key }) => key);
  }

  /** The sequence number that a msgid encodes; `undefined` if it is not of this server. */
  seqOf(msgid: string): number | undefined {
    return parseMsgid(this.#node, msgid);
  }

  /** The messages and signals of a room behind a sequence number, from a time on, oldest first. */
  *entries(room: StoredRoom, after: number, since: number): Generator<StoredMessage | StoredSignal, void> {
    const signals = this.#signals(room, after, since);
    let signal = signals.next();
    for (const message of this.#messages(room, after, since)) {
      for (; !signal.done && signal.value.seq < message.seq; signal = signals.next()) yield signal.value;
      yield message;
    }
    for (; !signal.done; signal = signals.next()) yield signal.value;
  }

  [Symbol.dispose](): void {
    this.#db.close();
  }

  *#messages({ id, key }: StoredRoom, after: number, since: number): Generator<StoredMessage, void> {
    // Messages up to the watermark are found by the index of places; behind it by a scan.
    const posted = Number(this.#meta("posted") ?? -1);
    const byIndex = `SELECT message.${COLUMNS} FROM posting CROSS JOIN message ON message.seq = posting.seq
      WHERE posting.place = ? AND posting.seq > ? AND posting.seq <= ? AND time >= ? ORDER BY posting.seq LIMIT ${PAGE}`;
    const byScan = `SELECT ${COLUMNS} FROM message
      WHERE place = ? AND seq > ? AND seq > ? AND time >= ? ORDER BY seq LIMIT ${PAGE}`;
    let last = after;
    for (const sql of [byIndex, byScan]) {
      const query = this.#db.query<MessageRow, [number, number, number, number]>(sql);
      for (let page = query.all(id, last, posted, since); page.length > 0; page = query.all(id, last, posted, since)) {
        for (const row of page) yield { ...toStoredMessage(row, key), msgid: formatMsgid(this.#node, row.seq) };
        last = page.at(-1)?.seq ?? last;
      }
    }
  }

  *#signals({ id, key }: StoredRoom, after: number, since: number): Generator<StoredSignal, void> {
    const query = this.#db.query<{ event: string }, [number, number, number]>(
      `SELECT event FROM happening WHERE place = ? AND seq > ? AND time >= ?
        AND json_extract(event, '$.type') = 'signalled' ORDER BY seq LIMIT ${PAGE}`,
    );
    let last = after;
    for (let page = query.all(id, last, since); page.length > 0; page = query.all(id, last, since))
      for (const { event } of page) {
        const stored = toStoredEvent(JSON.parse(event) as StoredEvent, key);
        last = stored.seq;
        if (stored.type === "signalled") yield { ...stored, msgid: formatMsgid(this.#node, stored.seq) };
      }
  }

  #meta(key: string): string | number | undefined {
    const sql = "SELECT value FROM meta WHERE key = ?";
    return this.#db.query<{ value: string | number }, [string]>(sql).get(key)?.value;
  }
}

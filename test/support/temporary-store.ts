import { Database } from "bun:sqlite";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EventOf } from "../../src/chat/model/event.ts";
import type { Place } from "../../src/chat/store.ts";
import { SqliteStore } from "../../src/store/sqlite.ts";
import type { WriterWatch } from "../../src/store/writer.ts";

const PAGE = 4096; // bytes
const TABLES = ["meta", "place", "message", "room", "account"];

/** A folder that is there for one test, and the database in it. Ends with `using`. */
export class Shelf implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), "tcpchat-"));
  readonly file = join(this.folder, "chat.db");
  /** What the store has told: `failed: …` and `recovered`. */
  readonly told: string[] = [];
  now = 0;
  readonly #open: SqliteStore[] = [];

  readonly watch: WriterWatch = {
    clock: () => this.now,
    failed: (error) => this.told.push(`failed: ${error.message}`),
    recovered: () => this.told.push("recovered"),
    damaged: (error) => this.told.push(`damaged: ${error.message}`),
  };

  /** Opens the store as a server does when it starts. */
  opens(): SqliteStore {
    const store = new SqliteStore(this.file, "normal", this.watch);
    this.#open.push(store);
    return store;
  }

  /** Closes it, and opens it again. */
  reopens(): SqliteStore {
    this.closes();
    return this.opens();
  }

  closes(): void {
    for (const store of this.#open.splice(0)) store.close();
  }

  /** Runs SQL beside the store, as somebody else who has the file. */
  meddles(sql: string): void {
    const db = new Database(this.file);
    db.run("PRAGMA busy_timeout = 1000");
    db.run(sql);
    db.close();
  }

  /** What the database holds, read beside the store. */
  reads(sql: string): readonly unknown[] {
    const db = new Database(this.file, { readonly: true });
    const rows = db.query(sql).all();
    db.close();
    return rows;
  }

  /** Spoils the pages of the closed database that hold these words; answers how many. */
  spoils(words: string): number {
    this.meddles("PRAGMA wal_checkpoint(TRUNCATE)");
    const bytes = readFileSync(this.file);
    const pages = new Set<number>();
    for (let at = bytes.indexOf(words); at >= 0; at = bytes.indexOf(words, at + 1)) pages.add(Math.floor(at / PAGE));
    for (const page of pages) bytes.fill(0xff, page * PAGE, (page + 1) * PAGE);
    writeFileSync(this.file, bytes);
    return pages.size;
  }

  /** From now on nothing can be written, as on a disk that is full; or no rows of these tables. */
  fills(...tables: readonly string[]): void {
    for (const table of tables.length > 0 ? tables : TABLES) {
      const no = "BEGIN SELECT RAISE(ABORT, 'the disk is full'); END";
      this.meddles(`CREATE TRIGGER full_${table} BEFORE INSERT ON ${table} ${no}`);
    }
  }

  empties(): void {
    for (const table of TABLES) this.meddles(`DROP TRIGGER IF EXISTS full_${table}`);
  }

  [Symbol.dispose](): void {
    this.closes();
    rmSync(this.folder, { recursive: true });
  }
}

/** That a message was taken back. */
export function redacted(place: Place, message: number, by = "ann", reason = "", time = 5000): EventOf<"redacted"> {
  const from = { ...said(1).from, nick: by };
  const its = { place, message, messageMsgid: `x-${message}`, from: "ann", to: place, inRoom: true, reason };
  return { type: "redacted", seq: 1000 + message, msgid: "", time, origin: undefined, by: from, ...its };
}

/** Something that ann said in #dev. */
export function said(seq: number, changes: Partial<EventOf<"said">> = {}): EventOf<"said"> {
  return {
    type: "said",
    seq,
    msgid: "",
    time: 1000 + seq,
    origin: undefined,
    from: { nick: "ann", user: "~ann", host: "host", realname: "", account: undefined },
    to: "#dev",
    inRoom: true,
    rank: undefined,
    kind: "words",
    text: `text ${seq}`,
    tags: undefined,
    away: undefined,
    ...changes,
  };
}

/** A database in a folder of its own that is deleted after the test. */

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

/** A temporary folder with a database; use it with `using`. */
export class TemporaryStore implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), "tcpchat-"));
  readonly file = join(this.folder, "chat.db");
  /** The reports of the store: `failed: …`, `damaged: …` and `recovered`. */
  readonly told: string[] = [];
  now = 0;
  readonly #open: SqliteStore[] = [];

  readonly watch: WriterWatch = {
    clock: () => this.now,
    failed: (error) => this.told.push(`failed: ${error.message}`),
    recovered: () => this.told.push("recovered"),
    damaged: (error) => this.told.push(`damaged: ${error.message}`),
  };

  /** Opens the store, as a server does at its start. */
  opens(): SqliteStore {
    const store = new SqliteStore(this.file, "normal", this.watch);
    this.#open.push(store);
    return store;
  }

  /** Closes the store and opens it again. */
  reopens(): SqliteStore {
    this.closes();
    return this.opens();
  }

  closes(): void {
    for (const store of this.#open.splice(0)) store.close();
  }

  /** Runs SQL over a connection of its own, as another program would. */
  meddles(sql: string): void {
    const db = new Database(this.file);
    db.run("PRAGMA busy_timeout = 1000");
    db.run(sql);
    db.close();
  }

  /** Queries the database over a connection of its own. */
  reads(sql: string): readonly unknown[] {
    const db = new Database(this.file, { readonly: true });
    const rows = db.query(sql).all();
    db.close();
    return rows;
  }

  /** Overwrites the pages that hold these words in the closed database; returns their number. */
  spoils(words: string): number {
    this.meddles("PRAGMA wal_checkpoint(TRUNCATE)");
    const bytes = readFileSync(this.file);
    const pages = new Set<number>();
    for (let at = bytes.indexOf(words); at >= 0; at = bytes.indexOf(words, at + 1)) pages.add(Math.floor(at / PAGE));
    for (const page of pages) bytes.fill(0xff, page * PAGE, (page + 1) * PAGE);
    writeFileSync(this.file, bytes);
    return pages.size;
  }

  /** From now on inserts fail, as on a full disk: into these tables, or into all. */
  fills(...tables: readonly string[]): void {
    for (const table of tables.length > 0 ? tables : TABLES) {
      const no = "BEGIN SELECT RAISE(ABORT, 'the disk is full'); END";
      this.meddles(`CREATE TRIGGER full_${table} BEFORE INSERT ON ${table} ${no}`);
    }
  }

  /** Inserts work again. */
  empties(): void {
    for (const table of TABLES) this.meddles(`DROP TRIGGER IF EXISTS full_${table}`);
  }

  [Symbol.dispose](): void {
    this.closes();
    rmSync(this.folder, { recursive: true });
  }
}

/** The event of a redacted message. */
export function redacted(place: Place, message: number, by = "ann", reason = "", time = 5000): EventOf<"redacted"> {
  const from = { ...said(1).from, nick: by };
  const its = { place, message, messageMsgid: `x-${message}`, from: said(1).from, to: place, inRoom: true, reason };
  const seen = { isOwn: by === "ann", subject: undefined };
  return { type: "redacted", seq: 1000 + message, msgid: "", time, origin: undefined, by: from, ...its, ...seen };
}

/** The event of a message by ann in #dev. */
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

/** The event of a reaction by ann in #dev. */
export function signalled(seq: number, changes: Partial<EventOf<"signalled">> = {}): EventOf<"signalled"> {
  const { msgid, time, origin, from, to, inRoom, rank } = said(seq);
  const tags = new Map([["+draft/react", "x"]]);
  return { type: "signalled", seq, msgid, time, origin, from, to, inRoom, rank, tags, ...changes };
}

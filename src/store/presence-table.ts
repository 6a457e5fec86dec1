import type { PresenceKind } from "../chat/store.ts";
import type { Writer } from "./writer.ts";

/**
 * The rows of a cluster node's state besides history and accounts: see `PresenceStore`. The table is made at
 * its first use, so the database of a single server has none.
 */
export class PresenceTable {
  readonly #writer: Writer;
  /** The hash of each record as it was written last: an unchanged record is not written again. */
  readonly #written = new Map<string, bigint>();

  constructor(writer: Writer) {
    this.#writer = writer;
    writer.db.run(
      "CREATE TABLE IF NOT EXISTS presence (kind TEXT NOT NULL, key TEXT NOT NULL, record TEXT NOT NULL, PRIMARY KEY (kind, key)) WITHOUT ROWID",
    );
  }

  /** Saves a record, or deletes it (`undefined`). */
  save(kind: PresenceKind, key: string, record: unknown): void {
    const { db } = this.#writer;
    const name = `${kind} ${key}`;
    if (record === undefined) {
      this.#written.delete(name);
      this.#writer.write(() => db.query("DELETE FROM presence WHERE kind = ? AND key = ?").run(kind, key));
      return;
    }
    const text = JSON.stringify(record);
    const hash = BigInt(Bun.hash(text));
    if (this.#written.get(name) === hash) return;
    const isWritten = this.#writer.write(() =>
      db.query("INSERT OR REPLACE INTO presence VALUES (?, ?, ?)").run(kind, key, text),
    );
    if (isWritten) this.#written.set(name, hash);
  }

  /** The records of a kind by their keys, in the order of these. */
  of(kind: PresenceKind): readonly (readonly [key: string, record: unknown])[] {
    const sql = "SELECT key, record FROM presence WHERE kind = ? ORDER BY key";
    const rows = this.#writer.db.query<{ key: string; record: string }, [string]>(sql).all(kind);
    return rows.map(({ key, record }) => [key, JSON.parse(record) as unknown]);
  }
}

import type { PresenceKind, RowPositions, RowsPage } from "../chat/store.ts";
import { COLUMNS } from "./history-rows.ts";
import type { Writer } from "./writer.ts";

/** The rows of a node of a cluster: those that all nodes compare, and its state besides history and accounts. */

/** A table whose rows are the same on all nodes of a cluster after the same record of the log. */
interface ComparedTable {
  readonly name: string;
  /** Its primary key. */
  readonly key: readonly string[];
  /** Its other columns, but ids of places: each database has its own. */
  readonly columns: readonly string[];
}

function table(name: string, key: readonly string[], columns: readonly string[]): ComparedTable {
  return { name, key, columns };
}

const TABLES: readonly ComparedTable[] = [
  table("account", ["id"], ["key", "record"]),
  table("ban", ["key"], ["record"]),
  table("certificate", ["fingerprint", "account"], []),
  table("conversation", ["account", "peer"], ["name", "unheard", "latest"]),
  table("marker", ["account", "target"], ["time", "seq"]),
  table("membership", ["account", "room"], ["since"]),
  table("message", ["seq"], COLUMNS.split(", ").slice(1)),
  table("redaction", ["seq"], ["place", "time", "by", "reason"]),
  table("room", ["key"], ["record"]),
  table("sent", ["target", "sender", "id"], ["seq"]),
  table("token", ["hash"], ["owner", "record"]),
];

type Row = Readonly<Record<string, string | number | null>>;

/** The next rows of each table, at most `most`; a table that is at its end begins again. */
export function nextRows(writer: Writer, after: RowPositions, most: number): RowsPage {
  const rows: (readonly unknown[])[] = [];
  const positions: Record<string, RowPositions[string]> = {};
  for (const { name, key, columns } of TABLES) {
    const from = after[name];
    const keys = key.join(", ");
    const where = from ? `WHERE (${keys}) > (${key.map(() => "?").join(", ")})` : "";
    const sql = `SELECT ${[...key, ...columns].join(", ")} FROM ${name} ${where} ORDER BY ${keys} LIMIT ${most}`;
    const query = () => writer.db.query<Row, (string | number)[]>(sql).all(...(from ?? []));
    const found = writer.read(query, []);
    for (const row of found) rows.push([name, ...[...key, ...columns].map((column) => valueIn(column, row))]);
    const last = found.at(-1);
    if (last && found.length === most) positions[name] = key.map((column) => last[column] ?? "");
  }
  return { rows, positions };
}

/** The value of a column. The text of a record is not the same everywhere: its fields may have another order. */
function valueIn(column: string, row: Row): unknown {
  const value = row[column];
  if (column !== "record") return value;
  try {
    return JSON.parse(String(value));
  } catch {
    return value; // damaged: no other node has this
  }
}

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

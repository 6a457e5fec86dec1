import type { RowPositions, RowsPage } from "../chat/store.ts";
import { COLUMNS } from "./history-rows.ts";
import type { Writer } from "./writer.ts";

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

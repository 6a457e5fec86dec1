import type { TokenOwner, TokenRecord } from "../chat/model/token.ts";
import type { Writer } from "./writer.ts";

interface TokenRow {
  readonly record: string;
}

/** The tokens, by hash and by owner. Every look-up also sees changes that could not be written yet. */
export class TokenTable {
  readonly #writer: Writer;
  /** Records saved or removed (`undefined`) that may not be written yet. */
  readonly #pending = new Map<string, TokenRecord | undefined>();

  constructor(writer: Writer) {
    this.#writer = writer;
  }

  /** Saves a record; returns the function that writes it. */
  save(record: TokenRecord): () => void {
    const { hash, owner } = record;
    this.#pending.set(hash, record);
    return () => {
      const sql = `INSERT INTO token (hash, owner, record) VALUES (?, ?, ?)
        ON CONFLICT (hash) DO UPDATE SET owner = excluded.owner, record = excluded.record`;
      this.#writer.db.query(sql).run(hash, owner, JSON.stringify(record));
    };
  }

  /** Removes a token; returns the function that writes this. */
  remove(hash: string): () => void {
    this.#pending.set(hash, undefined);
    return () => {
      this.#writer.db.query("DELETE FROM token WHERE hash = ?").run(hash);
    };
  }

  /** Reports that all pending changes are written. */
  clearPending(): void {
    this.#pending.clear();
  }

  withHash(hash: string): TokenRecord | undefined {
    return this.#pending.has(hash) ? this.#pending.get(hash) : this.#find("hash = ?", hash)[0];
  }

  /** The tokens of an owner, in the order of their making. */
  ofOwner(owner: TokenOwner): readonly TokenRecord[] {
    return this.#withPending(this.#find("owner = ?", owner), (record) => record.owner === owner);
  }

  /** SQLite searches the records' text, as for accounts with push subscriptions. */
  outgoing(): readonly TokenRecord[] {
    const isOutgoing = ({ out }: TokenRecord) => out !== undefined;
    return this.#withPending(this.#find("instr(record, ?) > 0", '"out":'), isOutgoing).filter(isOutgoing);
  }

  #withPending(found: readonly TokenRecord[], matches: (record: TokenRecord) => boolean): readonly TokenRecord[] {
    const all = new Map(found.map((record) => [record.hash, record]));
    for (const [hash, record] of this.#pending) {
      if (record && matches(record)) all.set(hash, record);
      else all.delete(hash);
    }
    return [...all.values()].sort((a, b) => a.created - b.created);
  }

  #find(condition: string, value: string): readonly TokenRecord[] {
    const sql = `SELECT record FROM token WHERE ${condition} ORDER BY rowid`;
    const rows = this.#writer.read(() => this.#writer.db.query<TokenRow, [string]>(sql).all(value), []);
    return rows.map(({ record }) => JSON.parse(record) as TokenRecord);
  }
}

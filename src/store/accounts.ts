import type { Statement } from "bun:sqlite";
import type { AccountId, AccountRecord, Logout, LogoutReason } from "../chat/model/account.ts";
import type { TokenOwner, TokenRecord } from "../chat/model/token.ts";
import { type Folded, fold } from "../text/fold.ts";
import { ASCII_REPLACEMENTS, skeleton } from "../text/skeleton.ts";
import type { Writer } from "./writer.ts";

/**
 * The tables of accounts and of tokens. Every look-up also sees changes that could not be written yet.
 */

/**
 * SQL that computes the skeleton of `key`. The index `account_look` has the same expression (`migrations.ts`); the two
 * must stay equal.
 */
const SKELETON = ASCII_REPLACEMENTS.reduce(
  (sql, [character, like]) => `replace(${sql}, '${character}', '${like}')`,
  "key",
);

// If another program has meanwhile created an account with this name, that one stays, and this account is not stored.
const SAVE = `INSERT INTO account (id, key, record) VALUES (?, ?, ?)
  ON CONFLICT (id) DO UPDATE SET key = excluded.key, record = excluded.record ON CONFLICT (key) DO NOTHING`;

const LOGOUTS = 1000; // latest logouts kept in the table; a server reads new ones every second

interface LogoutRow {
  readonly seq: number;
  readonly account: AccountId;
  readonly name: string;
  readonly why: LogoutReason;
}

interface AccountRow {
  readonly id: AccountId;
  readonly record: string;
}

/** The accounts, by id, name, skeleton and certificate. */
export class AccountTable {
  readonly #writer: Writer;
  /** Records saved or removed (`undefined`) that may not be written yet. */
  readonly #pending = new Map<AccountId, AccountRecord | undefined>();

  readonly #logouts: Statement<LogoutRow, [number]>;
  #lastLogout: number;

  constructor(writer: Writer) {
    this.#writer = writer;
    this.#logouts = writer.db.prepare("SELECT seq, account, name, why FROM logout WHERE seq > ? ORDER BY seq");
    this.#lastLogout =
      writer.db.query<{ seq: number | null }, []>("SELECT max(seq) AS seq FROM logout").get()?.seq ?? 0;
  }

  /** Saves a record; returns the function that writes it. */
  save(record: AccountRecord): () => void {
    const { id, name, fingerprints } = record;
    this.#pending.set(id, record);
    return () => {
      const { db } = this.#writer;
      db.query(SAVE).run(id, fold(name), JSON.stringify(record));
      db.query("DELETE FROM certificate WHERE account = ?").run(id);
      for (const print of fingerprints) db.query("INSERT OR IGNORE INTO certificate VALUES (?, ?)").run(print, id);
    };
  }

  /** Removes an account with its markers, rooms, conversations and certificates; returns the function that writes this. */
  remove(id: AccountId): () => void {
    this.#pending.set(id, undefined);
    return () => {
      const { db } = this.#writer;
      db.query("DELETE FROM account WHERE id = ?").run(id);
      for (const table of ["certificate", "marker", "membership", "conversation"])
        db.query(`DELETE FROM ${table} WHERE account = ?`).run(id);
    };
  }

  /** Orders a running server to log an account out; returns the function that writes the order. */
  logOut({ account, why }: Logout): () => void {
    return () => {
      const { db } = this.#writer;
      db.query("INSERT INTO logout (account, name, why) VALUES (?, ?, ?)").run(account.id, account.name, why);
      db.query("DELETE FROM logout WHERE seq <= (SELECT max(seq) FROM logout) - ?").run(LOGOUTS);
    };
  }

  /** The logouts ordered since the last call, or since the table was opened. */
  takeLogouts(): readonly Logout[] {
    const rows = this.#writer.read(() => this.#logouts.all(this.#lastLogout), []);
    this.#lastLogout = rows.at(-1)?.seq ?? this.#lastLogout;
    return rows.map(({ account: id, name, why }) => ({ account: { id, name }, why }));
  }

  /**
   * Ids of the accounts whose removal is among the latest logouts. Any other account that is not found may be on a
   * damaged page.
   */
  removed(): readonly AccountId[] {
    const sql = "SELECT account FROM logout WHERE why = 'account-removed'";
    const rows = this.#writer.read(() => this.#writer.db.query<{ account: AccountId }, []>(sql).all(), []);
    return rows.map(({ account }) => account);
  }

  /** Reports that all pending changes are written. */
  clearPending(): void {
    this.#pending.clear();
  }

  withId(id: AccountId): AccountRecord | undefined {
    return this.#pending.has(id) ? this.#pending.get(id) : this.#find("id = ?", id, () => false)[0];
  }

  withName(name: Folded): AccountRecord | undefined {
    return this.#find("key = ?", name, (record) => fold(record.name) === name)[0];
  }

  withSkeleton(wanted: string): readonly AccountRecord[] {
    return this.#find(`${SKELETON} = ?`, wanted, ({ name }) => skeleton(name) === wanted);
  }

  withCertificate(fingerprint: string): readonly AccountRecord[] {
    const condition = "id IN (SELECT account FROM certificate WHERE fingerprint = ?)";
    return this.#find(condition, fingerprint, ({ fingerprints }) => fingerprints.includes(fingerprint));
  }

  all(): readonly AccountRecord[] {
    return this.#find("? = ''", "", () => true);
  }

  /** SQLite searches the records' text, in a fifth of the time that parsing all of them takes. */
  withPush(): readonly AccountRecord[] {
    const hasPush = ({ push }: AccountRecord) => push !== undefined;
    return this.#find("instr(record, ?) > 0", '"push":', hasPush).filter(hasPush);
  }

  /** Finds accounts by an SQL condition in the database, and by `matches` among the pending changes; sorted by name. */
  #find(condition: string, value: string, matches: (record: AccountRecord) => boolean): readonly AccountRecord[] {
    // The `+` keeps SQLite from following the order of the index on `key`, a look-up a row.
    const sql = `SELECT id, record FROM account WHERE ${condition} ORDER BY +key`;
    const rows = this.#writer.read(() => this.#writer.db.query<AccountRow, [string]>(sql).all(value), []);
    const kept = rows
      .filter(({ id }) => !this.#pending.has(id))
      .map(({ record }) => JSON.parse(record) as AccountRecord);
    if (this.#pending.size === 0) return kept;
    const pending = [...this.#pending.values()].filter((record) => record !== undefined).filter(matches);
    return [...kept, ...pending].sort((one, other) => (fold(one.name) < fold(other.name) ? -1 : 1));
  }
}

interface TokenRow {
  readonly record: string;
}

/** The tokens, by hash and by owner. */
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

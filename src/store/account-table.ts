import type { Statement } from "bun:sqlite";
import type { AccountId, AccountRecord } from "../chat/model/account.ts";
import type { Logout, LogoutReason } from "../chat/rules/sessions.ts";
import { type Folded, fold } from "../text/fold.ts";
import { ALIKE_IN_ASCII, skeleton } from "../text/skeleton.ts";
import type { Writer } from "./writer.ts";

/** The SQL of how a name looks; an index has the same expression (`migrations.ts`), and both must stay the same. */
const LOOK = ALIKE_IN_ASCII.reduce((look, [character, like]) => `replace(${look}, '${character}', '${like}')`, "key");

// A name that another program has given away meanwhile stays as it is: the account that is late is not there then.
const SAVE = `INSERT INTO account (id, key, record) VALUES (?, ?, ?)
  ON CONFLICT (id) DO UPDATE SET key = excluded.key, record = excluded.record ON CONFLICT (key) DO NOTHING`;

const LOGOUTS = 1000; // that are kept: a server looks once a second

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

/**
 * Accounts, by their ids, names, looks and certificates. What could not be written yet is found as if it had been, by
 * all of them.
 */
export class AccountTable {
  readonly #writer: Writer;
  /** Saved or removed (`undefined`), and perhaps not written yet. */
  readonly #owed = new Map<AccountId, AccountRecord | undefined>();

  readonly #logouts: Statement<LogoutRow, [number]>;
  #lastLogout: number;

  constructor(writer: Writer) {
    this.#writer = writer;
    this.#logouts = writer.db.prepare("SELECT seq, account, name, why FROM logout WHERE seq > ? ORDER BY seq");
    this.#lastLogout =
      writer.db.query<{ seq: number | null }, []>("SELECT max(seq) AS seq FROM logout").get()?.seq ?? 0;
  }

  /** Answers how to write it. */
  save(record: AccountRecord): () => void {
    const { id, name, fingerprints } = record;
    this.#owed.set(id, record);
    return () => {
      const { db } = this.#writer;
      db.query(SAVE).run(id, fold(name), JSON.stringify(record));
      db.query("DELETE FROM certificate WHERE account = ?").run(id);
      for (const print of fingerprints) db.query("INSERT OR IGNORE INTO certificate VALUES (?, ?)").run(print, id);
    };
  }

  /** Answers how to write it. */
  remove(id: AccountId): () => void {
    this.#owed.set(id, undefined);
    return () => {
      const { db } = this.#writer;
      db.query("DELETE FROM account WHERE id = ?").run(id);
      for (const table of ["certificate", "marker", "conversation"])
        db.query(`DELETE FROM ${table} WHERE account = ?`).run(id);
    };
  }

  /** Answers how to write it. */
  logOut({ account, why }: Logout): () => void {
    return () => {
      const { db } = this.#writer;
      db.query("INSERT INTO logout (account, name, why) VALUES (?, ?, ?)").run(account.id, account.name, why);
      db.query("DELETE FROM logout WHERE seq <= (SELECT max(seq) FROM logout) - ?").run(LOGOUTS);
    };
  }

  takeLogouts(): readonly Logout[] {
    const rows = this.#writer.read(() => this.#logouts.all(this.#lastLogout), []);
    this.#lastLogout = rows.at(-1)?.seq ?? this.#lastLogout;
    return rows.map(({ account: id, name, why }) => ({ account: { id, name }, why }));
  }

  /** The accounts whose removal is among the latest logouts; any other that is not found may be damaged. */
  removed(): readonly AccountId[] {
    const sql = "SELECT account FROM logout WHERE why = 'account-removed'";
    const rows = this.#writer.read(() => this.#writer.db.query<{ account: AccountId }, []>(sql).all(), []);
    return rows.map(({ account }) => account);
  }

  /** All that was saved and removed is written. */
  written(): void {
    this.#owed.clear();
  }

  withId(id: AccountId): AccountRecord | undefined {
    return this.#owed.has(id) ? this.#owed.get(id) : this.#find("id = ?", id, () => false)[0];
  }

  named(name: Folded): AccountRecord | undefined {
    return this.#find("key = ?", name, (record) => fold(record.name) === name)[0];
  }

  like(look: string): readonly AccountRecord[] {
    return this.#find(`${LOOK} = ?`, look, ({ name }) => skeleton(name) === look);
  }

  withCertificate(fingerprint: string): readonly AccountRecord[] {
    const which = "id IN (SELECT account FROM certificate WHERE fingerprint = ?)";
    return this.#find(which, fingerprint, ({ fingerprints }) => fingerprints.includes(fingerprint));
  }

  all(): readonly AccountRecord[] {
    return this.#find("? = ''", "", () => true);
  }

  /** Finds accounts in the database and among those that are yet to be written; sorted by their names. */
  #find(which: string, value: string, isMeant: (record: AccountRecord) => boolean): readonly AccountRecord[] {
    const sql = `SELECT id, record FROM account WHERE ${which} ORDER BY key`;
    const rows = this.#writer.read(() => this.#writer.db.query<AccountRow, [string]>(sql).all(value), []);
    const kept = rows.filter(({ id }) => !this.#owed.has(id)).map(({ record }) => JSON.parse(record) as AccountRecord);
    if (this.#owed.size === 0) return kept;
    const owed = [...this.#owed.values()].filter((record) => record !== undefined).filter(isMeant);
    return [...kept, ...owed].sort((one, other) => (fold(one.name) < fold(other.name) ? -1 : 1));
  }
}

import { existsSync } from "node:fs";
import type { Hashing } from "../chat/accounts.ts";
import { fitsPassword } from "../chat/accounts.ts";
import { type Account, type AccountRecord, certificatesOf, keyKind } from "../chat/model/account.ts";
import { PASSWORD_BYTES } from "../chat/model/limits.ts";
import { isNick } from "../chat/model/names.ts";
import { withPassword } from "../chat/rules/account-changes.ts";
import type { Store } from "../chat/store.ts";
import { accountWords, passwordRemarks, passwordWords } from "../chat/words/accounts.ts";
import type { InputStream, Process } from "../client/run/process.ts";
import { askSecret } from "../client/ui/line-input.ts";
import { newAccountId, PasswordHashing } from "../server/password-hashing.ts";
import { backup, restore } from "../store/backup.ts";
import { DataFolder, databaseIn, FolderInUse, makeFolder } from "../store/data-folder.ts";
import { isOlder, StoreError } from "../store/database.ts";
import { SqliteStore } from "../store/sqlite.ts";
import { fold } from "../text/fold.ts";
import { nearest } from "../text/nearest.ts";
import { changesByLog } from "./cluster.ts";
import { dataFolder, existingDatabase, fileConfig, passwordIn } from "./files.ts";
import { ownCluster } from "./node.ts";
import { AdminError, type Options, text, UsageError } from "./options.ts";

/** `tcpchat account`: returns the text to print. It may run beside a server that uses the same folder. */
export async function account(options: Options, proc: Process): Promise<string> {
  const config = fileConfig(options, proc.env);
  let opened: SqliteStore | undefined;
  const setup = {
    get store() {
      const folder = dataFolder(options, config, proc.env);
      if (options.rest[0] !== "list" && !config.cluster) mustBeAlone(folder);
      // A database of a cluster comes from its log.
      opened ??= storeIn(folder, options.rest[0] === "add" && !config.cluster);
      return opened;
    },
    hashing: new PasswordHashing(),
    clock: Date.now,
    get changes() {
      return config.cluster ? changesByLog(config.cluster, setup.store) : changesIn(setup.store, Date.now);
    },
    nickLength: config.limits.nickLength,
    passwordLength: config.accounts.passwordLength,
    keepsCertificates: options.flags.has("keep-certificates"),
    secret: () => secretFor(options, proc),
  };
  try {
    return (await runAccount(options.rest, setup)).join("\n");
  } finally {
    opened?.close();
  }
}

/** Refuses to write into the data folder of a cluster's server: its state would then differ from that of the others. */
function mustBeAlone(folder: string): void {
  if (ownCluster(folder) === undefined) return;
  throw new AdminError(
    `tcpchat account: the data folder ${folder} belongs to a server of a cluster, whose servers share their accounts.\nThis would work: --config FILE, with that server's configuration; it changes the account on all servers`,
  );
}

/** Opens the store in a data folder. Folder and database are created only for the first account (`mayMake`). */
function storeIn(folder: string, mayMake: boolean): SqliteStore {
  if (mayMake) makeFolder(folder);
  const database = mayMake ? databaseIn(folder) : existingDatabase(folder);
  const open = () => new SqliteStore(database, "full", { clock: Date.now, failed: () => {}, recovered: () => {} });
  return existsSync(database) && isOlder(database) ? openUpgraded(folder, open) : open();
}

/**
 * Opens a database of an older version, which upgrades it. Refused while a server runs on the folder, because an older
 * server could not use the upgraded database.
 */
function openUpgraded(folder: string, open: () => SqliteStore): SqliteStore {
  try {
    const lockedFolder = new DataFolder(folder);
    try {
      return open();
    } finally {
      lockedFolder.close();
    }
  } catch (error) {
    if (!(error instanceof FolderInUse)) throw error;
    throw new StoreError(
      `The database in ${folder} was written by an older tcpchat, and a server of that version uses it.\nThis would work: restart the server with this version first; it upgrades the database`,
    );
  }
}

/** `tcpchat hash-password`: returns the hash of a password, in the form that the configuration takes. */
export async function hashPassword(options: Options, proc: Process): Promise<string> {
  return Bun.password.hash(await secretFor(options, proc));
}

/** `tcpchat backup FILE`: copies the database and the keys, and returns the text to print. */
export function copyDatabase(options: Options, proc: Process): string {
  const [file] = options.rest;
  if (file === undefined) throw new UsageError("tcpchat backup: to which file? tcpchat backup FILE");
  const folder = dataFolder(options, fileConfig(options, proc.env), proc.env);
  backup(folder, file);
  return `The database and the keys in ${folder} are copied to ${file}; tcpchat restore ${file} puts them back.`;
}

/** `tcpchat restore FILE`: restores a backup into a data folder, and returns the text to print. */
export function restoreDatabase(options: Options, proc: Process): string {
  const [file] = options.rest;
  if (file === undefined) throw new UsageError("tcpchat restore: from which file? tcpchat restore FILE");
  const folder = dataFolder(options, fileConfig(options, proc.env), proc.env);
  restore(file, folder, options.flags.has("force"));
  return `The backup ${file} is restored into ${folder}; tcpchat server continues from it.`;
}

/** Gets a password: from a file, the environment, the terminal, or standard input. */
async function secretFor(options: Options, proc: Process): Promise<string> {
  const file = text(options, "password-file");
  if (file !== undefined) return passwordIn(file);
  const secret = proc.env.TCPCHAT_PASSWORD || (await readPassword(proc));
  if (secret) return secret;
  throw new AdminError(
    proc.stdin.isTTY
      ? "tcpchat: no password was given, or the two differ; nothing has changed"
      : "tcpchat: there is no password on standard input.\nThis would work: --password-file FILE, or TCPCHAT_PASSWORD",
  );
}

/**
 * Reads a password: at a terminal it is asked for twice and not echoed; otherwise it is the first line of stdin.
 * `undefined` if there is none, or if the two answers differ.
 */
export async function readPassword(proc: Process): Promise<string | undefined> {
  if (!proc.stdin.isTTY) return firstLine(proc.stdin);
  const first = await askSecret(proc, "Password");
  if (first === undefined) return undefined;
  return first === (await askSecret(proc, "Once more")) ? first : undefined;
}

/** The first line of a stream, or all of it if it has no line end; `undefined` if that is empty. */
function firstLine(stdin: InputStream): Promise<string | undefined> {
  return new Promise((resolve) => {
    const decoder = new TextDecoder();
    let text = "";
    const take = (bytes: Uint8Array): void => {
      text += decoder.decode(bytes, { stream: true });
      if (text.includes("\n")) finish();
    };
    const finish = (): void => {
      stdin.off("data", take);
      stdin.off("end", finish);
      stdin.pause();
      const [line = ""] = text.split(/\r?\n/);
      resolve(line === "" ? undefined : line);
    };
    stdin.on("data", take);
    stdin.on("end", finish);
    stdin.resume();
  });
}

/** Makes changes to accounts. Rejects with `AdminError` if one is not made. */
export interface AccountChanges {
  add(account: Omit<AccountRecord, "created">): Promise<void>;
  /** Also ends the account's tokens and sessions. Certificates are removed unless they are kept. */
  setPassword(
    account: AccountRecord,
    secret: Pick<AccountRecord, "hash" | "scram">,
    kept: Pick<AdminSetup, "keepsCertificates">,
  ): Promise<void>;
  /** Removes the account with everything stored for it, and ends its sessions. */
  remove(account: Account): Promise<void>;
}

/** Changes that a server which uses the same store sees at once; it logs sessions out within a second. */
export function changesIn(store: Store, clock: () => number): AccountChanges {
  const commit = () => {
    store.commit();
    if (store.isDown) throw new AdminError("tcpchat account: the change could not be stored; nothing has changed");
  };
  return {
    add: async (account) => {
      store.saveAccount({ ...account, created: clock() });
      commit();
    },
    setPassword: async (account, secret, kept) => {
      setPassword(store, account, secret, kept);
      commit();
    },
    remove: async (account) => {
      removeAccount(store, account);
      commit();
    },
  };
}

/** The parameters of the account commands. */
export interface AdminSetup {
  readonly store: Pick<Store, "loadAccount" | "accounts">;
  readonly changes: AccountChanges;
  readonly hashing: Pick<Hashing, "hash">;
  /** The most characters of a nick; 0: no limit. */
  readonly nickLength: number;
  /** The fewest characters of a password. */
  readonly passwordLength: number;
  /** Whether a password change keeps the account's certificates. */
  readonly keepsCertificates: boolean;
  /** Gets a new password. */
  readonly secret: () => Promise<string>;
}

interface Verb {
  readonly name: string;
  readonly needsName: boolean;
  /** Returns the lines to print. */
  run(setup: AdminSetup, name: string): Promise<readonly string[]>;
}

const VERBS: readonly Verb[] = [
  { name: "add", needsName: true, run: add },
  { name: "passwd", needsName: true, run: changePassword },
  { name: "remove", needsName: true, run: remove },
  { name: "list", needsName: false, run: list },
];

/** Runs `tcpchat account VERB [NAME]` and returns the lines to print. Throws `AdminError`. */
export async function runAccount(words: readonly string[], setup: AdminSetup): Promise<readonly string[]> {
  const [given = "", name = "", extra] = words;
  const names = VERBS.map((verb) => verb.name);
  const verb = VERBS.find((candidate) => candidate.name === given);
  if (!verb) {
    const near = nearest(given, names);
    const hint = near ? `did you mean ${near}?` : `there are ${names.join(", ")}`;
    throw usageError(given === "" ? `which command? ${hint}` : `there is no command ${given}; ${hint}`);
  }
  if (verb.needsName && name === "") throw usageError(`which account? tcpchat account ${verb.name} NAME`);
  if (setup.keepsCertificates && verb.name !== "passwd")
    throw usageError(`--keep-certificates belongs to tcpchat account passwd, and not to ${verb.name}`);
  if (extra !== undefined) throw usageError(`"${extra}" is one argument too many`);
  return await verb.run(setup, name);
}

function usageError(words: string): AdminError {
  return new AdminError(`tcpchat account: ${words}`, { isUsage: true });
}

async function add(setup: AdminSetup, name: string): Promise<readonly string[]> {
  if (!isNick(name, setup.nickLength)) {
    throw usageError(`"${name}" cannot be an account name: it must be a valid nick, such as ann`);
  }
  refuseExisting(setup, name);
  const password = await validPassword(setup);
  const kept = await setup.hashing.hash(password);
  refuseExisting(setup, name);
  await setup.changes.add({ id: newAccountId(), name, ...kept, fingerprints: [] });
  return [`${name} is an account now.${passwordRemarks(password)}`];
}

async function changePassword(setup: AdminSetup, name: string): Promise<readonly string[]> {
  existing(setup, name);
  const password = await validPassword(setup);
  const kept = await setup.hashing.hash(password);
  const account = existing(setup, name);
  const { keepsCertificates } = setup;
  await setup.changes.setPassword(account, kept, { keepsCertificates });
  return [passwordWords({ account, password, keepsCertificates }, false)];
}

async function remove(setup: AdminSetup, name: string): Promise<readonly string[]> {
  const account = existing(setup, name);
  await setup.changes.remove(account);
  return [
    `${account.name} is no longer an account. All its sessions are logged out, and its ranks in rooms are gone; its messages stay.`,
  ];
}

async function list(setup: AdminSetup, name: string): Promise<readonly string[]> {
  if (name !== "") return [accountLine(existing(setup, name))];
  return [...setup.store.accounts()].map(accountLine);
}

/**
 * Changes an account's password, ends its tokens, and orders a running server to log its sessions out. Certificates are removed unless
 * they are kept.
 */
export function setPassword(
  store: Pick<Store, "saveAccount" | "removeTokens" | "logOut">,
  account: AccountRecord,
  secret: Pick<AccountRecord, "hash" | "scram">,
  { keepsCertificates }: Pick<AdminSetup, "keepsCertificates">,
): void {
  store.saveAccount(withPassword(account, { secret, keepsCertificates }));
  store.removeTokens(account.id);
  store.logOut({ account, why: "password-changed" });
}

/** Removes an account with everything stored for it, and orders a running server to log its sessions out. */
export function removeAccount(store: Pick<Store, "removeAccount" | "logOut">, account: Account): void {
  store.removeAccount(account.id);
  store.logOut({ account, why: "account-removed" });
}

function accountLine(account: AccountRecord): string {
  const { name, created, hash } = account;
  const keys = certificatesOf(account).map(
    (print) => `${keyKind(print) === "SSH" ? "SSH key" : "certificate"} ${print}`,
  );
  const ways = [...(hash === undefined ? [] : ["password"]), ...keys];
  return [name, new Date(created).toISOString().slice(0, 10), ...ways].join("\t");
}

function refuseExisting({ store }: AdminSetup, name: string): void {
  const account = store.loadAccount(fold(name));
  if (account) {
    throw new AdminError(
      `tcpchat account: ${account.name} is an account already.\nThis would work: tcpchat account passwd ${account.name}`,
    );
  }
}

function existing({ store }: AdminSetup, name: string): AccountRecord {
  const account = store.loadAccount(fold(name));
  if (account) return account;
  const near = nearest(
    name,
    [...store.accounts()].map((each) => each.name),
  );
  throw new AdminError(`tcpchat account: there is no account ${name}${near ? `; did you mean ${near}?` : ""}`);
}

async function validPassword({ secret, passwordLength: least }: AdminSetup): Promise<string> {
  const password = await secret();
  if (fitsPassword(password, least)) return password;
  const words = accountWords({ why: "password-bad", least, most: PASSWORD_BYTES });
  throw new AdminError(`tcpchat account: ${words}; this one has ${Buffer.byteLength(password)} bytes`);
}

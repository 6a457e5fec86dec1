import { existsSync } from "node:fs";
import { PasswordHashing } from "../server/password-hashing.ts";
import { backup, restore } from "../store/backup.ts";
import { DataFolder, databaseIn, FolderInUse, makeFolder } from "../store/data-folder.ts";
import { isOlder, StoreError } from "../store/database.ts";
import { SqliteStore } from "../store/sqlite.ts";
import { AdminError, runAccount } from "./account.ts";
import { secretIn } from "./files.ts";
import { type Options, text, UsageError } from "./options.ts";
import { type Keyboard, readSecret } from "./password-prompt.ts";
import { dataFolder, type Env, fileConfig } from "./settings.ts";

/** The parts of the process that the operator's commands are given. */
export interface Desk {
  readonly env: Env;
  readonly stdin: Keyboard;
  /** Shows a question. */
  readonly show: (text: string) => void;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
}

/** `tcpchat account`: answers what to print. It works beside a server that runs on the same folder. */
export async function account(options: Options, desk: Desk): Promise<string> {
  const config = fileConfig(options, desk.env);
  let opened: SqliteStore | undefined;
  const setup = {
    get store() {
      opened ??= storeIn(dataFolder(options, config, desk.env), options.rest[0] === "add", desk);
      return opened;
    },
    hashing: new PasswordHashing(),
    clock: desk.clock,
    nickLength: config.limits.nickLength,
    passwordLength: config.accounts.passwordLength,
    keepsCertificates: options.flags.has("keep-certificates"),
    secret: () => secretFor(options, desk),
  };
  try {
    return (await runAccount(options.rest, setup)).join("\n");
  } finally {
    opened?.close();
  }
}

/** The store in a data folder; what is not there yet is made only for the first account. */
function storeIn(folder: string, mayMake: boolean, { clock }: Desk): SqliteStore {
  const database = databaseIn(folder);
  const open = () => new SqliteStore(database, "full", { clock, failed: () => {}, recovered: () => {} });
  if (mayMake) makeFolder(folder);
  else if (!existsSync(database))
    throw new StoreError(`There is no database in ${folder}; has a server run there? --data names another folder.`);
  return existsSync(database) && isOlder(database) ? upgraded(folder, open) : open();
}

/** The store in a folder with a database of an older version: brought up to date, unless a server uses it, which could not go on with it. */
function upgraded(folder: string, open: () => SqliteStore): SqliteStore {
  try {
    const alone = new DataFolder(folder);
    try {
      return open();
    } finally {
      alone.close();
    }
  } catch (error) {
    if (!(error instanceof FolderInUse)) throw error;
    throw new StoreError(
      `The database in ${folder} is of an older tcpchat, and a server of that uses it.\nThis would work: restart the server first, which brings it up to date`,
    );
  }
}

/** `tcpchat hash-password`: answers the hash of a password, as the configuration takes it. */
export async function hashPassword(options: Options, desk: Desk): Promise<string> {
  return Bun.password.hash(await secretFor(options, desk));
}

/** `tcpchat backup FILE`: copies the database and the keys, and answers what to print. */
export function copyDatabase(options: Options, desk: Desk): string {
  const [file] = options.rest;
  if (file === undefined) throw new UsageError("tcpchat backup: into which file? tcpchat backup FILE");
  const folder = dataFolder(options, fileConfig(options, desk.env), desk.env);
  backup(folder, file);
  return `The database and the keys in ${folder} are copied to ${file}; tcpchat restore ${file} puts them back.`;
}

/** `tcpchat restore FILE`: puts a backup into a data folder, and answers what to print. */
export function restoreDatabase(options: Options, desk: Desk): string {
  const [file] = options.rest;
  if (file === undefined) throw new UsageError("tcpchat restore: from which file? tcpchat restore FILE");
  const folder = dataFolder(options, fileConfig(options, desk.env), desk.env);
  restore(file, folder, options.flags.has("force"));
  return `The backup ${file} is in ${folder}; tcpchat server goes on with it.`;
}

/** A password: from a file, the environment, the terminal, or standard input. */
async function secretFor(options: Options, { env, stdin, show }: Desk): Promise<string> {
  const file = text(options, "password-file");
  if (file !== undefined) return secretIn(file);
  const secret = env.TCPCHAT_PASSWORD || (await readSecret(stdin, show));
  if (secret) return secret;
  throw new AdminError(
    stdin.isTTY
      ? "tcpchat: there was no password, or not the same one twice; nothing has changed"
      : "tcpchat: there is no password on standard input.\nThis would work: --password-file FILE, or TCPCHAT_PASSWORD",
  );
}

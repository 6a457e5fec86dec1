import { chmodSync, existsSync, lstatSync, readdirSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { defaultConfig, readConfig, type ServerConfig } from "../server/config/read.ts";
import { databaseIn } from "../store/data-folder.ts";
import { StoreError } from "../store/database.ts";
import { messageOf } from "../text/filter.ts";
import { type Options, text } from "./options.ts";

/** A file that the user named cannot be read or is empty. The exit code is 2, as for any bad value. */
export class FileError extends Error {}

/** Reads a text file; `what` describes it in the error. Throws `FileError`. */
export function contentOf(file: string, what: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new FileError(`tcpchat: ${what} in ${file} cannot be read: ${messageOf(error)}`);
  }
}

/** Reads a password: the first line of a file. Throws `FileError`. */
export function passwordIn(file: string): string {
  const [secret = ""] = contentOf(file, "the password").split(/\r?\n/);
  if (secret !== "") return secret;
  throw new FileError(`tcpchat: the first line of ${file} is empty; it should be the password`);
}

const OTHERS = 0o077; // permission bits of everyone except the owner

/**
 * Removes the access of everyone except the owner from existing files. Symbolic links are skipped, since they point to
 * files that belong elsewhere. Returns the files whose permissions could not be changed.
 */
export function tighten(files: Iterable<string>): readonly string[] {
  return [...files].filter((file) => {
    try {
      const status = lstatSync(file, { throwIfNoEntry: false });
      if (status?.isFile() && (status.mode & OTHERS) !== 0) chmodSync(file, status.mode & ~OTHERS & 0o777);
      return false;
    } catch {
      return true;
    }
  });
}

/** All paths in a folder, recursively; empty if it does not exist. */
export function filesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: "utf8" }).map((name) => join(folder, name));
  } catch {
    return [];
  }
}

/** The environment variables of a program. */
export type Env = Readonly<Record<string, string | undefined>>;

/**
 * The configuration from the file given by `--config`, or from the standard file if it exists. Throws `FileError`,
 * `ConfigError`.
 */
export function fileConfig(options: Options, env: Env): ServerConfig {
  const file = configFile(options, env);
  return file === undefined ? defaultConfig() : readConfig(contentOf(file, "the configuration"), file);
}

/** The configuration file: from the command line, or the standard one if it exists. */
export function configFile(options: Options, env: Env): string | undefined {
  const home = env.XDG_CONFIG_HOME || join(homedir(), ".config");
  const standard = join(home, "tcpchat", "server.toml");
  return text(options, "config") ?? (existsSync(standard) ? standard : undefined);
}

/** The database in a data folder. Throws `StoreError` if there is none. */
export function existingDatabase(folder: string): string {
  const database = databaseIn(folder);
  if (existsSync(database)) return database;
  throw new StoreError(`There is no database in ${folder}; has a server run there? --data names another folder.`);
}

/** The server's data folder: from the command line, the configuration, or the default. */
export function dataFolder(options: Options, config: ServerConfig, env: Env): string {
  const standard = join(env.XDG_DATA_HOME || join(homedir(), ".local", "share"), "tcpchat");
  return text(options, "data") ?? config.data ?? standard;
}

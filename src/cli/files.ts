import { chmodSync, existsSync, lstatSync, readdirSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { defaultConfig, readConfig, type ServerConfig } from "../server/config/read.ts";
import { type Options, text } from "./options.ts";

/** A file that was named could not be read: exit code 2, like any bad value. */
export class FileError extends Error {}

/** The text of a file; `what` says what it is, for the error. Throws `FileError`. */
export function contentOf(file: string, what: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new FileError(
      `tcpchat: ${what} in ${file} cannot be read: ${error instanceof Error ? error.message : error}`,
    );
  }
}

/** A secret is a file's first line. Throws `FileError`. */
export function secretIn(file: string): string {
  const [secret = ""] = contentOf(file, "the password").split(/\r?\n/);
  if (secret !== "") return secret;
  throw new FileError(`tcpchat: the first line of ${file} is empty; it should be the password`);
}

const OTHERS = 0o077; // the permissions of everyone but a file's owner

/**
 * Takes files that are there from everyone but their owner; links are left alone, since they lead to what others keep.
 * Answers those that others can still get at.
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

/** All that lies in a folder, at whatever depth; nothing, if it is not there. */
export function filesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: "utf8" }).map((name) => join(folder, name));
  } catch {
    return [];
  }
}

/** The environment of a program. */
export type Env = Readonly<Record<string, string | undefined>>;

/** The configuration of the named file, or of the standard one if it exists. Throws `FileError`, `ConfigError`. */
export function fileConfig(options: Options, env: Env): ServerConfig {
  const home = env.XDG_CONFIG_HOME || join(homedir(), ".config");
  const standard = join(home, "tcpchat", "server.toml");
  const file = text(options, "config") ?? (existsSync(standard) ? standard : undefined);
  return file === undefined ? defaultConfig() : readConfig(contentOf(file, "the configuration"), file);
}

/** The folder in which a server keeps all it has: as the command line says, or the file, or the standard one. */
export function dataFolder(options: Options, config: ServerConfig, env: Env): string {
  const standard = join(env.XDG_DATA_HOME || join(homedir(), ".local", "share"), "tcpchat");
  return text(options, "data") ?? config.data ?? standard;
}

import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { defaultConfig, readConfig, type ServerConfig } from "../server/config/read.ts";
import { contentOf } from "./files.ts";
import { type Options, text } from "./options.ts";

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

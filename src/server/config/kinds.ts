import { hostname } from "node:os";
import { dirname, resolve } from "node:path";
import { PASSWORD_BYTES } from "../../chat/model/limits.ts";
import { USER_MODES, type UserMode } from "../../chat/model/modes.ts";
import { messageOf } from "../../text/filter.ts";
import { durationOf } from "../../text/time.ts";
import { badListenAddress, listenAddressOf } from "../net/listen.ts";
import { addressSet } from "../net/networks.ts";
import { adminHttpAddress } from "../ops/admin-http.ts";

/** A value as written in the file. */
export type Value = string | number | boolean | readonly string[] | Readonly<Record<string, string>>;

/** A type of value: its name, its check, and its conversion. */
export interface Kind<V extends Value, T = V> {
  /** The type in words, such as "a whole number". */
  readonly words: string;
  /** The allowed values, if they are few. */
  readonly values?: readonly string[];
  /** The value, or `undefined` if it is not of this type. */
  readonly fit: (given: unknown) => V | undefined;
  /**
   * Checks and converts a value. Throws `ConfigError`. `file` is the configuration file, for errors and relative paths.
   */
  readonly read: (value: V, file: string) => T;
}

export const TEXT: Kind<string> = {
  words: "a string",
  fit: (given) => (typeof given === "string" ? given : undefined),
  read: asItIs,
};

export const COUNT: Kind<number> = {
  words: "a whole number",
  fit: (given) => (typeof given === "number" && Number.isSafeInteger(given) && given >= 0 ? given : undefined),
  read: asItIs,
};

export const FLAG: Kind<boolean> = {
  words: "true or false",
  fit: (given) => (typeof given === "boolean" ? given : undefined),
  read: asItIs,
};

/** A list of strings; a single string counts as a list of one. */
export const LIST: Kind<readonly string[]> = {
  words: "a list of strings",
  fit: (given) => {
    const items: unknown = typeof given === "string" ? [given] : given;
    return Array.isArray(items) && items.every((item) => typeof item === "string") ? items : undefined;
  },
  read: asItIs,
};

/** A table within a table, of strings under these names. */
export function textTable<const K extends string>(...names: readonly K[]): Kind<Readonly<Record<string, string>>> {
  return {
    words: `a table of ${names.join(", ")}`,
    fit: (given) => {
      if (typeof given !== "object" || given?.constructor !== Object) return undefined;
      const isKnown = ([name, value]: [string, unknown]) => names.some((n) => n === name) && typeof value === "string";
      return Object.entries(given).every(isKnown) ? (given as Readonly<Record<string, string>>) : undefined;
    },
    read: asItIs,
  };
}

/** One of a few words. */
export function oneOf<const V extends string>(...values: readonly V[]): Kind<V> {
  return {
    words: `one of ${values.join(", ")}`,
    values,
    fit: (given) => values.find((value) => value === given),
    read: asItIs,
  };
}

/** A type with a further check or conversion. */
export function then<V extends Value, T>(kind: Kind<V>, read: Kind<V, T>["read"]): Kind<V, T> {
  return { ...kind, read };
}

function asItIs<V>(value: V): V {
  return value;
}

/** An invalid configuration. The message says where it is, what is wrong, and what would be right. */
export class ConfigError extends Error {}

/** Checks a server's name; "" becomes the host's name. Throws `ConfigError`. */
export function serverName(given: string, where: string): string {
  const name =
    given === ""
      ? `${
          hostname()
            .split(".")[0]
            ?.replace(/[^A-Za-z0-9-]/g, "") || "chat"
        }.local`
      : given;
  if (/^[A-Za-z0-9][A-Za-z0-9.-]*\.[A-Za-z0-9.-]*[A-Za-z0-9]$/.test(name) && name.length <= 63) return name;
  throw new ConfigError(
    `${where}: "${name}" is no valid server name: use letters, digits, "-" and at least one dot, such as chat.example.org`,
  );
}

/** Checks the default user modes: all but operator. */
export function userModes(given: readonly string[], file: string): readonly UserMode[] {
  const known = USER_MODES.filter((userMode) => userMode !== "operator");
  return given.map((word) => {
    const mode = known.find((userMode) => userMode === word);
    if (mode) return mode;
    throw new ConfigError(`${file}: user_modes in [server] has "${word}", and may have ${known.join(", ")}`);
  });
}

/** The non-empty lines of a text. */
export function textLines(text: string): readonly string[] {
  return text.split("\n").filter((line) => line !== "");
}

/** Checks the name of a node of a cluster, or "". */
export function nodeName(given: string, file: string): string {
  if (/^(?:[A-Za-z0-9][A-Za-z0-9-]{0,62})?$/.test(given)) return given;
  throw new ConfigError(
    `${file}: node in [cluster] is "${given}", and has letters, digits and "-" only, such as node = "a"`,
  );
}

/** Checks the addresses of the log's servers. */
export function logServers(entries: readonly string[], file: string): readonly string[] {
  const wrong = entries.find((entry) => !SITE.test(entry) || !URL.canParse(entry));
  if (wrong === undefined) return entries;
  throw new ConfigError(`${file}: log in [cluster] has "${wrong}": write an address of etcd, such as https://a:2379`);
}

function isAnywhere(hostname: string): boolean {
  return hostname === "0.0.0.0" || /^\[?::\]?$/.test(hostname);
}

/** Checks the address that other nodes connect to, or "". */
export function nodeAddress(entry: string, file: string): string {
  const place = listenAddressOf(entry);
  if (entry === "" || (place && "hostname" in place && !isAnywhere(place.hostname) && place.port > 0)) return entry;
  throw new ConfigError(
    `${file}: listen in [cluster] is "${entry}", and should be an address of this server that the others can reach, with a port, such as listen = "10.0.0.1:9001"`,
  );
}

/** Resolves the paths in a table relative to the configuration file. */
export function pathsBesideFile(
  paths: Readonly<Record<string, string>>,
  file: string,
): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(Object.entries(paths).map(([name, path]) => [name, besideFile(path, file)]));
}

/** Resolves a path relative to the configuration file; `undefined` for "". */
export function besideFile(path: string, file: string): string | undefined {
  return path === "" ? undefined : resolve(dirname(file), path);
}

/** Converts days to seconds. */
export function daysInSeconds(days: number): number {
  return days * 86_400;
}

/** Checks the minimum length of a password: at most the maximum in bytes. */
export function passwordLength(given: number, file: string): number {
  if (given <= PASSWORD_BYTES) return given;
  throw new ConfigError(
    `${file}: password_length in [accounts] is ${given}, and no password can be that long: at most ${PASSWORD_BYTES}`,
  );
}

/** Parses how long messages are kept, in milliseconds; `undefined` is forever. */
export function retention(given: string, file: string): number | undefined {
  const length = durationOf(given);
  if (given === "forever" || length !== undefined) return length;
  throw new ConfigError(
    `${file}: retention in [history] is "${given}", and should be "forever", or a number of days, hours or minutes, such as "30d"`,
  );
}

/** Checks the contact for push services: an https or mailto address, or "". */
export function contact(given: string, file: string): string {
  if (given === "" || (/^(?:https:\/\/|mailto:)\S+$/.test(given) && URL.canParse(given))) return given;
  throw new ConfigError(
    `${file}: contact in [push] is "${given}", and should be such as "mailto:ann@example.org" or "https://example.org"`,
  );
}

const SITE = /^https?:\/\/[^\s/]+$/; // without a path

/** Checks the address of the server's pages, or "". */
export function webUrl(given: string, file: string): string {
  if (given === "" || SITE.test(given)) return given;
  throw new ConfigError(`${file}: url in [web] is "${given}", and should be such as "https://chat.example.org"`);
}

/** Checks the entries of `listen`. */
export function listenAddresses(entries: readonly string[], file: string): readonly string[] {
  const wrong = entries.find((entry) => !listenAddressOf(entry));
  if (wrong === undefined) return entries;
  throw new ConfigError(`${file}: listen in [server]: ${badListenAddress(wrong)}`);
}

/** Checks the sites whose pages may connect. */
export function origins(entries: readonly string[], file: string): readonly string[] {
  const wrong = entries.find((entry) => !SITE.test(entry));
  if (wrong === undefined) return entries;
  throw new ConfigError(`${file}: origins in [web]: "${wrong}" is no site: write https://example.org, without a path`);
}

/** Checks the address for metrics: a loopback address, or "" for none. */
export function adminHttpEntry(entry: string, file: string): string {
  if (entry === "" || adminHttpAddress(entry)) return entry;
  throw new ConfigError(
    `${file}: listen in [admin] is "${entry}", and should be a loopback address, such as listen = "127.0.0.1:9100"`,
  );
}

/** Checks addresses and networks; `where` is the key's name for errors. */
export function addresses(where: string): (entries: readonly string[], file: string) => readonly string[] {
  return (entries, file) => {
    try {
      addressSet(entries);
      return entries;
    } catch (error) {
      throw new ConfigError(`${file}: ${where}: ${messageOf(error)}`);
    }
  };
}

import { hostname } from "node:os";
import { dirname, resolve } from "node:path";
import { CHAT_LIMITS, type ChatLimits } from "../chat/limits.ts";
import { nearest } from "../text/nearest.ts";
import { PORT } from "../wire/limits.ts";

/** All that a server can be told. */
export interface ServerConfig {
  readonly name: string;
  readonly network: string;
  readonly description: string;
  /** Lines of the message of the day. */
  readonly motd: readonly string[];
  /** `0.0.0.0:9000`, `[::]:9000`, `unix:/path`. */
  readonly listen: readonly string[];
  /** "" is none. */
  readonly password: string;
  /** The data folder; `undefined` keeps nothing on disk. */
  readonly data: string | undefined;
  readonly sync: "normal" | "full";
  readonly limits: ChatLimits;
  /** Bytes that a peer may leave unread. */
  readonly sendQueue: number;
}

/** A configuration that cannot be used; the message says where, what, and what would be right. */
export class ConfigError extends Error {}

type Value = string | number | boolean | readonly string[];

/** Everything that is true of a key of the configuration file. */
export interface Key {
  readonly table: "server" | "storage" | "limits";
  readonly key: string;
  readonly type: "string" | "strings" | "number";
  readonly default: Value;
  readonly help: string;
  /** The only values that there are. */
  readonly values?: readonly string[];
}

/** Every key, a row each. */
export const KEYS: readonly Key[] = [
  {
    table: "server",
    key: "name",
    type: "string",
    default: "",
    help: "the server's name on the wire; has a dot (default: the host's name + .local)",
  },
  { table: "server", key: "network", type: "string", default: "tcpchat", help: "the network's name" },
  { table: "server", key: "description", type: "string", default: "tcpchat", help: "what the server says of itself" },
  { table: "server", key: "motd", type: "string", default: "", help: "message of the day; may have several lines" },
  {
    table: "server",
    key: "listen",
    type: "strings",
    default: [`0.0.0.0:${PORT}`],
    help: "where to listen; every entry speaks every protocol",
  },
  { table: "server", key: "password", type: "string", default: "", help: "asked of everyone" },
  { table: "storage", key: "path", type: "string", default: "", help: "the data folder" },
  {
    table: "storage",
    key: "sync",
    type: "string",
    default: "normal",
    values: ["normal", "full"],
    help: "full also covers power loss",
  },
  {
    table: "limits",
    key: "nick_length",
    type: "number",
    default: CHAT_LIMITS.nickLength,
    help: "characters of a nick",
  },
  {
    table: "limits",
    key: "room_length",
    type: "number",
    default: CHAT_LIMITS.roomLength,
    help: "characters of a room's name",
  },
  { table: "limits", key: "topic_length", type: "number", default: CHAT_LIMITS.topicLength, help: "bytes of a topic" },
  {
    table: "limits",
    key: "realname_length",
    type: "number",
    default: CHAT_LIMITS.realnameLength,
    help: "bytes of a real name",
  },
  {
    table: "limits",
    key: "rooms_per_member",
    type: "number",
    default: CHAT_LIMITS.roomsPerMember,
    help: "rooms that one can be in",
  },
  {
    table: "limits",
    key: "message_bytes",
    type: "number",
    default: CHAT_LIMITS.messageBytes,
    help: "bytes of one message",
  },
  {
    table: "limits",
    key: "message_lines",
    type: "number",
    default: CHAT_LIMITS.messageLines,
    help: "lines of one message",
  },
  {
    table: "limits",
    key: "list_entries",
    type: "number",
    default: CHAT_LIMITS.listEntries,
    help: "masks in a room's lists",
  },
  { table: "limits", key: "send_queue", type: "number", default: 1 << 20, help: "bytes that a peer may leave unread" },
];

/** Reads a configuration file's text. Throws `ConfigError`. `file` is for its words, and for relative paths. */
export function readConfig(toml: string, file: string): ServerConfig {
  return configOf(checked(parsed(toml, file), file), file);
}

/** What a server is told where there is no file. */
export function defaultConfig(): ServerConfig {
  return configOf(new Map(), "");
}

function parsed(toml: string, file: string): Record<string, unknown> {
  try {
    return Bun.TOML.parse(toml) as Record<string, unknown>;
  } catch (error) {
    throw new ConfigError(`${file}: this is not TOML: ${error instanceof Error ? error.message : error}`);
  }
}

function checked(tables: Record<string, unknown>, file: string): ReadonlyMap<string, Value> {
  const values = new Map<string, Value>();
  const names = [...new Set(KEYS.map((row) => row.table))];
  for (const [table, keys] of Object.entries(tables)) {
    if (!names.some((name) => name === table))
      throw unknownName(file, `table [${table}]`, table, names, (name) => `[${name}]`);
    if (typeof keys !== "object" || keys === null)
      throw new ConfigError(`${file}: ${table} is a table: write [${table}]`);
    for (const [key, value] of Object.entries(keys)) {
      const row = KEYS.find((candidate) => candidate.table === table && candidate.key === key);
      const siblings = KEYS.filter((candidate) => candidate.table === table).map((candidate) => candidate.key);
      if (!row) throw unknownName(file, `key ${key} in [${table}]`, key, siblings, (name) => name);
      values.set(`${table}.${key}`, fitting(row, value, file));
    }
  }
  return values;
}

function unknownName(
  file: string,
  what: string,
  name: string,
  names: readonly string[],
  show: (name: string) => string,
): ConfigError {
  const near = nearest(name, names);
  return new ConfigError(
    `${file}: there is no ${what}; ${near ? `did you mean ${show(near)}?` : `there are ${names.map(show).join(", ")}`}`,
  );
}

function fitting(row: Key, value: unknown, file: string): Value {
  const where = `${file}: ${row.key} in [${row.table}]`;
  const example =
    typeof row.default === "string" ? JSON.stringify(row.values?.[0] ?? "text") : JSON.stringify(row.default);
  if (row.type === "strings") {
    const list = typeof value === "string" ? [value] : value;
    if (Array.isArray(list) && list.every((item) => typeof item === "string")) return list;
  } else if (row.type === "number") {
    if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  } else if (typeof value === "string" && (row.values === undefined || row.values.includes(value))) {
    return value;
  }
  const right = row.values
    ? `one of ${row.values.join(", ")}`
    : row.type === "number"
      ? "a whole number"
      : row.type === "strings"
        ? "a list of strings"
        : "a string";
  throw new ConfigError(
    `${where} is ${JSON.stringify(value)}, and should be ${right}, such as ${row.key} = ${example}`,
  );
}

function configOf(values: ReadonlyMap<string, Value>, file: string): ServerConfig {
  const get = (name: string) => values.get(name) ?? KEYS.find((row) => `${row.table}.${row.key}` === name)?.default;
  const text = (name: string) => String(get(name));
  const count = (key: string) => Number(get(`limits.${key}`));
  const listen = get("server.listen");
  return {
    name: serverName(text("server.name"), file),
    network: text("server.network"),
    description: text("server.description"),
    motd: text("server.motd")
      .split("\n")
      .filter((line) => line !== ""),
    listen: Array.isArray(listen) ? listen : [],
    password: text("server.password"),
    data: text("storage.path") === "" ? undefined : resolve(dirname(file), text("storage.path")),
    sync: text("storage.sync") === "full" ? "full" : "normal",
    limits: {
      ...CHAT_LIMITS,
      nickLength: count("nick_length"),
      roomLength: count("room_length"),
      topicLength: count("topic_length"),
      realnameLength: count("realname_length"),
      roomsPerMember: count("rooms_per_member"),
      messageBytes: count("message_bytes"),
      messageLines: count("message_lines"),
      listEntries: count("list_entries"),
    },
    sendQueue: count("send_queue"),
  };
}

/** A name that can stand on the wire; "" becomes the host's. Throws `ConfigError`. */
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
    `${where}: "${name}" is no server's name: letters, digits, "-" and a dot at least, such as chat.example.org`,
  );
}

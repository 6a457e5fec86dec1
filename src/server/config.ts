import { hostname } from "node:os";
import { dirname, resolve } from "node:path";
import { type AccountLimits, CHAT_LIMITS, type ChatLimits } from "../chat/limits.ts";
import { durationOf } from "../text/duration.ts";
import { nearest } from "../text/nearest.ts";
import { addressSet } from "./addresses.ts";
import type { CertificateFiles } from "./certificate.ts";
import { mostConnections } from "./descriptors.ts";
import type { HallLimits } from "./hall.ts";
import { GATEWAY_KEYS, KEYS, type Key, OPERATOR_KEYS, type Value } from "./keys.ts";
import { LEVELS, type Level } from "./log.ts";
import { monitorPlace } from "./monitor.ts";
import type { GatewayConfig } from "./net/relays.ts";

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
  /** Whether history is shown to those who come later. */
  readonly history: boolean;
  /** Messages of a room that a newcomer is shown who does not ask for them; 0 is none. */
  readonly replay: number;
  /** How long it is kept, in milliseconds; `undefined` is for ever. */
  readonly retention: number | undefined;
  readonly registration: boolean;
  readonly registerBeforeConnect: boolean;
  readonly requireEmail: boolean;
  readonly accounts: AccountLimits;
  readonly limits: ChatLimits;
  /** Bytes that a peer may leave unread. */
  readonly sendQueue: number;
  readonly connections: HallLimits;
  /** Addresses and networks that limits do not apply to. */
  readonly exempt: readonly string[];
  readonly operators: readonly OperatorConfig[];
  /** Addresses and networks of proxies, which may say from where those are whom they bring. */
  readonly proxies: readonly string[];
  readonly gateways: readonly GatewayConfig[];
  /** The certificate and its key; `undefined`: the server makes one. */
  readonly tls: CertificateFiles | undefined;
  /** Seconds for which clients are told to come back over TLS only (IRCv3 sts). */
  readonly sts: number;
  readonly logLevel: Level;
  /** Where metrics are shown, on this machine alone; "" is nowhere. */
  readonly monitor: string;
  /** Who runs the server: a place, an organisation, an address to write to. */
  readonly admin: readonly string[];
  /** What every key is set to, by its name: `limits.nick_length`. */
  readonly values: ReadonlyMap<string, Value>;
}

/** Someone who may become an operator of the server. */
export interface OperatorConfig {
  readonly name: string;
  /** As it is, or hashed: then it begins with `$`. */
  readonly password: string;
}

/** A configuration that cannot be used; the message says where, what, and what would be right. */
export class ConfigError extends Error {}

type Table = Readonly<Record<string, unknown>>;

/** Reads a configuration file's text. Throws `ConfigError`. `file` is for its words, and for relative paths. */
export function readConfig(toml: string, file: string): ServerConfig {
  const tables = parsed(toml, file);
  const lists = {
    operators: entriesOf("operators", OPERATOR_KEYS, tables.operators, file),
    gateways: gatewaysOf(tables.gateways, file),
  };
  return configOf(checked(tables, file), lists, file);
}

/** What a server is told where there is no file. */
export function defaultConfig(): ServerConfig {
  return configOf(new Map(), { operators: [], gateways: [] }, "");
}

function parsed(toml: string, file: string): Table {
  try {
    return Bun.TOML.parse(toml) as Table;
  } catch (error) {
    throw new ConfigError(`${file}: this is not TOML: ${error instanceof Error ? error.message : error}`);
  }
}

function checked(tables: Table, file: string): ReadonlyMap<string, Value> {
  const values = new Map<string, Value>();
  const names = [...new Set(KEYS.map((row) => row.table))];
  for (const [table, keys] of Object.entries(tables)) {
    if (table === "operators" || table === "gateways") continue;
    if (!names.some((name) => name === table)) throw unknownTable(file, table, names);
    if (!isTable(keys)) throw new ConfigError(`${file}: ${table} is a table: write [${table}]`);
    for (const [key, value] of Object.entries(keys)) {
      const row = KEYS.find((candidate) => candidate.table === table && candidate.key === key);
      const siblings = KEYS.filter((candidate) => candidate.table === table).map((candidate) => candidate.key);
      if (!row) throw unknownKey(file, key, `[${table}]`, siblings);
      values.set(`${table}.${key}`, fitting(row, value, file));
    }
  }
  return values;
}

/** The entries of a list of tables, each of which has all of its keys. */
function entriesOf<K extends string>(
  table: "operators" | "gateways",
  keys: readonly K[],
  entries: unknown,
  file: string,
): readonly Record<K, string>[] {
  if (entries === undefined) return [];
  if (!Array.isArray(entries)) throw new ConfigError(`${file}: ${table} are a list of tables: write [[${table}]]`);
  return entries.map((entry: unknown) => {
    const given = isTable(entry) ? entry : {};
    for (const key of Object.keys(given))
      if (!keys.some((name) => name === key)) throw unknownKey(file, key, `[[${table}]]`, keys);
    const values = keys.map((key) => [key, given[key]] as const);
    if (values.every(([, value]) => typeof value === "string" && value !== ""))
      return Object.fromEntries(values) as Record<K, string>;
    const example = table === "operators" ? 'name = "ann"' : 'address = "10.0.0.1"';
    const article = keys[0] === "address" ? "an" : "a";
    throw new ConfigError(`${file}: each of [[${table}]] has ${article} ${keys.join(" and a ")}, such as ${example}`);
  });
}

function gatewaysOf(entries: unknown, file: string): readonly GatewayConfig[] {
  const gateways = entriesOf("gateways", GATEWAY_KEYS, entries, file);
  addresses(
    gateways.map(({ address }) => address),
    "address in [[gateways]]",
    file,
  );
  return gateways;
}

function isTable(value: unknown): value is Table {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function unknownTable(file: string, table: string, names: readonly string[]): ConfigError {
  const all = [...names.map((name) => `[${name}]`), "[[operators]]", "[[gateways]]"];
  const near = nearest(table, names);
  return new ConfigError(
    `${file}: there is no table [${table}]; ${near ? `did you mean [${near}]?` : `there are ${all.join(", ")}`}`,
  );
}

function unknownKey(file: string, key: string, table: string, names: readonly string[]): ConfigError {
  const near = nearest(key, names);
  return new ConfigError(
    `${file}: there is no key ${key} in ${table}; ${near ? `did you mean ${near}?` : `there are ${names.join(", ")}`}`,
  );
}

function fitting(row: Key, given: unknown, file: string): Value {
  const value = Array.isArray(row.default) && typeof given === "string" ? [given] : given;
  if (Array.isArray(row.default)) {
    if (Array.isArray(value) && value.every((item) => typeof item === "string")) return value;
  } else if (typeof row.default === "number") {
    if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  } else if (typeof row.default === "boolean") {
    if (typeof value === "boolean") return value;
  } else if (typeof value === "string" && (row.values === undefined || row.values.includes(value))) {
    return value;
  }
  const example = JSON.stringify(row.default === "" ? "text" : row.default);
  throw new ConfigError(
    `${file}: ${row.key} in [${row.table}] is ${JSON.stringify(given)}, and should be ${kindOf(row)}, such as ${row.key} = ${example}`,
  );
}

function kindOf(row: Key): string {
  if (row.values) return `one of ${row.values.join(", ")}`;
  if (Array.isArray(row.default)) return "a list of strings";
  return typeof row.default === "number"
    ? "a whole number"
    : typeof row.default === "boolean"
      ? "true or false"
      : "a string";
}

function configOf(
  values: ReadonlyMap<string, Value>,
  { operators, gateways }: Pick<ServerConfig, "operators" | "gateways">,
  file: string,
): ServerConfig {
  const get = (name: string) => values.get(name) ?? KEYS.find((row) => `${row.table}.${row.key}` === name)?.default;
  const text = (name: string) => String(get(name));
  const list = (name: string) => [get(name) ?? []].flat().map(String);
  return {
    name: serverName(text("server.name"), file),
    network: text("server.network"),
    description: text("server.description"),
    motd: text("server.motd")
      .split("\n")
      .filter((line) => line !== ""),
    listen: list("server.listen"),
    password: text("server.password"),
    data: text("storage.path") === "" ? undefined : resolve(dirname(file), text("storage.path")),
    sync: text("storage.sync") === "full" ? "full" : "normal",
    history: get("history.enabled") === true,
    replay: Number(get("history.replay")),
    retention: retention(text("history.retention"), file),
    registration: get("accounts.registration") === true,
    requireEmail: get("accounts.require_email") === true,
    registerBeforeConnect: get("accounts.register_before_connect") === true,
    accounts: {
      logins: Number(get("limits.logins")),
      loginsPerAddress: Number(get("limits.logins_per_address")),
      registrationsPerAddress: Number(get("limits.registrations_per_address")),
      passwordLength: Number(get("accounts.password_length")),
    },
    limits: limitsOf((key) => Number(get(`limits.${key}`))),
    sendQueue: Number(get("limits.send_queue")),
    connections: {
      perAddress: Number(get("limits.connections_per_address")),
      newPerAddress: Number(get("limits.new_connections_per_address")),
      unregisteredPerAddress: Number(get("limits.unregistered_per_address")),
      loggedInPerAddress: Number(get("limits.logged_in_per_address")),
      sessionsPerAccount: Number(get("limits.sessions_per_account")),
      inAll: mostConnections(),
      ...floodLimits(get("limits.flood_protection") === true, [
        Number(get("limits.flood_burst")),
        Number(get("limits.flood_rate")),
      ]),
    },
    exempt: addresses(list("limits.exempt"), "exempt in [limits]", file),
    proxies: addresses(list("server.proxies"), "proxies in [server]", file),
    operators,
    gateways,
    tls: certificateFiles(text("tls.cert"), text("tls.key"), file),
    sts: Number(get("tls.sts")) * 86_400,
    monitor: monitorEntry(text("admin.listen"), file),
    logLevel: LEVELS.find((level) => level === text("log.level")) ?? "warning",
    admin: list("server.admin"),
    values: new Map(KEYS.map(({ table, key }) => [`${table}.${key}`, get(`${table}.${key}`) ?? ""])),
  };
}

/** Without a number for either, there is no limit to go by. */
function floodLimits(
  wanted: boolean,
  [burst, rate]: readonly [number, number],
): Pick<HallLimits, "floodProtection" | "floodBurst" | "floodRate"> {
  return {
    floodProtection: wanted && burst > 0 && rate > 0,
    floodBurst: Math.max(1, burst),
    floodRate: Math.max(1, rate),
  };
}

function limitsOf(count: (key: string) => number): ChatLimits {
  return {
    ...CHAT_LIMITS,
    nickLength: count("nick_length"),
    roomLength: count("room_length"),
    topicLength: count("topic_length"),
    realnameLength: count("realname_length"),
    roomsPerMember: count("rooms_per_member"),
    messageBytes: count("message_bytes"),
    messageLines: count("message_lines"),
    listEntries: count("list_entries"),
    invitations: count("invitations"),
    newRoomsPerAddress: count("new_rooms_per_address"),
    roomsPerAccount: count("rooms_per_account"),
    readMarkers: count("read_markers"),
    pendingInvitations: count("pending_invitations"),
    monitoredNicks: count("monitored_nicks"),
    ignoredNicks: count("ignored_nicks"),
    maskBans: count("mask_bans"),
    addressBans: count("address_bans"),
  };
}

function retention(given: string, file: string): number | undefined {
  const length = durationOf(given);
  if (given === "forever" || length !== undefined) return length;
  throw new ConfigError(
    `${file}: retention in [history] is "${given}", and should be "forever", or a number of days, hours or minutes, such as "30d"`,
  );
}

function monitorEntry(entry: string, file: string): string {
  if (entry === "" || monitorPlace(entry)) return entry;
  throw new ConfigError(
    `${file}: listen in [admin] is "${entry}", and is for this machine alone, such as listen = "127.0.0.1:9100"`,
  );
}

function certificateFiles(cert: string, key: string, file: string): CertificateFiles | undefined {
  if (cert === "" && key === "") return undefined;
  const folder = dirname(file);
  if (cert !== "" && key !== "") return { cert: resolve(folder, cert), key: resolve(folder, key) };
  const [given, missing] = cert === "" ? ["key", "cert"] : ["cert", "key"];
  throw new ConfigError(`${file}: ${given} in [tls] goes with a ${missing}: write ${missing} = "${missing}.pem" too`);
}

function addresses(entries: readonly string[], where: string, file: string): readonly string[] {
  try {
    addressSet(entries);
    return entries;
  } catch (error) {
    throw new ConfigError(`${file}: ${where}: ${error instanceof Error ? error.message : error}`);
  }
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

import { readFileSync } from "node:fs";
import { CHAT_LIMITS, type ChatLimits } from "../../chat/model/limits.ts";
import { isLoopback } from "../../text/address.ts";
import { messageOf } from "../../text/filter.ts";
import { nearest } from "../../text/nearest.ts";
import type { CertificateFiles } from "../net/certificate.ts";
import type { GatewayConfig } from "../net/relays.ts";
import type { RegistryLimits } from "../peer/connection-registry.ts";
import { addresses, ConfigError, type Value } from "./kinds.ts";
import { GATEWAY_KEYS, type Held, heldBy, KEYS, nameOf, OPERATOR_KEYS } from "./schema.ts";

/** The configuration of a server: the values of all keys, and values derived from several of them. */
export type ServerConfig = Omit<Held, "tls" | "limits" | "connections" | "cluster"> & {
  readonly limits: Held["limits"] & ChatLimits;
  readonly connections: Held["connections"] & RegistryLimits;
  /** The certificate and its key; if `undefined`, the server makes one. */
  readonly tls: CertificateFiles | undefined;
  /** This server is one of several of the same chat. */
  readonly cluster: ClusterConfig | undefined;
  readonly operators: readonly OperatorConfig[];
  readonly gateways: readonly GatewayConfig[];
  /** The values as written in the file, by full names: `limits.nick_length`. */
  readonly values: ReadonlyMap<string, Value>;
};

/** The part of a server in a cluster. */
export interface ClusterConfig {
  readonly node: string;
  /** The servers of etcd, the one on this machine first. */
  readonly log: readonly string[];
  /** The files of the certificates; `undefined` only if everything is on this machine. */
  readonly tls: { readonly ca: string; readonly cert: string; readonly key: string } | undefined;
  /** Where other nodes fetch the history; `undefined` only without `tls`. */
  readonly listen: string | undefined;
  /** Other nodes on this machine listen on the same ports. */
  readonly reusePort: boolean;
}

/** A name and password for becoming an operator of the server. */
export interface OperatorConfig {
  readonly name: string;
  /** In plain text, or as a hash, which begins with `$`. */
  readonly password: string;
}

type Table = Readonly<Record<string, unknown>>;

/** Parses a configuration file. Throws `ConfigError`. `file` is its path, for errors and relative paths. */
export function readConfig(toml: string, file: string): ServerConfig {
  const tables = parsed(toml, file);
  const lists = {
    operators: operatorsOf(tables.operators, file),
    gateways: gatewaysOf(tables.gateways, file),
  };
  return configOf(checked(tables, file), lists, file);
}

/** Whether browsers get the page, which talks over a WebSocket. */
export function isPageServed({ page, websocket }: Pick<ServerConfig["web"], "page" | "websocket">): boolean {
  return page && websocket;
}

/** The configuration with every key at its default. */
export function defaultConfig(): ServerConfig {
  return configOf(new Map(), { operators: [], gateways: [] }, "");
}

function parsed(toml: string, file: string): Table {
  try {
    return Bun.TOML.parse(toml) as Table;
  } catch (error) {
    throw new ConfigError(`${file}: this is not TOML: ${messageOf(error)}`);
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
      values.set(`${table}.${key}`, row.fit(value, file));
    }
  }
  return values;
}

/** Reads a list of tables; every entry must have all keys. */
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

function operatorsOf(entries: unknown, file: string): readonly OperatorConfig[] {
  const operators = entriesOf("operators", OPERATOR_KEYS, entries, file);
  const names = new Set<string>();
  for (const { name } of operators) {
    const at = `${file}: name in [[operators]]: "${name}"`;
    if (!/^[^\s:]\S*$/.test(name)) throw new ConfigError(`${at} cannot be typed after /oper: write it without spaces`);
    if (names.has(name)) throw new ConfigError(`${at} occurs twice, and only the first could be used`);
    names.add(name);
  }
  return operators;
}

function gatewaysOf(entries: unknown, file: string): readonly GatewayConfig[] {
  const gateways = entriesOf("gateways", GATEWAY_KEYS, entries, file);
  addresses("address in [[gateways]]")(
    gateways.map(({ address }) => address),
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

function configOf(
  given: ReadonlyMap<string, Value>,
  lists: Pick<ServerConfig, "operators" | "gateways">,
  file: string,
): ServerConfig {
  const values = new Map(KEYS.map((row) => [nameOf(row), given.get(nameOf(row)) ?? row.default]));
  const held = heldBy(values, file);
  const { floodProtection, floodBurst, floodRate } = held.connections;
  return {
    ...held,
    ...lists,
    limits: { ...CHAT_LIMITS, ...held.limits },
    connections: {
      ...held.connections,
      inAll: mostConnections(),
      // A burst or rate of 0 is no limit.
      floodProtection: floodProtection && floodBurst > 0 && floodRate > 0,
      floodBurst: Math.max(1, floodBurst),
      floodRate: Math.max(1, floodRate),
    },
    tls: certificateFiles(held.tls, file),
    cluster: clusterOf(held.cluster, values, file),
    values,
  };
}

function certificateFiles({ cert, key }: Held["tls"], file: string): CertificateFiles | undefined {
  if (cert === undefined && key === undefined) return undefined;
  if (cert !== undefined && key !== undefined) return { cert, key };
  const [given, missing] = cert === undefined ? ["key", "cert"] : ["cert", "key"];
  throw new ConfigError(`${file}: ${given} in [tls] goes with a ${missing}: write ${missing} = "${missing}.pem" too`);
}

function clusterOf(
  { node, log, tls, listen, reusePort }: Held["cluster"],
  values: ServerConfig["values"],
  file: string,
): ClusterConfig | undefined {
  const isGiven = log.length > 0 || listen !== "" || reusePort || Object.keys(tls).length > 0;
  const wrong = (words: string) => new ConfigError(`${file}: ${words}`);
  if (node === "" && isGiven) throw wrong('[cluster] needs the name of this server: write node = "a"');
  if (node === "") return undefined;
  if (log.length === 0) throw wrong('[cluster] needs the servers of etcd: write log = ["https://a:2379", …]');
  if (values.get("server.name") === "")
    throw wrong('a cluster needs name in [server], the same on every server, such as name = "chat.example.org"');
  const { ca, cert, key } = tls;
  if (ca !== undefined && cert !== undefined && key !== undefined) {
    if (listen === "") throw wrong('[cluster] needs an address for the other servers: write listen = "10.0.0.1:9001"');
    const open = log.find((url) => !url.startsWith("https:"));
    if (open !== undefined) throw wrong(`log in [cluster] has ${open}, and with tls every address begins with https`);
    const own = [node, hostOf(`tcp://${listen}`)];
    const near = log.toSorted((one, other) => Number(own.includes(hostOf(other))) - Number(own.includes(hostOf(one))));
    return { node, log: near, tls: { ca, cert, key }, listen, reusePort };
  }
  const missing = ["ca", "cert", "key"].filter((name) => tls[name] === undefined);
  const far = log.find((url) => !isLoopback(hostOf(url)) || url.startsWith("https:"));
  if (far !== undefined || missing.length < 3 || listen !== "")
    throw wrong(
      `tls in [cluster] lacks ${missing.join(", ")}: without certificates, everyone on the network could take part`,
    );
  return { node, log, tls: undefined, listen: undefined, reusePort };
}

function hostOf(url: string): string {
  return new URL(url).hostname;
}

const SPARE = 64; // descriptors for everything else: the database, the listeners, logs

/**
 * How many connections the process has descriptors for; 0 if unknown. With one more, the event loop would spin on a
 * connection that it can neither accept nor refuse.
 */
export function mostConnections(limits: () => string = procLimits): number {
  const soft = /^Max open files\s+(\d+)/m.exec(limits())?.[1];
  return soft === undefined ? 0 : Math.max(1, Number(soft) - SPARE);
}

function procLimits(): string {
  try {
    return readFileSync("/proc/self/limits", "utf8");
  } catch {
    return "";
  }
}

import { nearest } from "../../text/nearest.ts";
import { THEMES, type ThemeName } from "../ui/theme.ts";

/** What the user's file says; every key is optional. */
export interface ClientConfig extends ServerChoice {
  /** The server where none is named: an address, or a name from `servers`. */
  readonly server: string | undefined;
  readonly theme: ThemeName | undefined;
  readonly notifications: boolean;
  readonly mouse: boolean;
  readonly servers: ReadonlyMap<string, ServerChoice>;
}

/** What may be said of one server, or of all. */
export interface ServerChoice {
  readonly address: string | undefined;
  readonly nick: string | undefined;
  readonly rooms: readonly string[] | undefined;
  readonly account: string | undefined;
  /** The certificates of who vouches for the server; then it is TLS or nothing. As it is written there. */
  readonly tlsCa: string | undefined;
  /** Files with passwords, as they are written there. */
  readonly passwordFile: string | undefined;
  readonly serverPasswordFile: string | undefined;
}

/** A configuration that cannot be used; the message says where, what, and what would be right. */
export class ClientConfigError extends Error {}

type Kind = "text" | "texts" | "switch" | "tables";

const CHOICE: Readonly<Record<string, Kind>> = {
  nick: "text",
  rooms: "texts",
  account: "text",
  password_file: "text",
  server_password_file: "text",
  tls_ca: "text",
};
const TOP: Readonly<Record<string, Kind>> = {
  ...CHOICE,
  server: "text",
  theme: "text",
  notifications: "switch",
  mouse: "switch",
  servers: "tables",
};
const SERVER: Readonly<Record<string, Kind>> = { ...CHOICE, address: "text" };

const WORDS: Readonly<Record<Kind, string>> = {
  text: 'text, such as "ann"',
  texts: 'a list of texts, such as ["lobby", "dev"]',
  switch: "true or false",
  tables: "tables, such as [servers.work]",
};

type Table = Readonly<Record<string, unknown>>;

/** Reads the text of a client's configuration. Throws `ClientConfigError`. `file` is for its words. */
export function readClientConfig(toml: string, file: string): ClientConfig {
  const top = checked(parsed(toml, file), TOP, file, "");
  const theme = textOf(top.theme);
  if (theme !== undefined && !isTheme(theme)) {
    const names = Object.keys(THEMES).join(", ");
    throw new ClientConfigError(`${file}: theme = "${theme}" is none; there are ${names}`);
  }
  const servers = new Map<string, ServerChoice>();
  for (const [name, value] of Object.entries(isTable(top.servers) ? top.servers : {})) {
    if (!isTable(value)) throw new ClientConfigError(`${file}: servers.${name} is a table: write [servers.${name}]`);
    const choice = choiceOf(checked(value, SERVER, file, ` in [servers.${name}]`));
    if (choice.address === undefined)
      throw new ClientConfigError(`${file}: [servers.${name}] has no address, such as "chat.example.org:9000"`);
    servers.set(name, choice);
  }
  return {
    ...choiceOf(top),
    server: textOf(top.server),
    theme,
    notifications: top.notifications !== false,
    mouse: top.mouse !== false,
    servers,
  };
}

function parsed(toml: string, file: string): Table {
  try {
    return Bun.TOML.parse(toml) as Table;
  } catch (error) {
    throw new ClientConfigError(`${file}: this is not TOML: ${error instanceof Error ? error.message : error}`);
  }
}

function checked(table: Table, keys: Readonly<Record<string, Kind>>, file: string, where: string): Table {
  for (const [key, value] of Object.entries(table)) {
    const kind = keys[key];
    if (kind === undefined) {
      const near = nearest(key, Object.keys(keys));
      const hint = near === undefined ? `there are ${Object.keys(keys).join(", ")}` : `did you mean ${near}?`;
      throw new ClientConfigError(`${file}: there is no key ${key}${where}; ${hint}`);
    }
    if (!isKind(value, kind)) throw new ClientConfigError(`${file}: ${key}${where} should be ${WORDS[kind]}`);
  }
  return table;
}

function isKind(value: unknown, kind: Kind): boolean {
  switch (kind) {
    case "text":
      return typeof value === "string";
    case "texts":
      return Array.isArray(value) && value.every((item) => typeof item === "string");
    case "switch":
      return typeof value === "boolean";
    case "tables":
      return isTable(value);
  }
}

function choiceOf(table: Table): ServerChoice {
  const { rooms } = table;
  return {
    address: textOf(table.address),
    nick: textOf(table.nick),
    rooms: Array.isArray(rooms) ? rooms.map(String) : undefined,
    account: textOf(table.account),
    passwordFile: textOf(table.password_file),
    serverPasswordFile: textOf(table.server_password_file),
    tlsCa: textOf(table.tls_ca),
  };
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function isTable(value: unknown): value is Table {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isTheme(name: string): name is ThemeName {
  return Object.hasOwn(THEMES, name);
}

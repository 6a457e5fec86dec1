import { messageOf } from "../../text/filter.ts";
import { nearest } from "../../text/nearest.ts";
import { THEMES, type ThemeName } from "../ui/theme.ts";

/** The user's configuration file `client.toml`; every key is optional. */
export interface ClientConfig extends ServerSettings {
  /** The default server: an address, or a name from `servers`. */
  readonly server: string | undefined;
  readonly theme: ThemeName | undefined;
  readonly notifications: boolean;
  readonly typing: boolean;
  readonly mouse: boolean;
  readonly servers: ReadonlyMap<string, ServerSettings>;
}

/** The settings for one server, or for all. */
export interface ServerSettings {
  readonly address: string | undefined;
  readonly nick: string | undefined;
  readonly rooms: readonly string[] | undefined;
  readonly account: string | undefined;
  /**
   * The file of the authorities that must have signed the server's certificate; TLS is required then. The path as
   * written.
   */
  readonly tlsCa: string | undefined;
  /** Files with passwords; the paths as written. */
  readonly passwordFile: string | undefined;
  readonly serverPasswordFile: string | undefined;
}

/** The configuration is invalid; the message names the place, the mistake and what would be valid. */
export class ClientConfigError extends Error {}

type Kind = "text" | "texts" | "switch" | "tables";

const SETTINGS: Readonly<Record<string, Kind>> = {
  nick: "text",
  rooms: "texts",
  account: "text",
  password_file: "text",
  server_password_file: "text",
  tls_ca: "text",
};
const TOP: Readonly<Record<string, Kind>> = {
  ...SETTINGS,
  server: "text",
  theme: "text",
  notifications: "switch",
  typing: "switch",
  mouse: "switch",
  servers: "tables",
};
const SERVER: Readonly<Record<string, Kind>> = { ...SETTINGS, address: "text" };

const WORDS: Readonly<Record<Kind, string>> = {
  text: 'text, such as "ann"',
  texts: 'a list of texts, such as ["lobby", "dev"]',
  switch: "true or false",
  tables: "tables, such as [servers.work]",
};

type Table = Readonly<Record<string, unknown>>;

/** Parses a client configuration (TOML); `file` is its path for error messages. Throws `ClientConfigError`. */
export function readClientConfig(toml: string, file: string): ClientConfig {
  const top = checked(parsed(toml, file), TOP, file, "");
  const theme = textOf(top.theme);
  if (theme !== undefined && !isTheme(theme)) {
    const names = Object.keys(THEMES).join(", ");
    throw new ClientConfigError(`${file}: theme = "${theme}" is unknown; the themes are ${names}`);
  }
  const servers = new Map<string, ServerSettings>();
  for (const [name, value] of Object.entries(isTable(top.servers) ? top.servers : {})) {
    if (!isTable(value)) throw new ClientConfigError(`${file}: servers.${name} is a table: write [servers.${name}]`);
    const settings = settingsOf(checked(value, SERVER, file, ` in [servers.${name}]`));
    if (settings.address === undefined)
      throw new ClientConfigError(`${file}: [servers.${name}] has no address, such as "chat.example.org:9000"`);
    servers.set(name, settings);
  }
  return {
    ...settingsOf(top),
    server: textOf(top.server),
    theme,
    notifications: top.notifications !== false,
    typing: top.typing !== false,
    mouse: top.mouse !== false,
    servers,
  };
}

function parsed(toml: string, file: string): Table {
  try {
    return Bun.TOML.parse(toml) as Table;
  } catch (error) {
    throw new ClientConfigError(`${file}: this is not TOML: ${messageOf(error)}`);
  }
}

/** The table, if all its keys are known and all values are of the right kind; throws `ClientConfigError` otherwise. */
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

function settingsOf(table: Table): ServerSettings {
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

import { ACCOUNT_LIMITS, CHAT_LIMITS } from "../../chat/model/limits.ts";
import { PORT } from "../../wire/limits.ts";
import { LEVELS } from "../ops/log.ts";
import {
  addresses,
  adminHttpEntry,
  besideFile,
  COUNT,
  ConfigError,
  daysInSeconds,
  FLAG,
  type Kind,
  LIST,
  listenAddresses,
  oneOf,
  passwordLength,
  retention,
  serverName,
  TEXT,
  textLines,
  then,
  userModes,
  type Value,
} from "./kinds.ts";

type Table = "server" | "storage" | "history" | "accounts" | "tls" | "limits" | "log" | "admin";

/** Everything that is true of a key of the configuration file. */
export interface ConfigKey {
  readonly table: Table;
  readonly key: string;
  /** Its place in `ServerConfig`: `network`, `limits.nickLength`. */
  readonly at: string;
  readonly default: Value;
  readonly help: string;
  /** The only values that there are. */
  readonly values?: readonly string[];
  /** Read at the start alone: SIGHUP does not change it. */
  readonly fixed?: true;
  /** Never shown. */
  readonly secret?: true;
  /** The value, if it is of the key's type. Throws `ConfigError`. */
  readonly fit: (given: unknown, file: string) => Value;
  /** Turns a value into the form the server works with. Throws `ConfigError`. */
  readonly read: (given: unknown, file: string) => unknown;
}

/** A key whose place in the configuration, and whose type there, the compiler knows. */
interface Row<At extends string, T> extends ConfigKey {
  readonly at: At;
  readonly read: (given: unknown, file: string) => T;
}

const FIXED = { fixed: true } as const;
const SECRET = { secret: true } as const;

/** People are told that history is kept, as long as the operator has nothing else to tell them. */
const KEPT = "What is said in rooms is kept, and shown to those who join later.";

/** Every key, a row each. `[[operators]]` and `[[gateways]]` are read beside these. */
// biome-ignore format: a row a key
const ROWS = [
  key("server", "name", "name", then(TEXT, (given, file) => serverName(given, `${file}: name in [server]`)), "", "the server's name on the wire; has a dot (default: the host's name + .local)", FIXED),
  key("server", "network", "network", TEXT, "tcpchat", "the network's name"),
  key("server", "description", "description", TEXT, "tcpchat", "what the server says of itself"),
  key("server", "motd", "motd", then(TEXT, textLines), KEPT, "message of the day; may have several lines"),
  key("server", "user_modes", "userModes", then(LIST, userModes), [], "what everyone is who comes in: any of accounts-only, announcements, bot, invisible"),
  key("server", "listen", "listen", then(LIST, listenAddresses), [`0.0.0.0:${PORT}`], "where to listen; every entry speaks every protocol", FIXED),
  key("server", "password", "password", TEXT, "", "asked of everyone", SECRET),
  key("server", "proxies", "proxies", then(LIST, addresses("proxies in [server]")), [], "addresses and networks of proxies, which may begin with a PROXY header (v1, v2)"),
  key("server", "admin", "admin", LIST, [], "who runs the server: a place, an organisation, an address to write to"),
  key("storage", "path", "data", then(TEXT, besideFile), "", "the data folder (default ~/.local/share/tcpchat)", FIXED),
  key("storage", "sync", "sync", oneOf("normal", "full"), "normal", "how sure storing is: `normal` outlives a crash, `full` also a power loss", FIXED),
  key("history", "enabled", "history", FLAG, true, "whether what was said is shown to those who come later"),
  key("history", "replay", "replay", COUNT, 50, "messages of a room that a newcomer is shown who does not ask for them; 0 is none"),
  key("history", "retention", "retention", then(TEXT, retention), "forever", "how long what was said is kept: forever, or 30d, 12h, 45m"),
  key("accounts", "registration", "registration", FLAG, true, "whether people may make accounts for themselves"),
  key("accounts", "require_email", "requireEmail", FLAG, false, "whether an address has to be given; nothing is sent to it"),
  key("accounts", "register_before_connect", "registerBeforeConnect", FLAG, false, "whether a client may do so before it has a nick"),
  key("accounts", "password_length", "accounts.passwordLength", then(COUNT, passwordLength), ACCOUNT_LIMITS.passwordLength, "the fewest characters of a password"),
  key("tls", "cert", "tls.cert", then(TEXT, besideFile), "", "certificate in PEM, with its chain; without one, one is made at the first start and kept", FIXED),
  key("tls", "key", "tls.key", then(TEXT, besideFile), "", "its private key, in PEM", FIXED),
  key("tls", "sts", "sts", then(COUNT, daysInSeconds), 30, "days for which clients are told to come by TLS only, if others vouch for `cert`; 0 takes it back"),
  key("limits", "nick_length", "limits.nickLength", COUNT, CHAT_LIMITS.nickLength, "characters of a nick"),
  key("limits", "room_length", "limits.roomLength", COUNT, CHAT_LIMITS.roomLength, "characters of a room's name"),
  key("limits", "topic_length", "limits.topicLength", COUNT, CHAT_LIMITS.topicLength, "bytes of a topic"),
  key("limits", "realname_length", "limits.realnameLength", COUNT, CHAT_LIMITS.realnameLength, "bytes of a real name"),
  key("limits", "rooms_per_member", "limits.roomsPerMember", COUNT, CHAT_LIMITS.roomsPerMember, "rooms that one can be in"),
  key("limits", "message_bytes", "limits.messageBytes", COUNT, CHAT_LIMITS.messageBytes, "bytes of one message"),
  key("limits", "message_lines", "limits.messageLines", COUNT, CHAT_LIMITS.messageLines, "lines of one message"),
  key("limits", "list_entries", "limits.listEntries", COUNT, CHAT_LIMITS.listEntries, "masks in a room's lists, bans for a while among them"),
  key("limits", "invitations", "limits.invitations", COUNT, CHAT_LIMITS.invitations, "invitations a minute that one sends, and that one is sent"),
  key("limits", "new_rooms_per_address", "limits.newRoomsPerAddress", COUNT, CHAT_LIMITS.newRoomsPerAddress, "rooms opened from one address in ten minutes"),
  key("limits", "rename_wait", "limits.renameWait", COUNT, CHAT_LIMITS.renameWait, "seconds until a room that was renamed can be renamed again"),
  key("limits", "rooms_per_account", "limits.roomsPerAccount", COUNT, CHAT_LIMITS.roomsPerAccount, "rooms that one account leaves behind; more go with their last member"),
  key("limits", "read_markers", "limits.readMarkers", COUNT, CHAT_LIMITS.readMarkers, "places of which the server knows how far one has read"),
  key("limits", "pending_invitations", "limits.pendingInvitations", COUNT, CHAT_LIMITS.pendingInvitations, "rooms to which a guest stays invited, and accounts that a room keeps invited"),
  key("limits", "monitored_nicks", "limits.monitoredNicks", COUNT, CHAT_LIMITS.monitoredNicks, "nicks that one client watches (MONITOR)"),
  key("limits", "ignored_nicks", "limits.ignoredNicks", COUNT, CHAT_LIMITS.ignoredNicks, "people whom someone ignores"),
  key("limits", "metadata_keys", "limits.metadataKeys", COUNT, CHAT_LIMITS.metadataKeys, "keys of metadata (METADATA, /profile) of one account, guest or room"),
  key("limits", "metadata_subscriptions", "limits.metadataSubscriptions", COUNT, CHAT_LIMITS.metadataSubscriptions, "keys of metadata that one client can subscribe to"),
  key("limits", "metadata_changes", "limits.metadataChanges", COUNT, CHAT_LIMITS.metadataChanges, "changes of one's own metadata in two minutes"),
  key("limits", "mask_bans", "limits.maskBans", COUNT, CHAT_LIMITS.maskBans, "accounts and masks that are banned from the server"),
  key("limits", "address_bans", "limits.addressBans", COUNT, CHAT_LIMITS.addressBans, "addresses and networks that are banned from the server"),
  key("limits", "connections_per_address", "connections.perAddress", COUNT, 16, "guests at once from one address; of IPv6, from one /64"),
  key("limits", "new_connections_per_address", "connections.newPerAddress", COUNT, 32, "new ones from one address in ten minutes"),
  key("limits", "unregistered_per_address", "connections.unregisteredPerAddress", COUNT, 64, "connections at once from one address that have not come in yet"),
  key("limits", "logged_in_per_address", "connections.loggedInPerAddress", COUNT, 256, "connections at once from one address that are logged in"),
  key("limits", "sessions_per_account", "connections.sessionsPerAccount", COUNT, 32, "connections at once of one account"),
  key("limits", "flood_protection", "connections.floodProtection", FLAG, true, "whether those who say too much too fast are slowed down"),
  key("limits", "flood_burst", "connections.floodBurst", COUNT, 10, "lines that one may send at once; one that names many targets is as many"),
  key("limits", "flood_rate", "connections.floodRate", COUNT, 2, "lines a second from then on"),
  key("limits", "send_queue", "sendQueue", COUNT, 1 << 20, "bytes that a peer may leave unread"),
  key("limits", "send_queues", "sendQueues", COUNT, 1 << 26, "bytes that all peers together may leave unread, what is said to many counted once; beyond, those who leave the most are closed"),
  key("limits", "logins", "accounts.logins", COUNT, ACCOUNT_LIMITS.logins, "failed logins a minute to one account from one address"),
  key("limits", "logins_per_address", "accounts.loginsPerAddress", COUNT, ACCOUNT_LIMITS.loginsPerAddress, "failed logins a minute from one address, to whatever account"),
  key("limits", "registrations_per_address", "accounts.registrationsPerAddress", COUNT, ACCOUNT_LIMITS.registrationsPerAddress, "accounts that are made from one address in a day"),
  key("limits", "exempt", "exempt", then(LIST, addresses("exempt in [limits]")), ["127.0.0.0/8", "::1"], "addresses and networks that no limit of tries applies to"),
  key("admin", "listen", "monitor", then(TEXT, adminHttpEntry), "", "where /metrics and /healthz are shown, on this machine alone, such as 127.0.0.1:9100", FIXED),
  key("log", "level", "logLevel", oneOf(...LEVELS), "warning", "what matters less than this is not told"),
];

export const KEYS: readonly ConfigKey[] = ROWS;

type Rows = (typeof ROWS)[number];
type At = Rows["at"];
type GroupOf<Path> = Path extends `${infer Name}.${string}` ? Name : never;
type HeldAt<Path> = ReturnType<Extract<Rows, { readonly at: Path }>["read"]>;

/** The values of all keys, each at its place and in the form the server works with. */
export type Held = {
  readonly [Path in At as Path extends `${string}.${string}` ? never : Path]: HeldAt<Path>;
} & {
  readonly [Name in GroupOf<At>]: {
    readonly [Path in At as Path extends `${Name}.${infer Field}` ? Field : never]: HeldAt<Path>;
  };
};

/** `limits.nick_length`. */
export function nameOf({ table, key }: ConfigKey): string {
  return `${table}.${key}`;
}

/** Puts values, given by the names of their keys, at their places. Throws `ConfigError`. */
export function heldBy(values: ReadonlyMap<string, Value>, file: string): Held {
  const held: Record<string, unknown> = {};
  const groups: Record<string, Record<string, unknown>> = {};
  for (const row of ROWS) {
    const value = row.read(values.get(nameOf(row)) ?? row.default, file);
    const [name = "", field] = row.at.split(".");
    if (field === undefined) held[name] = value;
    else {
      groups[name] ??= {};
      groups[name][field] = value;
    }
  }
  return { ...held, ...groups } as Held; // each row has put its value at its place
}

/** The keys of each of `[[operators]]`. */
export const OPERATOR_KEYS = ["name", "password"] as const;

/** The keys of each of `[[gateways]]`. */
export const GATEWAY_KEYS = ["address", "password"] as const;

function key<const At extends string, V extends Value, T>(
  table: Table,
  key: string,
  at: At,
  kind: Kind<V, T>,
  value: NoInfer<V>,
  help: string,
  more: Pick<ConfigKey, "fixed" | "secret"> = {},
): Row<At, T> {
  const fit = (given: unknown, file: string) => {
    const value = kind.fit(given);
    if (value !== undefined) return value;
    const [is, example] = [
      typeof given === "number" ? given : JSON.stringify(given),
      JSON.stringify(row.default === "" ? "text" : row.default),
    ];
    throw new ConfigError(
      `${file}: ${key} in [${table}] is ${is}, and should be ${kind.words}, such as ${key} = ${example}`,
    );
  };
  const values = kind.values && { values: kind.values };
  const read = (given: unknown, file: string) => kind.read(fit(given, file), file);
  const row = { table, key, at, default: value, help, ...values, ...more, fit, read };
  return row;
}

import { ACCOUNT_LIMITS, CHAT_LIMITS } from "../../chat/model/limits.ts";
import { PORT } from "../../wire/limits.ts";
import { LEVELS } from "../ops/log.ts";
import {
  addresses,
  adminHttpEntry,
  besideFile,
  COUNT,
  ConfigError,
  contact,
  daysInSeconds,
  FLAG,
  type Kind,
  LIST,
  listenAddresses,
  logServers,
  nodeAddress,
  nodeName,
  oneOf,
  origins,
  passwordLength,
  pathsBesideFile,
  retention,
  serverName,
  TEXT,
  textLines,
  textTable,
  then,
  userModes,
  type Value,
  webUrl,
} from "./kinds.ts";

type Table =
  | "server"
  | "storage"
  | "history"
  | "accounts"
  | "push"
  | "tls"
  | "web"
  | "ssh"
  | "hooks"
  | "cluster"
  | "limits"
  | "log"
  | "admin";

/** A key of the configuration file. */
export interface ConfigKey {
  readonly table: Table;
  readonly key: string;
  /** Its path in `ServerConfig`: `network`, `limits.nickLength`. */
  readonly at: string;
  readonly default: Value;
  readonly help: string;
  /** The allowed values, if they are few. */
  readonly values?: readonly string[];
  /** Read only at the start: SIGHUP does not change it. */
  readonly fixed?: true;
  /** Never shown in logs. */
  readonly secret?: true;
  /** Checks the value's type. Throws `ConfigError`. */
  readonly fit: (given: unknown, file: string) => Value;
  /** Checks a value and turns it into the form in `ServerConfig`. Throws `ConfigError`. */
  readonly read: (given: unknown, file: string) => unknown;
}

/** A key whose path and type in `ServerConfig` are known to the compiler. */
interface Row<At extends string, T> extends ConfigKey {
  readonly at: At;
  readonly read: (given: unknown, file: string) => T;
}

const FIXED = { fixed: true } as const;
const SECRET = { secret: true } as const;

/** The default message of the day: people should know that history is kept. */
const MOTD = "Messages in rooms are stored and shown to people who join later.";

/** All keys, except those of `[[operators]]` and `[[gateways]]`. */
// biome-ignore format: a row a key
const ROWS = [
  key("server", "name", "name", then(TEXT, (given, file) => serverName(given, `${file}: name in [server]`)), "", "the server's name on the wire; has a dot (default: the host's name + .local)", FIXED),
  key("server", "network", "network", TEXT, "tcpchat", "the network's name"),
  key("server", "description", "description", TEXT, "tcpchat", "the server's description"),
  key("server", "motd", "motd", then(TEXT, textLines), MOTD, "message of the day; may have several lines"),
  key("server", "user_modes", "userModes", then(LIST, userModes), [], "user modes of every new member: any of accounts-only, announcements, bot, invisible"),
  key("server", "listen", "listen", then(LIST, listenAddresses), [`0.0.0.0:${PORT}`], "where to listen; every entry speaks every protocol", FIXED),
  key("server", "password", "password", TEXT, "", "the password that everyone has to give; none if empty", SECRET),
  key("server", "proxies", "proxies", then(LIST, addresses("proxies in [server]")), [], "addresses and networks of proxies whose PROXY header (v1, v2) or X-Forwarded-For is accepted"),
  key("server", "admin", "admin", LIST, [], "who runs the server: a location, an organisation, a contact address"),
  key("storage", "path", "data", then(TEXT, besideFile), "", "the data folder (default ~/.local/share/tcpchat)", FIXED),
  key("storage", "sync", "sync", oneOf("normal", "full"), "normal", "durability: `normal` survives a crash, `full` also a power loss", FIXED),
  key("history", "enabled", "history", FLAG, true, "whether earlier messages are shown to people who join later"),
  key("history", "replay", "replay", COUNT, 50, "messages shown on joining a room to a client that does not request history itself; 0 is none"),
  key("history", "retention", "retention", then(TEXT, retention), "forever", "how long messages are kept: forever, or 30d, 12h, 45m"),
  key("accounts", "registration", "registration", FLAG, true, "whether people may register accounts"),
  key("accounts", "require_email", "requireEmail", FLAG, false, "whether registration requires an email address; nothing is sent to it"),
  key("accounts", "register_before_connect", "registerBeforeConnect", FLAG, false, "whether a client may register an account before it has a nick"),
  key("accounts", "password_length", "accounts.passwordLength", then(COUNT, passwordLength), ACCOUNT_LIMITS.passwordLength, "the minimum length of a password, in characters"),
  key("push", "enabled", "pushEnabled", FLAG, true, "whether clients may ask for Web Push notifications (soju.im/webpush)", FIXED),
  key("push", "contact", "pushContact", then(TEXT, contact), "", "an https or mailto address for the operators of push services; default: https:// and the server's name"),
  key("push", "allow", "pushAllow", then(LIST, addresses("allow in [push]")), [], "addresses and networks that notifications may go to though they are not public, and on any port"),
  key("tls", "cert", "tls.cert", then(TEXT, besideFile), "", "certificate in PEM, with its chain; if empty, a self-signed one is made at the first start and kept", FIXED),
  key("tls", "key", "tls.key", then(TEXT, besideFile), "", "its private key, in PEM", FIXED),
  key("tls", "sts", "sts", then(COUNT, daysInSeconds), 30, "days for which clients are told to use TLS only, if `cert` is not self-signed; 0 revokes that"),
  key("web", "page", "web.page", FLAG, true, "whether browsers get the chat's page, which needs `websocket`"),
  key("web", "websocket", "web.websocket", FLAG, true, "whether IRC is spoken over WebSockets, at any path"),
  key("web", "names", "web.names", LIST, [], "further names by which browsers may reach the server, such as chat.example.org; its addresses and those in its certificate are known"),
  key("web", "url", "web.url", then(TEXT, webUrl), "", "the address of the page, as links to it have it, where a proxy gives it another; such as https://chat.example.org"),
  key("web", "origins", "web.origins", then(LIST, origins), [], "other sites whose pages may connect, such as https://example.org"),
  key("ssh", "enabled", "ssh.enabled", FLAG, true, "whether SSH is spoken: `ssh -p PORT NAME@HOST` is the full-screen client"),
  key("hooks", "incoming", "hooks.incoming", FLAG, true, "whether programs may post into rooms by webhooks (`/hook add`)"),
  key("hooks", "outgoing", "hooks.outgoing", oneOf("off", "operators", "accounts"), "off", "who may have what is said in a room posted to a URL (`/hook out`): nobody, the server's operators, or every account that operates the room"),
  key("hooks", "allow", "hooks.allow", then(LIST, addresses("allow in [hooks]")), [], "addresses and networks that outgoing webhooks may post to though they are not public; http is allowed there too"),
  key("cluster", "node", "cluster.node", then(TEXT, nodeName), "", "the name of this server among those of a cluster; without one it is alone", FIXED),
  key("cluster", "log", "cluster.log", then(LIST, logServers), [], "the servers of etcd, such as https://a:2379; the same list on every server", FIXED),
  key("cluster", "tls", "cluster.tls", then(textTable("ca", "cert", "key"), pathsBesideFile), {}, "certificates in PEM, for etcd and the other servers of the cluster: { ca = \"ca.pem\", cert = \"node.pem\", key = \"node.key\" }", FIXED),
  key("cluster", "listen", "cluster.listen", then(TEXT, nodeAddress), "", "where the other servers of the cluster fetch the history from this one, such as 10.0.0.1:9001", FIXED),
  key("cluster", "reuse_port", "cluster.reusePort", FLAG, false, "whether several servers of this machine listen on the same ports: each gets a share of the connections", FIXED),
  key("limits", "nick_length", "limits.nickLength", COUNT, CHAT_LIMITS.nickLength, "characters of a nick"),
  key("limits", "room_length", "limits.roomLength", COUNT, CHAT_LIMITS.roomLength, "characters of a room's name"),
  key("limits", "topic_length", "limits.topicLength", COUNT, CHAT_LIMITS.topicLength, "bytes of a topic"),
  key("limits", "realname_length", "limits.realnameLength", COUNT, CHAT_LIMITS.realnameLength, "bytes of a real name"),
  key("limits", "rooms_per_member", "limits.roomsPerMember", COUNT, CHAT_LIMITS.roomsPerMember, "rooms that one member can be in"),
  key("limits", "message_bytes", "limits.messageBytes", COUNT, CHAT_LIMITS.messageBytes, "bytes of one message"),
  key("limits", "message_lines", "limits.messageLines", COUNT, CHAT_LIMITS.messageLines, "lines of one message"),
  key("limits", "list_entries", "limits.listEntries", COUNT, CHAT_LIMITS.listEntries, "masks in a room's lists, temporary bans included"),
  key("limits", "invitations", "limits.invitations", COUNT, CHAT_LIMITS.invitations, "invitations a minute that one member can send, and can receive"),
  key("limits", "new_rooms_per_address", "limits.newRoomsPerAddress", COUNT, CHAT_LIMITS.newRoomsPerAddress, "rooms created from one address in ten minutes"),
  key("limits", "rename_wait", "limits.renameWait", COUNT, CHAT_LIMITS.renameWait, "seconds before a renamed room can be renamed again"),
  key("limits", "rooms_per_account", "limits.roomsPerAccount", COUNT, CHAT_LIMITS.roomsPerAccount, "rooms per account that stay when their last member leaves; further ones are removed"),
  key("limits", "read_markers", "limits.readMarkers", COUNT, CHAT_LIMITS.readMarkers, "read markers of one account"),
  key("limits", "pending_invitations", "limits.pendingInvitations", COUNT, CHAT_LIMITS.pendingInvitations, "pending invitations of a guest, and of a room to accounts"),
  key("limits", "monitored_nicks", "limits.monitoredNicks", COUNT, CHAT_LIMITS.monitoredNicks, "nicks that one client watches (MONITOR)"),
  key("limits", "ignored_nicks", "limits.ignoredNicks", COUNT, CHAT_LIMITS.ignoredNicks, "nicks that one member ignores"),
  key("limits", "metadata_keys", "limits.metadataKeys", COUNT, CHAT_LIMITS.metadataKeys, "keys of metadata (METADATA, /profile) of one account, guest or room"),
  key("limits", "metadata_subscriptions", "limits.metadataSubscriptions", COUNT, CHAT_LIMITS.metadataSubscriptions, "keys of metadata that one client can subscribe to"),
  key("limits", "metadata_changes", "limits.metadataChanges", COUNT, CHAT_LIMITS.metadataChanges, "metadata changes of one account or guest in two minutes"),
  key("limits", "push_subscriptions", "limits.pushSubscriptions", COUNT, CHAT_LIMITS.pushSubscriptions, "Web Push subscriptions of one account"),
  key("limits", "tokens", "limits.tokens", COUNT, CHAT_LIMITS.tokens, "tokens of one account; webhooks of one room; invitation links of one room"),
  key("limits", "hook_bytes", "hooks.bytes", COUNT, 65_536, "bytes of a request to a webhook"),
  key("limits", "hook_rate", "hooks.rate", COUNT, 30, "requests a minute to one webhook"),
  key("limits", "mask_bans", "limits.maskBans", COUNT, CHAT_LIMITS.maskBans, "bans of accounts and masks from the server"),
  key("limits", "address_bans", "limits.addressBans", COUNT, CHAT_LIMITS.addressBans, "bans of addresses and networks from the server"),
  key("limits", "connections_per_address", "connections.perAddress", COUNT, 16, "guests at once from one address (IPv6: from one /64)"),
  key("limits", "new_connections_per_address", "connections.newPerAddress", COUNT, 32, "new guests from one address in ten minutes"),
  key("limits", "unregistered_per_address", "connections.unregisteredPerAddress", COUNT, 64, "connections at once from one address that have not registered yet"),
  key("limits", "logged_in_per_address", "connections.loggedInPerAddress", COUNT, 256, "logged-in connections at once from one address"),
  key("limits", "sessions_per_account", "connections.sessionsPerAccount", COUNT, 32, "connections at once of one account"),
  key("limits", "flood_protection", "connections.floodProtection", FLAG, true, "whether connections that send too fast are slowed down"),
  key("limits", "flood_burst", "connections.floodBurst", COUNT, 10, "lines that a connection may send at once; a line with several targets counts as several"),
  key("limits", "flood_rate", "connections.floodRate", COUNT, 2, "lines a second after that"),
  key("limits", "send_queue", "sendQueue", COUNT, 1 << 20, "unsent bytes allowed per connection"),
  key("limits", "send_queues", "sendQueues", COUNT, 1 << 26, "unsent bytes allowed in total, broadcasts counted once; beyond that, the connections with the most are closed"),
  key("limits", "ssh_sessions", "ssh.sessions", COUNT, 100, "SSH sessions at once, in total"),
  key("limits", "ssh_logins", "ssh.logins", COUNT, 16, "SSH connections at once that have not logged in yet, in total"),
  key("limits", "logins", "accounts.logins", COUNT, ACCOUNT_LIMITS.logins, "failed logins a minute to one account from one address"),
  key("limits", "logins_per_address", "accounts.loginsPerAddress", COUNT, ACCOUNT_LIMITS.loginsPerAddress, "failed logins a minute from one address, to all accounts"),
  key("limits", "registrations_per_address", "accounts.registrationsPerAddress", COUNT, ACCOUNT_LIMITS.registrationsPerAddress, "accounts registered from one address in a day"),
  key("limits", "exempt", "exempt", then(LIST, addresses("exempt in [limits]")), ["127.0.0.0/8", "::1"], "addresses and networks that are exempt from limits"),
  key("admin", "listen", "monitor", then(TEXT, adminHttpEntry), "", "where /metrics and /healthz are served, on a loopback address only, such as 127.0.0.1:9100", FIXED),
  key("log", "level", "logLevel", oneOf(...LEVELS), "warning", "the lowest level that is logged"),
];

export const KEYS: readonly ConfigKey[] = ROWS;

type Rows = (typeof ROWS)[number];
type At = Rows["at"];
type GroupOf<Path> = Path extends `${infer Name}.${string}` ? Name : never;
type HeldAt<Path> = ReturnType<Extract<Rows, { readonly at: Path }>["read"]>;

/** The values of all keys at their paths, in the form that the server works with. */
export type Held = {
  readonly [Path in At as Path extends `${string}.${string}` ? never : Path]: HeldAt<Path>;
} & {
  readonly [Name in GroupOf<At>]: {
    readonly [Path in At as Path extends `${Name}.${infer Field}` ? Field : never]: HeldAt<Path>;
  };
};

/** A key's full name: `limits.nick_length`. */
export function nameOf({ table, key }: ConfigKey): string {
  return `${table}.${key}`;
}

/** Reads values, given by their keys' full names, and puts them at their paths. Throws `ConfigError`. */
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
  return { ...held, ...groups } as Held; // each row has put its value at its path
}

/** The keys of an entry of `[[operators]]`. */
export const OPERATOR_KEYS = ["name", "password"] as const;

/** The keys of an entry of `[[gateways]]`. */
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

import { ACCOUNT_LIMITS, CHAT_LIMITS } from "../chat/limits.ts";
import { PORT } from "../wire/limits.ts";
import { LEVELS } from "./log.ts";

export type Value = string | number | boolean | readonly string[];

/** Everything that is true of a key of the configuration file. */
export interface Key {
  readonly table: "server" | "storage" | "history" | "accounts" | "tls" | "limits" | "log" | "admin";
  readonly key: string;
  readonly default: Value;
  readonly help: string;
  /** The only values that there are. */
  readonly values?: readonly string[];
  /** Read at the start alone. */
  readonly fixed?: true;
  /** Never shown. */
  readonly secret?: true;
}

/** People are told that history is kept, as long as the operator has nothing else to tell them. */
const KEPT = "What is said in rooms is kept, and shown to those who join later.";

const row = (table: Key["table"], key: string, value: Value, help: string): Key => ({
  table,
  key,
  default: value,
  help,
});

/** Every key, a row each; the type of the default is the type of the key. `[[operators]]` and `[[gateways]]` are read beside these. */
export const KEYS: readonly Key[] = [
  {
    ...row("server", "name", "", "the server's name on the wire; has a dot (default: the host's name + .local)"),
    fixed: true,
  },
  row("server", "network", "tcpchat", "the network's name"),
  row("server", "description", "tcpchat", "what the server says of itself"),
  row("server", "motd", KEPT, "message of the day; may have several lines"),
  {
    ...row("server", "listen", [`0.0.0.0:${PORT}`], "where to listen; every entry speaks every protocol"),
    fixed: true,
  },
  { ...row("server", "password", "", "asked of everyone"), secret: true },
  row("server", "proxies", [], "addresses and networks of proxies, which may begin with a PROXY header (v1, v2)"),
  row("server", "admin", [], "who runs the server: a place, an organisation, an address to write to"),
  { ...row("storage", "path", "", "the data folder"), fixed: true },
  { ...row("storage", "sync", "normal", "`full` also covers power loss"), values: ["normal", "full"], fixed: true },
  row("history", "enabled", true, "whether what was said is shown to those who come later"),
  row("history", "replay", 50, "messages of a room that a newcomer is shown who does not ask for them; 0 is none"),
  row("history", "retention", "forever", "how long what was said is kept: forever, or 30d, 12h, 45m"),
  row("accounts", "registration", true, "whether people may make accounts for themselves"),
  row("accounts", "require_email", false, "whether an address has to be given; nothing is sent to it"),
  row("accounts", "register_before_connect", false, "whether a client may do so before it has a nick"),
  row("accounts", "password_length", ACCOUNT_LIMITS.passwordLength, "the fewest characters of a password"),
  {
    ...row(
      "tls",
      "cert",
      "",
      "certificate in PEM, with its chain; without one, one is made at the first start and kept",
    ),
    fixed: true,
  },
  { ...row("tls", "key", "", "its private key, in PEM"), fixed: true },
  row(
    "tls",
    "sts",
    30,
    "days for which clients are told to come by TLS only, if others vouch for `cert`; 0 takes it back",
  ),
  row("limits", "nick_length", CHAT_LIMITS.nickLength, "characters of a nick"),
  row("limits", "room_length", CHAT_LIMITS.roomLength, "characters of a room's name"),
  row("limits", "topic_length", CHAT_LIMITS.topicLength, "bytes of a topic"),
  row("limits", "realname_length", CHAT_LIMITS.realnameLength, "bytes of a real name"),
  row("limits", "rooms_per_member", CHAT_LIMITS.roomsPerMember, "rooms that one can be in"),
  row("limits", "message_bytes", CHAT_LIMITS.messageBytes, "bytes of one message"),
  row("limits", "message_lines", CHAT_LIMITS.messageLines, "lines of one message"),
  row("limits", "list_entries", CHAT_LIMITS.listEntries, "masks in a room's lists, bans for a while among them"),
  row("limits", "invitations", CHAT_LIMITS.invitations, "invitations a minute that one sends, and that one is sent"),
  row(
    "limits",
    "new_rooms_per_address",
    CHAT_LIMITS.newRoomsPerAddress,
    "rooms opened from one address in ten minutes",
  ),
  row(
    "limits",
    "rooms_per_account",
    CHAT_LIMITS.roomsPerAccount,
    "rooms that one account leaves behind; more go with their last member",
  ),
  row("limits", "read_markers", CHAT_LIMITS.readMarkers, "places of which the server knows how far one has read"),
  row("limits", "pending_invitations", CHAT_LIMITS.pendingInvitations, "rooms to which one stays invited"),
  row("limits", "monitored_nicks", CHAT_LIMITS.monitoredNicks, "nicks that one client watches (MONITOR)"),
  row("limits", "ignored_nicks", CHAT_LIMITS.ignoredNicks, "people whom a person with nc ignores"),
  row("limits", "mask_bans", CHAT_LIMITS.maskBans, "accounts and masks that are banned from the server"),
  row("limits", "address_bans", CHAT_LIMITS.addressBans, "addresses and networks that are banned from the server"),
  row("limits", "connections_per_address", 16, "guests at once from one address; of IPv6, from one /64"),
  row("limits", "new_connections_per_address", 32, "new ones from one address in ten minutes"),
  row("limits", "unregistered_per_address", 64, "connections at once from one address that have not come in yet"),
  row("limits", "logged_in_per_address", 256, "connections at once from one address that are logged in"),
  row("limits", "sessions_per_account", 32, "connections at once of one account"),
  row("limits", "flood_protection", true, "whether those who say too much too fast are slowed down"),
  row("limits", "flood_burst", 10, "lines that one may send at once; one that names many targets is as many"),
  row("limits", "flood_rate", 2, "lines a second from then on"),
  row("limits", "send_queue", 1 << 20, "bytes that a peer may leave unread"),
  row("limits", "logins", ACCOUNT_LIMITS.logins, "failed logins a minute to one account from one address"),
  row(
    "limits",
    "logins_per_address",
    ACCOUNT_LIMITS.loginsPerAddress,
    "failed logins a minute from one address, to whatever account",
  ),
  row(
    "limits",
    "registrations_per_address",
    ACCOUNT_LIMITS.registrationsPerAddress,
    "accounts that are made from one address in a day",
  ),
  row("limits", "exempt", ["127.0.0.0/8", "::1"], "addresses and networks that no limit of tries applies to"),
  {
    ...row(
      "admin",
      "listen",
      "",
      "where /metrics and /healthz are shown, on this machine alone, such as 127.0.0.1:9100",
    ),
    fixed: true,
  },
  { ...row("log", "level", "warning", "what matters less than this is not told"), values: LEVELS },
];

/** The keys of each of `[[operators]]`. */
export const OPERATOR_KEYS = ["name", "password"] as const;

/** The keys of each of `[[gateways]]`. */
export const GATEWAY_KEYS = ["address", "password"] as const;

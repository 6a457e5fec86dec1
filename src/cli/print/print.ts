import { isIPv6 } from "node:net";
import { version } from "../../../package.json";
import { keyHelp } from "../../client/input/keymap.ts";
import { GATEWAY_KEYS, KEYS, OPERATOR_KEYS } from "../../server/config/schema.ts";
import { nearest } from "../../text/nearest.ts";
import { COMMANDS, FLAGS, type Options, text, UsageError } from "../options.ts";
import type { Book, BookKey } from "./book.ts";
import { bashCompletion, fishCompletion, zshCompletion } from "./completions.ts";
import { manPage } from "./man.ts";

/** The documents that `tcpchat print` makes, by name. */
const FORMATS: Readonly<Record<string, (book: Book, options: Options) => string>> = {
  man: manPage,
  unit: (book) => unit(book),
  config: sampleConfig,
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
  etcd: (_, options) => etcdEnvironment(options),
};

/** `tcpchat print`: returns the document asked for; `program` is the path of this program. Throws `UsageError`. */
export function print(options: Options, program: string): string {
  const [what = ""] = options.rest;
  const make = Object.hasOwn(FORMATS, what) ? FORMATS[what] : undefined;
  if (make) return make(bookOf(program), options).trimEnd();
  const names = Object.keys(FORMATS);
  const near = nearest(what, names);
  const asked = what === "" ? "print what?" : `there is no "${what}" to print;`;
  throw new UsageError(`tcpchat print: ${asked} ${near ? `did you mean ${near}?` : `there are ${names.join(", ")}`}`);
}

/** Collects the tables of the program. */
export function bookOf(program: string): Book {
  const commands = Object.entries(COMMANDS).map(([name, row]) => ({ name, ...row }));
  return {
    version,
    program,
    commands,
    flags: FLAGS,
    keys: KEYS,
    operatorKeys: OPERATOR_KEYS,
    keyboard: keyHelp({ canSuspend: true }),
    gatewayKeys: GATEWAY_KEYS,
  };
}

const CONFIG_HEAD = `# The configuration of tcpchat server; \`tcpchat server --check\` tests it, and a SIGHUP makes the server read it again.
# Every key is optional; a line that is commented out shows the default.
`;

/** A configuration file with every key, its help and its default, all commented out. */
export function sampleConfig({ keys, operatorKeys, gatewayKeys }: Book): string {
  const tables = [...new Set(keys.map(({ table }) => table))].map((table) => {
    const rows = keys.filter((row) => row.table === table).map(entry);
    return `[${table}]\n${rows.join("\n")}\n`;
  });
  return [CONFIG_HEAD, ...tables, ofMany("operators", operatorKeys), ofMany("gateways", gatewayKeys)].join("\n");
}

function entry({ key, default: fallback, values, help }: BookKey): string {
  const allowed = values === undefined ? "" : `: ${values.join(", ")}`;
  return `# ${help}${allowed}\n#${key} = ${JSON.stringify(fallback)}`;
}

/** An array of tables, of which there may be none. */
function ofMany(table: string, keys: readonly string[]): string {
  return [`#[[${table}]]`, ...keys.map((key) => `#${key} = ""`), ""].join("\n");
}

/** Folders that the unit hides from the program, with the settings that do so. */
const HIDDEN = {
  "/home": "ProtectHome",
  "/root": "ProtectHome",
  "/run/user": "ProtectHome",
  "/tmp": "PrivateTmp",
  "/var/tmp": "PrivateTmp",
} as const;

/** Warns if the unit cannot start the program from its folder, with a command that helps; `undefined` if it can. */
export function unitWarning(program: string): string | undefined {
  for (const [folder, setting] of Object.entries(HIDDEN)) {
    if (!program.startsWith(`${folder}/`)) continue;
    return `tcpchat print unit: the unit cannot start ${program}: it hides ${folder} (${setting}=yes).\nThis would work: install -m 755 ${program} /usr/local/bin/tcpchat && /usr/local/bin/tcpchat print unit`;
  }
  return undefined;
}

/** A systemd unit with only the rights that a server needs. Without a `user`, systemd makes one while it runs. */
export function unit({ program }: Book, user?: string): string {
  const identity = user === undefined ? "DynamicUser=yes" : `User=${user}\nGroup=${user}`;
  return `# tcpchat.service, as \`tcpchat print unit\` writes it.
# The configuration is /etc/tcpchat/server.toml, if it is there; the data folder is /var/lib/tcpchat.
# For a port below 1024: AmbientCapabilities=CAP_NET_BIND_SERVICE and the same in CapabilityBoundingSet, or a
# tcpchat.socket with ListenStream=, whose socket is then the one that is listened on.
[Unit]
Description=tcpchat, a chat server for nc, IRC clients and its own client
Documentation=man:tcpchat(1)
Wants=network-online.target
After=network-online.target
# A full disk or an address that comes late may take hours.
StartLimitIntervalSec=0

[Service]
Type=notify
ExecStart=${program} server --quiet
ExecReload=/bin/kill -HUP $MAINPID
WatchdogSec=30
TimeoutStopSec=15
Restart=on-failure
RestartSec=1
# What is wrong in the configuration does not mend itself.
RestartPreventExitStatus=2
${identity}
StateDirectory=tcpchat
StateDirectoryMode=0700
ConfigurationDirectory=tcpchat
Environment=XDG_CONFIG_HOME=/etc XDG_DATA_HOME=/var/lib
LimitNOFILE=65536
LimitCORE=0

# JavaScript is compiled while it runs: MemoryDenyWriteExecute would keep it from starting.
NoNewPrivileges=yes
CapabilityBoundingSet=
ProtectSystem=strict
ProtectHome=yes
ProtectProc=invisible
ProtectClock=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectControlGroups=yes
PrivateTmp=yes
PrivateDevices=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM
UMask=0077

[Install]
WantedBy=multi-user.target
`;
}

const CLIENTS = 2379; // etcd's port for clients
const PEERS = 2380; // etcd's port for its other machines

/**
 * The environment file of etcd on one machine of a cluster, for systemd: `--of` names all machines, `--me` this one.
 * Throws `UsageError`.
 */
function etcdEnvironment(options: Options): string {
  const of = (text(options, "of") ?? "").split(",").filter((name) => name !== "");
  const me = text(options, "me") ?? "";
  const problem = problemOf(me, of);
  if (problem !== undefined) throw new UsageError(`tcpchat print etcd: ${problem}`);
  return `# etcd's environment on ${me}, as \`tcpchat print etcd --me ${me} --of ${of.join(",")}\` writes it.
# It goes into /etc/default/etcd on Debian and Ubuntu. All machines trust each other by certificates of one authority;
# etcd's user must be able to read the three files. etcd is for this chat alone, and asks nobody else in.
ETCD_NAME="${me}"
ETCD_DATA_DIR="/var/lib/etcd/tcpchat"
# At "warn", it has a line for each request, about the certificate's name; and says why it does not find the others.
ETCD_LOG_LEVEL="error"

ETCD_INITIAL_CLUSTER="${of.map((name) => `${name}=${url(name, PEERS)}`).join(",")}"
ETCD_INITIAL_CLUSTER_TOKEN="tcpchat"
ETCD_INITIAL_CLUSTER_STATE="new"
ETCD_LISTEN_PEER_URLS="https://0.0.0.0:${PEERS}"
ETCD_INITIAL_ADVERTISE_PEER_URLS="${url(me, PEERS)}"
ETCD_LISTEN_CLIENT_URLS="https://0.0.0.0:${CLIENTS}"
ETCD_ADVERTISE_CLIENT_URLS="${url(me, CLIENTS)}"

ETCD_TRUSTED_CA_FILE="/etc/tcpchat/ca.pem"
ETCD_CERT_FILE="/etc/tcpchat/node.pem"
ETCD_KEY_FILE="/etc/tcpchat/node.key"
ETCD_CLIENT_CERT_AUTH="true"
ETCD_PEER_TRUSTED_CA_FILE="/etc/tcpchat/ca.pem"
ETCD_PEER_CERT_FILE="/etc/tcpchat/node.pem"
ETCD_PEER_KEY_FILE="/etc/tcpchat/node.key"
ETCD_PEER_CLIENT_CERT_AUTH="true"
`;
}

function problemOf(me: string, of: readonly string[]): string | undefined {
  if (me === "" || of.length === 0)
    return "it needs this machine and all machines, such as tcpchat print etcd --me a --of a,b,c";
  const wrong = [me, ...of].find((name) => !/^[\w.:-]+$/.test(name));
  if (wrong !== undefined) return `"${wrong}" is not the name or address of a machine`;
  if (new Set(of).size < of.length) return `--of names a machine twice: ${of.join(",")}`;
  if (!of.includes(me)) return `--me is ${me}, and --of does not name it: ${of.join(",")}`;
  if (of.length % 2 === 0)
    return `${of.length} machines survive no more losses than ${of.length - 1}: name an odd number, such as three`;
  return undefined;
}

function url(name: string, port: number): string {
  return `https://${isIPv6(name) ? `[${name}]` : name}:${port}`;
}

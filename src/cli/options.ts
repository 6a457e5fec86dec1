import { isIPv6 } from "node:net";
import { parseArgs } from "node:util";
import { FORMATS } from "../server/ops/log.ts";
import { nearest } from "../text/nearest.ts";
import { PORT } from "../wire/limits.ts";

/** The arguments of a subcommand besides flags, and its help. */
interface CommandUsage {
  readonly arguments: string;
  readonly help: string;
}

/** Where a command line comes from: a shell on the user's machine, or an SSH session. */
type Origin = "shell" | "ssh";

/** The words before a subcommand. */
const PROGRAMS: Readonly<Record<Origin, string>> = { shell: "tcpchat", ssh: "ssh HOST" };

/** The subcommands, each with its usage in a shell, and in an SSH session if it is there. */
export const COMMANDS = {
  server: { arguments: "", help: "runs the chat server" },
  client: {
    arguments: "[HOST[:PORT][,HOST2]|NAME|LINK|unix:PATH]",
    help: "runs the chat client, in a terminal or a pipe; without a server, with all servers that the configuration names",
    ssh: { arguments: "", help: "runs the chat client; ssh HOST alone does so too, and in a pipe ssh -T HOST" },
  },
  send: {
    arguments: "ROOM|@NICK|LINK [TEXT...]",
    help: "sends a message, or standard input; exits once it is stored; a LINK is irc://HOST:PORT/ROOM or an invitation",
    ssh: { arguments: "ROOM|@NICK [TEXT...]", help: "sends a message, or standard input; exits once it is stored" },
  },
  tail: {
    arguments: "ROOM|LINK",
    help: "prints the messages of a room, past and new; a LINK is irc://HOST:PORT/ROOM or an invitation",
    ssh: { arguments: "ROOM", help: "prints the messages of a room, past and new, until the server stops" },
  },
  bot: {
    arguments: "--on WORD -- PROGRAM [ARGUMENTS...]",
    help: "runs a program for each message that begins with a word, and says its output",
  },
  account: {
    arguments: "add|passwd|remove|list [NAME...]",
    help: "creates, removes and lists accounts, and changes passwords; a server may be running",
  },
  nodes: {
    arguments: "[remove NAME...]",
    help: "shows the servers of a cluster, how far each is, and which are silent; remove forgets a server that is gone for good",
  },
  "hash-password": { arguments: "", help: "prints the hash of a password, for the configuration" },
  print: {
    arguments: "man|unit|config|bash|zsh|fish|etcd",
    help: "prints the man page, the systemd unit, a sample configuration, shell completions, or etcd's environment file",
  },
  export: {
    arguments: "ROOM",
    help: "prints the history of a room from the data folder; a server may be running",
  },
  backup: {
    arguments: "FILE",
    help: "copies the database and the keys into one file; a server may be running",
  },
  restore: { arguments: "FILE", help: "restores a backup into a data folder that no server is using" },
} as const satisfies Readonly<Record<string, CommandUsage & { readonly ssh?: CommandUsage }>>;
export type CommandName = keyof typeof COMMANDS;

/** A row of the table of flags: everything about one flag. */
export interface OptionFlag {
  readonly name: string;
  readonly commands: readonly CommandName[];
  /** The name of its value in help; a flag without one is a switch. */
  readonly value?: string;
  /** Whether it may be given more than once. */
  readonly multiple?: boolean;
  readonly default?: string;
  /** The allowed values; any value if absent. */
  readonly values?: readonly string[];
  readonly help: string;
  /** Its help in an SSH session, if that differs; `false` if it is not there, as it names a server or a file. */
  readonly ssh?: string | false;
}

/** The commands that connect to a server. */
const CONNECTING: readonly CommandName[] = ["client", "send", "tail", "bot"];

/** The commands that use the data folder. */
const WITH_DATA: readonly CommandName[] = ["server", "account", "export", "backup", "restore"];

/** All flags, one row each. `--some-flag` is also read from the environment, as TCPCHAT_SOME_FLAG. */
export const FLAGS: readonly OptionFlag[] = [
  { name: "host", commands: ["server"], value: "ADDRESS", default: "0.0.0.0", help: "address to listen on" },
  {
    name: "port",
    commands: ["server"],
    value: "PORT",
    default: String(PORT),
    help: "port to listen on; 0 picks a free one",
  },
  {
    name: "data",
    commands: WITH_DATA,
    value: "DIR",
    help: "folder for the history (default ~/.local/share/tcpchat)",
  },
  { name: "ephemeral", commands: ["server"], help: "keep nothing on disk" },
  {
    name: "name",
    commands: ["server"],
    value: "NAME",
    help: "the server's name on the wire (default: the host's name + .local)",
  },
  {
    name: "config",
    commands: [...WITH_DATA, "nodes"],
    value: "FILE",
    help: "configuration file (default ~/.config/tcpchat/server.toml, if it exists)",
  },
  { name: "force", commands: ["restore"], help: "replace an existing history, for good" },
  {
    name: "check",
    commands: ["server"],
    help: "check the configuration and the listening addresses, and exit",
  },
  {
    name: "password-file",
    commands: ["server"],
    value: "FILE",
    help: "file with a password that every user must give",
  },
  {
    name: "password-file",
    commands: ["account", "hash-password"],
    value: "FILE",
    help: "file with the password (or TCPCHAT_PASSWORD); otherwise it is asked for, or read from standard input",
  },
  {
    name: "keep-certificates",
    commands: ["account"],
    help: "with passwd, keep the certificates that log in to the account; otherwise they are removed",
  },
  { name: "once", commands: ["server"], help: "answer the first message of each connection, and close it; no chat" },
  { name: "reply", commands: ["server"], value: "TEXT", default: "Received: {message}", help: "what --once answers" },
  {
    name: "log",
    commands: ["server"],
    value: "FORMAT",
    values: FORMATS,
    default: "text",
    help: "format of the log on standard error: text or json",
  },
  { name: "quiet", commands: ["server"], help: "do not print public messages" },
  {
    name: "server",
    commands: CONNECTING,
    ssh: false,
    value: "HOST[:PORT]",
    default: `127.0.0.1:${PORT}`,
    help: "the server: also HOST,HOST2 for several addresses of one chat, irc://HOST:PORT, ircs://HOST:PORT (TLS only), unix:PATH, an invitation link, or its name in the configuration",
  },
  {
    name: "nick",
    commands: CONNECTING,
    value: "NAME",
    help: "the nick you want (default: that of the account, $USER, or the user's name)",
    ssh: "the nick you want (default: that of the account, or the user name that ssh gives)",
  },
  {
    name: "room",
    commands: ["client", "bot"],
    value: "NAME",
    multiple: true,
    default: "#lobby",
    help: "a room to join; for several rooms, give the flag several times",
  },
  { name: "account", commands: CONNECTING, value: "NAME", help: "the account to log in to" },
  { name: "login", commands: CONNECTING, help: "log in to the account of your nick" },
  {
    name: "password-file",
    commands: CONNECTING,
    ssh: false,
    value: "FILE",
    help: "file with its password (or TCPCHAT_PASSWORD); otherwise it is asked for at a terminal",
  },
  {
    name: "guest",
    commands: CONNECTING,
    help: "log in to no account, not even one saved for this server, and show no key",
    ssh: "log in to no account, neither by key nor by password",
  },
  {
    name: "no-key",
    commands: CONNECTING,
    help: "do not log in by key: show the server no client certificate of yours",
    ssh: "do not log in by key",
  },
  {
    name: "server-password-file",
    commands: CONNECTING,
    ssh: false,
    value: "FILE",
    help: "file with the server's password; otherwise it is asked for at a terminal",
  },
  {
    name: "tls-ca",
    commands: CONNECTING,
    ssh: false,
    value: "FILE",
    help: "PEM file with the CA certificates to trust for this server; TLS only",
  },
  {
    name: "no-tls",
    commands: CONNECTING,
    ssh: false,
    help: "plain text, even if the server has spoken TLS before, and also for passwords",
  },
  { name: "linear", commands: ["client"], help: "only append lines: no cursor movement" },
  { name: "raw", commands: ["client"], ssh: false, help: "lines in, bytes out, for any line-based server" },
  { name: "each-line", commands: ["send"], help: "send each line of standard input as a message, as it comes" },
  { name: "lines", commands: ["tail"], value: "N", default: "10", help: "how many past lines to print first" },
  {
    name: "since",
    commands: ["tail", "export"],
    value: "ID|10m",
    help: "begin after the message with this id, or this long ago by the server's clock (s, m, h, d)",
  },
  {
    name: "json",
    commands: ["tail", "export"],
    help: "one JSON object per line: id, time, room, nick, account, text; kind (acted, noticed, reacted, unreacted, redacted), and of or reply, the id of the message that it is about",
  },
  {
    name: "on",
    commands: ["bot"],
    value: "WORD",
    help: "the first word of the messages that are answered, such as '!deploy'",
  },
  {
    name: "from",
    commands: ["bot"],
    value: "accounts|anyone|NAME,...",
    default: "accounts",
    help: "who may: everyone who is logged in, everyone, or these accounts",
  },
  { name: "text", commands: ["export"], help: "lines as tail prints them (the default)" },
  { name: "me", commands: ["print"], value: "MACHINE", help: "with etcd: the machine that it is for" },
  {
    name: "of",
    commands: ["print"],
    value: "MACHINE,...",
    help: "with etcd: all machines that run etcd, an odd number of names or addresses",
  },
  { name: "no-follow", commands: ["tail"], help: "exit after the past messages" },
];

/** The command line is wrong: exit code 2. The message has one to three lines. */
export class UsageError extends Error {}

/** A command of the operator is refused. The message has one to three lines. */
export class AdminError extends Error {
  /** Whether the command line itself is wrong (exit code 2). */
  readonly isUsage: boolean;

  constructor(words: string, { isUsage = false } = {}) {
    super(words);
    this.isUsage = isUsage;
  }
}

/** A parsed command line. `flags` has only flags that were given or have a default; `rest` has the other arguments. */
export interface Options {
  readonly flags: ReadonlyMap<string, string | true | readonly string[]>;
  /** Names of the flags given on the command line or in the environment. */
  readonly given: ReadonlySet<string>;
  readonly rest: readonly string[];
}

/** Whether the arguments of a subcommand ask for its help. */
export function asksForHelp(argv: readonly string[]): boolean {
  const flags = argv.includes("--") ? argv.slice(0, argv.indexOf("--")) : argv;
  return flags.some((word) => word === "--help" || word === "-h");
}

/**
 * Parses the arguments of a subcommand. The command line takes precedence over the environment, and that over the
 * default. Throws `UsageError`.
 */
export function readOptions(
  command: CommandName,
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  origin: Origin = "shell",
): Options {
  const rows = FLAGS.filter((flag) => flag.commands.includes(command));
  const { values, positionals } = parse(command, rows, argv, origin);
  const flags = new Map<string, string | true | readonly string[]>();
  const given = new Set<string>();
  for (const row of rows) {
    const value = values[row.name] ?? fromEnvironment(row, env);
    if (value !== undefined) given.add(row.name);
    if (row.values && typeof value === "string" && !row.values.includes(value)) {
      throw new UsageError(`tcpchat ${command}: --${row.name} is one of ${row.values.join(", ")}, and not "${value}"`);
    }
    const final = value ?? (row.default === undefined ? undefined : row.multiple ? [row.default] : row.default);
    if (final !== undefined) flags.set(row.name, final);
  }
  const takes: string = COMMANDS[command].arguments;
  const maxPositionals = takes === "" ? 0 : takes.includes("...") ? Number.POSITIVE_INFINITY : 1;
  if (positionals.length > maxPositionals) {
    const [host, port] = positionals;
    const isPort = takes.includes(":PORT") && /^\d+$/.test(port ?? "");
    const hint = isPort ? `did you mean ${host}:${port}?` : `see tcpchat help ${command}`;
    throw new UsageError(`tcpchat ${command}: "${positionals[maxPositionals]}" is one argument too many; ${hint}`);
  }
  return { flags, given, rest: positionals };
}

type Values = Readonly<Record<string, string | true | readonly string[] | undefined>>;

function parse(
  command: CommandName,
  rows: readonly OptionFlag[],
  argv: readonly string[],
  origin: Origin,
): { values: Values; positionals: string[] } {
  const options = Object.fromEntries(
    rows.map((row) => [
      row.name,
      {
        type: row.value ? ("string" as const) : ("boolean" as const),
        multiple: row.multiple ?? false,
        ...shortForm(row.name),
      },
    ]),
  );
  try {
    const { values, positionals } = parseArgs({ args: [...argv], options, allowPositionals: true, strict: true });
    return { values: values as Values, positionals };
  } catch (error) {
    const reason = error instanceof Error ? error : new Error(String(error));
    throw new UsageError(describeError(command, origin, reason, argv));
  }
}

function shortForm(name: string): { short?: string } {
  return name === "port" ? { short: "p" } : {};
}

function describeError(command: CommandName, origin: Origin, error: Error, argv: readonly string[]): string {
  const unknown = /Unknown option '(-+[^'=]*)/.exec(error.message)?.[1];
  if (unknown === undefined) {
    const flag = /^Option '(?:-., )?(--[^' ]*).*argument (missing|is ambiguous)/.exec(error.message)?.[1];
    const words = flag
      ? `${flag} takes a value; one that begins with - is written ${flag}=VALUE`
      : error.message.split("\n")[0]?.split(". ")[0];
    return `tcpchat ${command}: ${words}; see tcpchat help ${command}`;
  }
  const name = unknown.replace(/^-+/, "");
  const near = nearest(
    name,
    flagsOf(command, origin).map((row) => row.name),
  );
  const there = commandsFrom(origin);
  const elsewhere = FLAGS.filter((row) => row.name === name && (origin === "shell" || row.ssh !== false))
    .flatMap((row) => row.commands)
    .filter((other) => there.has(other));
  const hint =
    elsewhere.length > 0
      ? `it belongs to tcpchat ${elsewhere.join(" and tcpchat ")}`
      : near
        ? `did you mean --${near}?`
        : "";
  const given = argv.find((word) => word.startsWith(unknown)) ?? unknown;
  return `tcpchat ${command}: there is no flag ${given.split("=")[0]}; ${hint || `see tcpchat help ${command}`}`;
}

function fromEnvironment(
  row: OptionFlag,
  env: Readonly<Record<string, string | undefined>>,
): string | true | readonly string[] | undefined {
  const value = env[environmentName(row)];
  if (value === undefined || value === "") return undefined;
  if (!row.value) return /^(0|no|false|off)$/i.test(value) ? undefined : true;
  return row.multiple ? value.split(",") : value;
}

/** The environment variable of a flag: TCPCHAT_PASSWORD_FILE. */
export function environmentName(row: OptionFlag): string {
  return `TCPCHAT_${row.name.toUpperCase().replaceAll("-", "_")}`;
}

/** The value of a flag; `undefined` if it is not set. */
export function text(options: Options, name: string): string | undefined {
  const value = options.flags.get(name);
  return typeof value === "string" ? value : undefined;
}

const COLUMN = 32; // characters: the help is beside a usage of this length, and below a longer one

/** The usages of the subcommands that there are. */
export function commandsFrom(origin: Origin): ReadonlyMap<CommandName, CommandUsage> {
  const rows: readonly (readonly [string, CommandUsage & { readonly ssh?: CommandUsage }])[] = Object.entries(COMMANDS);
  const there = rows.flatMap(([name, row]) => {
    const found = origin === "shell" ? row : row.ssh;
    return found === undefined ? [] : [[name as CommandName, found] as const];
  });
  return new Map(there);
}

/** The help of the program, or of one subcommand. */
export function usage(command?: CommandName, origin: Origin = "shell"): string {
  const program = PROGRAMS[origin];
  const commands = commandsFrom(origin);
  if (command === undefined) {
    const lines = Array.from(commands, ([name, row]) =>
      besideHelp(`${program} ${name} ${row.arguments}`.trimEnd(), row.help),
    );
    const version = origin === "shell" ? [besideHelp("tcpchat --version", "shows the version")] : [];
    return [
      "tcpchat: one command, one port, everyone can talk",
      "",
      ...lines,
      besideHelp(`${program} help [COMMAND]`, "shows more, such as the flags of a command"),
      ...version,
    ].join("\n");
  }
  const rows = flagsOf(command, origin).map((row) => {
    const flag = `--${row.name}${row.value ? ` ${row.value}` : ""}`;
    return besideHelp(flag, `${row.help}${row.default === undefined ? "" : ` (default ${row.default})`}`);
  });
  const environment = ["", "Every flag can also be set in the environment: --some-flag is TCPCHAT_SOME_FLAG."];
  const flags = ["", ...rows, ...(origin === "shell" ? environment : [])];
  const { arguments: given, help } = commands.get(command) ?? COMMANDS[command];
  return [`${`${program} ${command} ${given}`.trimEnd()}: ${help}`, ...(rows.length === 0 ? [] : flags)].join("\n");
}

/** The flags of a subcommand that there are, with their help there. */
function flagsOf(command: CommandName, origin: Origin): readonly OptionFlag[] {
  const rows = FLAGS.filter((row) => row.commands.includes(command));
  if (origin === "shell") return rows;
  return rows.filter(({ ssh }) => ssh !== false).map((row) => ({ ...row, help: row.ssh || row.help }));
}

/** A usage with its help in the next column. */
function besideHelp(usage: string, help: string): string {
  return usage.length <= COLUMN ? `  ${usage.padEnd(COLUMN)} ${help}` : `  ${usage}\n  ${"".padEnd(COLUMN)} ${help}`;
}

/** Parses `host`, `host:port`, `[::1]:port` or `::1`; `port` is the default. Throws `UsageError`. */
export function readAddress(given: string, port: number): { readonly host: string; readonly port: number } {
  const bracketed = /^\[([^\]]+)\](?::(\d+))?$/.exec(given);
  const plain = /^([^:\s[\]]+)(?::(\d+))?$/.exec(given);
  const match = bracketed ?? plain;
  if (isIPv6(given)) return { host: given, port };
  if (!match?.[1])
    throw new UsageError(`tcpchat: "${given}" is not HOST or HOST:PORT, such as 127.0.0.1:${PORT} or [::1]:${PORT}`);
  return { host: match[1], port: match[2] === undefined ? port : readPort(match[2], "a server", 1) };
}

/** Parses a port number of at least `least`; `what` describes its purpose in the error. Throws `UsageError`. */
export function readPort(given: string, what: string, least = 0): number {
  const port = /^\d+$/.test(given) ? Number(given) : Number.NaN;
  if (port >= least && port <= 65535) return port;
  throw new UsageError(`tcpchat: "${given}" is not a port for ${what}: a port is a number from ${least} to 65535`);
}

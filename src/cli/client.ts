import { existsSync, readFileSync } from "node:fs";
import { homedir, hostname, userInfo } from "node:os";
import { dirname, join, resolve } from "node:path";
import { isLink, linkPort, pageLinkIn } from "../client/model/links.ts";
import { roomName } from "../client/model/rooms.ts";
import { isService } from "../client/model/secrets.ts";
import { LINKED } from "../client/model/state.ts";
import { addressName, bareHost, type ServerAddress, UNIX } from "../client/net/address.ts";
import { KNOWN_SERVERS } from "../client/net/known-servers.ts";
import type { Authority } from "../client/net/tls-policy.ts";
import type { BotOptions } from "../client/run/bot.ts";
import {
  type ClientOptions,
  type NamedServer,
  runBotProgram,
  runClient,
  runSender,
  runTailer,
} from "../client/run/client.ts";
import { type ClientConfig, readClientConfig } from "../client/run/config.ts";
import { type ClientProcess, canPrompt } from "../client/run/process.ts";
import type { SendOptions } from "../client/run/send.ts";
import { dataFolder, stateFolder } from "../client/run/system.ts";
import { parseSince, type TailOptions } from "../client/run/tail.ts";
import { fromPercents } from "../text/address.ts";
import { nearest } from "../text/nearest.ts";
import { PORT } from "../wire/limits.ts";
import { contentOf, FileError, filesIn, passwordIn, tighten } from "./files.ts";
import { type Options, readAddress, readPort, text, UsageError } from "./options.ts";

const PASSWD = "/etc/passwd";

/** `tcpchat client`: runs it, and returns the exit code. */
export function client(options: Options, proc: ClientProcess): Promise<number> {
  const configuration = configurationOf(proc.env);
  const serverOf = (word: string): NamedServer => {
    const server = clientOptions(options, word, configuration);
    // A link says more than a name in the list should.
    return { name: /^\w+:\/\//.test(word) ? addressName(server) : word, options: server };
  };
  const hasScreen = canPrompt(proc) && !options.flags.has("linear") && !options.flags.has("raw");
  const [first, ...others] = serversToJoin(options, configuration, hasScreen);
  const { name, options: given } = serverOf(first);
  const find = (word: string) => named(word, configuration, serverOf);
  return runClient(given, proc, { name, others: others.map(serverOf), find });
}

/** The servers to connect to: the one that is given, or for a full screen all servers of the configuration. */
function serversToJoin(
  options: Options,
  { config }: Configuration,
  hasScreen: boolean,
): readonly [string, ...string[]] {
  const one = serverGiven(options, options.rest[0], config);
  const [first, ...others] = hasScreen ? config.servers.keys() : [];
  return one === undefined && first !== undefined ? [first, ...others] : [one ?? DEFAULT_SERVER];
}

/** The server that a word names, or what is wrong with the word. */
function named(word: string, { config }: Configuration, serverOf: (name: string) => NamedServer) {
  const names = [...config.servers.keys()];
  const near = names.includes(word) || /[.:,]/.test(word) ? undefined : nearest(word, names);
  if (near !== undefined)
    return { refusal: `There is no server ${word} in the configuration: did you mean /connect ${near}?` };
  try {
    return serverOf(word);
  } catch (error) {
    if (error instanceof UsageError || error instanceof FileError)
      return { refusal: error.message.replace(/^tcpchat: /, "") };
    throw error;
  }
}

/** `tcpchat send`: runs it, and returns the exit code. */
export function send(options: Options, proc: ClientProcess): Promise<number> {
  return runSender(oneServer(options, linkIn(options), proc.env), sendOptions(options), proc);
}

/** The target and the text of `tcpchat send`. Throws `UsageError`. */
export function sendOptions(options: Options): SendOptions {
  const [where, ...words] = options.rest;
  if (where === undefined) throw new UsageError("tcpchat send: where to? tcpchat send ROOM|@NICK [TEXT...]");
  const place = roomIn("send", where);
  const target = place.startsWith("@") ? place.slice(1) : place;
  if (!isTarget(target) || place === `@${LINKED}`)
    throw new UsageError(`tcpchat send: "${where}" is neither ROOM nor @NICK`);
  if (isService(target))
    throw new UsageError(
      `tcpchat send: messages to ${target} are not stored, so nothing confirms them; use tcpchat client`,
    );
  const eachLine = options.flags.has("each-line");
  if (eachLine && words.length > 0)
    throw new UsageError("tcpchat send: --each-line is for standard input; leave out TEXT");
  const said = words.length > 0 ? words.join(" ") : undefined;
  return { target, text: said, eachLine };
}

/** `tcpchat tail`: runs it, and returns the exit code. */
export function tail(options: Options, proc: ClientProcess): Promise<number> {
  return runTailer(oneServer(options, linkIn(options), proc.env), tailOptions(options), proc);
}

/** `tcpchat bot`: runs it, and returns the exit code. */
export function bot(options: Options, proc: ClientProcess): Promise<number> {
  return runBotProgram(oneServer(options, undefined, proc.env), botOptions(options), proc);
}

/** Reads the bot's word, the people that it answers, and its program. Throws `UsageError`. */
function botOptions(options: Options): Omit<BotOptions, "rooms"> {
  const on = text(options, "on") ?? "";
  if (!/^\S+$/.test(on))
    throw new UsageError("tcpchat bot: --on is the first word of a message, such as --on '!deploy'");
  const [program, ...args] = options.rest;
  if (program === undefined)
    throw new UsageError("tcpchat bot: which program? tcpchat bot --on '!deploy' -- PROGRAM [ARGUMENTS...]");
  const from = text(options, "from") ?? "accounts";
  return { on, from: from === "accounts" || from === "anyone" ? from : from.split(","), program, args };
}

/** The room of `tcpchat tail`, and what of it to print. Throws `UsageError`. */
export function tailOptions(options: Options): TailOptions {
  const [word] = options.rest;
  if (word === undefined) throw new UsageError("tcpchat tail: which room? tcpchat tail ROOM");
  const place = roomIn("tail", word);
  if (place.startsWith("@") && isTarget(place.slice(1)))
    throw new UsageError(`tcpchat tail: "${word}" is not a ROOM: what was said to one person shows in tcpchat client`);
  if (place.startsWith("@") || !isTarget(place)) throw new UsageError(`tcpchat tail: "${word}" is not a ROOM`);
  const lines = text(options, "lines") ?? "";
  if (!/^\d{1,7}$/.test(lines))
    throw new UsageError(`tcpchat tail: --lines ${lines} is not a number of lines, such as --lines 100`);
  const since = text(options, "since");
  const history = since === undefined ? { type: "lines" as const, count: Number(lines) } : parseSince(since);
  if (history === undefined)
    throw new UsageError(`tcpchat tail: --since "${since}" is neither the id of a message nor a duration such as 10m`);
  const { flags } = options;
  return { room: place, history, json: flags.has("json"), follow: !flags.has("no-follow") };
}

/** The link or the socket that stands where a room is expected: `irc://HOST/ROOM` names the server too. */
export function linkIn({ rest: [where] }: Options): string | undefined {
  return where !== undefined && (namesServer(where) || where.startsWith(UNIX)) ? where : undefined;
}

/** Whether a word is a link to a server, or to its page. */
function namesServer(word: string): boolean {
  return isLink(word) || /^https?:\/\//i.test(word);
}

/** The room with its `#`, or `@NICK`, that a word names: the word itself, or a link's room; `LINKED` for an invitation. */
function roomIn(command: string, word: string): string {
  if (word.startsWith(UNIX))
    throw new UsageError(
      `tcpchat ${command}: "${word}" names a server and no room: tcpchat ${command} --server ${word} ROOM; #${word} would be a room`,
    );
  if (word.startsWith("@")) return word;
  if (!namesServer(word)) return roomName(word);
  const { rooms, invitation } = readServer(word);
  const [room, ...more] = rooms;
  if (invitation !== undefined) return LINKED;
  if (room !== undefined && more.length === 0) return roomName(room);
  throw new UsageError(
    `tcpchat ${command}: "${word}" does not name one room, such as irc://chat.example.org:${PORT}/dev`,
  );
}

/** Whether a name can be a single room or nick. */
function isTarget(name: string): boolean {
  return /^[#&]*[^#&\s,][^\s,]*$/.test(name);
}

/** The user's configuration, and its file. */
interface Configuration {
  readonly config: ClientConfig;
  readonly file: string;
  readonly env: ClientProcess["env"];
}

const DEFAULT_SERVER = `127.0.0.1:${PORT}`;

function configurationOf(env: ClientProcess["env"]): Configuration {
  tighten([join(dataFolder(env).path, KNOWN_SERVERS), ...filesIn(stateFolder(env).path)]);
  const folder = join(env.XDG_CONFIG_HOME || join(homedir(), ".config"), "tcpchat");
  const file = join(folder, "client.toml");
  const config = readClientConfig(existsSync(file) ? contentOf(file, "the configuration") : "", file);
  return { config, file, env };
}

/** The server that the command line, the environment or the configuration names. */
function serverGiven(options: Options, argument: string | undefined, config: ClientConfig): string | undefined {
  return argument ?? (options.given.has("server") ? text(options, "server") : undefined) ?? config.server;
}

/** The options of a subcommand that has one server; `link` names it if it is given. */
function oneServer(options: Options, link: string | undefined, env: ClientProcess["env"]): ClientOptions {
  const configuration = configurationOf(env);
  const name = serverGiven(options, link, configuration.config) ?? DEFAULT_SERVER;
  return clientOptions(options, name, configuration);
}

/**
 * Builds the client's options for a server. The command line takes precedence over the file's entry for the server, which takes
 * precedence over the file's general keys.
 */
function clientOptions(options: Options, named: string, { config, file, env }: Configuration): ClientOptions {
  const server = config.servers.get(named);
  const { host, port, others, needsTls, invitation, ...linked } = readServer(server?.address ?? named);
  const isPlain = options.flags.has("no-tls");
  if (needsTls && isPlain) throw new UsageError("tcpchat: ircs:// and --no-tls exclude each other; give one");
  if (others !== undefined && options.flags.has("raw"))
    throw new UsageError(`tcpchat: --raw talks to one server, and "${named}" names several addresses`);
  const rooms = options.flags.get("room");
  const linkedRooms = linked.rooms.length > 0 ? linked.rooms : undefined;
  const wantedRooms =
    options.given.has("room") && Array.isArray(rooms) ? rooms : (linkedRooms ?? server?.rooms ?? config.rooms ?? []);
  // Relative paths in the file are relative to its folder.
  const path = (name: string, inFile: string | undefined): string | undefined =>
    text(options, name) ?? (inFile === undefined ? undefined : resolve(dirname(file), inFile));
  const guest = options.flags.has("guest");
  const account = guest ? undefined : (text(options, "account") ?? server?.account ?? config.account);
  const login = options.flags.has("login");
  for (const name of ["account", "login"])
    if (guest && options.given.has(name))
      throw new UsageError(`tcpchat: --guest and --${name} exclude each other; give one`);
  const secret = (name: string, inFile: string | undefined): string | undefined => {
    const from = path(name, inFile);
    return from === undefined ? undefined : passwordIn(from);
  };
  const nick = text(options, "nick") ?? linked.nick ?? server?.nick ?? config.nick ?? account ?? userName(env);
  return {
    host,
    port,
    others,
    nick,
    rooms: (invitation === undefined || options.given.has("room") ? wantedRooms : []).map(roomName),
    invitation,
    linear: options.flags.has("linear"),
    raw: options.flags.has("raw"),
    account: account ?? (login ? nick : undefined),
    key: guest || options.flags.has("no-key") || options.flags.has("raw") ? undefined : "TLS",
    keepsNick: options.given.has("nick") || linked.nick !== undefined,
    guest,
    device: hostname().split(".")[0],
    password: secret("password-file", server?.passwordFile ?? config.passwordFile) ?? env.TCPCHAT_PASSWORD,
    serverPassword: secret("server-password-file", server?.serverPasswordFile ?? config.serverPasswordFile),
    authority: authorityIn(path("tls-ca", server?.tlsCa ?? config.tlsCa)),
    plain: isPlain,
    needsTls,
    theme: config.theme,
    mouse: config.mouse,
    notifications: config.notifications,
    typing: config.typing,
  };
}

function authorityIn(file: string | undefined): Authority | undefined {
  if (file === undefined) return undefined;
  const pem = contentOf(file, "the certificates for --tls-ca");
  if (pem.includes("-----BEGIN CERTIFICATE-----")) return { file, pem };
  throw new FileError(`tcpchat: there is no certificate in ${file}: a PEM file has -----BEGIN CERTIFICATE-----`);
}

/**
 * The user's name as a nick: from $USER, $LOGNAME, the passwd entry or the host's name, without characters that a nick
 * cannot have.
 */
function userName(env: ClientProcess["env"]): string {
  const names = [() => env.USER, () => env.LOGNAME, passwdName, () => hostname().split(".")[0]];
  for (const name of names) {
    const nick = nickFrom(name() ?? "");
    if (nick !== "") return nick;
  }
  return "guest";
}

/** A name without the characters that a nick cannot have; may be empty. */
function nickFrom(name: string): string {
  return name
    .replace(/[^A-Za-z0-9[\]\\`_^{|}-]/g, "")
    .replace(/^[0-9-]+/, "")
    .slice(0, 32);
}

/** The name of the process's user. Bun's `userInfo` takes it from $USER, and returns "unknown" without it. */
function passwdName(): string | undefined {
  const uid = String(userInfo().uid);
  const lines = existsSync(PASSWD) ? readFileSync(PASSWD, "utf8").split("\n") : [];
  return lines.map((line) => line.split(":")).find((fields) => fields[2] === uid)?.[0];
}

/** A server as the user names it, and what a link says besides. */
interface ServerReference extends ServerAddress {
  /** The link is `ircs://`. */
  readonly needsTls: boolean;
  /** The rooms of a link, as it writes them. */
  readonly rooms: readonly string[];
  /** The nick of a link. */
  readonly nick: string | undefined;
  /** The token of an invitation link. */
  readonly invitation?: string | undefined;
  /** Further addresses of the same chat. */
  readonly others?: readonly ServerAddress[];
}

/**
 * Parses `HOST[:PORT]`, `unix:PATH`, several of these with commas between them, `irc://[NICK@]HOST[:PORT][/ROOM,...]`, `ircs://…`, or a link
 * to the page: an invitation, `https://HOST[:PORT]/j/TOKEN`, or a room, `https://HOST[:PORT]/#ROOM`. Throws `UsageError`.
 */
export function readServer(given: string): ServerReference {
  if (isLink(given)) return readLink(given);
  if (/^https?:\/\//i.test(given)) return readPageLink(given);
  const [first = given, ...more] = given.split(",");
  const others = more.length === 0 ? {} : { others: more.map(readPlain) };
  return { ...readPlain(first), needsTls: false, rooms: [], nick: undefined, ...others };
}

function readPlain(given: string): ServerAddress {
  if (!given.startsWith(UNIX)) return readAddress(given, PORT);
  if (given.length > UNIX.length) return { host: given, port: 0 };
  throw new UsageError(`tcpchat: "${given}" names no socket, such as unix:/run/tcpchat.sock`);
}

const LINK = /^(ircs?):\/\/(?:([^@/]*)@)?(\[[^\]]+\]|[^:/#?[\]\s]+)(?::(\d*))?(?:\/([^?]*))?(?:\?.*)?$/i;

function readLink(given: string): ServerReference {
  const [, scheme = "", nick = "", host = "", port = "", path = ""] = LINK.exec(given) ?? [];
  if (host === "")
    throw new UsageError(`tcpchat: "${given}" is not a link to a server, such as irc://chat.example.org:${PORT}/dev`);
  const kind = scheme.toLowerCase();
  return {
    host: bareHost(host),
    port: port === "" ? linkPort(kind) : readPort(port, "a server", 1),
    needsTls: kind === "ircs",
    rooms: path
      .split(",")
      .map(fromPercents)
      .filter((room) => room !== ""),
    nick: fromPercents(nick) || undefined,
  };
}

const PAGE = /^(https?):\/\/(\[[^\]]+\]|[^:/#?[\]\s]+)(?::(\d+))?\/(?:j\/([\w-]{43})$|[?#])/i;

function readPageLink(given: string): ServerReference {
  const [, scheme = "", host = "", port, invitation] = PAGE.exec(given) ?? [];
  const link = pageLinkIn(given);
  if (host === "" || (invitation === undefined && link?.room === undefined)) {
    const words = `is no link to a room, such as https://chat.example.org:${PORT}/#dev, and no invitation, such as https://chat.example.org:${PORT}/j/TOKEN`;
    throw new UsageError(`tcpchat: "${given}" ${words}`);
  }
  const kind = scheme.toLowerCase();
  return {
    host: bareHost(host),
    port: port === undefined ? linkPort(kind) : readPort(port, "a server", 1),
    needsTls: kind === "https",
    rooms: link?.room === undefined ? [] : [link.room],
    nick: undefined,
    ...(invitation === undefined ? {} : { invitation }),
  };
}

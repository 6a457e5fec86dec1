import { version } from "../../../package.json";
import { isLoopback } from "../../text/address.ts";
import { randomHex } from "../../text/bytes.ts";
import { adviceFor } from "../commands/features.ts";
import { Drafts } from "../input/editor.ts";
import { hasLogin, tokenName } from "../model/accounts.ts";
import { isRoomName } from "../model/rooms.ts";
import { type ClientIdentity, type SecretKind, same } from "../model/state.ts";
import { addressName, type ServerAddress, UNIX } from "../net/address.ts";
import { keySource } from "../net/client-key.ts";
import { KnownServers } from "../net/known-servers.ts";
import { type Authority, TlsPolicy } from "../net/tls-policy.ts";
import { Alternatives, type Server } from "../net/transport.ts";
import { runFull } from "../ui/fullscreen.ts";
import { askSecret } from "../ui/line-input.ts";
import { runAppend } from "../ui/linear.ts";
import type { ScreenServer } from "../ui/server-tab.ts";
import { type ThemeName, themeFor } from "../ui/theme.ts";
import { type BotOptions, runBot } from "./bot.ts";
import { type ClientProcess, canPrompt, complain, type Ending } from "./process.ts";
import { runRaw } from "./raw.ts";
import { runSend, type SendOptions } from "./send.ts";
import { type SavedLogin, StateFolder } from "./state-store.ts";
import { runTail, type TailOptions } from "./tail.ts";

/** The options of the command line and the configuration. */
export interface ClientOptions {
  readonly host: string;
  readonly port: number;
  /** Other addresses of the same chat, which the client tries when one fails. */
  readonly others?: readonly ServerAddress[] | undefined;
  /** The nick that the user wants. */
  readonly nick: string;
  /** The rooms to join, `#` included; none means the lobby. */
  readonly rooms: readonly string[];
  /** The token of an invitation link. */
  readonly invitation?: string | undefined;
  /** Output only appends lines, without cursor movement. */
  readonly linear: boolean;
  /** Raw mode: sends and shows lines as they are, without IRC. */
  readonly raw: boolean;
  /** The account to log in to, by SASL PLAIN with `password`. */
  readonly account?: string | undefined;
  readonly password?: string | undefined;
  /** The password was typed at the terminal: the login is kept for the next run. */
  readonly isPasswordTyped?: boolean;
  /** The kind of key that we present: over SSH the user's, over TLS one that is made for the server. */
  readonly key?: "SSH" | "TLS" | undefined;
  /** The nick was given, so it stays when the key logs in to an account of another name. */
  readonly keepsNick?: boolean;
  /** No login, not even a saved one. */
  readonly guest?: boolean;
  /** The password of the server (PASS). */
  readonly serverPassword?: string | undefined;
  /** Certificate authorities that replace the system's. */
  readonly authority?: Authority | undefined;
  /** The client runs inside the server, for someone in an SSH session: nothing is kept for a next run. */
  readonly overSsh?: boolean;
  /** The name of this computer: a part of the names of tokens that are kept on it. */
  readonly device?: string | undefined;
  /** Plain text only. */
  readonly plain?: boolean;
  /** TLS only: the server is given as `ircs://`. */
  readonly needsTls?: boolean;
  readonly theme?: ThemeName | undefined;
  /** Whether the mouse wheel scrolls the log; otherwise the mouse is left to the terminal. */
  readonly mouse?: boolean;
  /** Whether mentions and direct messages ring the bell. */
  readonly notifications?: boolean;
  /** Whether typing notifications are sent and shown. */
  readonly typing?: boolean;
}

/** A server, by its name in the configuration or its address. */
export interface NamedServer {
  readonly name: string;
  readonly options: ClientOptions;
}

/** The servers of a client that can have several. */
export interface SeveralServers {
  /** The name of the first one. */
  readonly name: string;
  /** More servers to connect to at the start. */
  readonly others: readonly NamedServer[];
  /** Finds the server with a name or an address; `refusal` if there is none. */
  find(word: string): NamedServer | { readonly refusal: string };
}

/** The room to join if none is named, and the user is in no other. */
const LOBBY = "#lobby";

/** Lines of history to request when a room is joined. */
const HISTORY_LINES = 50;

/** Bytes of a message id: 128 random bits, which nobody can guess. */
const ID_BYTES = 16;

/** How many times the user is asked for a missing or refused password. */
const MOST_TRIES = 2;

/**
 * Runs the client until the user, the server or the end of input ends it, and prints why on stderr. Returns the exit
 * code: 0 done, 1 failed or refused, 2 no password, 3 could not connect, 4 not authorised. Without `several`, it has
 * this one server only.
 */
export async function runClient(
  options: ClientOptions,
  proc: ClientProcess,
  several?: SeveralServers,
): Promise<number> {
  return exitCode(await withPasswords(options, proc, (all) => run(all, proc, several)), proc);
}

/** Runs `send`. Returns the exit code: 0 only if the server has stored everything. */
export async function runSender(
  options: ClientOptions,
  sendOptions: SendOptions,
  proc: ClientProcess,
): Promise<number> {
  return runQuiet(options, proc, (server, identity) => runSend(server, identity, sendOptions, proc));
}

/** Runs `tail`. Returns the exit code. */
export async function runTailer(
  options: ClientOptions,
  tailOptions: TailOptions,
  proc: ClientProcess,
): Promise<number> {
  return runQuiet(options, proc, (server, identity) => runTail(server, identity, tailOptions, proc));
}

/** Runs `bot`. Returns the exit code. */
export async function runBotProgram(
  options: ClientOptions,
  bot: Omit<BotOptions, "rooms">,
  proc: ClientProcess,
): Promise<number> {
  const rooms = options.rooms.length > 0 ? options.rooms : [LOBBY];
  return runQuiet(options, proc, (server, identity) => runBot(server, identity, { ...bot, rooms }, proc));
}

/** Runs a task without a screen. Returns the exit code. */
async function runQuiet(
  options: ClientOptions,
  proc: ClientProcess,
  run: (server: Server, identity: ClientIdentity) => Promise<Ending>,
): Promise<number> {
  const go = (all: ClientOptions) => {
    const { server, identity } = prepareQuiet(all, proc);
    return run(server, identity);
  };
  return exitCode(await withPasswords(options, proc, go), proc);
}

/** Runs `go`, and asks at the terminal for a password that is missing or refused, then runs it again. */
async function withPasswords(
  given: ClientOptions,
  proc: ClientProcess,
  go: (options: ClientOptions) => Promise<Ending>,
): Promise<Ending> {
  const complete = await withPassword(given, proc);
  if ("refusal" in complete) return { code: 2, words: [complete.refusal] };
  let options = complete;
  const { account } = options;
  let typed: SecretKind | undefined = complete === given ? undefined : "password";
  for (let tries = 0; ; tries++) {
    const ending = await go(options);
    const { asks } = ending;
    // A refused password that was typed may have been mistyped; one from a file is not asked for again.
    if (asks === undefined || tries === MOST_TRIES || (asks === "password" && typed !== asks)) return ending;
    const whose = asks === "password" ? `The password of ${account} at` : "The password of the server";
    const again = options[asks] === undefined ? "" : "It is refused. ";
    const secret = await askSecret(proc, `${again}${whose} ${addressName(options)}`);
    if (secret === undefined) return ending;
    options = { ...options, [asks]: secret };
    typed = asks;
  }
}

/** The options with the password of the account; asks the user for it if it is missing. */
async function withPassword(
  options: ClientOptions,
  proc: ClientProcess,
): Promise<ClientOptions | { readonly refusal: string }> {
  const { account } = options;
  if (account === undefined || !lacksPassword(options, proc)) return options;
  const password = await askSecret(proc, `The password of ${account} at ${addressName(options)}`);
  if (password !== undefined) return { ...options, password, isPasswordTyped: true };
  return { refusal: adviceFor(options).passwordMissing(account) };
}

function lacksPassword(options: ClientOptions, proc: ClientProcess): boolean {
  if (options.account === undefined || options.password !== undefined || options.raw) return false;
  return savedLoginFor(options, new StateFolder(proc.state, options, options.nick)) === undefined;
}

async function run(options: ClientOptions, proc: ClientProcess, several?: SeveralServers): Promise<Ending> {
  const prepared = prepare(options, proc);
  if (options.raw) return runRaw(prepared.server, !options.linear, proc);
  if (options.linear || !canPrompt(proc)) return runLinear(prepared, proc);
  return runFullScreen(options, prepared, proc, several);
}

/** Runs without a full screen. At a terminal, restores the rooms and unsent messages of the last run. */
async function runLinear({ server, identity, state }: Prepared, proc: ClientProcess): Promise<Ending> {
  if (proc.stdin.isTTY !== true) return runAppend({ server, identity: interactive(identity) }, state, proc);
  state.open();
  const saved = savedIn(state, interactive(identity));
  const ending = await runAppend({ server, ...saved, persists: state.isKnown }, state, proc);
  state.close();
  return ending;
}

/** The unsent messages of the last run, and the identity with its rooms and the rooms of those messages added. */
function savedIn(state: StateFolder, identity: ClientIdentity) {
  const outbox = state.savedOutbox();
  const targets = outbox.map((own) => own.target).filter(isRoomName);
  const memory = state.savedMemory();
  const rooms = [...new Set([...identity.rooms, ...targets.filter((room) => !memory?.rooms.includes(room))])];
  return { outbox, identity: { ...identity, rooms, memory } };
}

/** The identity for a person who reads the output. */
function interactive(identity: ClientIdentity): ClientIdentity {
  return { ...identity, interactive: true, home: LOBBY, program: `tcpchat ${version}` };
}

/** Runs the full screen. */
async function runFullScreen(
  options: ClientOptions,
  prepared: Prepared,
  proc: ClientProcess,
  several: SeveralServers | undefined,
): Promise<Ending> {
  const screenOptions = {
    theme: themeFor(proc.env, options.theme),
    mouse: options.mouse ?? true,
    notifications: options.notifications ?? true,
    typing: options.typing ?? true,
  };
  if (several === undefined)
    return runFull([screenServer(addressName(options), prepared, proc, "alone")], screenOptions, proc);
  const complete: NamedServer[] = [];
  for (const { name, options: given } of several.others) {
    const all = await withPassword(given, proc);
    if ("refusal" in all) return { code: 2, words: [`${name}: ${all.refusal}`] };
    complete.push({ name, options: all });
  }
  const others = complete.map(({ name, options: all }) => screenServer(name, prepare(all, proc), proc, "several"));
  const first = screenServer(several.name, prepared, proc, others.length > 0 ? "several" : "first");
  const ending = await runFull(
    [first, ...others],
    { ...screenOptions, findServer: (word) => findServer(several, word, proc) },
    proc,
  );
  // With several servers, we do not know which one has refused the password.
  return others.length > 0 ? { ...ending, asks: undefined } : ending;
}

/** The server of a name or an address, prepared once it is opened. */
function findServer({ find }: SeveralServers, word: string, proc: ClientProcess) {
  const found = find(word);
  if ("refusal" in found) return found;
  const { name, options } = found;
  if (lacksPassword(options, proc))
    return {
      refusal: `The account ${options.account} at ${name} needs a password: password_file in the configuration names a file with it.`,
    };
  return { name, open: () => screenServer(name, prepare(options, proc), proc, "several") };
}

/**
 * A server for the full screen, with the unsent messages and drafts of the last run. `rank`: `alone` in a client that
 * cannot have other servers, `first` if it can but has no others yet, else `several`.
 */
function screenServer(
  name: string,
  { server, identity, state }: Prepared,
  proc: ClientProcess,
  rank: "alone" | "first" | "several",
): ScreenServer {
  state.onTrouble = (words) => complain(proc, [words]);
  state.open();
  const saved = savedIn(state, interactive(identity));
  const setup = {
    server,
    identity: {
      ...saved.identity,
      fullScreen: true,
      severalServers: rank !== "alone",
      canSuspend: proc.suspend !== undefined,
    },
    clock: proc.clock,
    strict: false,
    persists: rank === "several" || state.isKnown,
    stateStore: state,
    outbox: saved.outbox,
  };
  const drafts = new Drafts(state.savedDrafts(), proc.clock, (texts) => state.drafts(texts));
  return { name, setup, drafts, store: state, close: () => state.close() };
}

interface Prepared {
  readonly server: Server;
  readonly identity: ClientIdentity;
  readonly state: StateFolder;
}

/** Prepares a run. `told` receives sentences about the connection, if the run does not show them itself. */
function prepare(given: ClientOptions, proc: ClientProcess, told?: (words: string) => void): Prepared {
  const address: ServerAddress = { host: given.host, port: given.port };
  const options = withSavedNick(given, new StateFolder(proc.state, address, given.nick));
  const state = new StateFolder(proc.state, address, options.nick);
  const kept = savedLoginFor(options, state);
  const mayLogIn = kept === undefined && options.account === undefined && !options.guest && !options.raw;
  const identity: ClientIdentity = {
    nick: options.nick,
    address: addressName(address),
    rooms: options.rooms,
    invitation: options.invitation,
    account: kept?.account ?? options.account,
    password: kept?.password ?? options.password,
    key: options.key,
    keepsNick: options.keepsNick ?? false,
    isSavedLogin: kept !== undefined,
    keepsLogin: options.isPasswordTyped && !options.overSsh,
    unusedLogin: mayLogIn ? state.savedLogins()[0]?.account : undefined,
    savedToken: kept?.token,
    tokenName: options.overSsh ? undefined : tokenName(options.device ?? ""),
    serverPassword: options.serverPassword,
    newId: () => randomHex(ID_BYTES),
    history: { type: "lines", count: HISTORY_LINES },
    overSsh: options.overSsh,
  };
  const key = options.key === "TLS" ? keySource(state.keyFile) : undefined;
  const policyFor = (at: ServerAddress): TlsPolicy =>
    new TlsPolicy(at, {
      knownServers: new KnownServers(proc.data),
      authority: options.authority,
      isAsked: options.needsTls,
      isNear: at.host.startsWith(UNIX) || (proc.isNear ?? isLoopback)(at.host),
      secret: secretOf(identity),
      clock: () => proc.clock.now(),
      told,
    });
  const serverAt = (at: ServerAddress) => proc.server(at, options.plain ? undefined : policyFor(at), key);
  const { others = [] } = options;
  const first = serverAt(address);
  const server = others.length === 0 ? first : new Alternatives([first, ...others.map(serverAt)]);
  return { server, identity, state };
}

/** Prepares a task without a screen: tells on stderr about the connection and the use of a saved login. */
function prepareQuiet(options: ClientOptions, proc: ClientProcess): Prepared {
  const all = prepare(options, proc, (words) => complain(proc, [words]));
  const { account, isSavedLogin, unusedLogin } = all.identity;
  const words = `the saved login of ${account} at ${addressName(options)} is used; --guest connects without it`;
  if (isSavedLogin) complain(proc, [words]);
  const hint = `there is a saved login of ${unusedLogin} at ${addressName(options)}; --account ${unusedLogin} uses it`;
  if (unusedLogin !== undefined) complain(proc, [hint]);
  return all;
}

/** The options with the nick of the only saved login of this server, if no nick was given. */
function withSavedNick(options: ClientOptions, state: StateFolder): ClientOptions {
  if (options.keepsNick !== false || options.account !== undefined || options.guest) return options;
  const [only, ...others] = state.savedLogins();
  if (only === undefined || others.length > 0) return options;
  return { ...options, nick: only.nick ?? only.account };
}

/** The saved login of this server for the account, or without an account for the nick. */
function savedLoginFor(options: ClientOptions, state: StateFolder): SavedLogin | undefined {
  const { account, nick, raw, guest, password } = options;
  if (raw || guest || (account !== undefined && password !== undefined)) return undefined;
  const wanted = account ?? nick;
  const isFor = (login: SavedLogin) =>
    same(login.account, wanted) || (account === undefined && same(login.nick ?? "", nick));
  return state.savedLogins().find(isFor);
}

/** The kind of secret that an identity sends; `undefined` for none. */
function secretOf(identity: ClientIdentity): "login" | "server password" | undefined {
  if (hasLogin(identity)) return "login";
  return identity.serverPassword === undefined ? undefined : "server password";
}

/** Prints the end of a run, and returns its exit code. */
function exitCode(ending: Ending, proc: ClientProcess): number {
  complain(proc, ending.words);
  // A terminal as stdin would keep the process alive; a file has no `unref`.
  if (typeof proc.stdin.unref === "function") proc.stdin.unref();
  return ending.code;
}

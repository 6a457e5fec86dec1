import { randomHex } from "../../text/bytes.ts";
import { type ClientIdentity, same } from "../model/state.ts";
import { addressName, type ServerAddress } from "../net/address.ts";
import { KnownServers } from "../net/known-servers.ts";
import { type Authority, isLoopback, TlsPolicy } from "../net/tls-policy.ts";
import type { Server } from "../net/transport.ts";
import { Drafts } from "../ui/editor.ts";
import { runFull } from "../ui/fullscreen.ts";
import { askSecret } from "../ui/line-input.ts";
import { runAppend } from "../ui/linear.ts";
import { type ThemeName, themeFor } from "../ui/theme.ts";
import type { Asks, Ending } from "../ui/ui.ts";
import { type ClientProcess, canPrompt, complain } from "./process.ts";
import { runRaw } from "./raw.ts";
import { runSend, type SendOptions } from "./send.ts";
import { type SavedLogin, StateFolder } from "./state-store.ts";
import { type Following, runTail } from "./tail.ts";

export type { ClientProcess, SignalName } from "./process.ts";

/** The options that a user gave. */
export interface ClientOptions {
  readonly host: string;
  readonly port: number;
  /** The wanted nick. */
  readonly nick: string;
  /** The rooms to join, `#` included; none means the lobby. */
  readonly rooms: readonly string[];
  /** Append-only, without cursor movement. */
  readonly linear: boolean;
  /** For any line-based server, without IRC. */
  readonly raw: boolean;
  /** With a password: to log in by SASL PLAIN. */
  readonly account?: string | undefined;
  readonly password?: string | undefined;
  /** No login, not even one that is kept for this server. */
  readonly guest?: boolean;
  /** The password that the server asks of everyone. */
  readonly serverPassword?: string | undefined;
  /** Certificate authorities that are trusted instead of the system's, in PEM. */
  readonly authority?: Authority | undefined;
  /** No TLS, whatever speaks for it. */
  readonly plain?: boolean;
  readonly theme?: ThemeName | undefined;
  /** Whether the wheel scrolls; else the terminal has the mouse. */
  readonly mouse?: boolean;
  /** Whether a mention rings the bell. */
  readonly notifications?: boolean;
}

/** Where those go who ask for no room. */
const LOBBY = "#lobby";

/** Lines of a room's past that are asked for when it is joined. */
const PAST = 50;

/** Of the id of a message: 128 bits, which nobody guesses. */
const ID_BYTES = 16;

/** Times that a refused secret is asked for again. */
const MOST_TRIES = 2;

/**
 * Runs the client until the user, the server or the end of input ends it. Answers the exit code: 0 done, 1 failed or
 * refused, 2 without a password, 3 could not connect, 4 not authorised; why is told on stderr.
 */
export async function runClient(options: ClientOptions, proc: ClientProcess): Promise<number> {
  const rooms = options.rooms.length > 0 ? options.rooms : [LOBBY];
  return ended(await asking({ ...options, rooms }, proc, (all) => run(all, proc)), proc);
}

/** Runs `send`: answers 0 only when the server has stored all. */
export async function runSender(options: ClientOptions, what: SendOptions, proc: ClientProcess): Promise<number> {
  const go = (all: ClientOptions) => {
    const { server, identity } = startedQuietly(all, proc);
    return runSend(server, identity, what, proc);
  };
  return ended(await asking(options, proc, go), proc);
}

/** Runs `tail`. */
export async function runTailer(options: ClientOptions, what: Following, proc: ClientProcess): Promise<number> {
  const go = (all: ClientOptions) => {
    const { server, identity } = startedQuietly(all, proc);
    return runTail(server, identity, what, proc);
  };
  return ended(await asking(options, proc, go), proc);
}

/** Runs the client in one of its forms, and asks at the terminal for a secret that is missing. */
async function asking(
  given: ClientOptions,
  proc: ClientProcess,
  go: (options: ClientOptions) => Promise<Ending>,
): Promise<Ending> {
  let options = given;
  const { account } = options;
  const lacksPassword = account !== undefined && options.password === undefined && !options.raw;
  let typed: Asks | undefined;
  if (lacksPassword && savedLoginFor(options, new StateFolder(proc.state, options, options.nick)) === undefined) {
    const password = await askSecret(proc, `The password of ${account} at ${addressName(options)}`);
    const words = `the account ${account} needs a password: --password-file FILE, TCPCHAT_PASSWORD, or a terminal to type it at`;
    if (password === undefined) return { code: 2, words: [words] };
    options = { ...options, password };
    typed = "password";
  }
  for (let tries = 0; ; tries++) {
    const ending = await go(options);
    const { asks } = ending;
    // A password from a file is as it is; one that was typed may have been mistyped.
    if (asks === undefined || tries === MOST_TRIES || (asks === "password" && typed !== asks)) return ending;
    const whose = asks === "password" ? `The password of ${account} at` : "The password of the server";
    const again = options[asks] === undefined ? "" : "It is refused. ";
    const secret = await askSecret(proc, `${again}${whose} ${addressName(options)}`);
    if (secret === undefined) return ending;
    options = { ...options, [asks]: secret };
    typed = asks;
  }
}

function run(options: ClientOptions, proc: ClientProcess): Promise<Ending> {
  const { server, identity: who, state } = started(options, proc);
  if (options.raw) return runRaw(server, !options.linear, proc);
  const identity = { ...who, interactive: true };
  if (options.linear || !canPrompt(proc)) return runAppend(server, identity, state, proc);
  return runWhole(options, server, identity, state, proc);
}

/** The full screen, with what was kept from another time. */
async function runWhole(
  options: ClientOptions,
  server: Server,
  identity: ClientIdentity,
  state: StateFolder,
  proc: ClientProcess,
): Promise<Ending> {
  state.onTrouble = (words) => complain(proc, [words]);
  state.open();
  const outbox = state.savedOutbox();
  const targets = outbox.map((own) => own.target).filter((target) => /^[#&]/.test(target));
  const rooms = [...new Set([...identity.rooms, ...targets])];
  const looks = {
    theme: themeFor(proc.env, options.theme),
    mouse: options.mouse ?? true,
    notifications: options.notifications ?? true,
    drafts: new Drafts(state.savedDrafts(), proc.clock, (texts) => state.drafts(texts)),
  };
  const beginning = {
    server,
    identity: { ...identity, rooms },
    clock: proc.clock,
    strict: false,
    stateStore: state,
    outbox,
  };
  const ending = await runFull(beginning, looks, proc);
  state.close();
  return ending;
}

interface Started {
  readonly server: Server;
  readonly identity: ClientIdentity;
  readonly state: StateFolder;
}

/** `told`: hears of the connection what the user should know, where the conversation shows no such things. */
function started(options: ClientOptions, proc: ClientProcess, told?: (words: string) => void): Started {
  const bare: ServerAddress = { host: options.host, port: options.port };
  const isNear = (proc.isNear ?? isLoopback)(options.host);
  const state = new StateFolder(proc.state, bare, options.nick);
  const kept = savedLoginFor(options, state);
  const identity: ClientIdentity = {
    nick: options.nick,
    rooms: options.rooms,
    account: kept?.account ?? options.account,
    password: kept?.password ?? options.password,
    isSavedLogin: kept !== undefined,
    serverPassword: options.serverPassword,
    newId: () => randomHex(ID_BYTES),
    history: { type: "lines", count: PAST },
  };
  const { authority } = options;
  const secret = secretOf(identity);
  const tlsPolicy = new TlsPolicy(bare, {
    knownServers: new KnownServers(proc.data),
    authority,
    isNear,
    secret,
    clock: () => proc.clock.now(),
    told,
  });
  return { server: proc.server(bare, options.plain ? undefined : tlsPolicy), identity, state };
}

/** As `started`, where no conversation shows what the user should know: that goes to stderr. */
function startedQuietly(options: ClientOptions, proc: ClientProcess): Started {
  const all = started(options, proc, (words) => complain(proc, [words]));
  const { account, isSavedLogin } = all.identity;
  const words = `the login of ${account} that is kept for ${addressName(options)} is used; --guest goes without`;
  if (isSavedLogin) complain(proc, [words]);
  return all;
}

/** The login that is kept for this server, if it is this account's, or was made under this nick. */
function savedLoginFor(options: ClientOptions, state: StateFolder): SavedLogin | undefined {
  const { account, nick, raw, guest, password } = options;
  if (raw || guest || (account !== undefined && password !== undefined)) return undefined;
  const wanted = account ?? nick;
  const isFor = (login: SavedLogin) =>
    same(login.account, wanted) || (account === undefined && same(login.nick ?? "", nick));
  return state.savedLogins().find(isFor);
}

function secretOf({ account, password, serverPassword }: ClientIdentity): "login" | "server password" | undefined {
  if (account !== undefined && password !== undefined) return "login";
  return serverPassword === undefined ? undefined : "server password";
}

function ended(ending: Ending, proc: ClientProcess): number {
  complain(proc, ending.words);
  // A file as stdin has no such method; a terminal would keep the process alive.
  if (typeof proc.stdin.unref === "function") proc.stdin.unref();
  return ending.code;
}

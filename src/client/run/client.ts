import { randomHex } from "../../text/bytes.ts";
import { type Identity, same } from "../model/state.ts";
import { type Place, placeName } from "../net/address.ts";
import { Pins } from "../net/known-servers.ts";
import { type Authority, isLoopback, Safety } from "../net/tls-policy.ts";
import type { Server } from "../net/transport.ts";
import { Drafts } from "../ui/editor.ts";
import { runFull } from "../ui/fullscreen.ts";
import { askSecret } from "../ui/line-input.ts";
import { runAppend } from "../ui/linear.ts";
import { type ThemeName, themeFor } from "../ui/theme.ts";
import type { Asks, Ending } from "../ui/ui.ts";
import { canPrompt, complain, type Surroundings } from "./process.ts";
import { runRaw } from "./raw.ts";
import { runSend, type Sending } from "./send.ts";
import { type Login, StateFolder } from "./state-store.ts";
import { type Following, runTail } from "./tail.ts";

export type { SignalName, Surroundings } from "./process.ts";

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
export async function runClient(options: ClientOptions, around: Surroundings): Promise<number> {
  const rooms = options.rooms.length > 0 ? options.rooms : [LOBBY];
  return ended(await asking({ ...options, rooms }, around, (all) => run(all, around)), around);
}

/** Runs `send`: answers 0 only when the server has stored all. */
export async function runSender(options: ClientOptions, what: Sending, around: Surroundings): Promise<number> {
  const go = (all: ClientOptions) => {
    const { server, identity } = startedQuietly(all, around);
    return runSend(server, identity, what, around);
  };
  return ended(await asking(options, around, go), around);
}

/** Runs `tail`. */
export async function runTailer(options: ClientOptions, what: Following, around: Surroundings): Promise<number> {
  const go = (all: ClientOptions) => {
    const { server, identity } = startedQuietly(all, around);
    return runTail(server, identity, what, around);
  };
  return ended(await asking(options, around, go), around);
}

/** Runs the client in one of its forms, and asks at the terminal for a secret that is missing. */
async function asking(
  given: ClientOptions,
  around: Surroundings,
  go: (options: ClientOptions) => Promise<Ending>,
): Promise<Ending> {
  let options = given;
  const { account } = options;
  const lacksPassword = account !== undefined && options.password === undefined && !options.raw;
  let typed: Asks | undefined;
  if (lacksPassword && keptLogin(options, new StateFolder(around.state, options, options.nick)) === undefined) {
    const password = await askSecret(around, `The password of ${account} at ${placeName(options)}`);
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
    const secret = await askSecret(around, `${again}${whose} ${placeName(options)}`);
    if (secret === undefined) return ending;
    options = { ...options, [asks]: secret };
    typed = asks;
  }
}

function run(options: ClientOptions, around: Surroundings): Promise<Ending> {
  const { server, identity: who, state } = started(options, around);
  if (options.raw) return runRaw(server, !options.linear, around);
  const identity = { ...who, reads: true };
  if (options.linear || !canPrompt(around)) return runAppend(server, identity, state, around);
  return runWhole(options, server, identity, state, around);
}

/** The full screen, with what was kept from another time. */
async function runWhole(
  options: ClientOptions,
  server: Server,
  identity: Identity,
  state: StateFolder,
  around: Surroundings,
): Promise<Ending> {
  state.onTrouble = (words) => complain(around, [words]);
  state.open();
  const outbox = state.savedOutbox();
  const targets = outbox.map((own) => own.target).filter((target) => /^[#&]/.test(target));
  const rooms = [...new Set([...identity.rooms, ...targets])];
  const looks = {
    theme: themeFor(around.env, options.theme),
    mouse: options.mouse ?? true,
    notifications: options.notifications ?? true,
    drafts: new Drafts(state.savedDrafts(), around.clock, (texts) => state.drafts(texts)),
  };
  const beginning = {
    server,
    identity: { ...identity, rooms },
    clock: around.clock,
    strict: false,
    keep: state,
    outbox,
  };
  const ending = await runFull(beginning, looks, around);
  state.close();
  return ending;
}

interface Started {
  readonly server: Server;
  readonly identity: Identity;
  readonly state: StateFolder;
}

/** `told`: hears of the connection what the user should know, where the conversation shows no such things. */
function started(options: ClientOptions, around: Surroundings, told?: (words: string) => void): Started {
  const bare: Place = { host: options.host, port: options.port };
  const isNear = (around.isNear ?? isLoopback)(options.host);
  const state = new StateFolder(around.state, bare, options.nick);
  const kept = keptLogin(options, state);
  const identity: Identity = {
    nick: options.nick,
    rooms: options.rooms,
    account: kept?.account ?? options.account,
    password: kept?.password ?? options.password,
    keptLogin: kept !== undefined,
    serverPassword: options.serverPassword,
    newId: () => randomHex(ID_BYTES),
    past: { type: "lines", count: PAST },
  };
  const { authority } = options;
  const secret = secretOf(identity);
  const safety = new Safety(bare, {
    pins: new Pins(around.data),
    authority,
    isNear,
    secret,
    clock: () => around.clock.now(),
    told,
  });
  return { server: around.server(bare, options.plain ? undefined : safety), identity, state };
}

/** As `started`, where no conversation shows what the user should know: that goes to stderr. */
function startedQuietly(options: ClientOptions, around: Surroundings): Started {
  const all = started(options, around, (words) => complain(around, [words]));
  const { account, keptLogin } = all.identity;
  const words = `the login of ${account} that is kept for ${placeName(options)} is used; --guest goes without`;
  if (keptLogin) complain(around, [words]);
  return all;
}

/** The login that is kept for this server, if it is this account's, or was made under this nick. */
function keptLogin(options: ClientOptions, state: StateFolder): Login | undefined {
  const { account, nick, raw, guest, password } = options;
  if (raw || guest || (account !== undefined && password !== undefined)) return undefined;
  const wanted = account ?? nick;
  const isFor = (login: Login) =>
    same(login.account, wanted) || (account === undefined && same(login.nick ?? "", nick));
  return state.savedLogins().find(isFor);
}

function secretOf({ account, password, serverPassword }: Identity): "login" | "server password" | undefined {
  if (account !== undefined && password !== undefined) return "login";
  return serverPassword === undefined ? undefined : "server password";
}

function ended(ending: Ending, around: Surroundings): number {
  complain(around, ending.words);
  // A file as stdin has no such method; a terminal would keep the process alive.
  if (typeof around.stdin.unref === "function") around.stdin.unref();
  return ending.code;
}

import { randomBytes } from "node:crypto";
import { runAppend } from "./append.ts";
import { Drafts } from "./drafts.ts";
import type { Ending } from "./face.ts";
import { runFull } from "./full.ts";
import { StateFolder } from "./keep.ts";
import { Pins } from "./pins.ts";
import type { Place } from "./place.ts";
import { runRaw } from "./raw.ts";
import { type Authority, isLoopback, Safety } from "./safety.ts";
import { runSend, type Sending } from "./send.ts";
import type { Identity } from "./state.ts";
import { canPrompt, complain, type Surroundings } from "./surroundings.ts";
import { type Following, runTail } from "./tail.ts";
import { type ThemeName, themeFor } from "./theme.ts";

export type { SignalName, Surroundings } from "./surroundings.ts";

/** What a user asked for. */
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
  /** What the server asks of everyone. */
  readonly serverPassword?: string | undefined;
  /** Who vouches for the server, instead of those whom everyone knows. */
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

/**
 * Runs the client until the user, the server or the end of input ends it. Answers the exit code: 0 done, 1 failed or
 * refused, 3 could not connect, 4 not authorised; why is told on stderr.
 */
export async function runClient(options: ClientOptions, around: Surroundings): Promise<number> {
  const rooms = options.rooms.length > 0 ? options.rooms : [LOBBY];
  return ended(await run({ ...options, rooms }, around), around);
}

/** Runs `send`: answers 0 only when the server has stored all. */
export async function runSender(options: ClientOptions, what: Sending, around: Surroundings): Promise<number> {
  const { place, identity } = started(options, around, (words) => complain(around, [words]));
  return ended(await runSend(place, identity, what, around), around);
}

/** Runs `tail`. */
export async function runTailer(options: ClientOptions, what: Following, around: Surroundings): Promise<number> {
  const { place, identity } = started(options, around, (words) => complain(around, [words]));
  return ended(await runTail(place, identity, what, around), around);
}

function run(options: ClientOptions, around: Surroundings): Promise<Ending> {
  const { place, identity: who, state } = started(options, around);
  if (options.raw) return runRaw(place, !options.linear, around);
  const identity = { ...who, reads: true };
  if (options.linear || !canPrompt(around)) return runAppend(place, identity, around);
  return runWhole(options, place, identity, state, around);
}

/** The full screen, with what was kept from another time. */
async function runWhole(
  options: ClientOptions,
  place: Place,
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
    drafts: new Drafts(state.savedDrafts(), (texts) => state.drafts(texts)),
  };
  const beginning = {
    place,
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
  readonly place: Place;
  readonly identity: Identity;
  readonly state: StateFolder;
}

/** `told`: hears of the connection what the user should know, where the conversation shows no such things. */
function started(options: ClientOptions, around: Surroundings, told?: (words: string) => void): Started {
  const bare: Place = { host: options.host, port: options.port };
  const isNear = (around.isNear ?? isLoopback)(options.host);
  const safety = new Safety(bare, { pins: new Pins(around.env), authority: options.authority, isNear, told });
  const place: Place = options.plain || options.raw ? bare : { ...bare, safety };
  const state = new StateFolder(around.env, place, options.nick);
  const kept = options.account === undefined && !options.raw ? state.savedLogin() : undefined;
  const identity: Identity = {
    nick: options.nick,
    rooms: options.rooms,
    account: kept?.account ?? options.account,
    password: kept?.password ?? options.password,
    keptLogin: kept !== undefined,
    serverPassword: options.serverPassword,
    seed: randomBytes(12).toString("hex"),
    past: { type: "lines", count: PAST },
  };
  return { place, identity, state };
}

function ended(ending: Ending, around: Surroundings): number {
  complain(around, ending.words);
  // A file as stdin has no such method; a terminal would keep the process alive.
  if (typeof around.stdin.unref === "function") around.stdin.unref();
  return ending.code;
}

import { randomBytes } from "node:crypto";
import { runAppend } from "./append.ts";
import { Drafts } from "./drafts.ts";
import type { Ending } from "./face.ts";
import { runFull } from "./full.ts";
import type { Place } from "./place.ts";
import { runRaw } from "./raw.ts";
import type { Identity } from "./state.ts";
import { canPrompt, complain, type Surroundings } from "./surroundings.ts";
import { themeFor } from "./theme.ts";

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
  const place: Place = { host: options.host, port: options.port };
  const identity: Identity = {
    nick: options.nick,
    rooms: options.rooms.length > 0 ? options.rooms : [LOBBY],
    account: options.account,
    password: options.password,
    keptLogin: false,
    serverPassword: options.serverPassword,
    seed: randomBytes(12).toString("hex"),
    past: { type: "lines", count: PAST },
  };
  const ending = await run(options, place, identity, around);
  complain(around, ending.words);
  // A file as stdin has no such method; a terminal would keep the process alive.
  if (typeof around.stdin.unref === "function") around.stdin.unref();
  return ending.code;
}

function run(options: ClientOptions, place: Place, identity: Identity, around: Surroundings): Promise<Ending> {
  if (options.raw) return runRaw(place, !options.linear, around);
  if (options.linear || !canPrompt(around)) return runAppend(place, identity, around);
  const looks = {
    theme: themeFor(around.env, undefined),
    mouse: true,
    notifications: true,
    drafts: new Drafts(new Map(), () => {}),
  };
  return runFull({ place, identity, clock: around.clock, strict: false }, looks, around);
}

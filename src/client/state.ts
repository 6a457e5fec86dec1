import { type Folded, fold } from "../text/fold.ts";

/** Who the user wants to be. */
export interface Identity {
  readonly nick: string;
  /** The rooms to be in from the start, `#` included. */
  readonly rooms: readonly string[];
  readonly account: string | undefined;
  readonly password: string | undefined;
  readonly serverPassword: string | undefined;
}

/** A room that we are in. */
export interface Room {
  readonly name: string;
  readonly members: ReadonlyMap<Folded, string>;
  readonly topic: string;
  /** The msgids of the last lines, so that a line that is sent again is not shown again. */
  readonly recent: readonly string[];
}

/** A message of our own that the server has not yet answered. */
export interface Pending {
  readonly id: number;
  readonly target: string;
  readonly text: string;
}

/** A room that we have asked to join, and whether it becomes the current one then. */
export interface Awaited {
  readonly name: string;
  readonly current: boolean;
}

/** What the server has said of itself (RPL_ISUPPORT), as far as it matters to us. */
export interface Support {
  /** Characters of a nick; 0 is not known. */
  readonly nickLength: number;
  readonly monitor: boolean;
  /** Lines of history that may be asked for at once; 0 is none. */
  readonly history: number;
  /** The marks that NAMES puts before a nick. */
  readonly marks: string;
}

/** Why we last asked for a nick: to be let in, because the user said so, or to get the wanted one back. */
export type Asking = "registering" | "user" | "retaking";

/** All that the client knows; made anew by each message, never changed. */
export interface Model {
  readonly identity: Identity;
  readonly phase: "offline" | "registering" | "here";
  /** True once we were let in for the first time. */
  readonly known: boolean;
  /** Who we are now, or are asking to be. */
  readonly nick: string;
  /** Who we would like to be. */
  readonly wanted: string;
  readonly asking: Asking | undefined;
  /** How many nicks in a row were refused. */
  readonly tries: number;
  /** `nick!user@host` as others see us, once a JOIN of ours has shown it. */
  readonly mask: string | undefined;
  readonly offered: ReadonlySet<string>;
  readonly caps: ReadonlySet<string>;
  readonly support: Support;
  readonly rooms: ReadonlyMap<Folded, Room>;
  /** Rooms that we want to be in and have no answer for. */
  readonly awaited: ReadonlyMap<Folded, Awaited>;
  /** The room to which a line without a command goes. */
  readonly current: Folded | undefined;
  /** Names of rooms that are being listed and are not among `rooms`, and of those just joined. */
  readonly listed: ReadonlyMap<Folded, readonly string[]>;
  readonly pending: readonly Pending[];
  readonly sent: number;
}

/** Something said, as data; names and text are as the network gave them. */
export interface Talk {
  readonly kind: "said" | "acted" | "noticed";
  /** Milliseconds since 1970, the server's if it says. */
  readonly time: number;
  /** `undefined` for a direct message. */
  readonly room: string | undefined;
  readonly nick: string;
  /** The receiver of a direct message of our own. */
  readonly to: string | undefined;
  readonly text: string;
  readonly msgid: string | undefined;
  /** Whether it names us. */
  readonly mention: boolean;
}

/** Something that happened (`event`), that is good to know (`hint`), or that went wrong (`trouble`). */
export interface Note {
  readonly kind: "event" | "hint" | "trouble";
  readonly time: number;
  readonly text: string;
}

/** One line to show. */
export type Line = Talk | Note;

/** What has to be done because of a message or a command. */
export type Effect =
  | { readonly type: "send"; readonly command: string; readonly params: readonly string[] }
  | { readonly type: "show"; readonly line: Line }
  /** Try the wanted nick again in a while: the server cannot tell us when it is free. */
  | { readonly type: "nick-later" }
  /** The server's pong to the ping that was sent with this token. */
  | { readonly type: "pong"; readonly token: string }
  /** The server will close the connection, and why. */
  | { readonly type: "closing"; readonly why: string }
  | { readonly type: "quit"; readonly why: string }
  /** There is no use in going on; the exit code says how. */
  | { readonly type: "give-up"; readonly code: 1 | 4; readonly why: string };

/** What comes of a message or a command: the next model, and what to do. */
export interface Step {
  readonly model: Model;
  readonly effects: readonly Effect[];
}

/** What the client knows before it has heard anything. */
export function newModel(identity: Identity): Model {
  return {
    identity,
    phase: "offline",
    known: false,
    nick: identity.nick,
    wanted: identity.nick,
    asking: undefined,
    tries: 0,
    mask: undefined,
    offered: new Set(),
    caps: new Set(),
    support: { nickLength: 0, monitor: false, history: 0, marks: "~&@%+" },
    rooms: new Map(),
    awaited: new Map(identity.rooms.map((name) => [fold(name), { name, current: false }])),
    current: undefined,
    listed: new Map(),
    pending: [],
    sent: 0,
  };
}

/** A step that changes nothing but does something. */
export function step(model: Model, ...effects: readonly Effect[]): Step {
  return { model, effects };
}

/** The effect of sending a command. */
export function send(command: string, ...params: readonly string[]): Effect {
  return { type: "send", command, params };
}

/** The effect of showing a note. */
export function note(kind: Note["kind"], time: number, text: string): Effect {
  return { type: "show", line: { kind, time, text } };
}

/** Whether two names are the same name. */
export function same(a: string, b: string): boolean {
  return fold(a) === fold(b);
}

/** A map with one entry set. */
export function withEntry<K, V>(map: ReadonlyMap<K, V>, key: K, value: V): ReadonlyMap<K, V> {
  return new Map(map).set(key, value);
}

/** A map without one entry. */
export function without<K, V>(map: ReadonlyMap<K, V>, key: K): ReadonlyMap<K, V> {
  if (!map.has(key)) return map;
  const rest = new Map(map);
  rest.delete(key);
  return rest;
}

import { type Folded, fold } from "../../text/fold.ts";
import type { Message, Tags } from "../../wire/message.ts";
import type { Secrecy } from "../net/transport.ts";
import type { Asks } from "../ui/ui.ts";
import { type Members, NameBudget } from "./members.ts";

/** The identity that the user asked for. */
export interface ClientIdentity {
  readonly nick: string;
  /** The rooms to be in from the start, `#` included. */
  readonly rooms: readonly string[];
  readonly account: string | undefined;
  readonly password: string | undefined;
  /** The account and its password were kept from another time: if they are refused, we go on as a guest. */
  readonly keptLogin: boolean;
  readonly serverPassword: string | undefined;
  /** An id for a message of ours: 128 random bits, new at each call. */
  readonly newId: () => string;
  /** How much of a room's past is asked for when it is first seen. */
  readonly past: RoomHistory;
  /** Someone is here to read what was said to them alone while they were away. */
  readonly reads?: boolean;
}

/** The last so many lines, all since a message, or those of the last so many milliseconds by the server's clock. */
export type RoomHistory =
  | { readonly type: "lines"; readonly count: number }
  | { readonly type: "since"; readonly msgid: string }
  | { readonly type: "for"; readonly span: number };

/** A place in history: a msgid, or a time in milliseconds since 1970. */
export interface Reference {
  readonly msgid: string | undefined;
  readonly time: number;
}

/** A room that we are in. */
export interface ClientRoom {
  readonly name: string;
  readonly members: Members;
  readonly topic: string;
  /** We were in it before, and it is not told again who is there. */
  readonly again: boolean;
}

/** What was said in a room or with someone, as far as it matters for what comes next. */
export interface Stream {
  readonly name: string;
  /** The msgids of the last lines, so that a line that is sent again is not shown again. */
  readonly recent: readonly string[];
  /** The last line that history can be asked from. */
  readonly last: Reference | undefined;
  readonly asked: Asked | undefined;
}

/** A piece of history that was asked for, and what waits for it so that all is shown in its order. */
export interface Asked {
  /** `older` is what is before all that is known, for who scrolls back; `begin` is whether the server has the message that it begins behind. */
  readonly type: "latest" | "after" | "older" | "begin";
  /** Lines that are still wanted of `latest`. */
  readonly want: number;
  /** Pages of `latest` that have come. */
  readonly got: readonly Talk[];
  /** Messages that arrived meanwhile. */
  readonly held: readonly Talk[];
  /** Characters that `held` costs. */
  readonly size: number;
}

/** A message of our own that the server has not confirmed. */
export interface OwnMessage {
  /** Of its own for ever: the server says a message with a known id only once. */
  readonly id: string;
  readonly target: string;
  /** May hold newlines. */
  readonly text: string;
  readonly kind: "said" | "acted";
  readonly time: number;
  /** It will be sent; it was sent and has no answer; it was refused, or nobody knows. */
  readonly state: "waiting" | "sending" | "failed";
  /** Why it failed. */
  readonly why: string;
}

/** Lines that belong together and have not all come (IRCv3 batch). */
export interface Batch {
  readonly opening: Message;
  readonly type: string;
  /** What was said, of a `chathistory`. */
  readonly lines: readonly Talk[];
  /** The messages of a `draft/multiline`. */
  readonly parts: readonly Message[];
  /** Characters held. */
  readonly size: number;
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
  /** Whether history can be asked for by msgid (MSGREFTYPES). */
  readonly byMsgid: boolean;
  /** The marks that NAMES puts before a nick. */
  readonly marks: string;
}

/** Why we last asked for a nick: to be let in, because the user said so, or to get the wanted one back. */
type Asking = "registering" | "user" | "retaking";

/** All that the client knows; made anew by each message, and never changed but for its lists of members. */
export interface Model {
  readonly identity: ClientIdentity;
  readonly phase: "offline" | "registering" | "here";
  /** The privacy of this connection. */
  readonly secrecy: Secrecy;
  /** True once we were let in for the first time. */
  readonly known: boolean;
  /** Our nick now, or the one being asked for. */
  readonly nick: string;
  /** The nick that the user wants. */
  readonly wanted: string;
  /** The wanted nick is an account's: it is had by logging in, and not by waiting. */
  readonly reserved: boolean;
  readonly asking: Asking | undefined;
  /** How many nicks in a row were refused. */
  readonly tries: number;
  /** `nick!user@host` as others see us, once a JOIN of ours has shown it. */
  readonly mask: string | undefined;
  readonly offered: ReadonlySet<string>;
  readonly caps: ReadonlySet<string>;
  readonly support: Support;
  readonly rooms: ReadonlyMap<Folded, ClientRoom>;
  /** Rooms that we want to be in and have no answer for. */
  readonly awaited: ReadonlyMap<Folded, Awaited>;
  /** The room, or the nick, to which a line without a command goes. */
  readonly current: Folded | undefined;
  /** The partners of direct talks. */
  readonly partners: ReadonlyMap<Folded, string>;
  readonly streams: ReadonlyMap<Folded, Stream>;
  readonly batches: ReadonlyMap<string, Batch>;
  /** Member lists that are arriving: of rooms just joined, or asked about. */
  readonly listed: ReadonlyMap<Folded, Members>;
  /** The rest of the budget for names. */
  readonly names: NameBudget;
  readonly outbox: readonly OwnMessage[];
  /** The server says a message whose id it knows only once, so one without an answer can be sent again. */
  readonly exact: boolean;
  /** The account that the server has logged us in to. */
  readonly account: string | undefined;
  /** What is being done about an account. */
  readonly login: PendingLogin | undefined;
  /** The password may be asked for: we have said that we log in, and it was not sent yet. */
  readonly isProving: boolean;
  /** The user's commands that the server has yet to answer, in their order, and how many there have been. */
  readonly requests: readonly Request[];
  readonly requested: number;
  /** Those whom we ignore, as the server tells; a guest's it forgets with the connection. */
  readonly ignored: ReadonlySet<string>;
  /** The slash commands that the server runs, by their names. */
  readonly served: ReadonlyMap<string, ServedCommand>;
}

/** A slash command that the server runs. */
export interface ServedCommand {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly usage: string;
  readonly help: string;
}

/** A command of the user's that the server has yet to answer. */
export interface Request {
  /** Its label, or the token of the PING behind it. */
  readonly id: string;
  /** The name of the room or the nick where it was typed; "*" is neither. */
  readonly where: string;
  /** Something of its answer has been shown. */
  readonly told: boolean;
  /** The room that it asks to join. */
  readonly joins?: Folded;
  /** The client has sent it by itself: its answer is not shown. */
  readonly quiet?: true;
}

/** An account that is being made, logged in to, given another password or removed while we are here. */
export interface PendingLogin {
  readonly type: "register" | "login" | "passwd" | "drop";
  readonly account: string;
  readonly password: string;
}

/** A side effect of a message or a command. */
export type Effect =
  | { readonly type: "send"; readonly command: string; readonly params: readonly string[]; readonly tags?: Tags }
  | { readonly type: "show"; readonly line: Line }
  /** What was said before all that is shown of a room or a talk; `complete` when there is nothing before it. */
  | { readonly type: "past"; readonly target: string; readonly lines: readonly Talk[]; readonly complete: boolean }
  /** A room has another name: what is shown and typed there goes along. */
  | { readonly type: "room-renamed"; readonly from: Folded; readonly to: string }
  /** A piece of history was asked for, and should come soon. */
  | { readonly type: "await-history" }
  /** The server has a message of ours; `sure` when it gave it a msgid. */
  | { readonly type: "stored"; readonly message: OwnMessage; readonly sure: boolean }
  /** A password has to be typed where nobody sees it; the command and what stands before the password. */
  | { readonly type: "ask-password"; readonly words: string; readonly command: string }
  /** An account and its password are good: they can be kept, or forgotten. */
  | { readonly type: "keep-login"; readonly account: string; readonly password: string }
  | { readonly type: "forget-login"; readonly account: string | undefined }
  /** Try the wanted nick again in a while: the server cannot tell us when it is free. */
  | { readonly type: "nick-later" }
  /** The server's pong to the ping that was sent with this token. */
  | { readonly type: "pong"; readonly token: string }
  /** There is no TLS to be had, and without it nothing can be said. */
  | { readonly type: "no-tls" }
  /** The server wants to be spoken to over TLS, on this port: nothing more is said before that. */
  | { readonly type: "go-to-tls"; readonly port: number }
  /** The server wants to be spoken to over TLS alone for so many seconds; 0 takes that back. */
  | { readonly type: "keep-to-tls"; readonly seconds: number }
  /** The server will close the connection, and why. */
  | { readonly type: "closing"; readonly why: string }
  | { readonly type: "quit"; readonly why: string }
  /** There is no use in going on; the exit code says how, `asks` which secret would have helped. */
  | { readonly type: "give-up"; readonly code: 1 | 4; readonly why: string; readonly asks?: Asks };

/** What comes of a message or a command: the next model, and what to do. */
export interface Step {
  readonly model: Model;
  readonly effects: readonly Effect[];
}

/** The model before anything was received. */
export function newModel(identity: ClientIdentity): Model {
  return {
    identity,
    phase: "offline",
    secrecy: "exposed",
    known: false,
    nick: identity.nick,
    wanted: identity.nick,
    reserved: false,
    asking: undefined,
    tries: 0,
    mask: undefined,
    offered: new Set(),
    caps: new Set(),
    support: { nickLength: 0, monitor: false, history: 0, byMsgid: true, marks: "~&@%+" },
    rooms: new Map(),
    awaited: new Map(identity.rooms.map((name) => [fold(name), { name, current: false }])),
    current: undefined,
    listed: new Map(),
    names: new NameBudget(),
    partners: new Map(),
    streams: new Map(),
    batches: new Map(),
    outbox: [],
    exact: false,
    account: undefined,
    login: undefined,
    isProving: false,
    requests: [],
    requested: 0,
    ignored: new Set(),
    served: new Map(),
  };
}

/** Whether all rooms that we asked for have let us in or refused us: from then on there is someone to talk to. */
export function isSettled(model: Model): boolean {
  return model.phase === "here" && model.asking !== "registering" && model.awaited.size === 0;
}

/** The name of the room or the nick to which a line without a command goes. */
export function currentName(model: Model): string | undefined {
  if (model.current === undefined) return undefined;
  return model.rooms.get(model.current)?.name ?? model.partners.get(model.current);
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
export function note(kind: Note["kind"], time: number, text: string, ...rooms: readonly string[]): Effect {
  return { type: "show", line: { kind, time, text, rooms } };
}

/** A server's words, with what they are about before them, unless they name it. */
export function naming(about: readonly string[], words: string): string {
  const named = words.split(/[\s",;:]+|\.(?=\s|$)/);
  return about.every((name) => named.includes(name)) ? words : `${about.join(" ")}: ${words}`;
}

/** The effect of telling that someone came or went. */
export function moved(move: Move, time: number, text: string, rooms: readonly string[]): Effect {
  return { type: "show", line: { kind: "event", time, text, rooms, move } };
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
  /** The speaker's account, if the server tells. */
  readonly account: string | undefined;
  /** Whether it names us. */
  readonly mention: boolean;
  /** From history, or a backlog: nothing to ring a bell for. */
  readonly past: boolean;
}

/** Something that happened (`event`), that is good to know (`hint`), or that went wrong (`trouble`). */
export interface Note {
  readonly kind: "event" | "hint" | "trouble";
  readonly time: number;
  readonly text: string;
  /** The rooms that it is about; none where it is about us, or the server. */
  readonly rooms: readonly string[];
  /** Set for one of the comings and goings that can be told in one line. */
  readonly move?: Move;
}

/** Someone came or went. */
interface Move {
  readonly nick: string;
  readonly how: "came" | "went";
}

/** One line to show. */
export type Line = Talk | Note;

const OVERHEAD = 120; // characters that a line costs besides its own

/** How many characters' worth of memory a line takes, whatever of it is long. */
export function costOf(line: Line): number {
  if (!("nick" in line)) return OVERHEAD + line.text.length + 8 * line.rooms.length;
  const { text, nick, msgid = "", account = "", room = "", to = "" } = line;
  return OVERHEAD + text.length + nick.length + msgid.length + account.length + room.length + to.length;
}

/**
 * The client's pure core: `Model` is all that the client knows, and `update(model, message)` gives the next model and
 * the effects. It knows no sockets, terminal, files or clock; the shells in `net/`, `ui/` and `run/` carry out the
 * effects.
 */

import { type Folded, fold } from "../../text/fold.ts";
import type { Tags } from "../../wire/message.ts";
import type { ScreenRequest } from "../commands/screen.ts";
import type { CommandInfo } from "../commands/slash.ts";
import type { Secrecy } from "../net/transport.ts";
import type { PendingLogin } from "./accounts.ts";
import type { Batch, HistoryPage, RoomHistory, Stream } from "./history.ts";
import { DEFAULT_RANKS, type Members, NameBudget } from "./members.ts";
import type { OwnMessage, Proof, SaidMessage } from "./outbox.ts";
import { AwayMarks, Profiles } from "./profiles.ts";
import type { Support } from "./registration.ts";
import type { Request } from "./requests.ts";
import type { ClientRoom, PendingJoin } from "./rooms.ts";
import type { Typist } from "./typists.ts";

/** The identity that the user asks for. */
export interface ClientIdentity {
  readonly nick: string;
  /** The address of the server, `HOST:PORT`, where the user knows one. */
  readonly address?: string;
  /** The rooms to join at the start, with their `#`. */
  readonly rooms: readonly string[];
  /** The token of an invitation link. Its room is joined first; the model has its name in `linked` then. */
  readonly invitation?: string | undefined;
  /** The room to join if there is no other. */
  readonly home?: string | undefined;
  /** The state that an earlier run remembered. */
  readonly memory?: ClientMemory | undefined;
  readonly account: string | undefined;
  readonly password: string | undefined;
  /** The kind of key that we present: an SSH key, or over TLS a certificate. It logs in unless a password is given. */
  readonly key?: "SSH" | "TLS" | undefined;
  /** The user has chosen the nick, so it stays even if the key logs in to an account of another name. */
  readonly keepsNick?: boolean;
  /** The account and password were saved by an earlier run: if the server refuses them, we go on as a guest. */
  readonly isSavedLogin: boolean;
  /** The password was typed at the start: the login is saved for the next run, like a login by `/login`. */
  readonly keepsLogin?: boolean | undefined;
  /** The account of a saved login that is not used, since the user has named another nick. */
  readonly unusedLogin?: string | undefined;
  readonly serverPassword: string | undefined;
  /** Makes the id of a new message: 128 random bits. */
  readonly newId: () => string;
  /** The history to request when a room is first joined. */
  readonly history: RoomHistory;
  /** A person reads the output: request missed direct messages and slash commands. */
  readonly interactive?: boolean;
  /** The lines come from a pipe: none of them is a correction. */
  readonly isPiped?: boolean;
  /** The name and version of this program, for those who ask (CTCP VERSION). */
  readonly program?: string;
  /** Requests event playback, so that history contains reactions too. */
  readonly wantsReactions?: boolean;
  /** A script: rooms are joined without being shown as joining, where the server can do that. */
  readonly quiet?: boolean;
  /** A secret of this run, with which a guest gets its nick and rooms back after a lost connection. */
  readonly resumeKey?: string;
  /** The name for a token requested from the server, which is saved instead of the password if the server has tokens. */
  readonly tokenName?: string | undefined;
  /** The id of the token, if `password` is one. */
  readonly savedToken?: string | undefined;
  /** The client is a bot, and declares itself one if the server has a bot mode. */
  readonly isBot?: boolean;
  /** The client runs inside the server, for someone in an SSH session: nothing is kept for a next run. */
  readonly overSsh?: boolean | undefined;
  /** Advice for a password that was not sent in plain text: how to get an encrypted connection. By default, `--no-tls`. */
  readonly privateWay?: string;
  /** A full screen shows the output: long answers are lists that can be closed, and there are commands for the screen. */
  readonly fullScreen?: boolean;
  /** The full screen can have several servers. */
  readonly severalServers?: boolean;
  /** The full screen can be suspended by Ctrl-Z. */
  readonly canSuspend?: boolean;
}

/** Stands for the room of an invitation link until the server names it. */
export const LINKED = "*";

/** The state that a client remembers of a server between its runs. */
export interface ClientMemory {
  /** The rooms that it was in, in order. */
  readonly rooms: readonly string[];
  /** The partners of direct conversations. */
  readonly partners: readonly string[];
  /** The room or the partner that was shown. */
  readonly current: string | undefined;
  /** The times of the last messages read, in milliseconds since 1970, by folded room or partner. */
  readonly markers: ReadonlyMap<Folded, number>;
}

/** Why a nick was last requested: during registration, by the user, or to get the wanted nick back. */
type NickReason = "registering" | "user" | "retaking";

/** All that the client knows. Every message makes a new one; only the member lists inside are changed in place. */
export interface Model {
  readonly identity: ClientIdentity;
  readonly phase: "offline" | "registering" | "here";
  /** The room of an invitation link, once the server has named it. */
  readonly linked?: string;
  /** The privacy of this connection. */
  readonly secrecy: Secrecy;
  /** Whether a server has welcomed us at least once. */
  readonly wasWelcomed: boolean;
  /** Our nick, or during registration the requested one. */
  readonly nick: string;
  /** The nick that the user wants. */
  readonly wanted: string;
  /** The wanted nick belongs to an account: logging in gets it, waiting does not. */
  readonly reserved: boolean;
  readonly nickRequest: NickReason | undefined;
  /** How many nicks in a row were refused. */
  readonly nickTries: number;
  /** Our `nick!user@host` as others see it; known after a JOIN of ours. */
  readonly mask: string | undefined;
  /** Capabilities that the server offers, with their values. */
  readonly offered: ReadonlySet<string>;
  /** Capabilities that are on. */
  readonly caps: ReadonlySet<string>;
  readonly support: Support;
  readonly rooms: ReadonlyMap<Folded, ClientRoom>;
  /** Rooms that we asked to join, without an answer. */
  readonly joining: ReadonlyMap<Folded, PendingJoin>;
  /** The room or the partner that receives a line without a command. */
  readonly current: Folded | undefined;
  /** The places that were current before, the last one first. */
  readonly visited: readonly Folded[];
  /** The partners of direct conversations. */
  readonly partners: ReadonlyMap<Folded, string>;
  readonly streams: ReadonlyMap<Folded, Stream>;
  readonly batches: ReadonlyMap<string, Batch>;
  /** The time of the last message read in each room or conversation, in milliseconds since 1970. */
  readonly markers: ReadonlyMap<Folded, number>;
  /** After a login: the server is putting us back in our rooms, of which these have not come yet. */
  readonly restoring: ReadonlySet<Folded> | undefined;
  /** Member lists that are arriving, of rooms just joined. */
  readonly arrivingNames: ReadonlyMap<Folded, Members>;
  /** The rooms that we were kicked from, and are not back in. */
  readonly kicked: ReadonlySet<Folded>;
  /** The rest of the budget for member names. */
  readonly nameBudget: NameBudget;
  readonly profiles: Profiles;
  readonly away: AwayMarks;
  readonly outbox: readonly OwnMessage[];
  /** The server stores a message with a known id only once, so an unconfirmed message can safely be sent again. */
  readonly deduplicates: boolean;
  /** The account that we are logged in to. */
  readonly account: string | undefined;
  /** Whether we are a server operator. */
  readonly isServerOperator: boolean;
  /** The account command without an answer. */
  readonly login: PendingLogin | undefined;
  /** AUTHENTICATE was sent, the password was not: the server may ask for it. */
  readonly isAuthenticating: boolean;
  /** The user's commands without an answer, oldest first. */
  readonly requests: readonly Request[];
  /** How many commands the user has sent; numbers the next one. */
  readonly requestCount: number;
  /** Folded nicks that are ignored, as the server reports them; it forgets a guest's list with the connection. */
  readonly ignored: ReadonlySet<string>;
  /** The server's slash commands, by name. */
  readonly serverCommands: ReadonlyMap<string, CommandInfo>;
  /** Our last messages in each room and direct conversation, newest last: those that `/undo` and `s/old/new/` mean. */
  readonly said: ReadonlyMap<Folded, readonly SaidMessage[]>;
  /** People who are typing, by room and direct conversation. */
  readonly typists: ReadonlyMap<Folded, readonly Typist[]>;
  /** When a CTCP question was last answered. */
  readonly ctcpAnswered: number;
}

/** A side effect of a message or a command. */
export type Effect =
  | { readonly type: "send"; readonly command: string; readonly params: readonly string[]; readonly tags?: Tags }
  | { readonly type: "show"; readonly line: Line }
  /** An earlier message has got or lost a reaction, or was deleted. */
  | { readonly type: "annotate"; readonly annotation: Annotation }
  /** A page of a room's or a conversation's history. */
  | { readonly type: "past"; readonly page: HistoryPage }
  /** The messages that a search has found, newest first. */
  | { readonly type: "found"; readonly words: string; readonly lines: readonly Talk[] }
  /** How far a room or conversation is read; with `unread`, the server's count of the messages after that. */
  | {
      readonly type: "read";
      readonly target: string;
      readonly upTo: number | undefined;
      readonly unread?: UnreadNumbers;
    }
  /** A room was renamed: its log and its draft move to the new name. */
  | { readonly type: "room-renamed"; readonly from: Folded; readonly to: string }
  /** A history request was sent: start its timeout. */
  | { readonly type: "await-history" }
  /** The server has a message of ours. */
  | { readonly type: "stored"; readonly message: OwnMessage; readonly proof: Proof }
  /** Ask the user for a password without an echo, then submit `command` followed by it. */
  | { readonly type: "ask-password"; readonly words: string; readonly command: string }
  /** A command for the screen itself. */
  | { readonly type: "screen"; readonly request: ScreenRequest }
  /** Show an explanation of many rows. */
  | { readonly type: "help"; readonly title: string; readonly rows: readonly HelpRow[] }
  /** The account and password work: save them. The password may be a token, which has an id. */
  | {
      readonly type: "keep-login";
      readonly account: string;
      readonly password: string;
      readonly token?: string | undefined;
    }
  /** Forget the saved login of an account; of all accounts if there is none. */
  | { readonly type: "forget-login"; readonly account: string | undefined }
  /** The token of the login has ended: only this connection still has the login. */
  | { readonly type: "logged-out" }
  /** Request the wanted nick again after a delay: this server cannot report when it is free. */
  | { readonly type: "nick-later" }
  /** The server answered the PING with this token. */
  | { readonly type: "pong"; readonly token: string }
  /** The server offers no TLS, and without TLS nothing may be sent. */
  | { readonly type: "no-tls" }
  /** The server asks for TLS on this port (IRCv3 sts): leave the plain connection. */
  | { readonly type: "go-to-tls"; readonly port: number }
  /** The server asks for TLS only, for this many seconds; 0 cancels that. */
  | { readonly type: "keep-to-tls"; readonly seconds: number }
  /** The server is about to close the connection. */
  | { readonly type: "closing"; readonly why: string }
  | { readonly type: "quit"; readonly why: string }
  /** Going on is useless: end with this exit code. `asks` names the secret that would have helped. */
  | { readonly type: "give-up"; readonly code: 1 | 2 | 4; readonly why: string; readonly asks?: SecretKind };

/** A row of an explanation: a command or a key, and what it does. */
export interface HelpRow {
  readonly label: string;
  readonly help: string;
  /** The text that the input line gets if the row is chosen. */
  readonly typed?: string;
}

/** The numbers of unread messages, and of those that mention us. */
export interface UnreadNumbers {
  readonly count: number;
  readonly mentions: number;
}

/** A password that the user can be asked for: the account's, or the server's. */
export type SecretKind = "password" | "serverPassword";

/** The result of a message or a command: the next model, and the effects to carry out in order. */
export interface Step {
  readonly model: Model;
  readonly effects: readonly Effect[];
}

/** The model before the first message. */
export function newModel(identity: ClientIdentity): Model {
  const { memory } = identity;
  return {
    identity,
    phase: "offline",
    secrecy: "exposed",
    wasWelcomed: false,
    nick: identity.nick,
    wanted: identity.nick,
    reserved: false,
    nickRequest: undefined,
    nickTries: 0,
    mask: undefined,
    offered: new Set(),
    caps: new Set(),
    support: {
      nickLength: 0,
      monitor: false,
      history: 0,
      byMsgid: true,
      ...DEFAULT_RANKS,
      deniedTags: [],
      botMode: "",
    },
    rooms: new Map(),
    joining: new Map([
      ...(memory?.rooms ?? []).map((name) => [fold(name), { name, current: false, isReturn: true }] as const),
      ...(identity.invitation === undefined ? [] : [[fold(LINKED), { name: LINKED, current: true }] as const]),
      ...identity.rooms.map((name, at) => [fold(name), { name, current: at === 0 }] as const),
    ]),
    markers: memory?.markers ?? new Map(),
    restoring: undefined,
    current:
      identity.rooms.length === 0 && identity.invitation === undefined && memory?.current
        ? fold(memory.current)
        : undefined,
    visited: [],
    arrivingNames: new Map(),
    kicked: new Set(),
    nameBudget: new NameBudget(),
    profiles: new Profiles(),
    away: new AwayMarks(),
    partners: new Map(memory?.partners.map((name) => [fold(name), name])),
    streams: new Map(),
    batches: new Map(),
    outbox: [],
    deduplicates: false,
    account: undefined,
    isServerOperator: false,
    login: undefined,
    isAuthenticating: false,
    requests: [],
    requestCount: 0,
    ignored: new Set(),
    serverCommands: new Map(),
    said: new Map(),
    typists: new Map(),
    ctcpAnswered: Number.NEGATIVE_INFINITY,
  };
}

/** The id of the request for the server's commands. */
export const LISTING = "commands";

/**
 * Whether we are connected, every requested room has let us in or refused us, and the server's commands are known:
 * messages can be sent, and commands run.
 */
export function isSettled({ phase, nickRequest, joining, restoring, requests }: Model): boolean {
  if (phase !== "here" || nickRequest === "registering") return false;
  return joining.size === 0 && restoring === undefined && !requests.some(({ id }) => id === LISTING);
}

/** The name of the room or the partner that receives a line without a command. */
export function currentName(model: Model): string | undefined {
  if (model.current === undefined) return undefined;
  return model.rooms.get(model.current)?.name ?? model.partners.get(model.current);
}

const VISITED = 50; // places that are remembered

/** The model with another current place; the one before is remembered. */
export function withCurrent(model: Model, current: Folded | undefined): Model {
  if (current === model.current) return model;
  const others = model.visited.filter((key) => key !== current && key !== model.current);
  const visited = model.current === undefined ? others : [model.current, ...others].slice(0, VISITED);
  return { ...model, current, visited };
}

/** A step that leads to this model and has these effects. */
export function step(model: Model, ...effects: readonly Effect[]): Step {
  return { model, effects };
}

/** One step, then another from its model; the effects of both in this order. */
export function andThen(first: Step, next: (model: Model) => Step): Step {
  const second = next(first.model);
  return { model: second.model, effects: [...first.effects, ...second.effects] };
}

/** One step for each item, each from the model of the step before. */
export function eachThen<T>(model: Model, items: Iterable<T>, next: (model: Model, item: T) => Step): Step {
  const effects: Effect[] = [];
  let last = model;
  for (const item of items) {
    const one = next(last, item);
    last = one.model;
    effects.push(...one.effects);
  }
  return { model: last, effects };
}

/** The effect of sending a command. */
export function send(command: string, ...params: readonly string[]): Effect {
  return { type: "send", command, params };
}

/** The effect of showing a note. */
export function note(kind: Note["kind"], time: number, text: string, ...rooms: readonly string[]): Effect {
  return { type: "show", line: { kind, time, text, rooms } };
}

/** The effect of showing that someone came or went. */
export function moveNote(move: Move, time: number, text: string, rooms: readonly string[]): Effect {
  return { type: "show", line: { kind: "event", time, text, rooms, move } };
}

/** A step that only shows what went wrong. */
export function trouble(model: Model, now: number, text: string): Step {
  return step(model, note("trouble", now, text));
}

/** A step that ends the client with an exit code: 1 refused, 4 not authorised. */
export function giveUp(model: Model, code: 1 | 2 | 4, why: string, asks?: SecretKind): Step {
  return step(model, { type: "give-up", code, why, ...(asks === undefined ? {} : { asks }) });
}

/** Whether an account is the one that we are logged in to. */
export function isOurAccount(model: Model, account: string | undefined): boolean {
  return account !== undefined && model.account !== undefined && same(account, model.account);
}

/** The value of a capability that the server offers; "" without one, `undefined` if it is not offered. */
export function offerOf({ offered }: Model, capability: string): string | undefined {
  if (offered.has(capability)) return "";
  const start = `${capability}=`;
  return offered
    .values()
    .find((offer) => offer.startsWith(start))
    ?.slice(start.length);
}

/** `NAMES: text`, or the server's text alone if it already contains all the names. */
export function withSubject(names: readonly string[], text: string): string {
  const words = text.split(/[\s",;:]+|\.(?=\s|$)/);
  return names.every((name) => words.includes(name)) ? text : `${names.join(" ")}: ${text}`;
}

/** Whether two nicks or room names are equal under the server's case folding. */
export function same(a: string, b: string): boolean {
  return fold(a) === fold(b);
}

/** A copy of a map with one entry set. */
export function withEntry<K, V>(map: ReadonlyMap<K, V>, key: K, value: V): ReadonlyMap<K, V> {
  return new Map(map).set(key, value);
}

/** A map without one entry: a copy, or the same map if there is no such entry. */
export function without<K, V>(map: ReadonlyMap<K, V>, key: K): ReadonlyMap<K, V> {
  if (!map.has(key)) return map;
  const rest = new Map(map);
  rest.delete(key);
  return rest;
}

/** One message to show; names and text are as the network sent them, unfiltered. */
export interface Talk {
  readonly kind: "said" | "acted" | "noticed";
  /** Milliseconds since 1970: the server's time if the message has one. */
  readonly time: number;
  /** `undefined` for a direct message. */
  readonly room: string | undefined;
  readonly nick: string;
  /** The receiver of a direct message that we sent. */
  readonly to: string | undefined;
  readonly text: string;
  readonly msgid: string | undefined;
  /** The sender's display name, beside the nick. */
  readonly displayName?: string | undefined;
  /** The colour that the sender has chosen, `#rrggbb`. */
  readonly colour?: string | undefined;
  /** The sender's account, if the server says. */
  readonly account: string | undefined;
  /** Whether it mentions our nick. */
  readonly mention: boolean;
  /** From history or a replay: it rings no bell. */
  readonly replayed: boolean;
  /** We said it, here or on another device. */
  readonly own?: true;
  /** Our nick or our account said it; in history, another guest may have had our nick. */
  readonly byUs?: true;
  /** It is the confirmation of a message that this client has sent. */
  readonly sentHere?: true;
  /** The msgid of the message that it replies to. */
  readonly replyTo?: string;
  /** It corrects the message that it replies to. */
  readonly corrects?: true;
  /** A bot has said it. */
  readonly isBot?: true;
}

/** A reaction to a message, or its withdrawal. */
export interface Reaction {
  readonly kind: "reacted" | "unreacted";
  readonly time: number;
  /** `undefined` in a direct conversation. */
  readonly room: string | undefined;
  readonly nick: string;
  /** The receiver of a reaction of ours in a direct conversation. */
  readonly to: string | undefined;
  /** An emoji or a short text. */
  readonly text: string;
  readonly msgid: string | undefined;
  readonly account: string | undefined;
  readonly replayed: boolean;
  readonly own: boolean;
  /** The msgid of the message. */
  readonly of: string;
}

/** A message, or a reaction, was taken back. */
export interface Redaction {
  readonly kind: "redacted";
  readonly time: number;
  /** The room or the partner. */
  readonly place: string;
  readonly by: string;
  readonly reason: string;
  /** The msgid of the message. */
  readonly of: string;
}

/** A change to a message that was said before. */
export type Annotation = Reaction | Redaction;

/** A line that is no message: an event, a hint, or trouble (a refusal, a failure). */
export interface Note {
  readonly kind: "event" | "hint" | "trouble";
  readonly time: number;
  readonly text: string;
  /** The rooms that it is about; empty if it is about us or the server. */
  readonly rooms: readonly string[];
  /** Set for joins, parts and quits, which the ui can fold into one line. */
  readonly move?: Move;
}

/** Someone came or went. */
interface Move {
  readonly nick: string;
  readonly how: "came" | "went";
}

/** One line to show. */
export type Line = Talk | Note;

const OVERHEAD = 120; // characters that a line costs besides its text and names

/** The memory that a line takes, in characters, all its fields included. */
export function costOf(line: Line | Reaction): number {
  if (!("nick" in line)) return OVERHEAD + line.text.length + 8 * line.rooms.length;
  const { text, nick, msgid = "", account = "", room = "", to = "" } = line;
  const about = "of" in line ? line.of : (line.replyTo ?? "");
  return OVERHEAD + text.length + nick.length + msgid.length + account.length + room.length + to.length + about.length;
}

import { fold } from "../../text/fold.ts";
import type { Act } from "./act.ts";
import type { ChatEvent } from "./event.ts";
import type { Member } from "./member.ts";
import type { Refusal } from "./refusal.ts";
import type { Room } from "./room.ts";
import type { State } from "./state.ts";

/** The outcome of an act: it had events, it was refused, or it changed nothing. */
export type ActOutcome = "happened" | "refused" | "nothing";

/** On a node of a cluster, ids of sessions begin at `ordinal * SESSIONS`: its ordinal counts the starts of all nodes. */
export const SESSIONS = 2 ** 32;

/** A session's id, as its owner reads and types it: `7`; in a cluster `3-7`, where 3 is the ordinal of its node. */
export function sessionName(id: number): string {
  return id < SESSIONS ? `${id}` : `${Math.floor(id / SESSIONS)}-${id % SESSIONS}`;
}

/** Parses what `sessionName` has made; `undefined` if the text is something else. */
export function sessionNamed(text: string): number | undefined {
  const [, ordinal = "0", number = ""] = /^(?:(\d{1,6})-)?(\d{1,9})$/.exec(text) ?? [];
  return number === "" ? undefined : Number(ordinal) * SESSIONS + Number(number);
}

/**
 * A connection to the chat, implemented by a protocol such as IRC. The chat knows nothing of its protocol. The chat calls
 * these methods; the only call of the chat that they may make is `Chat.submit`, which queues the act.
 */
export interface Session {
  /** Unique on all servers of the chat; `/devices end ID` names it by its `sessionName`. */
  readonly id: number;
  /** Its member, from `entered` until `quit`; only the chat sets it. */
  member: Member | undefined;
  /** The fingerprint of the SSH key or the client certificate that its connection shows. */
  readonly fingerprint?: string | undefined;
  /** Receives an event for this session alone: one that it caused, or one that concerns no whole room. */
  tell(event: ChatEvent): void;
  /** Receives a refusal of its act. An act refused in part has events too. */
  refuse(refusal: Refusal, act: Act): void;
  /** Joins one of the room's render groups, from which its events come. */
  follow(room: Room): void;
  /** Leaves the room's render group. */
  unfollow(room: Room): void;
  /** A message of this session could not be stored. The protocol closes the session, and says so in its last line. */
  unstored(): void;
  /** Receives a notice of the server, which is not an event; without a full stop. */
  notify(text: string): void;
  /** A nick that this session watches (`Chat.watch`) has come or gone. */
  presenceChanged(nick: string, present: boolean): void;
  /**
   * In ordered mode, called when an act of this session goes into the log. Returns how to run the act when it comes back:
   * the session can see by that which of its commands the events and refusals answer.
   */
  defer?(act: Act): (run: () => void) => void;
  /** A watched member that shares no room with this one has changed its away text, real name or account. */
  watchedChanged?(event: ChatEvent): void;
}

/** The sessions of a room that see events in the same form: an event is rendered once for all of them. */
export interface RenderGroup {
  /** Tells all except the event's origin, which gets its own copy. */
  tell(event: ChatEvent): void;
}

/** Tells everyone in the room, and the event's origin wherever it is: each once. */
export function tellRoom(state: State, room: Room, event: ChatEvent): void {
  for (const group of room.renderGroups) group.tell(event);
  tellOrigin(state, event);
}

/** Tells the session that caused the event. */
export function tellOrigin(state: State, event: ChatEvent): void {
  state.originOf(event)?.tell(event);
}

/** Tells these sessions. */
export function tellEach(sessions: Iterable<Session>, event: ChatEvent): void {
  for (const session of sessions) session.tell(event);
}

/** Tells these sessions and the event's origin. */
export function tellAlso(state: State, sessions: Set<Session>, event: ChatEvent): void {
  const origin = state.originOf(event);
  if (origin) sessions.add(origin);
  tellEach(sessions, event);
}

/** The member's own sessions, and all sessions in the rooms where it is announced, or in those of them that `isTold` accepts. */
export function neighboursOf(member: Member, isTold = (_room: Room) => true): Set<Session> {
  const sessions = new Set(member.sessions);
  for (const room of member.rooms) {
    if (!room.members.get(member)?.announced || !isTold(room)) continue;
    sessionsIn(room, sessions);
  }
  return sessions;
}

/** The sessions that are in a room, added to others. */
export function sessionsIn(room: Room, sessions = new Set<Session>()): Set<Session> {
  for (const member of room.members.keys()) for (const session of room.sessionsOf(member)) sessions.add(session);
  return sessions;
}

/** Tells the watchers of a nick that it has come or gone. */
export function tellWatchers(state: State, nick: string, present: boolean): void {
  for (const session of state.watchers.get(fold(nick)) ?? []) session.presenceChanged(nick, present);
}

/**
 * Looks up addresses for protocols and commands. The server implements it: the chat itself knows addresses only as the text
 * of a ban. Server operators may see all addresses, everyone else those of their own sessions.
 */
export interface Addresses {
  /** The distinct addresses of a member's sessions. */
  of(member: Member): readonly string[];
  /** The sessions of a member's account, or of a guest, oldest first; for their owner only. */
  devicesOf(member: Member): readonly Device[];
  /** Parses the target of a ban by `by`; `undefined` if it is not written like an address or a network. */
  resolve(target: string, by: Member, asker: Asker): NamedNetwork | undefined;
  /** The networks that the target of an unban may stand for; `undefined` if it is not written like one. */
  networksFor(target: string): readonly string[] | undefined;
}

/** A session, as its account's owner sees it. */
export interface Device {
  readonly id: number;
  /** `undefined` if it is connected to another server of the cluster. */
  readonly connection: DeviceConnection | undefined;
}

/** How a session is connected to this server. */
export interface DeviceConnection {
  /** The name of the token by which it has logged in: our clients name it after their computer. */
  readonly name?: string | undefined;
  /** The hashes of the tokens that end with the session. */
  readonly tokens?: ReadonlySet<string> | undefined;
  /** How it is connected, as people call it: `nc`, `IRC` or `SSH`. */
  readonly protocol: string;
  readonly isSecure: boolean;
  readonly address: string;
  /** When it connected, and when its last bytes arrived: the steady clock, milliseconds since 1970. */
  readonly since: number;
  readonly heard: number;
}

/** An address or a network that is to be banned. */
export interface NamedNetwork {
  /** Its canonical form; `undefined` if it is invalid. */
  readonly text: string | undefined;
  /** The network is too large to ban. */
  readonly isWide: boolean;
  /** It contains the address of the operator who asks. */
  readonly isOwn: boolean;
  /** The ids of the sessions from there. */
  readonly sessions: readonly number[];
}

/** The connection that makes a login attempt: attempts are counted by its address. */
export interface Asker {
  /** The connection's id, for logs. */
  readonly id?: number;
  readonly address: string;
  /** SHA-256 of its client certificate, in hex; or of its SSH key, `SHA256:…`. */
  readonly fingerprint?: string | undefined;
  /** No limits apply to its address. */
  readonly isExempt: boolean;
  /** Mutable: the hashes of the tokens by which it has logged in or that it has made; they end if the owner ends its session. */
  tokens?: Set<string> | undefined;
}

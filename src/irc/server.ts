import type { Accounts } from "../chat/accounts.ts";
import type { Chat } from "../chat/chat.ts";
import type { PushKeys } from "../chat/model/account.ts";
import type { ChatEvent, EventOf } from "../chat/model/event.ts";
import type { Member } from "../chat/model/member.ts";
import type { Room } from "../chat/model/room.ts";
import type { Addresses, Asker } from "../chat/model/session.ts";
import { speechObstacle } from "../chat/rules/modes.ts";
import type { OutgoingPosts } from "../commands/context.ts";
import { subscribedPart } from "./commands/metadata.ts";
import type { Whowas } from "./commands/people.ts";
import type { RenderCache } from "./render/render.ts";
import type { IrcCommand } from "./session/dispatch.ts";
import { IrcSession } from "./session/session.ts";
import type { Welcome } from "./welcome.ts";

/** The part of the running configuration that IRC sessions use. */
export interface IrcConfig {
  readonly network: string;
  readonly description: string;
  /** Whether a client may register an account before it has entered the chat. */
  readonly registerBeforeConnect: boolean;
  /** Whether REGISTER needs an e-mail address. */
  readonly requireEmail: boolean;
  /** The server's password; "" for none. */
  readonly password: string;
  /** The most messages replayed to a client that joins a room and does not use CHATHISTORY; 0 for no replay. */
  readonly replay: number;
  /** The lines of the message of the day; empty for none. */
  readonly motd: readonly string[];
  readonly web: {
    /** Whether browsers get the page. */
    readonly page: boolean;
  };
  /** The answer to ADMIN: a place, an organization, an address. */
  readonly admin: readonly string[];
}

/** The outcome of reading the configuration again. */
export interface Rehashed {
  readonly file: string;
  /** Why the file was refused: the previous values stay in use. */
  readonly refusal?: string | undefined;
}

/** State and services that all IRC sessions of a server share. */
export interface IrcServer {
  readonly chat: Chat;
  /** The source of the server's own lines; it has a dot, so it cannot be a nick. */
  readonly name: string;
  readonly config: IrcConfig;
  /** tcpchat's version, such as `1.2.3`. */
  readonly version: string;
  /** When the server started; milliseconds since 1970. */
  readonly started: number;
  readonly accounts: Accounts;
  /** The TLS port and the policy's duration (IRCv3 sts); `undefined` if clients cannot verify the server's certificate. */
  readonly sts: () => { readonly port: number; readonly seconds: number } | undefined;
  /** The wall clock; milliseconds since 1970. */
  readonly clock: () => number;
  /** The steady clock, for durations: it equals `clock` at the start and never steps. */
  readonly steady: () => number;
  readonly renderCache: RenderCache;
  readonly whowas: Whowas;
  readonly welcome: Welcome;
  /** Every command, by name. */
  readonly commands: ReadonlyMap<string, IrcCommand>;
  readonly counts: IrcCounts;
  /** Counts a refusal by IRC itself, which the chat does not see; `reason` is its label in the metrics. */
  readonly refused: (reason: string) => void;
  /** The number of connections whose protocol is not detected yet. */
  readonly undecided: () => number;
  /** Whether this is the password of the server operator of this name. */
  readonly isOperator: (name: string, password: string, asker: Asker) => Promise<boolean>;
  /** The addresses of members, for server operators. */
  readonly addresses: Addresses;
  /** The address of its pages, such as `https://chat.example.org:9000`. */
  readonly webAddress: () => string;
  readonly outgoing: OutgoingPosts;
  /** Reads the configuration again. Returns the file's name and, if it was refused, why; `undefined` if there is no file. */
  readonly rehash: () => Rehashed | undefined;
  /** Salts of names without an account come from it: like a real salt, each must be the same every time. */
  readonly scramSecret: Uint8Array;
  /** `undefined` if Web Push is switched off. */
  readonly push: PushParams | undefined;
}

/** The facts about Web Push that clients need, and the checks of their subscriptions. */
export interface PushParams {
  /** The public key by which push services recognize the server, in base64url; the same while it runs. */
  readonly vapid: string;
  /** Whether this can be an endpoint: a URL with https and a public host. */
  readonly isEndpoint: (text: string) => boolean;
  readonly areKeys: (keys: PushKeys) => boolean;
}

/** Counters for LUSERS and STATS. */
export interface IrcCounts {
  /** IRC connections that are not registered. */
  unknown: number;
  /** The most members at any one time since the start. */
  most: number;
  /** The number of uses of each command. */
  readonly commands: Map<string, number>;
}

/**
 * Sends a newcomer's metadata to the sessions in the room that have subscribed to its keys. A newcomer without metadata
 * costs nothing; nothing is sent for a newcomer that may not speak in the room.
 */
export function sendNewcomerMetadata(server: IrcServer, event: ChatEvent): void {
  if (event.type !== "joined" && event.type !== "appeared") return;
  const member = server.chat.member(event.who.nick);
  const room = server.chat.room(event.room);
  if (!member || !room || member.metadata.size === 0 || !room.members.get(member)?.announced) return;
  if (speechObstacle(room, member, "words")) return;
  for (const [key, value] of member.metadata) {
    const { seq, msgid, time, origin } = event;
    const of = { by: undefined, target: member.nick, inRoom: false };
    sendToOthers(server, room, member, { type: "metadata-changed", seq, msgid, time, origin, ...of, key, value });
  }
}

function sendToOthers(server: IrcServer, room: Room, member: Member, event: EventOf<"metadata-changed">): void {
  for (const other of room.members.keys()) {
    if (other === member) continue;
    for (const session of room.sessionsOf(other))
      if (session instanceof IrcSession && subscribedPart(session, event))
        session.deliver(server.renderCache.bytes(event, session.form), false);
  }
}

import type { Accounts } from "../chat/accounts.ts";
import type { Chat } from "../chat/chat.ts";
import type { Addresses, Asker } from "../chat/model/addresses.ts";
import type { Whowas } from "./commands/people.ts";
import type { RenderCache } from "./render/render-group.ts";
import type { IrcCommand } from "./session/dispatch.ts";
import type { Welcome } from "./welcome.ts";

/** The part of the running configuration that IRC sessions use. */
export interface IrcConfig {
  readonly network: string;
  readonly description: string;
  /** Whether a client may make an account before it has come in. */
  readonly registerBeforeConnect: boolean;
  /** Whether an address has to be given with it. */
  readonly requireEmail: boolean;
  /** Asked of everyone; "" is none. */
  readonly password: string;
  /** Messages of a room that a newcomer without history of its own is shown at the most; 0 is none. */
  readonly replay: number;
  /** The message of the day, a line each; none, if there is none. */
  readonly motd: readonly string[];
  /** Who runs it: a place, an organisation, an address to write to. */
  readonly admin: readonly string[];
}

/** State and services that all IRC sessions of a server share. */
export interface IrcServer {
  readonly chat: Chat;
  /** On the wire; has a dot, so it is nobody's nick. */
  readonly name: string;
  readonly config: IrcConfig;
  /** tcpchat's version, such as `1.2.3`. */
  readonly version: string;
  /** When the server started; milliseconds since 1970. */
  readonly started: number;
  readonly accounts: Accounts;
  /** Where clients are to come over TLS, and for how many seconds only so (IRCv3 sts); nothing, if others cannot verify us. */
  readonly sts: () => { readonly port: number; readonly seconds: number } | undefined;
  readonly clock: () => number;
  /** The same at the start, but only goes on: durations are measured by it. */
  readonly steady: () => number;
  readonly renderCache: RenderCache;
  readonly whowas: Whowas;
  readonly welcome: Welcome;
  /** Every command that clients may use, by its name. */
  readonly commands: ReadonlyMap<string, IrcCommand>;
  readonly counts: IrcCounts;
  /** Told of what IRC itself has refused, and the chat has never seen, by a word for why. */
  readonly refused: (reason: string) => void;
  /** Connections that have not shown yet how they speak. */
  readonly undecided: () => number;
  /** Whether this is the password of the operator of this name. */
  readonly isOperator: (name: string, password: string, asker: Asker) => Promise<boolean>;
  /** Where people come from: for the server's operators. */
  readonly addresses: Addresses;
}

/** How many there are, and were, of those who are not members (yet); and of commands. */
export interface IrcCounts {
  /** IRC connections that have not registered. */
  unknown: number;
  /** The most members there ever were at once, since the start. */
  most: number;
  /** How often each command has come. */
  readonly commands: Map<string, number>;
}

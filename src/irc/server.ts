import type { Chat } from "../chat/chat.ts";
import type { Memo } from "./memo.ts";

/** What all IRC sessions of a server share. */
export interface IrcServer {
  readonly chat: Chat;
  /** On the wire; has a dot, so it is nobody's nick. */
  readonly name: string;
  readonly network: string;
  readonly description: string;
  /** tcpchat's version, such as `1.2.3`. */
  readonly version: string;
  /** When the server started; milliseconds since 1970. */
  readonly started: number;
  /** Asked of everyone; "" is none. */
  readonly password: string;
  /** The message of the day, a line each; none, if there is none. */
  readonly motd: readonly string[];
  readonly clock: () => number;
  readonly memo: Memo;
  readonly counts: Counts;
}

/** How many there are, and were, of those who are not members (yet). */
export interface Counts {
  /** Connections that have not registered. */
  unknown: number;
  /** The most members there ever were at once, since the start. */
  most: number;
}

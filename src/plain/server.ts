import type { Accounts, Asker } from "../chat/accounts.ts";
import type { Addresses } from "../chat/addresses.ts";
import type { Chat } from "../chat/chat.ts";

/** What all plain sessions of a server share. */
export interface PlainServer {
  readonly chat: Chat;
  readonly accounts: Accounts;
  /** The server's own name. */
  readonly name: string;
  readonly network: string;
  /** Asked of everyone; "" is none. */
  readonly password: string;
  /** Messages of a room that a newcomer is shown at the most, if that is fewer than usual; 0 is none. */
  readonly replay: number;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  /** The same at the start, but only goes on: durations are measured by it. */
  readonly steady: () => number;
  /** Whether this is the password of the server's operator of this name. */
  readonly isOperator: (name: string, password: string, asker: Asker) => Promise<boolean>;
  /** Where people come from: for the server's operators. */
  readonly addresses: Addresses;
  /** The next guest's number. */
  nextGuest(): number;
}

/** A guest's nick that nobody has. */
export function guestNick(server: PlainServer): string {
  let nick = `guest-${server.nextGuest()}`;
  while (server.chat.member(nick)) nick = `guest-${server.nextGuest()}`;
  return nick;
}

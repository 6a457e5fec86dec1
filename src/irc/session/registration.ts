import type { Credentials } from "../../chat/accounts.ts";
import { closing } from "../../wire/closing.ts";
import type { IrcSession } from "./session.ts";

const GUESSES = 3; // wrong server passwords before the connection is closed, as with nc

/** The state of a client's registration: the nick, user and other values that it has sent before it becomes a member. */
export class Registration {
  /** The nick that it will have. */
  nick: string | undefined;
  /** The nick of its last NICK, whether it may have that or not. */
  requestedNick: string | undefined;
  user: string | undefined;
  realname = "";
  password: string | undefined;
  /** Whether the password was tried as an account's. */
  hasTriedLogin = false;
  /** The text of AWAY; "" means present, `undefined` that no AWAY was sent. */
  away: string | undefined;
  /** The metadata that it brings along, by key; `undefined` removes what its account has. */
  readonly metadata = new Map<string, string | undefined>();
  /** The hash of the key of RESUME. */
  resume: string | undefined;
  /** Commands sent with a wrong server password. */
  guesses = 0;
  /** CAP LS or CAP REQ was sent without a CAP END, so registration waits. */
  negotiating = false;

  /** Asks for another nick, since this one was taken in the meantime. */
  forgetNick(): void {
    this.nick = undefined;
  }

  /** The credentials in `PASS account:password`, for clients without SASL; `undefined` once they were tried. */
  get credentials(): Credentials | undefined {
    const [, name, password] = (!this.hasTriedLogin && /^([^: ]+):(.+)$/s.exec(this.password ?? "")) || [];
    return name !== undefined && password !== undefined ? { name, password } : undefined;
  }

  get isComplete(): boolean {
    return this.nick !== undefined && this.user !== undefined && !this.negotiating;
  }
}

/** Counts a command that needs the server's password and came with a wrong one; closes the connection after a few. */
export function countWrongPassword(session: IrcSession): void {
  const { registration } = session;
  if (registration?.password === undefined || ++registration.guesses < GUESSES) return;
  session.close(closing("server-password"));
}

/** The text of AWAY from a client that nobody is using at present (IRCv3 draft/pre-away). */
export const UNATTENDED = "*";

/**
 * Applies an AWAY that was sent before registration. "`*` should be treated as though the connection did not exist at
 * all" (IRCv3 draft/pre-away): it changes nothing for a member that has other sessions.
 */
export function applyPreAway(session: IrcSession, away: string | undefined): void {
  const { member } = session;
  if (!member || away === undefined || away === member.away) return;
  if (away !== UNATTENDED || member.sessions.size === 1) session.submit({ type: "set-away", text: away });
}

import type { Credentials } from "../../chat/accounts.ts";
import { closing } from "../../wire/closing.ts";
import type { IrcSession } from "./session.ts";

const GUESSES = 3; // of the server's password that are answered, as with nc

/** What a client has said of itself before it is a member. */
export class Registration {
  nick: string | undefined;
  /** The nick that it asked for last, granted or not. */
  asked: string | undefined;
  user: string | undefined;
  realname = "";
  password: string | undefined;
  /** The password is an account's, and has been tried. */
  hasTried = false;
  /** The text of AWAY; "" is present. */
  away: string | undefined;
  /** How often it went on with a wrong password. */
  guesses = 0;
  /** CAP LS or CAP REQ came, and CAP END has not: registration waits. */
  negotiating = false;

  /** The nick was taken by another in the meantime. */
  forgetNick(): void {
    this.nick = undefined;
  }

  /** `account:password` of PASS, for clients without SASL; `undefined` once it has been tried. */
  get credentials(): Credentials | undefined {
    const [, name, password] = (!this.hasTried && /^([^: ]+):(.+)$/s.exec(this.password ?? "")) || [];
    return name !== undefined && password !== undefined ? { name, password } : undefined;
  }

  get isComplete(): boolean {
    return this.nick !== undefined && this.user !== undefined && !this.negotiating;
  }
}

/** The client has gone on without the server's password: with a wrong one it does so a few times. */
export function countGuess(session: IrcSession): void {
  const { registration } = session;
  if (registration?.password === undefined || ++registration.guesses < GUESSES) return;
  session.close(closing("server-password"));
}

/** The text of AWAY by which a client says that nobody attends it (IRCv3 draft/pre-away). */
export const UNATTENDED = "*";

/** The member is away as its client has said before it came in; one that was there stays what it is where nobody attends. */
export function takeUpAway(session: IrcSession, given: string | undefined): void {
  const { member } = session;
  if (!member || given === undefined || given === member.away) return;
  if (given !== UNATTENDED || member.sessions.size === 1) session.submit({ type: "set-away", text: given });
}

import type { Folded } from "../../text/fold.ts";
import type { ClientIdentity, Line, OwnMessage, Talk } from "../model/state.ts";
import type { Server } from "../net/transport.ts";
import type { Clock } from "../run/clock.ts";

/** Where a conversation is shown. */
export interface Ui {
  /** The server has been reached for the first time. */
  connected(): void;
  show(line: Line): void;
  /** Something may have changed: there may be room for more of what the user says. */
  changed(): void;
  /** Lines that were said before all that was shown of a room; `complete` if there is nothing before them. */
  past?(target: string, lines: readonly Talk[], complete: boolean): void;
  /** A room has another name from now on. */
  renamed?(from: Folded, to: string): void;
  /** The server has a message of ours; `sure` if it gave it a msgid. */
  stored?(message: OwnMessage, sure: boolean): void;
  /** A password is to be typed where nobody sees it, and submitted behind `command`. */
  askPassword?(words: string, command: string): void;
}

/** The state that outlives the program. */
export interface StateStore {
  /** Called once, with a sentence, when something cannot be kept. */
  onTrouble: (words: string) => void;
  /** Own messages that have no answer yet. */
  outbox(messages: readonly OwnMessage[]): void;
  login(account: string, password: string): void;
  /** Of this account; without one, of all. */
  forgetLogin(account: string | undefined): void;
}

/** A secret that can be asked for. */
export type Asks = "password" | "serverPassword";

/** How a conversation ended: the exit code, and what to say of it. */
export interface Ending {
  readonly code: number;
  readonly words: readonly string[];
  /** The password that the server wanted and did not get, if the user can be asked: the account's, or the server's. */
  readonly asks?: Asks | undefined;
}

/** The parameters of a new conversation. */
export interface Beginning {
  readonly server: Server;
  readonly identity: ClientIdentity;
  readonly clock: Clock;
  /** Nobody is there to see a refusal, so one makes the exit code 1. */
  readonly strict: boolean;
  /** The task has an end: waiting for a server that never completes it is bounded. */
  readonly wantsEnd?: boolean;
  /** Each message is to be answered in time: a server that is away, or does not answer, is waited for only so long. */
  readonly wantsAnswers?: boolean;
  /** Milliseconds for which it is waited, where not the usual ones are wanted. */
  readonly patience?: number;
  readonly stateStore?: StateStore | undefined;
  /** Milliseconds before the nth attempt to connect again, where not the usual ones are wanted. */
  readonly delay?: ((attempt: number) => number) | undefined;
  /** Own messages from another time that had no answer. */
  readonly outbox?: readonly OwnMessage[];
}

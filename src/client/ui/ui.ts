import type { Folded } from "../../text/fold.ts";
import type { ClientIdentity, Line, OwnMessage, Talk } from "../model/state.ts";
import type { Server } from "../net/transport.ts";
import type { Clock } from "../run/clock.ts";

/** The user interface that shows a conversation: full screen, prompt, append or a pipe. */
export interface Ui {
  /** The client is connected for the first time. */
  connected(): void;
  show(line: Line): void;
  /** The model may have changed, and there may be room for more input. */
  changed(): void;
  /** Older lines of a room, to go before all that it shows; `complete` if nothing is older. */
  past?(target: string, lines: readonly Talk[], complete: boolean): void;
  /** A room was renamed. */
  renamed?(from: Folded, to: string): void;
  /** The server has stored our message; `sure` if it returned a msgid. */
  stored?(message: OwnMessage, sure: boolean): void;
  /** Asks for a password without echo, and submits it after `command`. */
  askPassword?(words: string, command: string): void;
}

/** The state that is kept between runs. */
export interface StateStore {
  /** Called once, with a sentence, when state cannot be saved. */
  onTrouble: (words: string) => void;
  /** Saves the user's messages that the server has not confirmed. */
  outbox(messages: readonly OwnMessage[]): void;
  login(account: string, password: string): void;
  /** Forgets the login of an account, or all logins if `undefined`. */
  forgetLogin(account: string | undefined): void;
}

/** The kind of password that the user can be asked for. */
export type Asks = "password" | "serverPassword";

/** How a conversation ended: the exit code, and what to print. */
export interface Ending {
  readonly code: number;
  readonly words: readonly string[];
  /**
   * The password that the server demanded and did not get (the account's or the server's), if the user can be asked for
   * it.
   */
  readonly asks?: Asks | undefined;
}

/** The parameters of a new conversation. */
export interface Beginning {
  readonly server: Server;
  readonly identity: ClientIdentity;
  readonly clock: Clock;
  /** Without a user to see it, a refusal makes the exit code 1. */
  readonly strict: boolean;
  /** The task has an end, so waiting for a server that never completes it is bounded. */
  readonly wantsEnd?: boolean;
  /** Each message must be confirmed in time, so waiting for an absent or silent server is bounded. */
  readonly wantsAnswers?: boolean;
  /** Milliseconds of those waits; overrides the default. */
  readonly patience?: number;
  readonly stateStore?: StateStore | undefined;
  /** Milliseconds before the nth attempt to reconnect; overrides the default. */
  readonly delay?: ((attempt: number) => number) | undefined;
  /** The user's messages of an earlier run that were not confirmed. */
  readonly outbox?: readonly OwnMessage[];
}

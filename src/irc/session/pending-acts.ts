import type { Act } from "../../chat/model/act.ts";
import type { Peer } from "../../wire/protocol.ts";
import type { SessionOutput } from "./output.ts";
import type { Replies } from "./replies.ts";

/** Commands that need not wait for messages on their way: the log keeps messages in their order. */
const PIPELINED: ReadonlySet<string> = new Set(["PRIVMSG", "NOTICE", "TAGMSG", "BATCH"]);

/** A command that is not answered in full. */
interface UnansweredCommand {
  /** The acts of it that are on their way. */
  acts: number;
  /** It has parts that are still to be done. */
  hasParts: boolean;
  /** Its suspended reply. */
  replies: Replies | undefined;
}

/**
 * The commands of a session whose work is done later: acts that are in the log of a cluster, passwords that are hashed,
 * parts of a line. The reply of a command is suspended until everything that belongs to it is done.
 *
 * Messages are sent one after another without waiting; every other command waits until the acts before it have run, so
 * a client reads what it has written.
 */
export class PendingActs {
  readonly #peer: Peer;
  readonly #output: SessionOutput;
  /** The command that runs, if anything of it is done later. */
  #running: UnansweredCommand | undefined;
  /** The command whose parts are still to be done. */
  #paused: UnansweredCommand | undefined;
  /** Messages on their way, and other acts: while there are any of these, the peer is held. */
  #messages = 0;
  #others = 0;
  /** The peer's next line waits for them. */
  #isHeld = false;

  constructor(peer: Peer, output: SessionOutput) {
    this.#peer = peer;
    this.#output = output;
  }

  /** Notes that the running command has work that is done later. Returns how to do it, as a part of the command. */
  defer(): (run: () => void) => void {
    if (!this.#output.isReplying) return (run) => run();
    const command = this.#command();
    command.acts++;
    return (run) => {
      command.acts--;
      this.#resume(command);
      try {
        run();
      } finally {
        this.end();
      }
    };
  }

  /** The same for an act: the next line of the peer waits for it, or if it is a message, the next other command. */
  deferAct({ type }: Act): (run: () => void) => void {
    const within = this.defer();
    const isMessage = type === "say" || type === "signal";
    if (isMessage) this.#messages++;
    else this.#hold();
    return (run) => {
      try {
        within(run);
      } finally {
        if (isMessage) this.#messageBack();
        else this.#release();
      }
    };
  }

  /** Whether a command has to wait. If so, the peer is held until that is over. */
  holds(command: string): boolean {
    if (this.#others > 0) return true;
    if (this.#messages === 0 || PIPELINED.has(command)) return false;
    this.#isHeld = true;
    this.#peer.hold();
    return true;
  }

  #hold(): void {
    this.#others++;
    this.#peer.hold();
  }

  #release(): void {
    this.#others--;
    this.#peer.release();
  }

  #messageBack(): void {
    this.#messages--;
    if (this.#messages > 0 || !this.#isHeld) return;
    this.#isHeld = false;
    this.#peer.release();
  }

  /** Ends the running command, or this part of it: its reply is completed, unless something is still to be done. */
  end(): void {
    const command = this.#running;
    this.#running = undefined;
    if (command && (command.acts > 0 || command.hasParts)) command.replies = this.#output.suspend();
    else this.#output.end();
  }

  /** Suspends the reply of the running command until the next part of its line. */
  pause(): void {
    const command = this.#command();
    command.hasParts = true;
    this.#paused = command;
  }

  /** Goes on with the next part. */
  continue(): void {
    const command = this.#paused;
    this.#paused = undefined;
    if (!command) return;
    command.hasParts = false;
    this.#resume(command);
  }

  #command(): UnansweredCommand {
    this.#running ??= { acts: 0, hasParts: false, replies: undefined };
    return this.#running;
  }

  #resume(command: UnansweredCommand): void {
    this.#output.resume(command.replies);
    this.#running = command;
  }
}

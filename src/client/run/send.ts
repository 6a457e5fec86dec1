import { byteLength } from "../../text/bytes.ts";
import { fold } from "../../text/fold.ts";
import { adviceFor } from "../commands/features.ts";
import { MESSAGE_BYTES, MESSAGE_LINES, type Proof, retry, say, UNSURE } from "../model/outbox.ts";
import { askRoom } from "../model/registration.ts";
import { isRoomName } from "../model/rooms.ts";
import { type ClientIdentity, isSettled, LINKED, same, step } from "../model/state.ts";
import type { Server } from "../net/transport.ts";
import { InputLines, MAX_LINE } from "../ui/line-input.ts";
import { Conversation } from "./conversation.ts";
import { type ClientProcess, type Ending, onStop } from "./process.ts";

/** The target and the text of `send`. */
export interface SendOptions {
  /** A room with its `#`, or a nick; `LINKED` for the room of the invitation. */
  readonly target: string;
  /** The text; without one, standard input is sent. */
  readonly text: string | undefined;
  /** Sends each line of standard input as a message, as soon as it arrives. */
  readonly eachLine: boolean;
}

/**
 * Runs `send`: exit code 0 if and only if the server has stored everything. If the server cannot be reached, tries again
 * for a while. Unconfirmed messages are sent again, and stored only once.
 */
export async function runSend(
  server: Server,
  user: ClientIdentity,
  options: SendOptions,
  proc: ClientProcess,
): Promise<Ending> {
  const sender = new Sender(server, user, options, proc);
  const removeListeners = onStop(proc, () => sender.stop());
  const ending = await sender.run();
  removeListeners();
  return ending;
}

/** For a server without confirmations, which may have dropped the messages. */
const UNCONFIRMED = "sent, but not confirmed: this server confirms no message (it has no echo-message)";

/** One run of `send`. */
class Sender {
  readonly #options: SendOptions;
  #target: string;
  /** Whether we still wait for the server to name the room of the invitation. */
  #isInvited: boolean;
  readonly #proc: ClientProcess;
  readonly #conversation: Conversation;
  #lines: InputLines | undefined;
  #block: string[] = [];
  #size = 0;
  #sent = 0;
  #stored = 0;
  readonly #proofs = new Set<Proof>();
  #hasJoined = false;
  /** Whether the room did not exist before we joined it. */
  #wasNoRoom = false;
  #trouble = "";
  #isStopped = false;

  constructor(server: Server, user: ClientIdentity, options: SendOptions, proc: ClientProcess) {
    this.#options = options;
    this.#target = options.target;
    this.#isInvited = options.target === LINKED;
    this.#proc = proc;
    // One line of history tells whether the room has any messages.
    const identity: ClientIdentity = { ...user, quiet: true, rooms: [], history: { type: "lines", count: 1 } };
    const { clock } = proc;
    this.#conversation = new Conversation(
      { server, identity, clock, delay: proc.delay, strict: false, wantsAnswers: true },
      {
        connected: () => {},
        show: (line) => {
          if (line.kind === "trouble") this.#trouble = line.text;
        },
        stored: (_, proof) => {
          this.#stored++;
          this.#proofs.add(proof);
        },
        changed: () => {
          this.#beginIfLetIn();
          this.#joinIfRefused();
          this.#lines?.drain();
        },
      },
    );
  }

  async run(): Promise<Ending> {
    if (!this.#isInvited) this.#begin();
    this.#conversation.start();
    const ending = await this.#conversation.ended;
    this.#lines?.close();
    return this.#exitOf(ending);
  }

  #begin(): void {
    if (this.#options.text === undefined) return this.#read();
    this.#say(this.#options.text);
    this.#conversation.finish();
  }

  /** With an invitation: begins once we are in its room, and quits if the server does not let us in. */
  #beginIfLetIn(): void {
    const { model } = this.#conversation;
    if (!this.#isInvited || !isSettled(model)) return;
    this.#isInvited = false;
    const { linked } = model;
    if (linked === undefined || !model.rooms.has(fold(linked))) return this.#conversation.quit("");
    this.#target = linked;
    this.#begin();
  }

  stop(): void {
    this.#trouble = "stopped before all was stored";
    this.#isStopped = true;
    this.#conversation.quit("");
  }

  #exitOf(ending: Ending): Ending {
    if (ending.code > 1) return ending;
    if (this.#lines !== undefined && this.#lines.lost > 0) {
      return { code: 1, words: [`a line of more than ${MAX_LINE} bytes was not sent`] };
    }
    if (this.#target === LINKED) return { code: 1, words: [`not sent: ${this.#trouble}`] };
    if (this.#sent === 0 && !this.#isStopped)
      return { code: 1, words: ending.words.length > 0 ? ending.words : ["there was nothing to send"] };
    const missing = this.#conversation.model.outbox.length;
    if (!this.#isStopped && missing === 0 && this.#stored >= this.#sent) {
      const more = [...this.#newRoom(), ...this.#otherNick()];
      if (this.#proofs.has("pong")) return { code: 1, words: [UNCONFIRMED, ...more] };
      const unsure = "sent; this server does not say whether it stores messages";
      return { code: 0, words: [...(this.#proofs.has("echo") ? [unsure] : []), ...more] };
    }
    const why = ending.words.length > 0 ? ending.words : [`not sent to ${this.#target}: ${this.#trouble}`];
    return { code: 1, words: why };
  }

  /** A warning if the room is new, since its name may be mistyped. */
  #newRoom(): readonly string[] {
    const target = this.#target;
    const { rooms, streams } = this.#conversation.model;
    const key = fold(target);
    // To people outside, a secret room answers as if it did not exist.
    const isAlone = (rooms.get(key)?.members.size ?? 0) <= 1;
    if (!this.#wasNoRoom || !isAlone || !streams.get(key)?.isEmpty) return [];
    return [`${target} is new: nobody else is there, and nothing was said there before`];
  }

  /** A warning if the wanted nick belongs to an account, so that the messages were sent under another nick. */
  #otherNick(): readonly string[] {
    const { reserved, nick, wanted, identity } = this.#conversation.model;
    return reserved && !same(nick, wanted) ? [adviceFor(identity).sentAs(wanted, nick)] : [];
  }

  /** If the room has refused messages from outside: joins it, once, and sends the refused messages again. */
  #joinIfRefused(): void {
    const target = this.#target;
    const failed = this.#conversation.model.outbox.find((own) => own.state === "failed" && own.why !== UNSURE);
    if (failed === undefined || this.#hasJoined || !isRoomName(target)) return;
    this.#hasJoined = true;
    this.#wasNoRoom = failed.hasNoRoom === true;
    this.#conversation.change((model) => {
      const asked = askRoom(model, target);
      return step(retry(asked.model).model, ...asked.effects);
    });
  }

  #read(): void {
    this.#lines = new InputLines(this.#proc.stdin, {
      takes: () => this.#conversation.takes,
      line: (line) => (this.#options.eachLine ? this.#say(line) : this.#gather(line)),
      overlong: () => {},
      ended: () => {
        this.#flush();
        this.#conversation.finish();
      },
    });
  }

  /** Collects lines into messages that are as long as possible. */
  #gather(line: string): void {
    const size = byteLength(line) + 1;
    if (this.#block.length === MESSAGE_LINES || (this.#block.length > 0 && this.#size + size > MESSAGE_BYTES))
      this.#flush();
    this.#block.push(line);
    this.#size += size;
  }

  #flush(): void {
    const text = this.#block.join("\n");
    this.#block = [];
    this.#size = 0;
    this.#say(text);
  }

  #say(text: string): void {
    if (text.trim() === "") return;
    this.#sent++;
    this.#conversation.change((model, now) => say(model, this.#target, text, "said", now));
  }
}

import { byteLength } from "../../text/bytes.ts";
import { retry, say, UNSURE } from "../model/outbox.ts";
import { askRoom } from "../model/registration.ts";
import { type ClientIdentity, same, step } from "../model/state.ts";
import type { Server } from "../net/transport.ts";
import { InputLines, MAX_LINE } from "../ui/line-input.ts";
import type { Ending } from "../ui/ui.ts";
import { Conversation } from "./conversation.ts";
import { type ClientProcess, onStop } from "./process.ts";

/** The text to send, and its target. */
export interface SendOptions {
  /** A room with its `#`, or a nick. */
  readonly target: string;
  /** Without one, standard input is sent. */
  readonly text: string | undefined;
  /** Each line of standard input is a message, sent as it comes. */
  readonly eachLine: boolean;
}

const BYTES = 4096; // of one message
const LINES = 100; // of one message

/**
 * Sends, and ends when the server has stored it all: exit code 0 then and only then. While the server is away it is
 * waited for a while; what has no answer is sent again, and said once.
 */
export async function runSend(
  server: Server,
  who: ClientIdentity,
  what: SendOptions,
  proc: ClientProcess,
): Promise<Ending> {
  const sender = new Sender(server, who, what, proc);
  const removeListeners = onStop(proc, () => sender.stop());
  const ending = await sender.run();
  removeListeners();
  return ending;
}

/** One run of `send`: what it was given, and what has become of it. */
class Sender {
  readonly #what: SendOptions;
  readonly #proc: ClientProcess;
  readonly #conversation: Conversation;
  #lines: InputLines | undefined;
  #block: string[] = [];
  #size = 0;
  #said = 0;
  #stored = 0;
  #sure = true;
  #entered = false;
  #trouble = "";

  constructor(server: Server, who: ClientIdentity, what: SendOptions, proc: ClientProcess) {
    this.#what = what;
    this.#proc = proc;
    const identity: ClientIdentity = { ...who, rooms: [], history: { type: "lines", count: 0 } };
    const { clock } = proc;
    this.#conversation = new Conversation(
      { server, identity, clock, delay: proc.delay, strict: false, wantsAnswers: true },
      {
        connected: () => {},
        show: (line) => {
          if (line.kind === "trouble") this.#trouble = line.text;
        },
        stored: (_, sure) => {
          this.#stored++;
          this.#sure &&= sure;
        },
        changed: () => {
          this.#enter();
          this.#lines?.drain();
        },
      },
    );
  }

  async run(): Promise<Ending> {
    if (this.#what.text === undefined) this.#read();
    else {
      this.#say(this.#what.text);
      this.#conversation.finish();
    }
    this.#conversation.start();
    const ending = await this.#conversation.ended;
    this.#lines?.close();
    return this.#exitOf(ending);
  }

  stop(): void {
    this.#trouble = "stopped before all was stored";
    this.#said++;
    this.#conversation.quit("");
  }

  #exitOf(ending: Ending): Ending {
    if (ending.code > 1) return ending;
    if (this.#lines !== undefined && this.#lines.lost > 0) {
      return { code: 1, words: [`a line of more than ${MAX_LINE} bytes was not sent`] };
    }
    if (this.#said === 0) return { code: 1, words: ["there was nothing to send"] };
    const missing = this.#conversation.model.outbox.length;
    if (missing === 0 && this.#stored >= this.#said) {
      const unsure = "sent; this server does not say whether it stores messages";
      return { code: 0, words: [...(this.#sure ? [] : [unsure]), ...this.#asAnother()] };
    }
    const why = ending.words.length > 0 ? ending.words : [`not sent to ${this.#what.target}: ${this.#trouble}`];
    return { code: 1, words: why };
  }

  /** The words for someone whose nick is an account's, and who has spoken under another. */
  #asAnother(): readonly string[] {
    const { reserved, nick, wanted } = this.#conversation.model;
    if (!reserved || same(nick, wanted)) return [];
    return [
      `${wanted} is registered: that was said as ${nick}; --account ${wanted} and its password say it as ${wanted}`,
    ];
  }

  /** A room that takes no words from outside is gone into; what it refused before that is sent again, once. */
  #enter(): void {
    const { target } = this.#what;
    const failed = this.#conversation.model.outbox.some((own) => own.state === "failed" && own.why !== UNSURE);
    if (!failed || this.#entered || !/^[#&]/.test(target)) return;
    this.#entered = true;
    this.#conversation.change((model) => {
      const asked = askRoom(model, target);
      return step(retry(asked.model).model, ...asked.effects);
    });
  }

  #read(): void {
    this.#lines = new InputLines(this.#proc.stdin, {
      takes: () => this.#conversation.takes,
      line: (line) => (this.#what.eachLine ? this.#say(line) : this.#gather(line)),
      overlong: () => {},
      ended: () => {
        this.#flush();
        this.#conversation.finish();
      },
    });
  }

  /** Lines become one message for as long as they fit one. */
  #gather(line: string): void {
    const size = byteLength(line) + 1;
    if (this.#block.length === LINES || (this.#block.length > 0 && this.#size + size > BYTES)) this.#flush();
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
    this.#said++;
    this.#conversation.change((model, now) => say(model, this.#what.target, text, "said", now));
  }
}

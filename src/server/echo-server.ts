import { decode } from "../text/bytes.ts";
import { showLine } from "../text/filter.ts";
import { type Closing, closing } from "../wire/closing.ts";
import type { Peer, Protocol } from "../wire/protocol.ts";

/** The settings of the echo server. */
export interface EchoSetup {
  /** `{message}` stands for the message. */
  readonly reply: string;
  /** Called for each message with `ADDRESS:PORT MESSAGE`, safe to show. */
  readonly print: (line: string) => void;
}

/** The echo server's protocol: reads one message, prints it, replies, and closes gracefully. No chat. */
export class EchoProtocol implements Protocol {
  readonly #peer: Peer;
  readonly #setup: EchoSetup;

  constructor(peer: Peer, setup: EchoSetup) {
    this.#peer = peer;
    this.#setup = setup;
  }

  line(bytes: Uint8Array): void {
    const message = decode(bytes);
    this.#setup.print(`${this.#peer.address}:${this.#peer.port} ${showLine(message)}`);
    this.#peer.push(Buffer.from(`${this.#setup.reply.replaceAll("{message}", () => message)}\n`));
    this.#peer.finish(closing("answered"));
  }

  overlong(): void {
    this.#peer.push(Buffer.from("That message is too long.\n"));
    this.#peer.finish(closing("line-length"));
  }

  end(): void {
    this.#peer.finish(closing("closed"));
  }

  gone(): void {}

  farewell(closing: Closing): void {
    this.#peer.finish(closing);
  }

  housekeep(): void {}
}

import { encode } from "../text/filter.ts";
import { escapeTag } from "../wire/message.ts";
import type { Peer } from "../wire/protocol.ts";
import { chunks } from "./line.ts";
import { Replies } from "./replies.ts";

const NONE: readonly never[] = [];

/**
 * What one session is sent. Replies to a labelled command are gathered, and leave together once it has been carried out;
 * what is no reply to it comes behind them. All else leaves at once.
 */
export class Sending {
  readonly #peer: Peer;
  readonly #server: string;
  #replies: Replies | undefined;
  /** What is no reply, and waits until the replies have been labelled. */
  #delivered: readonly { readonly bytes: Uint8Array; readonly provisional: boolean }[] = NONE;
  #batches = 0;

  /** `server` is the name by which the server speaks. */
  constructor(peer: Peer, server: string) {
    this.#peer = peer;
    this.#server = server;
  }

  /** From now on replies are gathered under a label. */
  begin(label: string): void {
    this.#replies = new Replies(escapeTag(label), this.#server, this.nextBatch());
  }

  /** Takes lines that are a reply, CR LF included. */
  reply(lines: string): void {
    if (lines === "") return;
    if (this.#replies) this.#replies.add(lines);
    else this.#peer.push(encode(lines));
  }

  /** Takes bytes that are no reply; `provisional` as with `Peer.push`. */
  deliver(bytes: Uint8Array, provisional: boolean): void {
    if (this.#replies) this.#delivered = [...this.#delivered, { bytes, provisional }];
    else this.#peer.push(bytes, provisional);
  }

  /** Takes a long reply, its lines without CR LF: they are drawn as the client reads them, unless they are gathered. */
  draw(lines: Iterable<string>): void {
    if (!this.#replies) return this.#peer.draw(chunks(lines));
    for (const line of lines) this.#replies.add(`${line}\r\n`);
  }

  /** Stops gathering, for a command that is answered later: nothing leaves now. */
  take(): Replies | undefined {
    const replies = this.#replies;
    this.#replies = undefined;
    return replies;
  }

  /** Goes on gathering where `take` has stopped. */
  resume(replies: Replies | undefined): void {
    this.flush();
    this.#replies = replies;
  }

  /** What was gathered leaves, with its label. */
  flush(): void {
    const replies = this.take();
    if (!replies) return;
    this.#peer.push(encode(replies.labelled()));
    const delivered = this.#delivered;
    this.#delivered = NONE;
    for (const { bytes, provisional } of delivered) this.#peer.push(bytes, provisional);
  }

  /** A name that no other batch of this session has. */
  nextBatch(): string {
    return `r${++this.#batches}`;
  }
}

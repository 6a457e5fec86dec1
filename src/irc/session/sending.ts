import { decode, encode } from "../../text/bytes.ts";
import { escapeTag } from "../../wire/message.ts";
import type { Peer } from "../../wire/protocol.ts";
import { linesOf } from "../render/line.ts";
import { Replies } from "./replies.ts";

const NONE: readonly never[] = [];
const CHUNK = 8192; // characters of a long answer put together at once

/** A part of an answer that is drawn: its lines without CR LF, and the reply that they belong to. */
interface Part {
  readonly lines: Iterable<string>;
  readonly replies: Replies | undefined;
  /** Nothing of the reply comes behind it. */
  readonly isLast: boolean;
}

/**
 * Sends one session its lines. Replies to a labelled command are labelled on their way; a line that is no reply follows
 * the replies that the command has at once. All other lines leave as they come.
 *
 * A long answer is drawn: its lines are made as the client reads them, labelled or not, and later replies to the same
 * command are drawn behind it. Lines that others cause meanwhile leave at once, between two pieces of the answer.
 */
export class SessionOutput {
  readonly #peer: Peer;
  readonly #server: string;
  /** A command is being carried out: what is sent is the reply to it. */
  #isReplying = false;
  #replies: Replies | undefined;
  /** Lines that are no reply, and wait until the replies have been labelled. */
  #delivered: readonly { readonly bytes: Uint8Array; readonly provisional: boolean }[] = NONE;
  /** Parts of answers that are drawn, in their order; `undefined` while nothing is drawn. */
  #parts: Part[] | undefined;
  #drawing: Iterator<Uint8Array> | undefined;
  #batches = 0;

  /** `server` is the name by which the server speaks. */
  constructor(peer: Peer, server: string) {
    this.#peer = peer;
    this.#server = server;
  }

  /** From now on what is sent is the reply to a command, labelled if that has a label. */
  begin(label: string | undefined): void {
    this.#isReplying = true;
    this.#replies = label === undefined ? undefined : new Replies(escapeTag(label), this.#server, this.nextBatch());
  }

  /** Takes lines, CR LF included. */
  reply(lines: string): void {
    if (lines === "") return;
    if (this.#drawing && this.#isReplying) this.#draw(linesOf(lines));
    else if (this.#replies) this.#push(this.#replies.add(lines));
    else this.#peer.push(encode(lines));
  }

  /** Takes bytes of a reply: lines that others are sent too, so an unlabelled reply needs no copy of them. */
  echo(bytes: Uint8Array): void {
    if (this.#replies || (this.#drawing && this.#isReplying)) this.reply(decode(bytes));
    else this.#peer.push(bytes);
  }

  /** Takes bytes that are no reply; `provisional` as with `Peer.push`. */
  deliver(bytes: Uint8Array, provisional: boolean): void {
    if (this.#replies) this.#delivered = [...this.#delivered, { bytes, provisional }];
    else this.#peer.push(bytes, provisional);
  }

  /** Takes a long answer, its lines without CR LF. An empty one stands for some work that has come to nothing. */
  draw(lines: Iterable<string>): void {
    if (!this.#drawing) this.#push(this.#replies?.release() ?? "");
    this.#draw(lines);
  }

  /** Stops replying, for a command that goes on later. */
  take(): Replies | undefined {
    const replies = this.#replies;
    if (replies && !this.#drawing) this.#push(replies.release());
    this.#replies = undefined;
    this.#isReplying = false;
    if (this.#delivered.length > 0) this.#deliverAll();
    return replies;
  }

  /** Goes on replying where `take` has stopped. */
  resume(replies: Replies | undefined): void {
    this.end();
    this.#replies = replies;
    this.#isReplying = true;
  }

  /** The command is carried out: its reply is complete. */
  end(): void {
    const replies = this.#replies;
    if (replies && this.#drawing) this.#draw(NONE, true);
    else if (replies) this.#push(replies.end());
    this.#replies = undefined;
    this.#isReplying = false;
    if (this.#delivered.length > 0) this.#deliverAll();
  }

  /** Nothing more is drawn: the session is over. */
  cut(): void {
    this.#parts = undefined;
    this.#drawing = undefined;
  }

  /** A name that no other batch of this session has. */
  nextBatch(): string {
    return `r${++this.#batches}`;
  }

  #push(lines: string): void {
    if (lines !== "") this.#peer.push(encode(lines));
  }

  #deliverAll(): void {
    const delivered = this.#delivered;
    this.#delivered = NONE;
    for (const { bytes, provisional } of delivered) this.#peer.push(bytes, provisional);
  }

  #draw(lines: Iterable<string>, isLast = false): void {
    this.#parts ??= [];
    this.#parts.push({ lines, replies: this.#replies, isLast });
    if (this.#drawing) return;
    this.#drawing = this.#drawn(this.#parts);
    this.#peer.draw(this.#drawing);
  }

  /** Makes the lines of all parts, many at a time; an empty piece stands for work that brought no line. */
  *#drawn(parts: Part[]): Generator<Uint8Array, void, undefined> {
    let text = "";
    for (let part = parts.shift(); part; part = parts.shift()) {
      const { lines, replies, isLast } = part;
      for (const line of lines) {
        if (line !== "") text += replies ? replies.add(line) : `${line}\r\n`;
        if (this.#parts !== parts) return;
        if (line !== "" && text.length < CHUNK) continue;
        yield encode(text);
        text = "";
      }
      if (isLast) text += replies?.end() ?? "";
    }
    if (this.#parts === parts) this.cut();
    if (text !== "") yield encode(text);
  }
}

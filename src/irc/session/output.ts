import { decode, encode } from "../../text/bytes.ts";
import { escapeTag } from "../../wire/message.ts";
import type { Peer } from "../../wire/protocol.ts";
import { linesOf } from "../render/line.ts";
import { Replies } from "./replies.ts";

const NONE: readonly never[] = [];
const CHUNK = 8192; // characters of a long answer that are encoded together

/** A part of a drawn answer: its lines without CR LF, and the labelled reply that they belong to. */
interface Part {
  readonly lines: Iterable<string>;
  readonly replies: Replies | undefined;
  /** The reply is complete after this part. */
  readonly isLast: boolean;
}

/**
 * The lines sent to one session. Replies to a labelled command are labelled; a line that is not a reply is held until
 * the command's immediate replies are sent. All other lines are sent at once.
 *
 * A long answer is drawn: its lines are made as the client reads them, and later replies to the same command are drawn
 * behind it. Lines of other origin are sent at once, between two chunks of the answer.
 */
export class SessionOutput {
  readonly #peer: Peer;
  readonly #server: string;
  /** A command is running, and lines sent now are its reply. */
  #isReplying = false;
  #replies: Replies | undefined;
  /** Lines that are not replies, held until the replies are labelled. */
  #delivered: readonly { readonly bytes: Uint8Array; readonly provisional: boolean }[] = NONE;
  /** The parts of drawn answers, in order; `undefined` while nothing is drawn. */
  #parts: Part[] | undefined;
  #drawing: Iterator<Uint8Array> | undefined;
  #batches = 0;

  /** `server` is the server's name, the source of its own lines. */
  constructor(peer: Peer, server: string) {
    this.#peer = peer;
    this.#server = server;
  }

  /** Starts the reply to a command, labelled if the command has a label. */
  begin(label: string | undefined): void {
    this.#isReplying = true;
    this.#replies = label === undefined ? undefined : new Replies(escapeTag(label), this.#server, this.nextBatch());
  }

  /** A command is running, and lines sent now are its reply. */
  get isReplying(): boolean {
    return this.#isReplying;
  }

  /** Sends lines of the reply, CR LF included. */
  reply(lines: string): void {
    if (lines === "") return;
    if (this.#drawing && this.#isReplying) this.#draw(linesOf(lines));
    else if (this.#replies) this.#push(this.#replies.add(lines));
    else this.#peer.push(encode(lines));
  }

  /** Sends bytes as part of the reply; an unlabelled reply shares them with other sessions instead of copying them. */
  echo(bytes: Uint8Array): void {
    if (this.#replies || (this.#drawing && this.#isReplying)) this.reply(decode(bytes));
    else this.#peer.push(bytes);
  }

  /** Sends bytes that are not a reply; `provisional` as in `Peer.push`. */
  deliver(bytes: Uint8Array, provisional: boolean): void {
    if (this.#replies) this.#delivered = [...this.#delivered, { bytes, provisional }];
    else this.#peer.push(bytes, provisional);
  }

  /** Draws a long answer, its lines without CR LF. An empty line stands for work without output. */
  draw(lines: Iterable<string>): void {
    if (!this.#drawing) this.#push(this.#replies?.release() ?? "");
    this.#draw(lines);
  }

  /** Suspends the reply, for a command that continues later with `resume`. */
  suspend(): Replies | undefined {
    const replies = this.#replies;
    if (replies && !this.#drawing) this.#push(replies.release());
    this.#replies = undefined;
    this.#isReplying = false;
    if (this.#delivered.length > 0) this.#deliverAll();
    return replies;
  }

  /** Continues a reply that `suspend` has suspended. */
  resume(replies: Replies | undefined): void {
    this.end();
    this.#replies = replies;
    this.#isReplying = true;
  }

  /** Completes the reply. */
  end(): void {
    const replies = this.#replies;
    if (replies && this.#drawing) this.#draw(NONE, true);
    else if (replies) this.#push(replies.end());
    this.#replies = undefined;
    this.#isReplying = false;
    if (this.#delivered.length > 0) this.#deliverAll();
  }

  /** Drops what is still to be drawn, at the end of the session. */
  cut(): void {
    this.#parts = undefined;
    this.#drawing = undefined;
  }

  /** A batch reference that this session has not used yet. */
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

  /** Makes the lines of all parts, in chunks; an empty chunk stands for work without output. */
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

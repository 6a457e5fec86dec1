import type { Act } from "../../chat/model/act.ts";
import { decode, encode } from "../../text/bytes.ts";
import { escapeTag } from "../../wire/message.ts";
import type { Peer } from "../../wire/protocol.ts";
import { linesOf } from "../render/line.ts";

const NONE: readonly never[] = [];
const CHUNK = 8192; // characters of a streamed answer that are encoded together

/** A part of a streamed answer: its lines without CR LF, and the labelled reply that they belong to. */
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
 * A long answer is streamed: its lines are made as the client reads them, and later replies to the same command follow in
 * the same stream. Lines of other origin are sent at once, between two chunks of the answer.
 */
export class SessionOutput {
  readonly #peer: Peer;
  readonly #server: string;
  /** A command is running, and lines sent now are its reply. */
  #isReplying = false;
  #replies: Replies | undefined;
  /** Lines that are not replies, held until the replies are labelled. */
  #delivered: readonly { readonly bytes: Uint8Array; readonly provisional: boolean }[] = NONE;
  /** The parts still to be streamed, in order; `undefined` while nothing is streamed. */
  #parts: Part[] | undefined;
  /** The chunks of all parts; `undefined` while nothing is streamed. */
  #answer: Iterator<Uint8Array> | undefined;
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
    if (this.#answer && this.#isReplying) this.#addPart(linesOf(lines));
    else if (this.#replies) this.#push(this.#replies.add(lines));
    else this.#peer.push(encode(lines));
  }

  /** Sends bytes as part of the reply; an unlabelled reply shares them with other sessions instead of copying them. */
  echo(bytes: Uint8Array): void {
    if (this.#replies || (this.#answer && this.#isReplying)) this.reply(decode(bytes));
    else this.#peer.push(bytes);
  }

  /** Sends bytes that are not a reply; `provisional` as in `Peer.push`. */
  deliver(bytes: Uint8Array, provisional: boolean): void {
    if (this.#replies) this.#delivered = [...this.#delivered, { bytes, provisional }];
    else this.#peer.push(bytes, provisional);
  }

  /** Streams a long answer, its lines without CR LF. An empty line stands for work without output. */
  stream(lines: Iterable<string>): void {
    if (!this.#answer) this.#push(this.#replies?.release() ?? "");
    this.#addPart(lines);
  }

  /** Suspends the reply, for a command that continues later with `resume`. */
  suspend(): Replies | undefined {
    const replies = this.#replies;
    if (replies && !this.#answer) this.#push(replies.release());
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
    if (replies && this.#answer) this.#addPart(NONE, true);
    else if (replies) this.#push(replies.end());
    this.#replies = undefined;
    this.#isReplying = false;
    if (this.#delivered.length > 0) this.#deliverAll();
  }

  /** Drops the rest of a streamed answer, at the end of the session. */
  cut(): void {
    this.#parts = undefined;
    this.#answer = undefined;
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

  #addPart(lines: Iterable<string>, isLast = false): void {
    this.#parts ??= [];
    this.#parts.push({ lines, replies: this.#replies, isLast });
    if (this.#answer) return;
    this.#answer = this.#chunksOf(this.#parts);
    this.#peer.stream(this.#answer);
  }

  /** Makes the lines of all parts, in chunks; an empty chunk stands for work without output. */
  *#chunksOf(parts: Part[]): Generator<Uint8Array, void, undefined> {
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

const GATHERED = 8192; // characters of a reply that are held back before a batch is opened

/**
 * Labels the reply to one command (IRCv3 labeled-response): an empty reply becomes an ACK, one line carries the label
 * itself, several lines become a batch. A short reply is gathered until it is complete; a longer one opens its batch
 * early, and further lines leave at once.
 */
export class Replies {
  readonly #label: string;
  readonly #server: string;
  readonly #batch: string;
  #lines: string[] = [];
  #size = 0;
  /** `batch`: lines leave in the reply's batch. `whole`: they leave unchanged, since the reply is one batch already. */
  #stage: "gathering" | "batch" | "whole" = "gathering";

  /** `label` is escaped already; `batch` is a reference that no other open batch of the session has. */
  constructor(label: string, server: string, batch: string) {
    this.#label = `label=${label}`;
    this.#server = server;
    this.#batch = batch;
  }

  /** Takes lines, CR LF included. Answers the lines to send now, labelled. */
  add(lines: string): string {
    let leaving = "";
    for (const line of lines.split("\r\n")) if (line !== "") leaving += this.#take(line);
    return leaving;
  }

  /** Answers the lines gathered so far, for a reply that continues later: other lines may be sent in between. */
  release(): string {
    return this.#stage === "gathering" && this.#lines.length > 0 ? this.#begin() : "";
  }

  /** Completes the reply. Answers the lines to send now. */
  end(): string {
    if (this.#stage === "batch") return `:${this.#server} BATCH -${this.#batch}\r\n`;
    if (this.#stage === "whole") return "";
    const [first] = this.#lines;
    if (first === undefined) return `@${this.#label} :${this.#server} ACK\r\n`;
    if (this.#lines.length === 1) return `${tagged(first, this.#label)}\r\n`;
    const name = batchOpenedBy(first);
    const last = this.#lines[this.#lines.length - 1];
    if (name !== undefined && last !== undefined && endsBatch(last, name)) return this.#releaseUnchanged();
    return this.#begin() + this.end();
  }

  #take(line: string): string {
    if (this.#stage === "batch") return `${tagged(line, `batch=${this.#batch}`)}\r\n`;
    if (this.#stage === "whole") return `${line}\r\n`;
    this.#lines.push(line);
    this.#size += line.length;
    return this.#size < GATHERED ? "" : this.#begin();
  }

  /** Opens a batch; but if the reply so far is one unfinished batch, labels that. */
  #begin(): string {
    const [first = ""] = this.#lines;
    const name = batchOpenedBy(first);
    if (name !== undefined && !this.#lines.some((line) => endsBatch(line, name))) {
      this.#stage = "whole";
      return this.#releaseUnchanged();
    }
    this.#stage = "batch";
    const lines = this.#lines;
    this.#lines = [];
    let text = `@${this.#label} :${this.#server} BATCH +${this.#batch} labeled-response\r\n`;
    for (const line of lines) text += this.#take(line);
    return text;
  }

  /** The gathered lines, with the label on the first. */
  #releaseUnchanged(): string {
    const [first = "", ...rest] = this.#lines;
    this.#lines = [];
    return [tagged(first, this.#label), ...rest, ""].join("\r\n");
  }
}

/** The reference of the batch that the line opens, if it does. */
function batchOpenedBy(line: string): string | undefined {
  return /^(?:@\S+ )?(?::\S+ )?BATCH \+(\S+)/.exec(line)?.[1];
}

function endsBatch(line: string, name: string): boolean {
  return /^(?:@\S+ )?(?::\S+ )?BATCH -(\S+)$/.exec(line)?.[1] === name;
}

/** The line, given without CR LF, with one more tag. A line that is in a batch already stays in that one. */
export function tagged(line: string, tag: string): string {
  if (!line.startsWith("@")) return `@${tag} ${line}`;
  if (tag.startsWith("batch=") && /^@(?:[^ ]*;)?batch=/.test(line)) return line;
  return `@${tag};${line.slice(1)}`;
}

/** Commands that need not wait for submitted messages to return from the log: the log keeps their order. */
const PIPELINED: ReadonlySet<string> = new Set(["PRIVMSG", "NOTICE", "TAGMSG", "BATCH"]);

/** A command that is not answered in full. */
interface UnansweredCommand {
  /** The number of its acts that have not run yet. */
  acts: number;
  /** Parts of its line are not handled yet. */
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
  /** The running command, if some of its work is done later. */
  #running: UnansweredCommand | undefined;
  /** The command with parts of its line that are not handled yet. */
  #paused: UnansweredCommand | undefined;
  /** Submitted messages that have not run yet, and other such acts: while there are other acts, the peer is held. */
  #messages = 0;
  #others = 0;
  /** The peer's next line waits for the messages. */
  #isHeld = false;

  constructor(peer: Peer, output: SessionOutput) {
    this.#peer = peer;
    this.#output = output;
  }

  /**
   * Notes that the running command has work that is done later. Call the result with that work: its replies then belong
   * to the command.
   */
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

  /**
   * Does the same as `defer` for an act. The next line of the peer waits until the act has run; after a message, only the
   * next command that is not a message waits.
   */
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

  /** Whether a command has to wait. If so, the peer is held until the acts before it have run. */
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

  /** Continues with the next part of the line. */
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

import type { Recipient, SharedBytes } from "../../wire/protocol.ts";
import type { Transport } from "../net/transport.ts";
import type { Tick } from "./tick.ts";

/** A range of a broadcast's bytes that an outbox has to send. */
interface ByteRange {
  readonly broadcast: SharedBytes;
  readonly from: number;
  readonly to: number;
}

/** The owner of an outbox. */
interface Owner {
  /** Whether to call `flushed` after the next flush even if the transport has taken everything. */
  readonly awaitsFlush: boolean;
  /** The tick that flushed the outbox is over. */
  flushed(): void;
  /** An exception, such as one thrown by a streamed answer. */
  failed(error: unknown): void;
}

type Piece = Uint8Array | ByteRange;

const WRITE = 65536; // bytes of one write at most, if it is joined from pieces
const AHEAD = 65_536; // unsent bytes above which the peer has to read before its next line is handled
const STREAM = 53_248; // queued bytes below which an answer continues: with its next chunk, at most 64 KiB are queued
const LIGHT = 4096; // bytes queued, up to which flushing counts as light
const STEP = 2048; // bytes that an empty chunk (work without output) counts as
const joined = new Uint8Array(WRITE);
const EMPTY: Piece[] = [];
const NONE: readonly never[] = [];

/**
 * The bytes queued for one peer, in order. Everything queued in a tick leaves in one write at its end; bytes that the
 * transport does not take stay and count as `unsent`.
 */
export class Outbox implements Recipient {
  /** Whether a tick had no time to flush the outbox, and it was not flushed since. */
  waits = false;
  /** Replaced when TLS starts. */
  transport: Transport;
  readonly #tick: Tick;
  readonly #owner: Owner;
  #pieces: Piece[] = EMPTY;
  /** The broadcast that the outbox is attached to; its bytes from offset `#from` on are to be sent. */
  #broadcast: SharedBytes | undefined;
  #from = 0;
  /** How many of the pieces are from earlier ticks. */
  #keptPieces = 0;
  /** Whether `Tick.mark` has queued the outbox for the end of the tick. */
  isMarked = false;
  /** The transport did not take all of the last write; `drained` unblocks it. */
  #blocked = false;
  #answer: Iterator<Uint8Array> | undefined;
  /** Answers to stream after `#answer`. */
  #answers: readonly Iterator<Uint8Array>[] = NONE;
  /** The exception that an answer has thrown, until `flushed` reports it. */
  #failure: { readonly error: unknown } | undefined;
  #unsent = 0;
  /** Bytes that this tick has queued for this peer alone. */
  #queuedNow = 0;
  /** Bytes kept for this peer alone since the outbox was last empty, sent or not. */
  #exclusive = 0;
  /** The bytes of this outbox that `Tick.unread` includes. */
  #reported = 0;
  #isShut = false;

  constructor(tick: Tick, transport: Transport, owner: Owner) {
    this.#tick = tick;
    this.transport = transport;
    this.#owner = owner;
  }

  /** Whether flushing takes little time: little is queued, or the transport is blocked. */
  get isLight(): boolean {
    if (this.#blocked) return true;
    if (this.#answer) return false;
    let queued = this.#broadcast ? this.#broadcast.length - this.#from : 0;
    for (const piece of this.#pieces) {
      if (queued > LIGHT) break;
      queued += sizeOf(piece);
    }
    return queued <= LIGHT;
  }

  /** Bytes that the transport has not taken, or that could not be offered to it yet. */
  get unsent(): number {
    return this.#unsent;
  }

  /** Bytes of `unsent` that are kept for this peer alone. */
  get exclusiveUnsent(): number {
    return this.#reported;
  }

  /** Whether the peer has to read before its next line is handled: an answer is being streamed, or too much is unsent. */
  get isBehind(): boolean {
    return this.#answer !== undefined || this.#unsent + (this.#blocked ? this.#queuedNow : 0) > AHEAD;
  }

  get isEmpty(): boolean {
    return this.#pieces.length === 0 && this.#broadcast === undefined && this.#answer === undefined;
  }

  /** Whether an answer is not complete yet. */
  get isStreaming(): boolean {
    return this.#answer !== undefined;
  }

  push(bytes: Uint8Array, provisional = false): void {
    this.#tick.metrics.deliveries++;
    this.#tick.queuedBytes += bytes.length;
    if (this.#broadcast) this.#detach(this.#broadcast);
    this.#add(bytes);
    this.#exclusive += bytes.length;
    this.#queuedNow += bytes.length;
    if (provisional) this.#tick.markProvisional(bytes);
    this.#tick.mark(this);
  }

  /** The tick could not be stored: drops its provisional bytes. */
  dropProvisional(): void {
    if (this.#broadcast) this.#close(this.#broadcast);
    const before = this.#pieces.slice(0, this.#keptPieces);
    const fresh = this.#pieces.slice(this.#keptPieces).flatMap((piece) => {
      if (!(piece instanceof Uint8Array)) return piece.broadcast.withoutProvisional(piece.from, piece.to);
      return this.#tick.isProvisional(piece) ? [] : [piece];
    });
    this.#pieces = [...before, ...fresh];
  }

  /** Queues a long answer after those that are already queued. */
  stream(answer: Iterator<Uint8Array>): void {
    if (this.#answer) this.#answers = [...this.#answers, answer];
    else this.#answer = answer;
    this.mark();
  }

  /** From now on, sends all bytes that are appended to the broadcast. */
  attach(broadcast: SharedBytes): void {
    if (this.#broadcast === broadcast || this.#isShut) return;
    if (this.#broadcast) this.#detach(this.#broadcast);
    this.#broadcast = broadcast;
    this.#from = broadcast.length;
    this.#tick.mark(this);
  }

  leave(broadcast: SharedBytes): void {
    if (this.#broadcast === broadcast) this.#detach(broadcast);
  }

  /** Drops everything that this tick has queued. */
  discard(): void {
    if (this.#broadcast) this.#detach(this.#broadcast);
    this.#answer = undefined;
    this.#answers = NONE;
    if (this.#pieces.length > this.#keptPieces) this.#pieces.length = this.#keptPieces;
  }

  /** Drops everything and takes nothing more: the peer is being cut off. */
  shut(): void {
    this.#keptPieces = 0;
    this.discard();
    this.#isShut = true;
    this.#unsent = 0;
    this.#report();
  }

  /** Offers everything to the transport. A blocked transport is left alone until `drained`. */
  flush(): void {
    this.isMarked = false;
    this.waits = false;
    this.#queuedNow = 0;
    const broadcast = this.#broadcast;
    if (broadcast) {
      if (this.#pieces.length === 0 && !this.#blocked && !this.#answer) return this.#flushBroadcast(broadcast);
      this.#close(broadcast);
    }
    if (this.#blocked) return this.#keep();
    if (this.#answer) this.#stream();
    while (this.#pieces.length > 0) {
      const bytes = this.#next();
      const taken = this.#write(bytes);
      if (taken === bytes.length && this.#pieces.length === 1) this.#pieces = EMPTY;
      else this.#remove(taken);
      if (taken < bytes.length) {
        this.#blocked = true;
        this.#keptPieces = 0;
        this.#unsent = 0;
        return this.#keep();
      }
    }
    this.#unsent = 0;
    this.#keptPieces = 0;
    this.#exclusive = 0;
    if (this.#reported > 0) this.#report();
    if (this.#answer) this.mark();
  }

  /** The tick has no time for this outbox: keeps the queued bytes for a later one. */
  wait(): void {
    this.waits = true;
    this.isMarked = false;
    this.#queuedNow = 0;
    if (this.#broadcast) this.#close(this.#broadcast);
    this.#keep();
  }

  /** The usual case: one range of one broadcast, written without a list of pieces. */
  #flushBroadcast(broadcast: SharedBytes): void {
    this.#broadcast = undefined;
    this.#unsent = 0;
    this.#keptPieces = 0;
    this.#exclusive = 0;
    if (this.#reported > 0) this.#report();
    const from = this.#from;
    const to = broadcast.length;
    if (to === from) return;
    const taken = this.#write(broadcast.view(from, to));
    if (taken === to - from) return;
    this.#blocked = true;
    this.#add({ broadcast, from: from + taken, to });
    this.#keep();
  }

  /** Offers bytes to the transport. Returns how many it has taken. */
  #write(bytes: Uint8Array): number {
    const taken = Math.max(this.transport.write(bytes), 0);
    this.#tick.metrics.bytesOut += taken;
    return taken;
  }

  /** Tells the owner that the outbox was flushed, once the tick is over. */
  flushed(): void {
    const failure = this.#failure;
    if (!failure && this.#unsent === 0 && !this.#owner.awaitsFlush) return;
    this.#failure = undefined;
    try {
      if (failure) this.#owner.failed(failure.error);
      else this.#owner.flushed();
    } catch (error) {
      this.#owner.failed(error);
    }
  }

  /** The transport takes bytes again. */
  drained(): void {
    this.#blocked = false;
    this.mark();
  }

  /** Has the outbox flushed at the end of the tick, even if nothing is queued. */
  mark(): void {
    this.#tick.mark(this);
  }

  #add(piece: Piece): void {
    if (this.#pieces === EMPTY) this.#pieces = [];
    this.#pieces.push(piece);
  }

  #detach(broadcast: SharedBytes): void {
    this.#close(broadcast);
    broadcast.left(this);
  }

  /** Ends the range of the broadcast and queues it as a piece. */
  #close(broadcast: SharedBytes): void {
    this.#broadcast = undefined;
    if (broadcast.length > this.#from) this.#add({ broadcast, from: this.#from, to: broadcast.length });
  }

  /** Streams the answers. Keeps an exception for `flushed`, so that other outboxes are still flushed. */
  #stream(): void {
    try {
      this.#streamMore();
    } catch (error) {
      this.#answer = undefined;
      this.#answers = NONE;
      this.#failure = { error };
    }
  }

  #streamMore(): void {
    let queued = 0;
    for (const piece of this.#pieces) queued += sizeOf(piece);
    const enough = Math.min(STREAM, queued + this.#tick.slice);
    while (this.#answer && queued < enough) {
      const { value, done } = this.#answer.next();
      if (done) {
        [this.#answer, ...this.#answers] = this.#answers;
        continue;
      }
      if (value.length > 0) this.#add(value);
      queued += value.length || STEP;
    }
  }

  /** The next bytes to offer: the first piece if it is large or the only one, else several pieces joined. */
  #next(): Uint8Array {
    const [first] = this.#pieces;
    if (first && (this.#pieces.length === 1 || sizeOf(first) >= WRITE))
      return first instanceof Uint8Array ? first : bytesOf(first);
    let length = 0;
    for (const piece of this.#pieces) {
      const bytes = bytesOf(piece);
      if (length + bytes.length > WRITE) break;
      joined.set(bytes, length);
      length += bytes.length;
    }
    return joined.subarray(0, length);
  }

  /** Removes `count` bytes from the front. */
  #remove(count: number): void {
    let left = count;
    let done = 0;
    for (const piece of this.#pieces) {
      const size = sizeOf(piece);
      if (size > left) {
        if (left > 0) this.#pieces[done] = this.#bytesToKeep(piece).subarray(left);
        break;
      }
      left -= size;
      done++;
    }
    if (done === this.#pieces.length) this.#pieces = EMPTY;
    else this.#pieces.splice(0, done);
  }

  /** Keeps this tick's pieces beyond the tick: they become views of bytes that do not change. */
  #keep(): void {
    for (let i = this.#keptPieces; i < this.#pieces.length; i++) {
      const piece = this.#pieces[i];
      if (!piece) continue;
      const bytes = this.#bytesToKeep(piece);
      this.#pieces[i] = bytes;
      this.#unsent += bytes.length;
    }
    this.#keptPieces = this.#pieces.length;
    this.#report();
  }

  /** A piece's bytes, which may be read after this tick. */
  #bytesToKeep(piece: Piece): Uint8Array {
    if (!(piece instanceof Uint8Array) && piece.broadcast.lend()) this.#exclusive += sizeOf(piece);
    return bytesOf(piece);
  }

  /** Updates the bytes of this outbox in `Tick.unread`. */
  #report(): void {
    const now = Math.min(this.#exclusive, this.#unsent);
    if (now === this.#reported) return;
    this.#tick.unread.change(this.#reported, now);
    this.#reported = now;
  }
}

function sizeOf(piece: Piece): number {
  return piece instanceof Uint8Array ? piece.length : piece.to - piece.from;
}

function bytesOf(piece: Piece): Uint8Array {
  return piece instanceof Uint8Array ? piece : piece.broadcast.view(piece.from, piece.to);
}

import type { Recipient, SharedBytes } from "../../wire/protocol.ts";
import type { Transport } from "../net/transport.ts";
import type { Tick } from "./tick.ts";

/** A stretch of a broadcast's bytes that an outbox is to send. */
interface Stretch {
  readonly broadcast: SharedBytes;
  readonly from: number;
  readonly to: number;
}

/** Whose outbox it is: told after each flush, and of a bug in a long answer of its own. */
interface Owner {
  /** It has to be told after the next flush, even if nothing is left over. */
  readonly awaitsFlush: boolean;
  flushed(): void;
  failed(error: unknown): void;
}

type Piece = Uint8Array | Stretch;

const WRITE = 65536; // bytes of one write at the most, where it is put together from pieces
const AHEAD = 65_536; // bytes left over, with which its peer is to read before it asks for more
const DRAW = 53_248; // a long answer is drawn while less than this is queued: with its next piece that is 64 KiB
const LIGHT = 4096; // bytes queued for one who is sent little
const STEP = 2048; // bytes that a step of drawing which has come to nothing counts as
const scratch = new Uint8Array(WRITE);
const EMPTY: Piece[] = [];
const NONE: readonly never[] = [];

/**
 * What a peer has yet to receive, in order. Everything queued in a turn leaves in one write at its end; what the
 * transport does not take stays, and is counted in `unsent`.
 */
export class Outbox implements Recipient {
  /** A turn had no time for it, and it was not flushed since. */
  waits = false;
  /** Takes what is flushed; another one may follow it. */
  transport: Transport;
  readonly #tick: Tick;
  readonly #owner: Owner;
  #pieces: Piece[] = EMPTY;
  /** The cast it is attached to, and from where on. */
  #broadcast: SharedBytes | undefined;
  #from = 0;
  /** Pieces that were left over by earlier turns. */
  #old = 0;
  #marked = false;
  /** The transport did not take all of the last write, and has not asked for more yet. */
  #blocked = false;
  #answer: Iterator<Uint8Array> | undefined;
  /** Answers that are drawn behind it. */
  #answers: readonly Iterator<Uint8Array>[] = NONE;
  /** What came of drawing the answer, where that failed. */
  #failure: { readonly error: unknown } | undefined;
  #unsent = 0;
  /** Bytes that this turn has queued for its peer alone. */
  #fresh = 0;
  /** Bytes that were kept for it alone since it had nothing left over, sent or not. */
  #alone = 0;
  /** The part of it that all peers' unread bytes include. */
  #counted = 0;
  #isShut = false;

  constructor(tick: Tick, transport: Transport, owner: Owner) {
    this.#tick = tick;
    this.transport = transport;
    this.#owner = owner;
  }

  /** Flushing it takes little time: little is queued, or nothing can be sent. */
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

  /** Bytes that the transport did not take when they were last offered, or that could not be offered yet. */
  get unsent(): number {
    return this.#unsent;
  }

  /** Bytes of that which are kept for its peer alone. */
  get unsentAlone(): number {
    return this.#counted;
  }

  /** The peer has to read before it asks for more: a long answer is not drawn to its end, or too much is left over. */
  get isBehind(): boolean {
    return this.#answer !== undefined || this.#unsent + (this.#blocked ? this.#fresh : 0) > AHEAD;
  }

  get isEmpty(): boolean {
    return this.#pieces.length === 0 && this.#broadcast === undefined && this.#answer === undefined;
  }

  /** A long answer is not drawn to its end yet. */
  get isDrawing(): boolean {
    return this.#answer !== undefined;
  }

  push(bytes: Uint8Array, provisional = false): void {
    this.#tick.metrics.deliveries++;
    this.#tick.laid += bytes.length;
    if (this.#broadcast) this.#detach(this.#broadcast);
    this.#add(bytes);
    this.#alone += bytes.length;
    this.#fresh += bytes.length;
    if (provisional) this.#tick.markProvisional(bytes);
    if (!this.#marked) this.mark();
  }

  /** The turn could not be stored: what was to be seen only then is not sent. */
  dropProvisional(): void {
    if (this.#broadcast) this.#close(this.#broadcast);
    const before = this.#pieces.slice(0, this.#old);
    const fresh = this.#pieces.slice(this.#old).flatMap((piece) => {
      if (!(piece instanceof Uint8Array)) return piece.broadcast.withoutProvisional(piece.from, piece.to);
      return this.#tick.isProvisional(piece) ? [] : [piece];
    });
    this.#pieces = [...before, ...fresh];
  }

  /** Takes a long answer, which is drawn behind those that are drawn already. */
  draw(answer: Iterator<Uint8Array>): void {
    if (this.#answer) this.#answers = [...this.#answers, answer];
    else this.#answer = answer;
    this.mark();
  }

  /** From now on, what the broadcast gets is for this outbox too. */
  attach(broadcast: SharedBytes): void {
    if (this.#broadcast === broadcast || this.#isShut) return;
    if (this.#broadcast) this.#detach(this.#broadcast);
    this.#broadcast = broadcast;
    this.#from = broadcast.length;
    if (this.#marked) return;
    this.#marked = true;
    this.#tick.mark(this);
  }

  leave(broadcast: SharedBytes): void {
    if (this.#broadcast === broadcast) this.#detach(broadcast);
  }

  /** Drops what this turn has queued. */
  discard(): void {
    if (this.#broadcast) this.#detach(this.#broadcast);
    this.#answer = undefined;
    this.#answers = NONE;
    if (this.#pieces.length > this.#old) this.#pieces.length = this.#old;
  }

  /** Forgets everything, and takes nothing more: its peer is to be cut off. */
  shut(): void {
    this.#old = 0;
    this.discard();
    this.#isShut = true;
    this.#unsent = 0;
    this.#count();
  }

  /** Offers everything to the transport, unless that is full: then it waits for `drained`. */
  flush(): void {
    this.#marked = false;
    this.waits = false;
    this.#fresh = 0;
    const broadcast = this.#broadcast;
    if (broadcast) {
      if (this.#pieces.length === 0 && !this.#blocked && !this.#answer) return this.#flushBroadcast(broadcast);
      this.#close(broadcast);
    }
    if (this.#blocked) return this.#hold();
    if (this.#answer) this.#tryToDraw();
    while (this.#pieces.length > 0) {
      const bytes = this.#next();
      const taken = this.#write(bytes);
      if (taken === bytes.length && this.#pieces.length === 1) this.#pieces = EMPTY;
      else this.#took(taken);
      if (taken < bytes.length) {
        this.#blocked = true;
        this.#old = 0;
        this.#unsent = 0;
        return this.#hold();
      }
    }
    this.#unsent = 0;
    this.#old = 0;
    this.#alone = 0;
    if (this.#counted > 0) this.#count();
    if (this.#answer) this.mark();
  }

  /** The turn has no time for it: what is queued is left for a later one. */
  wait(): void {
    this.waits = true;
    this.#marked = false;
    this.#fresh = 0;
    if (this.#broadcast) this.#close(this.#broadcast);
    this.#hold();
  }

  /** What most have in a turn: a stretch of one broadcast, which leaves as it lies, without a list of pieces. */
  #flushBroadcast(broadcast: SharedBytes): void {
    this.#broadcast = undefined;
    this.#unsent = 0;
    this.#old = 0;
    this.#alone = 0;
    if (this.#counted > 0) this.#count();
    const from = this.#from;
    const to = broadcast.length;
    if (to === from) return;
    const taken = this.#write(broadcast.view(from, to));
    if (taken === to - from) return;
    this.#blocked = true;
    this.#add({ broadcast, from: from + taken, to });
    this.#hold();
  }

  /** Offers bytes; answers how many were taken. */
  #write(bytes: Uint8Array): number {
    const taken = Math.max(this.transport.write(bytes), 0);
    this.#tick.metrics.bytesOut += taken;
    return taken;
  }

  /** The turn in which it was flushed is over. */
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

  /** Has the outbox flushed at the end of the turn, even if nothing is queued. */
  mark(): void {
    if (this.#marked) return;
    this.#marked = true;
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

  /** Ends the stretch of the broadcast it is attached to. */
  #close(broadcast: SharedBytes): void {
    this.#broadcast = undefined;
    if (broadcast.length > this.#from) this.#add({ broadcast, from: this.#from, to: broadcast.length });
  }

  /** What fails here must not keep the others from being flushed: it is told once the turn is over. */
  #tryToDraw(): void {
    try {
      this.#drawMore();
    } catch (error) {
      this.#answer = undefined;
      this.#answers = NONE;
      this.#failure = { error };
    }
  }

  #drawMore(): void {
    let queued = 0;
    for (const piece of this.#pieces) queued += sizeOf(piece);
    const enough = Math.min(DRAW, queued + this.#tick.slice);
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

  /** The next bytes to offer: the first piece if it is large or alone, else pieces put together. */
  #next(): Uint8Array {
    const [first] = this.#pieces;
    if (first && (this.#pieces.length === 1 || sizeOf(first) >= WRITE))
      return first instanceof Uint8Array ? first : bytesOf(first);
    let length = 0;
    for (const piece of this.#pieces) {
      const bytes = bytesOf(piece);
      if (length + bytes.length > WRITE) break;
      scratch.set(bytes, length);
      length += bytes.length;
    }
    return scratch.subarray(0, length);
  }

  /** So many bytes have left. */
  #took(count: number): void {
    let left = count;
    let done = 0;
    for (const piece of this.#pieces) {
      const size = sizeOf(piece);
      if (size > left) {
        if (left > 0) this.#pieces[done] = this.#kept(piece).subarray(left);
        break;
      }
      left -= size;
      done++;
    }
    if (done === this.#pieces.length) this.#pieces = EMPTY;
    else this.#pieces.splice(0, done);
  }

  /** It is not for this turn: what is new becomes views of bytes that stay. */
  #hold(): void {
    for (let i = this.#old; i < this.#pieces.length; i++) {
      const piece = this.#pieces[i];
      if (!piece) continue;
      const bytes = this.#kept(piece);
      this.#pieces[i] = bytes;
      this.#unsent += bytes.length;
    }
    this.#old = this.#pieces.length;
    this.#count();
  }

  /** A piece's bytes, to be read after this turn. */
  #kept(piece: Piece): Uint8Array {
    if (!(piece instanceof Uint8Array) && piece.broadcast.lend()) this.#alone += sizeOf(piece);
    return bytesOf(piece);
  }

  /** Tells what it adds to all that is unread. */
  #count(): void {
    const now = Math.min(this.#alone, this.#unsent);
    if (now === this.#counted) return;
    this.#tick.unread.change(this.#counted, now);
    this.#counted = now;
  }
}

function sizeOf(piece: Piece): number {
  return piece instanceof Uint8Array ? piece.length : piece.to - piece.from;
}

function bytesOf(piece: Piece): Uint8Array {
  return piece instanceof Uint8Array ? piece : piece.broadcast.view(piece.from, piece.to);
}

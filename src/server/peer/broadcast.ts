import type { Broadcast as CastInterface, Peer, Recipient, SharedBytes } from "../../wire/protocol.ts";
import type { Tick } from "./tick.ts";

const NOTHING = new Uint8Array(0);
const LEFT = 512; // bytes of a buffer worth using further

/**
 * The bytes that many outboxes are to send, laid down once a turn and shared.
 *
 * In a turn, the first push attaches every outbox: from here on it sends what the broadcast gets. Later pushes only
 * append, so a message costs nothing per recipient; only a recipient that got something else in between has left the
 * broadcast, and is attached again by the next push. At the end of the turn each outbox sends its stretch of the shared
 * bytes: the cost is one attachment and one write per recipient and turn, not per message. With 1000 members and 64
 * messages a turn that is about a third of the cost of queueing each message for each member.
 *
 * The bytes of a turn never change once sent, so those who are slow keep a view of them, not a copy. What such a buffer
 * has left is for turns that follow: else each message that someone slow has yet to get would hold a buffer of its own.
 */
export class OutboxBroadcast implements CastInterface, SharedBytes {
  readonly #tick: Tick;
  readonly #members = new Set<Recipient>();
  /** Members that are not attached at present, while the broadcast is in use. */
  #away: Recipient[] = [];
  #inUse = false;
  #bytes: Uint8Array<ArrayBuffer> | undefined;
  /** Bytes laid down in this turn. */
  length = 0;
  #lent = false;
  /** Where in this turn's bytes lies what is to be seen only once it is stored. */
  #provisional: { readonly start: number; readonly end: number }[] = [];
  #view: Uint8Array | undefined;

  constructor(tick: Tick) {
    this.#tick = tick;
  }

  get size(): number {
    return this.#members.size;
  }

  add({ outbox }: Pick<Peer, "outbox">): void {
    this.#members.add(outbox);
    if (this.#inUse) this.#away.push(outbox);
  }

  remove({ outbox }: Pick<Peer, "outbox">): void {
    this.#members.delete(outbox);
    outbox.leave(this);
  }

  /** An outbox has got something else, and is to be attached again. */
  left(outbox: Recipient): void {
    this.#away.push(outbox);
  }

  push(bytes: Uint8Array, exceptPeer?: Pick<Peer, "outbox">, provisional = false): void {
    const except = exceptPeer?.outbox;
    this.#tick.metrics.deliveries += this.#members.size - (except && this.#members.has(except) ? 1 : 0);
    this.#tick.laid += this.#members.size * bytes.length;
    if (this.#inUse) this.#recall(except);
    else this.#begin(except);
    if (provisional) this.#provisional.push({ start: this.length, end: this.length + bytes.length });
    const end = this.length + bytes.length;
    if (!this.#bytes || end > this.#bytes.length) this.#grow(end);
    this.#bytes?.set(bytes, this.length);
    this.length = end;
  }

  /** A stretch of this turn's bytes without what is provisional, to be read after the turn too. */
  withoutProvisional(from: number, to: number): Uint8Array[] {
    this.lend();
    const kept: Uint8Array[] = [];
    let at = from;
    for (const { start, end } of this.#provisional) {
      if (end <= at || start >= to) continue;
      if (start > at) kept.push(this.view(at, start));
      at = end;
    }
    if (at < to) kept.push(this.view(at, to));
    return kept;
  }

  /** A stretch of this turn's bytes; the same view for all who ask for the same stretch. */
  view(from: number, to: number): Uint8Array {
    const last = this.#view;
    const bytes = this.#bytes ?? NOTHING;
    if (last && last.byteOffset === bytes.byteOffset + from && last.length === to - from) return last;
    this.#view = bytes.subarray(from, to);
    return this.#view;
  }

  /** A peer will read this turn's bytes after the turn: they must stay as they are. Answers whether it is the first. */
  lend(): boolean {
    const isFirst = !this.#lent;
    this.#lent = true;
    return isFirst;
  }

  /** The turn is over. */
  rest(): void {
    if (this.#bytes) this.#giveBack(this.#bytes);
    this.#bytes = undefined;
    this.#view = undefined;
    this.length = 0;
    this.#lent = false;
    this.#inUse = false;
    this.#away = [];
    if (this.#provisional.length > 0) this.#provisional = [];
  }

  #begin(except: Recipient | undefined): void {
    this.#inUse = true;
    this.#tick.use(this);
    for (const outbox of this.#members) {
      if (outbox === except) this.#away.push(outbox);
      else outbox.attach(this);
    }
  }

  #recall(except: Recipient | undefined): void {
    if (except) except.leave(this);
    if (this.#away.length === 0) return;
    const away = this.#away;
    this.#away = [];
    for (const outbox of away) {
      if (outbox === except) this.#away.push(outbox);
      else if (this.#members.has(outbox)) outbox.attach(this);
    }
  }

  #giveBack(bytes: Uint8Array<ArrayBuffer>): void {
    if (!this.#lent) this.#tick.giveBack(bytes);
    else if (bytes.length - this.length >= LEFT) this.#tick.giveBack(bytes.subarray(this.length));
  }

  #grow(needed: number): void {
    const grown = this.#tick.borrow(Math.max(needed, (this.#bytes?.length ?? 0) * 2));
    if (this.#bytes) {
      grown.set(this.#bytes.subarray(0, this.length));
      this.#giveBack(this.#bytes);
    }
    this.#bytes = grown;
    this.#view = undefined;
  }
}

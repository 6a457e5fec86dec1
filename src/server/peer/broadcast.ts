import type { Broadcast as CastInterface, Peer, Recipient, SharedBytes } from "../../wire/protocol.ts";
import type { Tick } from "./tick.ts";

const NOTHING = new Uint8Array(0);
const LEFT = 512; // unused bytes of a buffer that are worth reusing

/**
 * Bytes for many outboxes, written into one shared buffer per tick.
 *
 * The first push of a tick attaches every outbox, which from then on sends what the broadcast gets. Later pushes only
 * append, so a message costs nothing per recipient. An outbox that gets other bytes in between detaches, and the next
 * push attaches it again. At the end of the tick each outbox sends its range of the shared buffer: the cost is one
 * attachment and one write per recipient and tick, not per message. With 1000 members and 64 messages a tick, that is
 * about a third of the cost of queueing each message for each member.
 *
 * Bytes never change once sent, so a slow peer keeps a view of them, not a copy. The unused rest of such a buffer
 * serves later ticks; otherwise each message that a slow peer has yet to get would hold a buffer of its own.
 */
export class OutboxBroadcast implements CastInterface, SharedBytes {
  readonly #tick: Tick;
  readonly #members = new Set<Recipient>();
  /** Members that are not attached, while the broadcast is in use. */
  #away: Recipient[] = [];
  #inUse = false;
  #bytes: Uint8Array<ArrayBuffer> | undefined;
  /** Bytes pushed in this tick. */
  length = 0;
  #lent = false;
  /** Ranges of this tick's bytes that must not be sent if the tick cannot be stored. */
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

  /** An outbox has detached, because it got other bytes. The next push attaches it again. */
  left(outbox: Recipient): void {
    this.#away.push(outbox);
  }

  push(bytes: Uint8Array, exceptPeer?: Pick<Peer, "outbox">, provisional = false): void {
    const except = exceptPeer?.outbox;
    this.#tick.metrics.deliveries += this.#members.size - (except && this.#members.has(except) ? 1 : 0);
    this.#tick.queuedBytes += this.#members.size * bytes.length;
    if (this.#inUse) this.#reattach(except);
    else this.#begin(except);
    if (provisional) this.#provisional.push({ start: this.length, end: this.length + bytes.length });
    const end = this.length + bytes.length;
    if (!this.#bytes || end > this.#bytes.length) this.#grow(end);
    this.#bytes?.set(bytes, this.length);
    this.length = end;
  }

  /** A range of this tick's bytes without the provisional ones; may be read after the tick. */
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

  /** A range of this tick's bytes. Repeated calls for the same range return the same view. */
  view(from: number, to: number): Uint8Array {
    const last = this.#view;
    const bytes = this.#bytes ?? NOTHING;
    if (last && last.byteOffset === bytes.byteOffset + from && last.length === to - from) return last;
    this.#view = bytes.subarray(from, to);
    return this.#view;
  }

  /** Keeps this tick's bytes unchanged after the tick, for a slow peer. True for the first one. */
  lend(): boolean {
    const isFirst = !this.#lent;
    this.#lent = true;
    return isFirst;
  }

  /** Resets the broadcast at the end of the tick. */
  reset(): void {
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

  #reattach(except: Recipient | undefined): void {
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

import { ptr } from "bun:ffi";
import { openLibc } from "../libc.ts";
import { Metrics } from "../ops/metrics.ts";
import type { OutboxBroadcast } from "./broadcast.ts";
import { InputScheduler } from "./input-scheduler.ts";
import type { Outbox } from "./outbox.ts";

const SPARE = 64; // buffers kept for the next ticks
const LONG = 3; // ms after which a tick leaves work that can wait to the next one
const BRIEF = 1; // the same while overloaded, in ms
const SENDING = 1.5; // ms of an overloaded tick for flushing the light outboxes that are due, and then others
const SHARE = 0.5; // ms at least for the waiting outboxes, and for the heavy ones, however long others took
const LEAST = 8; // outboxes of each kind that are flushed in any case, even on a busy machine
const WATCHED = 1000; // ms for which ticks read the thread's CPU time, after `lost` was called
const OVERLOADED_FOR = 1000; // ms for which one sign of overload counts
const FULL_BYTES = 1 << 17; // bytes queued for peers that fill a tick: sending them takes about `LONG`
const FULL_OUTBOXES = 128; // outboxes to flush that fill a tick: each write takes some 10 µs
const PER_RECIPIENT = 65_536; // bytes queued per recipient: above that, the system call costs less than the bytes
const SATURATED = 1 << 20; // bytes that may be queued, however few the recipients
const PER_RECIPIENT_BEHIND = 2048; // the same in bytes, while outboxes of earlier ticks still wait
const SLICE = 16_384; // bytes of a streamed answer per tick, so that many answers at once do not make ticks long
const SMALL_SLICE = 4096; // the same in bytes, while overloaded
const SMALLEST = 4096; // bytes of a buffer
const LARGEST = 1 << 20; // bytes of a buffer worth keeping

/**
 * One turn of the event loop: handles input within a time limit, then commits the store once, then flushes every outbox
 * that has bytes, with one write each. So no peer sees anything that a crash would lose, and all events of a tick share
 * one commit and one system call per recipient.
 *
 * While peers do too much, the server is overloaded and ticks are short. If flushing would take long, some outboxes
 * wait for the next tick; newly due outboxes go first, and light ones (`Outbox.isLight`) before heavy ones. So a flood,
 * or many peers leaving at once, does not delay other messages. Without overload, postponing would only cost time: then
 * all outboxes are flushed, even in a large room.
 *
 * A tick ends in `setImmediate`, which runs once per batch of socket events. A microtask would run after each socket's
 * callback and join nothing; a timer would add its delay without need.
 */
export class Tick {
  readonly metrics: Metrics;
  readonly unread = new Unread();
  readonly #commit: () => boolean;
  readonly #end = () => this.end();
  /** In milliseconds. */
  readonly clock: () => number;
  /** Decides whose input waits, and for how long it is handled. */
  readonly input: InputScheduler;
  #marked: Outbox[] = [];
  /** Outboxes that earlier ticks had no time for; their bytes are committed already. */
  #waiting: Outbox[] = [];
  #broadcasts: OutboxBroadcast[] = [];
  readonly #spare: Uint8Array<ArrayBuffer>[] = [];
  readonly #provisional = new Set<Uint8Array>();
  /** The end of the overload, by `clock`. */
  #overloadedUntil = Number.NEGATIVE_INFINITY;
  /** Bytes queued in this tick, counted once per recipient. */
  queuedBytes = 0;
  hasBegun = false;
  /** When the tick began, by `clock`. */
  #since = 0;
  /** Both clocks at the last reading of the thread's CPU time; not read in each tick, since it costs a call. */
  #passed = 0;
  #worked: number | undefined;
  /** Until this time, by `clock`, each tick reads the CPU time when it begins. */
  #watched = Number.NEGATIVE_INFINITY;
  /** ms that the last tick took to flush. */
  #sending = 0;

  /** `commit` is called before anything is sent; false if the tick could not be stored. */
  constructor(commit: () => boolean, metrics = new Metrics(), clock = () => performance.now()) {
    this.#commit = commit;
    this.metrics = metrics;
    this.clock = clock;
    this.input = new InputScheduler(this);
  }

  /** The tick has enough to do: work that can wait is for the next one. */
  get isFull(): boolean {
    if (!this.hasBegun) return false;
    const isBroad = this.#marked.length + this.#waiting.length > FULL_OUTBOXES;
    return isBroad || this.queuedBytes > FULL_BYTES || this.clock() - this.#since > (this.#isOverloaded ? BRIEF : LONG);
  }

  /** More bytes are queued than should be sent at once. The limit is lower while outboxes of earlier ticks still wait. */
  get isSaturated(): boolean {
    const isBehind = this.#waiting.length > 0;
    const recipients = this.#marked.length + this.#waiting.length;
    return this.queuedBytes > Math.max(SATURATED, (isBehind ? PER_RECIPIENT_BEHIND : PER_RECIPIENT) * recipients);
  }

  /**
   * Milliseconds in which this thread did not run (wall time less its CPU time), since the last call or the beginning of
   * the tick. 0 if there was no call in the second before the tick.
   */
  lost(): number {
    const [passed, worked] = [this.clock(), threadTime()];
    const lost = this.#worked === undefined ? 0 : passed - this.#passed - (worked - this.#worked);
    this.#watched = passed + WATCHED;
    this.#passed = passed;
    this.#worked = worked;
    return Math.max(0, lost);
  }

  /** Notes that a peer does too much: ticks are short for the next second. */
  markOverloaded(): void {
    this.#overloadedUntil = this.clock() + OVERLOADED_FOR;
  }

  /** Bytes of a streamed answer that one outbox may add in this tick. */
  get slice(): number {
    return this.#isOverloaded ? SMALL_SLICE : SLICE;
  }

  /** Begins a tick, unless one has begun: bytes have come in or are to be sent. */
  begin(received = 0): void {
    this.metrics.bytesIn += received;
    if (this.hasBegun) return;
    this.hasBegun = true;
    this.#since = this.clock();
    this.#passed = this.#since;
    this.#worked = this.#since < this.#watched ? threadTime() : undefined;
    setImmediate(this.#end);
  }

  /** Flushes the outbox at the end of the tick. */
  mark(outbox: Outbox): void {
    if (outbox.isMarked) return;
    outbox.isMarked = true;
    this.#marked.push(outbox);
    if (!this.hasBegun) this.begin();
  }

  /** Resets the broadcast at the end of the tick. */
  use(broadcast: OutboxBroadcast): void {
    this.#broadcasts.push(broadcast);
  }

  /** Marks bytes that must not be sent if the tick cannot be stored. */
  markProvisional(bytes: Uint8Array): void {
    this.#provisional.add(bytes);
  }

  isProvisional(bytes: Uint8Array): boolean {
    return this.#provisional.has(bytes);
  }

  /** A buffer of at least `size` bytes, of any content. */
  borrow(size: number): Uint8Array<ArrayBuffer> {
    const spare = this.#spare.pop();
    if (spare && spare.length >= size) return spare;
    return new Uint8Array(Math.max(size, SMALLEST));
  }

  giveBack(buffer: Uint8Array<ArrayBuffer>): void {
    if (this.#spare.length < SPARE && buffer.length <= LARGEST) this.#spare.push(buffer);
  }

  /** Ends the tick now: handles waiting input, commits, flushes. */
  end(): void {
    const since = this.#since;
    this.input.run(this.#sending);
    this.hasBegun = false;
    this.queuedBytes = 0;
    const isStored = this.#commit();
    const due = this.#marked;
    const before = this.#waiting;
    const broadcasts = this.#broadcasts;
    this.#marked = [];
    this.#waiting = [];
    this.#broadcasts = [];
    if (!isStored) for (const outbox of [...before, ...due]) outbox.dropProvisional();
    const began = this.clock();
    const flushed = this.#isOverloaded ? this.#flushSome(due, before) : flushAll(due, before);
    for (const broadcast of broadcasts) broadcast.reset();
    if (this.#provisional.size > 0) this.#provisional.clear();
    const ended = this.clock();
    this.#sending = ended - began;
    if (this.input.waiting > 0) this.begin();
    // Last: work that these callbacks cause belongs to the next tick.
    if (flushed.length > 0) this.metrics.ticks.add((ended - since) / 1000);
    for (const outbox of flushed) outbox.flushed();
  }

  get #isOverloaded(): boolean {
    return this.#since < this.#overloadedUntil;
  }

  /** Flushes as many outboxes as there is time for, and postpones the others. Returns the flushed ones. */
  #flushSome(due: readonly Outbox[], before: readonly Outbox[]): readonly Outbox[] {
    const light: Outbox[] = [];
    const waiting: Outbox[] = [];
    const heavy: Outbox[] = [];
    for (const outbox of before) if (outbox.waits) (outbox.isLight ? waiting : heavy).push(outbox);
    for (const outbox of due) if (!outbox.waits) (outbox.isLight ? light : heavy).push(outbox);
    let until = this.clock() + SENDING;
    const flushed: Outbox[] = [];
    const left: Outbox[] = [];
    for (const queue of [light, waiting, heavy]) {
      const count = this.#flush(queue, until);
      flushed.push(...queue.slice(0, count));
      left.push(...queue.slice(count));
      until = Math.max(until, this.clock() + SHARE);
    }
    if (left.length > 0) this.#postpone(left);
    return flushed;
  }

  /** Flushes the first outboxes, at least `LEAST`, until a time. Returns how many. */
  #flush(outboxes: readonly Outbox[], until: number): number {
    let at = 0;
    for (const outbox of outboxes) {
      if (at >= LEAST && this.clock() > until) break;
      outbox.flush();
      at++;
    }
    return at;
  }

  #postpone(outboxes: Outbox[]): void {
    for (const outbox of outboxes) outbox.wait();
    this.#waiting = outboxes;
    this.begin();
  }
}

function flushAll(due: readonly Outbox[], before: readonly Outbox[]): readonly Outbox[] {
  for (const outbox of due) outbox.flush();
  const waiting = before.filter((outbox) => outbox.waits);
  for (const outbox of waiting) outbox.flush();
  return waiting.length > 0 ? [...due, ...waiting] : due;
}

const THREAD_TIME = 3; // CLOCK_THREAD_CPUTIME_ID, Linux

const libc = openLibc({ clock_gettime: { args: ["i32", "ptr"], returns: "i32" } });
const time = new BigInt64Array(2); // `struct timespec`: seconds, nanoseconds

/** CPU time of this thread in ms; the wall time if unknown. */
export function threadTime(): number {
  if (libc?.clock_gettime(THREAD_TIME, ptr(time)) !== 0) return performance.now();
  return Number(time[0]) * 1000 + Number(time[1]) / 1e6;
}

/**
 * The unsent bytes of all peers together, as far as they are kept for one peer alone. A broadcast's bytes are kept
 * once, and counted for the first peer that does not read them.
 */
export class Unread {
  #bytes = 0;
  #peers = 0;

  get bytes(): number {
    return this.#bytes;
  }

  /** Updates one peer's bytes. */
  change(before: number, now: number): void {
    this.#bytes += now - before;
    this.#peers += (now > 0 ? 1 : 0) - (before > 0 ? 1 : 0);
  }

  /** Whether a peer with so many bytes has at least the average. */
  isMuch(bytes: number): boolean {
    return bytes > 0 && bytes * this.#peers >= this.#bytes;
  }
}

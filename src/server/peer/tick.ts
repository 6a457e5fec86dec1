import { ptr } from "bun:ffi";
import { openLibc } from "../libc.ts";
import { Metrics } from "../ops/metrics.ts";
import type { OutboxBroadcast } from "./broadcast.ts";
import { InputScheduler } from "./input-scheduler.ts";
import type { Outbox } from "./outbox.ts";

const SPARE = 64; // buffers kept for the next turns
const LONG = 3; // ms of a turn, after which it takes in nothing more from those who can wait
const BRIEF = 1; // the same of a turn while overloaded
const SENDING = 1.5; // ms of that in which something is sent, first to those who are due and are sent little
const SHARE = 0.5; // ms that those have who wait, and those who are sent much, however long that has taken
const LEAST = 8; // of each of these that are sent something, however long it takes: the machine may be busy
const WATCHED = 1000; // ms for which turns look at the thread's time, once a visit took long
const OVERLOADED_FOR = 1000; // ms from when someone did too much until it is taken for over
const MUCH = 1 << 17; // bytes laid down for peers, after which it does not either: about as long to send
const MANY = 128; // peers that are sent something, after which it does not either: each send takes some 10 µs
const EACH = 65_536; // bytes laid down for each recipient of a turn: with more, a system call for each costs less than they
const LADEN = 1 << 20; // bytes that may be laid down in any case
const EACH_BEHIND = 2048; // bytes for each while some wait for what earlier turns had no time to send
const SLICE = 16_384; // bytes of a long answer in a turn: a storm of questions does not make turns long
const SMALL = 4096; // while overloaded
const SMALLEST = 4096; // bytes of a buffer
const LARGEST = 1 << 20; // bytes of a buffer worth keeping

/**
 * One turn of the event loop: input is handled, as much as there is time for, then the store commits once, then every
 * outbox with something to send is flushed with one write. So nobody sees what a crash would lose, and a commit and a
 * system call are shared by all that happened meanwhile.
 *
 * While some peers do too much, the server is overloaded, and turns are short: where so many are to be sent something
 * that it would take long, some wait for the next turn, in which those come first who are due only then; and in each,
 * those who are sent little. So a flood, or many peers leaving at once, does not hold up what others say. In peace that
 * would only cost: a large room has all in one turn.
 *
 * It ends in `setImmediate`, which comes once per batch of socket events. A microtask would come after each socket's
 * callback, and would put nothing together; a timer would add its delay when there is nothing to wait for.
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
  /** Those that earlier turns had no time for; what they are to send then is stored. */
  #waiting: Outbox[] = [];
  #broadcasts: OutboxBroadcast[] = [];
  readonly #spare: Uint8Array<ArrayBuffer>[] = [];
  readonly #provisional = new Set<Uint8Array>();
  /** Until when it is overloaded, in milliseconds. */
  #overloadedUntil = Number.NEGATIVE_INFINITY;
  /** Bytes laid down in this turn, once for each peer that is sent them. */
  laid = 0;
  hasBegun = false;
  /** When it has begun, in milliseconds. */
  #since = 0;
  /** Both clocks' times when the thread's time was looked at last: not in each turn, since that costs a call. */
  #passed = 0;
  #worked: number | undefined;
  /** Until when each turn looks at it, in milliseconds. */
  #watched = Number.NEGATIVE_INFINITY;
  /** How long the last one took to send, in milliseconds. */
  #sending = 0;

  /** `commit` is called before anything is sent; false: what was said in the turn could not be stored. */
  constructor(commit: () => boolean, metrics = new Metrics(), clock = () => performance.now()) {
    this.#commit = commit;
    this.metrics = metrics;
    this.clock = clock;
    this.input = new InputScheduler(this);
  }

  /** It has enough to do: what can wait is for the next one. */
  get isFull(): boolean {
    if (!this.hasBegun) return false;
    const isBroad = this.#marked.length + this.#waiting.length > MANY;
    return isBroad || this.laid > MUCH || this.clock() - this.#since > (this.#isOverloaded ? BRIEF : LONG);
  }

  /** As much is laid down for peers as there is room to send; less, while sending is behind. */
  get isLaden(): boolean {
    const isBehind = this.#waiting.length > 0;
    const recipients = this.#marked.length + this.#waiting.length;
    return this.laid > Math.max(LADEN, (isBehind ? EACH_BEHIND : EACH) * recipients);
  }

  /**
   * ms in which the thread had no processor, since this was asked last or the turn began. It is 0 where this was not
   * asked in the second before the turn.
   */
  lost(): number {
    const [passed, worked] = [this.clock(), threadTime()];
    const lost = this.#worked === undefined ? 0 : passed - this.#passed - (worked - this.#worked);
    this.#watched = passed + WATCHED;
    this.#passed = passed;
    this.#worked = worked;
    return Math.max(0, lost);
  }

  /** Someone does too much, or has to go for it: for a while, others are not to wait for what that brings. */
  markOverloaded(): void {
    this.#overloadedUntil = this.clock() + OVERLOADED_FOR;
  }

  /** How much of a long answer one outbox may draw in this turn, in bytes. */
  get slice(): number {
    return this.#isOverloaded ? SMALL : SLICE;
  }

  /** Something has come in, of so many bytes, or is to be sent: the turn will end soon. */
  begin(received = 0): void {
    this.metrics.bytesIn += received;
    if (this.hasBegun) return;
    this.hasBegun = true;
    this.#since = this.clock();
    this.#passed = this.#since;
    this.#worked = this.#since < this.#watched ? threadTime() : undefined;
    setImmediate(this.#end);
  }

  /** The outbox has something to send at the end of the turn. */
  mark(outbox: Outbox): void {
    this.#marked.push(outbox);
    if (!this.hasBegun) this.begin();
  }

  /** The cast is in use until the end of the turn. */
  use(broadcast: OutboxBroadcast): void {
    this.#broadcasts.push(broadcast);
  }

  /** Bytes that are not to be sent if the turn cannot be stored. */
  markProvisional(bytes: Uint8Array): void {
    this.#provisional.add(bytes);
  }

  isProvisional(bytes: Uint8Array): boolean {
    return this.#provisional.has(bytes);
  }

  /** A buffer of at least so many bytes, of any content. */
  borrow(size: number): Uint8Array<ArrayBuffer> {
    const spare = this.#spare.pop();
    if (spare && spare.length >= size) return spare;
    return new Uint8Array(Math.max(size, SMALLEST));
  }

  giveBack(buffer: Uint8Array<ArrayBuffer>): void {
    if (this.#spare.length < SPARE && buffer.length <= LARGEST) this.#spare.push(buffer);
  }

  /** Handles input that waits, commits and flushes now. */
  end(): void {
    const since = this.#since;
    this.input.run(this.#sending);
    this.hasBegun = false;
    this.laid = 0;
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
    // Only now: what these cause belongs to the next turn.
    if (flushed.length > 0) this.metrics.ticks.add((ended - since) / 1000);
    for (const outbox of flushed) outbox.flushed();
  }

  get #isOverloaded(): boolean {
    return this.#since < this.#overloadedUntil;
  }

  /** Flushes as many as there is time for, and leaves the others for later turns; answers which were flushed. */
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

  /** Flushes the first of them, a few at least, until some time; answers how many. */
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

/** For how long this thread has had a processor, in ms; the time that has passed, where that cannot be told. */
export function threadTime(): number {
  if (libc?.clock_gettime(THREAD_TIME, ptr(time)) !== 0) return performance.now();
  return Number(time[0]) * 1000 + Number(time[1]) / 1e6;
}

/**
 * How much all peers together leave unread: bytes that are kept for one of them alone. What was said to many is kept
 * once, and counted for the first of them that does not read it.
 */
export class Unread {
  #bytes = 0;
  #peers = 0;

  get bytes(): number {
    return this.#bytes;
  }

  /** A peer leaves so many bytes unread, where it left so many before. */
  change(before: number, now: number): void {
    this.#bytes += now - before;
    this.#peers += (now > 0 ? 1 : 0) - (before > 0 ? 1 : 0);
  }

  /** Whether a peer that leaves so many bytes unread is among those that leave the most. */
  isMuch(bytes: number): boolean {
    return bytes > 0 && bytes * this.#peers >= this.#bytes;
  }
}

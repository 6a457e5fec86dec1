const LEAST = 3; // ms of a tick for input; more if sending took longer, so that large rooms share system calls
const MOST = 20; // ms of a tick for input at most
const OTHERS = 1; // ms of a tick for connections that are not light, however long the light ones took
const SEVERAL = 8; // light connections that each tick serves in any case, even on a busy machine
const GONE = 0.25; // ms of a tick for the input of departed peers

const MUCH = 65_536; // bytes queued for peers in a visit: above, the source waits while the tick is saturated
const LONG = 1; // ms of a visit above which the time in which the thread did not run is subtracted

/** A connection's input, as the scheduler sees it. */
export interface InputSource {
  /** The source's share of the event loop's time. */
  readonly share: InputShare;
  /** The peer has sent its last byte, so perhaps nobody is there any more. */
  readonly hasEnded: boolean;
  /** Handles one line, then more until `isSpent`. True if more could be handled at once. */
  serve(isSpent: () => boolean): boolean;
}

/** The tick in which input is handled, as the scheduler sees it. */
interface TickControl {
  /** In milliseconds. */
  readonly clock: () => number;
  readonly isFull: boolean;
  /** Bytes queued for peers in this tick, and whether that is as much as can be sent. */
  readonly queuedBytes: number;
  readonly isSaturated: boolean;
  /** ms in which the thread did not run, since the last call or the beginning of the tick. */
  lost(): number;
  readonly hasBegun: boolean;
  begin(): void;
  /** Notes that there is more work than a tick has time for. */
  markOverloaded(): void;
}

/**
 * Shares the event loop's time between connections, whatever their addresses and limits.
 *
 * A light connection has used little time lately and has nothing left over from earlier ticks: it is served at once.
 * All others queue for the end of the tick and are served round robin, each for as long as `InputShare` grants; when
 * the tick's time is over, the rest waits for the next tick. The input of a departed peer comes last, once the peer has
 * used as much as a newcomer. A connection whose messages go to many recipients waits while there is no room to send.
 * Every queue gets some of each tick, so no connection waits forever. The order never depends on limits or exemptions:
 * a flood delays itself.
 */
export class InputScheduler {
  readonly #tick: TickControl;
  readonly #light = new Set<InputSource>();
  readonly #others = new Set<InputSource>();
  readonly #gone = new Set<InputSource>();
  #isServing = false;
  /** When the share of the source being served is spent. */
  #deadline = 0;
  /** Bytes queued for peers before the current visit. */
  #queuedBefore = 0;
  readonly #isSpent = () =>
    this.#tick.clock() >= this.#deadline ||
    (this.#tick.queuedBytes - this.#queuedBefore > MUCH && this.#tick.isSaturated);

  constructor(tick: TickControl) {
    this.#tick = tick;
  }

  /** How many sources have input that waits. */
  get waiting(): number {
    return this.#light.size + this.#others.size + this.#gone.size;
  }

  /** Serves a source that has input, or queues it. */
  offer(source: InputSource): void {
    if (!this.#tick.hasBegun) this.#tick.begin();
    if (this.#light.has(source) || this.#others.has(source) || this.#gone.has(source)) return;
    const now = this.#tick.clock();
    if (!source.share.isLight(now)) this.#queue(source, now);
    else if (this.#isServing || this.#tick.isFull) this.#light.add(source);
    else this.#visit(source, now);
  }

  /** Forgets a source: it has no input any more. */
  withdraw(source: InputSource): void {
    this.#light.delete(source);
    this.#others.delete(source);
    this.#gone.delete(source);
  }

  /** Serves the waiting sources for `time` ms, within `LEAST` and `MOST`. */
  run(time: number): void {
    if (this.waiting === 0) return;
    let now = this.#tick.clock();
    const until = now + Math.min(MOST, Math.max(LEAST, time));
    if (this.#light.size > 0) now = this.#serve(this.#light, now, until, SEVERAL);
    if (this.#others.size > 0) now = this.#serve(this.#others, now, Math.max(until, now + OTHERS));
    if (this.#others.size > 0 && now >= until) this.#tick.markOverloaded();
    if (this.#gone.size > 0) this.#serve(this.#gone, now, Math.max(until, now + GONE));
  }

  /** Serves at least `least` sources of a queue, and more until a time. Returns the time it is then. */
  #serve(queue: Set<InputSource>, began: number, until: number, least = 1): number {
    const skipped: InputSource[] = [];
    let now = began;
    let served = 0;
    for (const source of queue) {
      queue.delete(source);
      if (source.share.queuedBytes > MUCH && this.#tick.isSaturated) {
        skipped.push(source);
        continue;
      }
      now = this.#visit(source, now);
      if (++served >= least && now >= until) break;
    }
    for (const source of skipped) this.#queue(source, now);
    return now;
  }

  /** Serves one source, from `began` on. Returns the time it is then. */
  #visit(source: InputSource, began: number): number {
    const { share } = source;
    const { queuedBytes } = this.#tick;
    const granted = share.grant();
    if (granted <= 0) {
      this.#queue(source, began);
      return began;
    }
    this.#deadline = began + granted;
    this.#queuedBefore = queuedBytes;
    this.#isServing = true;
    const hasMore = source.serve(this.#isSpent);
    this.#isServing = false;
    const now = this.#tick.clock();
    const spent = now - began;
    share.queuedBytes = this.#tick.queuedBytes - queuedBytes;
    share.spend(spent < LONG ? spent : Math.max(0, spent - this.#tick.lost()), began, hasMore);
    if (hasMore) this.#queue(source, now);
    return now;
  }

  #queue(source: InputSource, now: number): void {
    if (source.hasEnded && !source.share.isModest(now)) this.#gone.add(source);
    else this.#others.add(source);
  }
}

const QUANTUM = 0.25; // ms granted to each connection in a round
const DEBT = 50; // ms of debt at most: one long line costs 200 rounds, and no more
const HALF = 1000; // ms after which half of the used time is forgotten
const LIGHT = 10; // ms used lately, below which a connection is light
const NEWCOMER = 2 * LIGHT; // ms that a new connection counts as having used

/**
 * A connection's share of the event loop's time: how much it has used lately, and how much it may use in this round.
 * This is deficit round robin: each round grants a quantum, and a visit that takes longer is paid for in later rounds.
 */
export class InputShare {
  #used = NEWCOMER;
  #at: number;
  #credit = 0;
  /** Bytes queued for peers in the last visit. */
  queuedBytes = 0;

  /** `now` in milliseconds, here and below. */
  constructor(now: number) {
    this.#at = now;
  }

  /** The connection has used little time lately. */
  isLight(now: number): boolean {
    return this.#usedBy(now) < LIGHT;
  }

  /** The connection has used little more than a newcomer counts as having used. */
  isModest(now: number): boolean {
    return this.#usedBy(now) < NEWCOMER + LIGHT;
  }

  /** Begins a round. Returns for how many ms the connection may be served; 0 or less while it is in debt. */
  grant(): number {
    this.#credit += QUANTUM;
    return this.#credit;
  }

  /** Subtracts the ms of a visit. Without more input, unused credit is dropped; debt stays. */
  spend(time: number, now: number, hasMore: boolean): void {
    this.#credit = Math.max(-DEBT, this.#credit - time);
    if (!hasMore) this.#credit = Math.min(0, this.#credit);
    this.#used = this.#usedBy(now) + time;
  }

  #usedBy(now: number): number {
    this.#used *= 0.5 ** ((now - this.#at) / HALF);
    this.#at = now;
    return this.#used;
  }
}

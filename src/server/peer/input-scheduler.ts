const MIN_TIME = 3; // ms of a tick for input; more if sending took longer, so that large rooms share system calls
const MAX_TIME = 20; // ms of a tick for input at most
const MIN_OTHERS = 1; // ms of a tick for connections that are not light, even if the light ones took all its time
const MIN_LIGHT = 8; // light connections that each tick serves, even without time left
const MIN_DEPARTED = 0.25; // ms of a tick for the input of departed peers

const HEAVY_OUTPUT = 65_536; // bytes queued for peers by one visit, above which the source waits while the tick is saturated
const LONG_VISIT = 1; // ms, above which the time in which the thread did not run is subtracted

/** A connection's input, as the scheduler sees it. */
export interface InputSource {
  /** The source's share of the event loop's time. */
  readonly share: InputShare;
  /** Whether the peer has sent its last byte, so it may have left. */
  readonly hasEnded: boolean;
  /** Handles one line, then more until `isSpent`. True if more could be handled at once. */
  serve(isSpent: () => boolean): boolean;
}

/** The tick in which input is handled, as the scheduler sees it. */
interface TickControl {
  /** In milliseconds. */
  readonly clock: () => number;
  readonly isFull: boolean;
  /** Bytes queued for peers in this tick, and whether no more can be sent in it. */
  readonly queuedBytes: number;
  readonly isSaturated: boolean;
  /** Milliseconds in which the thread did not run since the last call, or since the tick began. */
  lost(): number;
  readonly hasBegun: boolean;
  begin(): void;
  /** Notes that there is more work than a tick has time for. */
  markOverloaded(): void;
}

/**
 * Shares the event loop's time between connections, without regard to their addresses and limits.
 *
 * A light connection has used little time lately and has no input left from earlier ticks: it is served at once. All
 * others queue for the end of the tick and are served round robin, each for as long as `InputShare` grants; when the
 * tick's time is over, the rest waits for the next tick. The input of a departed peer comes last, unless the peer has
 * used little time. A connection whose messages go to many recipients waits while no more can be sent.
 * Every queue gets some of each tick, so no connection waits forever. The order never depends on limits or exemptions:
 * a flood delays itself.
 */
export class InputScheduler {
  readonly #tick: TickControl;
  readonly #light = new Set<InputSource>();
  readonly #others = new Set<InputSource>();
  readonly #departed = new Set<InputSource>();
  #isServing = false;
  /** The time at which the share of the source being served is spent. */
  #deadline = 0;
  /** Bytes queued for peers before the current visit. */
  #queuedBefore = 0;
  readonly #isSpent = () =>
    this.#tick.clock() >= this.#deadline ||
    (this.#tick.queuedBytes - this.#queuedBefore > HEAVY_OUTPUT && this.#tick.isSaturated);

  constructor(tick: TickControl) {
    this.#tick = tick;
  }

  /** The number of queued sources. */
  get waiting(): number {
    return this.#light.size + this.#others.size + this.#departed.size;
  }

  /** Serves a source that has input, or queues it. */
  offer(source: InputSource): void {
    if (!this.#tick.hasBegun) this.#tick.begin();
    if (this.#light.has(source) || this.#others.has(source) || this.#departed.has(source)) return;
    const now = this.#tick.clock();
    if (!source.share.isLight(now)) this.#queue(source, now);
    else if (this.#isServing || this.#tick.isFull) this.#light.add(source);
    else this.#visit(source, now);
  }

  /** Removes a source that has no more input. */
  withdraw(source: InputSource): void {
    this.#light.delete(source);
    this.#others.delete(source);
    this.#departed.delete(source);
  }

  /** Serves the waiting sources for `time` ms, but at least `MIN_TIME` and at most `MAX_TIME`. */
  run(time: number): void {
    if (this.waiting === 0) return;
    let now = this.#tick.clock();
    const until = now + Math.min(MAX_TIME, Math.max(MIN_TIME, time));
    if (this.#light.size > 0) now = this.#serve(this.#light, now, until, MIN_LIGHT);
    if (this.#others.size > 0) now = this.#serve(this.#others, now, Math.max(until, now + MIN_OTHERS));
    if (this.#others.size > 0 && now >= until) this.#tick.markOverloaded();
    if (this.#departed.size > 0) this.#serve(this.#departed, now, Math.max(until, now + MIN_DEPARTED));
  }

  /** Serves at least `least` sources of a queue, and more until the time `until`. Returns the time afterwards. */
  #serve(queue: Set<InputSource>, began: number, until: number, least = 1): number {
    const skipped: InputSource[] = [];
    let now = began;
    let served = 0;
    for (const source of queue) {
      queue.delete(source);
      if (source.share.queuedBytes > HEAVY_OUTPUT && this.#tick.isSaturated) {
        skipped.push(source);
        continue;
      }
      now = this.#visit(source, now);
      if (++served >= least && now >= until) break;
    }
    for (const source of skipped) this.#queue(source, now);
    return now;
  }

  /** Serves one source, starting at the time `began`. Returns the time afterwards. */
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
    share.spend(spent < LONG_VISIT ? spent : Math.max(0, spent - this.#tick.lost()), began, hasMore);
    if (hasMore) this.#queue(source, now);
    return now;
  }

  #queue(source: InputSource, now: number): void {
    if (source.hasEnded && !source.share.isModest(now)) this.#departed.add(source);
    else this.#others.add(source);
  }
}

const QUANTUM = 0.25; // ms granted to each connection in a round
const DEBT = 50; // ms of debt at most: one long line costs 200 rounds, and no more
const HALF_LIFE = 1000; // ms after which half of the used time is forgotten
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

  /** Whether the connection has used little time lately. */
  isLight(now: number): boolean {
    return this.#usedBy(now) < LIGHT;
  }

  /** Whether the connection has used little more time than a new one counts as having used. */
  isModest(now: number): boolean {
    return this.#usedBy(now) < NEWCOMER + LIGHT;
  }

  /** Begins a round. Returns how many ms the connection may be served; 0 or less while it is in debt. */
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
    this.#used *= 0.5 ** ((now - this.#at) / HALF_LIFE);
    this.#at = now;
    return this.#used;
  }
}

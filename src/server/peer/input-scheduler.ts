const LEAST = 3; // ms of a turn for input; more where sending has taken more, so that large rooms share system calls
const MOST = 20; // ms of it at the most
const OTHERS = 1; // ms of a turn for those who are not light, however long the light ones have taken
const SEVERAL = 8; // light ones that are served in each turn, however long it takes: the machine may be busy
const GONE = 0.25; // ms of it for what peers have left that have sent their last

const MUCH = 65_536; // bytes laid down for peers in one visit, above which the next one waits until there is room to send
const LONG = 1; // ms of a visit, from which on it is asked whether the machine was busy with something else meanwhile

/** A connection's input, as the scheduler sees it. */
export interface InputSource {
  /** Its share of the event loop's time. */
  readonly share: InputShare;
  /** The peer has sent its last: perhaps nobody is there any more. */
  readonly hasEnded: boolean;
  /** Handles a line, and further ones until `isSpent`; answers whether more could be handled at once. */
  serve(isSpent: () => boolean): boolean;
}

/** The turn in which input is handled, as the scheduler sees it. */
interface TickControl {
  /** In milliseconds. */
  readonly clock: () => number;
  readonly isFull: boolean;
  /** Bytes laid down for peers in this turn; and whether that is all that there is room to send. */
  readonly laid: number;
  readonly isLaden: boolean;
  /** ms in which the thread had no processor, since this was asked last or the turn began. */
  lost(): number;
  readonly hasBegun: boolean;
  begin(): void;
  /** There is more to do than a turn has time for. */
  markOverloaded(): void;
}

/**
 * Shares the event loop's time between connections, whatever their addresses and limits.
 *
 * A light connection, which has used little time lately and has nothing left over from earlier turns, is served at
 * once. All others queue for the end of the turn and are served round robin, each for as long as `InputShare` grants;
 * when the turn's time is over, the rest waits for the next one. Input that a departed peer left behind comes last,
 * once that peer has had what a newcomer has. What is said to many waits while there is no room to send more. Every
 * queue gets some of each turn, so nobody waits forever. The order never depends on limits or exemptions: a flood
 * delays itself.
 */
export class InputScheduler {
  readonly #tick: TickControl;
  readonly #light = new Set<InputSource>();
  readonly #others = new Set<InputSource>();
  readonly #gone = new Set<InputSource>();
  #isServing = false;
  /** When the source that is being served has had its share. */
  #deadline = 0;
  /** Bytes that were laid down before it was served. */
  #laid = 0;
  readonly #isSpent = () =>
    this.#tick.clock() >= this.#deadline || (this.#tick.laid - this.#laid > MUCH && this.#tick.isLaden);

  constructor(tick: TickControl) {
    this.#tick = tick;
  }

  /** How many have input that waits for a later turn. */
  get waiting(): number {
    return this.#light.size + this.#others.size + this.#gone.size;
  }

  /** The source has input that can be handled now. */
  offer(source: InputSource): void {
    if (!this.#tick.hasBegun) this.#tick.begin();
    if (this.#light.has(source) || this.#others.has(source) || this.#gone.has(source)) return;
    const now = this.#tick.clock();
    if (!source.share.isLight(now)) this.#queue(source, now);
    else if (this.#isServing || this.#tick.isFull) this.#light.add(source);
    else this.#visit(source, now);
  }

  /** The source has no input any more. */
  withdraw(source: InputSource): void {
    this.#light.delete(source);
    this.#others.delete(source);
    this.#gone.delete(source);
  }

  /** Serves those who wait, for `time` (ms) within bounds. */
  run(time: number): void {
    if (this.waiting === 0) return;
    let now = this.#tick.clock();
    const until = now + Math.min(MOST, Math.max(LEAST, time));
    if (this.#light.size > 0) now = this.#serve(this.#light, now, until, SEVERAL);
    if (this.#others.size > 0) now = this.#serve(this.#others, now, Math.max(until, now + OTHERS));
    if (this.#others.size > 0 && now >= until) this.#tick.markOverloaded();
    if (this.#gone.size > 0) this.#serve(this.#gone, now, Math.max(until, now + GONE));
  }

  /** Serves some of a queue, one at least, and further ones until some time; answers what time it is then. */
  #serve(queue: Set<InputSource>, began: number, until: number, least = 1): number {
    const skipped: InputSource[] = [];
    let now = began;
    let served = 0;
    for (const source of queue) {
      queue.delete(source);
      if (source.share.laid > MUCH && this.#tick.isLaden) {
        skipped.push(source);
        continue;
      }
      now = this.#visit(source, now);
      if (++served >= least && now >= until) break;
    }
    for (const source of skipped) this.#queue(source, now);
    return now;
  }

  /** Serves one source from `began` on; answers what time it is then. */
  #visit(source: InputSource, began: number): number {
    const { share } = source;
    const { laid } = this.#tick;
    const granted = share.grant();
    if (granted <= 0) {
      this.#queue(source, began);
      return began;
    }
    this.#deadline = began + granted;
    this.#laid = laid;
    this.#isServing = true;
    const hasMore = source.serve(this.#isSpent);
    this.#isServing = false;
    const now = this.#tick.clock();
    const spent = now - began;
    share.laid = this.#tick.laid - laid;
    share.spend(spent < LONG ? spent : Math.max(0, spent - this.#tick.lost()), began, hasMore);
    if (hasMore) this.#queue(source, now);
    return now;
  }

  #queue(source: InputSource, now: number): void {
    if (source.hasEnded && !source.share.isModest(now)) this.#gone.add(source);
    else this.#others.add(source);
  }
}

const QUANTUM = 0.25; // ms that each has in a round
const DEBT = 50; // ms of it that are kept: one long line costs as many rounds, and no more
const HALF = 1000; // ms after which half of what was used is forgotten
const LIGHT = 10; // ms used lately, below which a connection is light
const NEWCOMER = 2 * LIGHT; // what one that has just connected is taken to have used

/**
 * A connection's share of the event loop's time: how much it has used lately, and how much it may use in this round.
 * Rounds are those of deficit round robin: each grants a quantum, and a visit that takes more owes it to the next ones.
 */
export class InputShare {
  #used = NEWCOMER;
  #at: number;
  #credit = 0;
  /** Bytes that it had laid down for peers when it was served last. */
  laid = 0;

  /** `now` in milliseconds, here and below. */
  constructor(now: number) {
    this.#at = now;
  }

  /** It has used little lately. */
  isLight(now: number): boolean {
    return this.#usedBy(now) < LIGHT;
  }

  /** It has used little more than a newcomer is taken to have used. */
  isModest(now: number): boolean {
    return this.#usedBy(now) < NEWCOMER + LIGHT;
  }

  /** A round begins for it; answers for how long it may be served, in ms: not at all, if it still owes some. */
  grant(): number {
    this.#credit += QUANTUM;
    return this.#credit;
  }

  /**
   * It was served for so many ms. If it has nothing left to be served, what it was granted is not saved up; what it
   * owes stays.
   */
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

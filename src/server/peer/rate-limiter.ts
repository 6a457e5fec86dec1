import type { Connection } from "./connection.ts";
import type { ConnectionRegistry } from "./connection-registry.ts";

const SWALLOWED = 1024; // bytes without a word in them that weigh as much as a line

/** Whether a connection's next line may be handled: not while something is being decided, nor after a flood. */
export class RateLimiter {
  readonly #registry: ConnectionRegistry;
  readonly #connection: Connection;
  /** What may still be said at once; `undefined` for one who may say anything. */
  readonly #bucket: TokenBucket | undefined;
  #isSlowed = false;
  /** How many things that take time are being decided. */
  #holds = 0;
  /** The next line must wait. */
  mustWait = false;

  constructor(registry: ConnectionRegistry, connection: Connection, isExempt: boolean, now: number) {
    this.#registry = registry;
    this.#connection = connection;
    if (!isExempt) this.#bucket = new TokenBucket(registry.limits, now);
  }

  /** Something that takes time is to be decided first. */
  hold(): void {
    this.#holds++;
    this.mustWait = true;
  }

  /** It is decided: the last of several lets the next line go on. */
  release(): void {
    this.#holds--;
    this.mustWait = this.#isSlowed || this.#holds > 0;
  }

  /** Bytes have come in which nothing is said. */
  swallow(count: number): void {
    this.spend(count / SWALLOWED);
  }

  /** A line of some weight was handled; who says too much too fast waits. */
  spend(weight: number): void {
    const bucket = this.#bucket;
    if (!bucket || !this.#registry.limits.floodProtection) return;
    if (this.#isSlowed || bucket.spend(weight, this.#registry.clock())) return;
    this.#isSlowed = true;
    this.mustWait = true;
    this.#registry.tick.metrics.refusals.add("flood");
    this.#registry.tick.markOverloaded();
    this.#registry.slowed.set(this.#connection);
  }

  /** Some time has passed since it was told to wait; answers whether it may go on. */
  mayGoOn(): boolean {
    const { limits, clock } = this.#registry;
    this.#isSlowed = limits.floodProtection && this.#bucket?.hasOne(clock()) === false;
    this.mustWait = this.#isSlowed || this.#holds > 0;
    if (this.#isSlowed) this.#registry.slowed.set(this.#connection);
    return !this.#isSlowed;
  }
}

/** How much may be had at once, and how much a second from then on; both may change. */
interface Flow {
  readonly floodBurst: number;
  readonly floodRate: number;
}

/**
 * What a peer may say at once, and how fast from then on: a bucket of credit that fills with time. Who has used it up
 * waits; nothing is refused, and nothing is lost.
 */
export class TokenBucket {
  readonly #flow: Flow;
  #credit: number;
  #at: number;

  /** `now` in milliseconds. */
  constructor(flow: Flow, now: number) {
    this.#flow = flow;
    this.#credit = flow.floodBurst;
    this.#at = now;
  }

  /** Takes something out; answers whether there is enough left for one more. */
  spend(weight: number, now: number): boolean {
    this.#fill(now);
    this.#credit -= weight;
    return this.#credit >= 1;
  }

  /** Whether there is enough for one by now. */
  hasOne(now: number): boolean {
    this.#fill(now);
    return this.#credit >= 1;
  }

  /** Whether half of the burst, at least, has not been used. */
  isHalfFull(now: number): boolean {
    this.#fill(now);
    return this.#credit * 2 >= this.#flow.floodBurst;
  }

  #fill(now: number): void {
    const { floodBurst, floodRate } = this.#flow;
    this.#credit = Math.min(floodBurst, this.#credit + (Math.max(0, now - this.#at) * floodRate) / 1000);
    this.#at = now;
  }
}

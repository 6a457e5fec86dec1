import type { Connection } from "./connection.ts";
import type { ConnectionRegistry } from "./connection-registry.ts";

const SWALLOWED = 1024; // bytes without content that weigh as much as a line

/**
 * Decides whether a connection's next line may be handled: not during a hold, and not while it is slowed after a flood.
 */
export class RateLimiter {
  readonly #registry: ConnectionRegistry;
  readonly #connection: Connection;
  /** `undefined` for an exempt connection. */
  readonly #bucket: TokenBucket | undefined;
  #isSlowed = false;
  /** Asynchronous commands in progress. */
  #holds = 0;
  /** The next line must wait. */
  mustWait = false;

  constructor(registry: ConnectionRegistry, connection: Connection, isExempt: boolean, now: number) {
    this.#registry = registry;
    this.#connection = connection;
    if (!isExempt) this.#bucket = new TokenBucket(registry.limits, now);
  }

  /** Makes the next line wait for an asynchronous command. */
  hold(): void {
    this.#holds++;
    this.mustWait = true;
  }

  /** Ends one hold; the next line may go on after the last one. */
  release(): void {
    this.#holds--;
    this.mustWait = this.#isSlowed || this.#holds > 0;
  }

  /** Counts bytes without content. */
  swallow(count: number): void {
    this.spend(count / SWALLOWED);
  }

  /** Takes the weight of a handled line from the bucket; an empty bucket slows the connection. */
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

  /** Checks a slowed connection again. True if it may go on. */
  mayGoOn(): boolean {
    const { limits, clock } = this.#registry;
    this.#isSlowed = limits.floodProtection && this.#bucket?.hasOne(clock()) === false;
    this.mustWait = this.#isSlowed || this.#holds > 0;
    if (this.#isSlowed) this.#registry.slowed.set(this.#connection);
    return !this.#isSlowed;
  }
}

/** The size of a bucket and its refill per second. Both may change. */
interface Flow {
  readonly floodBurst: number;
  readonly floodRate: number;
}

/**
 * A token bucket: allows a burst, then a steady rate. A peer whose bucket is empty waits; nothing is refused or lost.
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

  /** Takes tokens out. True if at least one token is left. */
  spend(weight: number, now: number): boolean {
    this.#fill(now);
    this.#credit -= weight;
    return this.#credit >= 1;
  }

  /** Whether there is at least one token. */
  hasOne(now: number): boolean {
    this.#fill(now);
    return this.#credit >= 1;
  }

  /** Whether at least half of the burst is available. */
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

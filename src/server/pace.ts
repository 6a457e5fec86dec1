import type { LineSplitter } from "../wire/lines.ts";
import { Bucket } from "./bucket.ts";
import type { Connection } from "./connection.ts";
import type { Hall } from "./hall.ts";

const NEW = 10_000; // ms after which someone who has come is like all the others
const SWALLOWED = 1024; // bytes without a word in them that weigh as much as a line

/**
 * When a connection's next line may be handled: not while something is being decided, nor after a flood; and where a
 * turn has enough to do, those who are new or have said much of late let the others go first.
 */
export class Pace {
  readonly #hall: Hall;
  readonly #connection: Connection;
  /** What may still be said at once; `undefined` for one who may say anything. */
  readonly #bucket: Bucket | undefined;
  #isSlowed = false;
  /** It lets others go first. */
  isLate = false;
  /** It has let them, and is not to wait once more. */
  #isNext = false;
  /** Something that takes time is being decided. */
  isHeld = false;

  constructor(hall: Hall, connection: Connection, isExempt: boolean, now: number) {
    this.#hall = hall;
    this.#connection = connection;
    if (!isExempt) this.#bucket = new Bucket(hall.limits, now);
  }

  get mustWait(): boolean {
    return this.#isSlowed || this.isHeld || this.isLate;
  }

  /** Before it is handled, a line waits until others had their turn, if it has to. Answers whether it does. */
  givesWay(lines: LineSplitter): boolean {
    const isNext = this.#isNext;
    this.#isNext = false;
    if (isNext || !this.#bucket || !this.#hall.turn.isFull || !lines.hasLine || !this.#isPushy(this.#bucket))
      return false;
    this.isLate = true;
    this.#hall.turn.makeHaste();
    this.#hall.late.add(this.#connection);
    return true;
  }

  /** Bytes have come in which nothing is said. */
  swallow(count: number): void {
    if (count > 0) this.spend(count / SWALLOWED);
  }

  /** A line of some weight was handled; who says too much too fast waits. */
  spend(weight: number): void {
    const bucket = this.#bucket;
    if (!bucket || !this.#hall.limits.floodProtection) return;
    if (this.#isSlowed || bucket.spend(weight, this.#hall.clock())) return;
    this.#isSlowed = true;
    this.#hall.turn.tally.refusals.add("flood");
    this.#hall.turn.makeHaste();
    this.#hall.slowed.set(this.#connection);
  }

  /** Some time has passed since it was told to wait; answers whether it may go on. */
  mayGoOn(): boolean {
    const { limits, clock } = this.#hall;
    this.#isNext = this.isLate;
    this.isLate = false;
    this.#isSlowed = limits.floodProtection && this.#bucket?.hasOne(clock()) === false;
    if (this.#isSlowed) this.#hall.slowed.set(this.#connection);
    return !this.#isSlowed;
  }

  #isPushy(bucket: Bucket): boolean {
    const { limits, clock } = this.#hall;
    const now = clock();
    return limits.floodProtection && (now - this.#connection.since < NEW || !bucket.isHalfFull(now));
  }
}

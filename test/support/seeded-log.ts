import type { Claim, LogFollower, LoggedRecord, RecordLog, RecordMark } from "../../src/cluster/log.ts";

/** How often each fault happens, from 0 to 1. */
export interface LogFaults {
  /** A record is lost on its way, and its publication fails. */
  readonly lost: number;
  /** A record is in the log, but its publisher gets no answer. */
  readonly unanswered: number;
}

interface Publication extends LoggedRecord {
  readonly answer: (reason?: Error) => void;
}

interface Following {
  told: number;
  last: RecordMark | undefined;
  /** The log has lost records that this follower has read. */
  isLost: boolean;
  readonly follower: LogFollower;
}

/**
 * A log in memory whose every move is made by `step`, chosen by `random` (0 ≤ x < 1): so the same seed gives the same
 * order, the same lost answers and the same delays, and a test is played again by its seed.
 */
export class SeededLog implements RecordLog {
  readonly #random: () => number;
  readonly #faults: LogFaults;
  readonly #ids = new Set<string>();
  #entries: LoggedRecord[] = [];
  #publications: Publication[] = [];
  #followings: Following[] = [];
  #position = 0;
  #claim: Claim | undefined;
  readonly #addresses = new Map<string, string>();
  /** The last position that was deleted. */
  #trimmed = 0;
  /** Whether the majority is lost: nothing is appended, and no publication is answered. */
  isDark = false;

  constructor(random: () => number = Math.random, faults: LogFaults = { lost: 0, unanswered: 0 }) {
    this.#random = random;
    this.#faults = faults;
  }

  publish(id: string, bytes: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      const answer = (reason?: Error) => (reason ? reject(reason) : resolve());
      this.#publications.push({ id, bytes, position: 0, answer });
    });
  }

  async claim(bytes: Uint8Array): Promise<Claim> {
    this.#claim ??= { position: ++this.#position, bytes };
    return this.#claim;
  }

  async claimed(): Promise<Claim | undefined> {
    return this.#claim;
  }

  async announce(node: string, address: string): Promise<void> {
    this.#addresses.set(node, address);
  }

  async forget(node: string): Promise<void> {
    this.#addresses.delete(node);
  }

  async addresses(): Promise<ReadonlyMap<string, string>> {
    return new Map(this.#addresses);
  }

  async position(): Promise<number> {
    return this.#position;
  }

  /** It is put back to an older state, as of this position. */
  putBack(position: number): void {
    this.#entries = this.#entries.filter((entry) => entry.position <= position);
    this.#position = position;
    for (const following of this.#followings) following.isLost = this.#hasLost(following.told, following.last);
  }

  async isRewound(told: number, last?: RecordMark): Promise<boolean> {
    return this.#hasLost(told, last);
  }

  #hasLost(told: number, last: RecordMark | undefined): boolean {
    if (told > this.#position) return true;
    if (!last || last.position <= this.#trimmed) return false;
    return !this.#entries.some(({ id, position }) => id === last.id && position === last.position);
  }

  follow(after: number, follower: LogFollower, last?: RecordMark): () => void {
    const following = { told: after, last, isLost: this.#hasLost(after, last), follower };
    this.#followings.push(following);
    return () => this.#end(following);
  }

  async trim(before: number): Promise<void> {
    const gone = this.#entries.filter(({ position }) => position < before);
    this.#trimmed = gone.at(-1)?.position ?? this.#trimmed;
    this.#entries = this.#entries.slice(gone.length);
  }

  /** Makes one move: a publication arrives, or a follower gets a record. Returns false if nothing is on its way. */
  step(): boolean {
    const behind = this.#followings.filter(({ told, isLost }) => isLost || told < this.#position);
    const choices = behind.length + (this.isDark ? 0 : this.#publications.length);
    if (choices === 0) return false;
    const choice = Math.floor(this.#random() * choices);
    const following = behind[choice];
    if (following) this.#tell(following);
    else this.#take(choice - behind.length);
    return true;
  }

  #take(index: number): void {
    const [publication] = this.#publications.splice(index, 1);
    if (!publication) return;
    const { id, bytes, answer } = publication;
    const fate = this.#random();
    if (fate < this.#faults.lost) return answer(new Error("no answer"));
    if (!this.#ids.has(id)) {
      this.#ids.add(id);
      this.#position += 1 + Math.floor(this.#random() * 3);
      this.#entries.push({ id, position: this.#position, bytes });
    }
    answer(fate < this.#faults.lost + this.#faults.unanswered ? new Error("no answer") : undefined);
  }

  /** Tells a follower the next entries: one, or some that come together. */
  #tell(following: Following): void {
    if (following.isLost) {
      this.#end(following);
      following.follower.rewound?.();
      return;
    }
    if (following.told < this.#trimmed) {
      this.#end(following);
      following.follower.trimmed();
      return;
    }
    const next = this.#entries.filter(({ position }) => position > following.told);
    const entries = next.slice(0, 1 + Math.floor(this.#random() * next.length));
    following.last = entries.at(-1) ?? following.last;
    following.told = entries.at(-1)?.position ?? this.#position;
    if (entries.length > 0) following.follower.entries(entries);
  }

  #end(following: Following): void {
    this.#followings = this.#followings.filter((other) => other !== following);
  }
}

/** Random numbers from a seed, 0 ≤ x < 1. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0; // mulberry32
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

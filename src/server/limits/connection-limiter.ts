import { randomBytes } from "node:crypto";
import type { ServerBan } from "../../chat/model/masks.ts";
import { bannedWords } from "../../chat/words/moderation.ts";
import { blockOf } from "../net/networks.ts";

const WINDOW = 600_000; // ms in which new connections are counted, and one warning is enough
const FRUITLESS = 16; // times as many as there may be new guests: connections that nobody came in by
const WARNED = 10_000; // addresses that are remembered to have been warned of

/** How many connections there may be; 0 is no limit. They may change. */
export interface ConnectionLimits {
  /** Guests at once, from one address. */
  readonly perAddress: number;
  /** New guests in ten minutes, from one address. */
  readonly newPerAddress: number;
  /** Connections at once, from one address, that are neither a guest's nor logged in yet. */
  readonly unregisteredPerAddress: number;
  /** Logged-in connections at once, from one address. */
  readonly loggedInPerAddress: number;
  /** Sessions of one account at once, from wherever. */
  readonly sessionsPerAccount: number;
  /** In all: what the process has descriptors for. */
  readonly inAll: number;
}

export const NO_LIMITS: ConnectionLimits = {
  perAddress: 0,
  newPerAddress: 0,
  unregisteredPerAddress: 0,
  loggedInPerAddress: 0,
  sessionsPerAccount: 0,
  inAll: 0,
};

/** Why someone is not let in, and the words for it; a ban has its own. */
const CLOSED = {
  "too-many-connections": "Too many connections from your address",
  "too-many-new-connections": "Too many new connections from your address; try again in a few minutes",
  "too-many-unregistered": "Too many connections from your address that have not registered; try again in a minute",
  "too-many-logged-in": "Too many connections from your address are logged in",
  "too-many-sessions": "Your account has too many sessions; end one of them first",
  "server-full": "The server is full; try again later",
} as const;
export type Closed = keyof typeof CLOSED | "address-banned";

/** The key that changes what someone was refused for. */
export const KEY_OF: Readonly<Partial<Record<Closed, string>>> = {
  "too-many-connections": "connections_per_address in [limits]",
  "too-many-new-connections": "new_connections_per_address in [limits]",
  "too-many-unregistered": "unregistered_per_address in [limits]",
  "too-many-logged-in": "logged_in_per_address in [limits]",
  "too-many-sessions": "sessions_per_account in [limits]",
  "server-full": "the limit of open files (ulimit -n, LimitNOFILE)",
};

/** A connection that was let in, as it is counted. */
export interface Admission {
  address: string;
  /** Nobody yet, a guest, or someone who is logged in. */
  standing: "arriving" | "guest" | "logged-in";
  /** The id of the account, of one who is logged in. */
  account: string | undefined;
  /** It counts for its address; one that may speak for another does not, until that is known. */
  isCounted: boolean;
  isRefused: boolean;
}

interface Counts {
  arriving: number;
  guest: number;
  "logged-in": number;
}

/**
 * Limits connections. An address is an IPv4 address, or 64 bits of IPv6: whoever has one of these has all of them.
 *
 * Guests and logged-in peers are counted apart, so the guests of an office behind one address do not lock its accounts
 * out. The limit that applies is known at the end of registration, and is checked there; until then a connection is
 * arriving, and arriving connections have a bound of their own.
 */
export class ConnectionLimiter {
  readonly #limits: ConnectionLimits;
  readonly #isExempt: (address: string) => boolean;
  readonly #clock: () => number;
  readonly #banOn: (address: string) => ServerBan | undefined;
  readonly #present = new Map<string, Counts>();
  readonly #sessions = new Map<string, number>();
  /** New guests, and connections that left without a word. */
  readonly #recent: SlidingWindow;
  /** Connections that left without having become a guest's or an account's. */
  readonly #fruitless: SlidingWindow;
  /** When the operator was last told of an address, the oldest first. */
  readonly #warned = new Map<string, number>();
  #inAll = 0;
  /** How often someone was refused, by why. */
  readonly refusals = new Map<Closed, number>();

  constructor(
    limits: ConnectionLimits,
    isExempt: (address: string) => boolean,
    clock: () => number,
    banOn: (address: string) => ServerBan | undefined = () => undefined,
  ) {
    this.#banOn = banOn;
    this.#limits = limits;
    this.#isExempt = isExempt;
    this.#clock = clock;
    this.#recent = new SlidingWindow(WINDOW, clock);
    this.#fruitless = new SlidingWindow(WINDOW, clock);
  }

  /**
   * Counts a connection in, or answers the reason against it. `leave` counts it out. A relay may speak for others: it
   * counts for an address only once that is known.
   */
  enter(address: string, isRelay = false): Admission | Closed {
    const closed = this.#closedTo(address) ?? this.#full() ?? (isRelay ? undefined : this.#crowded(address));
    if (closed !== undefined) return this.#refuse(closed);
    const admission: Admission = {
      address,
      standing: "arriving",
      account: undefined,
      isCounted: !isRelay,
      isRefused: false,
    };
    this.#count(admission, 1);
    this.#inAll++;
    return admission;
  }

  /** Has a connection arrive again, from another address; or answers the reason against it. */
  move(admission: Admission, address: string, isRelay = false): Closed | undefined {
    this.#count(admission, -1);
    Object.assign(admission, { address, standing: "arriving", account: undefined });
    const closed = this.#closedTo(address) ?? (isRelay ? undefined : this.#crowded(address));
    admission.isCounted = closed === undefined && !isRelay;
    admission.isRefused = closed !== undefined;
    this.#count(admission, 1);
    return closed && this.#refuse(closed);
  }

  /** Makes a connection a guest's or an account's, at first or again; or answers the reason against it. */
  settle(admission: Admission, account: string | undefined): Closed | undefined {
    const { address, standing } = admission;
    if (!admission.isCounted && standing === "arriving") {
      const closed = this.move(admission, address);
      if (closed !== undefined) return closed;
    }
    if (standing !== "arriving" && admission.account === account) return undefined;
    const closed = this.#isExempt(address) ? undefined : this.#closedAs(admission, account);
    if (closed !== undefined) {
      admission.isRefused = true;
      return this.#refuse(closed);
    }
    if (standing === "arriving" && account === undefined) this.#recent.add(blockOf(address));
    this.#count(admission, -1);
    admission.standing = account === undefined ? "guest" : "logged-in";
    admission.account = account;
    this.#count(admission, 1);
    return undefined;
  }

  leave(admission: Admission): void {
    const { address, standing, isCounted, isRefused } = admission;
    if (standing === "arriving" && isCounted) {
      const block = blockOf(address);
      this.#fruitless.add(block);
      if (!isRefused) this.#recent.add(block);
    }
    this.#count(admission, -1);
    this.#inAll--;
  }

  /** The words for a peer that is not let in. */
  words(closed: Closed, address: string): string {
    return closed === "address-banned" ? bannedWords(this.#banOn(address) ?? { reason: "" }) : CLOSED[closed];
  }

  /** Whether the operator is to be warned that an address was refused: once in ten minutes. */
  isWorthAWarning(address: string): boolean {
    const block = blockOf(address);
    const now = this.#clock();
    for (const [oldest, time] of this.#warned) {
      if (now - time < WINDOW && this.#warned.size < WARNED) break;
      this.#warned.delete(oldest);
    }
    if (this.#warned.has(block)) return false;
    this.#warned.set(block, now);
    return true;
  }

  #refuse(closed: Closed): Closed {
    this.refusals.set(closed, (this.refusals.get(closed) ?? 0) + 1);
    return closed;
  }

  /** Exempt are addresses from limits, not from what an operator has decided. */
  #closedTo(address: string): Closed | undefined {
    return this.#banOn(address) ? "address-banned" : undefined;
  }

  #full(): Closed | undefined {
    const { inAll } = this.#limits;
    return inAll > 0 && this.#inAll >= inAll ? "server-full" : undefined;
  }

  /** Whether an address has too many arriving connections, or had too many that came to nothing. */
  #crowded(address: string): Closed | undefined {
    if (this.#isExempt(address)) return undefined;
    const { unregisteredPerAddress, newPerAddress } = this.#limits;
    const block = blockOf(address);
    const arriving = this.#present.get(block)?.arriving ?? 0;
    if (unregisteredPerAddress > 0 && arriving >= unregisteredPerAddress) return "too-many-unregistered";
    const isTooOften = newPerAddress > 0 && this.#fruitless.count(block) >= newPerAddress * FRUITLESS;
    return isTooOften ? "too-many-new-connections" : undefined;
  }

  #closedAs({ address, standing }: Admission, account: string | undefined): Closed | undefined {
    const { perAddress, newPerAddress, loggedInPerAddress, sessionsPerAccount } = this.#limits;
    const block = blockOf(address);
    const present = this.#present.get(block);
    if (account !== undefined) {
      if (sessionsPerAccount > 0 && (this.#sessions.get(account) ?? 0) >= sessionsPerAccount)
        return "too-many-sessions";
      const isAmongThem = standing === "logged-in";
      return !isAmongThem && loggedInPerAddress > 0 && (present?.["logged-in"] ?? 0) >= loggedInPerAddress
        ? "too-many-logged-in"
        : undefined;
    }
    // A peer whose account is gone is here already.
    if (standing !== "arriving") return undefined;
    if (perAddress > 0 && (present?.guest ?? 0) >= perAddress) return "too-many-connections";
    return newPerAddress > 0 && this.#recent.count(block) >= newPerAddress ? "too-many-new-connections" : undefined;
  }

  #count({ address, standing, account, isCounted }: Admission, by: 1 | -1): void {
    if (account !== undefined) add(this.#sessions, account, by);
    if (!isCounted) return;
    const block = blockOf(address);
    const counts = this.#present.get(block) ?? { arriving: 0, guest: 0, "logged-in": 0 };
    counts[standing] += by;
    if (counts.arriving + counts.guest + counts["logged-in"] > 0) this.#present.set(block, counts);
    else this.#present.delete(block);
  }
}

function add(counts: Map<string, number>, key: string, by: number): void {
  const count = (counts.get(key) ?? 0) + by;
  if (count > 0) counts.set(key, count);
  else counts.delete(key);
}

const DIGEST = 53; // bits, all that a number holds: of a million keys, two have the same one once in 18,000 times

/**
 * How often something has happened of late, by key; nearly. It is counted in windows that follow each other: what
 * happened in the last one counts for the share of it that is not yet over for the time asked about. A number a key and
 * window, whatever has happened: who comes from addresses without number is to leave little behind.
 */
export class SlidingWindow {
  readonly #window: number;
  readonly #clock: () => number;
  readonly #seed = randomBytes(8).readBigUInt64LE();
  #began: number;
  #before = new Map<number, number>();
  #now = new Map<number, number>();

  /** `window` in milliseconds. */
  constructor(window: number, clock: () => number) {
    this.#window = window;
    this.#clock = clock;
    this.#began = clock();
  }

  /** How often it was, in the window that ends now. */
  count(key: string): number {
    const passed = this.#roll();
    const digest = this.#digest(key);
    const before = this.#before.get(digest) ?? 0;
    return Math.floor(before * (1 - passed / this.#window)) + (this.#now.get(digest) ?? 0);
  }

  add(key: string): void {
    this.#roll();
    const digest = this.#digest(key);
    this.#now.set(digest, (this.#now.get(digest) ?? 0) + 1);
  }

  /** A number stands for the key, which would take twice the room, and which the collector would have to look at. */
  #digest(key: string): number {
    return Number(BigInt.asUintN(DIGEST, Bun.hash.wyhash(key, this.#seed)));
  }

  /** Begins another window once one is over; answers how much of it has passed, in milliseconds. */
  #roll(): number {
    const now = this.#clock();
    const passed = now - this.#began;
    if (passed < this.#window) return Math.max(0, passed);
    this.#before = passed < 2 * this.#window ? this.#now : new Map();
    this.#now = new Map();
    this.#began = now - (passed % this.#window);
    return now - this.#began;
  }
}

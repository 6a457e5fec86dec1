import { randomBytes } from "node:crypto";
import type { ServerBan } from "../../chat/model/masks.ts";
import { bannedWords } from "../../chat/words/events.ts";
import { blockOf } from "../net/networks.ts";

const WINDOW = 600_000; // ms in which new connections are counted; and ms between two warnings about an address
const FRUITLESS = 16; // connections without registration allowed for each new guest that is allowed
const WARNED = 10_000; // addresses whose warning is remembered

/** Limits on the number of connections; 0 is no limit. They may change. */
export interface ConnectionLimits {
  /** Guests at once, from one address. */
  readonly perAddress: number;
  /** New guests in ten minutes, from one address. */
  readonly newPerAddress: number;
  /** Connections at once, from one address, that are neither a guest's nor logged in yet. */
  readonly unregisteredPerAddress: number;
  /** Logged-in connections at once, from one address. */
  readonly loggedInPerAddress: number;
  /** Sessions of one account at once, from all addresses. */
  readonly sessionsPerAccount: number;
  /** In total: as many as the process has descriptors for. */
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

/** The reasons to refuse a connection, in words for its peer; a ban has its own words. */
const REFUSAL_WORDS = {
  "too-many-connections": "Too many connections from your address",
  "too-many-new-connections": "Too many new connections from your address; try again in a few minutes",
  "too-many-unregistered": "Too many connections from your address that have not registered; try again in a minute",
  "too-many-logged-in": "Too many connections from your address are logged in",
  "too-many-sessions": "Your account has too many sessions; end one of them first",
  "server-full": "The server is full; try again later",
} as const;
export type ConnectionRefusal = keyof typeof REFUSAL_WORDS | "address-banned";

/** The configuration key behind each reason. */
export const KEY_OF: Readonly<Partial<Record<ConnectionRefusal, string>>> = {
  "too-many-connections": "connections_per_address in [limits]",
  "too-many-new-connections": "new_connections_per_address in [limits]",
  "too-many-unregistered": "unregistered_per_address in [limits]",
  "too-many-logged-in": "logged_in_per_address in [limits]",
  "too-many-sessions": "sessions_per_account in [limits]",
  "server-full": "the limit of open files (ulimit -n, LimitNOFILE)",
};

/** How an accepted connection is counted. */
export interface Admission {
  address: string;
  /** Not registered yet, a guest, or logged in. */
  standing: "arriving" | "guest" | "logged-in";
  /** The id of the account, if logged in. */
  account: string | undefined;
  /** It counts for its address. A proxy or gateway does not, until the peer's own address is known. */
  isCounted: boolean;
  isRefused: boolean;
}

interface Counts {
  arriving: number;
  guest: number;
  "logged-in": number;
}

/**
 * Limits connections by address: an IPv4 address, or the /64 of an IPv6 address, which usually belongs to one customer.
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
  /** New guests, and connections that closed without registering. */
  readonly #recent: SlidingWindow;
  /** Connections that closed without registering. */
  readonly #fruitless: SlidingWindow;
  /** When the operator was last warned about an address, oldest first. */
  readonly #warned = new Map<string, number>();
  #inAll = 0;
  /** Refused connections, by reason. */
  readonly refusals = new Map<ConnectionRefusal, number>();

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
   * Counts a new connection, or returns the reason to refuse it. `leave` ends the counting. A relay (proxy or gateway)
   * is counted only once its peer's own address is known.
   */
  enter(address: string, isRelay = false): Admission | ConnectionRefusal {
    const refusal = this.#banned(address) ?? this.#full() ?? (isRelay ? undefined : this.#crowded(address));
    if (refusal !== undefined) return this.#refuse(refusal);
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

  /** Counts a connection for another address, as if new; or returns the reason to refuse it. */
  move(admission: Admission, address: string, isRelay = false): ConnectionRefusal | undefined {
    this.#count(admission, -1);
    Object.assign(admission, { address, standing: "arriving", account: undefined });
    const refusal = this.#banned(address) ?? (isRelay ? undefined : this.#crowded(address));
    admission.isCounted = refusal === undefined && !isRelay;
    admission.isRefused = refusal !== undefined;
    this.#count(admission, 1);
    return refusal && this.#refuse(refusal);
  }

  /** Counts a connection as a guest's or an account's; or returns the reason to refuse it. May be called again. */
  settle(admission: Admission, account: string | undefined): ConnectionRefusal | undefined {
    const { address, standing } = admission;
    if (!admission.isCounted && standing === "arriving") {
      const refusal = this.move(admission, address);
      if (refusal !== undefined) return refusal;
    }
    if (standing !== "arriving" && admission.account === account) return undefined;
    const refusal = this.#isExempt(address) ? undefined : this.#crowdedAs(admission, account);
    if (refusal !== undefined) {
      admission.isRefused = true;
      return this.#refuse(refusal);
    }
    if (standing === "arriving" && account === undefined) this.#recent.add(blockOf(address));
    this.#count(admission, -1);
    admission.standing = account === undefined ? "guest" : "logged-in";
    admission.account = account;
    this.#count(admission, 1);
    return undefined;
  }

  /** `isVisit`: a browser's connection, which was not to become a guest's; a page takes several. */
  leave(admission: Admission, isVisit = false): void {
    const { address, standing, isCounted, isRefused } = admission;
    if (standing === "arriving" && isCounted) {
      const block = blockOf(address);
      this.#fruitless.add(block);
      if (!isRefused && !isVisit) this.#recent.add(block);
    }
    this.#count(admission, -1);
    this.#inAll--;
  }

  /** The words for a refused peer. */
  words(refusal: ConnectionRefusal, address: string): string {
    return refusal === "address-banned" ? bannedWords(this.#banOn(address) ?? { reason: "" }) : REFUSAL_WORDS[refusal];
  }

  /** Whether to warn the operator about a refused address: at most once in ten minutes. */
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

  #refuse(refusal: ConnectionRefusal): ConnectionRefusal {
    this.refusals.set(refusal, (this.refusals.get(refusal) ?? 0) + 1);
    return refusal;
  }

  /** Exempt addresses are exempt from limits, not from bans. */
  #banned(address: string): ConnectionRefusal | undefined {
    return this.#banOn(address) ? "address-banned" : undefined;
  }

  #full(): ConnectionRefusal | undefined {
    const { inAll } = this.#limits;
    return inAll > 0 && this.#inAll >= inAll ? "server-full" : undefined;
  }

  /** Whether an address has too many arriving connections, or had too many that closed without registering. */
  #crowded(address: string): ConnectionRefusal | undefined {
    if (this.#isExempt(address)) return undefined;
    const { unregisteredPerAddress, newPerAddress } = this.#limits;
    const block = blockOf(address);
    const arriving = this.#present.get(block)?.arriving ?? 0;
    if (unregisteredPerAddress > 0 && arriving >= unregisteredPerAddress) return "too-many-unregistered";
    const isTooOften = newPerAddress > 0 && this.#fruitless.count(block) >= newPerAddress * FRUITLESS;
    return isTooOften ? "too-many-new-connections" : undefined;
  }

  #crowdedAs({ address, standing }: Admission, account: string | undefined): ConnectionRefusal | undefined {
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
    // A peer that loses its account stays connected.
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

const DIGEST = 53; // bits, the most a number holds; with a million keys, the chance of any collision is 1 in 18,000

/**
 * Counts recent events by key, approximately. Windows are fixed; events of the previous window count in proportion to
 * its overlap with the window that ends now. Each key takes one number per window, so a flood from many addresses takes
 * little memory.
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

  /** Events in the window that ends now. */
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

  /** A digest instead of the key takes half the memory, and the garbage collector need not visit it. */
  #digest(key: string): number {
    return Number(BigInt.asUintN(DIGEST, Bun.hash.wyhash(key, this.#seed)));
  }

  /** Begins a new window if the current one is over. Returns how many ms of it have passed. */
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

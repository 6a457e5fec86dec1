import { bannedWords } from "../chat/ban-words.ts";
import type { ServerBan } from "../chat/bans.ts";
import { blockOf } from "./networks.ts";
import { Recent } from "./recent.ts";

const WINDOW = 600_000; // ms in which new connections are counted

/** How many connections there may be; 0 is no limit. They may change. */
export interface GateLimits {
  /** At once, from one address. */
  readonly perAddress: number;
  /** New ones in ten minutes, from one address. */
  readonly newPerAddress: number;
  /** In all: what the process has descriptors for. */
  readonly inAll: number;
}

/** Why someone is not let in, and the words for it; a ban has its own. */
export const CLOSED = {
  "too-many-connections": "Too many connections from your address",
  "too-many-new-connections": "Too many new connections from your address; try again in a few minutes",
  "server-full": "The server is full; try again later",
} as const;
export type Closed = keyof typeof CLOSED | "address-banned";

/**
 * Who may connect: so many from one address, and so many in all. An address is an IPv4 address, or 64 bits of IPv6:
 * who has one of these has all of them.
 */
export class Gate {
  readonly #limits: GateLimits;
  readonly #isExempt: (address: string) => boolean;
  readonly #present = new Map<string, number>();
  readonly #banOn: (address: string) => ServerBan | undefined;
  readonly #recent: Recent;
  #inAll = 0;
  /** How often someone was refused, by why. */
  readonly refusals = new Map<Closed, number>();

  constructor(
    limits: GateLimits,
    isExempt: (address: string) => boolean,
    clock: () => number,
    banOn: (address: string) => ServerBan | undefined = () => undefined,
  ) {
    this.#banOn = banOn;
    this.#limits = limits;
    this.#isExempt = isExempt;
    this.#recent = new Recent(WINDOW, clock);
  }

  /** Counts one in, or answers why not. Who is let in is to be counted out by `left`. */
  enter(address: string): Closed | undefined {
    const closed = this.#closedTo(address);
    if (closed !== undefined) {
      this.refusals.set(closed, (this.refusals.get(closed) ?? 0) + 1);
      return closed;
    }
    const block = blockOf(address);
    this.#present.set(block, (this.#present.get(block) ?? 0) + 1);
    this.#inAll++;
    return undefined;
  }

  left(address: string): void {
    const block = blockOf(address);
    const rest = (this.#present.get(block) ?? 1) - 1;
    if (rest > 0) this.#present.set(block, rest);
    else this.#present.delete(block);
    this.#inAll--;
  }

  /** What someone is told who is not let in. */
  words(closed: Closed, address: string): string {
    return closed === "address-banned" ? bannedWords(this.#banOn(address) ?? { reason: "" }) : CLOSED[closed];
  }

  #closedTo(address: string): Closed | undefined {
    // Exempt are addresses from limits, not from what an operator has decided.
    if (this.#banOn(address)) return "address-banned";
    const { perAddress, newPerAddress, inAll } = this.#limits;
    if (inAll > 0 && this.#inAll >= inAll) return "server-full";
    if (this.#isExempt(address)) return undefined;
    const block = blockOf(address);
    if (perAddress > 0 && (this.#present.get(block) ?? 0) >= perAddress) return "too-many-connections";
    if (newPerAddress === 0) return undefined;
    if (this.#recent.count(block) >= newPerAddress) return "too-many-new-connections";
    this.#recent.add(block);
    return undefined;
  }
}

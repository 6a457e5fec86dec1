import type { ServerBan } from "../chat/bans.ts";
import type { Store } from "../chat/store.ts";
import { fold } from "../text/fold.ts";
import { addressOf, masked, type Network, networkOf, networkText } from "./networks.ts";

/** What is told of bans that come to their end. */
export type Ended = (ban: ServerBan) => void;

/**
 * The addresses and networks that the server's operators keep out. One is found by its first bits, for each length that
 * any ban has: so a look costs the same however many bans there are.
 */
export class AddressBans {
  readonly #store: Pick<Store, "saveBan" | "removeBan" | "bans">;
  readonly #clock: () => number;
  readonly #ended: Ended;
  /** By version and length, then by the bits. */
  readonly #bans = new Map<string, Map<bigint, ServerBan>>();
  readonly #targets = new Map<string, ServerBan>();
  /** Not later than this one comes to its end. */
  #nextEnd = Number.POSITIVE_INFINITY;

  constructor(store: Pick<Store, "saveBan" | "removeBan" | "bans">, clock: () => number, ended: Ended) {
    this.#store = store;
    this.#clock = clock;
    this.#ended = ended;
    for (const ban of store.bans()) {
      const network = ban.kind === "address" ? networkOf(ban.target) : undefined;
      if (!network) continue;
      const kept = { ...ban, target: networkText(network) };
      this.#keep(network, kept);
      if (kept.target === ban.target) continue;
      // Written before IPv6 networks had their length in any case.
      store.removeBan(fold(ban.target));
      store.saveBan(fold(kept.target), kept);
    }
  }

  get size(): number {
    return this.#targets.size;
  }

  get all(): readonly ServerBan[] {
    this.lapse();
    return [...this.#targets.values()];
  }

  has(network: Network): boolean {
    return this.#targets.has(networkText(network));
  }

  /** Sets a ban, in the place of one of the same network. */
  set(network: Network, ban: Omit<ServerBan, "kind" | "target">): ServerBan {
    const set: ServerBan = { kind: "address", target: networkText(network), ...ban };
    this.#keep(network, set);
    this.#store.saveBan(fold(set.target), set);
    return set;
  }

  /** Lifts the ban of exactly this network; false if there is none. */
  lift(network: Network): boolean {
    const target = networkText(network);
    if (!this.#targets.delete(target)) return false;
    const key = keyOf(network);
    const bans = this.#bans.get(key);
    bans?.delete(network.base);
    if (bans?.size === 0) this.#bans.delete(key);
    this.#store.removeBan(fold(target));
    return true;
  }

  /** The ban on an address; the widest, if there are several. */
  find(address: string): ServerBan | undefined {
    if (this.#targets.size === 0) return undefined;
    this.lapse();
    const at = addressOf(address);
    if (!at) return undefined;
    for (let length = 0; length <= at.length; length++) {
      const bans = this.#bans.get(`${at.version}/${length}`);
      const ban = bans?.get(masked(at.base, at.length, length));
      if (ban) return ban;
    }
    return undefined;
  }

  /** Lifts those that are over; called every few seconds. */
  lapse(): void {
    const now = this.#clock();
    if (now < this.#nextEnd) return;
    this.#nextEnd = Number.POSITIVE_INFINITY;
    for (const ban of [...this.#targets.values()]) {
      const network = networkOf(ban.target);
      if (ban.until === undefined || !network) continue;
      if (ban.until > now) this.#nextEnd = Math.min(this.#nextEnd, ban.until);
      else if (this.lift(network)) this.#ended(ban);
    }
  }

  #keep(network: Network, ban: ServerBan): void {
    const key = keyOf(network);
    const bans = this.#bans.get(key) ?? new Map<bigint, ServerBan>();
    this.#bans.set(key, bans.set(network.base, ban));
    this.#targets.set(ban.target, ban);
    this.#nextEnd = Math.min(this.#nextEnd, ban.until ?? this.#nextEnd);
  }
}

function keyOf({ version, length }: Network): string {
  return `${version}/${length}`;
}

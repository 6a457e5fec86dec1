import type { ServerBan } from "../../chat/rules/bans.ts";
import { addressOf, masked, type Network, networkOf } from "../net/networks.ts";

/**
 * Finds the ban of an address, among those of addresses and networks that the chat has. One is found by its first bits,
 * for each length that any ban has: so a look costs the same however many bans there are.
 */
export class AddressBans {
  readonly #clock: () => number;
  /** By version and length, then by the bits. */
  readonly #bans = new Map<string, Map<bigint, ServerBan>>();

  /** The clock only goes on: ends of bans are times of it. */
  constructor(bans: Iterable<ServerBan>, clock: () => number) {
    this.#clock = clock;
    for (const ban of bans) this.set(ban);
  }

  get size(): number {
    return this.#bans.values().reduce((size, bans) => size + bans.size, 0);
  }

  /** Takes up a ban, in the place of one of the same network. */
  set(ban: ServerBan): void {
    const network = ban.kind === "address" ? networkOf(ban.target) : undefined;
    if (!network) return;
    const key = keyOf(network);
    this.#bans.set(key, (this.#bans.get(key) ?? new Map<bigint, ServerBan>()).set(network.base, ban));
  }

  /** The ban of exactly this network is lifted. */
  delete(target: string): void {
    const network = networkOf(target);
    if (!network) return;
    const key = keyOf(network);
    const bans = this.#bans.get(key);
    bans?.delete(network.base);
    if (bans?.size === 0) this.#bans.delete(key);
  }

  /** The ban of an address; the widest, if there are several. One that is over means nobody, also before it is lifted. */
  find(address: string): ServerBan | undefined {
    if (this.#bans.size === 0) return undefined;
    const at = addressOf(address);
    if (!at) return undefined;
    const now = this.#clock();
    for (let length = 0; length <= at.length; length++) {
      const bans = this.#bans.get(`${at.version}/${length}`);
      const ban = bans?.get(masked(at.base, at.length, length));
      if (ban && (ban.until === undefined || ban.until > now)) return ban;
    }
    return undefined;
  }
}

function keyOf({ version, length }: Network): string {
  return `${version}/${length}`;
}

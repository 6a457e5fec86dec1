/** A `Broadcast` that delivers at once, for tests without outboxes. */

import type { Broadcast, Peer, Recipient } from "../../src/wire/protocol.ts";

/** Hands the bytes to each peer at once. */
export class FakeBroadcast implements Broadcast {
  readonly #peers = new Set<Peer>();

  get size(): number {
    return this.#peers.size;
  }

  add(peer: Peer): void {
    this.#peers.add(peer);
  }

  remove(peer: Peer): void {
    this.#peers.delete(peer);
  }

  push(bytes: Uint8Array, except?: Peer, provisional?: boolean): void {
    for (const peer of this.#peers) if (peer !== except) peer.push(bytes, provisional);
  }
}

/** The outbox of a peer with fake broadcasts: it holds nothing. */
export const FAKE_OUTBOX: Recipient = { attach: () => {}, leave: () => {} };

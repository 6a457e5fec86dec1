import type { Cast as CastInterface, Peer } from "../wire/protocol.ts";
import type { Cast } from "./cast.ts";
import { Outbox } from "./outbox.ts";

/** A cast as faces see it: of peers, which are this server's connections. */
export class PeerCast implements CastInterface {
  readonly #cast: Cast;

  constructor(cast: Cast) {
    this.#cast = cast;
  }

  get size(): number {
    return this.#cast.size;
  }

  add(peer: Peer): void {
    this.#cast.add(outboxOf(peer));
  }

  remove(peer: Peer): void {
    this.#cast.remove(outboxOf(peer));
  }

  push(bytes: Uint8Array, except?: Peer, provisional?: boolean): void {
    this.#cast.push(bytes, except && outboxOf(except), provisional);
  }
}

function outboxOf(peer: Peer): Outbox {
  if ("outbox" in peer && peer.outbox instanceof Outbox) return peer.outbox;
  throw new TypeError("A cast takes the peers of this server only");
}

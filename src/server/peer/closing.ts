import type { Transport } from "../net/transport.ts";
import { Deadlines } from "./deadlines.ts";

/** The end of connections: each is closed after its last bytes, and the memory of many is given back. */

const CHECK = 200; // ms between two checks; a peer that has acknowledged everything has so long to close its side
const LINGER = 5000; // ms for a peer that has not, from when our side was closed
const RECEIVED = 1 << 16; // bytes that a closing peer may still send; more is a flood and is not read to its end

/** A connection that is closed on our side, while the peer may still close its own. */
export class ClosingConnection {
  /** `undefined` once the peer has closed. */
  transport: Transport | undefined;
  /** Bytes have come in since the last check. */
  hasReceived = false;
  #received = 0;
  /** Checks that are left. */
  checks = LINGER / CHECK;
  readonly over: () => void;

  constructor(transport: Transport, over: () => void) {
    this.transport = transport;
    this.over = over;
  }

  /** Counts bytes that have come in and are dropped. */
  received(bytes: number): void {
    this.hasReceived = true;
    this.#received += bytes;
    if (this.#received > RECEIVED) this.close();
  }

  /** Closes without waiting any longer. */
  close(): void {
    const { transport } = this;
    if (!transport) return;
    this.transport = undefined;
    transport.close();
    this.over();
  }
}

/**
 * Closes connections after their last bytes, without relying on the peer to close its side: as soon as the peer's
 * kernel has acknowledged everything and nothing more comes in. Until then input is read and dropped: closing a socket
 * with unread input sends a reset, which discards bytes that the peer has not read yet.
 */
export class ClosingConnections {
  /** Do not wait for peers that go on sending. */
  isHurried = false;
  readonly #checks = new Deadlines<ClosingConnection>(CHECK, (connection) => this.#check(connection));

  /** Closes our side now and the whole connection later; then calls `over`. */
  close(transport: Transport, over: () => void = () => {}): ClosingConnection {
    const connection = new ClosingConnection(transport, over);
    transport.finish();
    this.#checks.set(connection);
    return connection;
  }

  stop(): void {
    this.#checks.stop();
  }

  #check(connection: ClosingConnection): void {
    const { transport, hasReceived } = connection;
    if (!transport) return;
    connection.hasReceived = false;
    connection.checks--;
    if (connection.checks > 0 && ((hasReceived && !this.isHurried) || transport.unsent > 0)) {
      this.#checks.set(connection);
      return;
    }
    connection.close();
  }
}

const MANY = 1000; // departures after which a collection is worth it: each has left some 5 kB
const FEW = 50; // departures between two checks on a calm day
const LATER = 2; // checks after a collection until the second one

/**
 * Gives back the memory of many connections that have closed. The engine alone would keep it until it needs more, which
 * on a calm day is never. A full collection stops the event loop for some 10 ms at 15 MB in use, so it waits until few
 * connections close and until as many have closed as are still open. A second collection finds what was held a little
 * longer, by a deadline or by a socket that was closing.
 */
export class MemoryTrimmer {
  readonly #collect: () => void;
  /** Departures since the last check. */
  #latest = 0;
  /** Departures since the last collection. */
  #gone = 0;
  /** Checks until the second collection; 0 if none is due. */
  #again = 0;

  constructor(collect: () => void) {
    this.#collect = collect;
  }

  /** Counts a connection that has closed. */
  left(): void {
    this.#latest++;
  }

  /** Is called every few seconds with the number of open connections. */
  look(present: number): void {
    const isCalm = this.#latest < FEW;
    this.#gone += this.#latest;
    this.#latest = 0;
    if (!isCalm) return;
    const isCrowd = this.#gone >= Math.max(MANY, present);
    if (isCrowd) {
      this.#gone = 0;
      this.#again = LATER;
    } else if (this.#again === 0 || --this.#again > 0) return;
    this.#collect();
  }
}

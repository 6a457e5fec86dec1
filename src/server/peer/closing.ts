import type { Transport } from "../net/transport.ts";
import { Deadlines } from "./deadlines.ts";

const ENOUGH = 200; // ms for a peer that has taken its last bytes to close its side
const LINGER = 5000; // ms for one that has not, counted from when our side was closed
const HEARD = 1 << 16; // bytes that a peer may go on sending: more is a flood, which is not read to its end

/** A peer that has been told everything, and that our side is closed. */
export class ClosingConnection {
  /** `undefined` once the peer is gone by itself. */
  transport: Transport | undefined;
  /** Something has come in since it was last looked at. */
  wasHeard = false;
  #heard = 0;
  /** Looks that are left, one every `ENOUGH`. */
  looks = LINGER / ENOUGH;
  readonly over: () => void;

  constructor(transport: Transport, over: () => void) {
    this.transport = transport;
    this.over = over;
  }

  /** So many bytes have come in, and are thrown away. */
  heard(bytes: number): void {
    this.wasHeard = true;
    this.#heard += bytes;
    if (this.#heard > HEARD) this.close();
  }

  /** Is not waited for any longer. */
  close(): void {
    const { transport } = this;
    if (!transport) return;
    this.transport = undefined;
    transport.close();
    this.over();
  }
}

/**
 * Lets go of peers whose last bytes are written and who need not close their side: as soon as their kernels have
 * acknowledged everything, and nothing more comes in. What comes in is read and thrown away until then: on a socket
 * with something unread, or with more to come, the end would be a reset, which takes back what the peer has not read
 * yet.
 */
export class ClosingConnections {
  /** A peer that only goes on talking is not waited for. */
  isHurried = false;
  readonly #leaving = new Deadlines<ClosingConnection>(ENOUGH, (leaving) => this.#look(leaving));

  /** Closes our side, and the other one when it is time; `over` is called then. */
  part(transport: Transport, over: () => void = () => {}): ClosingConnection {
    const leaving = new ClosingConnection(transport, over);
    transport.finish();
    this.#leaving.set(leaving);
    return leaving;
  }

  stop(): void {
    this.#leaving.stop();
  }

  #look(leaving: ClosingConnection): void {
    const { transport, wasHeard } = leaving;
    if (!transport) return;
    leaving.wasHeard = false;
    leaving.looks--;
    if (leaving.looks > 0 && ((wasHeard && !this.isHurried) || transport.unsent > 0)) {
      this.#leaving.set(leaving);
      return;
    }
    leaving.close();
  }
}

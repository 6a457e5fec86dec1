import { type Closing, closing } from "../../wire/closing.ts";

/** One way of carrying bytes to a peer and back: TCP, TLS over it, a channel of SSH, a pair within this process. */
export interface Transport {
  /** The peer's address and port, as the network has them. */
  readonly remote: Remote;
  /** Told of all that happens on the transport. A new reader takes the transport over by setting itself. */
  receiver: Receiver | undefined;
  /** Offers bytes; answers how many were taken. Fewer than all: `Receiver.drained` is called when there is room. */
  write(bytes: Uint8Array): number;
  /** Bytes that were taken, and are not known to have arrived; 0 where that cannot be told, and once it is closed. */
  readonly unsent: number;
  /** No more will be written: the peer sees the end of the stream behind what was taken. */
  finish(): void;
  /** Both sides are done: lets go of it. What was taken still arrives. */
  close(): void;
  /** Gives the connection up at once; what was taken may be lost. */
  terminate(): void;
  /** All that has come is handled. */
  settled?(): void;
  pause(): void;
  resume(): void;
}

/** The reader of a transport. */
export interface Receiver {
  /** The bytes are the receiver's, and may be kept. */
  received(bytes: Uint8Array): void;
  /** The transport takes bytes again. */
  drained(): void;
  /** The peer has closed its side. */
  ended(): void;
  /** The transport is gone. */
  closed(closing: Closing): void;
  /** A bug has struck while it was told something. */
  failed(error: unknown): void;
  /** All that has come is answered, and the transport has taken the answers. */
  readonly isAtRest: boolean;
}

export interface Remote {
  readonly address: string;
  readonly port: number;
  /** Over TLS, or whatever else nobody on the way can read. */
  readonly isSecure?: boolean;
  /** SHA-256 of the certificate that the peer has shown, in hex. */
  readonly fingerprint?: string | undefined;
}

/** Whether an address is this machine's own. */
export function isLoopback(address: string): boolean {
  return address === "::1" || address.startsWith("127.");
}

/** An address as people write it: IPv4 within IPv6 is IPv4. */
export function plainAddress(address: string): string {
  return address.startsWith("::ffff:") && address.includes(".") ? address.slice(7) : address;
}

const ROOM = 65_536; // bytes that one side holds for the other, before a write is short

const HERE: Remote = { address: "127.0.0.1", port: 0, isSecure: true };

/**
 * Two transports within this process: what one takes, the other's receiver gets, in order, once the event loop comes
 * round. So nobody is called from within a write of its own, and a writer may use its buffer again at once. `remote` is
 * what the first one's reader learns of its peer.
 */
export function transportPair(remote: Remote = HERE): readonly [Transport, Transport] {
  const [there, back] = [new Pipe(), new Pipe()];
  return [new PairTransport(remote, back, there), new PairTransport(HERE, there, back)];
}

/** One direction: bytes that one side has written, and the other has not got. */
class Pipe {
  /** The side that reads, and the one that writes, until it is closed. */
  reader: PairTransport | undefined;
  writer: PairTransport | undefined;
  size = 0;
  isPaused = false;
  readonly #packets: Uint8Array[] = [];
  /** The last write was short. */
  #isAwaited = false;
  /** Nothing more is written, and whether the reader knows. */
  #end: "none" | "due" | "told" = "none";
  #isDue = false;

  write(bytes: Uint8Array): number {
    const taken = Math.min(bytes.length, ROOM - this.size);
    this.#isAwaited = taken < bytes.length;
    if (taken === 0) return 0;
    this.#packets.push(new Uint8Array(bytes.subarray(0, taken)));
    this.size += taken;
    this.deliverLater();
    return taken;
  }

  end(): void {
    if (this.#end !== "none") return;
    this.#end = "due";
    this.deliverLater();
  }

  get isEnded(): boolean {
    return this.#end !== "none";
  }

  deliverLater(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    setImmediate(() => {
      this.#isDue = false;
      this.#deliver();
    });
  }

  #deliver(): void {
    while (!this.isPaused && this.reader) {
      const bytes = this.#packets.shift();
      if (!bytes) break;
      this.size -= bytes.length;
      this.reader.tell((receiver) => receiver.received(bytes));
    }
    if (this.#isAwaited && this.size < ROOM) {
      this.#isAwaited = false;
      this.writer?.tell((receiver) => receiver.drained());
    }
    if (this.#end !== "due" || this.size > 0) return;
    this.#end = "told";
    this.reader?.tell((receiver) => receiver.ended());
  }
}

class PairTransport implements Transport {
  readonly remote: Remote;
  receiver: Receiver | undefined;
  readonly #in: Pipe;
  readonly #out: Pipe;

  constructor(remote: Remote, into: Pipe, out: Pipe) {
    this.remote = remote;
    this.#in = into;
    this.#out = out;
    into.reader = this;
    out.writer = this;
  }

  write(bytes: Uint8Array): number {
    if (this.#out.isEnded || !this.#out.writer) return -1;
    if (this.#out.reader) return this.#out.write(bytes);
    this.leave(closing("reset"));
    return -1;
  }

  get unsent(): number {
    return this.#out.reader ? this.#out.size : 0;
  }

  finish(): void {
    this.#out.end();
  }

  close(): void {
    this.finish();
    this.leave(closing("closed"));
  }

  terminate(): void {
    const other = this.#out.reader;
    this.leave(closing("closed"));
    other?.leave(closing("reset"));
  }

  pause(): void {
    this.#in.isPaused = true;
  }

  resume(): void {
    this.#in.isPaused = false;
    this.#in.deliverLater();
  }

  /** Tells the receiver something. What throws is a bug of its own, and must not cost the other side. */
  tell(work: (receiver: Receiver) => void): void {
    const { receiver } = this;
    if (!receiver) return;
    try {
      work(receiver);
    } catch (error) {
      receiver.failed(error);
    }
  }

  leave(closing: Closing): void {
    if (!this.#in.reader) return;
    this.#in.reader = undefined;
    this.#out.writer = undefined;
    queueMicrotask(() => {
      this.tell((receiver) => receiver.closed(closing));
      this.receiver = undefined;
    });
  }
}

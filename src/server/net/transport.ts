import { type Closing, closing } from "../../wire/closing.ts";

/** A byte stream to a peer and back: TCP, TLS over TCP, or a pair within this process. */
export interface Transport {
  /** The peer's address and port on the network. */
  readonly remote: Remote;
  /** Gets all events of the transport. A new reader takes over by setting itself. */
  receiver: Receiver | undefined;
  /**
   * Offers bytes. Returns how many were taken; if not all, `Receiver.drained` is called once there is room. Below 0:
   * the peer is gone.
   */
  write(bytes: Uint8Array): number;
  /** Bytes taken but not acknowledged by the peer; 0 if unknown, and once the transport is closed. */
  readonly unsent: number;
  /** Ends our side: the peer sees the end of the stream after the bytes taken. */
  finish(): void;
  /** Closes both sides. Bytes already taken still arrive. */
  close(): void;
  /** Closes at once; bytes already taken may be lost. */
  terminate(): void;
  /** The receiver has handled everything received so far. */
  settled?(): void;
  pause(): void;
  resume(): void;
}

/** The reader of a transport. */
export interface Receiver {
  /** The receiver owns the bytes and may keep them. */
  received(bytes: Uint8Array): void;
  /** There is room for bytes again after a short write. */
  drained(): void;
  /** The peer has closed its side; or its input is not read any further, for this reason. */
  ended(why?: Closing): void;
  /** The transport is gone. */
  closed(closing: Closing): void;
  /** One of these callbacks has thrown. */
  failed(error: unknown): void;
  /** Everything received is answered, and the transport has taken the answers. */
  readonly isAtRest: boolean;
}

export interface Remote {
  readonly address: string;
  readonly port: number;
  /** The stream is encrypted. */
  readonly isSecure?: boolean;
  /** SHA-256 of the peer's certificate, in hex; or of its SSH key, `SHA256:…`. */
  readonly fingerprint?: string | undefined;
}

/** An address as people write it: `::ffff:10.0.0.1` becomes `10.0.0.1`. */
export function plainAddress(address: string): string {
  return address.startsWith("::ffff:") && address.includes(".") ? address.slice(7) : address;
}

const ROOM = 65_536; // bytes buffered in each direction; beyond that, writes are short

const HERE: Remote = { address: "127.0.0.1", port: 0, isSecure: true };

/** Does some work, at once or later. */
type Pace = (work: () => void) => void;

const AT_ONCE: Pace = (work) => work();

/**
 * Two connected transports within this process. Bytes written to one reach the other's receiver in order, on a later
 * turn of the event loop, so no receiver is called from within its own write, and a writer may reuse its buffer at
 * once. `remote` is the peer's address as the first transport reports it; `pace` may let what the second one gets wait.
 */
export function transportPair(remote: Remote = HERE, pace = AT_ONCE): readonly [Transport, Transport] {
  const [there, back] = [new Pipe(pace), new Pipe(AT_ONCE)];
  return [new PairTransport(remote, back, there), new PairTransport(HERE, there, back)];
}

/** One direction of a pair: bytes that are written and not delivered yet. */
class Pipe {
  /** The reading and the writing side, each until it is closed. */
  reader: PairTransport | undefined;
  writer: PairTransport | undefined;
  size = 0;
  isPaused = false;
  readonly #packets: Uint8Array[] = [];
  /** The last write was short: the writer waits for `drained`. */
  #isAwaited = false;
  /** The writer has ended the stream; `told` once the reader knows. */
  #end: "none" | "due" | "told" = "none";
  #isDue = false;
  readonly #pace: Pace;

  constructor(pace: Pace) {
    this.#pace = pace;
  }

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
    const deliver = () => {
      this.#isDue = false;
      this.#deliver();
    };
    setImmediate(() => this.#pace(deliver));
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

  /** Calls the receiver. An exception is reported to that receiver and does not affect the other side. */
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

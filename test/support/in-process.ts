/** A connection between a client and a server in the same process, without a socket. */

import type { ClientTransport, ClientTransportListener, Connect } from "../../src/client/net/transport.ts";
import type { Receiver, Transport as ServerTransport } from "../../src/server/net/transport.ts";
import type { Running } from "../../src/server/serve.ts";
import { closing } from "../../src/wire/closing.ts";

/** Connects to a server in the same process; each direction buffers at most `room` bytes. */
export function inProcess(accept: Running["accept"], room = 16_384): Connect {
  return (listener) => void setImmediate(() => new Pair(listener, accept, room));
}

/** The two ends of a connection, and the bytes between them. */
class Pair {
  readonly #listener: ClientTransportListener;
  readonly #serverEnd: ServerTransport;
  #over = false;
  readonly #toServer: Pipe;
  readonly #toClient: Pipe;

  constructor(listener: ClientTransportListener, accept: Running["accept"], room: number) {
    this.#listener = listener;
    this.#toServer = new Pipe(room, {
      received: (bytes) => this.#tellServer((receiver) => receiver.received(bytes)),
      drained: () => listener.drained(),
      ended: () => this.#tellServer((receiver) => receiver.ended()),
    });
    const toClient = new Pipe(room, {
      received: (bytes) => listener.received(bytes),
      drained: () => this.#tellServer((receiver) => receiver.drained()),
      ended: () => this.#close(),
    });
    this.#toClient = toClient;
    const ours: ClientTransport = {
      write: (bytes) => this.#toServer.write(bytes),
      pause: () => toClient.pause(),
      resume: () => toClient.resume(),
      finish: () => this.#toServer.end(),
      close: () => this.#toServer.end(),
      terminate: () => this.#close(),
    };
    this.#serverEnd = {
      receiver: undefined,
      remote: { address: "127.0.0.1", port: 0 },
      write: (bytes) => toClient.write(bytes),
      get unsent() {
        return toClient.size;
      },
      finish: () => toClient.end(),
      close: () => toClient.end(),
      terminate: () => this.#close(),
      pause: () => this.#toServer.pause(),
      resume: () => this.#toServer.resume(),
    };
    accept(this.#serverEnd);
    listener.opened(ours, "accepted");
  }

  #tellServer(tell: (receiver: Receiver) => void): void {
    const { receiver } = this.#serverEnd;
    if (receiver === undefined) return;
    try {
      tell(receiver);
    } catch (error) {
      receiver.failed(error);
    }
  }

  #close(): void {
    if (this.#over) return;
    this.#over = true;
    this.#toServer.cut();
    this.#toClient.cut();
    // Neither end is called back within its own call.
    queueMicrotask(() => {
      this.#tellServer((receiver) => receiver.closed(closing("closed")));
      this.#listener.closed(undefined);
    });
  }
}

/** The callbacks of a pipe. */
interface PipeEnds {
  received(bytes: Uint8Array): void;
  drained(): void;
  ended(): void;
}

/** One direction: delivers bytes later, never within `write`, and buffers a bounded number of them. */
class Pipe {
  size = 0;
  readonly #room: number;
  readonly #ends: PipeEnds;
  #chunks: Uint8Array[] = [];
  #state: "open" | "ended" | "over" = "open";
  #paused = false;
  #due = false;
  #mustDrain = false;

  constructor(room: number, ends: PipeEnds) {
    this.#room = room;
    this.#ends = ends;
  }

  write(bytes: Uint8Array): number {
    if (this.#state !== "open") return -1;
    const taken = Math.min(bytes.length, this.#room - this.size);
    this.#mustDrain ||= taken < bytes.length;
    if (taken > 0) this.#chunks.push(bytes.slice(0, taken));
    this.size += taken;
    this.#soon();
    return taken;
  }

  end(): void {
    if (this.#state === "open") this.#state = "ended";
    this.#soon();
  }

  cut(): void {
    this.#state = "over";
    this.#chunks = [];
    this.size = 0;
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#soon();
  }

  #soon(): void {
    if (this.#due) return;
    this.#due = true;
    setImmediate(() => {
      this.#due = false;
      this.#deliver();
    });
  }

  #deliver(): void {
    while (!this.#paused && this.#state !== "over") {
      const bytes = this.#chunks.shift();
      if (bytes === undefined) break;
      this.size -= bytes.length;
      this.#ends.received(bytes);
    }
    if (this.#paused || this.#state === "over") return;
    if (this.#mustDrain) {
      this.#mustDrain = false;
      this.#ends.drained();
    }
    if (this.#state === "ended" && this.size === 0) {
      this.#state = "over";
      this.#ends.ended();
    }
  }
}

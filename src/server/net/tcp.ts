import { ptr } from "bun:ffi";
import type { Socket, SocketHandler } from "bun";
import { closing } from "../../wire/closing.ts";
import { openLibc } from "../libc.ts";
import type { Receiver, Remote, Transport } from "./transport.ts";

const KEEPALIVE = 60_000; // ms of silence before the kernel probes the peer

/** The data of an open socket. */
export type Attached = TcpTransport | undefined;

/** Defers work that is not urgent. */
type Later = (work: () => void) => void;

/** A TCP or unix socket of Bun as a transport. */
class TcpTransport implements Transport {
  receiver: Receiver | undefined;
  readonly #socket: Socket<Attached>;
  readonly #later: Later;

  constructor(socket: Socket<Attached>, later: Later) {
    this.#socket = socket;
    this.#later = later;
  }

  get remote(): Remote {
    // A unix socket has neither address nor port: its peer is on this machine.
    return { address: this.#socket.remoteAddress ?? "127.0.0.1", port: this.#socket.remotePort ?? 0 };
  }

  write(bytes: Uint8Array): number {
    const taken = this.#socket.write(bytes);
    // The peer is gone. While nothing is read, the socket's handlers are not told of it; only this write is.
    if (taken < 0) this.#later(() => this.#socket.terminate());
    return taken;
  }

  get unsent(): number {
    return unacknowledged(descriptorOf(this.#socket));
  }

  finish(): void {
    this.#socket.shutdown();
  }

  close(): void {
    this.#socket.end();
  }

  terminate(): void {
    this.#socket.terminate();
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }
}

/** -1 once the socket is closed. Bun's types lack the field. */
function descriptorOf(socket: Socket<Attached>): number {
  return "fd" in socket && typeof socket.fd === "number" ? socket.fd : -1;
}

/**
 * Socket handlers that pass a socket's events to the receiver of its transport. If `accept` sets no receiver, the
 * socket is not read. An exception in a receiver goes to `failed` and costs this connection only.
 */
export function socketHandlers(
  accept: (transport: Transport) => void,
  failed: (error: Error, receiver: Receiver | undefined) => void,
  later: Later,
): SocketHandler<Attached> {
  return {
    open(socket) {
      const transport = new TcpTransport(socket, later);
      socket.data = transport;
      accept(transport);
      if (!transport.receiver) return;
      socket.setKeepAlive(true, KEEPALIVE);
      boundBuffers(descriptorOf(socket));
    },
    data(socket, bytes) {
      socket.data?.receiver?.received(bytes);
    },
    drain(socket) {
      socket.data?.receiver?.drained();
    },
    end(socket) {
      const receiver = socket.data?.receiver;
      if (receiver) receiver.ended();
      else socket.end();
    },
    close(socket, error) {
      const transport = socket.data;
      const receiver = transport?.receiver;
      if (!transport || !receiver) return;
      transport.receiver = undefined;
      receiver.closed(closing(error ? "reset" : "closed"));
    },
    error(socket, error) {
      failed(error, socket.data?.receiver);
      socket.terminate();
    },
  };
}

const SOL_SOCKET = 1; // Linux
const SO_SNDBUF = 7; // Linux
const SO_RCVBUF = 8; // Linux
const BYTES = 65536; // the kernel doubles it; a peer that stalls then holds about 142 KB of its memory, not 3.8 MB,
// and one that floods as much, not 6 MB

const size = new Int32Array([BYTES]);
const SIOCOUTQ = 0x5411n; // Linux: tcp(7), unix(7)

const libc = openLibc({
  setsockopt: { args: ["i32", "i32", "i32", "ptr", "u32"], returns: "i32" },
  ioctl: { args: ["i32", "u64", "ptr"], returns: "i32" },
});

/**
 * Limits the kernel's buffers of a socket: for bytes that the peer does not read, and for input that comes faster than
 * it is handled. Does nothing where that is not possible.
 */
function boundBuffers(descriptor: number): void {
  if (descriptor < 0) return;
  for (const option of [SO_SNDBUF, SO_RCVBUF])
    libc?.setsockopt(descriptor, SOL_SOCKET, option, ptr(size), size.byteLength);
}

/** Bytes in a socket's send queue that the peer's kernel has not acknowledged; 0 if unknown. */
function unacknowledged(descriptor: number): number {
  const count = new Int32Array(1);
  if (descriptor < 0 || !libc || libc.ioctl(descriptor, SIOCOUTQ, ptr(count)) < 0) return 0;
  return count[0] ?? 0;
}

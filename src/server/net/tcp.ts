import type { Socket, SocketHandler } from "bun";
import { closing } from "../../wire/closing.ts";
import { boundBuffers, unacknowledged } from "./sendbuffer.ts";
import type { Receiver, Remote, Transport } from "./transport.ts";

const KEEPALIVE = 60_000; // ms of silence, after which the kernel asks whether the peer is still there

/** What hangs on a socket, once it is open. */
export type Attached = TcpTransport | undefined;

/** Does something that nobody waits for, but not at once. */
export type Later = (work: () => void) => void;

/** TCP as a transport, over one of Bun's sockets. */
export class TcpTransport implements Transport {
  receiver: Receiver | undefined;
  readonly #socket: Socket<Attached>;
  readonly #later: Later;

  constructor(socket: Socket<Attached>, later: Later) {
    this.#socket = socket;
    this.#later = later;
  }

  get remote(): Remote {
    // A unix socket has neither: who can open it is on this machine.
    return { address: this.#socket.remoteAddress ?? "127.0.0.1", port: this.#socket.remotePort ?? 0 };
  }

  write(bytes: Uint8Array): number {
    const taken = this.#socket.write(bytes);
    // The peer is gone. Where nothing is read, the socket's handlers would not be told: this write was, in their stead.
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

/** -1 once it is closed. Bun's types do not tell of it. */
function descriptorOf(socket: Socket<Attached>): number {
  return "fd" in socket && typeof socket.fd === "number" ? socket.fd : -1;
}

/**
 * Handlers that bring a socket's events to the receiver of its transport. A transport that `accept` leaves without one
 * is not read. An exception in a receiver is a bug: it costs this connection only, and is told to `failed`.
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

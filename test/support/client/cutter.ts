/** A relay that breaks connections after a number of bytes. */

import type { Socket, TCPSocketListener } from "bun";

interface Half {
  other: Socket<Half> | undefined;
  waiting: Uint8Array[];
}

/**
 * Relays to a server. After a given number of bytes in either direction it drops the connection and the bytes under
 * way, again and again.
 */
export class Cutter {
  /** The number of broken connections. */
  cuts = 0;
  readonly #listener: TCPSocketListener<Half>;
  readonly #next: () => number | undefined;
  #left: number | undefined;

  /** `next` returns the number of bytes until the next cut; `undefined` ends the cuts. */
  constructor(port: number, next: () => number | undefined) {
    this.#next = next;
    this.#listener = Bun.listen<Half>({
      hostname: "127.0.0.1",
      port: 0,
      socket: {
        open: (socket) => this.#open(socket, port),
        data: (socket, bytes) => this.#pass(socket, bytes),
        drain: (socket) => flush(socket, socket.data.waiting),
        close: (socket) => void socket.data.other?.terminate(),
      },
    });
  }

  get port(): number {
    return this.#listener.port;
  }

  /** Starts the cuts. */
  begin(): void {
    this.#left = this.#next();
  }

  stop(): void {
    this.#listener.stop(true);
  }

  #open(socket: Socket<Half>, port: number): void {
    socket.data = { other: undefined, waiting: [] };
    const early: Uint8Array[] = socket.data.waiting;
    Bun.connect<Half>({
      hostname: "127.0.0.1",
      port,
      data: { other: socket, waiting: [] },
      socket: {
        open: (server) => {
          socket.data = { other: server, waiting: [] };
          flush(server, early.splice(0));
        },
        data: (server, bytes) => this.#pass(server, bytes),
        drain: (server) => flush(server, server.data.waiting),
        close: (server) => void server.data.other?.terminate(),
      },
    }).catch(() => socket.terminate());
  }

  #pass(from: Socket<Half>, bytes: Uint8Array): void {
    const to = from.data.other;
    if (to === undefined) return void from.data.waiting.push(bytes);
    if (this.#left !== undefined && bytes.length > this.#left) {
      send(to, bytes.subarray(0, this.#left));
      this.cuts++;
      this.#left = this.#next();
      from.terminate();
      return void to.terminate();
    }
    if (this.#left !== undefined) this.#left -= bytes.length;
    send(to, bytes);
  }
}

function send(to: Socket<Half>, bytes: Uint8Array): void {
  if (to.data.waiting.length > 0) return void to.data.waiting.push(bytes);
  const taken = Math.max(0, to.write(bytes));
  if (taken < bytes.length) to.data.waiting.push(bytes.subarray(taken));
}

function flush(to: Socket<Half>, chunks: readonly Uint8Array[]): void {
  to.data.waiting = [];
  for (const chunk of chunks) send(to, chunk);
}

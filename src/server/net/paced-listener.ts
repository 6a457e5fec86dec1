import type { Socket, SocketHandler, TCPSocketListener, UnixSocketListener } from "bun";
import { openLibc } from "../libc.ts";

const DUPLICATE = 1030; // F_DUPFD_CLOEXEC, Linux

const libc = openLibc({
  fcntl: { args: ["i32", "i32", "i32"], returns: "i32" },
  close: { args: ["i32"], returns: "i32" },
});

/** Where to listen, as Bun has it. */
export type Address =
  | { readonly unix: string }
  | { readonly fd: number }
  | { readonly hostname: string; readonly port: number };

/**
 * A listening socket that takes a bounded number of connections in a turn of the event loop. The rest waits in the
 * kernel's queue.
 *
 * Bun alone accepts until that queue is empty, which it never is while peers connect as fast as they are accepted: a
 * storm of connections would hold the event loop for seconds. It stops accepting when its listener is stopped; so that is
 * done, while a duplicate of its descriptor keeps the socket open, and the next turn listens on another duplicate.
 *
 * Only on Linux; and a unix socket is not paced, since stopping its listener removes its file.
 */
export class PacedListener<T> {
  /** The port in fact, where it was 0; `undefined` for a unix socket. */
  readonly port: number | undefined;
  readonly #options: { readonly socket: SocketHandler<T>; readonly allowHalfOpen: true; readonly data: T };
  /** How many connections may be taken in a turn. */
  readonly #most: () => number;
  #listener: TCPSocketListener<T> | UnixSocketListener<T> | undefined;
  /** The duplicate that keeps the socket open. */
  readonly #kept: number | undefined;
  /** The duplicate that the next turn is to listen on. */
  #next: number | undefined;
  #taken = 0;
  #isCounting = false;
  #isClosed = false;

  /** Throws what Bun throws, such as EADDRINUSE. */
  constructor(address: Address, socket: SocketHandler<T>, data: T, most: () => number) {
    this.#most = most;
    const open = (opened: Socket<T>) => {
      socket.open?.(opened);
      this.#count();
    };
    this.#options = { socket: { ...socket, open }, allowHalfOpen: true, data };
    const listener = this.#listen(address);
    this.#listener = listener;
    this.port = "port" in listener ? listener.port : undefined;
    if (!("unix" in address)) this.#kept = duplicate(descriptorOf(listener));
  }

  /** Takes nobody any more; connections that are open stay. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#listener?.stop();
    if (this.#kept !== undefined) libc?.close(this.#kept);
  }

  #listen(address: Address): TCPSocketListener<T> | UnixSocketListener<T> {
    if ("unix" in address) return Bun.listen<T>({ ...address, ...this.#options });
    // With a descriptor, Bun looks at no address; its types want one.
    const place = "fd" in address ? { ...address, hostname: "localhost", port: 0 } : address;
    return Bun.listen<T>({ ...place, ...this.#options });
  }

  #count(): void {
    if (!this.#isCounting) {
      this.#isCounting = true;
      setImmediate(() => this.#nextTurn());
    }
    if (++this.#taken < this.#most() || !this.#listener) return;
    this.#next = duplicate(this.#kept);
    if (this.#next === undefined) return;
    this.#listener.stop();
    this.#listener = undefined;
  }

  #nextTurn(): void {
    this.#isCounting = false;
    this.#taken = 0;
    const fd = this.#next;
    this.#next = undefined;
    if (fd === undefined) return;
    if (this.#isClosed) libc?.close(fd);
    else this.#listener = this.#listen({ fd });
  }
}

function duplicate(descriptor: number | undefined): number | undefined {
  const made = descriptor === undefined ? undefined : libc?.fcntl(descriptor, DUPLICATE, 0);
  return made === undefined || made < 0 ? undefined : made;
}

/** Bun's types do not tell of it. */
function descriptorOf(listener: object): number | undefined {
  return "fd" in listener && typeof listener.fd === "number" && listener.fd >= 0 ? listener.fd : undefined;
}

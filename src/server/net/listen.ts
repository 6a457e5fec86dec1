import { lstatSync, readFileSync, unlinkSync } from "node:fs";
import { connect } from "node:net";
import type { Socket, SocketHandler, TCPSocketListener, UnixSocketListener } from "bun";
import { openLibc } from "../libc.ts";
import { Connection } from "../peer/connection.ts";
import type { ConnectionRegistry } from "../peer/connection-registry.ts";
import { detectProtocol } from "./protocol-detector.ts";
import { type Attached, socketHandlers } from "./tcp.ts";
import { plainAddress, type Transport } from "./transport.ts";

/** Where a server listens. */
export type ListenAddress = Address;

/** An open listener: each peer that connects becomes a connection of the registry. */
export interface Listener {
  /** The port in fact, where it was 0; `undefined` for a unix socket. */
  readonly port: number | undefined;
  /** Accepts nobody any more; those who are in stay. */
  close(): void;
}

/** `0.0.0.0:9000`, `[::]:9000`, `unix:/path`, `fd:3` (a socket that is open); `undefined` for what is none of these. */
export function listenAddressOf(entry: string): ListenAddress | undefined {
  if (entry.startsWith("unix:")) return entry.length > 5 ? { unix: entry.slice(5) } : undefined;
  const [, descriptor] = /^fd:(\d{1,5})$/.exec(entry) ?? [];
  if (descriptor !== undefined) return { fd: Number(descriptor) };
  const [, bracketed, plain, digits] = /^(?:\[([0-9a-fA-F:.]+)\]|([^:\s[\]]+)):(\d{1,5})$/.exec(entry) ?? [];
  const host = bracketed ?? plain;
  const port = Number(digits);
  return host !== undefined && port <= 65535 ? { hostname: host, port } : undefined;
}

/** The words for an entry that names no place. */
export function badListenAddress(entry: string): string {
  return `"${entry}" is no place to listen on: write ADDRESS:PORT, [::]:PORT or unix:/path`;
}

let connections = 0;

/** Opens a listener. Throws what Bun throws, such as EADDRINUSE. */
export function openListener(place: ListenAddress, registry: ConnectionRegistry): Listener {
  const socket = socketHandlers(
    (transport) => void accept(registry, transport),
    (error, receiver) => (receiver ? receiver.failed(error) : registry.failed(error, undefined)),
    (work) => registry.later(work),
  );
  return new PacedListener<Attached>(place, socket, undefined, () => registry.admits);
}

/** Makes a connection of a peer over any transport; `undefined`: it is not let in, and told why. */
export function accept(registry: ConnectionRegistry, transport: Transport): Connection | undefined {
  const address = plainAddress(transport.remote.address);
  const admission = registry.connectionLimiter.enter(address, registry.relays.has(address));
  if (typeof admission === "string") {
    registry.turnAway(transport, admission);
    return undefined;
  }
  const connection = new Connection(registry, transport, ++connections, registry.clock());
  connection.admission = admission;
  registry.came(connection);
  detectProtocol(registry, connection);
  return connection;
}

const DUPLICATE = 1030; // F_DUPFD_CLOEXEC, Linux

const libc = openLibc({
  fcntl: { args: ["i32", "i32", "i32"], returns: "i32" },
  close: { args: ["i32"], returns: "i32" },
});

/** Where to listen, as Bun has it. */
type Address =
  | { readonly unix: string }
  | { readonly fd: number }
  | { readonly hostname: string; readonly port: number };

/**
 * A listening socket that takes a bounded number of connections in a turn of the event loop. The rest waits in the
 * kernel's queue.
 *
 * Bun alone accepts until that queue is empty, which it never is while peers connect as fast as they are accepted: a
 * storm of connections would hold the event loop for seconds. It stops accepting when its listener is stopped; so that
 * is done, while a duplicate of its descriptor keeps the socket open, and the next turn listens on another duplicate.
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

/**
 * Removes the files of unix sockets that a server has left behind which was killed, so that one can be opened there
 * again. What is no socket stays, and so does one that anybody listens on: then opening it fails, and says so.
 */
export async function removeStaleSockets(listen: readonly string[]): Promise<void> {
  for (const entry of listen) {
    const place = listenAddressOf(entry);
    if (!place || !("unix" in place) || !isSocket(place.unix)) continue;
    if (!isListenedOn(place.unix) && !(await answers(place.unix))) unlinkSync(place.unix);
  }
}

function isSocket(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSocket() ?? false;
}

/** By Linux's list: where a server is too busy to answer, Bun calls it refused. */
function isListenedOn(path: string): boolean {
  try {
    return readFileSync("/proc/net/unix", "utf8")
      .split("\n")
      .some((line) => line.endsWith(` ${path}`));
  } catch {
    return false;
  }
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ path });
    socket.on("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", (error) => resolve(!("code" in error) || error.code !== "ECONNREFUSED"));
  });
}

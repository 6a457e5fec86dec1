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
  /** The actual port, also if 0 was asked for; `undefined` for a unix socket. */
  readonly port: number | undefined;
  /** Stops accepting; open connections stay. */
  close(): void;
}

/** Parses `0.0.0.0:9000`, `[::]:9000`, `unix:/path` or `fd:3` (an open socket); `undefined` for anything else. */
export function listenAddressOf(entry: string): ListenAddress | undefined {
  if (entry.startsWith("unix:")) return entry.length > 5 ? { unix: entry.slice(5) } : undefined;
  const [, descriptor] = /^fd:(\d{1,5})$/.exec(entry) ?? [];
  if (descriptor !== undefined) return { fd: Number(descriptor) };
  const [, bracketed, plain, digits] = /^(?:\[([0-9a-fA-F:.]+)\]|([^:\s[\]]+)):(\d{1,5})$/.exec(entry) ?? [];
  const host = bracketed ?? plain;
  const port = Number(digits);
  return host !== undefined && port <= 65535 ? { hostname: host, port } : undefined;
}

/** The error for an entry that `listenAddressOf` does not accept. */
export function badListenAddress(entry: string): string {
  return `"${entry}" is no address to listen on: write ADDRESS:PORT, [::]:PORT or unix:/path`;
}

let connections = 0;

/** Opens a listener; `reusePort` lets other programs listen there too. Throws what Bun throws, such as EADDRINUSE. */
export function openListener(place: ListenAddress, registry: ConnectionRegistry, reusePort = false): Listener {
  const socket = socketHandlers(
    (transport) => void accept(registry, transport),
    (error, receiver) => (receiver ? receiver.failed(error) : registry.failed(error, undefined)),
    (work) => registry.later(work),
  );
  const address = "hostname" in place ? { ...place, reusePort } : place;
  return new PacedListener<Attached>(address, socket, undefined, () => registry.acceptsPerTick);
}

/** Makes a connection from a transport; `undefined` if the peer was refused and told why. */
export function accept(registry: ConnectionRegistry, transport: Transport): Connection | undefined {
  const address = plainAddress(transport.remote.address);
  const admission = registry.connectionLimiter.enter(address, registry.relays.has(address));
  if (typeof admission === "string") {
    registry.turnAway(transport, admission);
    return undefined;
  }
  const connection = new Connection(registry, transport, registry.firstId + ++connections, registry.clock());
  connection.admission = admission;
  registry.add(connection);
  detectProtocol(registry, connection);
  return connection;
}

/** Makes a connection of an IRC session that another connection carries. */
export function acceptCarried(registry: ConnectionRegistry, carrier: Connection, transport: Transport): void {
  const id = registry.firstId + ++connections;
  const connection = new Connection(registry, transport, id, registry.clock(), carrier);
  registry.add(connection);
  connection.speakIrc();
}

const DUPLICATE = 1030; // F_DUPFD_CLOEXEC, Linux

const libc = openLibc({
  fcntl: { args: ["i32", "i32", "i32"], returns: "i32" },
  close: { args: ["i32"], returns: "i32" },
});

/** An address to listen on, in Bun's terms. */
type Address =
  | { readonly unix: string }
  | { readonly fd: number }
  | { readonly hostname: string; readonly port: number; readonly reusePort?: boolean };

/**
 * A listening socket that accepts a limited number of connections per turn of the event loop. The rest waits in the
 * kernel's queue.
 *
 * Bun itself accepts until that queue is empty. While peers connect as fast as they are accepted it never is, so a
 * storm of connections would block the event loop for seconds. Stopping the listener stops accepting; a duplicate of
 * its descriptor keeps the socket open meanwhile, and the next turn listens on another duplicate.
 *
 * Works on Linux only. Unix sockets are not paced, since stopping their listener removes the file.
 */
export class PacedListener<T> {
  /** The actual port, also if 0 was asked for; `undefined` for a unix socket. */
  readonly port: number | undefined;
  readonly #options: { readonly socket: SocketHandler<T>; readonly allowHalfOpen: true; readonly data: T };
  /** How many connections may be accepted in this turn. */
  readonly #most: () => number;
  #listener: TCPSocketListener<T> | UnixSocketListener<T> | undefined;
  /** The duplicate that keeps the socket open. */
  readonly #kept: number | undefined;
  /** The duplicate on which the next turn listens. */
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

  /** Stops accepting; open connections stay. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#listener?.stop();
    if (this.#kept !== undefined) libc?.close(this.#kept);
  }

  #listen(address: Address): TCPSocketListener<T> | UnixSocketListener<T> {
    if ("unix" in address) return Bun.listen<T>({ ...address, ...this.#options });
    // With a descriptor, Bun ignores the address, but its types require one.
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
 * Removes the unix socket files that a killed server has left behind, so that the paths can be opened again. Other
 * files stay, and so do sockets in use: opening these fails with an error.
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

/** Whether Linux lists the socket as in use: Bun reports a server that is too busy to accept as refused. */
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

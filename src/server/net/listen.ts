import { Connection } from "../peer/connection.ts";
import type { Hall } from "../peer/connection-registry.ts";
import { detectProtocol } from "./first-bytes.ts";
import { type Address, PacedListener } from "./paced-listener.ts";
import type { Attached } from "./tcp.ts";
import { socketHandlers } from "./tcp.ts";
import { plainAddress, type Transport } from "./transport.ts";

/** Where a server listens. */
export type Place = Address;

/** An open door: who knocks becomes a connection of the hall. */
export interface Door {
  /** The port in fact, where it was 0; `undefined` for a unix socket. */
  readonly port: number | undefined;
  /** Accepts nobody any more; those who are in stay. */
  close(): void;
}

/** `0.0.0.0:9000`, `[::]:9000`, `unix:/path`, `fd:3` (a socket that is open); `undefined` for what is none of these. */
export function placeOf(entry: string): Place | undefined {
  if (entry.startsWith("unix:")) return entry.length > 5 ? { unix: entry.slice(5) } : undefined;
  const [, descriptor] = /^fd:(\d{1,5})$/.exec(entry) ?? [];
  if (descriptor !== undefined) return { fd: Number(descriptor) };
  const [, bracketed, plain, digits] = /^(?:\[([0-9a-fA-F:.]+)\]|([^:\s[\]]+)):(\d{1,5})$/.exec(entry) ?? [];
  const host = bracketed ?? plain;
  const port = Number(digits);
  return host !== undefined && port <= 65535 ? { hostname: host, port } : undefined;
}

/** The words for an entry that names no place. */
export function noPlace(entry: string): string {
  return `"${entry}" is no place to listen on: write ADDRESS:PORT, [::]:PORT or unix:/path`;
}

let connections = 0;

/** Opens a door. Throws what Bun throws, such as EADDRINUSE. */
export function openDoor(place: Place, hall: Hall): Door {
  const socket = socketHandlers(
    (transport) => void accept(hall, transport),
    (error, receiver) => (receiver ? receiver.failed(error) : hall.failed(error, undefined)),
    (work) => hall.later(work),
  );
  return new PacedListener<Attached>(place, socket, undefined, () => hall.admits);
}

/** Makes a connection of a peer over any transport; `undefined`: it is not let in, and told why. */
export function accept(hall: Hall, transport: Transport): Connection | undefined {
  const address = plainAddress(transport.remote.address);
  const admission = hall.gate.enter(address, hall.relays.has(address));
  if (typeof admission === "string") {
    hall.turnAway(transport, admission);
    return undefined;
  }
  const connection = new Connection(hall, transport, ++connections, hall.clock());
  connection.admission = admission;
  hall.came(connection);
  detectProtocol(hall, connection);
  return connection;
}

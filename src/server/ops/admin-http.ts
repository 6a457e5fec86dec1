import type { Chat } from "../../chat/chat.ts";
import type { Store } from "../../chat/store.ts";
import { listenAddressOf } from "../net/listen.ts";
import type { ConnectionRegistry } from "../peer/connection-registry.ts";
import { type Metrics, renderMetrics, type Watched } from "./metrics.ts";

const CONTENT = "text/plain; version=0.0.4; charset=utf-8"; // Prometheus' text format

/** The monitor cannot listen where it is told to; a whole sentence. */
export class AdminHttpError extends Error {}

/** A page for operators and their programs: `/metrics` and `/healthz`. */
export interface AdminHttp {
  readonly port: number;
  close(): void;
}

/** Where a monitor may listen: on this machine alone. `undefined` for any other place, and for what is none. */
export function adminHttpAddress(entry: string): { readonly hostname: string; readonly port: number } | undefined {
  const place = listenAddressOf(entry);
  return place && "hostname" in place && isLoopback(place.hostname) ? place : undefined;
}

/** Opens the monitor. Throws `AdminHttpError`. */
export function openAdminHttp(entry: string, look: () => Watched): AdminHttp {
  const place = adminHttpAddress(entry);
  if (!place) throw new AdminHttpError(`"${entry}" is not on this machine alone, such as 127.0.0.1:9100`);
  try {
    const server = Bun.serve({ ...place, fetch: (request) => answer(request, look) });
    return { port: server.port ?? place.port, close: () => void server.stop(true) };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new AdminHttpError(
      `cannot listen on ${entry} for metrics: ${reason}\nAnother port would work: listen = "127.0.0.1:9101" in [admin]`,
    );
  }
}

function answer(request: Request, look: () => Watched): Response {
  const { hostname, pathname } = new URL(request.url);
  // A name that leads here, but is not ours, is a web page's that tries to read along.
  if (!isLoopback(hostname.replace(/^\[|\]$/g, ""))) return new Response("This is not for you.\n", { status: 403 });
  if (pathname !== "/metrics" && pathname !== "/healthz")
    return new Response("There are /metrics and /healthz.\n", { status: 404 });
  if (request.method !== "GET" && request.method !== "HEAD")
    return new Response("This is for reading only.\n", { status: 405, headers: { Allow: "GET, HEAD" } });
  const server = look();
  if (pathname === "/metrics") return new Response(renderMetrics(server), { headers: { "Content-Type": CONTENT } });
  return server.isStoring
    ? new Response("ok\n")
    : new Response("History cannot be written: what is said is live only\n", { status: 503 });
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(?:\.\d{1,3}){3}$/.test(host);
}

/** What a look at a server needs. */
export interface ObservedServer {
  readonly registry: ConnectionRegistry;
  readonly chat: Chat;
  readonly store: Store;
  readonly metrics: Metrics;
  readonly version: string;
  readonly clock: () => number;
  readonly started: number;
}

/** Looks at a server as it is now. */
export function look({ registry, chat, store, metrics, version, clock, started }: ObservedServer): Watched {
  const faces = new Map([
    ["irc", 0],
    ["person", 0],
    ["http", 0],
    ["foreign", 0],
    ["undecided", 0],
  ]);
  const unsent = { all: 0, most: 0 };
  for (const { face, outbox } of registry.connections) {
    faces.set(face, (faces.get(face) ?? 0) + 1);
    unsent.all += outbox.unsent;
    unsent.most = Math.max(unsent.most, outbox.unsent);
  }
  return {
    version,
    metrics,
    started,
    now: clock(),
    faces,
    members: chat.members.size,
    rooms: chat.rooms.size,
    unsent,
    isStoring: !store.isDown,
    memory: process.memoryUsage.rss(),
  };
}

import type { Chat } from "../../chat/chat.ts";
import type { Store } from "../../chat/store.ts";
import { nameOf } from "../../cluster/membership.ts";
import type { ClusterNode } from "../../cluster/node.ts";
import { isLoopback } from "../../text/address.ts";
import { messageOf } from "../../text/filter.ts";
import { listenAddressOf } from "../net/listen.ts";
import type { ConnectionRegistry } from "../peer/connection-registry.ts";
import { type Metrics, renderMetrics, type ServerSnapshot } from "./metrics.ts";

const CONTENT = "text/plain; version=0.0.4; charset=utf-8"; // Prometheus' text format

/** The admin page cannot listen on its address; the message is a whole sentence. */
export class AdminHttpError extends Error {}

/** An HTTP server for operators and monitoring programs: `/metrics` and `/healthz`. */
export interface AdminHttp {
  readonly port: number;
  close(): void;
}

/** Parses an address to listen on: a loopback address with a port, else `undefined`. */
export function adminHttpAddress(entry: string): { readonly hostname: string; readonly port: number } | undefined {
  const place = listenAddressOf(entry);
  return place && "hostname" in place && isLoopback(place.hostname) ? place : undefined;
}

/** Opens the HTTP server. Throws `AdminHttpError`. */
export function openAdminHttp(entry: string, look: () => ServerSnapshot): AdminHttp {
  const place = adminHttpAddress(entry);
  if (!place) throw new AdminHttpError(`"${entry}" is no loopback address with a port, such as 127.0.0.1:9100`);
  try {
    const server = Bun.serve({ ...place, fetch: (request) => answer(request, look) });
    return { port: server.port ?? place.port, close: () => void server.stop(true) };
  } catch (error) {
    const reason = messageOf(error);
    throw new AdminHttpError(
      `cannot listen on ${entry} for metrics: ${reason}\nAnother port would work: listen = "127.0.0.1:9101" in [admin]`,
    );
  }
}

function answer(request: Request, look: () => ServerSnapshot): Response {
  const { hostname, pathname } = new URL(request.url);
  // A web page may reach this server by a name of its own that resolves to loopback (DNS rebinding).
  if (!isLoopback(hostname)) return new Response("Only local requests are allowed.\n", { status: 403 });
  if (pathname !== "/metrics" && pathname !== "/healthz")
    return new Response("The paths are /metrics and /healthz.\n", { status: 404 });
  if (request.method !== "GET" && request.method !== "HEAD")
    return new Response("Only GET and HEAD are allowed.\n", { status: 405, headers: { Allow: "GET, HEAD" } });
  const server = look();
  if (pathname === "/metrics") return new Response(renderMetrics(server), { headers: { "Content-Type": CONTENT } });
  return server.isStoring
    ? new Response("ok\n")
    : new Response("History cannot be written: messages are live only\n", { status: 503 });
}

/** The parts of a server that metrics are read from. */
export interface ObservedServer {
  readonly registry: ConnectionRegistry;
  readonly chat: Chat;
  readonly store: Store;
  readonly metrics: Metrics;
  readonly version: string;
  readonly clock: () => number;
  readonly started: number;
  /** The node of a cluster that the server is. */
  readonly node?: Pick<ClusterNode, "order" | "isDark"> | undefined;
}

/** Takes a snapshot of a server for the metrics. */
export function look({
  registry,
  chat,
  store,
  metrics,
  version,
  clock,
  started,
  node,
}: ObservedServer): ServerSnapshot {
  const protocols = new Map([
    ["irc", 0],
    ["person", 0],
    ["http", 0],
    ["ssh", 0],
    ["foreign", 0],
    ["undecided", 0],
  ]);
  const unsent = { all: 0, most: 0 };
  for (const { protocolName, outbox } of registry.connections) {
    protocols.set(protocolName, (protocols.get(protocolName) ?? 0) + 1);
    unsent.all += outbox.unsent;
    unsent.most = Math.max(unsent.most, outbox.unsent);
  }
  return {
    version,
    metrics,
    started,
    now: clock(),
    protocols,
    members: chat.members.size,
    rooms: chat.rooms.size,
    unsent,
    isStoring: !store.isDown,
    memory: process.memoryUsage.rss(),
    cluster: node && {
      position: node.order.position,
      version: chat.semantics,
      isDark: node.isDark,
      stored: node.order.nodes.map((each) => [nameOf(each), each.stored] as const),
    },
  };
}

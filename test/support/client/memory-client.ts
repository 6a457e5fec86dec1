/** Full-screen clients in the test's own process, without sockets. */

import { expect } from "bun:test";
import { type ClientOptions, runClient } from "../../../src/client/run/client.ts";
import type { TestChat } from "../chat-server.ts";
import { inProcess } from "../in-process.ts";
import { MemorySession } from "./memory-session.ts";

/** A running client, with its terminal and the exit code at its end. */
export interface MemoryClient extends MemorySession {
  readonly code: Promise<number>;
}

interface Setup extends Partial<ClientOptions> {
  readonly columns?: number;
  readonly rows?: number;
  /** The bytes that each direction of the connection buffers. */
  readonly buffer?: number;
}

/** Starts a client, in the lobby unless the options say otherwise. */
export function startClient(chat: TestChat, nick: string, setup: Setup = {}): MemoryClient {
  const { columns, rows, buffer, ...options } = setup;
  const session = new MemorySession(inProcess(chat.accept, buffer), columns, rows);
  const all = { host: "chat.test", port: 9000, nick, rooms: ["#lobby"], linear: false, raw: false, ...options };
  return Object.assign(session, { code: runClient(all, session.proc) });
}

/** Ends clients by SIGTERM, and expects that each exits with 0. */
export async function endClients(...clients: readonly MemoryClient[]): Promise<void> {
  for (const client of clients) client.signal("SIGTERM");
  expect(await Promise.all(clients.map(({ code }) => code))).toEqual(clients.map(() => 0));
}

/** A chat server on a free port for one test, with its history in memory. */

import { randomBytes } from "node:crypto";
import type { Store } from "../../src/chat/store.ts";
import { defaultConfig, type ServerConfig } from "../../src/server/config/read.ts";
import { type Running, type ServeSetup, serveChat } from "../../src/server/serve.ts";
import { memoryStore } from "../../src/store/sqlite.ts";
import type { WriterWatch } from "../../src/store/writer.ts";

/** A running chat server; disposing of it stops the server. */
export interface TestChat extends AsyncDisposable {
  readonly port: number;
  /** Accepts a connection over a transport that the test made. */
  readonly accept: Running["accept"];
  /** The port of /metrics, if `monitor` is configured. */
  readonly monitor: number;
  /** Reloads the configuration with these changes, as SIGHUP does. */
  reload(changes: Partial<ServerConfig>): void;
  /** Bugs that closed a connection. Any bug fails the test when the server stops. */
  readonly failures: readonly Error[];
}

/** Starts a server named `chat.test`; use it with `await using`. */
export function startChat(
  changes: Partial<ServerConfig> = {},
  clock: () => number = Date.now,
  open: (watch: WriterWatch) => Store = memoryStore,
  more: Partial<ServeSetup> = {},
): TestChat {
  const failures: Error[] = [];
  const store = open({ clock, failed: (error) => failures.push(error), recovered: () => {} });
  const config = { ...defaultConfig(), name: "chat.test", motd: [], listen: ["127.0.0.1:0"], ...changes };
  const running: Running = serveChat({
    config,
    version: "0.0.0",
    clock,
    steady: more.steady ?? clock,
    store,
    cloakKey: randomBytes(32),
    pushKey: randomBytes(32),
    said: () => {},
    failed: (error) => failures.push(error),
    ...more,
  });
  return {
    port: running.port ?? 0,
    monitor: running.monitor ?? 0,
    accept: running.accept,
    reload: (more) => running.reload({ ...config, ...more }),
    failures,
    async [Symbol.asyncDispose]() {
      await running.stop("The test is over");
      store.close();
      if (failures.length > 0) throw failures[0];
    },
  };
}

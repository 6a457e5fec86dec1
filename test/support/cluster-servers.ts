/** Servers of a cluster in one process, on free ports, over one log in memory that moves by itself. */

import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { savedPoint } from "../../src/chat/presence.ts";
import { SEMANTICS } from "../../src/chat/rules/check.ts";
import type { Store } from "../../src/chat/store.ts";
import { startingPoint } from "../../src/cluster/founding.ts";
import { ClusterNode, type NodeEnd } from "../../src/cluster/node.ts";
import type { NodePoint } from "../../src/cluster/order.ts";
import { defaultConfig, type ServerConfig } from "../../src/server/config/read.ts";
import { rulesOf } from "../../src/server/config/reload.ts";
import type { ServeSetup } from "../../src/server/serve.ts";
import { snapshot } from "../../src/store/backup.ts";
import { SqliteStore } from "../../src/store/sqlite.ts";
import type { WriterWatch } from "../../src/store/writer.ts";
import { startChat, type TestChat } from "./chat-server.ts";

import { SeededLog } from "./seeded-log.ts";

/** A server of the cluster. */
export interface TestServer extends TestChat {
  readonly node: ClusterNode;
  readonly store: Store;
  /** Whether it reaches the others, each time that this changed. */
  readonly reaches: readonly boolean[];
  /** Why the node has ended, if it has. */
  readonly ends: readonly NodeEnd[];
}

/** A cluster of servers; use it with `await using`. */
export class TestServers implements AsyncDisposable {
  readonly log = new SeededLog();
  /** The time of all servers. */
  now = Date.now();
  readonly #folder = mkdtempSync(join(tmpdir(), "tcpchat-"));
  readonly #servers: TestServer[] = [];
  readonly #timer = setInterval(() => {
    while (this.log.step());
  }, 1);

  /** Starts a server, and waits until it takes connections. It starts from its own file, if there is one. */
  async starts(name: string, changes: Partial<ServerConfig> = {}, more: Partial<ServeSetup> = {}): Promise<TestServer> {
    const ends: NodeEnd[] = [];
    const reaches: boolean[] = [];
    const clock = () => this.now;
    const file = join(this.#folder, `${name}.db`);
    const watch = { clock, failed: () => {}, recovered: () => {} };
    if (this.#servers.length === 0) new SqliteStore(join(this.#folder, "first.db"), "normal", watch).close();
    if (!existsSync(file)) snapshot(join(this.#folder, "first.db"), file);
    const store: Store = new SqliteStore(file, "normal", watch);
    const node = new ClusterNode({
      log: this.log,
      name,
      store,
      rules: rulesOf({ ...defaultConfig(), ...changes }),
      start: (savedPoint(store) as NodePoint | undefined) ?? startingPoint(1, this.now, SEMANTICS.newest),
      clock,
      steady: clock,
      quiet: 0,
      reaches: (others) => reaches.push(others),
      ended: (why) => ends.push(why),
    });
    await node.start();
    const chat = startChat(changes, clock, (_watch: WriterWatch) => store, { ...more, node });
    const server = { ...chat, node, store, reaches, ends };
    this.#servers.push(server);
    return server;
  }

  /** Stops a server gracefully. */
  async stops(server: TestServer): Promise<void> {
    this.#servers.splice(this.#servers.indexOf(server), 1);
    await server[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.log.isDark = false;
    for (const server of [...this.#servers]) await this.stops(server);
    clearInterval(this.#timer);
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

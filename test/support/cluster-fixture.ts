/** Nodes of a cluster in one process, each with a chat and a store of its own, over a log that a seed plays. */

import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Chat } from "../../src/chat/chat.ts";
import type { Rules } from "../../src/chat/model/limits.ts";
import { RULES } from "../../src/chat/model/limits.ts";
import { SESSIONS } from "../../src/chat/model/session.ts";
import { savedPoint } from "../../src/chat/presence.ts";
import { SEMANTICS, type Semantics } from "../../src/chat/rules/check.ts";
import { startingPoint } from "../../src/cluster/founding.ts";
import type { LoggedRecord } from "../../src/cluster/log.ts";
import { type Fence, type NodePoint, Order } from "../../src/cluster/order.ts";
import { snapshot } from "../../src/store/backup.ts";
import { databaseFiles } from "../../src/store/data-folder.ts";
import { SqliteStore } from "../../src/store/sqlite.ts";
import { RecordingSession } from "./chat-fixture.ts";
import { type LogFaults, SeededLog, seeded } from "./seeded-log.ts";

const BEGINNING = 1_700_000_000_000; // ms since 1970
const MOMENT = 20; // ms of a step at most
const HEARTBEAT = 1000; // ms
const AGREE = 500; // ms for which all nodes must have known newer semantics

interface ClusterSetup {
  readonly seed?: number;
  readonly faults?: LogFaults;
  readonly rules?: Rules;
  /** The semantics that it begins with. The default is that of this program. */
  readonly agreed?: number;
  /** Changes the store that every node begins with. */
  readonly prepare?: (store: SqliteStore) => void;
}

/** The peculiarities of a node. */
export interface NodeTraits {
  /** The semantics of its program. */
  readonly semantics?: Semantics;
  /** How much its clock is ahead, in milliseconds. */
  readonly skew?: number;
  /** Changes the store of this node alone. */
  readonly spoils?: (store: SqliteStore) => void;
}

/** A cluster; use it with `using`. */
export class TestCluster implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), "tcpchat-"));
  readonly random: () => number;
  readonly log: SeededLog;
  readonly rules: Rules;
  /** Where it begins. */
  readonly start: NodePoint;
  readonly nodes: TestNode[] = [];
  /** The digests of the nodes after each record, by position. */
  readonly digests = new Map<number, Set<string>>();
  /** The true time. */
  now = BEGINNING;
  #incarnations = 0;

  constructor(setup: ClusterSetup = {}) {
    const { seed = 1, faults, rules = RULES, agreed = SEMANTICS.newest, prepare = () => {} } = setup;
    this.random = seeded(seed);
    this.log = new SeededLog(this.random, faults);
    this.rules = rules;
    this.start = startingPoint(1, BEGINNING, agreed);
    const first = openStore(this.#file("first"));
    prepare(first);
    first.commit();
    first.close();
  }

  /** Starts a node, and waits until it takes sessions. */
  async starts(name: string, traits: NodeTraits = {}): Promise<TestNode> {
    const node = this.begins(name, traits);
    while (node.ordinal === undefined) await this.step();
    return node;
  }

  /** Starts a node and does not wait. It starts from its own file, if it has one, or from a copy of the file of `peer`. */
  begins(name: string, traits: NodeTraits = {}, peer?: TestNode): TestNode {
    const file = this.#file(name);
    if (peer) for (const old of databaseFiles(file)) rmSync(old, { force: true });
    if (!existsSync(file)) snapshot(this.#file(peer?.place ?? "first"), file);
    const node = new TestNode(this, `${name}.${++this.#incarnations}`, openStore(file), traits);
    this.nodes.push(node);
    return node;
  }

  /** Kills a node: only its file and its records in the log are left. */
  kills(node: TestNode): void {
    this.nodes.splice(this.nodes.indexOf(node), 1);
    node.ends();
  }

  /** Notes a node's digest after a record, to compare it with those of the others. */
  compares({ position, hash }: NodePoint): void {
    const digests = this.digests.get(position);
    if (digests) digests.add(hash);
    else this.digests.set(position, new Set([hash]));
  }

  /** The positions after which nodes had different digests. */
  get differences(): readonly number[] {
    return [...this.digests].flatMap(([position, hashes]) => (hashes.size > 1 ? [position] : []));
  }

  /** One move of the log; a moment passes, and nodes say that they live. */
  async step(): Promise<boolean> {
    this.now += Math.floor(this.random() * MOMENT);
    for (const node of this.nodes) node.passes();
    const hasMoved = this.log.step();
    await new Promise(setImmediate); // until the answers have reached the publishers
    return hasMoved;
  }

  /** Steps until nothing is on its way, without any time. */
  async settles(): Promise<void> {
    for (const node of this.nodes) node.order.publish();
    do await new Promise(setImmediate);
    while (this.log.step());
  }

  /** Lets time pass: every node writes a record each second. */
  async passes(time: number): Promise<void> {
    for (const until = this.now + time; this.now < until; ) {
      this.now += HEARTBEAT;
      for (const node of this.nodes) node.order.beat();
      await this.settles();
    }
  }

  #file(name: string): string {
    return join(this.folder, `${name}.db`);
  }

  [Symbol.dispose](): void {
    for (const node of [...this.nodes]) this.kills(node);
    rmSync(this.folder, { recursive: true, force: true }); // the search workers of dead nodes may delete files of theirs yet
  }
}

/** A node of a test's cluster. */
export class TestNode {
  /** The name of this incarnation; and that of the node. */
  readonly name: string;
  readonly place: string;
  readonly store: SqliteStore;
  readonly order: Order;
  readonly chat: Chat;
  readonly #cluster: TestCluster;
  /** Set once sessions may come. */
  ordinal: number | undefined;
  fence: Fence | undefined;
  /** The nodes whose state has turned out to be another. */
  readonly differed: string[] = [];
  readonly #unfollow: () => void;
  /** The entries that came while the node is stopped; `undefined` while it runs. */
  #unread: LoggedRecord[] | undefined;
  #sessions = 0;
  #beaten: number;

  constructor(cluster: TestCluster, name: string, store: SqliteStore, traits: NodeTraits) {
    const { skew = 0, spoils, semantics = SEMANTICS } = traits;
    this.name = name;
    this.place = name.replace(/\..*/, "");
    this.#cluster = cluster;
    this.store = store;
    spoils?.(store);
    this.#beaten = cluster.now - HEARTBEAT;
    const start = (savedPoint(store) as NodePoint | undefined) ?? cluster.start;
    this.order = new Order({
      log: cluster.log,
      store,
      node: name,
      start,
      newest: semantics.newest,
      agreeAfter: AGREE,
      clock: () => cluster.now + skew,
      steady: () => cluster.now,
      submitted: () => {},
      pause: () => Promise.resolve(),
      ready: (ordinal) => {
        this.ordinal = ordinal;
      },
      differed: (node) => void this.differed.push(node),
      kept: () => {},
      skipped: () => {},
      unknown: () => {},
      fenced: (why) => {
        this.fence = why;
      },
      failed: (error) => {
        throw error;
      },
    });
    this.chat = new Chat({ store, rules: cluster.rules, clock: noClock, order: this.order, semantics });
    this.order.carry(this.chat);
    this.#unfollow = cluster.log.follow(start.position, {
      entries: (entries) => {
        if (this.#unread) this.#unread.push(...entries);
        else for (const entry of entries) this.#run(entry);
      },
      trimmed: () => {},
    });
    this.order.beat();
  }

  #run(entry: LoggedRecord): void {
    this.order.run([entry]);
    if (this.fence) return void this.chat.commit(); // as a server does when it ends
    this.#cluster.compares(this.order.point);
    this.order.publish();
    if (this.#cluster.random() < 0.5) return; // a tick may have several records
    this.chat.commit();
    this.order.stored(entry.position);
  }

  /** A new session of this node. */
  connects(): RecordingSession {
    if (this.ordinal === undefined) throw new Error(`${this.name} is not ready`);
    return new RecordingSession(this.chat, this.ordinal * SESSIONS + ++this.#sessions);
  }

  /** Suspends the node until `continues`: it runs and writes nothing. */
  stops(): void {
    this.#unread ??= [];
  }

  /** Resumes the node, which first runs the records that it has missed. */
  continues(): void {
    const unread = this.#unread ?? [];
    this.#unread = undefined;
    for (const entry of unread) this.#run(entry);
  }

  /** A moment has passed. */
  passes(): void {
    if (this.#unread) return;
    if (this.#cluster.now - this.#beaten < HEARTBEAT) return this.order.publish();
    this.#beaten = this.#cluster.now;
    this.order.beat();
  }

  ends(): void {
    this.#unfollow();
    this.order.stop();
    this.store.close();
  }
}

/** The chat of a node reads no clock. */
function noClock(): number {
  throw new Error("The clock was read.");
}

function openStore(file: string): SqliteStore {
  return new SqliteStore(file, "normal", {
    clock: () => BEGINNING,
    failed: (error) => {
      throw error;
    },
    recovered: () => {},
  });
}

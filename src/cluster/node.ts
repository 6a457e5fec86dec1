/**
 * A running node of a cluster: it follows the log, publishes a heartbeat each second, and knows whether it can reach the
 * others.
 */

import { Chat } from "../chat/chat.ts";
import type { Rules } from "../chat/model/limits.ts";
import type { Session } from "../chat/model/session.ts";
import { SEMANTICS, type Semantics } from "../chat/rules/check.ts";
import type { Store } from "../chat/store.ts";
import { randomHex } from "../text/bytes.ts";
import type { LoggedRecord, RecordLog } from "./log.ts";
import { HEARTBEAT, type NodeState, nameOf } from "./membership.ts";
import { type Fence, type NodePoint, Order } from "./order.ts";
import { decodeRecord } from "./record.ts";
import { isFirst, LogHorizon } from "./upkeep.ts";

const DARK = 2000; // ms without an answer from the log after which acts are refused
const LONELY = 5000; // the same, after which clients are disconnected: the others may count this node as dead
const LOOK = 250; // ms between two checks of these times
const QUIET = 2500; // ms without a record of this name, after which no running server has the name
const AGAIN = 100; // ms before a record is published again, if the log has not confirmed it
const AHEAD = 60_000; // ms by which the chat's time is far ahead of the machine's clock
const TRIM = 60_000; // ms between two checks for entries of the log that no node needs
const AGREE = 60_000; // ms for which all nodes must have known newer semantics before it is agreed
const FAREWELL = 2000; // ms for the last record at a graceful stop

/**
 * Why a node has ended: another server has its name; the others count it as dead, its state is not theirs, or they have
 * agreed on semantics that it does not know; its store cannot write, or has lost something; the log is trimmed where it
 * reads, or was put back to an older state.
 */
export type NodeEnd = Fence | "name" | "store" | "damaged" | "trimmed" | "rewound";

/** The dependencies of a node. */
export interface NodeSetup {
  readonly log: RecordLog;
  /** The name in the configuration. */
  readonly name: string;
  readonly store: Store;
  /** The rules of a cluster that has run no record. */
  readonly rules: Rules;
  /** Where its store is. */
  readonly start: NodePoint;
  readonly clock: () => number;
  readonly steady: () => number;
  /** The semantics that it knows. The default is that of this program. */
  readonly semantics?: Semantics;
  /** How long all nodes must have known newer semantics before it is agreed, in milliseconds. The default is a minute. */
  readonly agreeAfter?: number;
  /** How long it listens at its start for another server of its name, in milliseconds. The default is 2.5 s. */
  readonly quiet?: number;
  /** Called when the state of another node turns out not to be that of this one; with its name. */
  readonly differed?: (name: string) => void;
  /** Called when another node, which runs, says that it has kept files of a state that was not that of the others. */
  readonly kept?: (name: string, files: readonly string[]) => void;
  /** Called with something in the log that no node has written. */
  readonly skipped?: (entry: LoggedRecord) => void;
  /** Called with a record of a version that this program does not know: the node ends. */
  readonly unknown?: (entry: LoggedRecord, version: number) => void;
  /** Called when the chat's time has come to be far ahead of this machine's clock; in milliseconds. */
  readonly ahead?: (time: number) => void;
  /** Called when the others can no longer be reached, and when they can again. */
  readonly reaches?: (others: boolean) => void;
  /** Called once when it ends; with the error, if there was one. */
  readonly ended: (why: NodeEnd, error?: unknown) => void;
}

/** The server that a node serves, once it is ready. */
export interface NodeServer {
  /** Begins a tick, whose end calls `commit`. */
  beginTick(): void;
  /** An act has thrown, which is a bug: it costs its session, if that is of this server. */
  failed(error: unknown, session: Session | undefined): void;
  /** The other nodes cannot be reached for so long that the clients have to look for another node. */
  sendAway(): void;
}

/** A node of a cluster. */
export class ClusterNode {
  readonly chat: Chat;
  readonly order: Order;
  /** Counts the incarnations of all nodes: the ids of this node's sessions begin with it. Set once it is ready. */
  ordinal = 0;
  readonly #setup: NodeSetup;
  /** The name of this incarnation. */
  readonly #name: string;
  readonly #horizon: LogHorizon;
  #server: NodeServer | undefined;
  #unfollow: () => void = () => {};
  #timers: ReturnType<typeof setInterval>[] = [];
  #ready: () => void = () => {};
  /** When records have come last, by the steady clock. */
  #heard = 0;
  #isAhead = false;
  #isDark = false;
  #isLonely = false;
  #hasEnded = false;
  /** The store has lost a write: nothing that comes later may be stored either. */
  #isBroken = false;
  /** While the node listens before its first record: the log's position at the start, and whether a later record has come. */
  #head: number | undefined;
  #hasCaughtUp = false;

  constructor(setup: NodeSetup) {
    const { log, name, store, rules, start, clock, steady, semantics = SEMANTICS, agreeAfter = AGREE } = setup;
    this.#setup = setup;
    this.#name = `${name}.${randomHex(6)}`;
    this.#horizon = new LogHorizon(steady);
    this.order = new Order({
      log,
      store,
      node: this.#name,
      start,
      newest: semantics.newest,
      agreeAfter,
      clock,
      steady,
      pause: () => Bun.sleep(AGAIN),
      submitted: () => (this.#server ? this.#server.beginTick() : this.order.publish()),
      ready: (ordinal) => {
        this.ordinal = ordinal;
        this.#ready();
      },
      differed: (node) => setup.differed?.(nameOf({ node })),
      kept: (node, files) => setup.kept?.(nameOf({ node }), files),
      skipped: (entry) => setup.skipped?.(entry),
      unknown: (entry, version) => setup.unknown?.(entry, version),
      fenced: (why) => this.#end(why),
      failed: (error, session) => this.#server?.failed(error, session),
    });
    this.chat = new Chat({ store, rules, clock, order: this.order, semantics });
    this.order.carry(this.chat);
  }

  /**
   * Follows the log. Resolves when the node has run everything before its own first record, and the others have the same
   * state then. Before it publishes that record, it listens whether another server of its name lives: each would end the
   * other for ever.
   */
  async start(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#ready = resolve;
    this.#follow();
    if ((this.#setup.quiet ?? QUIET) > 0) await this.#listen();
    if (!this.#hasEnded) this.#live();
    return promise;
  }

  /** Waits until this node has caught up and no former incarnation lives, or until what lives is silent. */
  async #listen(): Promise<void> {
    const { quiet = QUIET, steady, name, log, start } = this.#setup;
    if (await this.#insist(() => log.isRewound(start.position, start.last))) return this.#end("rewound");
    this.#head = await this.#insist(() => log.position());
    const since = steady();
    while (!this.#hasEnded && steady() - since < quiet) {
      if (this.#hasCaughtUp && !this.nodes.some((node) => nameOf(node) === name)) return;
      await Bun.sleep(AGAIN);
    }
    if (!this.#hasCaughtUp) this.order.presumeDead();
    this.#head = undefined;
  }

  async #insist<T>(ask: () => Promise<T>): Promise<T | undefined> {
    while (!this.#hasEnded) {
      try {
        return await ask();
      } catch {
        await Bun.sleep(AGAIN);
      }
    }
    return undefined;
  }

  /** While it listens: a record that is later than its start is one of a living node. */
  #hear({ position, bytes }: LoggedRecord): void {
    if (this.#head === undefined || position <= this.#head) return;
    this.#hasCaughtUp = true;
    const record = decodeRecord(bytes);
    if (!record) return;
    const { node, farewell } = record;
    if (nameOf({ node }) === this.#setup.name && node !== this.#name && !farewell) this.#end("name");
  }

  #follow(): void {
    this.#unfollow = this.#setup.log.follow(
      this.order.position,
      {
        entries: (entries) => {
          this.#heard = this.#setup.steady();
          this.#server?.beginTick();
          try {
            this.order.run(entries);
          } catch (error) {
            // The others run the same record, so what this one has stored is to blame.
            this.#isBroken = true;
            return this.#end("damaged", error);
          }
          for (const entry of entries) {
            this.#horizon.ran(entry.position, entry.bytes.length);
            this.#hear(entry);
          }
          if (!this.#server) this.commit();
        },
        trimmed: () => this.#end("trimmed"),
        rewound: () => this.#end("rewound"),
      },
      this.#setup.start.last,
    );
  }

  #live(): void {
    this.order.beat();
    this.#timers = [
      setInterval(() => this.order.beat(), HEARTBEAT),
      setInterval(() => this.#look(), LOOK),
      setInterval(() => this.#trim(), TRIM),
    ];
  }

  /** From now on records run in the ticks of a server. */
  serve(server: NodeServer): void {
    this.#server = server;
  }

  /** Whether the other nodes cannot be reached: nothing can be said. */
  get isDark(): boolean {
    return this.#isDark;
  }

  /** The living nodes. */
  get nodes(): readonly NodeState[] {
    return this.order.nodes;
  }

  /** Whether this node does the work that one node does for all. */
  get isFirst(): boolean {
    return isFirst(this.nodes, this.#name);
  }

  /** Whether a session is one of this node. */
  has(session: number): boolean {
    return this.order.ordinalOf(session) === this.ordinal;
  }

  /** Ends a tick: stores what has run, and publishes what was submitted. Returns false if it could not be stored. */
  commit(): boolean {
    if (!this.#isBroken && this.#hasLost) {
      this.#isBroken = true;
      this.#end("damaged");
    }
    if (this.#isBroken) return false;
    // Once the node has ended, its store still gets what ran before, so that it is that of a position.
    this.#isBroken = !this.chat.commit() || this.#setup.store.isDown;
    if (this.#isBroken) this.#end("store");
    else this.order.stored(this.order.position);
    this.order.publish();
    return !this.#isBroken;
  }

  /** Whether its store cannot read something that others have. The last one that lives goes on with what is left. */
  get #hasLost(): boolean {
    return this.#setup.store.faults > 0 && this.nodes.some((node) => nameOf(node) !== this.#setup.name);
  }

  /** Saves what is only in memory, at the end of a server. */
  close(): void {
    if (!this.#isBroken) this.chat.close();
  }

  /** Publishes what is submitted until now, and that the node stops: nobody waits for it. Then the node ends. */
  async leave(): Promise<void> {
    if (!this.#hasEnded) await Promise.race([this.order.leave(), Bun.sleep(FAREWELL)]);
    this.#stop();
  }

  #look(): void {
    const ahead = this.chat.logPoint.time - this.#setup.clock();
    if (ahead > AHEAD && !this.#isAhead) this.#setup.ahead?.(ahead);
    this.#isAhead = ahead > AHEAD;
    // While it catches up, its own records come after all that it has missed.
    const quiet = this.#server ? Number.POSITIVE_INFINITY : this.#setup.steady() - this.#heard;
    const delay = Math.min(this.order.delay, quiet);
    const isDark = delay > DARK;
    if (isDark !== this.#isDark) {
      this.#isDark = isDark;
      this.#isLonely = false;
      this.#server?.beginTick();
      this.order.refuse(isDark ? { why: "no-majority" } : undefined);
      this.#setup.reaches?.(!isDark);
    }
    if (delay <= LONELY || this.#isLonely) return;
    this.#isLonely = true;
    this.#server?.sendAway();
  }

  #trim(): void {
    const before = this.isFirst ? this.#horizon.before(this.order.horizon) : 0;
    // Without an answer, the log is trimmed the next time.
    if (before > 0) this.#setup.log.trim(before).catch(() => {});
  }

  #end(why: NodeEnd, error?: unknown): void {
    if (this.#hasEnded) return;
    this.#stop();
    this.#setup.ended(why, error);
  }

  #stop(): void {
    this.#hasEnded = true;
    this.order.stop();
    this.#unfollow();
    for (const timer of this.#timers) clearInterval(timer);
  }
}

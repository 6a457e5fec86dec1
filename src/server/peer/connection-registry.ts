import type { ServerBan } from "../../chat/model/masks.ts";
import type { Closing } from "../../wire/closing.ts";
import type { Peer, Protocol } from "../../wire/protocol.ts";
import {
  ConnectionLimiter,
  type ConnectionLimits,
  type ConnectionRefusal,
  KEY_OF,
} from "../limits/connection-limiter.ts";
import type { TlsContext } from "../net/certificate.ts";
import { cloak } from "../net/networks.ts";
import type { FirstBytes, ProtocolDetector } from "../net/protocol-detector.ts";
import { Relays } from "../net/relays.ts";
import { plainAddress, type Transport } from "../net/transport.ts";
import { FrameCache } from "../net/websocket.ts";
import type { AuditLog } from "../ops/audit-log.ts";
import { ClosingConnections, MemoryTrimmer } from "./closing.ts";
import type { Connection } from "./connection.ts";
import { Deadlines } from "./deadlines.ts";
import type { Outbox } from "./outbox.ts";
import { Tick } from "./tick.ts";

const SILENCE = 1500; // ms without input after which a new peer is taken for a person and greeted
const FRAGMENT = 200; // ms without a newline after which the first bytes are taken for a whole message
const LINGER = 5000; // ms for a peer to take its last bytes and close its side
const SOON = 1000; // ms that `Peer.soon` waits
const FIRST_BYTES = 10_000; // ms for a protocol's first bytes to be complete: a proxy's header, the head of HTTP
const CLOAKS = 512; // addresses whose cloaks are cached
const HOUSEKEEPING_EVERY = 5000; // ms between two checks of idle connections
const URGENCY = 0.01; // ms of a tick for each ms that deferred work has waited; until then, departed peers cost time
const ACCEPTED = 8; // connections accepted in a tick: each costs some 0.1 ms
const MANY_WAITING = 128; // waiting connections above which only one connection is accepted in a tick
const TURNED_AWAY = 16; // refused connections closed politely at a time: more would use up the descriptors

const NO_RELAYS = new Relays();

/** Makes the protocol for each kind of peer. */
interface ProtocolFactories {
  person(peer: Peer): Protocol;
  client(peer: Peer): Protocol;
  browser(connection: Connection): Protocol;
  /** For a peer that speaks an unsupported protocol; `words` tell it so. Without it, such peers count as persons. */
  foreign?(peer: Peer, words: string): Protocol;
}

/** The limits of connections and rates; 0 is no limit. */
export interface RegistryLimits extends ConnectionLimits {
  /** Whether the rate limit applies. */
  readonly floodProtection: boolean;
  /** The burst in lines, and the rate in lines a second. */
  readonly floodBurst: number;
  readonly floodRate: number;
}

export interface ConnectionRegistrySetup {
  readonly protocols: ProtocolFactories;
  readonly clock: () => number;
  /** A monotonic clock in milliseconds; `performance.now` if not given. */
  readonly elapsed?: () => number;
  readonly cloakKey: Uint8Array;
  /** Added to the numbers of connections, so that no other node of a cluster has the same; 0 if not given. */
  readonly firstId?: number;
  /** Unsent bytes allowed for one peer. */
  readonly sendQueue: () => number;
  /** Unsent bytes allowed for all peers together. */
  readonly sendQueues: () => number;
  /** Whether an address is exempt from limits. */
  readonly isExempt: (address: string) => boolean;
  /** Proxies and gateways, which may report another address than their own; none if not given. */
  readonly relays?: () => Relays;
  readonly limits: RegistryLimits;
  /** Finds the ban of an address. */
  readonly banOn?: ((address: string) => ServerBan | undefined) | undefined;
  readonly commit: () => boolean;
  /** Called every few seconds. */
  readonly housekeeping: () => void;
  /** Called when memory can be given back, after many connections have closed. */
  readonly trimMemory?: (() => void) | undefined;
  /** Called with an exception and the id of the connection that it has cost. */
  readonly failed: (error: Error, id: number | undefined) => void;
  /** Records opened, closed and refused connections. */
  readonly auditLog: AuditLog;
  /** Without it, no TLS is offered. */
  readonly tlsContext?: TlsContext | undefined;
  /** Protocols that are detected by their first bytes, besides TLS; all others are told by the first line. */
  readonly detectable?: readonly FirstBytes[];
}

/** All connections of a server, and what they share: the tick, the protocols, the limits and the deadlines. */
export class ConnectionRegistry {
  readonly tick: Tick;
  readonly clock: () => number;
  readonly isExempt: (address: string) => boolean;
  readonly failed: ConnectionRegistrySetup["failed"];
  readonly silences = new Deadlines<Connection>(SILENCE, (due) => this.inTick(due, () => due.silent()));
  readonly fragments = new Deadlines<Connection>(FRAGMENT, (due) => this.guard(due, () => due.fragmentDue()));
  readonly lingers = new Deadlines<Connection>(LINGER, (due) => this.inTick(due, () => due.cutOff()));
  /** Connections slowed by the rate limiter. */
  readonly slowed: Deadlines<Connection>;
  /** Deferred work, which is not urgent: greeting, cutting off and removing peers. */
  readonly #deferred: WorkQueue<() => void>;
  readonly closingConnections = new ClosingConnections();
  /** Connections whose protocol's first bytes are incomplete. */
  readonly firstBytes = new Deadlines<ProtocolDetector>(FIRST_BYTES, (due) =>
    this.guard(due.connection, () => due.overdue()),
  );
  /** Work delayed by `Peer.soon`. */
  readonly delayed = new Deadlines<() => void>(SOON, (work) => work());
  readonly #relays: () => Relays;
  #turnedAway = 0;
  readonly connectionLimiter: ConnectionLimiter;
  readonly limits: RegistryLimits;
  readonly firstId: number;
  readonly connections = new Set<Connection>();
  /** The frames of all WebSockets, by the type of their messages. */
  readonly frames = { text: new FrameCache("text"), binary: new FrameCache("binary") };
  /** Connections whose protocol is unknown. */
  readonly undecided = new Set<Connection>();
  readonly protocols: ProtocolFactories;
  readonly tlsContext: TlsContext | undefined;
  /** Protocols that are detected by their first bytes, besides TLS. */
  readonly detectable: readonly FirstBytes[];
  readonly #auditLog: AuditLog;
  readonly #cloakKey: Uint8Array;
  readonly #sendQueue: () => number;
  readonly #sendQueues: () => number;
  readonly #cloaks = new Map<string, string>();
  readonly #memoryTrimmer: MemoryTrimmer;
  readonly #housekeeping: () => void;
  readonly #housekeepingTimer: ReturnType<typeof setInterval>;

  constructor(setup: ConnectionRegistrySetup) {
    const {
      protocols,
      clock,
      cloakKey,
      sendQueue,
      sendQueues,
      isExempt,
      limits,
      commit,
      housekeeping,
      failed,
      auditLog,
    } = setup;
    this.tick = new Tick(commit, auditLog.metrics, setup.elapsed);
    this.clock = clock;
    this.#sendQueue = sendQueue;
    this.#sendQueues = sendQueues;
    this.isExempt = isExempt;
    this.#relays = setup.relays ?? (() => NO_RELAYS);
    this.limits = limits;
    this.firstId = setup.firstId ?? 0;
    this.connectionLimiter = new ConnectionLimiter(limits, isExempt, clock, setup.banOn);
    this.slowed = new Deadlines(
      () => 1000 / limits.floodRate,
      (due) => this.guard(due, () => due.creditDue()),
    );
    this.#deferred = new WorkQueue(this.tick, (work) => work(), URGENCY);
    this.#memoryTrimmer = new MemoryTrimmer(() => {
      setup.trimMemory?.();
      Bun.gc(true);
    });
    this.#housekeeping = housekeeping;
    this.failed = failed;
    this.protocols = protocols;
    this.tlsContext = setup.tlsContext;
    this.detectable = setup.detectable ?? [];
    this.#auditLog = auditLog;
    this.#cloakKey = cloakKey;
    this.#housekeepingTimer = setInterval(() => this.#housekeep(), HOUSEKEEPING_EVERY);
  }

  /** The proxies and gateways in the current configuration. */
  get relays(): Relays {
    return this.#relays();
  }

  /** The cloak of an address, which other members see. Cached, since many connections share an address. */
  cloak(address: string): string {
    const known = this.#cloaks.get(address);
    if (known !== undefined) return known;
    const made = cloak(address, this.#cloakKey);
    if (this.#cloaks.size >= CLOAKS) this.#cloaks.clear();
    this.#cloaks.set(address, made);
    return made;
  }

  /** How many connections may be accepted in this tick: only one if many wait to be served. */
  get acceptsPerTick(): number {
    return this.tick.input.waiting + this.#deferred.size > MANY_WAITING ? 1 : ACCEPTED;
  }

  /** Adds a new connection. */
  add(connection: Connection): void {
    this.connections.add(connection);
    this.#auditLog.opened(connection);
  }

  /** Records that a proxy or gateway at address `by` has reported the peer's own address. */
  relayed(connection: Connection, by: string): void {
    this.#auditLog.relayed(connection, by);
  }

  /** Records a malformed header of a proxy. */
  refuseHeader(connection: Connection, why: string): void {
    this.#auditLog.headerRefused(connection, why);
  }

  /** Records a refused WEBIRC line. */
  refuseGateway(connection: Connection, why: string): void {
    this.#auditLog.gatewayRefused(connection, why, this.relays.isGateway(connection.address));
  }

  /** Removes a closed connection. */
  remove(connection: Connection, closing: Closing): void {
    if (!this.connections.delete(connection)) return;
    if (connection.admission && !connection.carrier)
      this.connectionLimiter.leave(connection.admission, connection.protocolName === "http");
    this.#memoryTrimmer.left();
    this.#auditLog.closed(connection, closing);
  }

  /** Tells a refused peer the reason, and closes. In a storm of refusals the words may be lost. */
  turnAway(transport: Transport, reason: ConnectionRefusal): void {
    transport.write(errorLine(this.refuse(plainAddress(transport.remote.address), reason)));
    if (this.#turnedAway >= TURNED_AWAY) return transport.close();
    this.#turnedAway++;
    this.closingConnections.close(transport, () => this.#turnedAway--);
  }

  /** Records a refusal. Returns the words for the peer. */
  refuse(address: string, reason: ConnectionRefusal): string {
    this.#auditLog.turnedAway(address, reason);
    if (KEY_OF[reason] !== undefined && this.connectionLimiter.isWorthAWarning(address))
      this.#auditLog.limited(address, reason);
    this.tick.markOverloaded();
    return this.connectionLimiter.words(reason, address);
  }

  /** Runs work of one connection. An exception closes that connection and nothing else. */
  guard(connection: Connection, work: () => void): void {
    try {
      work();
    } catch (error) {
      connection.failed(error);
    }
  }

  /**
   * Whether a peer has too much unsent: more than one may have, or among the largest while all together have too much.
   */
  overflows({ unsent, exclusiveUnsent }: Outbox): boolean {
    const [most, mostTogether] = [this.#sendQueue(), this.#sendQueues()];
    if (most > 0 && unsent > most) return true;
    const { unread } = this.tick;
    return mostTogether > 0 && unread.bytes > mostTogether && unread.isMuch(exclusiveUnsent);
  }

  /** Runs work of one connection that is not urgent: in this tick if it has room, else deferred. */
  inTick(connection: Connection, work: () => void): void {
    this.tick.begin();
    if (!this.tick.isFull) return this.guard(connection, work);
    this.tick.markOverloaded();
    this.later(() => this.guard(connection, work));
  }

  /** Defers work that is not urgent. */
  later(work: () => void): void {
    this.#deferred.add(work);
  }

  /** The connection with this id. */
  find(id: number): Connection | undefined {
    for (const connection of this.connections) if (connection.id === id) return connection;
    return undefined;
  }

  /** Says goodbye to every peer; new ones may come. */
  sendAway(closing: Closing): void {
    this.tick.begin();
    for (const connection of this.connections) this.guard(connection, () => connection.farewell(closing));
  }

  /** Says goodbye to every peer and waits until all have gone; after `LINGER` the rest is cut off. */
  async empty(closing: Closing): Promise<void> {
    this.closingConnections.isHurried = true;
    this.sendAway(closing);
    this.tick.end();
    const cut = performance.now() + LINGER;
    while (this.connections.size > 0 && performance.now() < cut) await Bun.sleep(10);
    for (const connection of this.connections) this.guard(connection, () => connection.cutOff());
    this.close();
  }

  /** Stops all timers. */
  close(): void {
    clearInterval(this.#housekeepingTimer);
    this.silences.stop();
    this.fragments.stop();
    this.lingers.stop();
    this.slowed.stop();
    this.closingConnections.stop();
    this.firstBytes.stop();
    this.delayed.stop();
    this.tlsContext?.close();
  }

  #housekeep(): void {
    this.tick.begin(); // its end commits what housekeeping writes, even without any connection
    const now = this.clock();
    for (const connection of this.connections) this.guard(connection, () => connection.housekeep(now));
    this.#housekeeping();
    this.#memoryTrimmer.look(this.connections.size);
  }
}

/** The line that tells a refused peer why. */
export function errorLine(words: string): Uint8Array {
  return Buffer.from(`ERROR :${words}\r\n`);
}

const SHARE = 1; // ms of each tick for waiting items, however full the tick is

interface Waiting<T> {
  readonly item: T;
  /** In milliseconds. */
  readonly since: number;
}

/**
 * Items that wait because a tick is full. They are served in the following ticks, first come first served, while these
 * have room. Each tick serves at least one item and spends at least `SHARE` on them, however full it is, so none waits
 * forever. With an `urgency`, the share grows with the waiting time of the first item, so that the queue cannot keep
 * growing.
 */
export class WorkQueue<T> {
  readonly #tick: Tick;
  readonly #serve: (item: T) => void;
  readonly #urgency: number;
  #waiting: Waiting<T>[] = [];
  #isDue = false;

  /** `urgency`: ms of a tick for each ms that the first item has waited, if that is more than `SHARE`. */
  constructor(tick: Tick, serve: (item: T) => void, urgency = 0) {
    this.#tick = tick;
    this.#serve = serve;
    this.#urgency = urgency;
  }

  /** How many items wait. */
  get size(): number {
    return this.#waiting.length;
  }

  add(item: T): void {
    this.#waiting.push({ item, since: this.#tick.clock() });
    this.#goOnLater();
  }

  #goOnLater(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    // After the next network events: urgent work comes first.
    setImmediate(() => this.#goOn());
  }

  #goOn(): void {
    this.#isDue = false;
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#tick.begin();
    const now = this.#tick.clock();
    const until = now + Math.max(SHARE, (now - (waiting[0]?.since ?? now)) * this.#urgency);
    let served = 0;
    do {
      const next = waiting[served++];
      if (next) this.#serve(next.item);
    } while (served < waiting.length && (this.#tick.clock() < until || !this.#tick.isFull));
    if (served < waiting.length) this.#waiting = [...waiting.slice(served), ...this.#waiting];
    if (this.#waiting.length > 0) this.#goOnLater();
  }
}

import type { ServerBan } from "../../chat/model/masks.ts";
import type { Closing } from "../../wire/closing.ts";
import type { Peer, Protocol } from "../../wire/protocol.ts";
import { type Closed, ConnectionLimiter, type ConnectionLimits, KEY_OF } from "../limits/connection-limiter.ts";
import type { TlsContext } from "../net/certificate.ts";
import { cloak } from "../net/networks.ts";
import type { FirstBytes, ProtocolDetector } from "../net/protocol-detector.ts";
import { Relays } from "../net/relays.ts";
import { plainAddress, type Transport } from "../net/transport.ts";
import type { AuditLog } from "../ops/audit-log.ts";
import { MemoryTrimmer } from "../ops/memory.ts";
import { ClosingConnections } from "./closing.ts";
import type { Connection } from "./connection.ts";
import { Deadlines } from "./deadlines.ts";
import type { Outbox } from "./outbox.ts";
import { Tick } from "./tick.ts";

const SILENCE = 1500; // ms without a line, after which a newcomer is taken for a person and greeted
const FRAGMENT = 200; // ms without a newline, after which what has come is taken for a whole message
const LINGER = 5000; // ms that a peer has to take its last bytes and to close its side
const MOMENT = 1000; // ms
const FIRST_BYTES = 10_000; // ms that the first bytes of a protocol may take: a proxy's header, the head of HTTP
const CLOAKS = 512; // addresses whose cloaks are remembered
const HOUSEKEEPING_EVERY = 5000; // ms between two looks at who is idle
const URGENCY = 0.01; // of a turn, for what nobody waits for: who has gone is still told of everything until it is done
const ADMITTED = 8; // connections taken in a turn: each costs some 0.1 ms
const MANY_WAITING = 128; // that wait to be served, above which one connection is taken in a turn
const TURNED_AWAY = 16; // that are let down gently at a time: more of them would use up the descriptors

const NO_RELAYS = new Relays();

/** How each kind of peer is spoken to. */
interface ProtocolFactories {
  person(peer: Peer): Protocol;
  client(peer: Peer): Protocol;
  browser(peer: Peer): Protocol;
  /** A peer that speaks another protocol, and is told so in these words; without it, such peers are persons. */
  foreign?(peer: Peer, words: string): Protocol;
}

/** What a peer may cost; 0 is no limit. */
export interface RegistryLimits extends ConnectionLimits {
  /** Whether those who say too much too fast are slowed down. */
  readonly floodProtection: boolean;
  /** Lines at once, and then a second. */
  readonly floodBurst: number;
  readonly floodRate: number;
}

export interface ConnectionRegistrySetup {
  readonly faces: ProtocolFactories;
  readonly clock: () => number;
  /** Milliseconds of any origin, which never go back; the process's own, if there is none. */
  readonly elapsed?: () => number;
  readonly cloakKey: Uint8Array;
  /** Bytes that a peer may leave unread. */
  readonly sendQueue: () => number;
  /** Bytes that all of them together may. */
  readonly sendQueues: () => number;
  /** Whether limits do not apply to an address. */
  readonly isExempt: (address: string) => boolean;
  /** The peers that may speak for others; nobody may, if there are none. */
  readonly relays?: () => Relays;
  readonly limits: RegistryLimits;
  /** The ban of an address, if there is one. */
  readonly banOn?: ((address: string) => ServerBan | undefined) | undefined;
  readonly commit: () => boolean;
  /** Called every few seconds. */
  readonly housekeeping: () => void;
  /** Called when many connections have closed, and memory can be given back. */
  readonly trimMemory?: (() => void) | undefined;
  /** Told of a bug that has cost a connection, by its id. */
  readonly failed: (error: Error, id: number | undefined) => void;
  /** Told of who connects, who ends, and who is not let in. */
  readonly auditLog: AuditLog;
  /** Without it, no TLS is offered. */
  readonly tlsContext?: TlsContext | undefined;
  /** Protocols that a connection's first bytes show, besides TLS; all others are spoken in lines. */
  readonly detectable?: readonly FirstBytes[];
}

/** What all connections of a server share: its turn, its faces, its deadlines; and which connections there are. */
export class ConnectionRegistry {
  readonly tick: Tick;
  readonly clock: () => number;
  readonly isExempt: (address: string) => boolean;
  readonly failed: ConnectionRegistrySetup["failed"];
  readonly silences = new Deadlines<Connection>(SILENCE, (due) => this.inTick(due, () => due.silent()));
  readonly fragments = new Deadlines<Connection>(FRAGMENT, (due) => this.guard(due, () => due.fragmentOver()));
  readonly lingers = new Deadlines<Connection>(LINGER, (due) => this.inTick(due, () => due.cutOff()));
  /** Those that have said too much, and wait until they may say more. */
  readonly slowed: Deadlines<Connection>;
  /** What nobody waits for: who is greeted, cut off or gone. */
  readonly #rest: WorkQueue<() => void>;
  readonly closingConnections = new ClosingConnections();
  /** Peers that have begun a protocol whose first bytes take more than one packet. */
  readonly firstBytes = new Deadlines<ProtocolDetector>(FIRST_BYTES, (due) =>
    this.guard(due.connection, () => due.overdue()),
  );
  /** Work that is done a moment later. */
  readonly moments = new Deadlines<() => void>(MOMENT, (work) => work());
  readonly #relays: () => Relays;
  #turning = 0;
  readonly connectionLimiter: ConnectionLimiter;
  readonly limits: RegistryLimits;
  readonly connections = new Set<Connection>();
  /** Those that have not shown yet how they speak. */
  readonly undecided = new Set<Connection>();
  readonly faces: ProtocolFactories;
  readonly tlsContext: TlsContext | undefined;
  /** Protocols that a connection's first bytes show, besides TLS. */
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
    const { faces, clock, cloakKey, sendQueue, sendQueues, isExempt, limits, commit, housekeeping, failed, auditLog } =
      setup;
    this.tick = new Tick(commit, auditLog.metrics, setup.elapsed);
    this.clock = clock;
    this.#sendQueue = sendQueue;
    this.#sendQueues = sendQueues;
    this.isExempt = isExempt;
    this.#relays = setup.relays ?? (() => NO_RELAYS);
    this.limits = limits;
    this.connectionLimiter = new ConnectionLimiter(limits, isExempt, clock, setup.banOn);
    this.slowed = new Deadlines(
      () => 1000 / limits.floodRate,
      (due) => this.guard(due, () => due.creditDue()),
    );
    this.#rest = new WorkQueue(this.tick, (work) => work(), URGENCY);
    this.#memoryTrimmer = new MemoryTrimmer(() => {
      setup.trimMemory?.();
      Bun.gc(true);
    });
    this.#housekeeping = housekeeping;
    this.failed = failed;
    this.faces = faces;
    this.tlsContext = setup.tlsContext;
    this.detectable = setup.detectable ?? [];
    this.#auditLog = auditLog;
    this.#cloakKey = cloakKey;
    this.#housekeepingTimer = setInterval(() => this.#housekeep(), HOUSEKEEPING_EVERY);
  }

  /** The peers that may speak for others. */
  get relays(): Relays {
    return this.#relays();
  }

  /** What others may know of an address. The last ones are remembered: many come from the same. */
  cloak(address: string): string {
    const known = this.#cloaks.get(address);
    if (known !== undefined) return known;
    const made = cloak(address, this.#cloakKey);
    if (this.#cloaks.size >= CLOAKS) this.#cloaks.clear();
    this.#cloaks.set(address, made);
    return made;
  }

  /** How many connections may be taken in this turn: few, where many wait already. */
  get admits(): number {
    return this.tick.input.waiting + this.#rest.size > MANY_WAITING ? 1 : ADMITTED;
  }

  /** One more is here. */
  came(connection: Connection): void {
    this.connections.add(connection);
    this.#auditLog.opened(connection);
  }

  /** A proxy or a gateway, from an address, has said whom it speaks for. */
  relayed(connection: Connection, by: string): void {
    this.#auditLog.relayed(connection, by);
  }

  /** A proxy has sent what is no header. */
  refuseHeader(connection: Connection, why: string): void {
    this.#auditLog.headerRefused(connection, why);
  }

  /** A gateway's line was refused. */
  refuseGateway(connection: Connection, why: string): void {
    this.#auditLog.gatewayRefused(connection, why, this.relays.isGateway(connection.address));
  }

  /** One is gone. */
  left(connection: Connection, closing: Closing): void {
    if (!this.connections.delete(connection)) return;
    if (connection.admission) this.connectionLimiter.leave(connection.admission);
    this.#memoryTrimmer.left();
    this.#auditLog.closed(connection, closing);
  }

  /** Says why someone is not let in, and closes; one who has said something already may not hear it in a storm. */
  turnAway(transport: Transport, closed: Closed): void {
    transport.write(this.refuse(plainAddress(transport.remote.address), closed));
    if (this.#turning >= TURNED_AWAY) return transport.close();
    this.#turning++;
    this.closingConnections.part(transport, () => this.#turning--);
  }

  /** Refuses a peer from an address: tells the operator, and answers the words for the peer. */
  refuse(address: string, closed: Closed): Uint8Array {
    this.#auditLog.turnedAway(address, closed);
    if (KEY_OF[closed] !== undefined && this.connectionLimiter.isWorthAWarning(address))
      this.#auditLog.limited(address, closed);
    this.tick.markOverloaded();
    return Buffer.from(`ERROR :${this.connectionLimiter.words(closed, address)}\r\n`);
  }

  /** Does something for a connection. What throws is a bug: it costs that connection, and nothing else. */
  guard(connection: Connection, work: () => void): void {
    try {
      work();
    } catch (error) {
      connection.failed(error);
    }
  }

  /** A peer has left more unread than it may, or all have together, and it is among those that have left the most. */
  overflows({ unsent, unsentAlone }: Outbox): boolean {
    const [most, mostTogether] = [this.#sendQueue(), this.#sendQueues()];
    if (most > 0 && unsent > most) return true;
    const { unread } = this.tick;
    return mostTogether > 0 && unread.bytes > mostTogether && unread.isMuch(unsentAlone);
  }

  /** Does something for a connection that others need not wait for: in this turn, if that has room for it. */
  inTick(connection: Connection, work: () => void): void {
    this.tick.begin();
    if (!this.tick.isFull) return this.guard(connection, work);
    this.tick.markOverloaded();
    this.later(() => this.guard(connection, work));
  }

  /** Does something that nobody waits for, once others have had their turn. */
  later(work: () => void): void {
    this.#rest.add(work);
  }

  /** Tells every peer that it is over, and waits until all have gone: those who linger are cut off. */
  async empty(closing: Closing): Promise<void> {
    this.closingConnections.isHurried = true;
    for (const connection of this.connections) this.guard(connection, () => connection.farewell(closing));
    this.tick.end();
    const cut = performance.now() + LINGER;
    while (this.connections.size > 0 && performance.now() < cut) await Bun.sleep(10);
    for (const connection of this.connections) this.guard(connection, () => connection.cutOff());
    this.close();
  }

  /** Stops its clocks. */
  close(): void {
    clearInterval(this.#housekeepingTimer);
    this.silences.stop();
    this.fragments.stop();
    this.lingers.stop();
    this.slowed.stop();
    this.closingConnections.stop();
    this.firstBytes.stop();
    this.moments.stop();
    this.tlsContext?.close();
  }

  #housekeep(): void {
    this.tick.begin(); // what is written now is committed at its end, also while nobody is here
    const now = this.clock();
    for (const connection of this.connections) this.guard(connection, () => connection.housekeep(now));
    this.#housekeeping();
    this.#memoryTrimmer.look(this.connections.size);
  }
}

const SHARE = 1; // ms of each turn that those who wait have, however full it is

interface Waiting<T> {
  readonly item: T;
  /** In milliseconds. */
  readonly since: number;
}

/**
 * Those who wait because a turn has enough to do: they are served in the turns that follow, first come first served, as
 * long as these are not full. They have a share of each, one of them at least, however full it is: nobody waits for
 * ever. Where there must not be ever more of them, the share grows with the time that the first has waited.
 */
export class WorkQueue<T> {
  readonly #tick: Tick;
  readonly #serve: (item: T) => void;
  readonly #urgency: number;
  #waiting: Waiting<T>[] = [];
  #isDue = false;

  /** `urgency`: ms of a turn for each ms that the first has waited, once that is more than their share. */
  constructor(tick: Tick, serve: (item: T) => void, urgency = 0) {
    this.#tick = tick;
    this.#serve = serve;
    this.#urgency = urgency;
  }

  /** How many wait. */
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
    // Behind what the network brings next: those who need not wait come first.
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

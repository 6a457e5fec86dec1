import { NO_LIMITS } from "../../src/server/limits/connection-limiter.ts";
import { Relays } from "../../src/server/net/relays.ts";
import type { Receiver, Transport } from "../../src/server/net/transport.ts";
import { AuditLog } from "../../src/server/ops/audit-log.ts";
import { Connection } from "../../src/server/peer/connection.ts";
import { ConnectionRegistry, type ConnectionRegistrySetup } from "../../src/server/peer/connection-registry.ts";
import { type Closing, closing } from "../../src/wire/closing.ts";
import type { Peer, Protocol } from "../../src/wire/protocol.ts";

/** A transport that keeps the bytes it takes, as far as it has room. */
export class FakeTransport implements Transport {
  readonly remote = { address: "127.0.0.1", port: 4711 };
  receiver: Receiver | undefined;
  /** Bytes that it still takes. */
  room = Number.POSITIVE_INFINITY;
  /** The last write was short, and `drained` was not called since. */
  isFull = false;
  writes = 0;
  /** Bytes taken that have not arrived. */
  unsent = 0;
  /** Called when it has closed the connection, as a socket does at once. */
  onGone: () => void = () => {};
  /** Other calls, in order. */
  readonly asked: string[] = [];
  readonly #taken: Buffer[] = [];

  /** All bytes taken. */
  get taken(): string {
    return this.bytes.toString();
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#taken);
  }

  write(bytes: Uint8Array): number {
    if (this.isFull) throw new Error("It was offered bytes before it asked for more");
    this.writes++;
    const count = Math.min(bytes.length, this.room);
    this.room -= count;
    this.isFull = count < bytes.length;
    // A copy, like the kernel's: the writer may reuse the bytes.
    this.#taken.push(Buffer.from(bytes.subarray(0, count)));
    return count;
  }

  finish(): void {
    this.asked.push("finish");
  }

  close(): void {
    this.asked.push("close");
    this.onGone();
  }

  terminate(): void {
    this.asked.push("terminate");
    this.onGone();
  }

  pause(): void {
    this.asked.push("pause");
  }

  resume(): void {
    this.asked.push("resume");
  }
}

/** A protocol that records its calls, and handles a line as a test says. */
export class FakeProtocol implements Protocol {
  name: string;
  readonly peer: Peer;
  readonly told: string[] = [];
  onLine: (line: string) => void = () => {};
  onBegin: () => void = () => {};
  onTick: () => void = () => {};

  readonly #took: () => void;

  /** `took` is called for each line, and may move the clock. */
  constructor(name: string, peer: Peer, took: () => void = () => {}) {
    this.name = name;
    this.peer = peer;
    this.#took = took;
  }

  begin(greeted: boolean): void {
    if (greeted) this.name = `greeted ${this.name}`;
    this.onBegin();
  }

  line(bytes: Uint8Array): void {
    this.#took();
    const line = Buffer.from(bytes).toString();
    this.told.push(line);
    this.onLine(line);
  }

  overlong(): void {
    this.told.push("<overlong>");
    this.peer.finish(closing("line-length"));
  }

  end(): void {
    this.told.push("<end>");
    this.peer.finish(closing("closed"));
  }

  gone({ words }: Closing): void {
    this.told.push(`<gone: ${words}>`);
  }

  farewell(closing: Closing): void {
    this.told.push(`<farewell: ${closing.words}>`);
    this.peer.finish(closing);
  }

  housekeep(): void {
    this.onTick();
  }
}

/** A registry with fake protocols, whose ticks a test ends itself. Closed by `using`. */
export class RegistryFixture implements Disposable {
  readonly registry: ConnectionRegistry;
  readonly protocols: FakeProtocol[] = [];
  /** Reported exceptions: the connection's id and the error. */
  readonly failures: string[] = [];
  /** Called when a protocol is made. */
  onProtocol: (protocol: FakeProtocol) => void = () => {};
  /** The clock in ms; it moves only by a test, and as lines are handled. */
  now = 1000;
  /** ms that a line takes. */
  cost = 0;
  #connections = 0;

  constructor({
    sendQueue = 1 << 20,
    sendQueues = 1 << 26,
    isExempt = false,
    tlsContext,
    relays,
    detectable,
  }: Partial<Pick<ConnectionRegistrySetup, "tlsContext" | "relays" | "detectable">> & {
    sendQueue?: number;
    sendQueues?: number;
    isExempt?: boolean;
  } = {}) {
    const protocol = (name: string) => (peer: Peer) => this.#protocol(name, peer);
    this.registry = new ConnectionRegistry({
      protocols: { person: protocol("person"), client: protocol("client"), browser: protocol("browser") },
      clock: () => this.now,
      elapsed: () => this.now,
      cloakKey: new Uint8Array(32),
      sendQueue: () => sendQueue,
      sendQueues: () => sendQueues,
      isExempt: () => isExempt,
      limits: { ...NO_LIMITS, floodProtection: false, floodBurst: 1, floodRate: 1 },
      commit: () => true,
      housekeeping: () => {},
      failed: (error, id) => this.failures.push(`${id}: ${error.message}`),
      auditLog: new AuditLog(undefined),
      tlsContext,
      relays: relays ?? (() => new Relays()),
      detectable: detectable ?? [],
    });
  }

  [Symbol.dispose](): void {
    this.registry.close();
  }

  /** Ends the tick, and further ones while input waits. */
  tick(): void {
    const { tick } = this.registry;
    do tick.end();
    while (tick.input.waiting > 0);
  }

  connects(): Visitor {
    return new Visitor(this, ++this.#connections);
  }

  #protocol(name: string, peer: Peer): FakeProtocol {
    const protocol = new FakeProtocol(name, peer, () => {
      this.now += this.cost;
    });
    this.protocols.push(protocol);
    this.onProtocol(protocol);
    return protocol;
  }
}

/** A connection over a fake transport, and the peer at its other end. */
export class Visitor {
  readonly transport = new FakeTransport();
  readonly connection: Connection;
  readonly #fixture: RegistryFixture;

  constructor(fixture: RegistryFixture, id: number) {
    this.#fixture = fixture;
    this.connection = new Connection(fixture.registry, this.transport, id, fixture.now);
    fixture.registry.add(this.connection);
    this.transport.onGone = () => this.connection.closed(closing("closed"));
  }

  /** The protocols it was given, in order. */
  get protocols(): readonly FakeProtocol[] {
    return this.#fixture.protocols.filter(({ peer }) => peer === this.connection);
  }

  get protocol(): FakeProtocol {
    const last = this.protocols.at(-1);
    if (!last) throw new Error("It has no protocol yet");
    return last;
  }

  /** Sends packets, each after the previous one was handled. */
  sends(...packets: readonly (string | Uint8Array)[]): this {
    for (const packet of packets) {
      this.connection.received(Buffer.from(packet));
      this.#fixture.tick();
    }
    return this;
  }

  /** Closes its side. */
  ends(): this {
    this.connection.ended();
    this.#fixture.tick();
    return this;
  }
}

/** An outbox's owner that ignores all calls. */
export const OWNER = {
  awaitsFlush: true,
  flushed: () => {},
  failed: (error: unknown) => {
    throw error;
  },
};

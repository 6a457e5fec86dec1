import { NO_LIMITS } from "../../src/server/limits/connection-limiter.ts";
import { Relays } from "../../src/server/net/relays.ts";
import type { Receiver, Transport } from "../../src/server/net/transport.ts";
import { AuditLog } from "../../src/server/ops/audit-log.ts";
import { Connection } from "../../src/server/peer/connection.ts";
import { ConnectionRegistry, type ConnectionRegistrySetup } from "../../src/server/peer/connection-registry.ts";
import { type Closing, closing } from "../../src/wire/closing.ts";
import type { Peer, Protocol } from "../../src/wire/protocol.ts";

/** A transport that keeps what it takes, and takes no more than it has room for. */
export class FakeTransport implements Transport {
  readonly remote = { address: "127.0.0.1", port: 4711 };
  receiver: Receiver | undefined;
  /** Bytes that it will still take. */
  room = Number.POSITIVE_INFINITY;
  /** It took less than it was offered, and has not asked for more since. */
  isFull = false;
  writes = 0;
  /** Of what it took, this much has not arrived. */
  unsent = 0;
  /** Called when it has let go of the connection, as a socket does at once. */
  onGone: () => void = () => {};
  /** What else was asked of it, in order. */
  readonly asked: string[] = [];
  readonly #taken: Buffer[] = [];

  /** Everything it took. */
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
    // A copy, as the kernel's is: the bytes belong to whoever writes them.
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

/** A face that keeps what it is told, and does what a test has it do with a line. */
export class FakeFace implements Protocol {
  name: string;
  readonly peer: Peer;
  readonly told: string[] = [];
  onLine: (line: string) => void = () => {};
  onBegin: () => void = () => {};
  onTick: () => void = () => {};

  readonly #took: () => void;

  /** `took` is called for each line: it may have time pass. */
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

/** A hall of fake faces, whose turn a test ends itself. Ends with `using`. */
export class Stage implements Disposable {
  readonly registry: ConnectionRegistry;
  readonly faces: FakeFace[] = [];
  /** What was told of bugs: the connection, and the error. */
  readonly failures: string[] = [];
  /** Called when a face is made. */
  onFace: (face: FakeFace) => void = () => {};
  /** In milliseconds; time passes only as a test has it pass, and as lines are handled. */
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
    const face = (name: string) => (peer: Peer) => this.#face(name, peer);
    this.registry = new ConnectionRegistry({
      faces: { person: face("person"), client: face("client"), browser: face("browser") },
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

  /** Ends the turn, and the next ones as long as input waits for them. */
  tick(): void {
    const { tick } = this.registry;
    do tick.end();
    while (tick.input.waiting > 0);
  }

  connects(): Visitor {
    return new Visitor(this, ++this.#connections);
  }

  #face(name: string, peer: Peer): FakeFace {
    const face = new FakeFace(name, peer, () => {
      this.now += this.cost;
    });
    this.faces.push(face);
    this.onFace(face);
    return face;
  }
}

/** A connection over a fake transport, and the peer at its other end. */
export class Visitor {
  readonly transport = new FakeTransport();
  readonly connection: Connection;
  readonly #stage: Stage;

  constructor(stage: Stage, id: number) {
    this.#stage = stage;
    this.connection = new Connection(stage.registry, this.transport, id, stage.now);
    stage.registry.add(this.connection);
    this.transport.onGone = () => this.connection.closed(closing("closed"));
  }

  /** The faces that it has been given, in order. */
  get faces(): readonly FakeFace[] {
    return this.#stage.faces.filter(({ peer }) => peer === this.connection);
  }

  get face(): FakeFace {
    const last = this.faces.at(-1);
    if (!last) throw new Error("It has no face yet");
    return last;
  }

  /** Sends packets, one after the other was handled. */
  sends(...packets: readonly (string | Uint8Array)[]): this {
    for (const packet of packets) {
      this.connection.received(Buffer.from(packet));
      this.#stage.tick();
    }
    return this;
  }

  /** Closes its side. */
  ends(): this {
    this.connection.ended();
    this.#stage.tick();
    return this;
  }
}

/** An owner of an outbox who does not care. */
export const OWNER = {
  awaitsFlush: true,
  flushed: () => {},
  failed: (error: unknown) => {
    throw error;
  },
};

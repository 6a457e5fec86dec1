import { decode } from "../../text/bytes.ts";
import { type Closing, closing } from "../../wire/closing.ts";
import { LINE_IN } from "../../wire/limits.ts";
import type { Connection } from "../peer/connection.ts";
import type { ConnectionRegistry } from "../peer/connection-registry.ts";
import type { Ticket } from "../peer/deadlines.ts";
import { isHttp } from "./first-line.ts";
import { readProxyHeader } from "./proxy-protocol.ts";
import { TlsTransport } from "./tls.ts";
import type { Receiver } from "./transport.ts";

const MOST = 16_400; // bytes that may show what a peer speaks: as many as a proxy's header has at its longest

/**
 * What the bytes so far show of a protocol: it is not this one; it may be, but a person may have typed the same; it has
 * begun, and more has to come; it is this one.
 */
type Detection = "no" | "maybe" | "begun" | "whole";

/** A protocol that a connection's first bytes show, and what follows from it. */
export interface FirstBytes {
  /** Looks at all that has come, of which the first 16 KiB count. The answer for more bytes never takes back "begun" or "whole". */
  look(bytes: Uint8Array): Detection;
  /**
   * Decides what reads the transport from now on, and gives it all that has come: the connection itself, in lines;
   * another transport, for which the connection exchanges its own; or a receiver of the protocol's own, which tells the
   * connection when the transport is gone.
   */
  take(connection: Connection, bytes: Uint8Array, registry: ConnectionRegistry): void;
  /** What has begun did not come to its end in time, or is too long. Without it, the connection reads what has come. */
  refuse?(connection: Connection, registry: ConnectionRegistry): void;
}

/**
 * Reads a transport until the first bytes have shown a protocol of a table, or none of it; then the connection reads it
 * directly, and the detector is gone. However the bytes were cut, the same protocol is found.
 */
export class ProtocolDetector implements Receiver {
  readonly #registry: ConnectionRegistry;
  readonly connection: Connection;
  readonly #table: readonly FirstBytes[];
  /** What has come, as it was cut. */
  readonly #packets: Uint8Array[] = [];
  /** What has begun. */
  #begun: FirstBytes | undefined;
  #due: Ticket<ProtocolDetector> | undefined;

  private constructor(registry: ConnectionRegistry, connection: Connection, table: readonly FirstBytes[]) {
    this.#registry = registry;
    this.connection = connection;
    this.#table = table;
  }

  /** Reads the connection's transport in its stead, if there is anything to look for. Bytes may have come already. */
  static detect(
    registry: ConnectionRegistry,
    connection: Connection,
    table: readonly FirstBytes[],
    bytes?: Uint8Array,
  ): void {
    const { transport } = connection;
    const isNeeded = table.length > 0 && !connection.isClosing;
    if (isNeeded) {
      const detector = new ProtocolDetector(registry, connection, table);
      connection.detector = detector;
      transport.receiver = detector;
    }
    if (bytes && bytes.length > 0) transport.receiver?.received(bytes);
  }

  get isAtRest(): boolean {
    return this.#packets.length === 0 && this.connection.isAtRest;
  }

  received(bytes: Uint8Array): void {
    this.#packets.push(bytes);
    if (this.connection.isClosing) return this.giveUp();
    const all = this.#packets.length === 1 ? bytes : Buffer.concat(this.#packets);
    const first = all.subarray(0, MOST);
    let isPossible = false;
    for (const row of this.#table) {
      const look = row.look(first);
      if (look === "whole") return this.#take(row, all);
      if (look === "begun") return this.#wait(row, all.length);
      if (look === "maybe") isPossible = true;
    }
    if (!isPossible || all.length > MOST) return this.giveUp();
    // A person is let go on as soon as one pauses.
    this.connection.handshakeTimers.end();
    this.connection.handshakeTimers.begun();
  }

  drained(): void {
    this.connection.drained();
  }

  ended(): void {
    this.giveUp();
    this.connection.ended();
  }

  closed(closing: Closing): void {
    this.#end();
    this.connection.closed(closing);
  }

  failed(error: unknown): void {
    this.connection.failed(error);
  }

  /** Lets the connection read what has come, and all that will. */
  giveUp(): void {
    const isLate = this.#packets.length > 1 || this.#due !== undefined;
    this.#end();
    if (isLate && !this.connection.isClosing) this.connection.handshakeTimers.begin();
    for (const packet of this.#packets) this.connection.received(packet);
  }

  /** What has begun did not end in time. */
  overdue(): void {
    const row = this.#begun;
    if (!row?.refuse || this.connection.isClosing) return this.giveUp();
    this.#end();
    row.refuse(this.connection, this.#registry);
  }

  #take(row: FirstBytes, bytes: Uint8Array): void {
    const { connection } = this;
    this.#end();
    connection.handshakeTimers.end();
    if (!connection.isClosing) row.take(connection, bytes, this.#registry);
  }

  /** Silence means nothing meanwhile. */
  #wait(row: FirstBytes, length: number): void {
    this.#begun = row;
    if (length > MOST) return this.overdue();
    this.connection.handshakeTimers.end();
    this.#due ??= this.#registry.firstBytes.set(this);
  }

  #end(): void {
    this.#due?.callOff();
    this.connection.detector = undefined;
    this.connection.transport.receiver = this.connection;
  }
}

const HANDSHAKE = 0x16; // the first byte of a TLS handshake (RFC 8446 5.1): nothing else that is spoken here begins so
const LF = 10;
const VERB = /^[A-Z]{1,20}(?: |$)/;
const VERB_LONGEST = 21; // bytes, with the space behind it

/** Looks at a connection's first bytes: a proxy's header, if it may bring one; TLS; then the server's own table. */
export function detectProtocol(registry: ConnectionRegistry, connection: Connection): void {
  const isProxy = registry.relays.isProxy(connection.address);
  const table = isProxy ? [PROXY, TLS, ...registry.detectable] : [TLS, ...registry.detectable];
  ProtocolDetector.detect(registry, connection, table);
}

/** What a proxy says of whom it speaks for; what is behind it is the peer's. */
const PROXY: FirstBytes = {
  look(bytes) {
    const { type } = readProxyHeader(bytes);
    return type === "none" ? "no" : type === "more" ? "begun" : "whole";
  },
  take(connection, bytes, registry) {
    const reading = readProxyHeader(bytes);
    if (reading.type === "bad") return refuseHeader(connection, registry, reading.why);
    const { length, origin } = reading.type === "header" ? reading : { length: 0, origin: undefined };
    if (origin && !connection.comeFrom(origin, registry.relays.isGateway(origin.address))) return;
    connection.handshakeTimers.begin();
    ProtocolDetector.detect(registry, connection, [TLS, ...registry.detectable], bytes.subarray(length));
  },
  refuse: (connection, registry) => refuseHeader(connection, registry, "it has no end"),
};

function refuseHeader(connection: Connection, registry: ConnectionRegistry, why: string): void {
  registry.refuseHeader(connection, why);
  connection.finish(closing("proxy-header"));
}

/** The connection goes on over TLS, and the choice is made again inside. */
const TLS: FirstBytes = {
  look: (bytes) => (bytes[0] === HANDSHAKE ? "whole" : "no"),
  take(connection, bytes, registry) {
    const { tlsContext } = registry;
    if (!tlsContext) return connection.finish(closing("tls-not-offered"));
    const tls = new TlsTransport(connection.transport, tlsContext, {
      secured: () => connection.handshakeTimers.begin(),
      input: registry.tick.input,
      share: connection.share,
    });
    connection.exchange(tls);
    ProtocolDetector.detect(registry, connection, registry.detectable);
    tls.carrier.received(bytes);
  },
};

/** HTTP: the whole head has to come before it is answered; the connection's lines are the head's. */
export const HTTP: FirstBytes = {
  look(bytes) {
    const end = bytes.indexOf(LF);
    if (end < 0) return bytes.length <= LINE_IN && VERB.test(latin1(bytes.subarray(0, VERB_LONGEST))) ? "maybe" : "no";
    if (end > LINE_IN || !isHttp(decode(bytes.subarray(0, bytes[end - 1] === 13 ? end - 1 : end)))) return "no";
    const rest = Buffer.from(bytes.buffer, bytes.byteOffset + end, bytes.length - end);
    return rest.includes("\n\r\n") || rest.includes("\n\n") ? "whole" : "begun";
  },
  take: (connection, bytes) => connection.received(bytes),
};

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
}

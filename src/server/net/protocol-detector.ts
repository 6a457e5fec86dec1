import { decode } from "../../text/bytes.ts";
import { type Closing, closing } from "../../wire/closing.ts";
import { LINE_IN } from "../../wire/limits.ts";
import type { Connection } from "../peer/connection.ts";
import type { ConnectionRegistry } from "../peer/connection-registry.ts";
import type { Ticket } from "../peer/deadlines.ts";
import { isHttp } from "./first-line.ts";
import { readProxyHeader } from "./relays.ts";
import { TlsTransport } from "./tls.ts";
import type { Receiver } from "./transport.ts";

const MAX_LOOK = 16_400; // bytes: the longest PROXY header

/**
 * Whether the bytes so far are a protocol's: `no`; `maybe`, since a person may have typed the same; `begun`: yes, but more
 * bytes are needed; `whole`: yes, and all needed bytes are here.
 */
type Detection = "no" | "maybe" | "begun" | "whole";

/** A protocol that is detected by a connection's first bytes. */
export interface FirstBytes {
  /** Judges all bytes received so far, up to the first 16 KiB. More bytes never take back `begun` or `whole`. */
  look(bytes: Uint8Array): Detection;
  /**
   * Sets the transport's receiver and passes it all bytes received so far. The receiver is the connection itself, which
   * reads lines; another transport, to which the connection switches; or one of the protocol's own, which tells the
   * connection when the transport is gone.
   */
  take(connection: Connection, bytes: Uint8Array, registry: ConnectionRegistry): void;
  /** Handles a `begun` protocol that is too long or came too late. Without `refuse`, the connection reads the bytes. */
  refuse?(connection: Connection, registry: ConnectionRegistry): void;
}

/**
 * Reads a transport's first bytes until they match a protocol of the table, or cannot; then the connection reads the
 * transport directly. The result does not depend on how the bytes were cut into packets.
 */
export class ProtocolDetector implements Receiver {
  readonly #registry: ConnectionRegistry;
  readonly connection: Connection;
  readonly #table: readonly FirstBytes[];
  /** All bytes received so far, in the packets in which they came. */
  readonly #packets: Uint8Array[] = [];
  /** The protocol that has answered `begun`. */
  #begun: FirstBytes | undefined;
  #due: Ticket<ProtocolDetector> | undefined;

  private constructor(registry: ConnectionRegistry, connection: Connection, table: readonly FirstBytes[]) {
    this.#registry = registry;
    this.connection = connection;
    this.#table = table;
  }

  /** Puts a detector in front of the connection, unless the table is empty. `bytes` were received already. */
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
    const first = all.subarray(0, MAX_LOOK);
    let isPossible = false;
    for (const row of this.#table) {
      const look = row.look(first);
      if (look === "whole") return this.#take(row, all);
      if (look === "begun") return this.#wait(row, all.length);
      if (look === "maybe") isPossible = true;
    }
    if (!isPossible || all.length > MAX_LOOK) return this.giveUp();
    // A person may type the same: after a short pause the connection reads the bytes as a line.
    this.connection.handshakeTimers.end();
    this.connection.handshakeTimers.begun();
  }

  drained(): void {
    this.connection.drained();
  }

  ended(): void {
    this.overdue();
    this.connection.ended();
  }

  closed(closing: Closing): void {
    this.#end();
    this.connection.closed(closing);
  }

  failed(error: unknown): void {
    this.connection.failed(error);
  }

  /** No protocol was found: passes the bytes to the connection, which reads the transport from now on. */
  giveUp(): void {
    const isLate = this.#packets.length > 1 || this.#due !== undefined;
    this.#end();
    if (isLate && !this.connection.isClosing) this.connection.handshakeTimers.begin();
    for (const packet of this.#packets) this.connection.received(packet);
  }

  /** The input has ended, or the deadline has passed: refuses a begun protocol; without one, gives up. */
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

  /** Waits for the rest of a begun protocol; the timers for people who type are stopped. */
  #wait(row: FirstBytes, length: number): void {
    this.#begun = row;
    if (length > MAX_LOOK) return this.overdue();
    this.connection.handshakeTimers.end();
    this.#due ??= this.#registry.firstBytes.set(this);
  }

  #end(): void {
    this.#due?.cancel();
    this.connection.detector = undefined;
    this.connection.transport.receiver = this.connection;
  }
}

const HANDSHAKE = 0x16; // the first byte of a TLS handshake (RFC 8446 5.1); no other protocol here begins with it
const LF = 10;
const CR = 13;
const VERB = /^[A-Z]{1,20}(?: |$)/;
const VERB_LONGEST = 21; // bytes with the space after it
/** The beginning of a request line that is longer than a line may be. */
const LONG_REQUEST = /^[A-Z]{1,20} (?:\/|https?:)[!-~]*(?: [!-~]*)?$/;

/** Detects, by first bytes: a PROXY header if the peer is a known proxy, TLS, and the protocols of the server's own table. */
export function detectProtocol(registry: ConnectionRegistry, connection: Connection): void {
  const isProxy = registry.relays.isProxy(connection.address);
  const table = isProxy ? [PROXY, TLS, ...registry.detectable] : [TLS, ...registry.detectable];
  ProtocolDetector.detect(registry, connection, table);
}

/** A PROXY header: takes the peer's address from it, then detects the protocol of the bytes after it. */
const PROXY: FirstBytes = {
  look(bytes) {
    const { type } = readProxyHeader(bytes);
    return type === "none" ? "no" : type === "more" ? "begun" : "whole";
  },
  take(connection, bytes, registry) {
    const reading = readProxyHeader(bytes);
    if (reading.type === "bad") return refuseHeader(connection, registry, reading.why);
    const { length, origin } = reading.type === "header" ? reading : { length: 0, origin: undefined };
    if (origin && !connection.setOrigin(origin, registry.relays.isGateway(origin.address))) return;
    connection.handshakeTimers.begin();
    ProtocolDetector.detect(registry, connection, [TLS, ...registry.detectable], bytes.subarray(length));
  },
  refuse: (connection, registry) => refuseHeader(connection, registry, "it has no end"),
};

function refuseHeader(connection: Connection, registry: ConnectionRegistry, why: string): void {
  registry.refuseHeader(connection, why);
  connection.finish(closing("proxy-header"));
}

/** TLS: switches the connection to it, then detects the protocol of the decrypted bytes. */
const TLS: FirstBytes = {
  look: (bytes) => (bytes[0] !== HANDSHAKE ? "no" : isHelloWhole(bytes) ? "whole" : "begun"),
  take(connection, bytes, registry) {
    const { tlsContext } = registry;
    if (!tlsContext) return connection.finish(closing("tls-not-offered"));
    const tls = new TlsTransport(connection.transport, tlsContext, {
      secured: () => connection.handshakeTimers.begin(),
      input: registry.tick.input,
      share: connection.share,
      // Browsers show their users a dialog when they are asked for a certificate.
      asksForCertificate: !offersHttp(bytes),
    });
    connection.switchTransport(tls);
    ProtocolDetector.detect(registry, connection, registry.detectable);
    tls.carrier.received(bytes);
  },
  refuse: (connection) => connection.finish(closing("tls-handshake-time")),
};

/** HTTP: detected by the request line. */
export const HTTP: FirstBytes = {
  look(bytes) {
    const end = bytes.indexOf(LF);
    // If this were read as plain text, any web page could make a browser join as a guest, by requesting a long URL.
    if ((end < 0 ? bytes.length : end) > LINE_IN)
      return LONG_REQUEST.test(latin1(bytes.subarray(0, LINE_IN))) ? "whole" : "no";
    if (end < 0) return VERB.test(latin1(bytes.subarray(0, VERB_LONGEST))) ? "maybe" : "no";
    const line = bytes.subarray(0, bytes[end - 1] === CR ? end - 1 : end);
    return isHttp(decode(line)) ? "whole" : "no";
  },
  take(connection, bytes) {
    connection.speakHttp();
    connection.received(bytes);
  },
};

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
}

// The first record of a TLS connection: a ClientHello (RFC 8446 4.1.2). Each variable field is preceded by its length.

const HEADER = 5; // bytes: type, version, length
const LARGEST = 16_384; // bytes of a record
const CLIENT_HELLO = 1;
const ALPN = 16; // the extension's number (RFC 7301)
const HTTP_NAME = /^(?:http\/1\.[01]|h2)$/; // of ALPN

/** Whether the first record is complete, or is too long to be valid. */
export function isHelloWhole(bytes: Uint8Array): boolean {
  if (bytes.length < HEADER) return false;
  const length = numberAt(bytes, 3, 2);
  return length > LARGEST || bytes.length >= HEADER + length;
}

/** Whether a client offers to speak HTTP (ALPN), as browsers do. */
export function offersHttp(bytes: Uint8Array): boolean {
  if (bytes[HEADER] !== CLIENT_HELLO) return false;
  const hello = bytes.subarray(HEADER, HEADER + numberAt(bytes, 3, 2));
  let at = 4 + 2 + 32; // type and length, version, random
  at += 1 + numberAt(hello, at, 1); // session
  at += 2 + numberAt(hello, at, 2); // cipher suites
  at += 1 + numberAt(hello, at, 1); // compression methods
  for (at += 2; at + 4 <= hello.length; at += 4 + numberAt(hello, at + 2, 2))
    if (numberAt(hello, at, 2) === ALPN) return namesHttp(hello.subarray(at + 6, at + 4 + numberAt(hello, at + 2, 2)));
  return false;
}

function namesHttp(names: Uint8Array): boolean {
  for (let at = 0; at < names.length; at += 1 + numberAt(names, at, 1)) {
    const name = names.subarray(at + 1, at + 1 + numberAt(names, at, 1));
    if (HTTP_NAME.test(String.fromCharCode(...name))) return true;
  }
  return false;
}

/** A number of one or two bytes; missing bytes are 0. */
function numberAt(bytes: Uint8Array, at: number, size: 1 | 2): number {
  const first = bytes[at] ?? 0;
  return size === 1 ? first : first * 256 + (bytes[at + 1] ?? 0);
}

import { Connection } from "./connection.ts";
import type { Ticket } from "./deadlines.ts";
import type { Hall } from "./hall.ts";
import { BAD_HEADER, readProxyHeader } from "./net/proxy-protocol.ts";
import { TlsTransport } from "./tls.ts";
import type { Receiver, Remote, Transport } from "./transport.ts";

const HANDSHAKE = 0x16; // the first byte of a TLS handshake (RFC 8446 5.1): nothing else that is spoken here begins so

/**
 * Stands between a socket and its connection, and decides by the peer's first bytes: a proxy's header is read and taken
 * away, and TLS is spoken if the byte behind it begins TLS.
 *
 * To the connection it is the transport; to the socket it is the connection.
 */
export class Threshold implements Transport, Receiver {
  readonly connection: Connection;
  readonly #hall: Hall;
  readonly #socket: Transport;
  #tls: TlsTransport | undefined;
  #heard = false;
  #said = false;
  /** The bytes of a proxy's header so far; `undefined` once it is read, and where there can be none. */
  #header: Uint8Array | undefined;
  #headerDue: Ticket<Threshold> | undefined;

  constructor(hall: Hall, socket: Transport, id: number) {
    this.#hall = hall;
    this.#socket = socket;
    this.connection = new Connection(hall, this, id, hall.clock());
    if (hall.relays.isProxy(this.connection.address)) this.#header = new Uint8Array(0);
  }

  /** A header was begun, and has not come to its end in time. */
  headerDue(): void {
    this.#refuseHeader("it has no end");
  }

  // From the socket.

  received(bytes: Uint8Array): void {
    // A peer that was greeted for its silence is a person at the proxy's own address by now.
    if (this.#header && !this.#said) return this.#readHeader(Buffer.concat([this.#header, bytes]));
    if (!this.#heard && bytes[0] === HANDSHAKE && !this.#secure()) return;
    this.#heard = true;
    (this.#tls?.carrier ?? this.connection).received(bytes);
  }

  drained(): void {
    (this.#tls?.carrier ?? this.connection).drained();
  }

  ended(): void {
    (this.#tls?.carrier ?? this.connection).ended();
  }

  closed(reason: string): void {
    this.#headerDue?.callOff();
    this.#tls?.carrier.closed(reason);
    this.connection.closed(reason);
  }

  failed(error: unknown): void {
    this.connection.failed(error);
  }

  // To the connection.

  get remote(): Remote {
    return this.#way.remote;
  }

  write(bytes: Uint8Array): number {
    this.#said = true;
    return this.#way.write(bytes);
  }

  get unsent(): number {
    return this.#way.unsent;
  }

  finish(): void {
    this.#way.finish();
  }

  close(): void {
    this.#way.close();
  }

  terminate(): void {
    this.#way.terminate();
  }

  settled(): void {
    this.#tls?.settled();
  }

  pause(): void {
    this.#way.pause();
  }

  resume(): void {
    this.#way.resume();
  }

  get #way(): Transport {
    return this.#tls ?? this.#socket;
  }

  /** Reads what a proxy says of whom it speaks for; what is behind it, or is no header, is the peer's. */
  #readHeader(bytes: Uint8Array): void {
    const { connection } = this;
    if (connection.isClosing) return;
    const reading = readProxyHeader(bytes);
    if (reading.type === "more") {
      this.#header = bytes;
      // Silence means nothing before it is known whose it is.
      connection.opening.end();
      this.#headerDue ??= this.#hall.headers.set(this);
      return;
    }
    if (reading.type === "bad") return this.#refuseHeader(reading.why);
    this.#header = undefined;
    this.#headerDue?.callOff();
    const { length, origin } = reading.type === "header" ? reading : { length: 0, origin: undefined };
    if (origin && !connection.comeFrom(origin, this.#hall.relays.isGateway(origin.address))) return;
    if (reading.type === "header") connection.opening.begin();
    if (bytes.length > length) this.received(bytes.subarray(length));
  }

  #refuseHeader(why: string): void {
    this.#hall.refuseHeader(this.connection, why);
    this.connection.finish(BAD_HEADER);
  }

  /** Begins TLS; silence means nothing until that is done. Who was greeted already has heard what is no TLS. */
  #secure(): boolean {
    const { security } = this.#hall;
    if (!security || this.#said) {
      this.connection.finish("TLS is not offered");
      return false;
    }
    const { connection } = this;
    connection.opening.end();
    // What throws here must not pass through the TLS socket: that would take it for its own failure.
    const guarded = (work: () => void) => this.#hall.guard(connection, work);
    this.#tls = new TlsTransport(this.#socket, security, {
      secured: () => guarded(() => connection.opening.begin()),
      unsecured: (reason) => guarded(() => connection.closed(reason)),
      received: (bytes) => guarded(() => connection.received(bytes)),
      drained: () => guarded(() => connection.drained()),
      ended: () => guarded(() => connection.ended()),
      isAtRest: () => connection.isAtRest,
    });
    return true;
  }
}

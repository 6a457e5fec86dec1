import { addressName, type ServerAddress } from "./address.ts";
import type { TlsPolicy } from "./tls-policy.ts";

/** The connections of a client, and the servers that they lead to. */

/**
 * How private a connection is: `tls`; `accepted`, plain text on this machine or by the user's choice; `exposed`, plain
 * text that others on the network can read.
 */
export type Secrecy = "tls" | "accepted" | "exposed";

/** A connection that carries bytes both ways: TCP, TLS, a pair within one process, a WebSocket. */
export interface ClientTransport {
  /**
   * Writes bytes and returns how many were taken. If fewer than all, `drained` is called when there is room for the
   * rest.
   */
  write(bytes: Uint8Array): number;
  /** Stops reading until `resume`. */
  pause(): void;
  resume(): void;
  /** Closes the sending half: the server sees the end of the stream after the bytes taken so far. */
  finish(): void;
  /** Closes the connection; bytes taken so far still arrive. */
  close(): void;
  /** Closes the connection at once; bytes taken so far may be lost. */
  terminate(): void;
}

/** Receives what happens on a connection to a server. */
export interface ClientTransportListener {
  /** The connection is open. */
  opened(transport: ClientTransport, secrecy: Secrecy): void;
  received(bytes: Uint8Array): void;
  /** The transport has room for bytes again. */
  drained(): void;
  /**
   * The connection is closed, or could not be opened; `error` says why unless the server closed it in order. May be
   * called more than once.
   */
  closed(error: unknown): void;
  /** A sentence for the user about the connection. */
  told(words: string): void;
}

/** Connects to a server. The listener is called asynchronously, never before this returns. */
export type Connect = (listener: ClientTransportListener) => void;

/** A server: its address, how to connect, and its TLS policy. */
export interface Server extends ServerAddress {
  readonly connect: Connect;
  /** The number of known addresses of the same chat; absent: 1. */
  readonly addresses?: number;
  /** The addresses as text, where the user has named several servers. */
  readonly names?: readonly string[];
  /** Selects the next address: later connections go there. */
  readonly next?: () => void;
  /** Absent: every connection that `connect` opens is accepted. */
  readonly tlsPolicy?: TlsPolicy | undefined;
}

/** Several servers of one chat. One is used at a time: at first the first one; `next` switches to the next. */
export class Alternatives implements Server {
  readonly #servers: readonly [Server, ...Server[]];
  #index = 0;
  /** How many addresses of the current server `next` has already passed. */
  #left = 0;

  constructor(servers: readonly [Server, ...Server[]]) {
    this.#servers = servers;
  }

  get host(): string {
    return this.#present.host;
  }

  get port(): number {
    return this.#present.port;
  }

  get tlsPolicy(): TlsPolicy | undefined {
    return this.#present.tlsPolicy;
  }

  get addresses(): number {
    return this.#servers.reduce((sum, { addresses = 1 }) => sum + addresses, 0);
  }

  get names(): readonly string[] {
    return this.#servers.map(addressName);
  }

  readonly connect: Connect = (listener) => this.#present.connect(listener);

  readonly next = (): void => {
    const { addresses = 1, next } = this.#present;
    next?.();
    this.#left++;
    if (this.#left < addresses) return;
    this.#left = 0;
    this.#index = (this.#index + 1) % this.#servers.length;
  };

  get #present(): Server {
    return this.#servers[this.#index] ?? this.#servers[0];
  }
}

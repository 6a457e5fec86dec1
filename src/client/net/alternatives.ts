import type { TlsPolicy } from "./tls-policy.ts";
import type { Connect, Server } from "./transport.ts";

/** Servers of one chat, of which one is used at a time: the first, until `next` goes on to another. */
export class Alternatives implements Server {
  readonly #servers: readonly [Server, ...Server[]];
  #index = 0;
  /** Addresses of the present server that were left since it became that. */
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

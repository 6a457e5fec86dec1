import { createSecureContext, type SecureContext } from "node:tls";
import { Deadlines } from "../peer/deadlines.ts";
import type { Certificate } from "./certificate.ts";
import type { TlsTransport } from "./tls.ts";

const HANDSHAKE = 10_000; // ms that a handshake may take
const GOODBYE = 5000; // ms that a peer's goodbye waits for the answers before it

/** What all TLS connections of a server share: the certificate, and their deadlines. */
export class Security {
  readonly handshakes: Deadlines<TlsTransport>;
  readonly goodbyes = new Deadlines<TlsTransport>(GOODBYE, (due) => due.goodbyeDue());
  readonly #load: () => Certificate;
  #certificate: Certificate;
  #context: SecureContext;

  /** `load` reads the certificate, now and whenever it is to be renewed. `patience`: ms for a handshake. */
  constructor(load: () => Certificate, patience = HANDSHAKE) {
    this.handshakes = new Deadlines<TlsTransport>(patience, (due) => due.handshakeDue());
    this.#load = load;
    this.#certificate = load();
    this.#context = contextOf(this.#certificate);
  }

  /** What a new connection is secured with. */
  get context(): SecureContext {
    return this.#context;
  }

  /** Of the certificate: SHA-256, `AB:CD:…`. */
  get fingerprint(): string {
    return this.#certificate.fingerprint;
  }

  /** Nobody else vouches for the certificate. */
  get isSelfSigned(): boolean {
    return this.#certificate.isSelfSigned;
  }

  /**
   * Reads the certificate again, for those who connect from now on. Answers whether it is another one. Throws what
   * reading throws, and then goes on with the one it has.
   */
  renew(): boolean {
    const certificate = this.#load();
    const context = contextOf(certificate);
    const { cert, key } = this.#certificate;
    this.#certificate = certificate;
    this.#context = context;
    return cert !== certificate.cert || key !== certificate.key;
  }

  /** Stops its clocks. */
  close(): void {
    this.handshakes.stop();
    this.goodbyes.stop();
  }
}

function contextOf({ cert, key }: Certificate): SecureContext {
  return createSecureContext({ cert, key, minVersion: "TLSv1.2" });
}

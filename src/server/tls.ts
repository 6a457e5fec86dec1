import { Duplex } from "node:stream";
import { TLSSocket } from "node:tls";
import type { Ticket } from "./deadlines.ts";
import { RecordScanner } from "./records.ts";
import type { Security } from "./security.ts";
import type { Receiver, Remote, Transport } from "./transport.ts";

const WRITE = 65536; // bytes that are encrypted at once
/** Why a connection has ended that never came to be secure. */
export const HANDSHAKE_OVERDUE = "TLS handshake timed out";
export const HANDSHAKE_FAILED = "TLS handshake failed";

const BACKLOG = 1 << 18; // encrypted bytes that may wait; what writes respect is far below

/** Who hears what comes out of a TLS transport. */
export interface TlsListener {
  /** The handshake is done. */
  secured(): void;
  /** There will be none: the carrier is about to end. */
  unsecured(reason: string): void;
  received(bytes: Uint8Array): void;
  drained(): void;
  /** The peer has said its last. */
  ended(): void;
  /** Whether all that the peer was to be answered is written. */
  isAtRest(): boolean;
}

/**
 * TLS as a transport, over another one that carries the encrypted bytes.
 *
 * It takes no more to encrypt before the carrier has taken what is encrypted: a peer that does not read leaves the rest
 * with whoever writes. A handshake that fails, or is not done in time, ends the carrier; only the listener is told why.
 *
 * With the peer's close_notify the TLS socket closes both directions. So the record that may be one waits until the
 * peer has been answered: who says one thing and goodbye in one breath still gets the answer.
 */
export class TlsTransport implements Transport {
  /** Who is to be told of what the carrier brings. */
  readonly carrier: Omit<Receiver, "failed"> = {
    received: (bytes) => this.#arrived(bytes),
    drained: () => this.#flush(),
    ended: () => (this.#isSecure ? this.#end() : this.#carrier.close()),
    closed: () => {
      this.#isOver = true;
      this.#handshake.callOff();
      this.#tls.destroy();
    },
  };
  readonly #carrier: Transport;
  readonly #listener: TlsListener;
  readonly #security: Security;
  readonly #records = new RecordScanner();
  readonly #input: Duplex;
  readonly #tls: TLSSocket;
  readonly #handshake: Ticket<TlsTransport>;
  #encrypted: Uint8Array[] = [];
  #size = 0;
  /** A write was refused, and is to be asked for. */
  #refused = false;
  #isSecure = false;
  #isEnded = false;
  /** Our goodbye is encrypted: nothing comes behind it. */
  #isFinished = false;
  #isClosing = false;
  #isOver = false;
  #fingerprint: string | undefined;
  /** What came last, and may be the peer's goodbye. */
  #goodbye: Uint8Array | undefined;

  constructor(carrier: Transport, security: Security, listener: TlsListener) {
    this.#carrier = carrier;
    this.#listener = listener;
    this.#security = security;
    this.#handshake = security.handshakes.set(this);
    this.#input = new Duplex({
      read: () => {},
      write: (chunk: Uint8Array, _encoding, done) => {
        this.#send(chunk);
        done();
      },
      final: (done) => {
        this.#isFinished = true;
        this.#flush();
        done();
      },
    });
    this.#tls = this.#wrapped();
  }

  get remote(): Remote {
    const { address, port } = this.#carrier.remote;
    return { address, port, isSecure: true, fingerprint: this.#fingerprint };
  }

  // What time brings.

  /** The handshake has taken too long. */
  handshakeDue(): void {
    this.#listener.unsecured(HANDSHAKE_OVERDUE);
    this.terminate();
  }

  /** What may be a goodbye has waited long enough. */
  goodbyeDue(): void {
    const held = this.#goodbye;
    this.#goodbye = undefined;
    if (held) this.#feed(held);
  }

  // Transport.

  write(bytes: Uint8Array): number {
    // Nobody reads it any more; whoever writes is about to learn that.
    if (this.#isOver || this.#isFinished) return bytes.length;
    if (!this.#isIdle) {
      this.#refused = true;
      return 0;
    }
    const taken = Math.min(bytes.length, WRITE);
    this.#refused = taken < bytes.length;
    // While it is idle the bytes are encrypted at once, so they need not stay as they are.
    this.#tls.write(bytes.subarray(0, taken), () => this.#askForMore());
    if (this.#goodbye) this.#lookAgain();
    return taken;
  }

  get unsent(): number {
    return this.#size + this.#carrier.unsent;
  }

  finish(): void {
    if (!this.#isOver) this.#tls.end();
  }

  /** What was taken, and our own goodbye behind it, leave first. */
  close(): void {
    this.#isClosing = true;
    if (!this.#isFinished) this.finish();
    else if (this.#size === 0) this.#carrier.close();
  }

  terminate(): void {
    this.#isOver = true;
    this.#carrier.terminate();
  }

  settled(): void {
    if (this.#goodbye) this.#lookAgain();
  }

  pause(): void {
    this.#carrier.pause();
  }

  resume(): void {
    this.#carrier.resume();
  }

  #arrived(bytes: Uint8Array): void {
    this.goodbyeDue();
    const last = this.#records.scan(bytes);
    if (last === 0 || (last === bytes.length && this.#listener.isAtRest())) return this.#feed(bytes);
    if (last < bytes.length) this.#feed(bytes.subarray(0, -last));
    this.#goodbye = bytes.subarray(-last);
    this.#security.goodbyes.set(this);
    this.#lookAgain();
  }

  #wrapped(): TLSSocket {
    const options = {
      isServer: true,
      secureContext: this.#security.context,
      requestCert: true,
      rejectUnauthorized: false,
      allowHalfOpen: true,
    };
    // It takes any Duplex, though its type asks for a socket.
    const tls: TLSSocket = Reflect.construct(TLSSocket, [this.#input, options]);
    tls.on("secure", () => this.#secured());
    tls.on("data", (bytes: Uint8Array) => this.#listener.received(bytes));
    tls.on("end", () => this.#end());
    tls.on("error", () => this.#failed());
    this.#input.on("error", () => this.#failed());
    return tls;
  }

  #secured(): void {
    this.#handshake.callOff();
    this.#isSecure = true;
    const certificate = this.#tls.getPeerX509Certificate();
    this.#fingerprint = certificate?.fingerprint256.replaceAll(":", "").toLowerCase();
    this.#listener.secured();
    this.#askForMore();
  }

  /** Rubbish, or a handshake that came to nothing: the peer still gets the alert. */
  #failed(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    if (!this.#isSecure) this.#listener.unsecured(HANDSHAKE_FAILED);
    this.#carrier.close();
  }

  #feed(bytes: Uint8Array): void {
    if (!this.#isOver) this.#input.push(bytes);
  }

  /** Feeds what may be a goodbye, as soon as nothing is owed to the peer. */
  #lookAgain(): void {
    setImmediate(() => {
      if (this.#goodbye && this.#listener.isAtRest()) this.goodbyeDue();
    });
  }

  #end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#goodbye = undefined;
    this.#listener.ended();
  }

  #send(chunk: Uint8Array): void {
    this.#encrypted.push(chunk);
    this.#size += chunk.length;
    this.#flush();
    if (this.#size > BACKLOG) this.terminate();
  }

  #flush(): void {
    while (this.#size > 0) {
      const [first = new Uint8Array(0)] = this.#encrypted;
      const taken = Math.max(this.#carrier.write(first), 0);
      this.#size -= taken;
      if (taken < first.length) {
        this.#encrypted[0] = first.subarray(taken);
        return;
      }
      this.#encrypted.shift();
    }
    if (!this.#isFinished || this.#isOver) return this.#askForMore();
    if (this.#isClosing) this.#carrier.close();
    else this.#carrier.finish();
  }

  get #isIdle(): boolean {
    return this.#isSecure && this.#size === 0 && this.#tls.writableLength === 0;
  }

  #askForMore(): void {
    if (!this.#refused || !this.#isIdle) return;
    this.#refused = false;
    this.#listener.drained();
  }
}

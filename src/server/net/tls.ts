import { TLSSocket } from "node:tls";
import { type Closing, closing } from "../../wire/closing.ts";
import type { Ticket } from "../peer/deadlines.ts";
import type { InputScheduler, InputShare, InputSource } from "../peer/input-scheduler.ts";
import type { TlsContext } from "./certificate.ts";
import { DuplexBridge } from "./duplex-bridge.ts";
import type { Receiver, Remote, Transport } from "./transport.ts";

const WRITE = 65536; // bytes encrypted at once, at most

const BACKLOG = 1 << 18; // encrypted bytes that may wait; `write` alone stays far below this
const HELD = 16_384; // waiting bytes of a handshake above which the carrier is paused

/** The parts of the server and the connection that a TLS transport uses. */
interface TlsSetup {
  /** Called when the handshake is done. */
  readonly secured: () => void;
  /** Schedules the handshake like other input: it takes about a millisecond of the event loop. */
  readonly input: Pick<InputScheduler, "offer" | "withdraw">;
  readonly share: InputShare;
  /** Asks the peer for a certificate; it need not have one. */
  readonly asksForCertificate: boolean;
}

/**
 * TLS as a transport, over another transport (the carrier) for the encrypted bytes.
 *
 * `write` encrypts nothing more until the carrier has taken the encrypted bytes: if the peer stops reading, `write`
 * takes nothing, and the caller keeps the backlog. A handshake that fails or takes too long ends the carrier; only the
 * receiver is told why.
 *
 * At the peer's close_notify the TLS socket closes both directions. So a record that may be a close_notify waits until
 * the peer has been answered: a peer that sends a line and close_notify together still gets the answer.
 */
export class TlsTransport implements Transport, InputSource {
  receiver: Receiver | undefined;
  /** The receiver of the carrier. */
  readonly carrier: Receiver = this.#reader();
  readonly share: InputShare;
  hasEnded = false;
  readonly #carrier: Transport;
  readonly #setup: TlsSetup;
  readonly #tlsContext: TlsContext;
  readonly #records = new RecordScanner();
  readonly #bridge: DuplexBridge;
  readonly #tls: TLSSocket;
  readonly #handshake: Ticket<TlsTransport>;
  /** Packets of the handshake that wait to be served, and their size in bytes. */
  readonly #waiting: Uint8Array[] = [];
  #held = 0;
  /** The carrier is paused because too much waits. */
  #isCarrierPaused = false;
  /** The receiver has paused the transport. */
  #isPaused = false;
  /** A write was short: the receiver waits for `drained`. */
  #refused = false;
  #isSecure = false;
  #isEnded = false;
  /** Our side is ended; and our close_notify has left. */
  #isFinishing = false;
  #isFinished = false;
  #isClosing = false;
  #isOver = false;
  #fingerprint: string | undefined;
  /** The last record, if it may be a close_notify, and the deadline until which it waits. */
  #heldRecord: Uint8Array | undefined;
  #heldUntil: Ticket<TlsTransport> | undefined;

  constructor(carrier: Transport, tlsContext: TlsContext, setup: TlsSetup) {
    this.#carrier = carrier;
    this.#setup = setup;
    this.share = setup.share;
    this.#tlsContext = tlsContext;
    this.#handshake = tlsContext.handshakes.set(this);
    this.#bridge = new DuplexBridge(carrier, (error) => this.receiver?.failed(error), { allowHalfOpen: true });
    this.#tls = this.#wrapped();
    carrier.receiver = this.carrier;
  }

  get remote(): Remote {
    const { address, port } = this.#carrier.remote;
    return { address, port, isSecure: true, fingerprint: this.#fingerprint };
  }

  // Deadlines.

  /** The handshake has taken too long. */
  handshakeDue(): void {
    this.#leave(closing("tls-handshake-time"));
    this.terminate();
  }

  /** Stops holding back a possible close_notify. */
  heldRecordDue(): void {
    const held = this.#takeHeldRecord();
    if (held) this.#decrypt(held);
  }

  // InputSource.

  /** Continues the handshake. Once that is done, input is decrypted as it comes. */
  serve(isSpent: () => boolean): boolean {
    while (!this.#isOver) {
      const bytes = this.#waiting.shift();
      if (!bytes) break;
      this.#held -= bytes.length;
      this.#feed(bytes);
      if (!this.#isSecure && isSpent()) return this.#waiting.length > 0;
    }
    if (this.#isCarrierPaused && !this.#isPaused) this.#carrier.resume();
    this.#isCarrierPaused = false;
    if (this.hasEnded) this.#carrierEnded();
    return false;
  }

  // Transport.

  write(bytes: Uint8Array): number {
    // Closed: the bytes are dropped, and the writer is about to be told.
    if (this.#isOver || this.#isFinishing) return bytes.length;
    if (!this.#isIdle) {
      this.#refused = true;
      return 0;
    }
    const taken = Math.min(bytes.length, WRITE);
    this.#refused = taken < bytes.length;
    // While idle, the TLS socket encrypts the bytes at once, so the caller may reuse them.
    this.#tls.write(bytes.subarray(0, taken), () => this.#askForMore());
    if (this.#heldRecord) this.#releaseHeldRecord();
    return taken;
  }

  get unsent(): number {
    return this.#bridge.backlog + this.#carrier.unsent;
  }

  finish(): void {
    this.#isFinishing = true;
    if (!this.#isOver) this.#tls.end();
  }

  /** Sends the bytes taken and our close_notify first. */
  close(): void {
    this.#isClosing = true;
    if (this.#isFinished) this.#carrier.close();
    else this.finish();
  }

  terminate(): void {
    this.#isOver = true;
    this.#carrier.terminate();
  }

  settled(): void {
    if (this.#heldRecord) this.#releaseHeldRecord();
  }

  pause(): void {
    this.#isPaused = true;
    this.#carrier.pause();
  }

  resume(): void {
    this.#isPaused = false;
    if (!this.#isCarrierPaused) this.#carrier.resume();
  }

  #reader(): Receiver {
    const isAtRest = () => this.#bridge.isAtRest;
    return {
      received: (bytes) => this.#arrived(bytes),
      drained: () => {
        this.#bridge.drained();
        this.#askForMore();
      },
      ended: () => {
        this.hasEnded = true;
        if (this.#waiting.length === 0) this.#carrierEnded();
      },
      closed: (closing) => this.#gone(closing),
      failed: (error) => this.receiver?.failed(error),
      get isAtRest() {
        return isAtRest();
      },
    };
  }

  #arrived(bytes: Uint8Array): void {
    if (this.#isSecure && this.#waiting.length === 0) return this.#feed(bytes);
    this.#waiting.push(bytes);
    this.#held += bytes.length;
    if (this.#held > HELD && !this.#isCarrierPaused) {
      this.#isCarrierPaused = true;
      this.#carrier.pause();
    }
    this.#setup.input.offer(this);
  }

  /** The peer has closed its side of the carrier, with or without close_notify. */
  #carrierEnded(): void {
    if (this.#isSecure) this.#end();
    else this.#carrier.close();
  }

  /** Decrypts bytes, but holds back a record that may be a close_notify. */
  #feed(bytes: Uint8Array): void {
    this.heldRecordDue();
    const last = this.#records.scan(bytes);
    if (last === 0 || (last === bytes.length && this.receiver?.isAtRest)) return this.#decrypt(bytes);
    if (last < bytes.length) this.#decrypt(bytes.subarray(0, -last));
    this.#heldRecord = bytes.subarray(-last);
    this.#heldUntil = this.#tlsContext.heldRecords.set(this);
    this.#releaseHeldRecord();
  }

  #decrypt(bytes: Uint8Array): void {
    if (this.#isOver) return;
    this.#bridge.received(bytes);
    // A peer may provoke answers of TLS itself without reading them.
    if (this.#bridge.backlog > BACKLOG) this.terminate();
  }

  #takeHeldRecord(): Uint8Array | undefined {
    const held = this.#heldRecord;
    this.#heldRecord = undefined;
    this.#heldUntil?.cancel();
    return held;
  }

  #wrapped(): TLSSocket {
    const options = {
      isServer: true,
      secureContext: this.#tlsContext.context,
      requestCert: this.#setup.asksForCertificate,
      rejectUnauthorized: false,
      allowHalfOpen: true,
    };
    const { duplex } = this.#bridge;
    // TLSSocket takes any Duplex, though its type asks for a socket.
    const tls: TLSSocket = Reflect.construct(TLSSocket, [duplex, options]);
    tls.on("secure", () => this.#secured());
    tls.on("data", (bytes: Uint8Array) => this.#tell((receiver) => receiver.received(bytes)));
    tls.on("end", () => this.#end());
    tls.on("error", () => this.#failed());
    duplex.on("error", () => this.#failed());
    duplex.on("finish", () => {
      this.#isFinished = true;
      if (this.#isClosing) this.#carrier.close();
    });
    return tls;
  }

  #secured(): void {
    this.#handshake.cancel();
    this.#isSecure = true;
    const certificate = this.#tls.getPeerX509Certificate();
    this.#fingerprint = certificate?.fingerprint256.replaceAll(":", "").toLowerCase();
    this.#tell(() => this.#setup.secured());
    this.#askForMore();
  }

  /** Handles invalid input or a failed handshake. The peer still gets the alert. */
  #failed(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    if (!this.#isSecure) this.#leave(closing("tls-handshake"));
    this.#carrier.close();
  }

  /** Releases a held-back close_notify as soon as the peer has all its answers. */
  #releaseHeldRecord(): void {
    setImmediate(() => {
      if (this.#heldRecord && this.receiver?.isAtRest) this.heldRecordDue();
    });
  }

  #end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#takeHeldRecord();
    this.#tell((receiver) => receiver.ended());
  }

  /** The carrier is gone. */
  #gone(closing: Closing): void {
    this.#isOver = true;
    this.#handshake.cancel();
    this.#setup.input.withdraw(this);
    this.#waiting.length = 0;
    this.#takeHeldRecord();
    this.#bridge.closed();
    this.#tls.destroy();
    this.#leave(closing);
  }

  #leave(closing: Closing): void {
    this.#tell((receiver) => receiver.closed(closing));
    this.receiver = undefined;
  }

  /** Calls the receiver. Its exceptions must not reach the TLS socket, which would take them for its own failure. */
  #tell(work: (receiver: Receiver) => void): void {
    const { receiver } = this;
    if (!receiver) return;
    try {
      work(receiver);
    } catch (error) {
      receiver.failed(error);
    }
  }

  get #isIdle(): boolean {
    return this.#isSecure && this.#bridge.isAtRest && this.#tls.writableLength === 0;
  }

  #askForMore(): void {
    if (!this.#refused || !this.#isIdle) return;
    this.#refused = false;
    this.#tell((receiver) => receiver.drained());
  }
}

const HEADER = 5; // bytes: type, version, length (RFC 8446 5.1)
const ALERT = 21;
const DATA = 23;
const SEALED_ALERT = 19; // bytes of an alert in TLS 1.3: level, description, type, and a tag of 16

/** Follows the records of a TLS stream, however they were cut, to find a possible close_notify. */
export class RecordScanner {
  readonly #header: number[] = [];
  /** Bytes of the record's body still to come. */
  #left = 0;

  /**
   * Takes the next bytes. If they end with a whole record that may be an alert, such as close_notify, returns its
   * length, else 0. In TLS 1.3, data of the same length looks like an alert.
   */
  scan(bytes: Uint8Array): number {
    let start = -1;
    let at = 0;
    while (at < bytes.length) {
      if (this.#left > 0) {
        const step = Math.min(this.#left, bytes.length - at);
        this.#left -= step;
        at += step;
        continue;
      }
      if (this.#header.length === HEADER) this.#header.length = 0;
      if (this.#header.length === 0) start = at;
      this.#header.push(bytes[at] ?? 0);
      at++;
      if (this.#header.length === HEADER) this.#left = this.#length;
    }
    const isWhole = this.#header.length === HEADER && this.#left === 0 && start >= 0;
    return isWhole && this.#mayBeAlert ? bytes.length - start : 0;
  }

  get #length(): number {
    const [, , , high = 0, low = 0] = this.#header;
    return high * 256 + low;
  }

  get #mayBeAlert(): boolean {
    const [type] = this.#header;
    return type === ALERT || (type === DATA && this.#length === SEALED_ALERT);
  }
}

import { TLSSocket } from "node:tls";
import { type Closing, closing } from "../../wire/closing.ts";
import type { Ticket } from "../peer/deadlines.ts";
import type { InputScheduler, InputShare, InputSource } from "../peer/input-scheduler.ts";
import type { TlsContext } from "./certificate.ts";
import { DuplexBridge } from "./duplex-bridge.ts";
import type { Receiver, Remote, Transport } from "./transport.ts";

const WRITE = 65536; // bytes that are encrypted at once

const BACKLOG = 1 << 18; // encrypted bytes that may wait; what writes respect is far below
const HELD = 16_384; // bytes of a handshake that wait for their share of a turn, before the carrier is paused

/** What a TLS transport needs of its connection's server. */
interface TlsSetup {
  /** Called when the handshake is done. */
  readonly secured: () => void;
  /** A handshake takes a millisecond: it has its share of the event loop's time, as all other input has. */
  readonly input: Pick<InputScheduler, "offer" | "withdraw">;
  readonly share: InputShare;
}

/**
 * TLS as a transport, over another one that carries the encrypted bytes.
 *
 * It takes no more to encrypt before the carrier has taken what is encrypted: if the peer does not read, `write` takes
 * nothing, and the caller keeps the rest. A handshake that fails, or is not done in time, ends the carrier; only the
 * receiver is told why.
 *
 * With the peer's close_notify the TLS socket closes both directions. So the record that may be one waits until the
 * peer has been answered: a peer that says one thing and goodbye in one breath still gets the answer.
 */
export class TlsTransport implements Transport, InputSource {
  receiver: Receiver | undefined;
  /** Reads the carrier. */
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
  /** What has come of the handshake, and waits for its share of a turn; and how many bytes that is. */
  readonly #waiting: Uint8Array[] = [];
  #held = 0;
  /** So much waits that the carrier is paused. */
  #isHolding = false;
  /** The receiver wants no more for now. */
  #isPaused = false;
  /** A write was refused, and is to be asked for. */
  #refused = false;
  #isSecure = false;
  #isEnded = false;
  /** Nothing is to be encrypted any more; and our goodbye has left. */
  #isFinishing = false;
  #isFinished = false;
  #isClosing = false;
  #isOver = false;
  #fingerprint: string | undefined;
  /** What came last, and may be the peer's goodbye; and how long it waits. */
  #goodbye: Uint8Array | undefined;
  #patience: Ticket<TlsTransport> | undefined;

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

  // What time brings.

  /** The handshake has taken too long. */
  handshakeDue(): void {
    this.#leave(closing("tls-handshake-time"));
    this.terminate();
  }

  /** What may be a goodbye has waited long enough. */
  goodbyeDue(): void {
    const held = this.#takeGoodbye();
    if (held) this.#decrypt(held);
  }

  // Its share of a turn.

  /** Goes on with the handshake; once that is done, the rest goes on as it comes. */
  serve(isSpent: () => boolean): boolean {
    while (!this.#isOver) {
      const bytes = this.#waiting.shift();
      if (!bytes) break;
      this.#held -= bytes.length;
      this.#feed(bytes);
      if (!this.#isSecure && isSpent()) return this.#waiting.length > 0;
    }
    if (this.#isHolding && !this.#isPaused) this.#carrier.resume();
    this.#isHolding = false;
    if (this.hasEnded) this.#carrierEnded();
    return false;
  }

  // Transport.

  write(bytes: Uint8Array): number {
    // Nobody reads it any more; whoever writes is about to learn that.
    if (this.#isOver || this.#isFinishing) return bytes.length;
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
    return this.#bridge.backlog + this.#carrier.unsent;
  }

  finish(): void {
    this.#isFinishing = true;
    if (!this.#isOver) this.#tls.end();
  }

  /** What was taken, and our own goodbye behind it, leave first. */
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
    if (this.#goodbye) this.#lookAgain();
  }

  pause(): void {
    this.#isPaused = true;
    this.#carrier.pause();
  }

  resume(): void {
    this.#isPaused = false;
    if (!this.#isHolding) this.#carrier.resume();
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
    if (this.#held > HELD && !this.#isHolding) {
      this.#isHolding = true;
      this.#carrier.pause();
    }
    this.#setup.input.offer(this);
  }

  /** The peer has closed the carrier's side of it, with a goodbye or without. */
  #carrierEnded(): void {
    if (this.#isSecure) this.#end();
    else this.#carrier.close();
  }

  /** Gives bytes to be decrypted, but for what may be a goodbye: that waits. */
  #feed(bytes: Uint8Array): void {
    this.goodbyeDue();
    const last = this.#records.scan(bytes);
    if (last === 0 || (last === bytes.length && this.receiver?.isAtRest)) return this.#decrypt(bytes);
    if (last < bytes.length) this.#decrypt(bytes.subarray(0, -last));
    this.#goodbye = bytes.subarray(-last);
    this.#patience = this.#tlsContext.goodbyes.set(this);
    this.#lookAgain();
  }

  #decrypt(bytes: Uint8Array): void {
    if (this.#isOver) return;
    this.#bridge.received(bytes);
    // A peer may ask for answers of TLS itself, and not read them.
    if (this.#bridge.backlog > BACKLOG) this.terminate();
  }

  #takeGoodbye(): Uint8Array | undefined {
    const held = this.#goodbye;
    this.#goodbye = undefined;
    this.#patience?.callOff();
    return held;
  }

  #wrapped(): TLSSocket {
    const options = {
      isServer: true,
      secureContext: this.#tlsContext.context,
      requestCert: true,
      rejectUnauthorized: false,
      allowHalfOpen: true,
    };
    const { duplex } = this.#bridge;
    // It takes any Duplex, though its type asks for a socket.
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
    this.#handshake.callOff();
    this.#isSecure = true;
    const certificate = this.#tls.getPeerX509Certificate();
    this.#fingerprint = certificate?.fingerprint256.replaceAll(":", "").toLowerCase();
    this.#tell(() => this.#setup.secured());
    this.#askForMore();
  }

  /** Rubbish, or a handshake that came to nothing: the peer still gets the alert. */
  #failed(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    if (!this.#isSecure) this.#leave(closing("tls-handshake"));
    this.#carrier.close();
  }

  /** Feeds what may be a goodbye, as soon as nothing is owed to the peer. */
  #lookAgain(): void {
    setImmediate(() => {
      if (this.#goodbye && this.receiver?.isAtRest) this.goodbyeDue();
    });
  }

  #end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#takeGoodbye();
    this.#tell((receiver) => receiver.ended());
  }

  /** The carrier is gone. */
  #gone(closing: Closing): void {
    this.#isOver = true;
    this.#handshake.callOff();
    this.#setup.input.withdraw(this);
    this.#waiting.length = 0;
    this.#takeGoodbye();
    this.#bridge.closed();
    this.#tls.destroy();
    this.#leave(closing);
  }

  #leave(closing: Closing): void {
    this.#tell((receiver) => receiver.closed(closing));
    this.receiver = undefined;
  }

  /** What throws here must not pass through the TLS socket, which would take it for its own failure. */
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
const SEALED_ALERT = 19; // bytes of an alert in TLS 1.3: level, description, type, and 16 that authenticate them

/** Follows the records of a TLS stream, however they were cut, to tell which may be the last. */
export class RecordScanner {
  readonly #header: number[] = [];
  /** Bytes of the record's body that are yet to come. */
  #left = 0;

  /**
   * Takes the next bytes. Answers how many of them, at their end, are one whole record that may be an alert, such as
   * close_notify: an alert in TLS 1.2; in TLS 1.3 data of the same length looks the same. Otherwise 0.
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

import { Duplex } from "node:stream";
import type { Receiver, Transport } from "./transport.ts";

/**
 * A transport as a Node stream, for Node's TLS, which needs one.
 *
 * Backpressure works in both directions: while the transport takes nothing, writes wait in `backlog`; while the stream
 * is not read, the transport is paused. The bridge is a `Receiver`: its creator passes the transport's events on to it,
 * or sets it as the transport's receiver.
 */
export class DuplexBridge implements Receiver {
  readonly duplex: Duplex;
  readonly #transport: Transport;
  readonly #failed: (error: unknown) => void;
  /** The rest of the last write that the transport has not taken, and the callback for when it has. */
  #rest: Uint8Array | undefined;
  #done: (() => void) | undefined;
  #isPaused = false;
  #isOver = false;

  /**
   * Without `allowHalfOpen`, the end of the peer's side ends ours. `failed` gets exceptions of the stream's readers.
   */
  constructor(transport: Transport, failed: (error: unknown) => void, { allowHalfOpen = false } = {}) {
    this.#transport = transport;
    this.#failed = failed;
    this.duplex = new Duplex({
      allowHalfOpen,
      read: () => this.#readOn(),
      write: (chunk: Uint8Array, _encoding, done) => this.#send(chunk, done),
      final: (done) => {
        if (!this.#isOver) transport.finish();
        done();
      },
      destroy: (error, done) => {
        this.#letGo();
        done(error);
      },
    });
  }

  /** Bytes written to the stream that the transport has not taken. */
  get backlog(): number {
    return this.duplex.writableLength;
  }

  get isAtRest(): boolean {
    return this.backlog === 0;
  }

  received(bytes: Uint8Array): void {
    if (this.#isOver || this.duplex.push(bytes)) return;
    this.#isPaused = true;
    this.#transport.pause();
  }

  drained(): void {
    const [rest, done] = [this.#rest, this.#done];
    if (!rest || !done) return;
    this.#rest = undefined;
    this.#done = undefined;
    this.#send(rest, done);
  }

  ended(): void {
    if (!this.#isOver) this.duplex.push(null);
  }

  closed(): void {
    this.#isOver = true;
    this.duplex.destroy();
  }

  failed(error: unknown): void {
    this.#failed(error);
  }

  #send(bytes: Uint8Array, done: () => void): void {
    const taken = this.#isOver ? bytes.length : this.#transport.write(bytes);
    // Below 0 the peer is gone: the rest is dropped.
    if (taken < 0 || taken >= bytes.length) return done();
    this.#rest = bytes.subarray(taken);
    this.#done = done;
  }

  #readOn(): void {
    if (!this.#isPaused || this.#isOver) return;
    this.#isPaused = false;
    this.#transport.resume();
  }

  /** Bytes that the transport has taken still arrive; others are lost with the stream. */
  #letGo(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#transport.close();
  }
}

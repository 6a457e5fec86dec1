import { Duplex } from "node:stream";
import type { Receiver, Transport } from "./transport.ts";

/**
 * A transport as a stream of Node, for what speaks only over one of those: TLS, SSH.
 *
 * It holds both sides back: while the transport takes nothing, writes wait in `backlog`; while nobody reads the stream,
 * the transport is paused. Whoever makes it gives it what the transport brings, or sets it as the transport's receiver.
 */
export class DuplexBridge implements Receiver {
  readonly duplex: Duplex;
  readonly #transport: Transport;
  readonly #failed: (error: unknown) => void;
  /** What the transport has not taken of the last write, and what to call when it has. */
  #rest: Uint8Array | undefined;
  #done: (() => void) | undefined;
  #isPaused = false;
  #isOver = false;

  /** Without `allowHalfOpen` the end of the peer's side ends ours. `failed` is told of bugs in the stream's readers. */
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
    // Below 0 the peer is gone, and nobody reads the rest.
    if (taken < 0 || taken >= bytes.length) return done();
    this.#rest = bytes.subarray(taken);
    this.#done = done;
  }

  #readOn(): void {
    if (!this.#isPaused || this.#isOver) return;
    this.#isPaused = false;
    this.#transport.resume();
  }

  /** What the transport has taken still arrives; what it has not is lost with the stream. */
  #letGo(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#transport.close();
  }
}

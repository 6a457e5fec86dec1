import type { Socket } from "bun";

const AGAIN = 5; // ms until a refused or closed attacker reconnects

/** How an attacker's connection speaks. */
export interface Speech {
  readonly opening?: string | Uint8Array;
  /** The next bytes, as soon as the last ones were taken; `undefined`: it stays silent from then on. */
  readonly next?: () => string | Uint8Array | undefined;
  /** ms until it leaves and reconnects. */
  readonly lives?: number;
  /** Whether it leaves with a reset. */
  readonly isAbrupt?: boolean;
  /** Whether it speaks TLS. */
  readonly isSecure?: boolean;
  /** Reads nothing, or nothing after a line that matches. */
  readonly isDeaf?: boolean;
  readonly deafAfter?: RegExp;
}

/** A connection that sends as much as the server takes, and reconnects when it ends. */
export class FloodingConnection {
  readonly #port: number;
  readonly #speech: () => Speech;
  #current: Speech = {};
  #left: Uint8Array = new Uint8Array(0);

  constructor(port: number, speech: () => Speech) {
    this.#port = port;
    this.#speech = speech;
  }

  open(delay = 0): void {
    setTimeout(() => this.#connect(), delay);
  }

  #connect(): void {
    this.#current = this.#speech();
    const { lives, isAbrupt } = this.#current;
    let leaving: ReturnType<typeof setTimeout> | undefined;
    let isOver = false;
    const over = () => {
      if (isOver) return;
      isOver = true;
      clearTimeout(leaving);
      this.open(AGAIN);
    };
    const connecting = Bun.connect({
      hostname: "127.0.0.1",
      port: this.#port,
      ...(this.#current.isSecure ? { tls: { rejectUnauthorized: false } } : {}),
      socket: {
        open: (socket) => {
          if (lives !== undefined && lives < Number.POSITIVE_INFINITY)
            leaving = setTimeout(() => (isAbrupt ? socket.terminate() : socket.end()), lives);
          if (this.#current.isDeaf) socket.pause();
          this.#left = Buffer.from(this.#current.opening ?? "");
          this.#say(socket);
        },
        data: (socket, bytes) => {
          if (this.#current.deafAfter?.test(bytes.toString("latin1"))) socket.pause();
        },
        drain: (socket) => this.#say(socket),
        close: over,
        error: over,
      },
    });
    connecting.catch(over);
  }

  /** One write at a time: the rest waits until the server takes more. */
  #say(socket: Socket): void {
    if (socket.readyState !== 1) return;
    if (this.#left.length === 0) {
      const next = this.#current.next?.();
      if (next === undefined) return;
      this.#left = typeof next === "string" ? Buffer.from(next) : next;
    }
    const taken = socket.write(this.#left);
    if (taken < 0) return;
    const isAll = taken === this.#left.length;
    this.#left = this.#left.subarray(taken);
    if (isAll) setImmediate(() => this.#say(socket));
  }
}

/** An IRC client over Bun's own WebSocket: a test waits for lines, never for time. */

import { Condition } from "./patience.ts";

/** How a client connects. */
interface WebSocketSetup {
  readonly port: number;
  /** Over TLS, with any certificate. */
  readonly isSecure?: boolean;
  readonly path?: string;
  /** The subprotocols that it offers. */
  readonly protocols?: readonly string[];
  /** Further fields of the request. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** The client's end of a WebSocket, read message by message. */
export class WebWire implements Disposable {
  readonly #socket: WebSocket;
  readonly #messages: string[] = [];
  readonly #changed = new Condition();
  /** The code and reason of the close frame, once the WebSocket is closed. */
  closing: { readonly code: number; readonly reason: string } | undefined;
  /** Whether a message has come as a binary one. */
  hasBinary = false;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.binaryType = "arraybuffer";
    socket.onmessage = ({ data }) => {
      this.hasBinary ||= typeof data !== "string";
      this.#messages.push(typeof data === "string" ? data : Buffer.from(data).toString());
      this.#changed.notify();
    };
    socket.onclose = ({ code, reason }) => {
      this.closing = { code, reason };
      this.#changed.notify();
    };
  }

  /** Connects. Rejects if the server refuses. */
  static open({ port, isSecure = false, path = "/", protocols = [], headers = {} }: WebSocketSetup): Promise<WebWire> {
    // Bun's own WebSocket takes an object of options, which a browser's does not have.
    const socket: WebSocket = Reflect.construct(WebSocket, [
      `${isSecure ? "wss" : "ws"}://127.0.0.1:${port}${path}`,
      { protocols, headers, tls: { rejectUnauthorized: false } },
    ]);
    const wire = new WebWire(socket);
    return new Promise((resolve, reject) => {
      socket.onopen = () => resolve(wire);
      socket.addEventListener("close", () => reject(new Error("The WebSocket was refused")));
    });
  }

  /** The subprotocol that was agreed on; "" for none. */
  get protocol(): string {
    return this.#socket.protocol;
  }

  /** Sends lines, a message each. */
  send(...lines: readonly (string | Uint8Array)[]): void {
    for (const line of lines) this.#socket.send(line as string);
  }

  /** The messages up to and including the first match. Fails if none comes. */
  async until(pattern: RegExp): Promise<readonly string[]> {
    const seen: string[] = [];
    for (;;) {
      await this.#changed.until(() => this.#messages.length > 0 || this.closing !== undefined);
      const message = this.#messages.shift();
      if (message === undefined) throw new Error(`${pattern} did not come; this did:\n  ${seen.join("\n  ")}`);
      seen.push(message);
      if (pattern.test(message)) return seen;
    }
  }

  /** Registers, and waits for the end of the welcome. */
  async enter(nick: string): Promise<void> {
    this.send(`NICK ${nick}`, `USER ${nick} 0 * :Real ${nick}`);
    await this.until(/ (?:376|422) /);
  }

  /** Waits until the WebSocket is closed. Fails if it is not. */
  async closed(): Promise<{ readonly code: number; readonly reason: string }> {
    await this.#changed.until(() => this.closing !== undefined);
    if (!this.closing) throw new Error("The WebSocket is still open");
    return this.closing;
  }

  close(code = 1000): void {
    this.#socket.close(code);
  }

  [Symbol.dispose](): void {
    this.#socket.terminate();
  }
}

/** A client's socket: a test waits for lines, never for time. */

import { connect, type Socket as NetSocket } from "node:net";
import { type ConnectionOptions, connect as connectTls } from "node:tls";
import { Condition } from "./patience.ts";

/** The operations that Bun's and Node's sockets share here. */
interface Outlet {
  write(bytes: string | Uint8Array): unknown;
  shutdown(): unknown;
  pause(): unknown;
  resume(): unknown;
  terminate(): unknown;
}

/** The client's end of a connection, read line by line. */
export class WireClient {
  readonly #lines: string[] = [];
  #rest = "";
  readonly #changed = new Condition();
  #socket: Outlet | undefined;
  #closed = false;
  /** Everything that came, unchanged. */
  received = "";

  /** Connects; `from` is the local address: any of 127.0.0.0/8. */
  static async open(port: number, hostname = "127.0.0.1", from?: string): Promise<WireClient> {
    if (from !== undefined) return WireClient.#openFrom(port, hostname, from);
    const wire = new WireClient();
    const decoder = new TextDecoder();
    wire.#socket = await Bun.connect({
      hostname,
      port,
      allowHalfOpen: true,
      socket: {
        data: (_socket, bytes) => wire.#take(decoder.decode(bytes, { stream: true })),
        end: (socket) => {
          wire.#end();
          socket.end();
        },
        close: () => wire.#end(),
        error: () => wire.#end(),
      },
    });
    return wire;
  }

  /** Uses Node's sockets: Bun's cannot choose the local address. */
  static #openFrom(port: number, host: string, localAddress: string): Promise<WireClient> {
    return WireClient.#over(connect({ port, host, localAddress, allowHalfOpen: true }), "connect");
  }

  /** Connects over TLS and accepts any certificate. Rejects if the handshake fails. */
  static secure(port: number, options: ConnectionOptions = {}): Promise<WireClient> {
    const socket = connectTls({ port, host: "127.0.0.1", rejectUnauthorized: false, ...options });
    return WireClient.#over(socket, "secureConnect");
  }

  static #over(socket: NetSocket, opened: "connect" | "secureConnect"): Promise<WireClient> {
    const wire = new WireClient();
    const decoder = new TextDecoder();
    socket.on("data", (bytes) => wire.#take(decoder.decode(new Uint8Array(Buffer.from(bytes)), { stream: true })));
    for (const event of ["end", "close", "error"]) socket.on(event, () => wire.#end());
    wire.#socket = {
      write: (bytes) => socket.write(bytes),
      shutdown: () => socket.end(),
      pause: () => socket.pause(),
      resume: () => socket.resume(),
      terminate: () => socket.destroy(),
    };
    return new Promise((resolve, reject) => {
      socket.on(opened, () => resolve(wire));
      socket.on("error", reject);
      socket.on("close", () => reject(new Error("The connection was closed before it was open")));
    });
  }

  /** Connects as an IRC client that is in a room. */
  static async inRoom(port: number, nick: string, room: string, caps = ""): Promise<WireClient> {
    const wire = await WireClient.open(port);
    const [begin, end] = caps === "" ? ["", ""] : [`CAP REQ :${caps}\r\n`, "CAP END\r\n"];
    wire.send(`${begin}NICK ${nick}\r\nUSER ${nick} 0 * :${nick}\r\n${end}JOIN ${room}\r\n`);
    await wire.until(/ 366 /);
    return wire;
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  send(text: string | Uint8Array): void {
    this.#socket?.write(text);
  }

  /** Closes the sending side, as `nc -N` does at the end of its input. */
  shutdown(): void {
    this.#socket?.shutdown();
  }

  /** Stops reading, so that the server's output queues up. */
  pause(): void {
    this.#socket?.pause();
  }

  /** Reads again. */
  resume(): void {
    this.#socket?.resume();
  }

  /** Cuts the connection. The server may notice only after it has handled what other connections sent later. */
  close(): void {
    this.#socket?.terminate();
  }

  /** Loses the connection without a QUIT, and waits until the server has noticed. */
  async lose(): Promise<void> {
    this.shutdown();
    await this.closed();
    this.close();
  }

  /** The next line without its line end; `undefined` if the server has closed or no line comes in time. */
  async next(): Promise<string | undefined> {
    await this.#wait(() => this.#lines.length > 0);
    return this.#lines.shift();
  }

  /** The lines up to and including the first match. Fails if none comes. */
  async until(pattern: RegExp): Promise<string[]> {
    const lines: string[] = [];
    for (;;) {
      const line = await this.next();
      if (line === undefined) throw new Error(`${pattern} did not come; this did:\n  ${lines.join("\n  ")}`);
      lines.push(line);
      if (pattern.test(line)) return lines;
    }
  }

  /** Waits for text that may be part of a line. Fails if it does not come. */
  async text(pattern: RegExp): Promise<void> {
    await this.#wait(() => pattern.test(this.received));
    if (!pattern.test(this.received))
      throw new Error(`${pattern} did not come; this did: ${JSON.stringify(this.received)}`);
  }

  /** Waits until the server closes. Fails if it does not. */
  async closed(): Promise<void> {
    await this.#wait(() => this.#closed);
    if (!this.#closed) throw new Error("The connection is still open");
  }

  #take(text: string): void {
    this.received += text;
    const parts = (this.#rest + text).split("\n");
    this.#rest = parts.pop() ?? "";
    for (const part of parts) this.#lines.push(part.replace(/\r$/, ""));
    this.#changed.notify();
  }

  #end(): void {
    this.#closed = true;
    this.#changed.notify();
  }

  /** Waits until the condition holds, the connection ends, or the time is over. */
  async #wait(holds: () => boolean): Promise<void> {
    await this.#changed.until(() => holds() || this.#closed);
  }
}

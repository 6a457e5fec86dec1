import type { Socket } from "bun";
import { Framing } from "./transcript.ts";

/** Takes a member's whole lines while messages are counted. */
export type Lines = (bytes: Buffer, from: number, to: number) => void;

const PATIENCE = 30_000; // ms for an answer
const handlers: Bun.SocketHandler<Member> = {
  data: (socket, bytes) => socket.data.take(bytes),
  drain: (socket) => socket.data.flush(),
  close: (socket) => socket.data.over(),
  error: (socket) => socket.data.over(),
};

/** A member's connection to a server. */
export class Member {
  readonly nick: string;
  #socket: Socket<Member> | undefined;
  readonly #framing = new Framing();
  #unsent: Buffer[] = [];
  #asked: { readonly pattern: RegExp; readonly done: () => void; readonly failed: (error: Error) => void } | undefined;
  /** Takes the lines while messages are counted; at other times the member reads them itself. */
  lines: Lines | undefined;
  /** Called with each line that is not a delivery. */
  heard: ((line: string) => void) | undefined;
  isOpen = false;
  /** The server's last words when it closed, or its error reply. */
  lastWords = "";
  readonly #closed = Promise.withResolvers<void>();

  private constructor(nick: string) {
    this.nick = nick;
  }

  static async open(port: number, nick: string): Promise<Member> {
    const member = new Member(nick);
    member.#socket = await Bun.connect({ hostname: "127.0.0.1", port, socket: handlers, data: member });
    member.isOpen = true;
    return member;
  }

  /** Resolves when either side has closed the connection. */
  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  /** Registers as an IRC client with these capabilities. */
  async register(capabilities: string): Promise<void> {
    const hello = `NICK ${this.nick}\r\nUSER ${this.nick} 0 * :${this.nick}\r\n`;
    if (capabilities === "") return this.ask(hello, / (?:376|422) /);
    await this.ask(`CAP LS 302\r\n${hello}CAP REQ :${capabilities}\r\n`, / CAP \S+ ACK /);
    await this.ask("CAP END\r\n", / (?:376|422) /);
  }

  async join(rooms: readonly string[]): Promise<void> {
    for (let i = 0; i < rooms.length; i += 10) {
      const some = rooms.slice(i, i + 10);
      await this.ask(`JOIN ${some.join(",")}\r\n`, new RegExp(` 366 \\S+ ${some.at(-1)} `));
    }
  }

  /** Sends, and waits for a line. */
  ask(text: string, pattern: RegExp): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#asked = { pattern, done: resolve, failed: reject };
    this.send(Buffer.from(text));
    if (!this.isOpen) reject(new Error(`${this.nick} was cut off: ${this.lastWords}`));
    return promise;
  }

  /** Sends a copy of the bytes. */
  send(bytes: Buffer): void {
    if (this.#unsent.length > 0) {
      this.#unsent.push(Buffer.from(bytes));
      return;
    }
    const taken = this.#socket?.write(bytes) ?? 0;
    if (taken >= 0 && taken < bytes.length) this.#unsent.push(Buffer.from(bytes.subarray(taken)));
  }

  /** Sends the bytes that the kernel did not take before. */
  flush(): void {
    const waiting = this.#unsent;
    this.#unsent = [];
    for (const bytes of waiting) this.send(bytes);
  }

  /** Stops reading. */
  stall(): void {
    this.#socket?.pause();
  }

  resume(): void {
    this.#socket?.resume();
  }

  close(): void {
    this.#socket?.terminate();
  }

  take(chunk: Buffer): void {
    this.#framing.take(chunk, this.lines ?? this.#control);
  }

  /** Handles the end of the connection. */
  over(): void {
    this.isOpen = false;
    this.#asked?.failed(new Error(`${this.nick} was cut off: ${this.lastWords}`));
    this.#asked = undefined;
    this.#closed.resolve();
  }

  readonly #control: Lines = (bytes, from, to) => {
    for (let at = from; at < to; ) {
      const end = bytes.indexOf(10, at) + 1;
      // Most lines are JOINs of others: they are skipped unless a line is waited for.
      if (bytes[at] !== 0x3a || this.#asked !== undefined || this.heard !== undefined) {
        this.control(bytes.toString("latin1", at, end).trimEnd());
      }
      at = end;
    }
  };

  /** Handles a line that is not a delivery. */
  control(line: string): void {
    if (line.startsWith("PING ")) this.send(Buffer.from(`PONG ${line.slice(5)}\r\n`));
    else if (/^ERROR | (?:4\d\d) /.test(line.slice(0, 80)) && !/ 422 /.test(line)) this.lastWords = line;
    this.heard?.(line);
    const asked = this.#asked;
    if (asked?.pattern.test(line) !== true) return;
    this.#asked = undefined;
    asked.done();
  }
}

/** Calls the function for each item, with at most this many calls under way at once. */
export async function inFlight<T>(many: number, items: readonly T[], act: (item: T) => Promise<void>): Promise<void> {
  const left = items.values();
  const deadline = Promise.withResolvers<never>();
  let done = 0;
  let before = -1;
  const watch = setInterval(() => {
    if (done === before) deadline.reject(new Error(`No progress at ${done} of ${items.length}.`));
    before = done;
  }, PATIENCE);
  const one = async (): Promise<void> => {
    for (const item of left) {
      await act(item);
      done++;
    }
  };
  try {
    await Promise.race([Promise.all(Array.from({ length: many }, one)), deadline.promise]);
  } finally {
    clearInterval(watch);
  }
}

import { decode, encode } from "../../text/bytes.ts";
import { detached } from "../../text/split.ts";
import { LINE, SERVER_TAGS } from "../../wire/limits.ts";
import { LineSplitter, OVERLONG } from "../../wire/lines.ts";
import { format, formatCommand, type Message, NO_TAGS, parse, type Tags } from "../../wire/message.ts";
import { type Clock, every } from "../run/clock.ts";
import type { ClientTransport, Connect, Secrecy } from "./transport.ts";

/** Receives the messages that the server sends. */
export interface LinkListener {
  opened(secrecy: Secrecy): void;
  message(message: Message): void;
  /** All lines that came at once have been told. */
  rested(): void;
  /** There is no connection any more; `error` where there never was one, or it broke. */
  closed(error: unknown): void;
  /** Something that the user should know of the connection, in a sentence. */
  told(words: string): void;
}

const CONNECT = 15_000; // ms until an attempt without an answer is over
const TICK = 15_000; // ms
const QUIET = 4; // ticks without a byte until we ask whether the server is there
const DEAD = 8; // ticks without a byte until we believe that it is not
const STEADY = 10_000; // ms that a connection lasts if reconnecting at once is to be kind
const LAST_WORDS = 2000; // ms that a server has to close after QUIT
const UNSENT = 1 << 20; // bytes that may wait for a server that does not read

/** Milliseconds to wait before the nth attempt to connect again: none, then 1 to 60 s doubling, less up to a half. */
export function delayOf(attempt: number, random: number): number {
  if (attempt === 0) return 0;
  const longest = Math.min(60_000, 1000 * 2 ** Math.min(attempt - 1, 10));
  return Math.round(longest * (1 - random / 2));
}

/**
 * The connection to a server, and the next one after it.
 *
 * There is at most one at a time: what an earlier one still says is not heard. It answers PING, asks a server that is
 * silent whether it lives, and holds at most one unfinished line and `UNSENT` bytes.
 */
export class Link {
  readonly #connect: Connect;
  readonly #listener: LinkListener;
  readonly #clock: Clock;
  #wire: Wire | undefined;
  #attempt = 0;
  #cancel: (() => void) | undefined;
  readonly #delay: (attempt: number) => number;

  /** `delay`: milliseconds before the nth attempt to connect again. */
  constructor(
    connect: Connect,
    listener: LinkListener,
    clock: Clock,
    delay = (attempt: number) => delayOf(attempt, Math.random()),
  ) {
    this.#connect = connect;
    this.#listener = listener;
    this.#clock = clock;
    this.#delay = delay;
  }

  /** Bytes that the server has yet to take. */
  get unsent(): number {
    return this.#wire?.outgoing.size ?? 0;
  }

  /** Connects. */
  open(): void {
    this.#wire = new Wire(this.#clock, this.#listener, {
      steady: () => {
        this.#attempt = 0;
      },
      closed: (error) => {
        this.#wire = undefined;
        this.#listener.closed(error);
      },
    });
    this.#wire.open(this.#connect);
  }

  /** Connects again: at once the first time, later and later after that. Answers the milliseconds until then. */
  reopen(): number {
    const delay = this.#delay(this.#attempt++);
    this.#cancel = this.#clock.after(delay, () => this.open());
    return delay;
  }

  /** Connects again now, instead of later. */
  hurry(): void {
    if (this.#wire !== undefined) return;
    this.#cancel?.();
    this.open();
  }

  /** Sends a command; what would break the line is left out. */
  send(command: string, params: readonly string[], tags: Tags = NO_TAGS): void {
    this.#wire?.send(format({ tags, source: undefined, command, params }));
  }

  /** Hears nothing more until `resume`: the reader cannot keep up. */
  pause(): void {
    this.#wire?.pause(true);
  }

  /** Hears again. */
  resume(): void {
    this.#wire?.pause(false);
  }

  /** Waits a little for the server to close, as after QUIT; `closed` is told. */
  finish(): void {
    this.#wire?.finish();
  }

  /** Ends it now; nobody is told anything more. */
  stop(): void {
    this.#cancel?.();
    this.#wire?.stop();
    this.#wire = undefined;
  }
}

/** Owns the one connection that there is. */
interface WireOwner {
  /** It has lasted for a while. */
  steady(): void;
  closed(error: unknown): void;
}

/** One connection, from the attempt to its end, which is told once. */
class Wire {
  readonly outgoing = new Outgoing();
  readonly #listener: Omit<LinkListener, "closed">;
  readonly #owner: WireOwner;
  readonly #lines = new LineSplitter(SERVER_TAGS + LINE);
  readonly #clock: Clock;
  #transport: ClientTransport | undefined;
  #over = false;
  #quiet = 0;
  #paused = false;
  #cancels: (() => void)[] = [];

  constructor(clock: Clock, listener: Omit<LinkListener, "closed">, owner: WireOwner) {
    this.#clock = clock;
    this.#listener = listener;
    this.#owner = owner;
  }

  open(connect: Connect): void {
    this.#after(CONNECT, () => {
      if (this.#transport === undefined) this.#end(Object.assign(new Error("no answer"), { code: "ETIMEDOUT" }));
    });
    connect({
      opened: (transport, secrecy) => this.#opened(transport, secrecy),
      received: (bytes) => this.#received(bytes),
      drained: () => this.#flush(),
      closed: (error) => this.#end(error),
      told: (words) => {
        if (!this.#over) this.#listener.told(words);
      },
    });
  }

  #opened(transport: ClientTransport, secrecy: Secrecy): void {
    if (this.#over) return void transport.terminate();
    this.#transport = transport;
    this.#cancels.push(every(this.#clock, TICK, () => this.#tick()));
    this.#after(STEADY, () => this.#owner.steady());
    this.#listener.opened(secrecy);
  }

  #received(bytes: Uint8Array): void {
    if (this.#over) return;
    this.#quiet = 0;
    this.#lines.push(bytes);
    for (let line = this.#lines.next(); line !== undefined && !this.#over; line = this.#lines.next()) {
      const message = line === OVERLONG ? undefined : readMessage(line);
      if (message === undefined) continue;
      if (message.command.toUpperCase() === "PING") this.send(formatCommand("PONG", message.params));
      else this.#listener.message(message);
    }
    if (!this.#over) this.#listener.rested();
  }

  send(line: string): void {
    if (this.#transport === undefined || this.#over) return;
    this.outgoing.push(encode(`${line.replace(/[\r\n\0]/g, "")}\r\n`));
    this.#flush();
    if (this.outgoing.size > UNSENT) this.#end(new Error("the server does not read what we send"));
  }

  pause(paused: boolean): void {
    if (paused === this.#paused) return;
    this.#paused = paused;
    if (paused) this.#transport?.pause();
    else this.#transport?.resume();
  }

  finish(): void {
    if (this.#transport === undefined) return this.#end(undefined);
    this.pause(false);
    this.#after(LAST_WORDS, () => this.#end(undefined));
  }

  stop(): void {
    this.#over = true;
    for (const cancel of this.#cancels) cancel();
    this.#transport?.terminate();
  }

  #flush(): void {
    if (this.#transport !== undefined && !this.#over) this.outgoing.flush(this.#transport);
  }

  #tick(): void {
    if (this.#paused) return;
    this.#quiet++;
    if (this.#quiet === QUIET) this.send("PING alive");
    if (this.#quiet >= DEAD) this.#end(new Error("the server is silent"));
  }

  #after(delay: number, act: () => void): void {
    this.#cancels.push(this.#clock.after(delay, act));
  }

  #end(error: unknown): void {
    if (this.#over) return;
    this.stop();
    this.#owner.closed(error);
  }
}

/** The tags that we look at, and how many characters of their values. */
const TAGS: ReadonlyMap<string, number> = new Map([
  ["time", 40],
  ["msgid", 200],
  ["account", 200],
  ["label", 64],
  ["batch", 200],
  ["draft/multiline-concat", 0],
  ["+tcpchat/id", 64],
  ["tcpchat/whom", 200],
  ["tcpchat/until", 40],
  ["tcpchat/reason", 600],
]);

const SOURCE = 400; // characters of who a line is from

/**
 * A line of a server as a message with no more in it than we look at, or `undefined` where it is none. Tags that are
 * unknown or too long are left out, and each part has memory of its own, so what is kept of a line costs what it says.
 */
export function readMessage(line: Uint8Array): Message | undefined {
  const message = parse(decode(line));
  if (message === undefined) return undefined;
  const tags = new Map<string, string>();
  for (const [key, most] of TAGS) {
    const value = message.tags.get(key);
    if (value !== undefined && value.length <= most) tags.set(key, detached(value));
  }
  return {
    tags,
    source: message.source === undefined ? undefined : detached(message.source.slice(0, SOURCE)),
    command: detached(message.command),
    params: message.params.map(detached),
  };
}

/** What takes bytes as far as it can and answers how many it took; below 0 once it is closed. */
interface Sink {
  write(bytes: Uint8Array): number;
}

/**
 * Bytes on their way out, in order. A socket takes what the kernel has room for and keeps nothing, so what it did not
 * take waits here until `flush` is called again, as from the socket's `drain`.
 */
export class Outgoing {
  #chunks: Uint8Array[] = [];
  #size = 0;

  /** Bytes that wait. */
  get size(): number {
    return this.#size;
  }

  /** Puts bytes behind those that wait. */
  push(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#chunks.push(bytes);
    this.#size += bytes.length;
  }

  /** Writes what the sink takes; true when nothing is left. */
  flush(sink: Sink): boolean {
    while (this.#size > 0) {
      const all = this.#chunks.length === 1 ? this.#chunks[0] : undefined;
      const bytes = all ?? joined(this.#chunks, this.#size);
      const taken = Math.max(0, sink.write(bytes));
      this.#size = bytes.length - taken;
      this.#chunks = this.#size > 0 ? [bytes.subarray(taken)] : [];
      if (taken === 0) return false;
    }
    return true;
  }
}

function joined(chunks: readonly Uint8Array[], size: number): Uint8Array {
  const all = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}

import { decode, encode } from "../../text/bytes.ts";
import { detached } from "../../text/split.ts";
import { LINE, SERVER_TAGS } from "../../wire/limits.ts";
import { LineSplitter, OVERLONG } from "../../wire/lines.ts";
import { format, formatCommand, NO_TAGS, parse, type Tags } from "../../wire/message.ts";
import { type ServerMessage, TAGS } from "../model/server-message.ts";
import { type Clock, every } from "../run/clock.ts";
import type { ClientTransport, Connect, Secrecy, Server } from "./transport.ts";

/** Receives the events of a link's connections. */
export interface LinkListener {
  opened(secrecy: Secrecy): void;
  message(message: ServerMessage): void;
  /** Called after the last message of a chunk of bytes. */
  chunkHandled(): void;
  /** The connection is closed, or could not be opened. `error` is undefined if the server closed it cleanly. */
  closed(error: unknown): void;
  /** A sentence for the user about the connection. */
  told(words: string): void;
}

/** The timeouts of a connection. */
interface LinkTimeouts {
  /** Milliseconds for the connection to open. */
  readonly connect: number;
  /** Milliseconds of a tick. */
  readonly tick: number;
  /** Ticks without a byte before we send PING, and before we close the connection. */
  readonly ping: number;
  readonly close: number;
  /** The same two limits, in ticks since we sent something, if nothing was received since then. */
  readonly unansweredPing: number;
  readonly unansweredClose: number;
}

const NEVER = Number.POSITIVE_INFINITY;
const ONE_ADDRESS: LinkTimeouts = {
  connect: 15_000,
  tick: 15_000,
  ping: 4,
  close: 8,
  unansweredPing: NEVER,
  unansweredClose: NEVER,
};

// Shorter: if this server does not answer, the client tries the next address.
const SEVERAL_ADDRESSES: LinkTimeouts = {
  connect: 4000,
  tick: 2000,
  ping: 8,
  close: NEVER,
  unansweredPing: 1,
  unansweredClose: 3,
};

const STEADY = 10_000; // ms after which a connection counts as stable: the next reconnect is immediate
const QUIT_TIMEOUT = 2000; // ms for the server to close after QUIT
const UNSENT = 1 << 20; // bytes in the send queue before we close the connection

const SPREAD = 250; // ms: clients of a failed server wait a random part of this before they try another address
const LONGEST = { one: 60_000, several: 15_000 }; // ms: several servers share reconnects, and are rarely all down

/**
 * Milliseconds before the nth attempt to reconnect: 0, then 1 s doubling to 60 s, minus a random part of at most half.
 * With several addresses, this is the delay before each round through all of them, up to 15 s; within a round, the delay
 * is at most `SPREAD`.
 */
export function delayOf(attempt: number, random: number, addresses = 1): number {
  if (addresses === 1) return attempt === 0 ? 0 : pauseOf(attempt, random, LONGEST.one);
  if (attempt % addresses !== 0 || attempt === 0) return Math.round(SPREAD * random);
  return pauseOf(attempt / addresses, random, LONGEST.several);
}

function pauseOf(round: number, random: number, longest: number): number {
  return Math.round(Math.min(longest, 1000 * 2 ** Math.min(round - 1, 10)) * (1 - random / 2));
}

/** The part of a server that a link uses. */
type LinkServer = Pick<Server, "connect" | "addresses">;

/**
 * A thin shell around the pure model: the connection to a server, and its reconnects. Turns bytes into messages and
 * commands into bytes.
 *
 * At most one connection is open; bytes of an earlier one are ignored. The link answers PING, pings a silent server, and
 * buffers at most one incomplete line in and `UNSENT` bytes out.
 */
export class Link {
  readonly #server: LinkServer;
  readonly #listener: LinkListener;
  readonly #clock: Clock;
  #connection: LinkConnection | undefined;
  #attempt = 0;
  #cancel: (() => void) | undefined;
  readonly #delay: (attempt: number, addresses: number) => number;

  /** `delay`: milliseconds before the nth attempt to reconnect. */
  constructor(
    server: LinkServer,
    listener: LinkListener,
    clock: Clock,
    delay = (attempt: number, addresses: number) => delayOf(attempt, Math.random(), addresses),
  ) {
    this.#server = server;
    this.#listener = listener;
    this.#clock = clock;
    this.#delay = delay;
  }

  /** Bytes in the send queue. */
  get unsent(): number {
    return this.#connection?.outgoing.size ?? 0;
  }

  /** Connects. */
  open(): void {
    this.#connection = new LinkConnection(this.#clock, this.#listener, {
      steady: () => {
        this.#attempt = 0;
      },
      closed: (error) => {
        this.#connection = undefined;
        this.#listener.closed(error);
      },
    });
    this.#connection.open(this.#server.connect, this.#addresses > 1 ? SEVERAL_ADDRESSES : ONE_ADDRESS);
  }

  /** Reconnects after the next delay, and returns it in milliseconds. */
  reopen(): number {
    const delay = this.#delay(this.#attempt++, this.#addresses);
    this.#cancel = this.#clock.after(delay, () => this.open());
    return delay;
  }

  /** Reconnects now instead of after the delay. */
  reconnectNow(): void {
    if (this.#connection !== undefined) return;
    this.#cancel?.();
    this.open();
  }

  get #addresses(): number {
    return this.#server.addresses ?? 1;
  }

  /** Sends a command; CR, LF and NUL in it are removed. */
  send(command: string, params: readonly string[], tags: Tags = NO_TAGS): void {
    this.#connection?.send(format({ tags, source: undefined, command, params }));
  }

  /** Stops reading until `resume`, when our output cannot keep up. */
  pause(): void {
    this.#connection?.pause(true);
  }

  /** Reads again. */
  resume(): void {
    this.#connection?.pause(false);
  }

  /** After QUIT: waits at most `QUIT_TIMEOUT` for the server to close; then `closed` is called. */
  finish(): void {
    this.#connection?.finish();
  }

  /** Closes the connection at once; the listener is not called any more. */
  stop(): void {
    this.#cancel?.();
    this.#connection?.stop();
    this.#connection = undefined;
  }
}

/** The part of `Link` that its connection calls. */
interface ConnectionOwner {
  /** The connection has lasted `STEADY` ms. */
  steady(): void;
  closed(error: unknown): void;
}

/** One connection, from the attempt to its end; `closed` is called once. */
class LinkConnection {
  readonly outgoing = new Outgoing();
  readonly #listener: Omit<LinkListener, "closed">;
  readonly #owner: ConnectionOwner;
  readonly #lines = new LineSplitter(SERVER_TAGS + LINE);
  readonly #clock: Clock;
  #transport: ClientTransport | undefined;
  #isOver = false;
  #timeouts = ONE_ADDRESS;
  #quietTicks = 0;
  /** Ticks since we sent something, if nothing was received since then; else `undefined`. */
  #unansweredTicks: number | undefined;
  #isPaused = false;
  #cancels: (() => void)[] = [];

  constructor(clock: Clock, listener: Omit<LinkListener, "closed">, owner: ConnectionOwner) {
    this.#clock = clock;
    this.#listener = listener;
    this.#owner = owner;
  }

  open(connect: Connect, timeouts: LinkTimeouts): void {
    this.#timeouts = timeouts;
    this.#after(timeouts.connect, () => {
      if (this.#transport === undefined) this.#end(Object.assign(new Error("no answer"), { code: "ETIMEDOUT" }));
    });
    connect({
      opened: (transport, secrecy) => this.#opened(transport, secrecy),
      received: (bytes) => this.#received(bytes),
      drained: () => this.#flush(),
      closed: (error) => this.#end(error),
      told: (words) => {
        if (!this.#isOver) this.#listener.told(words);
      },
    });
  }

  #opened(transport: ClientTransport, secrecy: Secrecy): void {
    if (this.#isOver) return void transport.terminate();
    this.#transport = transport;
    this.#cancels.push(every(this.#clock, this.#timeouts.tick, () => this.#tick()));
    this.#after(STEADY, () => this.#owner.steady());
    this.#listener.opened(secrecy);
  }

  #received(bytes: Uint8Array): void {
    if (this.#isOver) return;
    this.#quietTicks = 0;
    this.#unansweredTicks = undefined;
    this.#lines.push(bytes);
    for (let line = this.#lines.next(); line !== undefined && !this.#isOver; line = this.#lines.next()) {
      const message = line === OVERLONG ? undefined : readMessage(line);
      if (message === undefined) continue;
      if (message.command.toUpperCase() === "PING") this.send(formatCommand("PONG", message.params));
      else this.#listener.message(message);
    }
    if (!this.#isOver) this.#listener.chunkHandled();
  }

  send(line: string): void {
    if (this.#transport === undefined || this.#isOver) return;
    this.#unansweredTicks ??= 0;
    this.outgoing.push(encode(`${line.replace(/[\r\n\0]/g, "")}\r\n`));
    this.#flush();
    if (this.outgoing.size > UNSENT) this.#end(new Error("the server does not read what we send"));
  }

  pause(paused: boolean): void {
    if (paused === this.#isPaused) return;
    this.#isPaused = paused;
    if (paused) this.#transport?.pause();
    else this.#transport?.resume();
  }

  finish(): void {
    if (this.#transport === undefined) return this.#end(undefined);
    this.pause(false);
    this.#after(QUIT_TIMEOUT, () => this.#end(undefined));
  }

  stop(): void {
    this.#isOver = true;
    for (const cancel of this.#cancels) cancel();
    this.#transport?.terminate();
  }

  #flush(): void {
    if (this.#transport !== undefined && !this.#isOver) this.outgoing.flush(this.#transport);
  }

  #tick(): void {
    if (this.#isPaused) return;
    this.#quietTicks++;
    if (this.#unansweredTicks !== undefined) this.#unansweredTicks++;
    const [quiet, unanswered, timeouts] = [this.#quietTicks, this.#unansweredTicks ?? 0, this.#timeouts];
    if (quiet === timeouts.ping || unanswered === timeouts.unansweredPing) this.send("PING alive");
    if (quiet >= timeouts.close || unanswered >= timeouts.unansweredClose) this.#end(new Error("the server is silent"));
  }

  #after(delay: number, act: () => void): void {
    this.#cancels.push(this.#clock.after(delay, act));
  }

  #end(error: unknown): void {
    if (this.#isOver) return;
    this.stop();
    this.#owner.closed(error);
  }
}

const SOURCE = 400; // characters of a message's source

/**
 * Parses a line from a server; `undefined` if it is malformed. Tags that are unknown or too long are left out. Every
 * string is a copy, so that a part that is kept does not keep the whole line in memory.
 */
export function readMessage(line: Uint8Array): ServerMessage | undefined {
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

interface Sink {
  /** Takes as many bytes as it can and returns how many; below 0 once it is closed. */
  write(bytes: Uint8Array): number;
}

/**
 * A send queue. A socket takes only as many bytes as the kernel has room for; the rest waits here until the next
 * `flush`, for example when the socket drains.
 */
export class Outgoing {
  #chunks: Uint8Array[] = [];
  #size = 0;

  /** Bytes in the queue. */
  get size(): number {
    return this.#size;
  }

  /** Adds bytes to the end of the queue. */
  push(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#chunks.push(bytes);
    this.#size += bytes.length;
  }

  /** Writes as much as the sink takes; true when the queue is empty. */
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

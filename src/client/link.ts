import type { Socket } from "bun";
import { encode } from "../text/bytes.ts";
import { LINE, SERVER_TAGS } from "../wire/limits.ts";
import { LineSplitter, OVERLONG } from "../wire/lines.ts";
import { format, formatCommand, type Message, NO_TAGS, type Tags } from "../wire/message.ts";
import { readMessage } from "./net/incoming.ts";
import { Outgoing } from "./outgoing.ts";
import type { Place } from "./place.ts";
import { reach, type Secrecy } from "./reach.ts";

/** Receives the messages that the server sends. */
export interface LinkListener {
  opened(secrecy: Secrecy): void;
  message(message: Message): void;
  /** All lines that came at once have been told. */
  rested(): void;
  /** There is no connection any more; `error` where there never was one, or it broke. */
  closed(error: unknown): void;
  /** Something that the user should know of the connection, in a sentence. */
  told?(words: string): void;
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
  readonly #place: Place;
  readonly #listener: LinkListener;
  #wire: Wire | undefined;
  #attempt = 0;
  #timer: Timer | undefined;

  readonly #delay: (attempt: number) => number;

  /** `delay`: milliseconds before the nth attempt to connect again. */
  constructor(place: Place, listener: LinkListener, delay = (attempt: number) => delayOf(attempt, Math.random())) {
    this.#place = place;
    this.#listener = listener;
    this.#delay = delay;
  }

  /** Bytes that the server has yet to take. */
  get unsent(): number {
    return this.#wire?.outgoing.size ?? 0;
  }

  /** Connects. */
  open(): void {
    this.#wire = new Wire(this.#place, {
      ...bound(this.#listener),
      closed: (error, lasted) => {
        this.#wire = undefined;
        if (lasted >= STEADY) this.#attempt = 0;
        this.#listener.closed(error);
      },
    });
  }

  /** Connects again: at once the first time, later and later after that. Answers the milliseconds until then. */
  reopen(): number {
    const delay = this.#delay(this.#attempt++);
    this.#timer = setTimeout(() => this.open(), delay);
    return delay;
  }

  /** Connects again now, instead of later. */
  hurry(): void {
    if (this.#wire !== undefined) return;
    clearTimeout(this.#timer);
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
    clearTimeout(this.#timer);
    this.#wire?.stop();
    this.#wire = undefined;
  }
}

interface WireListener extends Omit<LinkListener, "closed"> {
  closed(error: unknown, lasted: number): void;
}

function bound(listener: LinkListener): Omit<LinkListener, "closed"> {
  return {
    opened: (secrecy) => listener.opened(secrecy),
    message: (message) => listener.message(message),
    rested: () => listener.rested(),
    told: (words) => listener.told?.(words),
  };
}

/** One connection, from the attempt to its end, which is told once. */
class Wire {
  readonly outgoing = new Outgoing();
  readonly #listener: WireListener;
  readonly #lines = new LineSplitter(SERVER_TAGS + LINE);
  readonly #begun = performance.now();
  #socket: Socket | undefined;
  #over = false;
  #quiet = 0;
  #paused = false;
  #timers: Timer[] = [];

  constructor(place: Place, listener: WireListener) {
    this.#listener = listener;
    this.#after(CONNECT, () => {
      if (this.#socket === undefined) this.#end(Object.assign(new Error("no answer"), { code: "ETIMEDOUT" }));
    });
    this.#connect(place);
  }

  #connect(place: Place): void {
    reach(place, {
      opened: (socket, secrecy) => this.#open(socket, secrecy),
      data: (bytes) => this.#data(bytes),
      drained: (socket) => void this.outgoing.flush(socket),
      closed: (error) => this.#end(error),
      told: (words) => {
        if (!this.#over) (place.safety?.told ?? this.#listener.told)?.(words);
      },
    });
  }

  #open(socket: Socket, secrecy: Secrecy): void {
    if (this.#over) return void socket.terminate();
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.setKeepAlive(true, 60_000);
    this.#timers.push(setInterval(() => this.#tick(), TICK));
    this.#listener.opened(secrecy);
  }

  #data(bytes: Uint8Array): void {
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
    if (this.#socket === undefined || this.#over) return;
    this.outgoing.push(encode(`${line.replace(/[\r\n\0]/g, "")}\r\n`));
    this.outgoing.flush(this.#socket);
    if (this.outgoing.size > UNSENT) this.#end(new Error("the server does not read what we send"));
  }

  pause(paused: boolean): void {
    if (paused === this.#paused) return;
    this.#paused = paused;
    if (paused) this.#socket?.pause();
    else this.#socket?.resume();
  }

  finish(): void {
    if (this.#socket === undefined) return this.#end(undefined);
    this.pause(false);
    this.#after(LAST_WORDS, () => this.#end(undefined));
  }

  stop(): void {
    this.#over = true;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#socket?.terminate();
  }

  #tick(): void {
    if (this.#paused) return;
    this.#quiet++;
    if (this.#quiet === QUIET) this.send("PING alive");
    if (this.#quiet >= DEAD) this.#end(new Error("the server is silent"));
  }

  #after(delay: number, act: () => void): void {
    this.#timers.push(setTimeout(act, delay));
  }

  #end(error: unknown): void {
    if (this.#over) return;
    this.stop();
    this.#listener.closed(error, this.#socket === undefined ? 0 : performance.now() - this.#begun);
  }
}

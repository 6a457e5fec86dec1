import { ptr } from "bun:ffi";
import { constants, fstatSync, openSync, writeSync } from "node:fs";
import { isatty } from "node:tty";
import { encode } from "../../text/bytes.ts";
import { openLibc } from "../libc.ts";

const MOST = 1 << 20; // bytes queued while the output takes nothing
const AT_ONCE = 1 << 16; // bytes written in one turn of the event loop
const AGAIN = 20; // ms between two attempts while the output has no room
const STUCK = 200; // ms without progress after which `end` gives up

/** The output of a `StdoutPrinter`, and its words for dropped lines. */
interface StdoutPrinterSetup {
  readonly output: OutputDescriptor;
  /** A line without its end that tells how many lines were dropped; safe to show. */
  readonly dropped: (count: number) => string;
}

/**
 * Prints lines without ever blocking. The lines of one turn of the event loop are written together; lines that the
 * output has no room for wait in a bounded queue. When the queue is full, lines are dropped until the output takes
 * bytes again; then one line tells how many were dropped.
 */
export class StdoutPrinter {
  readonly #output: OutputDescriptor;
  readonly #dropped: (count: number) => string;
  /** Lines printed since the queue was last filled. */
  #fresh = "";
  /** Bytes being offered to the output. */
  #queue: Uint8Array = new Uint8Array(0);
  #lost = 0;
  #isDue = false;
  #isGone = false;

  constructor({ output, dropped }: StdoutPrinterSetup) {
    this.#output = output;
    this.#dropped = dropped;
  }

  /** Prints a line; it must be safe to show. */
  print(line: string): void {
    if (this.#isGone) return;
    if (this.#lost > 0 || this.#queue.length + this.#fresh.length > MOST) {
      this.#lost++;
      return;
    }
    this.#fresh += `${line}\n`;
    this.#flushSoon();
  }

  /** Waits until everything is printed, or the output takes nothing more. */
  async end(): Promise<void> {
    let moved = performance.now();
    while (performance.now() - moved < STUCK) {
      const before = this.#queue;
      if (!this.#flush()) return;
      if (this.#queue !== before) moved = performance.now();
      await Bun.sleep(1);
    }
  }

  #flushSoon(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    setImmediate(() => this.#flushAgain());
  }

  #flushAgain(): void {
    const before = this.#queue;
    this.#isDue = this.#flush();
    if (!this.#isDue) return;
    if (this.#queue === before) setTimeout(() => this.#flushAgain(), AGAIN);
    else setImmediate(() => this.#flushAgain());
  }

  /** Offers the queue to the output. True if something is left. */
  #flush(): boolean {
    let left = AT_ONCE;
    for (;;) {
      this.#takeFresh();
      if (this.#queue.length === 0) return false;
      if (left <= 0) return true;
      const taken = this.#output.write(this.#queue);
      if (taken === undefined) return this.#giveUp();
      if (taken === 0) return true;
      this.#queue = this.#queue.subarray(taken);
      left -= taken;
    }
  }

  /** Refills an empty queue with the fresh lines, or with the line about dropped ones. */
  #takeFresh(): void {
    if (this.#queue.length > 0) return;
    if (this.#fresh === "" && this.#lost > 0) {
      this.#fresh = `${this.#dropped(this.#lost)}\n`;
      this.#lost = 0;
    }
    this.#queue = encode(this.#fresh);
    this.#fresh = "";
  }

  /** The output is gone: drops everything. */
  #giveUp(): false {
    this.#isGone = true;
    this.#queue = new Uint8Array(0);
    this.#fresh = "";
    return false;
  }
}

/** `1 line was not printed`, `20 lines were not printed`. */
export function droppedWords(count: number): string {
  return count === 1 ? "1 line was not printed" : `${count} lines were not printed`;
}

const PIPE_BUF = 4096; // bytes that a pipe with any room takes at once (pipe(7))
const FEW = 64; // bytes at a time for a terminal that cannot be opened again: its free space is unknown
const POLLOUT = 4; // poll(2)
const POLLERR = 8;
const POLLHUP = 16;

/** An output whose writes never block. */
export interface OutputDescriptor {
  /** Offers bytes. Returns how many were taken: 0 if there is no room, `undefined` if the output is gone. */
  write(bytes: Uint8Array): number | undefined;
}

const libc = openLibc({ poll: { args: ["ptr", "u64", "i32"], returns: "i32" } });

/**
 * Standard output or standard error as a non-blocking output. A terminal is opened a second time, since setting
 * O_NONBLOCK on the shared descriptor would affect the shell too. Pipes, sockets and other users' terminals are polled
 * for room before each write, and offered no more than always fits.
 */
export function openOutput(descriptor: number): OutputDescriptor {
  if (!isatty(descriptor)) return new DescriptorOutput(descriptor, PIPE_BUF, isFile(descriptor));
  const own = openedAgain(descriptor);
  return own === undefined ? new DescriptorOutput(descriptor, FEW, false) : new DescriptorOutput(own, PIPE_BUF, true);
}

/** Opens the same terminal again without blocking; `undefined` if not allowed, or not on Linux. */
function openedAgain(descriptor: number): number | undefined {
  const { O_WRONLY, O_NONBLOCK, O_NOCTTY } = constants;
  try {
    return openSync(`/proc/self/fd/${descriptor}`, O_WRONLY | O_NONBLOCK | O_NOCTTY);
  } catch {
    return undefined;
  }
}

function isFile(descriptor: number): boolean {
  try {
    return fstatSync(descriptor).isFile();
  } catch {
    return false;
  }
}

class DescriptorOutput implements OutputDescriptor {
  readonly #descriptor: number;
  readonly #most: number;
  readonly #neverWaits: boolean;

  constructor(descriptor: number, most: number, neverWaits: boolean) {
    this.#descriptor = descriptor;
    this.#most = most;
    this.#neverWaits = neverWaits;
  }

  write(bytes: Uint8Array): number | undefined {
    if (!this.#neverWaits && !hasRoom(this.#descriptor)) return 0;
    try {
      return writeSync(this.#descriptor, bytes, 0, Math.min(bytes.length, this.#most));
    } catch (error) {
      const code = error instanceof Error && "code" in error ? error.code : undefined;
      return code === "EAGAIN" || code === "EINTR" || code === "ENOSPC" || code === "EDQUOT" ? 0 : undefined;
    }
  }
}

/** Whether a write would return at once: take something, or fail. */
function hasRoom(descriptor: number): boolean {
  return polled(descriptor, POLLOUT) !== 0;
}

/** Whether nobody reads what is written: the other end of a pipe or a socket is closed. False where that is unknown. */
export function isReaderGone(descriptor: number): boolean {
  return libc !== undefined && (polled(descriptor, 0) & (POLLERR | POLLHUP)) !== 0;
}

/** The events of a descriptor that have come, of those asked for and of errors; those asked for where that is unknown. */
function polled(descriptor: number, events: number): number {
  // `struct pollfd`: the descriptor as an int, then requested and returned events as two shorts.
  const asked = new Int16Array([descriptor & 0xffff, descriptor >> 16, events, 0]);
  if (!libc) return events;
  libc.poll(ptr(asked), 1, 0);
  return asked[3] ?? 0;
}

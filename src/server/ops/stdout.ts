import { ptr } from "bun:ffi";
import { constants, fstatSync, openSync, writeSync } from "node:fs";
import { isatty } from "node:tty";
import { encode } from "../../text/bytes.ts";
import { openLibc } from "../libc.ts";

const MOST = 1 << 20; // bytes that wait while nobody reads
const AT_ONCE = 1 << 16; // bytes that leave in one turn of the event loop
const AGAIN = 20; // ms between two tries, while there is no room
const STUCK = 200; // ms without room, after which the end is not waited for any longer

/** Where a `StdoutPrinter` prints, and what it says of lines that it had to drop. */
interface StdoutPrinterSetup {
  readonly output: OutputDescriptor;
  /** The words, a line without its end; safe to show. */
  readonly dropped: (count: number) => string;
}

/**
 * Prints lines without holding anyone up: those of one turn of the event loop leave together, and what the output has
 * no room for waits in a bounded queue. Once that is full, lines are dropped until the output flows again; then one
 * line tells how many there were.
 */
export class StdoutPrinter {
  readonly #output: OutputDescriptor;
  readonly #dropped: (count: number) => string;
  /** Lines that were printed since the queue was filled. */
  #fresh = "";
  /** Bytes that are being offered to the output. */
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

  /** Waits until all is printed that can be: not for an output that takes nothing more. */
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

  /** Offers what waits to the output. Answers whether something is left. */
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

  /** Refills an empty queue with the fresh lines, or else with the number of those that were dropped. */
  #takeFresh(): void {
    if (this.#queue.length > 0) return;
    if (this.#fresh === "" && this.#lost > 0) {
      this.#fresh = `${this.#dropped(this.#lost)}\n`;
      this.#lost = 0;
    }
    this.#queue = encode(this.#fresh);
    this.#fresh = "";
  }

  /** Nobody will read it any more: nothing is kept. */
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
const FEW = 64; // bytes at a time, for a terminal that cannot be opened again: it does not say how much room it has
const POLLOUT = 4; // poll(2)

/** Somewhere to write to that never waits. */
export interface OutputDescriptor {
  /** Offers bytes; answers how many were taken, 0 where there is no room, `undefined` where nobody reads any more. */
  write(bytes: Uint8Array): number | undefined;
}

const libc = openLibc({ poll: { args: ["ptr", "u64", "i32"], returns: "i32" } });

/**
 * An output over standard output or standard error, whatever that is. A terminal is opened once more, not to wait: the
 * flag that says so would otherwise be the shell's too, and that of all who share the terminal. Pipes and sockets, and
 * another user's terminal, are asked for room before each write, and offered no more than fits in any.
 */
export function openOutput(descriptor: number): OutputDescriptor {
  if (!isatty(descriptor)) return new DescriptorOutput(descriptor, PIPE_BUF, isFile(descriptor));
  const own = openedAgain(descriptor);
  return own === undefined ? new DescriptorOutput(descriptor, FEW, false) : new DescriptorOutput(own, PIPE_BUF, true);
}

/** The same terminal, opened so that nothing waits for it; `undefined` where that is not allowed, or not Linux. */
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

/** Whether a write would take something at once, or fail. */
function hasRoom(descriptor: number): boolean {
  if (!libc) return true;
  // `struct pollfd`: a descriptor, and in the half of it that follows what is asked and what is answered.
  const asked = new Int32Array([descriptor, POLLOUT]);
  return libc.poll(ptr(asked), 1, 0) !== 0;
}

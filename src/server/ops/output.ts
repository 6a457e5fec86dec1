import { ptr } from "bun:ffi";
import { constants, fstatSync, openSync, writeSync } from "node:fs";
import { isatty } from "node:tty";
import { openLibc } from "../libc.ts";

const PIPE_BUF = 4096; // bytes that a pipe with any room takes at once (pipe(7))
const FEW = 64; // bytes at a time, for a terminal that cannot be opened again: it does not say how much room it has
const POLLOUT = 4; // poll(2)

/** Somewhere to write to that never waits. */
export interface Output {
  /** Offers bytes; answers how many were taken, 0 where there is no room, `undefined` where nobody reads any more. */
  write(bytes: Uint8Array): number | undefined;
}

const libc = openLibc({ poll: { args: ["ptr", "u64", "i32"], returns: "i32" } });

/**
 * An output over standard output or standard error, whatever that is. A terminal is opened once more, not to wait: the
 * flag that says so would otherwise be the shell's too, and that of all who share the terminal. Pipes and sockets, and
 * another user's terminal, are asked for room before each write, and offered no more than fits in any.
 */
export function openOutput(descriptor: number): Output {
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

class DescriptorOutput implements Output {
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

import { showLine } from "../../text/filter.ts";
import type { SecretKind } from "../model/state.ts";
import type { ServerAddress } from "../net/address.ts";
import type { KeySource } from "../net/client-key.ts";
import type { TlsPolicy } from "../net/tls-policy.ts";
import type { Server } from "../net/transport.ts";
import type { ProgramResult, ProgramRun } from "./bot.ts";
import type { Clock } from "./clock.ts";
import type { Folder } from "./state-store.ts";

/** The signals that a program may listen to. */
export type SignalName = "SIGINT" | "SIGTERM" | "SIGHUP" | "SIGTSTP" | "SIGCONT" | "SIGWINCH";

/** The three signals that ask a program to end. */
const STOP_SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** An input of bytes: a terminal's keys, a pipe or a file. */
export interface InputStream {
  readonly isTTY?: boolean | undefined;
  on(event: "data", listener: (bytes: Uint8Array) => void): unknown;
  on(event: "end" | "error", listener: () => void): unknown;
  off(event: "data", listener: (bytes: Uint8Array) => void): unknown;
  off(event: "end" | "error", listener: () => void): unknown;
  pause(): unknown;
  resume(): unknown;
  /** Terminals only. In raw mode each key arrives at once and is not echoed. */
  setRawMode(on: boolean): unknown;
  /** Lets the program end while this stream is still open. */
  unref?(): unknown;
}

/** An output of bytes: a terminal, a pipe or a file. */
export interface OutputStream {
  readonly isTTY?: boolean | undefined;
  /** Terminals only. */
  readonly columns?: number | undefined;
  /** Terminals only. */
  readonly rows?: number | undefined;
  on(event: "error", listener: (error: Error) => void): unknown;
  /** Calls `taken` when the bytes have left the process, or with the error that prevents it. */
  write(data: string | Uint8Array, taken?: (error?: Error | null) => void): unknown;
}

/**
 * The running process: arguments, environment, streams, signals. `main` makes the only real one and hands it to the
 * subcommand; nothing else in `src` touches `process.argv`, `process.env`, signals or the exit.
 *
 * Each `on…` returns a function that removes the listener.
 */
export interface Process {
  /** The arguments after the program's name. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly pid: number;
  readonly stdin: InputStream;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  /** Calls `act` at each such signal, instead of the signal's default effect. */
  onSignal(name: SignalName, act: () => void): () => void;
  /** Calls `act` when the process ends in any way, an uncaught exception included. */
  onExit(act: () => void): () => void;
  /** Calls `act` with each uncaught exception, instead of ending the process. */
  onBug(act: (error: unknown) => void): () => void;
  /** Calls `act` with the reason of each unhandled rejection, instead of ending the process. */
  onRejection(act: (reason: unknown) => void): () => void;
  /** Ends the process at once. */
  exit(code: number): never;
}

/**
 * The part of a process that one client uses, with its clock, files and network. The client touches nothing else, so
 * several clients can run in one real process.
 *
 * It calls the client back through the streams, signals, clock and transports that it provides. An exception in such a
 * callback is a bug of this client and goes to `onBug`.
 */
export interface ClientProcess extends Omit<Process, "argv" | "pid" | "onRejection" | "exit"> {
  readonly clock: Clock;
  /** Keeps unconfirmed messages, drafts and logins. */
  readonly state: Folder;
  /** Keeps the known servers. */
  readonly data: Folder;
  /** The server at an address; without `tlsPolicy`, the connection is plain text; `key` is shown over TLS. */
  server(address: ServerAddress, tlsPolicy: TlsPolicy | undefined, key?: KeySource): Server;
  /** Whether nobody reads standard output any more, such as a pipe whose reader has ended. Absent where that is unknown. */
  isOutputGone?(): boolean;
  /** Milliseconds before the nth attempt to reconnect; overrides the default. */
  readonly delay?: (attempt: number) => number;
  /** Milliseconds without a key after which a paste has ended; overrides the default. */
  readonly pasteWait?: number;
  /** Whether connections to a host stay on this machine; overrides the decision by the host's name. */
  readonly isNear?: (host: string) => boolean;
  /**
   * Draws a frame: at once, or later if the frames of all clients of this process take too much time. Returns a function
   * that cancels it. Absent if every frame may be drawn at once.
   */
  paced?(draw: () => void): () => void;
  /** Runs another program. Absent where that is not possible. */
  runProgram?(run: ProgramRun): Promise<ProgramResult>;
  /** Stops the process until SIGCONT, as Ctrl-Z does in a shell. Absent where stopping is impossible. */
  suspend?(): void;
}

/** How a program ended: the exit code, and the lines to print on stderr. */
export interface Ending {
  readonly code: number;
  readonly words: readonly string[];
  /** The password that the server demanded or refused, if asking the user for it would help. */
  readonly asks?: SecretKind | undefined;
}

/** Calls `act` at each signal that asks the program to end; returns a function that removes the listeners. */
export function onStop(proc: Pick<Process, "onSignal">, act: () => void): () => void {
  const removers = STOP_SIGNALS.map((name) => proc.onSignal(name, act));
  return () => {
    for (const remove of removers) remove();
  };
}

/** Whether stdin and stdout are both a terminal that can move its cursor. */
export function canPrompt(proc: ClientProcess): boolean {
  return proc.stdin.isTTY === true && proc.stdout.isTTY === true && !isDumb(proc);
}

/** Whether output on stdout may be coloured (no-color.org). */
export function hasColours(proc: ClientProcess): boolean {
  return proc.stdout.isTTY === true && !isDumb(proc) && (proc.env.NO_COLOR ?? "") === "";
}

function isDumb(proc: ClientProcess): boolean {
  const term = proc.env.TERM ?? "";
  return term === "" || term === "dumb";
}

/**
 * Prints lines on stderr, the first after `tcpchat: `. They may contain text of the server: escape sequences are
 * removed.
 */
export function complain(proc: ClientProcess, words: readonly string[]): void {
  const [first, ...rest] = words.map(showLine);
  if (first === undefined) return;
  proc.stderr.write([`tcpchat: ${first}`, ...rest, ""].join("\n"));
}

import { showLine } from "../../text/filter.ts";
import type { ServerAddress } from "../net/address.ts";
import type { TlsPolicy } from "../net/tls-policy.ts";
import type { Server } from "../net/transport.ts";
import type { Clock } from "./clock.ts";
import type { Folder } from "./state-store.ts";

/** The signals that a client listens to. */
export type SignalName = "SIGINT" | "SIGTERM" | "SIGHUP" | "SIGTSTP" | "SIGCONT" | "SIGWINCH";

/** Bytes that come in: a terminal's keys, or lines. */
export interface InputStream {
  readonly isTTY?: boolean | undefined;
  on(event: "data", hear: (bytes: Uint8Array) => void): unknown;
  on(event: "end" | "error", hear: () => void): unknown;
  off(event: "data", hear: (bytes: Uint8Array) => void): unknown;
  off(event: "end" | "error", hear: () => void): unknown;
  pause(): unknown;
  resume(): unknown;
  /** Whether each key comes by itself and is not shown; of a terminal only. */
  setRawMode(on: boolean): unknown;
  /** Lets the program end though this may go on. */
  unref?(): unknown;
}

/** Bytes that go out, to a terminal or elsewhere. */
export interface OutputStream {
  readonly isTTY?: boolean | undefined;
  /** Of a terminal. */
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
  on(event: "error", hear: (error: Error) => void): unknown;
  /** Calls `taken` when these bytes are on their way, or cannot be. */
  write(data: string | Uint8Array, taken?: (error?: Error | null) => void): unknown;
}

/**
 * All that a client has of the world around it: its terminal, its files, its network, the time, and the signals and the
 * end of what it runs in. It is one session's: the client reaches for nothing else, so several run in one process.
 *
 * It calls the client back by what it was given: by streams, signals, the clock, and transports. Whatever is thrown
 * there is the session's bug, and goes to `onBug`.
 */
export interface ClientProcess {
  readonly stdin: InputStream;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  /** Messages without an answer, drafts and logins. */
  readonly state: Folder;
  /** The servers that are known. */
  readonly data: Folder;
  /** The server at a place; without `tlsPolicy`, it is spoken to in plain text. */
  server(address: ServerAddress, tlsPolicy: TlsPolicy | undefined): Server;
  /** Calls `act` at each such signal, instead of what it does otherwise; answers what ends that. */
  onSignal(name: SignalName, act: () => void): () => void;
  /** Calls `act` when the process ends in whatever way, a bug included; answers what ends that. */
  onExit(act: () => void): () => void;
  /** Calls `act` when something was thrown that nobody caught, instead of ending the process; answers what ends that. */
  onBug(act: (error: unknown) => void): () => void;
  /** Milliseconds before the nth attempt to connect again, where not the usual ones are wanted. */
  readonly delay?: (attempt: number) => number;
  /** Milliseconds in which a paste goes on, or is over, where not the usual ones are wanted. */
  readonly pasteWait?: number;
  /** Whether the way to a host does not leave this machine, where that is not to be told by its name. */
  readonly isNear?: (host: string) => boolean;
  /** Stops the process, as Ctrl-Z does elsewhere, until it is continued; not there where that cannot be. */
  suspend?(): void;
}

/** Whether the terminal can place its cursor and both ends of the talk are one. */
export function canPrompt(proc: ClientProcess): boolean {
  return proc.stdin.isTTY === true && proc.stdout.isTTY === true && !isDumb(proc);
}

/** Whether what is written to stdout may have colours. */
export function hasColours(proc: ClientProcess): boolean {
  return proc.stdout.isTTY === true && !isDumb(proc) && (proc.env.NO_COLOR ?? "") === "";
}

function isDumb(proc: ClientProcess): boolean {
  const term = proc.env.TERM ?? "";
  return term === "" || term === "dumb";
}

/** Tells the user on stderr why the program ends, a line each; the words may be the server's. */
export function complain(proc: ClientProcess, words: readonly string[]): void {
  const [first, ...rest] = words.map(showLine);
  if (first === undefined) return;
  proc.stderr.write([`tcpchat: ${first}`, ...rest, ""].join("\n"));
}

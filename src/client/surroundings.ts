import { showLine } from "../text/filter.ts";

/** The signals that a client listens to. */
export type SignalName = "SIGINT" | "SIGTERM" | "SIGHUP" | "SIGTSTP" | "SIGCONT" | "SIGWINCH";

/** The parts of the process that a client is given by the program's entry. */
export interface Surroundings {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
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
  /** Stops the process, as Ctrl-Z does elsewhere, until it is continued. */
  suspend(): void;
}

/** Whether the terminal can place its cursor and both ends of the talk are one. */
export function canPrompt(around: Surroundings): boolean {
  return around.stdin.isTTY === true && around.stdout.isTTY === true && !isDumb(around);
}

/** Whether what is written to stdout may have colours. */
export function hasColours(around: Surroundings): boolean {
  return around.stdout.isTTY === true && !isDumb(around) && (around.env.NO_COLOR ?? "") === "";
}

function isDumb(around: Surroundings): boolean {
  const term = around.env.TERM ?? "";
  return term === "" || term === "dumb";
}

/** Tells the user on stderr why the program ends, a line each; the words may be the server's. */
export function complain(around: Surroundings, words: readonly string[]): void {
  const [first, ...rest] = words.map(showLine);
  if (first === undefined) return;
  around.stderr.write([`tcpchat: ${first}`, ...rest, ""].join("\n"));
}

import type { InputStream, SignalName } from "../client/run/process.ts";
import { encode } from "../text/bytes.ts";
import { typed } from "../text/typed.ts";
import { graphemes, widthOfGrapheme } from "../text/width.ts";

const MOST = 16_384; // bytes held for a program that does not read, above which the channel is paused
const LINE = 4096; // characters of a line being typed; more is ignored

const ENTER = "\r";
const NEWLINE = "\n";
const INTERRUPT = "\x03"; // Ctrl-C
const END = "\x04"; // Ctrl-D

/** The channel behind an input. */
interface Source {
  pause(): void;
  resume(): void;
}

/** The session, as its input uses it. */
interface Surface {
  /** Shows what is typed. */
  echo(text: string): void;
  signal(name: SignalName): void;
  /** Runs work after the current one. */
  later(work: () => void): void;
}

/**
 * The standard input of a program in an SSH session.
 *
 * The client's own terminal is in raw mode if it asked for one here. So while the program has not asked for raw mode
 * itself, this does what a terminal does: it echoes, edits the line, and turns Ctrl-C and Ctrl-D into a signal and the end.
 */
export class TerminalInput implements InputStream {
  readonly isTTY: boolean;
  readonly #source: Source;
  readonly #surface: Surface;
  readonly #data = new Set<(bytes: Uint8Array) => void>();
  readonly #ends = new Set<() => void>();
  readonly #decoder = new TextDecoder();
  #held: Uint8Array[] = [];
  #size = 0;
  #line = "";
  #isRaw = false;
  #isPaused = true;
  #isSourcePaused = false;
  #hasEnded = false;
  #isOver = false;

  constructor(isTTY: boolean, source: Source, surface: Surface) {
    this.isTTY = isTTY;
    this.#source = source;
    this.#surface = surface;
  }

  /** Takes bytes from the channel. */
  push(bytes: Uint8Array): void {
    if (!this.isTTY || this.#isRaw) return this.#hold(bytes);
    for (const character of this.#decoder.decode(bytes, { stream: true })) this.#key(character);
  }

  /** The client sends nothing more. */
  end(): void {
    if (this.#line !== "") this.#enter("");
    this.#hasEnded = true;
    this.#deliver();
  }

  on(event: "data", listener: (bytes: Uint8Array) => void): void;
  on(event: "end" | "error", listener: () => void): void;
  on(event: "data" | "end" | "error", listener: ((bytes: Uint8Array) => void) & (() => void)): void {
    if (event === "data") this.#data.add(listener);
    if (event === "end") this.#ends.add(listener);
  }

  off(event: "data", listener: (bytes: Uint8Array) => void): void;
  off(event: "end" | "error", listener: () => void): void;
  off(event: "data" | "end" | "error", listener: ((bytes: Uint8Array) => void) & (() => void)): void {
    if (event === "data") this.#data.delete(listener);
    if (event === "end") this.#ends.delete(listener);
  }

  pause(): void {
    this.#isPaused = true;
  }

  /** Reads on, but calls no listener within this call. */
  resume(): void {
    this.#isPaused = false;
    this.#surface.later(() => this.#deliver());
  }

  setRawMode(on: boolean): void {
    this.#isRaw = on;
  }

  #key(character: string): void {
    if (character === ENTER || character === NEWLINE) {
      this.#surface.echo("\n");
      return this.#enter(NEWLINE);
    }
    if (character === INTERRUPT) {
      this.#line = "";
      this.#surface.echo("^C\n");
      return this.#surface.signal("SIGINT");
    }
    if (character === END) return this.#line === "" ? this.end() : this.#enter("");
    if (this.#line.length >= LINE) return;
    const before = shown(this.#line);
    this.#line += character;
    const after = shown(this.#line);
    if (after.startsWith(before)) return this.#surface.echo(after.slice(before.length));
    const erased = widthOf(before) - widthOf(after);
    this.#surface.echo("\b".repeat(erased) + " ".repeat(erased) + "\b".repeat(erased));
  }

  #enter(end: string): void {
    const line = typed(this.#line);
    this.#line = "";
    this.#hold(encode(line + end));
  }

  #hold(bytes: Uint8Array): void {
    this.#held.push(bytes);
    this.#size += bytes.length;
    this.#deliver();
    if (this.#size > MOST && !this.#isSourcePaused) {
      this.#isSourcePaused = true;
      this.#source.pause();
    }
  }

  #deliver(): void {
    while (!this.#isPaused && this.#data.size > 0) {
      const bytes = this.#held.shift();
      if (!bytes) break;
      this.#size -= bytes.length;
      for (const listener of [...this.#data]) listener(bytes);
    }
    if (this.#isSourcePaused && this.#size <= MOST) {
      this.#isSourcePaused = false;
      this.#source.resume();
    }
    if (!this.#hasEnded || this.#isOver || this.#isPaused || this.#held.length > 0) return;
    this.#isOver = true;
    for (const listener of [...this.#ends]) listener();
  }
}

/** A line as it stands on the screen, with the editing keys in it applied. */
function shown(line: string): string {
  return typed(line).replace(/\p{Cc}/gu, "");
}

function widthOf(text: string): number {
  return Array.from(graphemes.segment(text)).reduce((width, { segment }) => width + widthOfGrapheme(segment), 0);
}

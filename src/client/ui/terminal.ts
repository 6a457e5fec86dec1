import type { Surroundings } from "../run/process.ts";
import { type Key, KeyReader } from "./keys.ts";
import type { Output } from "./output.ts";

/** Receives the keys and changes of a terminal. */
export interface TerminalListener {
  key(key: Key): void;
  /** All keys that came at once have been told. */
  rested(): void;
  /** The screen has another size, or may hold something else: draw again. */
  spoiled(): void;
}

const PASTE_ON = "\x1b[?2004h";
const PASTE_OFF = "\x1b[?2004l";
const PASTE_WAIT = 2000; // ms in which a paste goes on, or is over
const WRAP_ON = "\x1b[?7h";
const WRAP_OFF = "\x1b[?7l";
const SCREEN_ON = "\x1b[?1049h";
const SCREEN_OFF = "\x1b[?25h\x1b[0m\x1b[?1049l";
const MOUSE_ON = "\x1b[?1000h\x1b[?1006h";
const MOUSE_OFF = "\x1b[?1006l\x1b[?1000l";

/**
 * A terminal in raw mode, with bracketed paste.
 *
 * It is given back as it was on every way out: `close`, a stop by Ctrl-Z or a signal, and the end of the process by a
 * bug. After a stop it is taken again.
 */
export class Terminal {
  readonly #around: Surroundings;
  readonly #output: Output;
  readonly #listener: TerminalListener;
  readonly #keys = new KeyReader();
  #removers: (() => void)[] = [];
  #raw = false;
  readonly #whole: boolean;
  #mouse = false;
  #pasteEnds: (() => void) | undefined;
  readonly #hear = (bytes: Uint8Array): void => {
    this.#pasteEnds?.();
    for (const key of this.#keys.feed(bytes)) {
      if (this.#removers.length > 0) this.#listener.key(key);
    }
    if (this.#keys.isPasting) {
      const wait = this.#around.pasteWait ?? PASTE_WAIT;
      this.#pasteEnds = this.#around.clock.after(wait, () => this.#keys.endPaste());
    }
    this.#listener.rested();
  };

  /** `whole`: it takes the whole of another screen, and the one before comes back when it leaves. */
  constructor(around: Surroundings, output: Output, listener: TerminalListener, whole = false) {
    this.#whole = whole;
    this.#around = around;
    this.#output = output;
    this.#listener = listener;
  }

  /** Whether it is ours to draw on: not while it is given back, also until a stopped process has taken it again. */
  get isTaken(): boolean {
    return this.#raw;
  }

  /** How wide it is, in columns. */
  get columns(): number {
    return this.#around.stdout.columns || 80;
  }

  /** How high it is, in rows. */
  get rows(): number {
    return this.#around.stdout.rows || 24;
  }

  /** Whether the mouse's wheel and buttons are told as keys; else the terminal keeps them, for selecting. */
  set mouse(on: boolean) {
    if (on === this.#mouse) return;
    this.#mouse = on;
    if (this.#raw) this.#output.write(on ? MOUSE_ON : MOUSE_OFF);
  }

  /** Takes the terminal. */
  open(): void {
    const { stdin } = this.#around;
    this.#enter();
    stdin.on("data", this.#hear);
    stdin.resume();
    this.#removers = [
      () => stdin.off("data", this.#hear),
      this.#around.onExit(() => this.#leave()),
      this.#around.onSignal("SIGTSTP", () => this.suspend()),
      this.#around.onSignal("SIGCONT", () => this.#continue()),
      this.#around.onSignal("SIGWINCH", () => this.#listener.spoiled()),
    ];
  }

  /** Gives it back. */
  close(): void {
    this.#pasteEnds?.();
    this.#leave();
    for (const remove of this.#removers) remove();
    this.#removers = [];
    this.#around.stdin.pause();
  }

  /** Whether what runs in it can be stopped for a while. */
  get canSuspend(): boolean {
    return this.#around.suspend !== undefined;
  }

  /** Gives it back, and stops the process until it is continued. */
  suspend(): void {
    if (this.#around.suspend === undefined) return;
    this.#leave();
    this.#around.suspend();
  }

  #continue(): void {
    // Stopped from outside we could not leave, and the shell has changed the modes since.
    this.#leave();
    this.#enter();
    this.#listener.spoiled();
  }

  #enter(): void {
    this.#raw = true;
    this.#around.stdin.setRawMode(true);
    const screen = this.#whole ? SCREEN_ON + WRAP_OFF : "";
    this.#output.write(screen + PASTE_ON + (this.#mouse ? MOUSE_ON : ""));
  }

  #leave(): void {
    if (!this.#raw) return;
    this.#raw = false;
    this.#output.write(`${this.#mouse ? MOUSE_OFF : ""}${WRAP_ON}${PASTE_OFF}${this.#whole ? SCREEN_OFF : ""}`);
    this.#around.stdin.setRawMode(false);
  }
}

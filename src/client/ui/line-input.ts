import type { Clock } from "../run/clock.ts";
import type { Surroundings } from "../run/process.ts";
import { clear, type Editor, EMPTY, INPUT, press, take } from "./editor.ts";
import type { Key } from "./keys.ts";
import type { Output } from "./output.ts";
import { drawRow, HIDE, rowOf } from "./prompt.ts";
import { Terminal } from "./terminal.ts";

/** Receives the lines entered at the prompt. */
export interface InputListener {
  /** A text was entered; it has newlines if it was pasted. */
  entered(text: string): void;
  /** Ctrl-D (`end`) or Ctrl-C (`interrupt`) on an empty line. */
  ended(how: "end" | "interrupt"): void;
}

const CLEAR_SCREEN = "\x1b[H\x1b[2J";

/**
 * A line being typed at the bottom of a terminal, and text that is printed above it.
 *
 * The line is always one row, and every refresh is one write: take the row away, print what has come, draw the row
 * again. So what arrives never mixes with what is being typed.
 */
export class InputLine {
  readonly #output: Output;
  readonly #terminal: Terminal;
  readonly #listener: InputListener;
  #editor: Editor = EMPTY;
  #printed: string[] = [];
  readonly #clock: Clock;
  #due: (() => void) | undefined;
  #open = false;

  constructor(around: Surroundings, output: Output, listener: InputListener) {
    this.#output = output;
    this.#clock = around.clock;
    this.#listener = listener;
    this.#terminal = new Terminal(around, output, {
      key: (key) => this.#key(key),
      rested: () => this.#refresh(),
      spoiled: () => this.#refresh(),
    });
  }

  /** Shows the prompt. */
  open(): void {
    this.#open = true;
    this.#terminal.open();
    this.#refresh();
  }

  /** Prints a line of text above the line being typed; it must be safe to show. */
  print(line: string): void {
    this.#printed.push(line);
    if (this.#open) this.#due ??= this.#clock.after(0, () => this.#refresh());
  }

  /** Takes the prompt away and gives the terminal back. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#due?.();
    this.#output.write(HIDE + this.#takePrinted());
    this.#terminal.close();
  }

  #key(key: Key): void {
    const name = key.type === "key" ? key.name : "";
    if (name === "enter") return this.#enter();
    if (name === "ctrl-z") return this.#suspend();
    if (name === "ctrl-l") return this.#output.write(CLEAR_SCREEN);
    if (this.#editor.text === "" && name === "ctrl-c") return this.#listener.ended("interrupt");
    if (this.#editor.text === "" && name === "ctrl-d") return this.#listener.ended("end");
    this.#editor = name === "ctrl-c" ? clear(this.#editor) : press(this.#editor, key);
    if (this.#editor.full) this.print(`-- The line is full: it has room for ${INPUT} characters.`);
  }

  #enter(): void {
    const [text, rest] = take(this.#editor);
    this.#editor = rest;
    if (text !== "") this.#listener.entered(text);
  }

  #suspend(): void {
    this.#output.write(HIDE);
    this.#terminal.suspend();
  }

  #refresh(): void {
    this.#due = undefined;
    if (!this.#open) return;
    const printed = this.#printed.length > 0 ? HIDE + this.#takePrinted() : HIDE;
    const { text, cursor } = this.#editor;
    this.#output.write(printed + drawRow(rowOf(text, cursor, this.#terminal.columns)));
  }

  #takePrinted(): string {
    const text = this.#printed.map((line) => `${line}\r\n`).join("");
    this.#printed = [];
    return text;
  }
}

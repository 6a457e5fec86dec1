import { decode } from "../../text/bytes.ts";
import { showLine } from "../../text/filter.ts";
import { graphemes, widthOfGrapheme } from "../../text/width.ts";
import { LineSplitter, OVERLONG } from "../../wire/lines.ts";
import { clear, type Editor, EMPTY, INPUT, press, take } from "../input/editor.ts";
import { type Key, KeyReader } from "../input/keys.ts";
import type { Clock } from "../run/clock.ts";
import { type ClientProcess, type InputStream, onStop, type Process } from "../run/process.ts";
import { type Output, Terminal } from "./terminal.ts";

/** Receives the lines entered at the prompt. */
interface InputListener {
  /** The user entered a text; it contains newlines only if it was pasted. */
  entered(text: string): void;
  /** Ctrl-D (`end`) or Ctrl-C (`interrupt`) on an empty line. */
  ended(how: "end" | "interrupt"): void;
}

const CLEAR_SCREEN = "\x1b[H\x1b[2J";

/**
 * A prompt at the bottom of a terminal, and lines printed above it.
 *
 * The prompt is always one row, and every refresh is one write: erase the row, print new lines, draw the row again. So
 * incoming lines never mix with the text being typed.
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

  constructor(proc: ClientProcess, output: Output, listener: InputListener) {
    this.#output = output;
    this.#clock = proc.clock;
    this.#listener = listener;
    this.#terminal = new Terminal(proc, output, {
      key: (key) => this.#key(key),
      keysRead: () => this.#refresh(),
      redrawNeeded: () => this.#refresh(),
    });
  }

  /** Shows the prompt. */
  open(): void {
    this.#open = true;
    this.#terminal.open();
    this.#refresh();
  }

  /** Prints a line above the prompt; it must be safe to show. */
  print(line: string): void {
    this.#printed.push(line);
    if (this.#open) this.#due ??= this.#clock.after(0, () => this.#refresh());
  }

  /** Erases the prompt and restores the terminal. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#due?.();
    this.#output.write(ERASE_ROW + this.#takePrinted());
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
    if (this.#editor.full) this.print(`-- Too long: the input line holds at most ${INPUT} characters.`);
  }

  #enter(): void {
    const [text, rest] = take(this.#editor);
    this.#editor = rest;
    if (text !== "") this.#listener.entered(text);
  }

  #suspend(): void {
    this.#output.write(ERASE_ROW);
    this.#terminal.suspend();
  }

  #refresh(): void {
    this.#due = undefined;
    if (!this.#open) return;
    const printed = this.#printed.length > 0 ? ERASE_ROW + this.#takePrinted() : ERASE_ROW;
    const { text, cursor } = this.#editor;
    this.#output.write(printed + drawRow(rowOf(text, cursor, this.#terminal.columns)));
  }

  #takePrinted(): string {
    const text = this.#printed.map((line) => `${line}\r\n`).join("");
    this.#printed = [];
    return text;
  }
}

/** The most bytes of a line from stdin; a longer line is skipped. */
export const MAX_LINE = 65_536;

/** Receives the lines of stdin. */
interface LinesListener {
  takes(): boolean;
  line(line: string): void;
  overlong(): void;
  ended(): void;
}

/** Reads lines from stdin, only as fast as the listener takes them. */
export class InputLines {
  /** The number of lines that were too long. */
  lost = 0;
  readonly #stdin: InputStream;
  readonly #listener: LinesListener;
  readonly #splitter = new LineSplitter(MAX_LINE);
  #atEnd = false;
  #over = false;
  #draining = false;
  readonly #data = (bytes: Uint8Array): void => {
    this.#splitter.push(bytes);
    this.drain();
  };
  readonly #end = (): void => {
    this.#atEnd = true;
    this.drain();
  };

  constructor(stdin: InputStream, listener: LinesListener) {
    this.#stdin = stdin;
    this.#listener = listener;
    stdin.on("data", this.#data);
    stdin.on("end", this.#end);
    stdin.on("error", this.#end);
    stdin.resume();
  }

  /** Passes on the lines that the listener takes now; reads more only if it took all. */
  drain(): void {
    // A line may cause changes that call `drain` again.
    if (this.#draining || this.#over) return;
    this.#draining = true;
    let waiting = false;
    while (!waiting && this.#passOne()) waiting = !this.#listener.takes();
    this.#draining = false;
  }

  /** Stops reading stdin until `resume`, so that another reader can use it. */
  suspend(): void {
    this.#stdin.off("data", this.#data);
    this.#stdin.off("end", this.#end);
  }

  /** Reads stdin again. */
  resume(): void {
    if (this.#over) return;
    this.#stdin.on("data", this.#data);
    this.#stdin.on("end", this.#end);
    this.#stdin.resume();
  }

  close(): void {
    this.#over = true;
    this.#stdin.off("data", this.#data);
    this.#stdin.off("end", this.#end);
    this.#stdin.pause();
  }

  /** Passes on one line, if there is one and the listener takes it. */
  #passOne(): boolean {
    if (!this.#listener.takes()) {
      this.#stdin.pause();
      return false;
    }
    const line = this.#splitter.next() ?? (this.#atEnd ? this.#splitter.takeRest() : undefined);
    if (line === undefined) {
      this.#over = this.#atEnd;
      if (this.#atEnd) this.#listener.ended();
      else this.#stdin.resume();
      return false;
    }
    if (line === OVERLONG) {
      this.lost++;
      this.#listener.overlong();
    } else this.#listener.line(decode(line));
    return true;
  }
}

/** The visible part of the text being typed, split at the cursor. */
interface VisibleText {
  readonly before: string;
  readonly after: string;
}

/** The prompt before the text. */
const PROMPT = "> ";

/** Erases the prompt's row, and the rows below it into which a narrower window may have wrapped it. */
const ERASE_ROW = "\r\x1b[J";

/**
 * The visible part of a text with its cursor, in a terminal of `columns` columns. A longer text scrolls sideways by
 * half a row: it stays one row with the cursor in it, and its last column stays free. Newlines are drawn as `⏎`.
 */
export function rowOf(text: string, cursor: number, columns: number): VisibleText {
  const space = Math.max(1, columns - PROMPT.length - 1);
  const before = cellsOf(text.slice(0, cursor));
  const after = cellsOf(text.slice(cursor));
  const at = widthOf(before);
  if (at + widthOf(after) <= space) return { before: before.join(""), after: after.join("") };
  const half = Math.max(1, Math.floor(space / 2));
  const from = at <= space ? 0 : Math.floor((at - half) / half) * half;
  const head = fit(before, from, space);
  return { before: head.join(""), after: fit(after, 0, space - widthOf(head)).join("") };
}

/**
 * The escape sequences that draw the prompt. The cursor's position is saved and wrapping is off while the rest is
 * written, so a terminal that measures a character differently disturbs neither this row nor its neighbours.
 */
export function drawRow(row: VisibleText): string {
  return `\r\x1b[K\x1b[?7l${PROMPT}${row.before}\x1b7${row.after}\x1b8\x1b[?7h`;
}

function cellsOf(text: string): string[] {
  return Array.from(graphemes.segment(text.replaceAll("\n", "⏎").replaceAll("\t", " ")), (part) => part.segment);
}

function widthOf(cells: readonly string[]): number {
  let width = 0;
  for (const cell of cells) width += widthOfGrapheme(cell);
  return width;
}

/** The cells that lie within columns `from` to `from + space`. */
function fit(cells: readonly string[], from: number, space: number): string[] {
  const shown: string[] = [];
  let column = 0;
  for (const cell of cells) {
    const next = column + widthOfGrapheme(cell);
    if (next > from + space) break;
    if (column >= from) shown.push(cell);
    column = next;
  }
  return shown;
}

/**
 * Asks for a secret without echo, at the terminal that stdin is. `undefined` after Ctrl-C, Ctrl-D or a signal, for an
 * empty answer, and if stdin is not a terminal. The question goes to stderr, because stdout may be a file.
 */
export function askSecret(
  proc: Pick<Process, "stdin" | "stderr" | "onSignal" | "onExit">,
  question: string,
): Promise<string | undefined> {
  const { stdin, stderr } = proc;
  if (stdin.isTTY !== true) return Promise.resolve(undefined);
  return new Promise((resolve) => {
    const keys = new KeyReader();
    let editor = EMPTY;
    const finish = (answer: string | undefined): void => {
      stdin.off("data", take);
      for (const remove of removers) remove();
      stdin.setRawMode(false);
      stdin.pause();
      stderr.write("\n");
      resolve(answer);
    };
    const take = (bytes: Uint8Array): void => {
      for (const key of keys.feed(bytes)) {
        const name = key.type === "key" ? key.name : "";
        if (name === "enter" || name === "ctrl-j") return finish(editor.text === "" ? undefined : editor.text);
        if (name === "ctrl-c" || name === "ctrl-d") return finish(undefined);
        editor = press(editor, key);
      }
    };
    const removers = [onStop(proc, () => finish(undefined)), proc.onExit(() => void stdin.setRawMode(false))];
    stdin.setRawMode(true);
    stdin.on("data", take);
    stdin.resume();
    stderr.write(`${showLine(question)}: `);
  });
}

import { base64 } from "../../text/bytes.ts";
import { showLine, unwritten } from "../../text/filter.ts";
import { type Key, KeyReader } from "../input/keys.ts";
import { every } from "../run/clock.ts";
import type { ClientProcess, Ending, OutputStream } from "../run/process.ts";
import type { StyledSpan } from "./cells.ts";
import type { Row } from "./layout.ts";
import { codeOf, type Theme } from "./theme.ts";

/** The sequence that puts a text into the clipboard (xterm, OSC 52); terminals may refuse it. */
export function clipboardSequence(text: string): string {
  return `\x1b]52;c;${base64(text)}\x1b\\`;
}

function titleSequence(text: string): string {
  return `\x1b]2;${showLine(text)}\x1b\\`;
}

/** Receives the keys and changes of a terminal. */
interface TerminalListener {
  key(key: Key): void;
  /** Called after the keys of one read. */
  keysRead(): void;
  /** The screen changed its size, or may have been overwritten: draw it again. */
  redrawNeeded(): void;
}

const PASTE_ON = "\x1b[?2004h";
const PASTE_OFF = "\x1b[?2004l";
const WATCH = 1000; // ms between two looks whether somebody reads
const PASTE_WAIT = 2000; // ms without a key after which a paste has ended
const ESCAPE_WAIT = 50; // ms after which an Esc is the key, and not the beginning of a sequence or of a key with Alt
const FOCUS_ON = "\x1b[?1004h"; // the terminal tells when it gets and loses the focus
const FOCUS_OFF = "\x1b[?1004l";
const WRAP_ON = "\x1b[?7h";
const WRAP_OFF = "\x1b[?7l";
const SCREEN_ON = "\x1b[?1049h";
const SCREEN_OFF = "\x1b[?25h\x1b[0m\x1b[?1049l";
const MOUSE_ON = "\x1b[?1000h\x1b[?1006h";
const MOUSE_OFF = "\x1b[?1006l\x1b[?1000l";

const TITLE_SAVE = "\x1b[22;2t"; // xterm, "Window manipulation": the title is put on a stack
const TITLE_RESTORE = "\x1b[23;2t";

/**
 * A terminal in raw mode, with bracketed paste.
 *
 * It is restored on every way out: `close`, a stop by Ctrl-Z or a signal, and the end of the process by a bug. When a
 * stopped process continues, the terminal is taken again.
 */
export class Terminal {
  readonly #proc: ClientProcess;
  readonly #output: Output;
  readonly #listener: TerminalListener;
  readonly #keys = new KeyReader();
  #removers: (() => void)[] = [];
  #raw = false;
  readonly #isFullScreen: boolean;
  #mouse = false;
  #title = "";
  #pasteEnds: (() => void) | undefined;
  #escapeEnds: (() => void) | undefined;
  readonly #read = (bytes: Uint8Array): void => {
    this.#pasteEnds?.();
    this.#escapeEnds?.();
    this.#pass(this.#keys.feed(bytes));
    if (this.#keys.hasEscape) {
      this.#escapeEnds = this.#proc.clock.after(ESCAPE_WAIT, () => {
        this.#pass(this.#keys.takeEscape());
        this.#listener.keysRead();
      });
    }
    if (this.#keys.isPasting) {
      const wait = this.#proc.pasteWait ?? PASTE_WAIT;
      this.#pasteEnds = this.#proc.clock.after(wait, () => this.#keys.endPaste());
    }
    this.#listener.keysRead();
  };

  /** With `isFullScreen`, uses the alternate screen; the main screen comes back when the terminal is restored. */
  constructor(proc: ClientProcess, output: Output, listener: TerminalListener, isFullScreen = false) {
    this.#isFullScreen = isFullScreen;
    this.#proc = proc;
    this.#output = output;
    this.#listener = listener;
  }

  #pass(keys: readonly Key[]): void {
    for (const key of keys) if (this.#removers.length > 0) this.#listener.key(key);
  }

  /** Whether the client may draw: not while the terminal is restored, also while the process is stopped. */
  get isTaken(): boolean {
    return this.#raw;
  }

  /** The width in columns. */
  get columns(): number {
    return this.#proc.stdout.columns || 80;
  }

  /** The height in rows. */
  get rows(): number {
    return this.#proc.stdout.rows || 24;
  }

  /** Whether the mouse's wheel and buttons are reported as keys; otherwise the terminal uses them for selecting. */
  set mouse(on: boolean) {
    if (on === this.#mouse) return;
    this.#mouse = on;
    if (this.#raw) this.#output.write(on ? MOUSE_ON : MOUSE_OFF);
  }

  /** Sets the title of the terminal's window; the previous one comes back when the terminal is restored. */
  set title(text: string) {
    if (text === this.#title || !this.#hasTitle) return;
    this.#title = text;
    if (this.#raw) this.#output.write(titleSequence(text));
  }

  /** The Linux console has no title, and older ones wait for the end of the sequence. */
  get #hasTitle(): boolean {
    return this.#isFullScreen && this.#proc.env.TERM !== "linux";
  }

  /** Takes the terminal. */
  open(): void {
    const { stdin } = this.#proc;
    this.#take();
    stdin.on("data", this.#read);
    stdin.resume();
    this.#removers = [
      () => stdin.off("data", this.#read),
      this.#proc.onExit(() => this.#restore()),
      this.#proc.onSignal("SIGTSTP", () => this.suspend()),
      this.#proc.onSignal("SIGCONT", () => this.#continue()),
      this.#proc.onSignal("SIGWINCH", () => this.#listener.redrawNeeded()),
    ];
  }

  /** Restores the terminal. */
  close(): void {
    this.#pasteEnds?.();
    this.#escapeEnds?.();
    this.#restore();
    for (const remove of this.#removers) remove();
    this.#removers = [];
    this.#proc.stdin.pause();
  }

  /** Whether the process can be stopped by Ctrl-Z. */
  get canSuspend(): boolean {
    return this.#proc.suspend !== undefined;
  }

  /** Restores the terminal, and stops the process until SIGCONT. */
  suspend(): void {
    if (this.#proc.suspend === undefined) return;
    this.#restore();
    this.#proc.suspend();
  }

  #continue(): void {
    // After SIGSTOP the terminal was not restored, and the shell has changed its modes since.
    this.#restore();
    this.#take();
    this.#listener.redrawNeeded();
  }

  #take(): void {
    this.#raw = true;
    this.#proc.stdin.setRawMode(true);
    const screen = this.#isFullScreen ? SCREEN_ON + WRAP_OFF + FOCUS_ON : "";
    const title = this.#hasTitle ? TITLE_SAVE + (this.#title === "" ? "" : titleSequence(this.#title)) : "";
    this.#output.write(screen + title + PASTE_ON + (this.#mouse ? MOUSE_ON : ""));
  }

  #restore(): void {
    if (!this.#raw) return;
    this.#raw = false;
    this.#output.write(
      `${this.#mouse ? MOUSE_OFF : ""}${WRAP_ON}${PASTE_OFF}${this.#hasTitle ? TITLE_RESTORE : ""}${this.#isFullScreen ? FOCUS_OFF + SCREEN_OFF : ""}`,
    );
    this.#proc.stdin.setRawMode(false);
  }
}

const FULL = 1 << 18; // unwritten bytes above which nothing more is read from the network

/**
 * Writes to a stream with backpressure: a slow reader makes the client wait. When the reader is gone (EPIPE) or writing
 * fails, calls `onGone` once and writes nothing more.
 */
export class Output {
  /** Called when there is room again after `full`. */
  onRoom: () => void = () => {};
  /** Called once, when nothing can be written any more. */
  onGone: () => void = () => {};
  readonly #stream: OutputStream;
  #unwritten = 0;
  #gone = false;
  #wasFull = false;
  #why: string | undefined;
  readonly #fail = (error: Error): void => {
    if (!this.#gone) this.#why = unwritten(error);
    this.#lose();
  };

  constructor(stream: OutputStream) {
    this.#stream = stream;
    stream.on("error", this.#fail);
  }

  /** Whether so much is unwritten that nothing more should be read from the network. */
  get full(): boolean {
    return this.#unwritten > FULL;
  }

  /**
   * Looks every second whether somebody reads: only a write would tell otherwise, and there may be nothing to write for
   * long. Returns a function that ends that.
   */
  watch({ clock, isOutputGone }: Pick<ClientProcess, "clock" | "isOutputGone">): () => void {
    if (isOutputGone === undefined) return () => {};
    return every(clock, WATCH, () => {
      if (isOutputGone()) this.#lose();
    });
  }

  /** The ending, turned into a failure if output could not be written although somebody was there to read it. */
  withOutputError(ending: Ending): Ending {
    return this.#why === undefined ? ending : { code: ending.code || 1, words: [...ending.words, this.#why] };
  }

  /** Writes data, in order. */
  write(data: string | Uint8Array): void {
    if (this.#gone || data.length === 0) return;
    this.#unwritten += data.length;
    this.#wasFull ||= this.full;
    this.#stream.write(data, (error) => {
      if (error) return this.#fail(error);
      this.#unwritten = Math.max(0, this.#unwritten - data.length);
      if (!this.#wasFull || this.full) return;
      this.#wasFull = false;
      this.onRoom();
    });
  }

  #lose(): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#unwritten = 0;
    this.onGone();
  }

  /** Resolves when everything is written, or the reader is gone. */
  flushed(): Promise<void> {
    if (this.#gone) return Promise.resolve();
    return new Promise((resolve) => {
      this.#stream.write("", () => resolve());
    });
  }
}

const BEGIN = "\x1b[?2026h\x1b[?25l"; // synchronized output, if the terminal supports it; the cursor is hidden meanwhile
const END = "\x1b8\x1b[?25h\x1b[?2026l";
const SAVE = "\x1b7";
const NO_LINK = "\x1b]8;;\x1b\\";

const SCROLL_ALL = "\x1b[r"; // the whole screen scrolls again
const SCROLL_UP = "\n"; // in the last row of the scrolling region
const SCROLL_DOWN = "\x1bM"; // in its first row

/**
 * Draws frames on a terminal, writing only the rows that changed. Rows that moved are scrolled if that is shorter than
 * writing them again: a new message costs 0.5 KB at 200×50 instead of 6.5 KB.
 *
 * A row is always written whole from its first column, and a span with a fixed column is positioned by its number, so a
 * terminal that measures a character differently cannot disturb other rows or the layout. The cursor's position is
 * saved while its row is written.
 */
export class Painter {
  #drawn: readonly string[] = [];

  /** The bytes that turn the previous frame into this one; "" if nothing changed. */
  draw(rows: readonly Row[], theme: Theme): string {
    const next = rows.map((row) => painted(row, theme));
    const changes = shorter(changedRows(this.#drawn, next), scrolled(this.#drawn, next));
    this.#drawn = next;
    return changes === "" ? "" : BEGIN + changes + END;
  }

  /** Forgets the previous frame, so that the next one is drawn in full. */
  reset(): void {
    this.#drawn = [];
  }
}

function shorter(one: string, other: string | undefined): string {
  return other !== undefined && other.length < one.length ? other : one;
}

/** Writes each row that changed, at its position. */
function changedRows(before: readonly (string | undefined)[], after: readonly string[]): string {
  let changes = "";
  after.forEach((text, i) => {
    if (text !== before[i]) changes += `\x1b[${i + 1};1H\x1b[2K${text}`;
  });
  return changes;
}

/** Like `changedRows`, but first scrolls the region of the rows that moved; `undefined` if no row moved. */
function scrolled(before: readonly string[], after: readonly string[]): string | undefined {
  const by = before.length === after.length ? moveOf(before, after) : 0;
  if (by === 0) return undefined;
  const moved = after.flatMap((text, i) => (text !== before[i] && text === before[i - by] ? [i] : []));
  const [first = 0, last = 0] = [moved[0], moved.at(-1)];
  const top = Math.min(first, first - by);
  const bottom = Math.max(last, last - by);
  const scrolledBefore = before.map((text, i) => {
    if (i < top || i > bottom) return text;
    return i - by < top || i - by > bottom ? undefined : before[i - by];
  });
  const at = by < 0 ? bottom : top;
  const steps = (by < 0 ? SCROLL_UP : SCROLL_DOWN).repeat(Math.abs(by));
  return `\x1b[${top + 1};${bottom + 1}r\x1b[${at + 1};1H${steps}${SCROLL_ALL}${changedRows(scrolledBefore, after)}`;
}

/** By how many rows most moved rows moved: positive is down, negative is up, 0 if none moved. */
function moveOf(before: readonly string[], after: readonly string[]): number {
  const places = new Map<string, number>();
  before.forEach((text, i) => void places.set(text, places.has(text) ? -1 : i));
  const votes = new Map<number, number>();
  let [by, most] = [0, 0];
  after.forEach((text, i) => {
    const was = places.get(text) ?? -1;
    if (was < 0 || was === i) return;
    const count = (votes.get(i - was) ?? 0) + 1;
    votes.set(i - was, count);
    if (count > most) [by, most] = [i - was, count];
  });
  return by;
}

/** A row with its escape sequences. */
function painted(row: Row, theme: Theme): string {
  let text = "";
  for (const span of row) {
    if (span.column !== undefined && span.column > 0) text += `\x1b[${span.column + 1}G`;
    if (span.cursor) text += SAVE;
    text += spanText(span, theme);
  }
  return text;
}

function spanText({ text, tone, link }: StyledSpan, theme: Theme): string {
  if (text === "") return "";
  const code = codeOf(theme, tone);
  const linked = link === undefined ? text : `\x1b]8;;${link}\x1b\\${text}${NO_LINK}`;
  return code === "" ? linked : `\x1b[${code}m${linked}\x1b[0m`;
}

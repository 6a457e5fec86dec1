import { unwritten } from "../../text/filter.ts";
import type { ClientProcess, OutputStream } from "../run/process.ts";
import type { StyledSpan } from "./cells.ts";
import { type Key, KeyReader } from "./keys.ts";
import type { Row } from "./layout.ts";
import type { Theme } from "./theme.ts";
import type { Ending } from "./ui.ts";

/** Receives the keys and changes of a terminal. */
interface TerminalListener {
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
  readonly #proc: ClientProcess;
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
      const wait = this.#proc.pasteWait ?? PASTE_WAIT;
      this.#pasteEnds = this.#proc.clock.after(wait, () => this.#keys.endPaste());
    }
    this.#listener.rested();
  };

  /** `whole`: it takes the whole of another screen, and the one before comes back when it leaves. */
  constructor(proc: ClientProcess, output: Output, listener: TerminalListener, whole = false) {
    this.#whole = whole;
    this.#proc = proc;
    this.#output = output;
    this.#listener = listener;
  }

  /** Whether it is ours to draw on: not while it is given back, also until a stopped process has taken it again. */
  get isTaken(): boolean {
    return this.#raw;
  }

  /** How wide it is, in columns. */
  get columns(): number {
    return this.#proc.stdout.columns || 80;
  }

  /** How high it is, in rows. */
  get rows(): number {
    return this.#proc.stdout.rows || 24;
  }

  /** Whether the mouse's wheel and buttons are told as keys; else the terminal keeps them, for selecting. */
  set mouse(on: boolean) {
    if (on === this.#mouse) return;
    this.#mouse = on;
    if (this.#raw) this.#output.write(on ? MOUSE_ON : MOUSE_OFF);
  }

  /** Takes the terminal. */
  open(): void {
    const { stdin } = this.#proc;
    this.#enter();
    stdin.on("data", this.#hear);
    stdin.resume();
    this.#removers = [
      () => stdin.off("data", this.#hear),
      this.#proc.onExit(() => this.#leave()),
      this.#proc.onSignal("SIGTSTP", () => this.suspend()),
      this.#proc.onSignal("SIGCONT", () => this.#continue()),
      this.#proc.onSignal("SIGWINCH", () => this.#listener.spoiled()),
    ];
  }

  /** Gives it back. */
  close(): void {
    this.#pasteEnds?.();
    this.#leave();
    for (const remove of this.#removers) remove();
    this.#removers = [];
    this.#proc.stdin.pause();
  }

  /** Whether what runs in it can be stopped for a while. */
  get canSuspend(): boolean {
    return this.#proc.suspend !== undefined;
  }

  /** Gives it back, and stops the process until it is continued. */
  suspend(): void {
    if (this.#proc.suspend === undefined) return;
    this.#leave();
    this.#proc.suspend();
  }

  #continue(): void {
    // Stopped from outside we could not leave, and the shell has changed the modes since.
    this.#leave();
    this.#enter();
    this.#listener.spoiled();
  }

  #enter(): void {
    this.#raw = true;
    this.#proc.stdin.setRawMode(true);
    const screen = this.#whole ? SCREEN_ON + WRAP_OFF : "";
    this.#output.write(screen + PASTE_ON + (this.#mouse ? MOUSE_ON : ""));
  }

  #leave(): void {
    if (!this.#raw) return;
    this.#raw = false;
    this.#output.write(`${this.#mouse ? MOUSE_OFF : ""}${WRAP_ON}${PASTE_OFF}${this.#whole ? SCREEN_OFF : ""}`);
    this.#proc.stdin.setRawMode(false);
  }
}

const FULL = 1 << 18; // bytes that wait for a slow reader before the network has to wait too

/**
 * A stream that is written to, with an eye on who reads it: a reader that is slow is waited for. When nobody reads it
 * any more (EPIPE), or it cannot be written to, that is told once and then nothing more is written.
 */
export class Output {
  /** Called when there is room again after `full`. */
  onRoom: () => void = () => {};
  /** Called once when nothing can be written any more. */
  onGone: () => void = () => {};
  readonly #stream: OutputStream;
  #waiting = 0;
  #gone = false;
  #wasFull = false;
  #why: string | undefined;
  readonly #fail = (error: Error): void => {
    if (this.#gone) return;
    this.#gone = true;
    this.#why = unwritten(error);
    this.#waiting = 0;
    this.onGone();
  };

  constructor(stream: OutputStream) {
    this.#stream = stream;
    stream.on("error", this.#fail);
  }

  /** Whether so much waits that no more should be read for it. */
  get full(): boolean {
    return this.#waiting > FULL;
  }

  /** The ending as it is: a failure if something could not be written, though someone was there to read it. */
  judged(ending: Ending): Ending {
    return this.#why === undefined ? ending : { code: ending.code || 1, words: [...ending.words, this.#why] };
  }

  /** Writes; the order is kept. */
  write(data: string | Uint8Array): void {
    if (this.#gone || data.length === 0) return;
    this.#waiting += data.length;
    this.#wasFull ||= this.full;
    this.#stream.write(data, (error) => {
      if (error) return this.#fail(error);
      this.#waiting = Math.max(0, this.#waiting - data.length);
      if (!this.#wasFull || this.full) return;
      this.#wasFull = false;
      this.onRoom();
    });
  }

  /** Resolves when all that was written has been taken, or nobody is there to take it. */
  flushed(): Promise<void> {
    if (this.#gone) return Promise.resolve();
    return new Promise((resolve) => {
      this.#stream.write("", () => resolve());
    });
  }
}

const BEGIN = "\x1b[?2026h\x1b[?25l"; // synchronized output, where the terminal knows it; no cursor meanwhile
const END = "\x1b8\x1b[?25h\x1b[?2026l";
const SAVE = "\x1b7";
const NO_LINK = "\x1b]8;;\x1b\\";

const WHOLE = "\x1b[r"; // the whole screen scrolls again
const UP = "\n"; // at the last row that scrolls
const DOWN = "\x1bM"; // at the first

/**
 * Draws frames on a terminal, and of each only the rows that have changed. Rows that have moved are scrolled to where
 * they are now, if that is shorter than writing them again: a line that is said costs 0.5 KB at 200×50 instead of 6.5
 * KB.
 *
 * A row is always written whole from its first column, and what must stand in a certain column is put there by its
 * number: so a terminal that measures a character otherwise than we do spoils neither other rows nor the layout. The
 * cursor is saved where it belongs while its row is written.
 */
export class Painter {
  #drawn: readonly string[] = [];

  /** What has to be written so that these rows are seen; nothing if they are already. */
  draw(rows: readonly Row[], theme: Theme): string {
    const next = rows.map((row) => painted(row, theme));
    const changes = shorter(written(this.#drawn, next), scrolled(this.#drawn, next));
    this.#drawn = next;
    return changes === "" ? "" : BEGIN + changes + END;
  }

  /** Forgets what is on the screen: the next frame is drawn whole. */
  spoil(): void {
    this.#drawn = [];
  }
}

function shorter(one: string, other: string | undefined): string {
  return other !== undefined && other.length < one.length ? other : one;
}

/** The rows that are not what they were, each in its place. */
function written(before: readonly (string | undefined)[], after: readonly string[]): string {
  let changes = "";
  after.forEach((text, i) => {
    if (text !== before[i]) changes += `\x1b[${i + 1};1H\x1b[2K${text}`;
  });
  return changes;
}

/** The same, with the rows between the first and the last that have moved scrolled first; `undefined` if none has. */
function scrolled(before: readonly string[], after: readonly string[]): string | undefined {
  const by = before.length === after.length ? moveOf(before, after) : 0;
  if (by === 0) return undefined;
  const moved = after.flatMap((text, i) => (text !== before[i] && text === before[i - by] ? [i] : []));
  const [first = 0, last = 0] = [moved[0], moved.at(-1)];
  const top = Math.min(first, first - by);
  const bottom = Math.max(last, last - by);
  const there = before.map((text, i) => {
    if (i < top || i > bottom) return text;
    return i - by < top || i - by > bottom ? undefined : before[i - by];
  });
  const at = by < 0 ? bottom : top;
  const steps = (by < 0 ? UP : DOWN).repeat(Math.abs(by));
  return `\x1b[${top + 1};${bottom + 1}r\x1b[${at + 1};1H${steps}${WHOLE}${written(there, after)}`;
}

/** By how many rows most of those that have moved are further down, below 0 up; 0 if none has. */
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

/** A row as it is written. */
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
  const code = theme[tone];
  const linked = link === undefined ? text : `\x1b]8;;${link}\x1b\\${text}${NO_LINK}`;
  return code === "" ? linked : `\x1b[${code}m${linked}\x1b[0m`;
}

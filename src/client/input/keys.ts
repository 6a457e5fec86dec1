/**
 * A key press, text, a paste, or a mouse event. Text may be several characters; a key has a name such as `left` or
 * `ctrl-a`.
 */
export type Key =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "paste"; readonly text: string }
  | { readonly type: "key"; readonly name: string; readonly at?: MousePlace };

/** The cell under the mouse, counted from 0. */
export interface MousePlace {
  readonly column: number;
  readonly row: number;
}

const ESC = "\x1b";
const PASTE_BEGIN = "\x1b[200~";
const PASTE_END = "\x1b[201~";
const CTRL_C = 3;

/** The longest escape sequence, in characters; keyboards send no longer ones. */
const MAX_SEQUENCE = 32;

/** The last letter of a CSI or SS3 sequence (xterm, "PC-Style Function Keys"). */
const LETTERS: Readonly<Record<string, string>> = {
  A: "up",
  B: "down",
  C: "right",
  D: "left",
  F: "end",
  H: "home",
  Z: "shift-tab",
};

/** The number before `~` (xterm, VT220 editing keypad; 7 and 8 are rxvt's). */
const NUMBERS: Readonly<Record<string, string>> = {
  "1": "home",
  "2": "insert",
  "3": "delete",
  "4": "end",
  "5": "page-up",
  "6": "page-down",
  "7": "home",
  "8": "end",
};

const CONTROLS: Readonly<Record<string, string>> = {
  "\r": "enter",
  "\n": "ctrl-j",
  "\t": "tab",
  "\b": "backspace",
  "\x7f": "backspace",
};

/**
 * Parses the bytes of a terminal in raw mode into keys, however the bytes were split.
 *
 * A bracketed paste is text, whatever it contains, and is returned piece by piece as it arrives. An unterminated paste
 * is ended by `endPaste`, or by a Ctrl-C that arrives alone: a key does, a part of a paste does not. An incomplete
 * sequence is kept until the rest or a control character arrives, and has at most `MAX_SEQUENCE` characters.
 */
export class KeyReader {
  readonly #decoder = new TextDecoder();
  #rest = "";
  #pasting = false;

  /** Takes more bytes, and returns the keys that they complete. */
  feed(bytes: Uint8Array): readonly Key[] {
    if (bytes.length === 1 && bytes[0] === CTRL_C) this.endPaste();
    this.#rest += this.#decoder.decode(bytes, { stream: true });
    const keys: Key[] = [];
    while (this.#rest !== "") {
      const before = this.#rest.length;
      if (this.#pasting) this.#paste(keys);
      else this.#key(keys);
      if (this.#rest.length === before) break;
    }
    return keys;
  }

  /** Whether a paste is incomplete. */
  get isPasting(): boolean {
    return this.#pasting;
  }

  /** Whether an Esc has arrived alone: the key, or the beginning of a sequence. */
  get hasEscape(): boolean {
    return !this.#pasting && this.#rest === ESC;
  }

  /** Takes an Esc that arrived alone as the key. */
  takeEscape(): readonly Key[] {
    if (!this.hasEscape) return [];
    this.#rest = "";
    return [{ type: "key", name: "escape" }];
  }

  /** Ends a paste: further bytes are keys again. */
  endPaste(): void {
    // Drops bytes that may be the beginning of the paste's end.
    if (this.#pasting) this.#rest = "";
    this.#pasting = false;
  }

  #paste(keys: Key[]): void {
    const end = this.#rest.indexOf(PASTE_END);
    const cut = end < 0 ? this.#rest.length - partialLength(this.#rest, PASTE_END) : end;
    if (cut > 0) keys.push({ type: "paste", text: this.#rest.slice(0, cut) });
    this.#rest = this.#rest.slice(end < 0 ? cut : cut + PASTE_END.length);
    if (end >= 0) this.#pasting = false;
  }

  #key(keys: Key[]): void {
    const first = this.#rest.charAt(0);
    if (first === ESC) return this.#escape(keys);
    if (isControl(first)) {
      this.#rest = this.#rest.slice(1);
      keys.push({ type: "key", name: controlName(first) });
      return;
    }
    let end = 1;
    while (end < this.#rest.length && !isControl(this.#rest.charAt(end))) end++;
    keys.push({ type: "text", text: this.#rest.slice(0, end) });
    this.#rest = this.#rest.slice(end);
  }

  #escape(keys: Key[]): void {
    if (this.#rest.startsWith(PASTE_BEGIN)) {
      this.#rest = this.#rest.slice(PASTE_BEGIN.length);
      this.#pasting = true;
      return;
    }
    if (this.#rest.startsWith(ESC + ESC)) {
      // Esc, and then a key that begins with Esc.
      this.#rest = this.#rest.slice(1);
      keys.push({ type: "key", name: "escape" });
      return;
    }
    const sequence = /^\x1b(?:\[[0-?]*[ -/]*[@-~]|O[ -~]|[^[O])/su.exec(this.#rest)?.[0];
    if (sequence === undefined) {
      const broken = /^\x1b[[O][^\0-\x1f\x7f]*(?=[\0-\x1f\x7f])/.exec(this.#rest)?.[0];
      if (broken !== undefined) this.#rest = this.#rest.slice(broken.length);
      else if (this.#rest.length > MAX_SEQUENCE) this.#rest = "";
      return;
    }
    this.#rest = this.#rest.slice(sequence.length);
    if (sequence.startsWith("\x1b[<")) return mouseKey(sequence, keys);
    const name = sequenceName(sequence);
    if (name !== undefined) keys.push({ type: "key", name });
  }
}

function isControl(c: string): boolean {
  return c < " " || c === "\x7f";
}

function controlName(c: string): string {
  return CONTROLS[c] ?? `ctrl-${String.fromCharCode(c.charCodeAt(0) | 0x60)}`;
}

function sequenceName(sequence: string): string | undefined {
  const kind = sequence.charAt(1);
  if (kind !== "[" && kind !== "O") {
    return isControl(kind) ? `alt-${controlName(kind)}` : `alt-${sequence.slice(1).toLowerCase()}`;
  }
  if (sequence === "\x1bOM") return "enter"; // the keypad's
  const last = sequence.slice(-1);
  if (sequence === "\x1b[I") return "focus-in";
  if (sequence === "\x1b[O") return "focus-out";
  const [number = "", modifier = "1"] = sequence.slice(2, -1).split(";");
  const base = last === "~" ? NUMBERS[number] : LETTERS[last];
  return base === undefined ? undefined : `${modifierOf(modifier)}${base}`;
}

/** A mouse report (xterm, "SGR (1006)"): the wheel, or a pressed button. */
function mouseKey(sequence: string, keys: Key[]): void {
  const [button = 0, column = 1, row = 1] = sequence.slice(3, -1).split(";").map(Number);
  const kind = button & ~28; // without the modifiers
  const name = kind === 64 ? "wheel-up" : kind === 65 ? "wheel-down" : button < 3 ? "mouse" : undefined;
  if (name === undefined || !sequence.endsWith("M")) return;
  keys.push({ type: "key", name, at: { column: column - 1, row: row - 1 } });
}

/** xterm's modifiers: 1 + the sum of 1 shift, 2 alt, 4 ctrl. */
function modifierOf(text: string): string {
  const bits = Number.parseInt(text, 10) - 1;
  if (!(bits > 0)) return "";
  return `${bits & 4 ? "ctrl-" : ""}${bits & 2 ? "alt-" : ""}${bits & 1 ? "shift-" : ""}`;
}

/** How many characters at the end of `text` may be the beginning of `mark`. */
function partialLength(text: string, mark: string): number {
  for (let n = Math.min(mark.length - 1, text.length); n > 0; n--) {
    if (text.endsWith(mark.slice(0, n))) return n;
  }
  return 0;
}

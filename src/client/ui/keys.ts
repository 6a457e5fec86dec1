/** What someone did at the keyboard. Text may be several characters; a key has a name such as `left` or `ctrl-a`. */
export type Key =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "paste"; readonly text: string }
  | { readonly type: "key"; readonly name: string };

const ESC = "\x1b";
const PASTE_BEGIN = "\x1b[200~";
const PASTE_END = "\x1b[201~";
const CTRL_C = 3;

/** The longest escape sequence that is waited for; what is longer is nothing a keyboard sends. */
const SEQUENCE = 32;

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
 * Turns the bytes of a terminal in raw mode into keys, however they were chopped.
 *
 * A bracketed paste is text, whatever it holds, and comes in pieces as it arrives. One that does not end is ended by
 * `endPaste`, or by a Ctrl-C that comes alone, as a key does and a part of a paste does not. An unfinished sequence is
 * kept until its rest comes or a control character, and it is at most `SEQUENCE` characters.
 */
export class KeyReader {
  readonly #decoder = new TextDecoder();
  #rest = "";
  #pasting = false;

  /** The keys that these bytes complete. */
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

  /** Whether a paste has begun and not ended. */
  get isPasting(): boolean {
    return this.#pasting;
  }

  /** Takes what comes from now on for keys again. */
  endPaste(): void {
    // Bytes that may have begun the end of the paste are dropped.
    if (this.#pasting) this.#rest = "";
    this.#pasting = false;
  }

  #paste(keys: Key[]): void {
    const end = this.#rest.indexOf(PASTE_END);
    const cut = end < 0 ? this.#rest.length - tailOf(this.#rest, PASTE_END) : end;
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
    const sequence = /^\x1b(?:\[[0-?]*[ -/]*[@-~]|O[ -~]|[^[O])/su.exec(this.#rest)?.[0];
    if (sequence === undefined) {
      const broken = /^\x1b[[O][^\0-\x1f\x7f]*(?=[\0-\x1f\x7f])/.exec(this.#rest)?.[0];
      if (broken !== undefined) this.#rest = this.#rest.slice(broken.length);
      else if (this.#rest.length > SEQUENCE) this.#rest = "";
      return;
    }
    this.#rest = this.#rest.slice(sequence.length);
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
  if (sequence.startsWith("\x1b[<")) return mouseName(sequence);
  if (kind !== "[" && kind !== "O") {
    return isControl(kind) ? `alt-${controlName(kind)}` : `alt-${sequence.slice(1).toLowerCase()}`;
  }
  if (sequence === "\x1bOM") return "enter"; // the keypad's
  const last = sequence.slice(-1);
  const [number = "", modifier = "1"] = sequence.slice(2, -1).split(";");
  const base = last === "~" ? NUMBERS[number] : LETTERS[last];
  return base === undefined ? undefined : `${modifierOf(modifier)}${base}`;
}

/** A mouse's report (xterm, "SGR (1006)"): its wheel, or a button going down. */
function mouseName(sequence: string): string | undefined {
  const button = Number.parseInt(sequence.slice(3), 10);
  if (!sequence.endsWith("M")) return undefined;
  if ((button & ~28) === 64) return "wheel-up";
  if ((button & ~28) === 65) return "wheel-down";
  return button < 3 ? "mouse" : undefined;
}

/** xterm's modifier: one more than the sum of 1 shift, 2 alt, 4 ctrl. */
function modifierOf(text: string): string {
  const bits = Number.parseInt(text, 10) - 1;
  if (!(bits > 0)) return "";
  return `${bits & 4 ? "ctrl-" : ""}${bits & 2 ? "alt-" : ""}${bits & 1 ? "shift-" : ""}`;
}

/** How many characters at the end of `text` may be the beginning of `mark`. */
function tailOf(text: string, mark: string): number {
  for (let n = Math.min(mark.length - 1, text.length); n > 0; n--) {
    if (text.endsWith(mark.slice(0, n))) return n;
  }
  return 0;
}

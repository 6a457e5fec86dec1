import type { Wording } from "./transcript.ts";

const HEX = "0123456789abcdef";
const SENDER = 5; // hexadecimal digits
const SEQ = 8;
const MARK = SENDER + SEQ + 3; // "!00000.00000000."
const PROSE = "the quick brown fox jumps over the lazy dog, and says so. ";
const NO_DIGIT = 255;
const [BANG, DOT, CR] = [0x21, 0x2e, 0x0d];

const DIGITS = new Uint8Array(256).fill(NO_DIGIT);
for (const [value, digit] of [...HEX].entries()) DIGITS[digit.charCodeAt(0)] = value;

/** A message's text, of so many characters: it begins with its sender's number and its own. */
export function bodyOf(sender: number, seq: number, size: number): string {
  const number = (value: number, digits: number) => value.toString(16).padStart(digits, "0");
  return `!${number(sender, SENDER)}.${number(seq, SEQ)}.${prose(size)}`;
}

function prose(size: number): string {
  return PROSE.repeat(Math.ceil(size / PROSE.length))
    .slice(0, size - MARK)
    .replace(/ $/, ".");
}

/** A sender's messages: one line, in which the number alone changes. */
export class Template {
  readonly #line: Buffer;
  readonly #at: number;

  /** `before` is what the line begins with, such as `PRIVMSG #room :`. */
  constructor(before: string, sender: number, size: number, ending: string) {
    this.#line = Buffer.from(`${before}${bodyOf(sender, 0, size)}${ending}`);
    this.#at = before.length + 1 + SENDER + 1;
  }

  get length(): number {
    return this.#line.length;
  }

  /** Writes the line with this number. */
  write(seq: number, to: Buffer, at: number): void {
    this.#line.copy(to, at);
    for (let i = SEQ - 1, rest = seq; i >= 0; i--, rest >>>= 4) to[at + this.#at + i] = HEX.charCodeAt(rest & 15);
  }
}

/** The number that these digits are; negative if they are none. */
function hex(bytes: Buffer, at: number, digits: number): number {
  let value = 0;
  for (let i = at; i < at + digits; i++) {
    const digit = DIGITS[bytes[i] ?? 0] ?? NO_DIGIT;
    if (digit === NO_DIGIT) return -1;
    value = value * 16 + digit;
  }
  return value;
}

/**
 * Messages in the rooms of an audience. A line is read without a string: its body has a known length and stands at its
 * end; what stands before it is held against what a sender's first line began with.
 */
export class BodyWording implements Wording {
  sender = -1;
  seq = -1;
  readonly #size: number;
  readonly #prose: Buffer;
  /** What the lines of a sender begin with, behind the tags. */
  readonly #heads = new Map<number, Buffer>();
  readonly #isHead: (sender: number, head: string) => boolean;

  /** `isHead` says whether a sender's lines may begin so: with this nick, to this room. */
  constructor(size: number, isHead: (sender: number, head: string) => boolean) {
    this.#size = size;
    this.#prose = Buffer.from(prose(size));
    this.#isHead = isHead;
  }

  read(bytes: Buffer, from: number, to: number): boolean {
    const end = to - (bytes[to - 2] === CR ? 2 : 1);
    const body = end - this.#size;
    if (body < from || bytes[body] !== BANG || bytes[body + 1 + SENDER] !== DOT || bytes[body + MARK - 1] !== DOT) {
      return false;
    }
    this.sender = hex(bytes, body + 1, SENDER);
    this.seq = hex(bytes, body + 2 + SENDER, SEQ);
    if (this.sender < 0 || this.seq < 0) return false;
    if (bytes.compare(this.#prose, 0, this.#prose.length, body + MARK, end) !== 0) return false;
    return this.#hasHead(bytes, from, body);
  }

  #hasHead(bytes: Buffer, from: number, body: number): boolean {
    const start = bytes[from] === 0x40 ? bytes.indexOf(" ", from) + 1 : from; // "@"
    const known = this.#heads.get(this.sender);
    if (known?.length === body - start && bytes.compare(known, 0, known.length, start, body) === 0) return true;
    if (!this.#isHead(this.sender, bytes.toString("latin1", start, body))) return false;
    this.#heads.set(this.sender, Buffer.from(bytes.subarray(start, body)));
    return true;
  }
}

/** Comings and goings of nicks that `churnNick` made: the join of cycle n is number 2n, the going 2n + 1. */
export class ChurnWording implements Wording {
  sender = -1;
  seq = -1;

  read(bytes: Buffer, from: number, to: number): boolean {
    const start = bytes[from] === 0x40 ? bytes.indexOf(" ", from) + 1 : from;
    if (bytes[start] !== 0x3a || bytes[start + 1] !== 0x63) return false; // ":c"
    const line = bytes.toString("latin1", start, to);
    const [, sender, cycle, what] = /^:c([0-9a-f]{3})x([0-9a-f]{6})(?:!\S*)? (JOIN|QUIT)\b/.exec(line) ?? [];
    if (sender === undefined || cycle === undefined) return false;
    this.sender = Number.parseInt(sender, 16);
    this.seq = Number.parseInt(cycle, 16) * 2 + (what === "JOIN" ? 0 : 1);
    return true;
  }
}

/** The nick of one who comes and goes, of its nth time. */
export function churnNick(sender: number, cycle: number): string {
  return `c${sender.toString(16).padStart(3, "0")}x${cycle.toString(16).padStart(6, "0")}`;
}

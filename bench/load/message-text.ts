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

/** A message's text with this many characters: the sender's number, the message's number, and padding. */
export function bodyOf(sender: number, seq: number, size: number): string {
  const number = (value: number, digits: number) => value.toString(16).padStart(digits, "0");
  return `!${number(sender, SENDER)}.${number(seq, SEQ)}.${prose(size)}`;
}

function prose(size: number): string {
  return PROSE.repeat(Math.ceil(size / PROSE.length))
    .slice(0, size - MARK)
    .replace(/ $/, ".");
}

/** A sender's line, in which only the number changes. */
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

  /** Returns the line with this number. */
  write(seq: number, to: Buffer, at: number): void {
    this.#line.copy(to, at);
    for (let i = SEQ - 1, rest = seq; i >= 0; i--, rest >>>= 4) to[at + this.#at + i] = HEX.charCodeAt(rest & 15);
  }
}

/** The value of these hexadecimal digits; negative if they are not digits. */
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
 * Messages in the rooms of an audience. No string is made of a line: its text has a known length and is at its end; the
 * part before it is compared with the beginning of the sender's first line.
 */
export class BodyWording implements Wording {
  sender = -1;
  seq = -1;
  readonly #size: number;
  readonly #prose: Buffer;
  /** The beginning of each sender's lines, after the tags. */
  readonly #heads = new Map<number, Buffer>();
  readonly #isHead: (sender: number, head: string) => boolean;

  /** `isHead` tells whether a beginning is right for a sender: the nick and the room. */
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

/** The JOIN and QUIT of nicks made by `churnNick`: the JOIN of cycle n has the number 2n, the QUIT 2n + 1. */
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

/** The nick of a churning client in its nth cycle. */
export function churnNick(sender: number, cycle: number): string {
  return `c${sender.toString(16).padStart(3, "0")}x${cycle.toString(16).padStart(6, "0")}`;
}

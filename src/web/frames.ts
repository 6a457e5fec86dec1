import { isUtf8 } from "node:buffer";
import { decode, encode } from "../text/bytes.ts";

/** Frames of RFC 6455: read from a client, and made for it. One message of data is one line. */

/** The type of data frames, as the subprotocols `text.ircv3.net` and `binary.ircv3.net` have it. */
export type FrameKind = "text" | "binary";

const CONTINUATION = 0;
const TEXT = 1;
const BINARY = 2;
const CLOSE = 8;
const PING = 9;
const PONG = 10;
const OPCODES: Readonly<Record<FrameKind, number>> = { text: TEXT, binary: BINARY };

const FIN = 0x80;
const RESERVED = 0x70;
const MASK = 0x80;
const LENGTH_16 = 126;
const LENGTH_64 = 127;
const SHORT = 125; // bytes of a control frame's payload at most, and of the shortest form of length
const LONG = 65_535; // bytes that a length of 16 bits counts

const CR = 13;
const LF = 10;
const SPACE = 32;
const PONGS = 1024; // bytes of pongs that wait; beyond that only the latest pings are answered (RFC 6455 5.5.3)
const REASON = 123; // bytes of a close frame's reason
const NOTHING = new Uint8Array(0);

/** Why a client's stream of frames has ended. */
export interface FrameEnd {
  /** The client has sent a close frame; otherwise it has broken the protocol. */
  readonly isPeers: boolean;
  /** The fault, for the client and the log. */
  readonly words: string;
  /** The close frame that answers. */
  readonly reply: Uint8Array;
}

/** The frame that is being read: its first byte, and the bytes of its payload still to come. */
interface OpenFrame {
  readonly opcode: number;
  readonly isLast: boolean;
  readonly mask: Uint8Array;
  readonly length: number;
}

/**
 * Reads the frames of a client, however the network chopped them, and gives the messages as lines.
 *
 * It holds at most one message of `limit` bytes and one control frame. A frame that breaks the protocol ends the
 * stream: the lines before it still count, and nothing after it is read.
 */
export class FrameReader {
  readonly #limit: number;
  /** The end of the stream, once it has come. */
  end: FrameEnd | undefined;
  /** The beginning of a frame's head, from earlier packets. */
  #head: Uint8Array = NOTHING;
  #frame: OpenFrame | undefined;
  /** Bytes of the frame's payload read so far. */
  #read = 0;
  /** The opcode of the message whose fragments are arriving. */
  #message: number | undefined;
  /** The bytes of that message, from earlier packets. */
  #begun: Uint8Array = NOTHING;
  #control: Uint8Array = NOTHING;
  #pongs: Uint8Array = NOTHING;

  /** `limit`: bytes of a message, without its CR LF. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Reads bytes. Returns the messages that are complete now, each as a line that ends with LF. */
  read(bytes: Uint8Array): Uint8Array {
    if (this.end) return NOTHING;
    // A message needs a byte more than its payload, for its LF, and a head takes several.
    const lines = new Uint8Array(this.#begun.length + bytes.length + 1);
    lines.set(this.#begun);
    let [start, at, from] = [0, this.#begun.length, 0];
    while (!this.end) {
      if (!this.#frame) {
        from = this.#readHead(bytes, from, at - start);
        if (!this.#frame) break;
      }
      const frame: OpenFrame = this.#frame;
      const isControl = frame.opcode >= CLOSE;
      const count = Math.min(frame.length - this.#read, bytes.length - from);
      const target = isControl ? this.#control : lines;
      unmask(bytes.subarray(from, from + count), frame.mask, this.#read, target, isControl ? this.#read : at);
      if (!isControl) at += count;
      from += count;
      this.#read += count;
      if (this.#read < frame.length) break;
      this.#frame = undefined;
      if (isControl) this.#endControl(frame.opcode);
      else if (frame.isLast) {
        at = this.#endMessage(lines, start, at);
        start = at;
      }
    }
    this.#begun = this.end || at === start ? NOTHING : lines.slice(start, at);
    return lines.subarray(0, start);
  }

  /** Takes the pongs that are due; empty if there are none. */
  takePongs(): Uint8Array {
    const pongs = this.#pongs;
    this.#pongs = NOTHING;
    return pongs;
  }

  /** Reads a frame's head, once it is complete. Returns where its payload begins. `size`: of the message so far. */
  #readHead(bytes: Uint8Array, from: number, size: number): number {
    const needed = headLength(this.#head, bytes.subarray(from));
    const held = this.#head.length;
    const next = bytes.subarray(from, from + needed - held);
    const head = held === 0 ? next : joined(this.#head, next);
    const fault = faultIn(head, this.#message !== undefined);
    if (fault !== undefined) this.#fail(1002, fault);
    else if (head.length < needed) this.#head = new Uint8Array(head);
    else this.#begin(head, size);
    return from + next.length;
  }

  #begin(head: Uint8Array, size: number): void {
    const length = payloadLength(head);
    this.#head = NOTHING;
    const first = head[0] ?? 0;
    const opcode = first & 15;
    // The length counts before the payload has come, so that nothing more is held.
    if (opcode < CLOSE && size + length > this.#limit + 2) return this.#failSize();
    this.#frame = { opcode, isLast: (first & FIN) !== 0, mask: new Uint8Array(head.subarray(-4)), length };
    this.#read = 0;
    if (opcode >= CLOSE) this.#control = new Uint8Array(length);
    else if (opcode !== CONTINUATION) this.#message = opcode;
  }

  /** Makes a line of the message between `start` and `end`. Returns where the line ends. */
  #endMessage(lines: Uint8Array, start: number, end: number): number {
    const opcode = this.#message;
    this.#message = undefined;
    let to = end;
    if (to > start && lines[to - 1] === LF) to--;
    if (to > start && lines[to - 1] === CR) to--;
    if (to - start > this.#limit) this.#failSize();
    else if (opcode === TEXT && !isUtf8(lines.subarray(start, to))) this.#fail(1007, "a text message is not UTF-8");
    if (this.end) return start;
    for (let at = start; at < to; at++) {
      const byte = lines[at];
      if (byte === 0 || byte === CR || byte === LF) lines[at] = SPACE;
    }
    lines[to] = LF;
    return to + 1;
  }

  #endControl(opcode: number): void {
    const payload = this.#control;
    this.#control = NOTHING;
    if (opcode === CLOSE) return this.#endByPeer(payload);
    if (opcode !== PING) return;
    const pong = frameOf(PONG, payload);
    this.#pongs = this.#pongs.length + pong.length > PONGS ? pong : joined(this.#pongs, pong);
  }

  #endByPeer(payload: Uint8Array): void {
    if (payload.length === 0) {
      this.end = { isPeers: true, words: "closed", reply: frameOf(CLOSE, NOTHING) };
      return;
    }
    const code = (payload[0] ?? 0) * 256 + (payload[1] ?? 0);
    if (payload.length === 1) return this.#fail(1002, "a close frame has half a code");
    if (!isCloseCode(code)) return this.#fail(1002, `a close frame has the code ${code}`);
    if (!isUtf8(payload.subarray(2))) return this.#fail(1007, "the reason of a close frame is not UTF-8");
    this.end = { isPeers: true, words: decode(payload.subarray(2)), reply: frameOf(CLOSE, payload.slice(0, 2)) };
  }

  #failSize(): void {
    this.#fail(1009, `a message is longer than ${this.#limit} bytes`);
  }

  #fail(code: number, words: string): void {
    this.end = { isPeers: false, words, reply: closeFrame(code, words) };
  }
}

/** Copies bytes and takes their mask off. `offset`: of the first one in the frame's payload. */
function unmask(bytes: Uint8Array, mask: Uint8Array, offset: number, target: Uint8Array, at: number): void {
  for (let i = 0; i < bytes.length; i++) target[at + i] = (bytes[i] ?? 0) ^ (mask[(offset + i) & 3] ?? 0);
}

/** The length of a client's head, as far as its beginning tells: its two parts are `before` and `after`. */
function headLength(before: Uint8Array, after: Uint8Array): number {
  const second = before.length > 1 ? before[1] : after[1 - before.length];
  const short = (second ?? 0) & 127;
  return short === LENGTH_16 ? 8 : short === LENGTH_64 ? 14 : 6;
}

/** The fault of a head, as far as it has come. `isInMessage`: fragments of a message came before. */
function faultIn(head: Uint8Array, isInMessage: boolean): string | undefined {
  const first = head[0];
  const second = head[1];
  if (first === undefined) return undefined;
  const opcode = first & 15;
  if ((first & RESERVED) !== 0) return "a frame has a reserved bit, and no extension was agreed on";
  if (opcode > PONG || (opcode > BINARY && opcode < CLOSE)) return `a frame has the reserved opcode ${opcode}`;
  if (opcode >= CLOSE && (first & FIN) === 0) return "a control frame is fragmented";
  if (opcode === CONTINUATION && !isInMessage) return "a continuation frame continues no message";
  if (opcode !== CONTINUATION && opcode < CLOSE && isInMessage) return "a message begins within another one";
  if (second === undefined) return undefined;
  if ((second & MASK) === 0) return "a frame is not masked";
  if (opcode >= CLOSE && (second & 127) > SHORT) return "a control frame is longer than 125 bytes";
  return lengthFault(head);
}

/** A length has to be written in the fewest bytes (RFC 6455 5.2). */
function lengthFault(head: Uint8Array): string | undefined {
  const short = (head[1] ?? 0) & 127;
  const isComplete = short === LENGTH_16 ? head.length >= 4 : short === LENGTH_64 && head.length >= 10;
  if (!isComplete) return undefined;
  const isMinimal = payloadLength(head) > (short === LENGTH_16 ? SHORT : LONG);
  const isPositive = short === LENGTH_16 || (head[2] ?? 0) < 0x80;
  return isMinimal && isPositive ? undefined : "a frame's length is not written in the fewest bytes";
}

function payloadLength(head: Uint8Array): number {
  const short = (head[1] ?? 0) & 127;
  if (short <= SHORT) return short;
  let length = 0;
  for (let at = 2; at < (short === LENGTH_16 ? 4 : 10); at++) length = length * 256 + (head[at] ?? 0);
  return length;
}

/** Whether a client may close with this code (RFC 6455 7.4, and the codes registered since). */
function isCloseCode(code: number): boolean {
  return (code >= 1000 && code <= 1014 && !(code >= 1004 && code <= 1006)) || (code >= 3000 && code < 5000);
}

/** A close frame; the reason is cut at 123 bytes. */
export function closeFrame(code: number, reason: string): Uint8Array {
  return frameOf(CLOSE, joined(Uint8Array.of(code >> 8, code & 255), encode(reason).subarray(0, REASON)));
}

/** A frame of up to 65,535 bytes, which no mask hides: a server's. */
function frameOf(opcode: number, payload: Uint8Array): Uint8Array {
  const frame = new Uint8Array(frameLength(payload.length));
  frame.set(payload, writeHead(frame, 0, opcode, payload.length));
  return frame;
}

function frameLength(length: number): number {
  return length + (length > SHORT ? 4 : 2);
}

/** Writes a frame's head. Returns where its payload begins. */
function writeHead(frames: Uint8Array, at: number, opcode: number, length: number): number {
  frames[at] = FIN | opcode;
  if (length <= SHORT) {
    frames[at + 1] = length;
    return at + 2;
  }
  frames[at + 1] = LENGTH_16;
  frames[at + 2] = length >> 8;
  frames[at + 3] = length & 255;
  return at + 4;
}

/** The most bytes of lines that `frameLines` takes. */
export const MOST_LINES = LONG;

/** Makes a frame of each line, without its line end. Blank lines get none. */
export function frameLines(lines: Uint8Array, kind: FrameKind): Uint8Array {
  const frames = new Uint8Array(cutAt(lines, Number.POSITIVE_INFINITY).frames);
  let to = 0;
  for (let at = 0; at < lines.length; ) {
    const next = endOfLine(lines, at);
    const text = lines.subarray(at, endOfText(lines, at, next));
    at = next;
    if (text.length === 0) continue;
    to = writeHead(frames, to, OPCODES[kind], text.length);
    frames.set(text, to);
    to += text.length;
  }
  return frames;
}

/**
 * Where a stream of frames can be cut once `taken` bytes of it have been sent: the first end of a frame from there on,
 * in bytes of the frames and of the lines that they were made of.
 */
export function cutAt(lines: Uint8Array, taken: number): { readonly frames: number; readonly lines: number } {
  let frames = 0;
  let at = 0;
  while (at < lines.length && frames < taken) {
    const next = endOfLine(lines, at);
    const length = endOfText(lines, at, next) - at;
    if (length > 0) frames += frameLength(length);
    at = next;
  }
  return { frames, lines: at };
}

/** Where the next line begins. */
function endOfLine(lines: Uint8Array, at: number): number {
  const lf = lines.indexOf(LF, at);
  return lf < 0 ? lines.length : lf + 1;
}

function endOfText(lines: Uint8Array, at: number, next: number): number {
  let end = next;
  if (end > at && lines[end - 1] === LF) end--;
  if (end > at && lines[end - 1] === CR) end--;
  return end;
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const all = new Uint8Array(a.length + b.length);
  all.set(a);
  all.set(b, a.length);
  return all;
}

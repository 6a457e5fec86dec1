import { decode } from "../../text/bytes.ts";
import { typed, typedBytes } from "../../text/typed.ts";
import { graphemes } from "../../text/width.ts";
import { LINE_IN } from "../../wire/limits.ts";
import { LineSplitter, type OVERLONG } from "../../wire/lines.ts";

const LF = 10;
const CR = 13;
const NEWLINE = Uint8Array.of(LF);

/** Makes text of received bytes, which may be cut anywhere. What it swallows weighs in the rate limit. */
export interface InputFilter {
  filter(bytes: Uint8Array): Uint8Array;
  /** The bytes that it swallows are content, which is weighed elsewhere. */
  readonly isContent?: boolean;
}

/** Callbacks of a `LineInput`. */
interface InputWatch {
  /** A fragment has come; it is not known yet how the peer ends its messages. */
  begun(): void;
  /** It is known now how the peer ends its messages. */
  settled(): void;
  /** Bytes without content, such as telnet commands, have come. */
  swallowed(count: number): void;
}

/**
 * Turns a peer's packets into lines.
 *
 * If the first packet is two characters or more without a newline, followed by silence, the peer writes bare messages:
 * each packet is a line from then on. If the first packet is a single key, the peer sends key by key. Packets are
 * processed one by one, as lines are asked for; waiting input costs no work.
 */
export class LineInput {
  readonly #watch: InputWatch;
  /** Packets that are not processed yet. */
  readonly #packets: Uint8Array[] = [];
  /** Bytes in `#packets`. */
  waiting = 0;
  readonly #lines = new LineSplitter(LINE_IN);
  #bare: "maybe" | "yes" | "no" = "maybe";
  /** Makes text of received bytes. `undefined` for programs that send text as it is: only people use telnet. */
  #filter: InputFilter | undefined = new TelnetFilter();
  /** Set while the peer sends key by key. */
  #keys: KeyInput | undefined;
  /** The peer has pressed Ctrl-C or Ctrl-D on an empty line, which counts as the end of input. */
  hasHungUp = false;

  constructor(watch: InputWatch) {
    this.#watch = watch;
  }

  push(bytes: Uint8Array): void {
    this.#packets.push(bytes);
    this.waiting += bytes.length;
  }

  /** Bytes of all input that is not handled yet, including an unfinished line. */
  get held(): number {
    return this.waiting + this.#lines.held;
  }

  /** No input can be handled now. Half a line does not count if the peer ends its lines with newlines. */
  get isAtRest(): boolean {
    return this.#bare === "no" ? this.waiting === 0 && !this.#lines.hasLine : this.held === 0;
  }

  /** Each packet is a message: the peer sends no newlines. */
  get isBare(): boolean {
    return this.#bare === "yes";
  }

  get isKeyByKey(): boolean {
    return this.#keys !== undefined;
  }

  /** The bytes after the lines taken so far that are not parsed yet. */
  get unread(): Uint8Array {
    return this.#lines.unread;
  }

  /** `next` or `takePacket` may have something. */
  get hasMore(): boolean {
    return !this.#lines.isDrained || this.#packets.length > 0;
  }

  /** The next line of the packets processed so far. */
  next(): Uint8Array | typeof OVERLONG | undefined {
    return this.#lines.isDrained ? undefined : this.#lines.next();
  }

  /** Takes the unfinished line. */
  takeRest(): Uint8Array | undefined {
    return this.#lines.takeRest();
  }

  /** Processes the next packet. False if there is none. */
  takePacket(): boolean {
    const bytes = this.#packets.shift();
    if (!bytes) return false;
    this.waiting -= bytes.length;
    const text = this.#filter?.filter(bytes) ?? bytes;
    if (text.length < bytes.length && !this.#filter?.isContent) this.#watch.swallowed(bytes.length - text.length);
    if (text.length === 0) return true;
    if (this.#bare === "no" && !this.#keys) this.#lines.push(text);
    else this.#take(text);
    return true;
  }

  /**
   * No newline has followed the first bytes: from now on each packet is a message. False if it was settled otherwise.
   */
  fragmentDue(): boolean {
    if (this.#bare !== "maybe" || this.waiting > 0) return false;
    this.#watch.settled();
    this.#bare = "yes";
    this.#lines.push(NEWLINE);
    return true;
  }

  /** Settles that the peer ends messages with newlines, unless it is known to write bare ones. */
  settle(): void {
    if (this.#bare !== "maybe") return;
    this.#bare = "no";
    this.#watch.settled();
  }

  /** The peer is a program that ends its lines: telnet and terminal sequences are left as they are. */
  takeAsIs(): void {
    this.settle();
    this.#filter = undefined;
    this.#keys = undefined;
  }

  /** All bytes that are not read as lines yet go through this filter first. */
  filterBy(filter: InputFilter): void {
    const unread = this.#lines.takeRest();
    this.#filter = filter;
    if (!unread) return;
    this.#packets.unshift(unread);
    this.waiting += unread.length;
  }

  /** Drops all input. */
  clear(): void {
    this.#packets.length = 0;
    this.waiting = 0;
    this.#lines.clear();
  }

  #take(text: Uint8Array): void {
    if (this.#bare === "maybe" && this.#lines.held === 0 && isKey(text)) {
      this.settle();
      this.#keys = new KeyInput();
    }
    const control = this.#keys && controlKeyOf(text);
    if (control) this.#handleControl(control);
    else this.#lines.push(this.#keys?.lines(text) ?? text);
    if (this.#bare === "yes" && text.at(-1) !== LF) this.#lines.push(NEWLINE);
    if (this.#bare !== "maybe") return;
    if (this.#lines.hasLine) this.settle();
    else this.#watch.begun();
  }

  /** Ctrl-C discards the typed line. On an empty line, Ctrl-C and Ctrl-D end the input. */
  #handleControl(control: "interrupt" | "end"): void {
    if (this.#lines.hasLine) return;
    const rest = this.#lines.takeRest();
    if (!rest || typedBytes(rest).length === 0) this.hasHungUp = true;
    else if (control === "end") this.#lines.push(rest);
  }
}

/** "Interpret as command": the first byte of every telnet sequence (RFC 854). */
const IAC = 0xff;
const SB = 0xfa;
const SE = 0xf0;
const WILL = 0xfb; // WILL, WONT, DO and DONT are followed by an option
const DONT = 0xfe;

const WINDOW_SIZE = 5; // bytes of a window size negotiation: the option, columns and rows (RFC 1073)

/**
 * Removes telnet sequences from a person's input, wherever packets were cut. They are dropped, not answered. CR NUL,
 * which is telnet's lone CR (RFC 854), becomes CR LF. Bytes of another encoding may look like a sequence: so a CR or LF
 * inside a sequence ends it and counts as text, and no line is lost. The first bytes of a negotiation may be CR or LF,
 * since a window size may contain any bytes.
 */
export class TelnetFilter {
  #afterCr = false;
  /** Bytes of the current negotiation. */
  #negotiated = 0;
  #state: "text" | "command" | "option" | "negotiation" | "negotiation-end" = "text";

  filter(bytes: Uint8Array): Uint8Array {
    const hasNone = this.#state === "text" && !bytes.includes(IAC) && !bytes.includes(0);
    if (hasNone) {
      this.#afterCr = bytes.at(-1) === CR;
      return bytes;
    }
    const text = new Uint8Array(bytes.length);
    let length = 0;
    // Not for…of: a typed array's iterator takes ten times as long.
    for (let at = 0; at < bytes.length; at++) {
      const byte = bytes[at] ?? 0;
      if (this.#endsAt(byte)) this.#state = "text";
      if (this.#state === "text" && byte !== IAC) {
        text[length++] = byte === 0 && this.#afterCr ? LF : byte;
        this.#afterCr = byte === CR;
      } else this.#step(byte);
    }
    return text.subarray(0, length);
  }

  /** Whether the byte ends a line, and with it the sequence that it is in. */
  #endsAt(byte: number): boolean {
    if (byte !== CR && byte !== LF) return false;
    const isNegotiation = this.#state === "negotiation" || this.#state === "negotiation-end";
    return !isNegotiation || this.#negotiated >= WINDOW_SIZE;
  }

  #step(byte: number): void {
    switch (this.#state) {
      case "text":
        this.#state = "command";
        return;
      case "command":
        this.#negotiated = 0;
        this.#state = byte === SB ? "negotiation" : byte >= WILL && byte <= DONT ? "option" : "text";
        return;
      case "option":
        this.#state = "text";
        return;
      case "negotiation":
        this.#negotiated++;
        if (byte === IAC) this.#state = "negotiation-end";
        return;
      case "negotiation-end":
        this.#state = byte === SE ? "text" : "negotiation";
        return;
      default:
        this.#state satisfies never;
    }
  }
}

const INTERRUPT = 3; // Ctrl-C
const END = 4; // Ctrl-D
const MOST = 32; // bytes of one key press at most

/** Whether a packet is one key press: a character of any number of bytes, or an escape sequence. */
export function isKey(packet: Uint8Array): boolean {
  if (packet.length > MOST || packet.includes(LF) || packet.includes(0)) return false;
  if (packet.length === 1) return true;
  const text = decode(packet);
  if (text.startsWith("\x1b")) return typed(text) === "";
  const [first] = graphemes.segment(text);
  return first?.segment === text;
}

/** The request of a packet of just Ctrl-C or Ctrl-D. */
export function controlKeyOf(packet: Uint8Array): "interrupt" | "end" | undefined {
  if (packet.length !== 1) return undefined;
  return packet[0] === INTERRUPT ? "interrupt" : packet[0] === END ? "end" : undefined;
}

/**
 * Turns key-by-key input into lines. Enter sends a CR, alone (a raw terminal) or followed by LF, and packets may be cut
 * anywhere. A CR followed by anything else in its packet stays as it is.
 */
export class KeyInput {
  #afterCr = false;

  lines(packet: Uint8Array): Uint8Array {
    if (!this.#afterCr && !packet.includes(CR)) return packet;
    const lines = new Uint8Array(packet.length);
    let length = 0;
    for (let at = 0; at < packet.length; at++) {
      const byte = packet[at] ?? 0;
      const next = packet[at + 1];
      const isTail = this.#afterCr && byte === LF;
      this.#afterCr = byte === CR && (next === undefined || next === LF);
      if (!isTail) lines[length++] = this.#afterCr ? LF : byte;
    }
    return lines.subarray(0, length);
  }
}

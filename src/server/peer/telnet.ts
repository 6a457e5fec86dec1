import { decode } from "../../text/bytes.ts";
import { typed } from "../../text/typed.ts";
import { graphemes } from "../../text/width.ts";

/** "Interpret as command": the first byte of every telnet sequence (RFC 854). */
const IAC = 0xff;
const SB = 0xfa;
const SE = 0xf0;
const WILL = 0xfb; // WILL, WONT, DO and DONT are followed by an option
const DONT = 0xfe;

const WINDOW_SIZE = 5; // bytes of a window size negotiation: the option, columns and rows (RFC 1073)
const CR = 13;
const LF = 10;

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

import { decode } from "../../text/bytes.ts";
import { typed } from "../../text/typed.ts";

const LF = 10;
const CR = 13;
const INTERRUPT = 3; // Ctrl-C
const END = 4; // Ctrl-D
const MOST = 32; // bytes that one key sends

const characters = new Intl.Segmenter();

/** Whether a packet is what one key sends: a character, however many bytes that has, or an escape sequence. */
export function isKey(packet: Uint8Array): boolean {
  if (packet.length > MOST || packet.includes(LF) || packet.includes(0)) return false;
  if (packet.length === 1) return true;
  const text = decode(packet);
  if (text.startsWith("\x1b")) return typed(text) === "";
  const [first] = characters.segment(text);
  return first?.segment === text;
}

/** The wish that Ctrl-C or Ctrl-D expresses, if the packet holds nothing else. */
export function wishOf(packet: Uint8Array): "interrupt" | "end" | undefined {
  if (packet.length !== 1) return undefined;
  return packet[0] === INTERRUPT ? "interrupt" : packet[0] === END ? "end" : undefined;
}

/**
 * Makes lines of input that comes key by key. Enter sends a CR, alone (a raw terminal) or followed by LF, and packets may
 * be cut anywhere. A CR that anything else follows in its packet stays as it is.
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

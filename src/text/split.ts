import { byteLength, decode, encode } from "./bytes.ts";
import { graphemes } from "./width.ts";

/** Text in which every character is one byte. */
const ASCII_TEXT = /^[\x20-\x7e]*$/;

/**
 * Cuts a line of text into pieces of at most `limit` bytes of UTF-8: at the last space of a piece if it lies in the
 * second half, else between two graphemes. The space at a cut belongs to neither piece, so joining the pieces with a
 * space (or with nothing where a word was cut) gives the text back. A grapheme larger than the limit is cut between
 * code points. `limit` is at least 4.
 */
export function splitLine(text: string, limit: number): readonly string[] {
  if (text.length * 3 <= limit || byteLength(text) <= limit) return [text];
  const pieces: string[] = [];
  let rest = text;
  while (byteLength(rest) > limit) {
    const { end, next } = cutOf(rest, limit);
    pieces.push(rest.slice(0, end));
    rest = rest.slice(next);
  }
  if (rest !== "") pieces.push(rest);
  return pieces;
}

/**
 * Cuts a line like `splitLine`, but the space at a cut stays at the end of its piece: the pieces joined are the text.
 */
export function cutLine(text: string, limit: number): readonly string[] {
  const pieces: string[] = [];
  let rest = text;
  while (rest.length * 3 > limit && byteLength(rest) > limit) {
    const { end, next } = cutOf(rest, limit - 1);
    pieces.push(rest.slice(0, Math.max(end, next)));
    rest = rest.slice(Math.max(end, next));
  }
  if (rest !== "" || pieces.length === 0) pieces.push(rest);
  return pieces;
}

/** Finds where the first piece of a text that is too long ends, and where the next begins. */
function cutOf(text: string, limit: number): { readonly end: number; readonly next: number } {
  // A few characters beyond the limit are enough to see where a grapheme ends; a long text is never scanned whole.
  const window = text.slice(0, limit + 3);
  if (ASCII_TEXT.test(window)) return cutAt(limit, window[limit] === " ", window.lastIndexOf(" ", limit - 1));
  const fits = fittingIn(window, limit);
  // Segmenting the whole window would take milliseconds: only the graphemes around a possible cut are segmented.
  const segments = graphemes.segment(window);
  const end = segments.containing(fits)?.index ?? fits;
  const isBlank = (at: number) => segments.containing(at)?.segment === " ";
  if (end === 0) return { end: fits, next: fits };
  let blank = window.lastIndexOf(" ", end - 1);
  while (blank > end / 2 && !isBlank(blank)) blank = window.lastIndexOf(" ", blank - 1);
  return cutAt(end, isBlank(end), blank);
}

/** Cuts at `end`, or at the last space before it unless that lies in the first half. */
function cutAt(end: number, isBlank: boolean, blank: number): { readonly end: number; readonly next: number } {
  if (isBlank) return { end, next: end + 1 };
  return blank > end / 2 ? { end: blank, next: blank + 1 } : { end, next: end };
}

/** How many UTF-16 units of a text fit into `limit` bytes, in whole code points. */
function fittingIn(text: string, limit: number): number {
  let bytes = 0;
  let end = 0;
  while (end < text.length) {
    const point = text.codePointAt(end) ?? 0;
    bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    if (bytes > limit) break;
    end += point < 0x10000 ? 1 : 2;
  }
  return end;
}

/** The longest prefix of the text that fits into `bytes` bytes of UTF-8 and ends between two code points. */
export function clip(text: string, bytes: number): string {
  if (text.length * 3 <= bytes) return text;
  const encoded = encode(text);
  if (encoded.length <= bytes) return text;
  let end = bytes;
  while (end > 0 && isContinuation(encoded[end])) end--;
  return decode(encoded.subarray(0, end));
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}

/**
 * Copies the text into its own memory. A slice of a string keeps the whole string alive: a nick of ten letters would
 * keep the 8 KB line it came in.
 */
export function detached(text: string): string {
  return decode(encode(text));
}

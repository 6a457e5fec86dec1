import { byteLength, decode, encode } from "./bytes.ts";

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** Text in which each byte is a character. */
const SINGLES = /^[\x20-\x7e]*$/;

/**
 * Cuts a line of text into pieces of at most `limit` bytes of UTF-8: at the last blank of a piece where there is one
 * in its second half, else between two characters as people see them. The blank at a cut belongs to neither piece, so
 * joining the pieces by a blank, or by nothing where a word was cut, gives the text again. A character larger than
 * the limit is cut at a code point. `limit` is at least 4.
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

/** Cuts a line like `splitLine`, but the blank at a cut stays at the end of its piece: joined by nothing, all is there. */
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

/** Where the first piece of a text that is too long ends, and where the next begins. */
function cutOf(text: string, limit: number): { readonly end: number; readonly next: number } {
  // A character may be long, so there is a little past the limit to look at, but never the whole of a long text.
  const window = text.slice(0, limit + 3);
  if (SINGLES.test(window)) return cutAt(limit, window[limit] === " ", window.lastIndexOf(" ", limit - 1));
  const fits = fittingIn(window, limit);
  // Segmenting all of it would take milliseconds: only the characters where it may be cut are looked at.
  const segments = graphemes.segment(window);
  const end = segments.containing(fits)?.index ?? fits;
  const isBlank = (at: number) => segments.containing(at)?.segment === " ";
  if (end === 0) return { end: fits, next: fits };
  let blank = window.lastIndexOf(" ", end - 1);
  while (blank > end / 2 && !isBlank(blank)) blank = window.lastIndexOf(" ", blank - 1);
  return cutAt(end, isBlank(end), blank);
}

/** The cut is at the end, or at the last blank before it, unless that is too early. */
function cutAt(end: number, isBlank: boolean, blank: number): { readonly end: number; readonly next: number } {
  if (isBlank) return { end, next: end + 1 };
  return blank > end / 2 ? { end: blank, next: blank + 1 } : { end, next: end };
}

/** How much of a text that is too long fits, in whole code points. */
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

/** The text's beginning, of at most so many bytes of UTF-8, never ending within a character. */
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
 * The same text in memory of its own. A piece of a string keeps all of it: a nick of ten letters the line of 8 KB in
 * which it came.
 */
export function detached(text: string): string {
  return decode(encode(text));
}

/** A nick that is taken, with a number behind it: `ann` → `ann-2`; of at most `longest` characters (0: no limit). */
export function numbered(nick: string, number: number, longest: number): string {
  const tail = `-${number}`;
  return (longest > 0 ? nick.slice(0, Math.max(1, longest - tail.length)) : nick) + tail;
}

import { decode, encode } from "./bytes.ts";

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

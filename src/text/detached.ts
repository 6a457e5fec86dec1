import { decode, encode } from "./bytes.ts";

/**
 * The same text in memory of its own. A piece of a string keeps all of it: a nick of ten letters the line of 8 KB in
 * which it came.
 */
export function detached(text: string): string {
  return decode(encode(text));
}

import { decode, encode } from "./bytes.ts";
import { withoutEscapes } from "./filter.ts";

const BACKSPACE = "\b";
const DELETE = "\x7f";
const KILL_LINE = "\x15"; // Ctrl-U
const KILL_WORD = "\x17"; // Ctrl-W
const EDITING = /[\b\x15\x17\x1b\x7f]/;
/** A code point that belongs to the character before it. */
const MARK = /^(?:\p{M}|\p{Emoji_Modifier}|\u200d)$/u;
const JOINER = "\u200d";

/**
 * Applies the editing keys in a line from a dumb terminal (Backspace, Ctrl-U, Ctrl-W), and removes escape sequences.
 * Erasing works on whole graphemes.
 */
export function typed(line: string): string {
  if (!EDITING.test(line)) return line;
  const plain = withoutEscapes(line);
  if (!EDITING.test(plain)) return plain;
  const kept: string[] = [];
  for (const character of plain) {
    if (character === BACKSPACE || character === DELETE) erase(kept);
    else if (character === KILL_LINE) kept.length = 0;
    else if (character === KILL_WORD) eraseWord(kept);
    else kept.push(character);
  }
  return kept.join("");
}

/** `typed` for bytes. A line without editing keys is returned as it is, valid UTF-8 or not. */
export function typedBytes(line: Uint8Array): Uint8Array {
  const text = decode(line);
  const left = typed(text);
  return left === text ? line : encode(left);
}

/** Removes the last grapheme: a base character with its marks, and everything joined to it. */
function erase(kept: string[]): void {
  for (let last = kept.pop(); last !== undefined; last = kept.pop()) {
    if (MARK.test(last)) continue;
    if (kept.at(-1) !== JOINER) return;
  }
}

function eraseWord(kept: string[]): void {
  while (kept.at(-1) === " ") kept.pop();
  while (kept.length > 0 && kept.at(-1) !== " ") kept.pop();
}

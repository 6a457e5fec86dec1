/** Characters that take no column: marks on the one before, format and control characters, later parts of Hangul. */
const NONE = /^[\p{Mn}\p{Me}\p{Cf}\p{Cc}\p{Cs}\p{Default_Ignorable_Code_Point}\u1160-\u11ff\ud7b0-\ud7ff]/u;

/** Characters that take two columns: emoji, and what is wide or fullwidth by East Asian Width (UAX 11). */
const TWO =
  /^(?!\p{Regional_Indicator})[\p{Emoji_Presentation}\u1100-\u115f\u2329\u232a\u2630-\u2637\u268a-\u268f\u2e80-\u303e\u3041-\u3247\u3250-\ua4c6\ua960-\ua97c\uac00-\ud7a3\uf900-\ufad9\ufe10-\ufe19\ufe30-\ufe6b\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{1b2fb}\u{1d300}-\u{1d376}\u{1f200}-\u{1f265}\u{20000}-\u{3fffd}]/u;

/** Several characters that are seen as one emoji: a flag, in colour, on a key, with a skin, or joined. */
const EMOJI =
  /^(?:\p{Regional_Indicator}.|(?![#*\d])\p{Emoji}.*\ufe0f|.*\u20e3|(?![\0-\xff])\p{Emoji}.*[\u200d\p{Emoji_Modifier}])/su;

/**
 * Columns that one character takes in a terminal: a character as people see them, of one code point or several. It is
 * what `Bun.stringWidth` answers, where there is no Bun.
 */
export function widthOfGrapheme(grapheme: string): number {
  if (grapheme.length > 1 && EMOJI.test(grapheme)) return 2;
  let width = 0;
  for (const character of grapheme) {
    if (NONE.test(character) || isSyllablePart(character.charCodeAt(0))) continue;
    width += TWO.test(character) ? 2 : 1;
  }
  return width;
}

/** Vowel signs and their like in the scripts of India, whose blocks of 128 are alike. */
function isSyllablePart(code: number): boolean {
  if (code < 0x900 || code > 0xd7f) return false;
  const at = code & 0x7f;
  return (
    at <= 0x02 || (at >= 0x3a && at <= 0x4d && at !== 0x3d) || (at >= 0x51 && at <= 0x57) || at === 0x62 || at === 0x63
  );
}

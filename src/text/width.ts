/** Segments text into graphemes: characters as people see them, of one code point or several. */
export const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** Characters that take no column: combining marks, format and control characters, medial and final parts of Hangul. */
const ZERO_WIDTH = /^[\p{Mn}\p{Me}\p{Cf}\p{Cc}\p{Cs}\p{Default_Ignorable_Code_Point}\u1160-\u11ff\ud7b0-\ud7ff]/u;

/** Characters that take two columns: emoji, and wide or fullwidth characters by East Asian Width (UAX 11). */
const DOUBLE_WIDTH =
  /^(?!\p{Regional_Indicator})[\p{Emoji_Presentation}\u1100-\u115f\u2329\u232a\u2630-\u2637\u268a-\u268f\u2e80-\u303e\u3041-\u3247\u3250-\ua4c6\ua960-\ua97c\uac00-\ud7a3\uf900-\ufad9\ufe10-\ufe19\ufe30-\ufe6b\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{1b2fb}\u{1d300}-\u{1d376}\u{1f200}-\u{1f265}\u{20000}-\u{3fffd}]/u;

/** Several code points shown as one emoji: a flag, a coloured symbol, a keycap, a skin tone, or a joined sequence. */
const EMOJI =
  /^(?:\p{Regional_Indicator}.|(?![#*\d])\p{Emoji}.*\ufe0f|.*\u20e3|(?![\0-\xff])\p{Emoji}.*[\u200d\p{Emoji_Modifier}])/su;

/** The columns that one grapheme takes in a terminal. Gives the answers of `Bun.stringWidth` where there is no Bun. */
export function widthOfGrapheme(grapheme: string): number {
  if (grapheme.length > 1 && EMOJI.test(grapheme)) return 2;
  let width = 0;
  for (const character of grapheme) {
    if (ZERO_WIDTH.test(character) || isSyllablePart(character.charCodeAt(0))) continue;
    width += DOUBLE_WIDTH.test(character) ? 2 : 1;
  }
  return width;
}

/**
 * Whether a code is a zero-width sign of an Indic script: vowel signs and the like, at the same offsets in each block
 * of 128.
 */
function isSyllablePart(code: number): boolean {
  if (code < 0x900 || code > 0xd7f) return false;
  const at = code & 0x7f;
  return (
    at <= 0x02 || (at >= 0x3a && at <= 0x4d && at !== 0x3d) || (at >= 0x51 && at <= 0x57) || at === 0x62 || at === 0x63
  );
}

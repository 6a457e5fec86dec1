const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/**
 * Cuts a line of text into pieces of at most `limit` bytes of UTF-8: at the last blank of a piece where there is one
 * in its second half, else between two characters as people see them. The blank at a cut belongs to neither piece, so
 * joining the pieces by a blank, or by nothing where a word was cut, gives the text again. A character larger than
 * the limit is cut at a code point. `limit` is at least 4.
 */
export function splitLine(text: string, limit: number): readonly string[] {
  if (text.length * 3 <= limit || Buffer.byteLength(text) <= limit) return [text];
  const pieces: string[] = [];
  let rest = text;
  while (Buffer.byteLength(rest) > limit) {
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
  while (rest.length * 3 > limit && Buffer.byteLength(rest) > limit) {
    const { end, next } = cutOf(rest, limit - 1);
    pieces.push(rest.slice(0, Math.max(end, next)));
    rest = rest.slice(Math.max(end, next));
  }
  if (rest !== "" || pieces.length === 0) pieces.push(rest);
  return pieces;
}

/** Where the first piece of a text that is too long ends, and where the next begins. */
function cutOf(text: string, limit: number): { readonly end: number; readonly next: number } {
  // A grapheme may be long, so look a little past the limit, but never segment the whole of a long text.
  const window = text.slice(0, limit + 3);
  let bytes = 0;
  let end = 0;
  let blank = 0;
  for (const { segment, index } of graphemes.segment(window)) {
    bytes += Buffer.byteLength(segment);
    if (bytes > limit) {
      if (segment === " " && end > 0) return { end, next: end + 1 };
      break;
    }
    if (segment === " ") blank = index;
    end = index + segment.length;
  }
  if (end === 0) end = codePointsOf(text, limit).length;
  return blank > end / 2 ? { end: blank, next: blank + 1 } : { end, next: end };
}

function codePointsOf(text: string, limit: number): string {
  let bytes = 0;
  let end = 0;
  for (const point of text) {
    bytes += Buffer.byteLength(point);
    if (bytes > limit) break;
    end += point.length;
  }
  return text.slice(0, end);
}

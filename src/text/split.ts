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
    const head = headOf(rest, limit);
    const blank = head.lastIndexOf(" ");
    if (rest[head.length] === " ") {
      pieces.push(head);
      rest = rest.slice(head.length + 1);
    } else if (blank > head.length / 2) {
      pieces.push(head.slice(0, blank));
      rest = rest.slice(blank + 1);
    } else {
      pieces.push(head);
      rest = rest.slice(head.length);
    }
  }
  if (rest !== "") pieces.push(rest);
  return pieces;
}

/** The longest beginning of at most `limit` bytes that ends between two characters; never empty. */
function headOf(text: string, limit: number): string {
  // A grapheme may be long, so look a little past the limit, but never segment the whole of a long text.
  const window = text.slice(0, limit + 1);
  let bytes = 0;
  let end = 0;
  for (const { segment, index } of graphemes.segment(window)) {
    bytes += Buffer.byteLength(segment);
    if (bytes > limit) break;
    end = index + segment.length;
  }
  return end > 0 ? text.slice(0, end) : codePointsOf(text, limit);
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

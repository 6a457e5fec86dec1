/**
 * What may be shown: text, and nothing that a terminal would obey or an eye could not see.
 *
 * Out go C0 (but tab), DEL, C1, the bidi embeddings, overrides and isolates, the line and paragraph separators, the
 * byte order mark and the invisible tag characters. A lone surrogate becomes U+FFFD.
 */
const UNSHOWABLE = /[\0-\x08\n-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\u{e0000}-\u{e007f}]/u;
const UNSHOWABLE_ALL = new RegExp(UNSHOWABLE.source, "gu");

/** IRC's formatting: bold, colour and its numbers, hex colour, reset, monospace, reverse, italic, strike, underline. */
const FORMATTING =
  /\x03(?:\d{1,2}(?:,\d{1,2})?)?|\x04(?:[0-9a-fA-F]{6}(?:,[0-9a-fA-F]{6})?)?|[\x02\x0f\x11\x16\x1d\x1e\x1f]/g;

/** The text as one line that is safe to show: newlines go too. */
export function showLine(text: string): string {
  if (!UNSHOWABLE.test(text) && text.isWellFormed()) return text;
  return text.toWellFormed().replace(FORMATTING, "").replace(UNSHOWABLE_ALL, "");
}

/** The text as lines that are safe to show: LF, CRLF and a lone CR's removal leave only LF between them. */
export function showText(text: string): string {
  if (!text.includes("\n")) return showLine(text);
  return text.split("\n").map(showLine).join("\n");
}

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Bytes as text; what is not UTF-8 becomes U+FFFD. */
export function decode(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

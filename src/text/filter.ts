/**
 * What may be shown: text, and nothing that a terminal would obey or an eye could not see.
 *
 * Out go C0 (but tab), DEL, C1, the line and paragraph separators, interlinear annotation, and every character that
 * Unicode has shown as nothing (Default_Ignorable_Code_Point): the bidi embeddings, overrides and isolates, blanks of
 * no width, fillers, the byte order mark, tag characters. A lone surrogate becomes U+FFFD.
 */
const UNSHOWABLE = /[\0-\x08\n-\x1f\x7f-\x9f\u2028\u2029\ufff9-\ufffb\p{Default_Ignorable_Code_Point}]/u;

/** Scripts in which ZWJ and ZWNJ decide how letters join, by their Unicode names (RFC 5892, appendix A, and UAX 31). */
const JOINING = [
  ...["Arabic", "Syriac", "Mongolian", "Nko", "Devanagari", "Bengali", "Gurmukhi", "Gujarati", "Oriya", "Tamil"],
  ...["Telugu", "Kannada", "Malayalam", "Sinhala", "Khmer", "Myanmar", "Tibetan", "Balinese", "Javanese"],
]
  .map((script) => `\\p{Script=${script}}`)
  .join("");

/** Scripts that are written from right to left, and need marks where they meet what is not. */
const RIGHT_TO_LEFT = /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u;

/**
 * What is seen by what it does to the character before it, and only there: the joiners within emoji and in scripts that
 * need them, and one variation selector behind a character that can have one (UTS 51, the Unicode standard 23.4).
 */
const NEEDED = [
  "(?<=[\\p{Extended_Pictographic}\\p{Emoji_Modifier}]\\ufe0f?)\\u200d(?=\\p{Extended_Pictographic})",
  `(?<=[${JOINING}])[\\u200c\\u200d]`,
  "(?<=\\p{Emoji})[\\ufe0e\\ufe0f]",
  "(?<=[^\\0-\\x9f\\p{Default_Ignorable_Code_Point}\\p{Z}])[\\ufe00-\\ufe0f]",
  "(?<=\\p{Script=Han})[\\u{e0100}-\\u{e01ef}]",
  "(?<=[\\u1820-\\u18aa])[\\u180b-\\u180f]",
].join("|");

const ALL = new RegExp(`(${NEEDED})|${UNSHOWABLE.source}`, "gu");
const ALL_BUT_MARKS = new RegExp(`(${NEEDED}|[\\u200e\\u200f\\u061c])|${UNSHOWABLE.source}`, "gu");

/** IRC's formatting: bold, colour and its numbers, hex colour, reset, monospace, reverse, italic, strike, underline. */
const FORMATTING =
  /\x03(?:\d{1,2}(?:,\d{1,2})?)?|\x04(?:[0-9a-fA-F]{6}(?:,[0-9a-fA-F]{6})?)?|[\x02\x0f\x11\x16\x1d\x1e\x1f]/g;

/** The text as one line that is safe to show: newlines go too. */
export function showLine(text: string): string {
  if (!UNSHOWABLE.test(text) && text.isWellFormed()) return text;
  const plain = text.toWellFormed().replace(FORMATTING, "");
  return plain.replace(RIGHT_TO_LEFT.test(plain) ? ALL_BUT_MARKS : ALL, (_, needed?: string) => needed ?? "");
}

/** The text as lines that are safe to show: LF, CRLF and a lone CR's removal leave only LF between them. */
export function showText(text: string): string {
  if (!text.includes("\n")) return showLine(text);
  return text.split("\n").map(showLine).join("\n");
}

/** The content of a string sequence, and its end. It ends where another begins, so a text is scanned once however many begin in it. */
const WHOLE = "[^\\x07\\x18\\x1a\\x1b\\x90\\x98\\x9c-\\x9f]*(?:[\\x07\\x18\\x1a\\x9c]|\\x1b\\\\)";

/**
 * An escape sequence, whole or cut off by the end of the line (ECMA-48 5.3 to 5.6): the Linux console's function keys,
 * a control sequence (CSI), a string (OSC, DCS, SOS, PM, APC) up to its end, a keypad's (SS3), and any other. A string
 * may hold newlines if it has an end; without one it ends with its line, so that what follows is not lost.
 */
const ESCAPE = new RegExp(
  [
    "\\x1b\\[\\[[A-E]",
    "(?:\\x1b\\[|\\x9b)[0-?]*[ -/]*[@-~]?",
    `\\x1b[\\]PX^_](?:${WHOLE}|[^\\n\\x1b]*)`,
    // In UTF-8 a lone one of these is more often a slip than a string: without an end it takes nothing along.
    `[\\x90\\x98\\x9d-\\x9f]${WHOLE}`,
    "\\x1bO[0-9;]*[A-Za-z]?",
    "\\x1b[ -/]*[0-~]?",
  ].join("|"),
  "g",
);

const BEGINNING = /[\x1b\x90\x98\x9b\x9d-\x9f]/;

/** The text without its escape sequences: the colours of a program's output, links, titles, what a key sends. */
export function withoutEscapes(text: string): string {
  return BEGINNING.test(text) ? text.replace(ESCAPE, "") : text;
}

const WORDS: Readonly<Record<string, string>> = {
  ENOSPC: "no space is left there",
  EDQUOT: "the quota is used up",
  EFBIG: "the file is too large",
  EIO: "it has an I/O error",
};

/** The words about output that could not be written; nothing for a closed pipe, as behind `| head`. */
export function unwritten(error: Error): string | undefined {
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  if (code === "EPIPE" || code === "ERR_STREAM_DESTROYED") return undefined;
  return `the output could not be written: ${WORDS[code] ?? error.message}`;
}

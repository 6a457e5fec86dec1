/**
 * Characters that are never shown: control characters, which a terminal would obey, and invisible characters.
 *
 * They are C0 (except tab), DEL, C1, the line and paragraph separators, interlinear annotation, and every character
 * that Unicode renders as nothing (Default_Ignorable_Code_Point): bidi embeddings, overrides and isolates, zero-width
 * spaces, fillers, the byte order mark, tag characters. A lone surrogate becomes U+FFFD.
 */
const UNSHOWABLE = /[\0-\x08\n-\x1f\x7f-\x9f\u2028\u2029\ufff9-\ufffb\p{Default_Ignorable_Code_Point}]/u;

/** Scripts in which ZWJ and ZWNJ decide how letters join, by their Unicode names (RFC 5892, appendix A, and UAX 31). */
const JOINING = [
  ...["Arabic", "Syriac", "Mongolian", "Nko", "Devanagari", "Bengali", "Gurmukhi", "Gujarati", "Oriya", "Tamil"],
  ...["Telugu", "Kannada", "Malayalam", "Sinhala", "Khmer", "Myanmar", "Tibetan", "Balinese", "Javanese"],
]
  .map((script) => `\\p{Script=${script}}`)
  .join("");

/** Scripts written from right to left. Where they meet other scripts, directional marks are needed. */
const RIGHT_TO_LEFT = /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u;

/**
 * Invisible characters that change how the character before them looks, kept only in that position: joiners within
 * emoji and in scripts that need them, and one variation selector behind a character that can have one (UTS 51, the
 * Unicode standard 23.4).
 */
const VISIBLE_IN_CONTEXT = [
  "(?<=[\\p{Extended_Pictographic}\\p{Emoji_Modifier}]\\ufe0f?)\\u200d(?=\\p{Extended_Pictographic})",
  `(?<=[${JOINING}])[\\u200c\\u200d]`,
  "(?<=\\p{Emoji})[\\ufe0e\\ufe0f]",
  "(?<=[^\\0-\\x9f\\p{Default_Ignorable_Code_Point}\\p{Z}])[\\ufe00-\\ufe0f]",
  "(?<=\\p{Script=Han})[\\u{e0100}-\\u{e01ef}]",
  "(?<=[\\u1820-\\u18aa])[\\u180b-\\u180f]",
].join("|");

const HIDDEN = new RegExp(`(${VISIBLE_IN_CONTEXT})|${UNSHOWABLE.source}`, "gu");
const HIDDEN_EXCEPT_MARKS = new RegExp(`(${VISIBLE_IN_CONTEXT}|[\\u200e\\u200f\\u061c])|${UNSHOWABLE.source}`, "gu");

/** IRC's formatting: bold, colour and its numbers, hex colour, reset, monospace, reverse, italic, strike, underline. */
const FORMATTING =
  /\x03(?:\d{1,2}(?:,\d{1,2})?)?|\x04(?:[0-9a-fA-F]{6}(?:,[0-9a-fA-F]{6})?)?|[\x02\x0f\x11\x16\x1d\x1e\x1f]/g;

/** Line breaks between words, alone or several; those at the ends of a text separate nothing. */
const BREAK = /(?<=\S)[\n\r\u2028\u2029]+(?=\S)/g;

/** The text as one line that is safe to show: a blank replaces line breaks, escape sequences are removed whole. */
export function showLine(text: string): string {
  if (!UNSHOWABLE.test(text) && text.isWellFormed()) return text;
  const plain = withoutEscapes(text.toWellFormed()).replace(FORMATTING, "").replace(BREAK, " ");
  return plain.replace(RIGHT_TO_LEFT.test(plain) ? HIDDEN_EXCEPT_MARKS : HIDDEN, (_, kept?: string) => kept ?? "");
}

/** The text as lines that are safe to show. Only LF separates them, with a CR before it or not. */
export function showText(text: string): string {
  if (!text.includes("\n")) return showLine(text);
  return text.split("\n").map(showLine).join("\n");
}

/**
 * The content of a string sequence, and its terminator. The content also ends where another sequence begins, so each
 * text is scanned once, however many sequences begin in it.
 */
const STRING_BODY = "[^\\x07\\x18\\x1a\\x1b\\x90\\x98\\x9c-\\x9f]*(?:[\\x07\\x18\\x1a\\x9c]|\\x1b\\\\)";

/**
 * An escape sequence, complete or cut off by the end of the line (ECMA-48 5.3 to 5.6): the Linux console's function
 * keys, a control sequence (CSI), a string up to its terminator (OSC, DCS, SOS, PM, APC), a keypad key (SS3), or any
 * other. A terminated string may contain newlines; an unterminated one ends with its line, so that the text after it is
 * not lost.
 */
const ESCAPE = new RegExp(
  [
    "\\x1b\\[\\[[A-E]",
    "(?:\\x1b\\[|\\x9b)[0-?]*[ -/]*[@-~]?",
    `\\x1b[\\]PX^_](?:${STRING_BODY}|[^\\n\\x1b]*)`,
    // In UTF-8 a lone one of these is more often a mistake than a string: without a terminator it removes nothing else.
    `[\\x90\\x98\\x9d-\\x9f]${STRING_BODY}`,
    "\\x1bO[0-9;]*[A-Za-z]?",
    "\\x1b[ -/]*[0-~]?",
  ].join("|"),
  "g",
);

const ESCAPE_START = /[\x1b\x90\x98\x9b\x9d-\x9f]/;

/** Removes escape sequences: colours in a program's output, links, titles, and the sequences that keys send. */
export function withoutEscapes(text: string): string {
  return ESCAPE_START.test(text) ? text.replace(ESCAPE, "") : text;
}

const ERROR_WORDS: Readonly<Record<string, string>> = {
  ENOSPC: "no space is left there",
  EDQUOT: "the quota is used up",
  EFBIG: "the file is too large",
  EIO: "it has an I/O error",
};

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/**
 * Describes output that failed: `the output could not be written: …`. `undefined` for a closed pipe, as behind `|
 * head`.
 */
export function unwritten(error: Error): string | undefined {
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  if (code === "EPIPE" || code === "ERR_STREAM_DESTROYED") return undefined;
  return `the output could not be written: ${ERROR_WORDS[code] ?? error.message}`;
}

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

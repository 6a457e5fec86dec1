import { type Span, widthOf, wrapped } from "./cells.ts";
import type { Row } from "./layout.ts";
import type { Tone } from "./theme.ts";

/** The rows of the text being typed; the cursor is marked in one of them. */
export interface InputRows {
  readonly rows: readonly Row[];
  /** The row with the cursor. */
  readonly cursor: number;
}

/** A text with its cursor, wrapped behind a prompt; of many rows those around the cursor, at most `height`. */
export function inputRows(text: string, cursor: number, prompt: string, columns: number, height: number): InputRows {
  const head = columns > widthOf(prompt) + 2 ? prompt : "";
  const indent = widthOf(head);
  const room = Math.max(1, columns - indent - 1);
  const rows: Row[] = [];
  let at = 0;
  let cursorRow = 0;
  for (const line of text.split("\n")) {
    const shown = line.replaceAll("\t", " ");
    const parts = wrapped(shown, room);
    parts.forEach(({ from, to }, i) => {
      const last = i === parts.length - 1;
      const isHere = cursor >= at + from && (cursor < at + to || (last && cursor === at + to));
      const lead = rows.length === 0 ? head : " ".repeat(indent);
      const begin: Span = { text: lead, tone: "dim" };
      if (isHere) cursorRow = rows.length;
      const words = fitting(shown.slice(from, to), room);
      rows.push(isHere ? [begin, ...withCursor(words, cursor - at - from)] : [begin, { text: words, tone: "plain" }]);
    });
    at += line.length + 1;
  }
  const first = Math.max(0, Math.min(cursorRow - Math.floor(height / 2), rows.length - height));
  return { rows: rows.slice(first, first + height), cursor: cursorRow - first };
}

function fitting(words: string, room: number): string {
  const trimmed = widthOf(words) > room ? words.replace(/ +$/, "") : words;
  return widthOf(trimmed) > room ? "?".repeat(room) : trimmed;
}

function withCursor(words: string, at: number): readonly Span[] {
  return [
    { text: words.slice(0, at), tone: "plain" },
    { text: words.slice(at), tone: "plain", cursor: true },
  ];
}

/** A row with the cursor behind it, as for a password that nobody sees. */
export function rowWithCursor(text: string, tone: Tone): Row {
  return [
    { text, tone },
    { text: "", tone: "plain", cursor: true },
  ];
}

import { widthOfGrapheme } from "../../text/width.ts";

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** The part of the line being typed that fits one row, split at the cursor. */
export interface Row {
  readonly before: string;
  readonly after: string;
}

/** What stands before the line being typed. */
export const PROMPT = "> ";

/** Takes away the row on which the line being typed stands, and whatever a narrower window made of it below. */
export const HIDE = "\r\x1b[J";

/**
 * The row for a text with its cursor in a terminal of so many columns. A longer text moves sideways by half a row, so
 * it is always one row, the cursor is always on it, and its last column stays free. Newlines are drawn as `⏎`.
 */
export function rowOf(text: string, cursor: number, columns: number): Row {
  const room = Math.max(1, columns - PROMPT.length - 1);
  const before = cellsOf(text.slice(0, cursor));
  const after = cellsOf(text.slice(cursor));
  const at = widthOf(before);
  if (at + widthOf(after) <= room) return { before: before.join(""), after: after.join("") };
  const half = Math.max(1, Math.floor(room / 2));
  const from = at <= room ? 0 : Math.floor((at - half) / half) * half;
  const head = fit(before, from, room);
  return { before: head.join(""), after: fit(after, 0, room - widthOf(head)).join("") };
}

/**
 * The row as it is written. The cursor is put in its place by being saved there, and wrapping is off meanwhile: so a
 * terminal that measures a character otherwise than we do can spoil neither the row nor those around it.
 */
export function drawRow(row: Row): string {
  return `\r\x1b[K\x1b[?7l${PROMPT}${row.before}\x1b7${row.after}\x1b8\x1b[?7h`;
}

function cellsOf(text: string): string[] {
  return Array.from(graphemes.segment(text.replaceAll("\n", "⏎").replaceAll("\t", " ")), (part) => part.segment);
}

function widthOf(cells: readonly string[]): number {
  let width = 0;
  for (const cell of cells) width += widthOfGrapheme(cell);
  return width;
}

/** The cells that begin at column `from` or behind it and end within `room` columns of it. */
function fit(cells: readonly string[], from: number, room: number): string[] {
  const shown: string[] = [];
  let column = 0;
  for (const cell of cells) {
    const next = column + widthOfGrapheme(cell);
    if (next > from + room) break;
    if (column >= from) shown.push(cell);
    column = next;
  }
  return shown;
}

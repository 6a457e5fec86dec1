import type { Span } from "./cells.ts";
import type { Row } from "./layout.ts";
import type { Theme } from "./theme.ts";

const BEGIN = "\x1b[?2026h\x1b[?25l"; // synchronized output, where the terminal knows it; no cursor meanwhile
const END = "\x1b8\x1b[?25h\x1b[?2026l";
const SAVE = "\x1b7";
const NO_LINK = "\x1b]8;;\x1b\\";

const WHOLE = "\x1b[r"; // the whole screen scrolls again
const UP = "\n"; // at the last row that scrolls
const DOWN = "\x1bM"; // at the first

/**
 * Draws frames on a terminal, and of each only the rows that have changed. Rows that have moved are scrolled to where
 * they are now, if that is shorter than writing them again: a line that is said costs 0.5 KB at 200×50 instead of 6.5 KB.
 *
 * A row is always written whole from its first column, and what must stand in a certain column is put there by its
 * number: so a terminal that measures a character otherwise than we do spoils neither other rows nor the layout. The
 * cursor is saved where it belongs while its row is written.
 */
export class Painter {
  #drawn: readonly string[] = [];

  /** What has to be written so that these rows are seen; nothing if they are already. */
  draw(rows: readonly Row[], theme: Theme): string {
    const next = rows.map((row) => painted(row, theme));
    const changes = shorter(written(this.#drawn, next), scrolled(this.#drawn, next));
    this.#drawn = next;
    return changes === "" ? "" : BEGIN + changes + END;
  }

  /** Forgets what is on the screen: the next frame is drawn whole. */
  spoil(): void {
    this.#drawn = [];
  }
}

function shorter(one: string, other: string | undefined): string {
  return other !== undefined && other.length < one.length ? other : one;
}

/** The rows that are not what they were, each in its place. */
function written(before: readonly (string | undefined)[], after: readonly string[]): string {
  let changes = "";
  after.forEach((text, i) => {
    if (text !== before[i]) changes += `\x1b[${i + 1};1H\x1b[2K${text}`;
  });
  return changes;
}

/** The same, with the rows between the first and the last that have moved scrolled first; `undefined` if none has. */
function scrolled(before: readonly string[], after: readonly string[]): string | undefined {
  const by = before.length === after.length ? moveOf(before, after) : 0;
  if (by === 0) return undefined;
  const moved = after.flatMap((text, i) => (text !== before[i] && text === before[i - by] ? [i] : []));
  const [first = 0, last = 0] = [moved[0], moved.at(-1)];
  const top = Math.min(first, first - by);
  const bottom = Math.max(last, last - by);
  const there = before.map((text, i) => {
    if (i < top || i > bottom) return text;
    return i - by < top || i - by > bottom ? undefined : before[i - by];
  });
  const at = by < 0 ? bottom : top;
  const steps = (by < 0 ? UP : DOWN).repeat(Math.abs(by));
  return `\x1b[${top + 1};${bottom + 1}r\x1b[${at + 1};1H${steps}${WHOLE}${written(there, after)}`;
}

/** By how many rows most of those that have moved are further down, below 0 up; 0 if none has. */
function moveOf(before: readonly string[], after: readonly string[]): number {
  const places = new Map<string, number>();
  before.forEach((text, i) => void places.set(text, places.has(text) ? -1 : i));
  const votes = new Map<number, number>();
  let [by, most] = [0, 0];
  after.forEach((text, i) => {
    const was = places.get(text) ?? -1;
    if (was < 0 || was === i) return;
    const count = (votes.get(i - was) ?? 0) + 1;
    votes.set(i - was, count);
    if (count > most) [by, most] = [i - was, count];
  });
  return by;
}

/** A row as it is written. */
export function painted(row: Row, theme: Theme): string {
  let text = "";
  for (const span of row) {
    if (span.column !== undefined && span.column > 0) text += `\x1b[${span.column + 1}G`;
    if (span.cursor) text += SAVE;
    text += spanText(span, theme);
  }
  return text;
}

function spanText({ text, tone, link }: Span, theme: Theme): string {
  if (text === "") return "";
  const code = theme[tone];
  const linked = link === undefined ? text : `\x1b]8;;${link}\x1b\\${text}${NO_LINK}`;
  return code === "" ? linked : `\x1b[${code}m${linked}\x1b[0m`;
}

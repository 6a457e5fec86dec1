import type { Span } from "./cells.ts";
import type { Row } from "./layout.ts";
import type { Theme } from "./theme.ts";

const BEGIN = "\x1b[?2026h\x1b[?25l"; // synchronized output, where the terminal knows it; no cursor meanwhile
const END = "\x1b8\x1b[?25h\x1b[?2026l";
const SAVE = "\x1b7";
const NO_LINK = "\x1b]8;;\x1b\\";

/**
 * Draws frames on a terminal, and of each only the rows that have changed.
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
    let changes = "";
    next.forEach((text, i) => {
      if (text !== this.#drawn[i]) changes += `\x1b[${i + 1};1H\x1b[2K${text}`;
    });
    this.#drawn = next;
    return changes === "" ? "" : BEGIN + changes + END;
  }

  /** Forgets what is on the screen: the next frame is drawn whole. */
  spoil(): void {
    this.#drawn = [];
  }
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

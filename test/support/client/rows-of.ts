/** The rows of a terminal as text. */

import type { Terminal } from "@xterm/headless";

/** The visible rows, without trailing spaces and trailing empty rows; `|` is the cursor. */
export function rowsOf(terminal: Terminal): string[] {
  const { active } = terminal.buffer;
  const rows = Array.from({ length: terminal.rows }, (_, y) => {
    const line = active.getLine(active.baseY + y);
    if (y !== active.cursorY) return line?.translateToString(true) ?? "";
    const head = line?.translateToString(false, 0, active.cursorX) ?? "";
    return `${head}|${line?.translateToString(true, active.cursorX) ?? ""}`;
  });
  while (rows.at(-1) === "") rows.pop();
  return rows;
}

import type { Terminal } from "@xterm/headless";

/** The rows of a terminal as they are seen, blanks at their ends and empty rows at the end left out; `|` is the cursor. */
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

/** The rows of a terminal as text. */

import type { Terminal } from "@xterm/headless";
import type { Condition } from "../patience.ts";

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

/** Resolves to the rows as soon as they satisfy `seen`; `drawn` tells of changes. Throws an `Error` with the rows if they never do. */
export async function seenOn(
  terminal: Terminal,
  drawn: Condition,
  seen: (rows: readonly string[]) => boolean,
): Promise<readonly string[]> {
  let rows: readonly string[] = [];
  const look = () => {
    rows = rowsOf(terminal);
    return seen(rows);
  };
  if (await drawn.until(look)) return rows;
  throw new Error(`The screen does not show what the test waits for:\n${rows.join("\n")}`);
}

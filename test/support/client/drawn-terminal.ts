/** A terminal in memory, whose rows a test reads and waits for. */

import { Terminal } from "@xterm/headless";
import { Condition } from "../patience.ts";

/** A terminal that a program draws on. */
export class DrawnTerminal {
  readonly terminal: Terminal;
  readonly #drawn = new Condition();

  constructor(columns: number, rows: number) {
    this.terminal = new Terminal({ cols: columns, rows, allowProposedApi: true });
  }

  /** Takes the program's output; calls `taken` when it is drawn. */
  draw(output: string | Uint8Array, taken?: () => void): void {
    this.terminal.write(output, () => {
      taken?.();
      this.#drawn.notify();
    });
  }

  /** The visible rows, without trailing spaces and trailing empty rows; `|` is the cursor. */
  rows(): string[] {
    const { active } = this.terminal.buffer;
    const rows = Array.from({ length: this.terminal.rows }, (_, y) => {
      const line = active.getLine(active.baseY + y);
      if (y !== active.cursorY) return line?.translateToString(true) ?? "";
      const head = line?.translateToString(false, 0, active.cursorX) ?? "";
      return `${head}|${line?.translateToString(true, active.cursorX) ?? ""}`;
    });
    while (rows.at(-1) === "") rows.pop();
    return rows;
  }

  /** Resolves to the rows as soon as they satisfy `seen`. Throws an `Error` with the rows if they never do. */
  async until(seen: (rows: readonly string[]) => boolean): Promise<readonly string[]> {
    let rows: readonly string[] = [];
    const look = () => {
      rows = this.rows();
      return seen(rows);
    };
    if (await this.#drawn.until(look)) return rows;
    throw new Error(`The screen does not show what the test waits for:\n${rows.join("\n")}`);
  }

  /** Resolves when a row contains this text. */
  sees(text: string): Promise<readonly string[]> {
    return this.until((rows) => rows.some((row) => row.includes(text)));
  }

  /** Resolves when no row contains this text. */
  loses(text: string): Promise<readonly string[]> {
    return this.until((rows) => !rows.some((row) => row.includes(text)));
  }
}

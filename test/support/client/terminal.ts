/** A program on a real pseudo-terminal, whose screen can be read. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DrawnTerminal } from "./drawn-terminal.ts";

const home = mkdtempSync(join(tmpdir(), "tcpchat-home-"));
process.on("exit", () => rmSync(home, { recursive: true, force: true }));

/** A program on a pseudo-terminal. */
export class Screen extends DrawnTerminal {
  readonly program: Bun.Subprocess;
  #raw = "";

  constructor(command: readonly string[], columns: number, rows: number, env: Readonly<Record<string, string>> = {}) {
    super(columns, rows);
    this.program = Bun.spawn([...command], {
      env: { PATH: process.env.PATH ?? "", TERM: "xterm-256color", HOME: home, ...env },
      terminal: {
        cols: columns,
        rows,
        data: (_, bytes) => {
          this.#raw += Buffer.from(bytes).toString();
          this.draw(bytes);
        },
      },
    });
  }

  /** All output of the program. */
  get written(): string {
    return this.#raw;
  }

  type(text: string): void {
    this.program.terminal?.write(text);
  }

  resize(columns: number, rows: number): void {
    this.terminal.resize(columns, rows);
    this.program.terminal?.resize(columns, rows);
  }

  /** Resolves when this room or conversation is on the page. */
  isIn(place: string): Promise<readonly string[]> {
    return this.until(([title = ""]) => title === ` ${place}` || title.startsWith(` ${place} `));
  }

  /** Kills the program with SIGKILL. */
  async killed(): Promise<void> {
    this.program.kill("SIGKILL");
    await this.program.exited;
  }

  /** Resolves when a row has this text. */
  row(text: string): Promise<readonly string[]> {
    return this.until((rows) => rows.some((row) => row.replace(/^\[\d\d:\d\d\] /, "") === text));
  }
}

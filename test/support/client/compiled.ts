/** The compiled client on terminals of its own, ended after each test. */

import { afterEach } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { binary } from "../binary.ts";
import { Screen } from "./terminal.ts";

interface Start {
  readonly columns?: number;
  readonly rows?: number;
  /** The home folder: a client that starts again has that of its last run. */
  readonly home?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts compiled clients for the tests of one file, at whose top level this is called. */
export function compiledClients() {
  const cleanups: (() => void)[] = [];
  afterEach(() => {
    for (const clean of cleanups.splice(0).toReversed()) clean();
  });
  /** A new folder, deleted after the test. */
  const folder = (): string => {
    const path = mkdtempSync(join(tmpdir(), "tcpchat-compiled-"));
    cleanups.push(() => rmSync(path, { recursive: true, force: true }));
    return path;
  };
  return {
    folder,
    /** Runs `tcpchat client 127.0.0.1:PORT` with more arguments. */
    async open(port: number, args: readonly string[], start: Start = {}): Promise<Screen> {
      const { columns = 100, rows = 24, home = folder(), env } = start;
      const command = [await binary(), "client", `127.0.0.1:${port}`, ...args];
      const screen = new Screen(command, columns, rows, { HOME: home, ...env });
      cleanups.push(() => screen.program.kill("SIGKILL"));
      return screen;
    },
  };
}

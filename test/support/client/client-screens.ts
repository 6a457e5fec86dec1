/** Clients on terminals of their own against scripted servers, ended after each test. */
import { afterEach } from "bun:test";
import { irc, type Served, serve } from "./scripted-server.ts";
import { Screen } from "./terminal.ts";

/** Starts servers and opens clients for the tests of one file, at whose top level this is called. */
export function clientScreens() {
  const cleanups: (() => void)[] = [];
  afterEach(() => {
    for (const clean of cleanups.splice(0)) clean();
  });
  return {
    started(answer = irc()): Served {
      const server = serve(answer);
      cleanups.push(() => server.stop());
      return server;
    },
    open(port: number, columns = 40, flags: string[] = [], env: Record<string, string> = {}, rows = 12): Screen {
      const command = [process.execPath, `${import.meta.dir}/entry.ts`, "127.0.0.1", String(port), "ann", ...flags];
      const screen = new Screen(command, columns, rows, env);
      cleanups.push(() => screen.program.kill());
      return screen;
    },
  };
}

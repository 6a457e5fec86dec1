import { afterEach, expect, test } from "bun:test";
import { irc, type Served, serve } from "../../support/client/scripted-server.ts";
import { Screen } from "../../support/client/terminal.ts";

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const clean of cleanups.splice(0)) clean();
});

function started(answer = irc()): Served {
  const server = serve(answer);
  cleanups.push(() => server.stop());
  return server;
}

function open(port: number, columns = 40, flags: string[] = [], env: Record<string, string> = {}): Screen {
  const entry = `${import.meta.dir}/../../support/client/entry.ts`;
  const screen = new Screen([process.execPath, entry, "127.0.0.1", String(port), "ann", ...flags], columns, 12, env);
  cleanups.push(() => screen.program.kill());
  return screen;
}

test.each<[string, string[], Record<string, string>]>([
  ["--linear", ["linear"], { NO_COLOR: "1" }],
  ["TERM=dumb", [], { TERM: "dumb" }],
])("with %s only lines are written", async (_, flags, env) => {
  const server = started();
  const screen = open(server.port, 40, flags, env);
  await screen.row("-- In #lobby: ann");
  screen.type("hi\n");
  await screen.row("<ann> hi");
  screen.type("\x04");
  expect(await screen.program.exited).toBe(0);
  expect(screen.written).not.toContain("\x1b");
});

import { expect, test } from "bun:test";
import { clientScreens } from "../../support/client/client-screens.ts";

const { started, open } = clientScreens();

test.each<[string, string[], Record<string, string>]>([
  ["--linear", ["linear"], { NO_COLOR: "1" }],
  ["TERM=dumb", [], { TERM: "dumb" }],
])("with %s only lines are written", async (_, flags, env) => {
  const server = started();
  const screen = open(server.port, 40, flags, env);
  await screen.row("-- In #lobby: ann");
  screen.type("hi\n");
  screen.type("\x04");
  expect(await screen.program.exited).toBe(0);
  expect(screen.written).not.toContain("\x1b");
  // The terminal has echoed what was typed, so that it is not said once more.
  expect(screen.written.match(/\bhi\b/g)).toEqual(["hi"]);
});

import { expect, test } from "bun:test";
import { COMMANDS } from "../../../src/irc/commands/table.ts";
import { rule } from "../../support/transcript.ts";

// "Indicates that the command isn't known by the server", and "commands are case-insensitive".
rule(
  "an unknown command is named in the answer; commands may be in lower case",
  `
    ann: irc
    ann> NOSUCH a b
    ann< :chat.test 421 ann NOSUCH :Unknown command
    ann> PASSsesame
    ann< :chat.test 421 ann * :Unknown command
    ann> operroot sesame
    ann< :chat.test 421 ann * :Unknown command
    ann> NOSUCH sesame
    ann< :chat.test 421 ann NOSUCH :Unknown command
    ann> ping x
    ann< :chat.test PONG chat.test x
    ann> :somebody PING y
    ann< :chat.test PONG chat.test y
  `,
);

test("every row of the table is fit for HELP", () => {
  for (const [name, { help, minParams, usage, maxTargets }] of COMMANDS) {
    expect(name).toMatch(/^[A-Z]+$/);
    expect(help).toMatch(/^[A-Z].*\.$/);
    expect(minParams === 0 || usage !== "").toBe(true);
    expect(maxTargets ?? 0).toBeGreaterThanOrEqual(0);
  }
});

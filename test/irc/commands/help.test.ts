import { expect, test } from "bun:test";
import { COMMANDS } from "../../../src/irc/commands/table.ts";
import { startChat } from "../../harness.ts";
import { Wire } from "../../socket.ts";

// "The <subject> MUST be the one requested by the client, but may be casefolded; unless it would be an invalid parameter,
// in which case it MUST be *." "Note that the final line MUST be a RPL_ENDOFHELP numeric." (Modern IRC, RPL_HELPTXT)
test("HELP knows every command", async () => {
  await using chat = startChat();
  const wire = await Wire.open(chat.port);
  wire.send("NICK ann\r\nUSER ann 0 * :Ann\r\n");
  await wire.until(/ 422 /);
  for (const [name, { help }] of COMMANDS) {
    wire.send(`HELP ${name.toLowerCase()}\r\n`);
    const lines = await wire.until(/ 706 /);
    expect(lines).toContain(`:chat.test 705 ann ${name.toLowerCase()} :${help}`);
  }
  wire.send("HELP\r\nHELP nonsense\r\nHELP :no such thing\r\n");
  const list = (await wire.until(/ 706 /)).join("\n");
  for (const name of COMMANDS.keys()) expect(list).toContain(name);
  expect(await wire.next()).toBe(":chat.test 524 ann nonsense :No help available on this topic");
  expect(await wire.next()).toBe(":chat.test 524 ann * :No help available on this topic");
  wire.close();
});

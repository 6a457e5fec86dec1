import { afterEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { binary, Program } from "../support/binary.ts";
import { Screen } from "../support/client/terminal.ts";

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const clean of cleanups.splice(0)) clean();
});

test("the compiled client draws the full screen, sends a message, and restores the terminal", async () => {
  await using server = await Program.server();
  const screen = new Screen([await binary(), "client", `127.0.0.1:${server.port}`, "--nick", "ann"], 80, 14);
  cleanups.push(() => screen.program.kill());
  await screen.sees("In #lobby: ann");
  screen.type("hello\r");
  await screen.until((rows) => rows.some((row) => row.endsWith("ann │ hello")));
  await server.prints(/<ann> hello/);
  screen.type("\x04");
  expect(await screen.program.exited).toBe(0);
  await screen.until(() => screen.terminal.buffer.active.type === "normal");
});

test("two compiled clients: typing, a correction, a reaction, a reply, and a message that is taken back", async () => {
  await using server = await Program.server();
  const at = `127.0.0.1:${server.port}`;
  const enter = async (nick: string): Promise<Screen> => {
    const screen = new Screen([await binary(), "client", at, "--nick", nick, "--room", "tea"], 80, 20);
    cleanups.push(() => screen.program.kill());
    await screen.sees("In #tea: ");
    return screen;
  };
  const [ann, bob] = [await enter("ann"), await enter("bob")];
  bob.type("teh plan");
  await ann.sees("bob is typing…");
  bob.type("\r");
  await ann.sees("bob │ teh plan");
  // Once bob has ann's line, the server has confirmed his.
  ann.type("hm\r");
  await bob.sees("ann │ hm");
  bob.type("s/teh/the/\r");
  await ann.sees("teh plan (corrected)");
  await ann.sees("✎ the plan");
  ann.type("\x1b[1;3A");
  await ann.sees("r reply · e react");
  ann.type("e1");
  await bob.sees("👍 1");
  ann.type("\x1b[1;3Ar");
  await ann.sees("Enter sends a reply to bob: the plan");
  ann.type("agreed\r");
  await bob.sees("↪ bob: the plan");
  bob.type("/undo\r");
  await ann.sees("bob took back a message");
  const rows = await ann.sees("↪ a message that was taken back");
  expect(rows.join("\n")).not.toContain("the plan");
  expect(ann.written).toContain("\x1b]2;#tea - tcpchat\x1b\\");
  ann.type("/quit\r");
  expect(await ann.program.exited).toBe(0);
  await ann.until(() => ann.written.includes("\x1b[23;2t"));
});

test("send continues after the server is killed and restarted, and every line is stored once", async () => {
  const data = mkdtempSync(join(tmpdir(), "tcpchat-data-"));
  cleanups.push(() => rmSync(data, { recursive: true, force: true }));
  const lines = Array.from({ length: 30 }, (_, i) => `line ${i}`);
  await using first = await Program.server(["--data", data]);
  const at = `127.0.0.1:${first.port}`;
  await using sender = Program.run([await binary(), "send", "--server", at, "build", "--each-line"]);
  await sender.type(`${lines.slice(0, 10).join("\n")}\n`);
  await using watcher = Program.run([await binary(), "tail", "--server", at, "--lines", "100", "--nick", "w", "build"]);
  await watcher.prints(/line 4\n/);
  first.process.kill("SIGKILL");
  await first.process.exited;
  await sender.type(`${lines.slice(10).join("\n")}\n`);
  await sender.endInput();
  await using _second = await Program.server(["--data", data, "--port", String(first.port)]);
  expect(await sender.exit()).toBe(0);
  await watcher.prints(/line 29\n/);
  expect(Array.from(watcher.stdout.matchAll(/line \d+/g), ([line]) => line)).toEqual(lines);
});

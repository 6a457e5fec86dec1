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
  await screen.until((rows) => rows.some((row) => row.includes("In #lobby: ann")));
  screen.type("hello\r");
  await screen.until((rows) => rows.some((row) => row.endsWith("ann │ hello")));
  await server.prints(/<ann> hello/);
  screen.type("\x04");
  expect(await screen.program.exited).toBe(0);
  await screen.until(() => screen.terminal.buffer.active.type === "normal");
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

import { afterEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startChat } from "../support/chat-server.ts";
import { Cutter } from "../support/client/cutter.ts";
import { Screen } from "../support/client/terminal.ts";
import { eventually } from "../support/patience.ts";

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const clean of cleanups.splice(0).reverse()) clean();
});

const state = mkdtempSync(join(tmpdir(), "tcpchat-state-"));

/** The full-screen client as ann in #lobby, with its state in the test's folder. */
async function inLobby(port: number): Promise<Screen> {
  const command = [process.execPath, `${import.meta.dir}/../support/client/entry.ts`, "127.0.0.1", String(port), "ann"];
  const screen = new Screen(command, 80, 14, { XDG_STATE_HOME: state });
  cleanups.push(() => screen.program.kill());
  await screen.sees("#lobby (");
  return screen;
}

/** Resolves when a file in the state folder contains this text. Fails if none does. */
async function saved(text: string): Promise<void> {
  const isSaved = async (): Promise<boolean> => {
    for await (const name of new Bun.Glob("**/*.json").scan(state)) {
      const content = await Bun.file(join(state, name))
        .text()
        .catch(() => "");
      if (content.includes(text)) return true;
    }
    return false;
  };
  await eventually(isSaved, () => `${text} is not saved`);
}

test("an unconfirmed message and a draft survive a killed client, and the message is stored once", async () => {
  cleanups.push(() => rmSync(state, { recursive: true, force: true }));
  await using chat = await startChat();
  let isBroken = false;
  const cutter = new Cutter(chat.port, () => (isBroken ? 0 : undefined));
  cleanups.push(() => cutter.stop());
  const first = await inLobby(cutter.port);
  isBroken = true;
  cutter.begin();
  first.type("never lost\r");
  await first.sees("never lost (");
  first.type("half a thought");
  await saved("half a thought");
  first.program.kill("SIGKILL");
  await first.program.exited;
  isBroken = false;
  cutter.begin();
  const second = await inLobby(cutter.port);
  const rows = await second.until((all) => all.some((row) => row.endsWith("│ never lost")));
  expect(rows.at(-1)).toBe("> half a thought|");
  expect(rows.filter((row) => row.includes("never lost")).length).toBe(1);
});

test("a typed password is never on disk, and not in the input history", async () => {
  cleanups.push(() => rmSync(state, { recursive: true, force: true }));
  await using chat = await startChat();
  let isBroken = false;
  const cutter = new Cutter(chat.port, () => (isBroken ? 0 : undefined));
  cleanups.push(() => cutter.stop());
  const screen = await inLobby(cutter.port);
  screen.type("/register hunter2hunter2\r");
  await screen.sees("ann is yours now");
  await saved('"tokenId"'); // the saved login
  screen.type("/logout\r");
  await screen.sees("forgotten");
  isBroken = true;
  cutter.begin();
  screen.type("/msg NickServ IDENTIFY hunter2hunter2\r");
  screen.type("never lost\r");
  await saved("never lost");
  screen.type("\x1b[A".repeat(6));
  await screen.until((rows) => rows.at(-1) === "> /logout|");
  screen.type("\x15/login ann hunter2hunter2");
  await screen.until((rows) => rows.at(-1)?.endsWith("hunter2|") === true);
  screen.program.kill("SIGTERM");
  await screen.program.exited;
  for await (const name of new Bun.Glob("**/*").scan({ cwd: state, dot: true })) {
    expect([name, await Bun.file(join(state, name)).text()]).toEqual([name, expect.not.stringContaining("hunter2")]);
  }
});

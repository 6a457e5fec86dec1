import { expect, test } from "bun:test";
import { join } from "node:path";
import { createContext, runInContext } from "node:vm";
import { Drafts } from "../../src/client/input/editor.ts";
import type { runFull } from "../../src/client/ui/fullscreen.ts";
import { THEMES } from "../../src/client/ui/theme.ts";
import { randomHex } from "../../src/text/bytes.ts";
import { startChat } from "../support/chat-server.ts";
import { MemorySession } from "../support/client/memory-session.ts";
import { ScreenFixture } from "../support/client/screen-fixture.ts";
import { inProcess } from "../support/in-process.ts";

/** Loads a bundled file into a context with only the browser globals that the core may use; returns its exports. */
async function inPage<T>(file: string): Promise<T> {
  const [bundle] = (await Bun.build({ entrypoints: [file], target: "browser", format: "cjs" })).outputs;
  const module: { exports: unknown } = { exports: {} };
  const page = createContext({ module, exports: module.exports, TextEncoder, TextDecoder, crypto, btoa });
  expect(runInContext("typeof Bun + typeof Buffer + typeof process + typeof setTimeout", page)).toBe(
    "undefined".repeat(4),
  );
  runInContext((await bundle?.text()) ?? "", page);
  return module.exports as T;
}

/** A short conversation on a fixture, as its screen shows it. */
function conversation(fixture: ScreenFixture): string[] {
  fixture.server(
    ":bob!b@h PRIVMSG #lobby :hello ann, 안녕",
    "@time=2026-11-27T10:00:00.000Z :bob!b@h TOPIC #lobby :Tea",
  );
  fixture.keys("a long walk 👍🏽", "\r", "/me wa");
  return fixture.draw(70, 12);
}

test("model, commands, view and frame run without Bun and Node", async () => {
  const theirs = await inPage<{ ScreenFixture: typeof ScreenFixture }>(
    join(import.meta.dir, "../support/client/screen-fixture.ts"),
  );
  const seen = conversation(new theirs.ScreenFixture());
  expect(seen).toEqual(conversation(new ScreenFixture()));
  expect(seen.join("\n")).toContain("hello ann, 안녕");
});

test("the full-screen client runs without Bun and Node", async () => {
  await using chat = startChat();
  const connect = inProcess(chat.accept);
  const session = new MemorySession(connect);
  const theirs = await inPage<{ runFull: typeof runFull }>(join(import.meta.dir, "../../src/client/ui/fullscreen.ts"));
  const nobody = { account: undefined, password: undefined, serverPassword: undefined, isSavedLogin: false };
  const history = { type: "lines", count: 10 } as const;
  const identity = { nick: "ann", rooms: ["#lobby"], ...nobody, newId: () => randomHex(16), history };
  const { proc } = session;
  const server = proc.server({ host: "chat.test", port: 9000 }, undefined);
  const ended = theirs.runFull(
    [
      {
        name: "chat.test",
        setup: { server, identity, clock: proc.clock, strict: false },
        drafts: new Drafts(new Map(), proc.clock, () => {}),
      },
    ],
    { theme: THEMES.dark, mouse: false, notifications: false, typing: true },
    proc,
  );
  await session.sees("In #lobby: ann");
  session.type("안녕 from a page\r");
  await session.sees("ann │ 안녕 from a page");
  session.type("/quit\r");
  expect((await ended).code).toBe(0);
});

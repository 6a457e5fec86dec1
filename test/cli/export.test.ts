import { expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SqliteStore } from "../../src/store/sqlite.ts";
import { startChat, type TestChat } from "../support/chat-server.ts";
import { WireClient } from "../support/socket.ts";

/** A chat on a data folder of its own. */
function startStored(): TestChat & { readonly folder: string } {
  const folder = mkdtempSync(join(tmpdir(), "tcpchat-"));
  const chat = startChat({}, Date.now, (watch) => new SqliteStore(join(folder, "chat.db"), "normal", watch));
  const stop = chat[Symbol.asyncDispose].bind(chat);
  return Object.assign(chat, {
    folder,
    async [Symbol.asyncDispose]() {
      await stop();
      rmSync(folder, { recursive: true });
    },
  });
}

async function run(...args: readonly string[]) {
  const main = `${import.meta.dir}/../../src/main.ts`;
  const program = Bun.spawn([process.execPath, main, ...args], {
    stdout: "pipe",
    stderr: "pipe",
    env: { PATH: process.env.PATH, HOME: "/nonexistent", USER: "op" },
  });
  const [out, err, code] = await Promise.all([program.stdout.text(), program.stderr.text(), program.exited]);
  return { out, err, code };
}

test("a room is exported beside the running server, with the same lines as tail prints", async () => {
  await using chat = startStored();
  const ann = await WireClient.open(chat.port);
  ann.send("CAP REQ :message-tags echo-message\r\nCAP END\r\nNICK ann\r\nUSER a 0 * :A\r\nREGISTER * * secret\r\n");
  await ann.until(/ 900 /);
  ann.send("JOIN #Dev\r\nPRIVMSG #dev :one\r\n");
  const msgid = /msgid=([^;\s]+)/.exec((await ann.until(/PRIVMSG #\S+ :one/)).at(-1) ?? "")?.[1] ?? "";
  ann.send(`@+draft/reply=${msgid} PRIVMSG #dev :two\r\n@+draft/reply=${msgid};+draft/react=👍 TAGMSG #dev\r\n`);
  ann.send(
    "PRIVMSG #dev :\x01ACTION waves\x01\r\nNOTICE #dev :psst\r\nPRIVMSG #dev :\x01VERSION\x01\r\nPRIVMSG #other :no\r\n",
  );
  ann.send("PRIVMSG #dev :gone\r\n");
  const gone = /msgid=([^;\s]+)/.exec((await ann.until(/PRIVMSG #\S+ :gone/)).at(-1) ?? "")?.[1] ?? "";
  ann.send(`CAP REQ draft/message-redaction\r\nREDACT #dev ${gone}\r\nPING end\r\n`);
  await ann.until(/PONG/);
  const at = ["--server", `127.0.0.1:${chat.port}`];
  const data = ["--data", chat.folder];
  for (const form of [["--json"], []]) {
    const [tailed, exported] = [
      await run("tail", "dev", ...at, "--no-follow", ...form),
      await run("export", "dev", ...data, ...form),
    ];
    expect(exported).toEqual(tailed);
    expect(exported.out.trimEnd().split("\n")).toHaveLength(5);
  }
  expect((await run("export", "#dev", ...data, "--text", "--since", msgid)).out).not.toContain("> one");
  expect((await run("export", "#dev", ...data, "--since", "1h")).out).toContain("> one");
  ann.close();
});

test("a long history comes whole and in order, whether its messages are indexed or not", async () => {
  await using chat = startStored();
  const ann = await WireClient.open(chat.port);
  ann.send("NICK ann\r\nUSER a 0 * :A\r\nJOIN #dev\r\nJOIN #x\r\n");
  await ann.until(/ 366 ann #x /);
  for (let n = 0; n < 6000; n++) ann.send(`PRIVMSG ${n % 3 === 0 ? "#x" : "#dev"} :${n}\r\n`);
  ann.send("PING end\r\n");
  await ann.until(/PONG/);
  const { out, code, err } = await run("export", "dev", "--json", "--data", chat.folder);
  const texts = out
    .trimEnd()
    .split("\n")
    .map((line) => Number(JSON.parse(line).text));
  expect([code, err, texts.length]).toEqual([0, "", 4000]);
  expect(texts).toEqual(Array.from({ length: 6000 }, (_, n) => n).filter((n) => n % 3 !== 0));
  ann.close();
});

test("mistakes are reported with a hint", async () => {
  await using chat = startStored();
  const ann = await WireClient.open(chat.port);
  ann.send("NICK ann\r\nUSER a 0 * :A\r\nJOIN #build\r\nPRIVMSG #build :hi\r\nPING end\r\n");
  await ann.until(/PONG/);
  const data = ["--data", chat.folder];
  const rows: readonly (readonly [readonly string[], number, string])[] = [
    [["export"], 2, "which room?"],
    [["export", "build", "--json", "--text", ...data], 2, "exclude each other"],
    [["export", "build", "--since", "5x", ...data], 2, "neither the id of a message nor a duration"],
    [["export", "biuld", ...data], 1, "did you mean #build?"],
    [["export", "build", "--since", "other-1", ...data], 1, "no message of this server has the id other-1"],
    [["export", "build", "--data", "/nonexistent"], 1, "There is no database in /nonexistent"],
  ];
  for (const [args, code, words] of rows)
    expect(await run(...args)).toEqual({ out: "", err: expect.stringContaining(words), code });
  ann.close();
});

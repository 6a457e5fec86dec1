import { expect, test } from "bun:test";
import { join } from "node:path";
import { version } from "../../../package.json";
import { binary, Program } from "../../support/binary.ts";
import { compiledClients } from "../../support/client/compiled.ts";
import { irc, serve } from "../../support/client/scripted-server.ts";

const { folder, open } = compiledClients();

/** Runs `tcpchat` to its end: the exit code, its output and its complaints. */
async function tcpchat(...args: readonly string[]): Promise<readonly [code: number, out: string, err: string]> {
  await using program = Program.run([await binary(), ...args]);
  await program.endInput();
  return [await program.exit(), program.stdout, program.stderr];
}

test("send and tail come and go unseen, a listener is marked in /who, and links and sockets are addresses", async () => {
  const path = join(folder(), "chat.sock");
  const config = join(folder(), "server.toml");
  await Bun.write(config, `[server]\nlisten = ["127.0.0.1:0", "unix:${path}"]\n`);
  await using server = Program.run([await binary(), "server", "--ephemeral", "--config", config]);
  await server.prints(/running on port \d+/);
  const port = Number(/port (\d+)/.exec(server.stdout)?.[1]);
  const at = `127.0.0.1:${port}`;
  const ann = await open(port, ["--nick", "ann", "--room", "build"], { columns: 110 });
  await ann.sees("In #build: ann");
  expect(await tcpchat("tail", "--server", at, "nosuch", "--no-follow")).toEqual([
    0,
    "",
    expect.stringContaining("nothing was ever said"),
  ]);
  expect(await tcpchat("send", "--server", at, "build", "\x1b[31mred\x1b[0m alert")).toEqual([0, "", ""]);
  await ann.until((rows) => rows.some((row) => row.endsWith("tester │ red alert")));
  expect(await tcpchat("send", "--server", `unix:${path}`, "build", "by the socket")).toEqual([0, "", ""]);
  await ann.sees("tester │ by the socket");
  await using tail = Program.run([await binary(), "tail", `irc://${at}/build`, "--lines", "1", "--nick", "listener"]);
  await tail.prints(/by the socket/);
  ann.type("/who\r");
  const rows = await ann.sees("listener (");
  expect(rows.join("\n")).not.toMatch(/(?:tester|listener) (?:joined|left|came and went|quit)/);
  expect(await tcpchat("-v")).toEqual([0, `tcpchat ${version}\n`, ""]);
  expect(await tcpchat("version")).toEqual([0, `tcpchat ${version}\n`, ""]);
});

test("send fails where nothing confirms a message", async () => {
  const silent = serve(irc(""));
  try {
    const [code, , err] = await tcpchat("send", "--server", `127.0.0.1:${silent.port}`, "build", "hello");
    expect([code, err]).toEqual([1, expect.stringContaining("confirm")]);
  } finally {
    silent.stop();
  }
});

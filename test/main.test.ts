import { describe, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { version } from "../package.json";
import { binary, nowhere, Program } from "./support/binary.ts";

/** Runs the binary to its end. */
async function run(args: readonly string[], env: Readonly<Record<string, string>> = {}, cwd?: string) {
  await using program = Program.run([await binary(), ...args], env, cwd);
  await program.endInput();
  const code = await program.exit();
  return { code, stdout: program.stdout, stderr: program.stderr };
}

describe("wrong usage gives an error of one to three lines, and the right exit code", () => {
  const rows: readonly [args: string, code: number, words: RegExp][] = [
    ["server --prot 7000", 2, /no flag --prot; did you mean --port\?/],
    ["server --nick ann", 2, /no flag --nick.*tcpchat client/],
    ["server --port seven", 2, /"seven" is not a port/],
    ["server --port", 2, /--port takes a value/],
    ["server --port -1", 2, /--port takes a value; one that begins with - is written --port=VALUE/],
    ["tail dev --since -5m", 2, /--since takes a value; one that begins with - is written --since=VALUE/],
    ["server --port 70000", 2, /from 0 to 65535/],
    ["server extra", 2, /"extra" is one argument too many/],
    ["server --data /x --ephemeral", 2, /exclude each other/],
    ["server --config /does/not/exist.toml", 2, /cannot be read/],
    ["server --host 203.0.113.1 --port 0 --ephemeral", 1, /no such address/],
    ["sevrer", 2, /did you mean server\?/],
    ["client 127.0.0.1:1", 3, /127\.0\.0\.1:1/],
    ["client 127.0.0.1:99999", 2, /"99999" is not a port for a server: a port is a number from 1 to 65535/],
    ["client no.such.host.invalid", 3, /no\.such\.host\.invalid/],
  ];
  for (const [args, code, words] of rows) {
    test(`tcpchat ${args}`, async () => {
      const result = await run(args.split(" "));
      expect(result.stderr).toMatch(words);
      expect(result.stderr.trimEnd().split("\n").length).toBeLessThanOrEqual(3);
      expect(result.stderr).not.toMatch(/\bat \S+ \(|\.ts:\d/);
      expect(result.code).toBe(code);
      expect(result.stdout).toBe("");
    });
  }

  test("a command's help is the same for every way to ask for it", async () => {
    const asked = ["help server", "server --help", "server --port 1 -h"].map((args) => run(args.split(" ")));
    const answers = new Set((await Promise.all(asked)).map(({ code, stdout, stderr }) => `${code} ${stdout}${stderr}`));
    expect(answers.size).toBe(1);
    expect([...answers][0]).toStartWith("0 tcpchat server: runs the chat server\n");
  });

  test("a port in use is named, with a command that would work", async () => {
    await using server = await Program.server();
    const result = await run(["server", "--host", "127.0.0.1", "--port", String(server.port), "--ephemeral"]);
    expect(result.stderr).toContain(`port ${server.port} is in use`);
    expect(result.stderr).toContain("tcpchat server --port");
    expect(result.code).toBe(1);
  });

  test("a data folder in use is named", async () => {
    const folder = nowhere();
    await using _server = await Program.server(["--data", folder]);
    const result = await run(["server", "--host", "127.0.0.1", "--port", "0", "--data", folder]);
    expect(result.stderr).toContain(`The data folder ${folder} is in use by another server.`);
    expect(result.code).toBe(1);
  });

  test("an unknown key is refused with its table, its name, and the nearest known key", async () => {
    const file = join(nowhere(), "server.toml");
    writeFileSync(file, '[server]\nnmae = "chat.example.org"\n');
    const result = await run(["server", "--check", "--config", file]);
    expect(result.stderr).toContain("there is no key nmae in [server]; did you mean name?");
    expect(result.code).toBe(2);
    writeFileSync(file, `[server]\nlisten = ["127.0.0.1:0"]\nmotd = "short\\n${"x".repeat(600)}"\n`);
    const long = await run(["server", "--check", "--config", file]);
    expect(long.stdout).toContain("motd in [server]: 1 line is longer than the 374 bytes");
    writeFileSync(file, "[web]\nwebsocket = false\n");
    const unserved = await run(["server", "--check", "--config", file, "--port", "0"]);
    expect(unserved.code).toBe(0);
    expect(unserved.stdout).toContain(
      "websocket in [web] is false: the page would have no connection, so there is none",
    );
    writeFileSync(file, '[server]\nlisten = ["127.0.0.1:0", "192.0.2.1:0"]\n');
    const other = await run(["server", "--check", "--config", file]);
    expect([other.code, other.stderr]).toEqual([2, expect.stringContaining("this machine has no such address")]);
    writeFileSync(file, "[server]\nprot = 1\n");
    for (const command of ["server", "nodes", "backup"]) {
      const { code, stderr } = await run([command, ...(command === "backup" ? ["b.db"] : []), "--config", file]);
      expect([code, stderr]).toEqual([2, expect.stringContaining(`tcpchat ${command}: `)]);
    }
  });
});

describe("the binary", () => {
  test("prints its version", async () => {
    expect(await run(["--version"])).toEqual({ code: 0, stdout: `tcpchat ${version}\n`, stderr: "" });
  });

  test("reads no bunfig.toml or .env in the current folder", async () => {
    const folder = nowhere();
    mkdirSync(join(folder, "here"));
    writeFileSync(join(folder, "evil.ts"), 'console.log("preloaded");');
    writeFileSync(join(folder, "bunfig.toml"), 'preload = ["./evil.ts"]\n');
    writeFileSync(join(folder, ".env"), "TCPCHAT_PORT=bad\n");
    const result = await run(["server", "--check", "--port", "0"], { HOME: folder }, folder);
    const stdout = `There is no configuration file, and the defaults are good; the data folder is ${join(folder, ".local/share/tcpchat")}.\n`;
    expect(result).toEqual({ code: 0, stdout, stderr: "" });
  });

  test("takes options from the environment, and a flag takes precedence", async () => {
    expect((await run(["server", "--check"], { TCPCHAT_PORT: "seven" })).code).toBe(2);
    expect((await run(["server", "--check", "--port", "7000"], { TCPCHAT_PORT: "seven" })).code).toBe(0);
  });
});

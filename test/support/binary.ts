/** The compiled binary, built once per test run, and programs that a test starts and waits for. */

import { afterAll } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { scripts } from "../../package.json";
import { Condition } from "./patience.ts";

const root = join(import.meta.dir, "..", "..");
let built: Promise<string> | undefined;

/** The path of the compiled binary. The first call builds it with the command of `bun run build`. */
export function binary(): Promise<string> {
  built ??= build();
  return built;
}

async function build(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "tcpchat-binary-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, "tcpchat");
  const command = scripts.build.replace(/^bun /, "").replace(/--outfile \S+$/, `--outfile ${path}`);
  const building = Bun.spawn([process.execPath, ...command.split(" ")], { cwd: root, stdout: "pipe", stderr: "pipe" });
  if ((await building.exited) !== 0) throw new Error(`The binary could not be built: ${await building.stderr.text()}`);
  return path;
}

/** A running program whose output a test waits for; disposing of it kills it. */
export class Program implements AsyncDisposable {
  readonly process: Bun.Subprocess<"pipe", "pipe", "pipe">;
  stdout = "";
  stderr = "";
  readonly #changed = new Condition();

  private constructor(process: Bun.Subprocess<"pipe", "pipe", "pipe">) {
    this.process = process;
    void this.#read(process.stdout, (text) => {
      this.stdout += text;
    });
    void this.#read(process.stderr, (text) => {
      this.stderr += text;
    });
  }

  /** Runs a command with a minimal environment and the given variables. */
  static run(command: readonly string[], env: Readonly<Record<string, string>> = {}, cwd?: string): Program {
    const home = env.HOME ?? nowhere();
    const surroundings = { PATH: process.env.PATH ?? "", HOME: home, USER: "tester", ...env };
    const options = { stdin: "pipe", stdout: "pipe", stderr: "pipe", env: surroundings } as const;
    return new Program(Bun.spawn([...command], cwd === undefined ? options : { ...options, cwd }));
  }

  /** Runs `tcpchat server` on a free port; resolves when the server is running. */
  static async server(
    args: readonly string[] = [],
    env: Readonly<Record<string, string>> = {},
  ): Promise<Program & { port: number }> {
    const data = args.includes("--data") || args.includes("--once") ? [] : ["--ephemeral"];
    const program = Program.run(
      [await binary(), "server", "--host", "127.0.0.1", "--port", "0", ...data, ...args],
      env,
    );
    await program.prints(/Server is running on port (\d+)\n/);
    return Object.assign(program, { port: Number(/port (\d+)/.exec(program.stdout)?.[1]) });
  }

  /** Waits until the program has printed this. Fails if the program ends or the time is over before. */
  async prints(pattern: RegExp, from: "stdout" | "stderr" = "stdout"): Promise<void> {
    await this.#changed.until(() => pattern.test(this[from]) || this.process.exitCode !== null);
    if (!pattern.test(this[from]))
      throw new Error(`${pattern} was not printed; this was:\n${this.stdout}\n${this.stderr}`);
  }

  /** Writes to its standard input. */
  async type(text: string): Promise<void> {
    this.process.stdin.write(text);
    await this.process.stdin.flush();
  }

  /** Ends its standard input. */
  async endInput(): Promise<void> {
    await this.process.stdin.end();
  }

  /** Waits for its end; returns the exit code. */
  async exit(): Promise<number> {
    const code = await this.process.exited;
    await Promise.all(this.#readers);
    return code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.process.kill("SIGKILL");
    await this.process.exited;
  }

  readonly #readers: Promise<void>[] = [];

  #read(stream: ReadableStream<Uint8Array>, take: (text: string) => void): Promise<void> {
    const reading = (async () => {
      const decoder = new TextDecoder();
      for await (const chunk of stream) {
        take(decoder.decode(chunk, { stream: true }));
        this.#changed.notify();
      }
      this.#changed.notify();
    })();
    this.#readers.push(reading);
    return reading;
  }
}

/** An empty home folder that is deleted after the tests. */
export function nowhere(): string {
  const folder = mkdtempSync(join(tmpdir(), "tcpchat-home-"));
  folders.push(folder);
  return folder;
}

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

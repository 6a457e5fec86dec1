import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Socket } from "bun";
import { scripts } from "../package.json";

const TICKS = 100; // clock ticks per second in /proc

const root = join(import.meta.dir, "..");

/** A temporary folder that is deleted when the process ends. */
export function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), "tcpchat-bench-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Builds the binary into a folder, with the command of `bun run build`. */
export async function build(folder: string): Promise<string> {
  const path = join(folder, "tcpchat");
  const command = scripts.build.replace(/^bun /, "").replace(/--outfile \S+$/, `--outfile ${path}`);
  const building = Bun.spawn([process.execPath, ...command.split(" ")], { cwd: root, stdout: "pipe", stderr: "pipe" });
  if ((await building.exited) !== 0) throw new Error(`The binary could not be built: ${await building.stderr.text()}`);
  return path;
}

/** A running server: the compiled binary on a free port, with a data folder. */
export class Server {
  readonly process: Bun.Subprocess<"ignore", "pipe", "ignore">;
  readonly port: number;
  /** From the start until the server said that it is running, in ms. */
  readonly startup: number;

  private constructor(process: Bun.Subprocess<"ignore", "pipe", "ignore">, port: number, startup: number) {
    this.process = process;
    this.port = port;
    this.startup = startup;
  }

  /** Starts a server; `wrap` is a command before its own, and `log` the file for its log. */
  static async start(
    binary: string,
    data: string,
    args: readonly string[] = [],
    { wrap = [], log }: { readonly wrap?: readonly string[]; readonly log?: string } = {},
  ): Promise<Server> {
    const command = [binary, "server", "--host", "127.0.0.1", "--port", "0", "--data", data, "--quiet", ...args];
    const started = performance.now();
    const child = Bun.spawn([...wrap, ...command], {
      stdin: "ignore",
      stdout: "pipe",
      stderr: log === undefined ? "ignore" : Bun.file(log),
      env: { PATH: process.env.PATH ?? "", HOME: data },
    });
    let text = "";
    const decoder = new TextDecoder();
    for await (const chunk of child.stdout) {
      text += decoder.decode(chunk, { stream: true });
      const port = /running on port (\d+)/.exec(text)?.[1];
      if (port !== undefined) return new Server(child, Number(port), performance.now() - started);
    }
    throw new Error(`The server did not start: ${text}`);
  }

  /** Resident memory, in MB. */
  get memory(): number {
    const status = readFileSync(`/proc/${this.process.pid}/status`, "utf8");
    return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
  }

  /** CPU time, in seconds. */
  get worked(): number {
    const fields = readFileSync(`/proc/${this.process.pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
    return (Number(fields[11]) + Number(fields[12])) / TICKS;
  }

  async end(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    this.process.kill(signal);
    await this.process.exited;
  }
}

/** A client's connection that reads lines. */
export class Line {
  readonly #socket: Socket;
  readonly #waiting: { pattern: RegExp; lines: string[]; done: (lines: readonly string[]) => void }[] = [];
  #rest = "";
  /** Called with each line. */
  heard: (line: string) => void = () => {};
  /** Called when the connection is closed. */
  ended: () => void = () => {};
  isOpen = true;

  private constructor(socket: Socket) {
    this.#socket = socket;
  }

  static async open(port: number, hostname = "127.0.0.1"): Promise<Line> {
    let line: Line | undefined;
    const decoder = new TextDecoder();
    const over = () => {
      if (!line?.isOpen) return;
      line.isOpen = false;
      line.ended();
    };
    const socket = await Bun.connect({
      hostname,
      port,
      socket: { data: (_, bytes) => line?.take(decoder.decode(bytes, { stream: true })), close: over, error: over },
    });
    line = new Line(socket);
    return line;
  }

  send(text: string): void {
    this.#socket.write(text);
  }

  /** Sends, and returns the lines up to the first match. */
  ask(text: string, pattern: RegExp): Promise<readonly string[]> {
    const answer = new Promise<readonly string[]>((done) => this.#waiting.push({ pattern, lines: [], done }));
    this.send(text);
    return answer;
  }

  close(): void {
    this.#socket.terminate();
  }

  /** Takes received bytes. */
  take(text: string): void {
    const parts = (this.#rest + text).split("\n");
    this.#rest = parts.pop() ?? "";
    for (const part of parts) {
      const line = part.replace(/\r$/, "");
      this.heard(line);
      const first = this.#waiting[0];
      first?.lines.push(line);
      if (first?.pattern.test(line)) this.#waiting.shift()?.done(first.lines);
    }
  }
}

/** The quantile: this share of the values is below it. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

import { spawn } from "node:child_process";
import {
  accessSync,
  appendFileSync,
  closeSync,
  constants,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import type { ProgramResult, ProgramRun } from "./bot.ts";
import type { Clock } from "./clock.ts";
import type { Folder } from "./state-store.ts";

/** The parts of the operating system that a client uses: folders on disk, the clock, and other programs. */

const OWNER_ONLY = 0o600;
const OWNER_ONLY_FOLDER = 0o700;

type Env = Readonly<Record<string, string | undefined>>;

/** A folder on disk. A claim is a file that contains the process id; it lapses when that process ends. */
export class DiskFolder implements Folder {
  readonly path: string;
  readonly #claimed = new Set<string>();

  constructor(path: string) {
    this.path = path;
  }

  read(name: string): string | undefined {
    try {
      return readFileSync(this.#fileOf(name), "utf8");
    } catch (error) {
      if (codeOf(error) === "ENOENT" || !canEnter(dirname(this.#fileOf(name)))) return undefined;
      throw error;
    }
  }

  write(name: string, text: string): void {
    const file = this.#pathFor(name);
    const fresh = `${file}.${process.pid}`;
    writeFileSync(fresh, text, { mode: OWNER_ONLY });
    renameSync(fresh, file);
  }

  append(name: string, text: string): void {
    appendFileSync(this.#pathFor(name), text, { mode: OWNER_ONLY });
  }

  remove(name: string): void {
    rmSync(this.#fileOf(name), { force: true });
  }

  claim(name: string): boolean {
    if (this.#claimed.has(name)) return false;
    const file = this.#pathFor(name);
    for (let attempt = 0; attempt < 2; attempt++) {
      try {
        const handle = openSync(file, "wx", OWNER_ONLY);
        writeFileSync(handle, String(process.pid));
        closeSync(handle);
        this.#claimed.add(name);
        return true;
      } catch (error) {
        if (codeOf(error) !== "EEXIST") throw error;
        if (isAlive(Number(readFileSync(file, "utf8")))) return false;
        rmSync(file, { force: true });
      }
    }
    return false;
  }

  release(name: string): void {
    if (this.#claimed.delete(name)) this.remove(name);
  }

  #fileOf(name: string): string {
    return join(this.path, name);
  }

  /** The path of a file, whose folder is made if it does not exist. */
  #pathFor(name: string): string {
    const file = this.#fileOf(name);
    mkdirSync(dirname(file), { recursive: true, mode: OWNER_ONLY_FOLDER });
    return file;
  }
}

/** Whether this process can reach the files of a folder: where it cannot, it has never kept any. */
function canEnter(folder: string): boolean {
  try {
    accessSync(folder, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The folder of saved state: unconfirmed messages, drafts and logins. */
export function stateFolder(env: Env): DiskFolder {
  return new DiskFolder(join(env.XDG_STATE_HOME || join(env.HOME || homedir(), ".local", "state"), "tcpchat"));
}

/** The folder of the known servers. */
export function dataFolder(env: Env): DiskFolder {
  return new DiskFolder(join(env.XDG_DATA_HOME || join(env.HOME || homedir(), ".local", "share"), "tcpchat"));
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === "EPERM";
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}

/** The real clock. */
export const systemClock: Clock = {
  now: Date.now,
  after: (delay, act) => {
    const timer = setTimeout(act, delay);
    return () => clearTimeout(timer);
  },
};

const LAST_OUTPUT = 500; // ms after a program's end in which its last output is read

/** Runs a program to its end: without a shell, and in a process group of its own, so that what it starts ends with it. */
export function runProgram({ program, args, input, env, most, time, signal }: ProgramRun): Promise<ProgramResult> {
  return new Promise((resolve) => {
    const child = spawn(program, [...args], { env, detached: true, stdio: ["pipe", "pipe", "pipe"] });
    const chunks: Buffer[] = [];
    let size = 0;
    let killedFor: string | undefined;
    const kill = (why: string): void => {
      killedFor ??= why;
      killGroup(child.pid);
    };
    const timer = setTimeout(() => kill(`ended after ${time / 1000} s`), time);
    const stop = (): void => kill("stopped");
    signal.addEventListener("abort", stop, { once: true });
    const keep = (chunk: Buffer): void => {
      size += chunk.length;
      if (size - chunk.length < most) chunks.push(chunk.subarray(0, most - size + chunk.length));
    };
    let end: number | string = "ended";
    const done = (): void => {
      child.stdout.destroy();
      child.stderr.destroy();
      resolve({ output: Buffer.concat(chunks).toString("utf8"), isCut: size > most, end });
    };
    const over = (how: number | string): void => {
      end = killedFor ?? how;
      clearTimeout(timer);
      signal.removeEventListener("abort", stop);
    };
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    child.on("error", (error) => {
      over(`${program} cannot be run: ${error.message}`);
      done();
    });
    child.on("exit", (code, by) => {
      over(code ?? by ?? "ended");
      // A process that it leaves behind may hold the output open.
      setTimeout(done, LAST_OUTPUT);
    });
    child.on("close", done);
    // A program that does not read its input is no error.
    child.stdin.on("error", () => {});
    child.stdin.end(input);
  });
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // The group has ended.
  }
}

import { spawn } from "node:child_process";
import type { ProgramResult, ProgramRun } from "./bot.ts";

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

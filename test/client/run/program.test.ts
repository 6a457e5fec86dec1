import { expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { runProgram } from "../../../src/client/run/program.ts";
import { eventually } from "../../support/patience.ts";

function run(script: string, more: Partial<Parameters<typeof runProgram>[0]> = {}) {
  return runProgram({
    program: "/bin/sh",
    args: ["-c", script],
    input: "in\n",
    env: { PATH: "/usr/bin:/bin" },
    most: 100,
    time: 60_000,
    signal: new AbortController().signal,
    ...more,
  });
}

test("a program reads its input, and its output and exit code come back", async () => {
  expect(await run("cat; echo err >&2; exit 4")).toEqual({ output: "in\nerr\n", isCut: false, end: 4 });
});

test("more output than wanted is left out, and a program that reads nothing is no error", async () => {
  const result = await run("head -c 100000 /dev/zero | tr '\\0' x", { input: "y".repeat(1_000_000) });
  expect(result).toEqual({ output: "x".repeat(100), isCut: true, end: 0 });
});

test("a program that takes too long is killed with all that it has started", async () => {
  const { output, end } = await run("sleep 1000 & echo $!; wait", { time: 300 });
  expect(end).toBe("ended after 0.3 s");
  // Where nobody reaps it, what is left of it is a zombie.
  const isRunning = () =>
    existsSync(`/proc/${output.trim()}`) && !/\) Z /.test(readFileSync(`/proc/${output.trim()}/stat`, "utf8"));
  await eventually(() => !isRunning());
});

test("a program is stopped by the signal", async () => {
  const stopped = new AbortController();
  const result = run("echo up; sleep 1000", { signal: stopped.signal });
  stopped.abort();
  expect((await result).end).toBe("stopped");
});

test("a process that is left behind does not hold up the answer", async () => {
  const { output, end } = await run("sleep 1000 & echo $!");
  expect(end).toBe(0);
  process.kill(Number(output), "SIGKILL");
});

import { afterAll, expect, test } from "bun:test";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DiskFolder, dataFolder, runProgram, stateFolder } from "../../../src/client/run/system.ts";
import { eventually } from "../../support/patience.ts";

const root = mkdtempSync(join(tmpdir(), "tcpchat-folder-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

test("a written file is read again, only by its user, and no temporary file is left", () => {
  const folder = new DiskFolder(join(root, "texts"));
  expect(folder.read("a/b")).toBeUndefined();
  folder.write("a/b", "one");
  folder.write("a/b", "two");
  folder.append("a/b", " three");
  expect(folder.read("a/b")).toBe("two three");
  expect(readdirSync(join(folder.path, "a"))).toEqual(["b"]);
  expect(statSync(join(folder.path, "a", "b")).mode & 0o777).toBe(0o600);
  expect(statSync(join(folder.path, "a")).mode & 0o777).toBe(0o700);
  folder.remove("a/b");
  folder.remove("a/b");
  expect(folder.read("a/b")).toBeUndefined();
});

test("an unreadable file throws", () => {
  const folder = new DiskFolder(join(root, "odd"));
  mkdirSync(join(folder.path, "file"), { recursive: true });
  expect(() => folder.read("file")).toThrow();
});

test("a folder that cannot hold files holds none, and does not hinder reading", () => {
  const folder = new DiskFolder("/dev/null/tcpchat");
  expect(folder.read("file")).toBeUndefined();
  expect(() => folder.write("file", "text")).toThrow();
});

test("a claim excludes others until it is released, also within a process", () => {
  const folder = new DiskFolder(join(root, "claims"));
  expect([folder.claim("x.lock"), folder.claim("x.lock"), folder.claim("y.lock")]).toEqual([true, false, true]);
  expect(readFileSync(join(folder.path, "x.lock"), "utf8")).toBe(String(process.pid));
  folder.release("x.lock");
  expect(folder.claim("x.lock")).toBe(true);
});

test("the claim of a running process counts, that of an ended one does not", () => {
  const folder = new DiskFolder(join(root, "others"));
  mkdirSync(folder.path);
  writeFileSync(join(folder.path, "alive.lock"), String(process.ppid));
  writeFileSync(join(folder.path, "gone.lock"), "999999999");
  expect([folder.claim("alive.lock"), folder.claim("gone.lock")]).toEqual([false, true]);
  folder.release("alive.lock"); // never ours
  expect(readdirSync(folder.path).sort()).toEqual(["alive.lock", "gone.lock"]);
});

test("the folders follow XDG variables", () => {
  expect(stateFolder({ XDG_STATE_HOME: "/s", HOME: "/h" }).path).toBe("/s/tcpchat");
  expect(stateFolder({ HOME: "/h" }).path).toBe("/h/.local/state/tcpchat");
  expect(dataFolder({ XDG_DATA_HOME: "/d", HOME: "/h" }).path).toBe("/d/tcpchat");
  expect(dataFolder({ HOME: "/h" }).path).toBe("/h/.local/share/tcpchat");
});

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

test("a program that runs too long is killed with its children", async () => {
  const { output, end } = await run("sleep 1000 & echo $!; wait", { time: 300 });
  expect(end).toBe("ended after 0.3 s");
  // Without a reaper it stays as a zombie.
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

import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Results } from "../../bench/compare/report.ts";
import { binary, nowhere } from "../support/binary.ts";

const MAIN = join(import.meta.dir, "..", "..", "bench", "compare", "main.ts");

/** Runs the bench; returns its output and exit status. */
async function bench(...args: string[]): Promise<{ stdout: string; stderr: string; code: number }> {
  const env = { ...process.env, TCPCHAT_BIN: await binary() };
  const child = Bun.spawn([process.execPath, MAIN, ...args], { env, stdout: "pipe", stderr: "pipe" });
  const [stdout, stderr, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  return { stdout, stderr, code };
}

test("every kind of load runs against the server, and all deliveries are right", async () => {
  const file = join(nowhere(), "results.json");
  const only = "fan100,rooms,latency,connect,churn,slow,plain,start";
  const { stdout, stderr, code } = await bench(
    ...["--only", only, "--servers", "tcpchat+caps,tcpchat-nc"],
    ...["--seconds", "0.05", "--rounds", "1", "--scale", "0.03", "--json", file],
  );
  expect(stderr).not.toContain("FAILED");
  const { rows, machine } = JSON.parse(readFileSync(file, "utf8")) as Results;
  expect(rows.filter(({ wrong }) => wrong !== "")).toEqual([]);
  expect(rows.map(({ scenario }) => scenario)).toEqual(only.split(",").filter((name) => name !== "start"));
  expect(machine.cores).toBeGreaterThan(0);
  expect(stdout).toContain("deliveries per CPU-s");
  expect(code).toBe(0);
});

test("an unknown scenario or server is refused with the known names", async () => {
  const { stderr, code } = await bench("--only", "fan7");
  expect(stderr).toMatch(/no scenario "fan7".*fan100/);
  expect(code).toBe(2);
});

test("--help lists scenarios and servers", async () => {
  const { stdout, code } = await bench("--help");
  for (const name of ["fan1000", "redraw", "tcpchat-ephemeral", "python"]) expect(stdout).toContain(`  ${name} `);
  expect(code).toBe(0);
});

test("--publish refuses a selection of scenarios or servers", async () => {
  const { stderr, code } = await bench("--publish", "--only", "fan100");
  expect(stderr).toContain("--publish measures everything");
  expect(code).toBe(2);
});

import { expect, test } from "bun:test";
import { markdown, type Results, type Row, shown, tables } from "../../bench/compare/report.ts";

const rows: readonly Row[] = [
  { scenario: "fan100", server: "tcpchat", rounds: [round(3e6), round(9e6), round(5e6)], wrong: "" },
  { scenario: "fan100", server: "ngircd", rounds: [round(7e5)], wrong: "" },
  { scenario: "fan100", server: "limit", rounds: [round(8e6)], wrong: "3 missing" },
  { scenario: "plain", server: "tcpchat-nc", rounds: [round(2e6, { loadBusy: 0.99, serverCpu: 0.4 })], wrong: "" },
  { scenario: "redraw", server: "tcpchat", rounds: [{ key: 1.234, line: 1, page: 2, size: null }], wrong: "" },
];

function round(deliveriesPerCpu: number, more: Readonly<Record<string, number>> = {}): Record<string, number> {
  return { deliveriesPerCpu, loadBusy: 0.5, serverCpu: 1, waited: 0, ...more };
}

const RESULTS: Results = {
  machine: { cpu: "A CPU", cores: 4, kernel: "Linux 6.1", bun: "1.4.5", date: "2026-01-02" },
  settings: { seconds: 2, rounds: 3, scale: 1, cores: "server and load on a core each" },
  rows,
};

/** A server's line in a table. */
function lineOf(server: string, text = tables(RESULTS)): string {
  return text.split("\n").find((line) => line.trim().startsWith(`${server} `)) ?? "";
}

test("a row has the median of its rounds, and the lowest and highest", () => {
  expect(lineOf("tcpchat")).toMatch(/5 M \[3 M – 9 M\].* ok$/);
});

test("a row with a wrong delivery fails, and comes last", () => {
  expect(lineOf("limit")).toMatch(/FAILED: 3 missing$/);
  const order = ["tcpchat", "ngircd", "limit"].map((name) => tables(RESULTS).indexOf(`  ${name} `));
  expect(order).toEqual(order.toSorted((a, b) => a - b));
});

test("a row says when the load was slower than the server", () => {
  expect(lineOf("tcpchat-nc")).toMatch(/the load was the limit$/);
});

test("the published table has a row per scenario and a column per server, without failures and servers of other protocols", () => {
  const text = markdown(RESULTS);
  expect(text).toContain("A CPU, 4 cores, Linux 6.1, Bun 1.4.5; 2026-01-02");
  expect(text).toMatch(/\| +\| tcpchat \| ngircd \| limit \|\n/);
  expect(text).toMatch(/\| Room of 100, 1 sender, 64 [^|]*\| 5 M \| 700 k \| failed \|/);
  expect(text).toMatch(/\| +\| tcpchat-nc \|\n/);
  expect(text).toMatch(/a key, p99 1\.2 ms · .* · another size, p99 - \|/);
});

test.each([
  [4_413_844, "", "4.41 M"],
  [999.6, "", "1000"],
  [1234, "", "1.23 k"],
  [0.954, "share", "0.95"],
  [2810, "bytes", "2.8 kB"],
  [109_457_408, "bytes", "109 MB"],
  [0.4211, "ms", "0.42 ms"],
  [1038.4, "ms", "1040 ms"],
  [Number.NaN, "s", "-"],
] as const)("%d in %j is shown as %s", (value, unit, text) => {
  expect(shown(value, unit)).toBe(text);
});

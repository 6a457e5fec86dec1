import { quantile } from "../test-server.ts";
import type { Machine } from "../usage.ts";
import { type Column, SCENARIOS, type Scenario } from "./scenarios.ts";
import type { ServerKind } from "./servers.ts";

/** The results of one server in one scenario. */
export interface Row {
  readonly scenario: string;
  readonly server: string;
  /** The figures of each round, by name. Only rounds without a fault count. */
  readonly rounds: readonly Readonly<Record<string, number | null>>[];
  /** The fault of a round; "" if no round had one. */
  readonly wrong: string;
}

/** The results of a run of the bench. */
export interface Results {
  readonly machine: Machine;
  readonly settings: {
    readonly seconds: number;
    readonly rounds: number;
    readonly scale: number;
    readonly cores: string;
  };
  readonly rows: readonly Row[];
}

const MOST_BUSY = 0.93; // if the load was busier than this and the server was not, the load was the limit
const MOST_WAITED = 0.1;

/** The number, rounded to three digits. */
export function short(value: number): string {
  for (const [size, letter] of [
    [1e6, " M"],
    [1e3, " k"],
  ] as const) {
    if (value >= size) return `${Number((value / size).toPrecision(3))}${letter}`;
  }
  return String(Number(value.toPrecision(3)));
}

/** A figure with its unit. */
export function shown(value: number, unit: Column["unit"]): string {
  if (!Number.isFinite(value)) return "-";
  switch (unit) {
    case "":
      return short(value);
    case "share":
      return value.toFixed(2);
    case "bytes":
      return value >= 1e6 ? `${Number((value / 1e6).toPrecision(3))} MB` : `${Number((value / 1e3).toPrecision(2))} kB`;
    case "ms":
    case "µs":
    case "s":
      return `${Number(value.toPrecision(value >= 100 ? 3 : 2))} ${unit}`;
  }
}

/** The values of a figure, one per round. */
function valuesOf(row: Row, { figure }: Column): readonly number[] {
  return row.rounds.flatMap((round) => round[figure] ?? []);
}

/** The median of a figure's values; the lower one of two. */
export function medianOf(row: Row, column: Column): number {
  const values = valuesOf(row, column).toSorted((a, b) => a - b);
  return values[Math.ceil(values.length / 2) - 1] ?? Number.NaN;
}

function cell(row: Row, column: Column, isFirst: boolean): string {
  const median = shown(medianOf(row, column), column.unit);
  const values = valuesOf(row, column);
  if (!isFirst || values.length < 2) return median;
  return `${median} [${shown(Math.min(...values), column.unit)} – ${shown(Math.max(...values), column.unit)}]`;
}

/** Remarks on how far to trust a row. */
function noteOf(row: Row): string {
  if (row.wrong !== "") return `FAILED: ${row.wrong}`;
  const most = (figure: string) =>
    quantile(
      row.rounds.map((round) => round[figure] ?? 0),
      0.5,
    );
  const notes = ["ok"];
  if (most("loadBusy") > MOST_BUSY && most("serverCpu") < 0.9) notes.push("the load was the limit");
  if (most("waited") > MOST_WAITED) notes.push("the machine was busy");
  return notes.join("; ");
}

/** The rows of a scenario, the best first. */
export function rowsOf({ name, columns, isMoreBetter }: Scenario, rows: readonly Row[]): readonly Row[] {
  const [first] = columns;
  if (first === undefined) return [];
  const rank = (row: Row) => {
    const value = medianOf(row, first);
    if (row.wrong !== "" || Number.isNaN(value)) return Number.POSITIVE_INFINITY;
    return isMoreBetter ? -value : value;
  };
  return rows.filter(({ scenario }) => scenario === name).toSorted((a, b) => rank(a) - rank(b));
}

/** The tables, for a terminal. */
export function tables({ machine, settings, rows }: Results): string {
  const { seconds, rounds, scale, cores } = settings;
  const about = `${machine.cpu}, ${machine.cores} cores, ${machine.kernel}, Bun ${machine.bun}, ${machine.date}`;
  const how = `medians of ${rounds} rounds of ${seconds} s [lowest – highest]; ${cores}`;
  const parts = [about, how + (scale === 1 ? "" : `; only ${scale} of the members: these are no figures`)];
  for (const scenario of SCENARIOS) {
    const mine = rowsOf(scenario, rows);
    if (mine.length === 0) continue;
    const head = ["", ...scenario.columns.map((column) => column.head), "every delivery checked"];
    const lines = mine.map((row) => [
      row.server,
      ...scenario.columns.map((column, i) => cell(row, column, i === 0)),
      noteOf(row),
    ]);
    parts.push(`\n${scenario.name}: ${scenario.title}`, aligned([head, ...lines]));
  }
  return parts.join("\n");
}

function aligned(lines: readonly (readonly string[])[]): string {
  const widths = lines[0]?.map((_, i) => Math.max(...lines.map((line) => line[i]?.length ?? 0))) ?? [];
  const row = (line: readonly string[]) =>
    line.map((text, i) =>
      i === 0 || i === line.length - 1 ? text.padEnd(widths[i] ?? 0) : text.padStart(widths[i] ?? 0),
    );
  return lines.map((line) => `  ${row(line).join("  ").trimEnd()}`).join("\n");
}

/** The main figures of all scenarios as Markdown, with a column per server. */
export function markdown({ machine, settings, rows }: Results): string {
  const { cpu, cores, kernel, bun, date } = machine;
  const about = `${cpu}, ${cores} cores, ${kernel}, Bun ${bun}; ${date}; medians of ${settings.rounds} rounds of ${settings.seconds} s; ${settings.cores}.`;
  return [about, grid("irc", rows), grid("plain", rows), alone(rows)].join("\n\n");
}

/** The scenarios of one protocol, with the servers that speak it. */
function grid(face: ServerKind["speaks"], rows: readonly Row[]): string {
  const scenarios = SCENARIOS.filter(({ faces }) => faces !== "ours" && faces.includes(face));
  const own = scenarios.filter(({ faces }) => faces.length === 1).map(({ name }) => name);
  const servers = [...new Set(rows.filter(({ scenario }) => own.includes(scenario)).map(({ server }) => server))];
  const lines = scenarios.flatMap(({ name, title, columns }) =>
    columns
      .filter((column, i) => i === 0 || column.isHeadline)
      .map((column) => {
        const cells = servers.map((server) => {
          const row = rows.find((each) => each.scenario === name && each.server === server);
          if (row === undefined) return "";
          return row.wrong === "" ? shown(medianOf(row, column), column.unit) : "failed";
        });
        return `| ${title}: ${column.head} | ${cells.join(" | ")} |`;
      }),
  );
  return [`| | ${servers.join(" | ")} |`, `|---|${servers.map(() => "---:|").join("")}`, ...lines].join("\n");
}

/** The scenarios of tcpchat alone. */
function alone(rows: readonly Row[]): string {
  const lines = SCENARIOS.filter(({ faces }) => faces === "ours").flatMap(({ name, title, columns }) => {
    const row = rows.find(({ scenario }) => scenario === name);
    if (row === undefined) return [];
    const figures = columns.map((column) => `${column.head} ${shown(medianOf(row, column), column.unit)}`);
    return [`| ${title} | ${row.wrong === "" ? figures.join(" · ") : "failed"} |`];
  });
  return ["| tcpchat alone | |", "|---|---|", ...lines].join("\n");
}

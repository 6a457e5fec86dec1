import type { Outcome, Phase, TortureReport } from "./torture.ts";

/** The allowed factors against the calm phase: of the latency and of the memory. */
export interface Tolerance {
  readonly latency: number;
  readonly memory: number;
}

/** The broken promises, a sentence each. */
export function brokenPromises(report: TortureReport, { latency, memory }: Tolerance): readonly string[] {
  const [, calm, attacked] = report.phases;
  const broken: string[] = [];
  for (const phase of report.phases) {
    for (const what of ["lost", "doubled", "reordered", "dropped"] as const)
      if (phase[what] > 0) broken.push(`While it was ${phase.name}, ${phase[what]} ${nounOf(what)} ${what}.`);
  }
  if (!calm || !attacked || calm.deliveries === 0 || attacked.deliveries === 0)
    broken.push("Nobody has heard anything.");
  else if (attacked.p99 >= calm.p99 * latency)
    broken.push(`p99 was ${ms(attacked.p99)} under attack and ${ms(calm.p99)} in calm: ${latency} times is too much.`);
  const { before, after } = report.memory;
  if (after > before * memory)
    broken.push(`The server has ${mb(after)} after the attacks, and had ${mb(before)} before.`);
  for (const { name, counted } of report.attacks)
    for (const [reason, count] of Object.entries(counted))
      if (count === 0) broken.push(`Of ${name}, no ${reason} was counted.`);
  if (report.bugs > 0) broken.push(`${report.bugs} bugs have shown.`);
  for (const line of report.errors) broken.push(`The log has an error: ${line}`);
  return broken;
}

/** The report as text. */
export function table(report: TortureReport): string {
  const { fresh, before, after } = report.memory;
  const seconds = report.phases[2]?.seconds ?? 1;
  return [
    report.isPinned ? "server and load on processors of their own" : "server and load share all processors",
    columns([
      [
        "",
        "s",
        "said",
        "heard",
        "lost",
        "doubled",
        "reordered",
        "p50",
        "p99",
        "most",
        "own p99",
        "processor",
        "memory",
      ],
      ...report.phases.map(phaseRow),
    ]),
    `memory at the start ${mb(fresh)}, before the attacks ${mb(before)}, afterwards ${mb(after)} at the least (${(after / before).toFixed(2)} times)`,
    `bugs ${report.bugs}, errors in the log ${report.errors.length}`,
    columns([
      ["attack", "connections", "a second", "lines", "a second", "MB", "cut off", "told no", "counted as"],
      ...report.attacks.map((outcome) => attackRow(outcome, seconds)),
    ]),
    `all refusals: ${counts(report.refusals)}`,
  ].join("\n\n");
}

function phaseRow(phase: Phase): readonly string[] {
  const { name, seconds, said, deliveries, lost, doubled, reordered, p50, p99, most, own, processor, memory } = phase;
  const numbers = [Math.round(seconds), said, deliveries, lost, doubled, reordered].map(String);
  return [name, ...numbers, ms(p50), ms(p99), ms(most), ms(own), `${processor.toFixed(0)} %`, mb(memory)];
}

function attackRow(outcome: Outcome, seconds: number): readonly string[] {
  const { name, connections, lines, bytes, cut, refused, counted } = outcome;
  const rate = (count: number) => (count / seconds).toFixed(0);
  const numbers = [String(connections), rate(connections), String(lines), rate(lines), (bytes / 1e6).toFixed(1)];
  return [name, ...numbers, String(cut), String(refused), counts(counted)];
}

/** Aligns columns: the first to the left, the last as it is, the others to the right. */
function columns(rows: readonly (readonly string[])[]): string {
  const width = (column: number) => Math.max(...rows.map((row) => row[column]?.length ?? 0));
  return rows
    .map((row) =>
      row
        .map((cell, at) =>
          at === 0 ? cell.padEnd(width(0)) : at < 8 || row.length > 9 ? cell.padStart(width(at)) : cell,
        )
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

function counts(all: Readonly<Record<string, number>>): string {
  return Object.entries(all)
    .map(([reason, count]) => `${reason} ${count}`)
    .join(", ");
}

function nounOf(what: string): string {
  return what === "dropped" ? "people were" : "lines were";
}

function ms(value: number): string {
  return `${value.toFixed(2)} ms`;
}

function mb(value: number): string {
  return `${value.toFixed(1)} MB`;
}

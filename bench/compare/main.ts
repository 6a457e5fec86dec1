/** Measures servers: `bun run bench --help`. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { drawn, GROWING, grown, growth } from "../growth/growth.ts";
import { build, scratch } from "../test-server.ts";
import { thisMachine, twoCores } from "../usage.ts";
import { markdown, type Results, tables } from "./report.ts";
import { measure } from "./rounds.ts";
import { SCENARIOS, type Setting } from "./scenarios.ts";
import { serverKinds } from "./servers.ts";

const ROOT = join(import.meta.dir, "..", "..");
const RESULTS = join(import.meta.dir, "results.json");
const GROWTH = join(ROOT, "bench", "growth");

const OPTIONS = {
  only: { type: "string" },
  servers: { type: "string" },
  seconds: { type: "string", default: "2" },
  rounds: { type: "string", default: "3" },
  scale: { type: "string", default: "1" },
  json: { type: "string" },
  markdown: { type: "boolean" },
  growth: { type: "boolean" },
  publish: { type: "boolean" },
  help: { type: "boolean" },
} as const;

function help(): string {
  const list = (rows: readonly (readonly [string, string])[]) =>
    rows.map(([name, about]) => `  ${name.padEnd(20)} ${about}`).join("\n");
  return `bun run bench [OPTIONS]: measures tcpchat and the other installed servers on this machine.

${list([
  ["--only NAME,…", "only these scenarios, or with --growth only these curves"],
  ["--servers NAME,…", "only these servers"],
  ["--seconds N", "duration of each run (2)"],
  ["--rounds N", "number of rounds; each measures every scenario once (3)"],
  ["--scale N", "use a share of the members, connections and messages, only to try the bench out (1)"],
  ["--json FILE", "write all figures of all rounds to FILE"],
  ["--markdown", "print the published table instead of the long tables"],
  ["--growth", "measure how costs grow with members, rooms, messages and connections, instead of the scenarios"],
  ["--publish", "measure everything, and write bench/compare/results.json, bench/growth and docs/performance.md"],
])}

Scenarios:
${list(SCENARIOS.map(({ name, title }) => [name, title]))}

Curves, with --growth:
${list(GROWING.map(({ name, title }) => [name, title]))}

Servers:
${list(serverKinds("").map(({ name, about }) => [name, about]))}

TCPCHAT_BIN is the binary to measure; without it the bench builds one. Every delivery is checked: a missing, doubled or
reordered one fails the row, and the exit status is 1. Figures are per CPU time of the server, so they hold even if the
load is slower than the server or other programs run on the machine. Server and load have a core each.
`;
}

/** The rows with these names; without names, the default rows. */
function chosen<T extends { readonly name: string }>(
  all: readonly T[],
  names: string | undefined,
  what: string,
): readonly T[] {
  if (names === undefined) return all;
  return names.split(",").map((name) => {
    const found = all.find((each) => each.name === name);
    if (found === undefined)
      throw new Error(`There is no ${what} "${name}": ${all.map((each) => each.name).join(", ")}`);
    return found;
  });
}

function number(name: string, value: string): number {
  if (!(Number(value) > 0)) throw new Error(`--${name} takes a number above 0, not "${value}".`);
  return Number(value);
}

type Values = ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>["values"];

/** Measures the scenarios and prints them; returns the number of failed rows. */
async function scenarios(values: Values, setting: Setting): Promise<number> {
  const servers = chosen(serverKinds(setting.binary), values.servers, "server");
  const rounds = number("rounds", values.rounds);
  const rows = await measure(chosen(SCENARIOS, values.only, "scenario"), servers, rounds, setting);
  const cores = setting.cores === undefined ? "server and load share the cores" : "server and load on a core each";
  const { seconds, scale } = setting;
  const results: Results = { machine: thisMachine(), settings: { seconds, rounds, scale, cores }, rows };
  process.stdout.write(`${values.markdown ? markdown(results) : tables(results)}\n`);
  keep(values.publish ? RESULTS : values.json, results);
  return rows.filter(({ wrong }) => wrong !== "").length;
}

/** Measures how costs grow, and draws the charts. */
async function curves(values: Values, setting: Setting): Promise<void> {
  const which = chosen(GROWING, values.publish ? undefined : values.only, "thing that grows");
  const charts = await growth(which, setting, (line) => process.stderr.write(`${line}\n`));
  process.stdout.write(`${grown(charts)}\n`);
  keep(values.publish ? join(GROWTH, "growth.json") : values.json, { machine: thisMachine(), charts });
  if (values.publish) for (const [name, svg] of drawn(charts)) writeFileSync(join(GROWTH, `${name}.svg`), svg);
}

/** Writes the figures, rounded to six digits. */
function keep(path: string | undefined, figures: object): void {
  const short = (_: string, value: unknown) => (typeof value === "number" ? Number(value.toPrecision(6)) : value);
  if (path !== undefined) writeFileSync(path, `${JSON.stringify(figures, short, 1)}\n`);
}

async function main(): Promise<number> {
  const { values } = parseArgs({ options: OPTIONS });
  if (values.help) {
    process.stdout.write(help());
    return 0;
  }
  if (values.publish && (values.only ?? values.servers ?? values.growth ?? values.scale) !== "1") {
    throw new Error("--publish measures everything: it goes with --rounds and --seconds alone.");
  }
  if (values.growth) chosen(GROWING, values.only, "thing that grows");
  else chosen(SCENARIOS, values.only, "scenario");
  chosen(serverKinds(""), values.servers, "server");
  const binary = process.env.TCPCHAT_BIN ?? (await build(scratch()));
  const seconds = number("seconds", values.seconds);
  const setting: Setting = { binary, seconds, scale: number("scale", values.scale), cores: twoCores() };
  const failed = values.growth ? 0 : await scenarios(values, setting);
  if (values.growth || values.publish) await curves(values, setting);
  if (values.publish) await Bun.spawn([process.execPath, "test/readme-tables.ts"], { cwd: ROOT }).exited;
  return failed === 0 ? 0 : 1;
}

for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(130)); // child processes end with it
try {
  process.exit(await main());
} catch (error) {
  process.stderr.write(`The bench could not be run: ${error instanceof Error ? error.message : error}\n`);
  process.exit(2);
}

import { type Row, shown } from "./report.ts";
import type { Scenario, Setting } from "./scenarios.ts";
import type { ServerKind } from "./servers.ts";

type Result = Awaited<ReturnType<Scenario["run"]>>;

/** Runs each scenario with each server in every round, in another order each time. */
export async function measure(
  scenarios: readonly Scenario[],
  servers: readonly ServerKind[],
  rounds: number,
  setting: Setting,
): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const scenario of scenarios) {
    const { faces } = scenario;
    const able =
      faces === "ours"
        ? servers.filter(({ name }) => name === "tcpchat")
        : servers.filter(({ speaks }) => faces.includes(speaks));
    const measured = new Map(able.map((kind) => [kind, { rounds: [] as Row["rounds"][number][], wrong: "" }]));
    for (let round = 0; round < rounds; round++) {
      const order = able.map((kind) => ({ kind, at: Math.random() })).sort((a, b) => a.at - b.at);
      for (const { kind } of order) {
        const row = measured.get(kind);
        const answer = await attempt(scenario, kind, setting);
        if (row === undefined || answer === undefined) {
          measured.delete(kind);
          continue;
        }
        if (answer.wrong === "") row.rounds.push(answer.figures);
        else row.wrong = answer.wrong;
        tell(scenario, kind, round, answer);
      }
    }
    for (const [kind, row] of measured) rows.push({ scenario: scenario.name, server: kind.name, ...row });
  }
  return rows;
}

async function attempt(scenario: Scenario, kind: ServerKind, setting: Setting): Promise<Result> {
  try {
    return await scenario.run(kind, setting);
  } catch (error) {
    return { figures: {}, wrong: error instanceof Error ? error.message : String(error) };
  }
}

/** Reports the progress on standard error. */
function tell(scenario: Scenario, kind: ServerKind, round: number, answer: NonNullable<Result>): void {
  const [first] = scenario.columns;
  const value = first === undefined ? undefined : (answer.figures[first.figure] ?? Number.NaN);
  const said =
    answer.wrong !== "" || value === undefined
      ? `FAILED: ${answer.wrong}`
      : `${shown(value, first?.unit ?? "")} ${first?.head}`;
  process.stderr.write(`${scenario.name} ${kind.name} #${round + 1}: ${said}\n`);
}

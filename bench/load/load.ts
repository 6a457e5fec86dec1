/**
 * The load on a server, as a process of its own that can have its own core. `bun bench/load/load.ts JOB`, the job
 * in JSON; answers in JSON.
 */

import { quantile } from "../test-server.ts";
import { type Usage, usageOf } from "../usage.ts";
import { type AudiencePlan, assemble } from "./audience.ts";
import { churn } from "./churn.ts";
import { type Outcome, type Pace, Phase } from "./phase.ts";
import { storm } from "./storm.ts";

/** A job for the load; the server has this process id. */
export type Job = { readonly pid: number } & (
  | { readonly type: "talk"; readonly audience: AudiencePlan; readonly pace: Pace; readonly times?: number }
  | { readonly type: "slow"; readonly audience: AudiencePlan; readonly pace: Pace }
  | { readonly type: "storm"; readonly port: number; readonly steps: readonly number[]; readonly atOnce: number }
  | {
      readonly type: "churn";
      readonly audience: AudiencePlan;
      readonly churners: number;
      readonly seconds: number;
    }
);

/** The figures by name, and the fault, if there was one. */
export interface Answer {
  readonly figures: Readonly<Record<string, number>>;
  readonly wrong: string;
}

const WARM = 0.5; // the warm-up, as a share of the measured time: a JavaScript server gets faster in its first second

/** The fault of a phase; "" if there was none. */
function faultOf(outcome: Outcome): string {
  const { missing, doubled, reordered, strange, cut } = outcome;
  const faults = { missing, doubled, reordered, strange, "cut off": cut };
  return Object.entries(faults)
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${count} ${name}`)
    .join(", ");
}

function figuresOf(outcome: Outcome): Record<string, number> {
  const { wall, messages, deliveries, cpu, waited, busy, latencies } = outcome;
  return {
    deliveriesPerCpu: deliveries / cpu,
    messagesPerCpu: messages / cpu,
    deliveriesPerSecond: deliveries / wall,
    messagesPerSecond: messages / wall,
    deliveries,
    messages,
    serverCpu: cpu / wall,
    loadBusy: busy,
    waited: waited / wall,
    p50: quantile(latencies, 0.5),
    p99: quantile(latencies, 0.99),
    max: latencies.reduce((most, each) => Math.max(most, each), 0),
  };
}

function answerOf(outcome: Outcome, more: Readonly<Record<string, number>> = {}): Answer {
  return { figures: { ...figuresOf(outcome), ...more }, wrong: faultOf(outcome) };
}

/** Measures several times; returns the median. */
async function talk(plan: AudiencePlan, pace: Pace, times: number, usage: () => Usage): Promise<Answer> {
  const audience = await assemble(plan);
  const warm = await new Phase(audience, { ...pace, seconds: pace.seconds * WARM }).run(usage);
  if (faultOf(warm) !== "") return answerOf(warm);
  const answers: Answer[] = [];
  for (let i = 0; i < times; i++) {
    const answer = answerOf(await new Phase(audience, pace).run(usage), { memory: usage().memory });
    if (answer.wrong !== "") return answer;
    answers.push(answer);
  }
  answers.sort((a, b) => (a.figures.deliveriesPerCpu ?? 0) - (b.figures.deliveriesPerCpu ?? 0));
  return answers[Math.floor(times / 2)] ?? { figures: {}, wrong: "nothing was measured" };
}

/** One member in the middle of the audience stops reading. */
async function slow(plan: AudiencePlan, pace: Pace, usage: () => Usage): Promise<Answer> {
  const audience = await assemble(plan);
  await new Phase(audience, { ...pace, seconds: pace.seconds * WARM }).run(usage);
  const before = await new Phase(audience, pace).run(usage);
  if (faultOf(before) !== "") return answerOf(before);
  const one = audience.members[Math.floor(audience.members.length / 2)];
  const listener = audience.members.at(-1);
  if (one === undefined || listener === undefined) throw new Error("A slow reader needs others.");
  one.stall();
  const began = performance.now();
  let cut = Number.NaN;
  listener.heard = (line) => {
    if (line.includes(`:${one.nick}!`) && line.includes(" QUIT ")) cut = (performance.now() - began) / 1000;
  };
  const after = await new Phase(audience, pace, new Set([one])).run(usage);
  const rate = ({ messages, wall }: Outcome) => messages / wall;
  const cost = ({ cpu, deliveries }: Outcome) => cpu / deliveries;
  return answerOf(after, {
    before: rate(before),
    after: rate(after),
    kept: cost(before) / cost(after),
    cutAfter: cut,
    memory: usage().memory,
  });
}

/** Runs a job. A failure of the server is part of the answer. */
export async function carryOut(job: Job): Promise<Answer> {
  const usage = () => usageOf(job.pid);
  try {
    switch (job.type) {
      case "talk":
        return await talk(job.audience, job.pace, job.times ?? 1, usage);
      case "slow":
        return await slow(job.audience, job.pace, usage);
      case "storm":
        return await storm(job.port, job.steps, job.atOnce, usage);
      case "churn":
        return await churn(job.audience, job.churners, job.seconds, usage);
    }
  } catch (error) {
    return { figures: {}, wrong: error instanceof Error ? error.message : String(error) };
  }
}

if (import.meta.main) {
  process.stdout.write(`${JSON.stringify(await carryOut(JSON.parse(process.argv[2] ?? "{}")))}\n`, () =>
    process.exit(),
  );
}

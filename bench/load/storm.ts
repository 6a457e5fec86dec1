import { quantile } from "../test-server.ts";
import type { Usage } from "../usage.ts";
import { nickOf } from "./audience.ts";
import type { Answer } from "./load.ts";
import { inFlight, Member } from "./member.ts";

const IDLE = 1500; // ms in which a server cleans up

/**
 * Connects and registers clients, step by step. After each step it measures the memory of an idle connection:
 * `memoryAtN`, in bytes.
 */
export async function storm(
  port: number,
  steps: readonly number[],
  atOnce: number,
  usage: () => Usage,
): Promise<Answer> {
  const empty = usage().memory;
  const members: Member[] = [];
  const times: number[] = [];
  const memory: Record<string, number> = {};
  let [cpu, wall, each] = [0, 0, 0];
  for (const step of steps) {
    const before = usage().cpu;
    const began = performance.now();
    const numbers = Array.from({ length: step - members.length }, (_, i) => members.length + i);
    await inFlight(atOnce, numbers, async (number) => {
      const start = performance.now();
      const member = await Member.open(port, nickOf(number));
      members.push(member);
      await member.register("");
      times.push(performance.now() - start);
    });
    wall += (performance.now() - began) / 1000;
    cpu += usage().cpu - before;
    await Bun.sleep(IDLE);
    each = (usage().memory - empty) / step;
    memory[`memoryAt${step}`] = each;
  }
  const cut = members.filter(({ isOpen }) => !isOpen).length;
  const many = members.length;
  return {
    figures: {
      connections: many,
      cpuEach: (cpu / many) * 1e6,
      perSecond: many / wall,
      p99: quantile(times, 0.99),
      memoryEach: each,
      ...memory,
    },
    wrong: cut > 0 ? `${cut} cut off` : "",
  };
}

import type { Usage } from "../usage.ts";
import { type AudiencePlan, assemble } from "./audience.ts";
import type { Answer } from "./load.ts";
import { Member } from "./member.ts";
import { ChurnWording, churnNick } from "./message-text.ts";
import { Reader, Transcript } from "./transcript.ts";

const STUCK = 10_000; // ms without any progress

/**
 * Some clients connect, register, join, quit, and return under another nick. Each member of a room must see every JOIN
 * and QUIT, once and in order.
 */
export async function churn(
  plan: AudiencePlan,
  churners: number,
  seconds: number,
  usage: () => Usage,
): Promise<Answer> {
  const audience = await assemble(plan);
  const room = audience.groups[0]?.rooms[0] ?? "";
  const transcript = new Transcript(new ChurnWording(), Array(churners).fill(0));
  let seen = 0;
  let progress = performance.now();
  const readers = audience.members.map((member) => {
    const delivered = (count: number) => {
      seen += count;
    };
    const reader = new Reader(transcript, { delivered, other: (line) => member.control(line) });
    member.lines = (bytes, from, to) => {
      progress = performance.now();
      reader.take(bytes, from, to);
    };
    return reader;
  });
  const before = usage();
  const began = performance.now();
  const cycles = Array.from({ length: churners }, (_, i) => comeAndGo(plan.port, room, i, began + seconds * 1000));
  const done = await Promise.all(cycles);
  const total = done.reduce((sum, each) => sum + each, 0);
  while (seen < total * 2 * plan.size && performance.now() - progress < STUCK) await Bun.sleep(1);
  const wall = (performance.now() - began) / 1000;
  const { cpu } = usage();
  await Bun.sleep(100);
  const ends = done.map((each) => each * 2);
  const checks = readers.map(({ check }) => [check.missing(ends), check.doubled, check.reordered] as const);
  const [missing, doubled, reordered] = [0, 1, 2].map((i) => checks.reduce((sum, each) => sum + (each[i] ?? 0), 0));
  const isRight = missing === 0 && doubled === 0 && reordered === 0;
  return {
    figures: {
      perSecond: total / wall,
      cpuEach: ((cpu - before.cpu) / total) * 1e6,
      eventsPerSecond: seen / wall,
      serverCpu: (cpu - before.cpu) / wall,
    },
    wrong: isRight ? "" : `of comings and goings ${missing} missing, ${doubled} doubled, ${reordered} reordered`,
  };
}

/** A client that joins and quits again and again until then; returns how often. */
async function comeAndGo(port: number, room: string, number: number, until: number): Promise<number> {
  let cycle = 0;
  while (performance.now() < until) {
    const member = await Member.open(port, churnNick(number, cycle));
    await member.register("");
    await member.join([room]);
    member.heard = (line) => {
      if (line.startsWith("ERROR ")) member.close(); // some servers wait for the client to close
    };
    member.send(Buffer.from("QUIT :on to the next\r\n"));
    await member.closed;
    cycle++;
  }
  return cycle;
}

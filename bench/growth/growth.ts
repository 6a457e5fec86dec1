import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { connections, type Setting, talk } from "../compare/scenarios.ts";
import { type ServerKind, serverKinds, startServer } from "../compare/servers.ts";
import type { AudiencePlan } from "../load/audience.ts";
import type { Answer } from "../load/load.ts";
import type { Pace } from "../load/phase.ts";
import { Line, quantile, scratch } from "../test-server.ts";
import { descriptors, usageOf } from "../usage.ts";
import { type Chart, type Curve, svgOf } from "./curve.ts";
import { fill } from "./history.ts";

/** How costs grow: charts by name, each with its curves. */
export type Growth = Readonly<Record<string, Chart>>;

type Tell = (line: string) => void;

const MEMBERS = [100, 300, 1000, 3000, 10_000];
const ROOMS = [10, 100, 1000, 10_000];
const MESSAGES = [1, 10, 100, 1000, 10_000, 100_000, 1_000_000];
const CONNECTIONS = [100, 300, 1000, 3000, 10_000];
const SAID = 20_000; // measured messages, on top of the stored ones
const TIMES = 3; // runs for each point; the median counts
const PAGES = 300; // CHATHISTORY requests

/** The numbers that this machine and the settings allow. */
function upTo(numbers: readonly number[], { scale }: Setting, most = Number.POSITIVE_INFINITY): readonly number[] {
  const last = numbers.at(-1) ?? 0;
  return numbers.filter((number) => number <= Math.max(numbers[0] ?? 0, last * scale) && number <= most);
}

/** A point: the measured value, or the error. */
function figure({ figures, wrong }: Answer, name: string): number {
  const value = figures[name];
  if (wrong !== "" || value === undefined) throw new Error(`This could not be measured: ${wrong}`);
  return value;
}

/** A curve: the value measured at each x. */
async function curveOf(
  name: string,
  xs: readonly number[],
  tell: Tell,
  measure: (x: number) => Promise<number>,
): Promise<Curve> {
  const points: [number, number][] = [];
  for (const x of xs) {
    const y = Number((await measure(x)).toPrecision(4));
    tell(`${name}, ${x}: ${y}`);
    points.push([x, y]);
  }
  return { name, points };
}

function kindOf(name: string, { binary }: Setting): ServerKind {
  const kind = serverKinds(binary).find((each) => each.name === name);
  if (kind === undefined) throw new Error(`There is no server ${name}.`);
  return kind;
}

/** The server's CPU time for one delivery or message of this audience, in µs. */
async function cost(
  per: "deliveriesPerCpu" | "messagesPerCpu",
  kind: ServerKind,
  setting: Setting,
  plan: Partial<AudiencePlan>,
  pace: Omit<Pace, "seconds">,
): Promise<number> {
  const answer = await talk(kind, setting, plan, pace, TIMES);
  if (answer === undefined) throw new Error(`${kind.name} is not installed.`);
  return 1e6 / figure(answer, per);
}

async function byMembers(setting: Setting, tell: Tell): Promise<Growth> {
  const sizes = upTo(MEMBERS, setting, descriptors() - 200);
  const curves = async (window: number): Promise<readonly Curve[]> => {
    const drawn: Curve[] = [];
    for (const name of ["tcpchat", "limit"]) {
      const kind = kindOf(name, setting);
      const measure = (size: number) => cost("deliveriesPerCpu", kind, setting, { size }, { window });
      drawn.push(await curveOf(name, sizes, tell, measure));
    }
    return drawn;
  };
  const title = (many: string) => `Cost of a delivery, by members of the room; ${many} on the way`;
  const axes = { x: "members", y: "µs of CPU per delivery" };
  return {
    members: { title: title("64 messages"), ...axes, curves: await curves(64) },
    alone: { title: title("1 message"), ...axes, curves: await curves(1) },
  };
}

/**
 * A thousand members in a hundred groups of ten, with more and more rooms per group. Ten messages are under way, each in
 * another room and another group, so the traffic does not depend on the number of rooms. With ten rooms, however, it
 * goes to the same hundred members, whose sockets stay in the processor's caches.
 */
async function byRooms(setting: Setting, tell: Tell): Promise<Growth> {
  const counts = upTo(ROOMS, setting);
  const curves: Curve[] = [];
  for (const name of ["tcpchat", "limit"]) {
    const measure = (rooms: number) => {
      const plan = { groups: 100, size: 10, rooms, senders: 1 };
      return cost("messagesPerCpu", kindOf(name, setting), setting, plan, { window: 1, lanes: 10 });
    };
    curves.push(await curveOf(name, counts, tell, measure));
  }
  const title = "Cost of a message, by rooms (10 members each)";
  return { rooms: { title, x: "rooms", y: "µs of CPU per message", curves } };
}

async function byConnections(setting: Setting, tell: Tell): Promise<Growth> {
  const steps = upTo(CONNECTIONS, setting, descriptors() - 200);
  const curves: Curve[] = [];
  for (const name of ["tcpchat", "limit"]) {
    const answer = await connections(kindOf(name, setting), setting, steps);
    if (answer === undefined) continue;
    curves.push(await curveOf(name, steps, tell, (step) => Promise.resolve(figure(answer, `memoryAt${step}`) / 1000)));
  }
  const title = "Resident memory of an idle connection, by connections";
  return { memory: { title, x: "connections", y: "kB per connection", curves } };
}

/** The costs with this many messages in a room: a page of the latest, a page from anywhere, one more message. */
async function withMessages(
  count: number,
  setting: Setting,
): Promise<{ readonly latest: number; readonly anywhere: number; readonly said: number }> {
  const folder = scratch();
  const data = join(folder, "data");
  mkdirSync(data);
  fill(data, count, 1);
  await using server = await startServer(kindOf("tcpchat", setting), folder, setting.cores);
  if (server === undefined) throw new Error("The server did not start.");
  const line = await Line.open(server.port);
  line.send("CAP REQ :batch draft/chathistory server-time message-tags echo-message\r\nCAP END\r\n");
  await line.ask("NICK bench\r\nUSER bench 0 * :bench\r\n", / (?:376|422) /);
  await line.ask("JOIN #room-0\r\n", / 366 /);
  const latest = await pages(line, () => "LATEST #room-0 * 100");
  const anywhere = await pages(line, () => `BEFORE #room-0 timestamp=${somewhen(count)} 100`);
  await line.ask("JOIN #elsewhere\r\n", / 366 /);
  await costOfSaying(line, "#elsewhere", server.pid); // warms up: a JavaScript server gets faster in its first second
  const said = await costOfSaying(line, "#room-0", server.pid);
  line.close();
  rmSync(folder, { recursive: true });
  return { latest, anywhere, said };
}

async function byMessages(setting: Setting, tell: Tell): Promise<Growth> {
  const costs = new Map<number, Awaited<ReturnType<typeof withMessages>>>();
  const counts = upTo(MESSAGES, setting);
  for (const count of counts) costs.set(count, await withMessages(count, setting));
  const curve = (name: string, which: "latest" | "anywhere" | "said") =>
    curveOf(name, counts, tell, (count) => Promise.resolve(costs.get(count)?.[which] ?? Number.NaN));
  const x = "messages stored already in the room";
  const saying = { title: "Cost of a message, by messages stored", x, y: "µs of CPU per message" };
  const reading = { title: "CHATHISTORY of 100, by messages stored", x, y: "ms to the end of the answer" };
  return {
    saying: { ...saying, curves: [await curve("tcpchat", "said")] },
    reading: { ...reading, curves: [await curve("the latest", "latest"), await curve("from anywhere", "anywhere")] },
  };
}

/** The time of a message that `fill` made: one per second. */
function somewhen(count: number): string {
  return new Date(Date.now() - Math.random() * count * 1000).toISOString();
}

/** The median time of a page, in ms. */
async function pages(line: Line, request: () => string): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < PAGES; i++) {
    const began = performance.now();
    await line.ask(`CHATHISTORY ${request()}\r\n`, / BATCH -/);
    times.push(performance.now() - began);
  }
  return quantile(times.slice(PAGES / 10), 0.5);
}

/** Sends a thousand messages at a time and waits for the last echo. Returns the server's CPU time per message, in µs. */
async function costOfSaying(line: Line, room: string, pid: number): Promise<number> {
  const before = usageOf(pid).cpu;
  for (let said = 0; said < SAID; said += 1000) {
    let text = "";
    for (let i = said; i < said + 1000; i++)
      text += `PRIVMSG ${room} :this is number ${i} of those that are said now\r\n`;
    await line.ask(text, new RegExp(`number ${said + 999} `));
  }
  return ((usageOf(pid).cpu - before) / SAID) * 1e6;
}

/** The quantities that grow, and their charts. */
export const GROWING: readonly {
  readonly name: string;
  readonly title: string;
  measure(setting: Setting, tell: Tell): Promise<Growth>;
}[] = [
  { name: "members", title: "cost of a delivery, from 100 to 10,000 members of a room", measure: byMembers },
  { name: "rooms", title: "cost of a message, from 10 to 10,000 rooms", measure: byRooms },
  { name: "messages", title: "cost of a message and of CHATHISTORY, from 1 to 1,000,000 stored", measure: byMessages },
  { name: "connections", title: "memory of an idle connection, from 100 to 10,000", measure: byConnections },
];

/** Measures the points, in increasing order. */
export async function growth(which: typeof GROWING, setting: Setting, tell: Tell): Promise<Growth> {
  let charts: Growth = {};
  for (const { measure } of which) charts = { ...charts, ...(await measure(setting, tell)) };
  return charts;
}

/** The pictures, by name. */
export function drawn(charts: Growth): ReadonlyMap<string, string> {
  return new Map(Object.entries(charts).map(([name, chart]) => [name, svgOf(chart)]));
}

/** The points as text: a line for each curve. */
export function grown(charts: Growth): string {
  return Object.values(charts)
    .flatMap(({ title, y, curves }) => [
      `${title} (${y})`,
      ...curves.map(({ name, points }) => `  ${name}: ${points.map(([at, value]) => `${at}: ${value}`).join("; ")}`),
    ])
    .join("\n");
}

/**
 * Measures the cost of SSH: the start and the memory of a server that no SSH client has visited, a connection, a full-screen session,
 * and whether 50 screens of a room of 200 slow the others down.
 *
 *     bun run bench:ssh [--binary FILE] [--before FILE]... [--starts N] [--rounds N] [--messages N]
 *
 * Other versions (`--before`) are started in turn with this one; `--starts 0` leaves that out. The room talks in turn
 * without the screens and with them, which are open before it begins. The numbers are medians, with the least and the
 * most in brackets. Exit status 1 if the screens double the p99 of a delivery to the members.
 *
 * Members and screens are processes of this machine, so they compete with the server for its processors: the times are
 * longer than those of a server whose users are elsewhere. On a machine that does other work, the p99 tells more about that
 * than about the server.
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { build, Line, quantile, Server, scratch } from "../test-server.ts";

const VIEWERS = 50;
const MEMBERS = 200;
const EVERY = 200; // ms between two messages, on average
const GOLDEN = 0.618; // its multiples are spread evenly between whole numbers
const CALM = 3000; // ms before memory is read
const SHORT = 1000; // ms between closing or opening the screens and the talk
const IDLE = 5000; // ms in which the CPU time of idle screens is measured
const SLOWER = 2; // times the p99 without screens

const { values } = parseArgs({
  options: {
    binary: { type: "string" },
    before: { type: "string", multiple: true, default: [] },
    starts: { type: "string", default: "3" },
    rounds: { type: "string", default: "5" },
    messages: { type: "string", default: "50" },
  },
});
const [starts, rounds, messages] = [Number(values.starts), Number(values.rounds), Number(values.messages)];

/** The viewers, in a process of their own. */
class Viewers {
  readonly #process: Bun.Subprocess<"pipe", "pipe", "inherit">;
  readonly #lines: AsyncIterator<string>;

  constructor(port: number) {
    const command = [process.execPath, join(import.meta.dir, "viewers.ts"), String(port), String(VIEWERS)];
    this.#process = Bun.spawn(command, { stdin: "pipe", stdout: "pipe", stderr: "inherit" });
    this.#lines = linesOf(this.#process.stdout);
  }

  /** Gives an order, and returns the bytes that the screens have got so far. */
  async order(what: "connect" | "open" | "close" | "count"): Promise<number> {
    this.#process.stdin.write(`${what}\n`);
    await this.#process.stdin.flush();
    const { value = "" } = await this.#lines.next();
    return Number(value.split(" ")[1]);
  }

  end(): void {
    this.#process.kill();
  }
}

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let rest = "";
  const decoder = new TextDecoder();
  for await (const chunk of stream) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = parts.pop() ?? "";
    yield* parts;
  }
}

interface Talk {
  /** Delays of deliveries to the members, in ms. */
  readonly p50: number;
  readonly p99: number;
  /** The server's CPU time per message, in ms. */
  readonly cpu: number;
}

/**
 * One member says a line every 200 ms, sooner or later by as much, so that some come while the screens are drawn;
 * measures the deliveries to all others.
 */
async function talk(server: Server, members: readonly Line[]): Promise<Talk> {
  const delays: number[] = [];
  const all = Promise.withResolvers<void>();
  for (const member of members)
    member.heard = (line) => {
      const sent = / PRIVMSG #lobby :at (\S+)/.exec(line)?.[1];
      if (sent === undefined) return;
      delays.push(performance.now() - Number(sent));
      if (delays.length === messages * (members.length - 1)) all.resolve();
    };
  const before = server.worked;
  for (let i = 0; i < messages; i++) {
    members[0]?.send(`PRIVMSG #lobby :at ${performance.now()} and some words, as people write them\r\n`);
    await Bun.sleep(2 * EVERY * ((i * GOLDEN) % 1));
  }
  await all.promise;
  const cpu = ((server.worked - before) * 1000) / messages;
  return { p50: quantile(delays, 0.5), p99: quantile(delays, 0.99), cpu };
}

function say(name: string, value: number, unit: string, all: readonly number[] = []): void {
  const [least, most] = [Math.min(...all), Math.max(...all)];
  const spread = all.length > 1 ? ` [${least.toFixed(2)}–${most.toFixed(2)}]` : "";
  console.log(`${name.padEnd(52)} ${value.toFixed(2).padStart(9)} ${unit}${spread}`);
}

function sayAll(name: string, all: readonly number[], unit: string): void {
  say(name, quantile(all, 0.5), unit, all);
}

/** Starts each binary in turn; tells the start-up times and the memory of a server that nobody visits. */
async function coldStarts(binaries: readonly string[]): Promise<void> {
  const all = binaries.map((binary) => ({ binary, times: [] as number[], sizes: [] as number[] }));
  for (let i = 0; i < starts; i++)
    for (const { binary, times, sizes } of all) {
      const server = await Server.start(binary, join(scratch(), "data"));
      await Bun.sleep(CALM);
      times.push(server.startup);
      sizes.push(server.memory);
      await server.end("SIGTERM");
    }
  for (const { binary, times, sizes } of all) {
    sayAll(`start without a visit by ssh: ${binary}`, times, "ms");
    sayAll(`idle memory: ${binary}`, sizes, "MB");
  }
}

/** Measures a connection, a session, and the talk of the room without screens and with them. */
async function visits(binary: string): Promise<boolean> {
  const server = await Server.start(binary, join(scratch(), "data"));
  const members: Line[] = [];
  for (let i = 0; i < MEMBERS; i++) {
    const member = await Line.open(server.port);
    await member.ask(`NICK member${i}\r\nUSER m 0 * :m\r\nJOIN #lobby\r\n`, / 366 /);
    members.push(member);
  }
  await talk(server, members.slice(0, 20)); // warms up
  const viewers = new Viewers(server.port);
  await viewers.order("count");
  const perViewer = async (what: "connect" | "open") => {
    const { memory, worked } = server;
    await viewers.order(what);
    await Bun.sleep(CALM);
    return { cpu: ((server.worked - worked) * 1000) / VIEWERS, memory: ((server.memory - memory) * 1024) / VIEWERS };
  };
  const connection = await perViewer("connect");
  say("a connection: CPU of handshake and login", connection.cpu, "ms");
  say("a connection: memory, the library's shared", connection.memory, "KB");
  const screen = await perViewer("open");
  say("a full screen in a room of 200: CPU to open", screen.cpu, "ms");
  say("a full screen: memory", screen.memory, "KB");
  const quiet = server.worked;
  await Bun.sleep(IDLE);
  say("an idle full screen: CPU a second", ((server.worked - quiet) * 1000) / (IDLE / 1000) / VIEWERS, "ms");
  const [alone, beside, bytes]: [Talk[], Talk[], number[]] = [[], [], []];
  for (let i = 0; i < rounds; i++) {
    const drawn = await viewers.order("count");
    beside.push(await talk(server, members));
    bytes.push(((await viewers.order("count")) - drawn) / messages / VIEWERS);
    await viewers.order("close");
    await Bun.sleep(SHORT);
    alone.push(await talk(server, members));
    await viewers.order("open");
    await Bun.sleep(SHORT);
  }
  const pairs = beside.map((with_, i) => ({ with_, without: alone[i] ?? with_ }));
  sayAll(
    "a message on one screen: CPU",
    pairs.map(({ with_, without }) => (with_.cpu - without.cpu) / VIEWERS),
    "ms",
  );
  sayAll("a message on one screen: sent", bytes, "bytes");
  for (const [name, talks] of [["without", alone] as const, ["beside 50 screens", beside] as const]) {
    sayAll(
      `a message to an IRC member, ${name}: p50`,
      talks.map(({ p50 }) => p50),
      "ms",
    );
    sayAll(
      `a message to an IRC member, ${name}: p99`,
      talks.map(({ p99 }) => p99),
      "ms",
    );
  }
  const factor =
    quantile(
      beside.map(({ p99 }) => p99),
      0.5,
    ) /
    quantile(
      alone.map(({ p99 }) => p99),
      0.5,
    );
  say("p99 beside the screens, as a multiple", factor, "");
  say("memory at the end", server.memory, "MB");
  viewers.end();
  await server.end("SIGTERM");
  return factor < SLOWER;
}

const binary = values.binary ?? (await build(scratch()));
if (starts > 0) await coldStarts([binary, ...values.before]);
process.exit((await visits(binary)) ? 0 : 1);

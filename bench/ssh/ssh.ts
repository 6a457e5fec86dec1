/**
 * What SSH costs: a server that no SSH client has visited, a connection, a full-screen session, and whether 50 screens of a
 * room of 200 slow the others down. `bun bench/ssh/ssh.ts`
 */
import { join } from "node:path";
import { build, Line, quantile, Server, scratch } from "../test-server.ts";

const VIEWERS = 50;
const MEMBERS = 200;
const EVERY = 200; // ms between two messages
const MESSAGES = 150;

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
  async order(what: "connect" | "open" | "count"): Promise<number> {
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

/** The delays of messages to all members, in ms, and the server's CPU per message, in ms. */
async function talk(server: Server, members: readonly Line[]) {
  const delays: number[] = [];
  const all = Promise.withResolvers<void>();
  for (const member of members)
    member.heard = (line) => {
      const sent = / PRIVMSG #lobby :at (\S+)/.exec(line)?.[1];
      if (sent === undefined) return;
      delays.push(performance.now() - Number(sent));
      if (delays.length === MESSAGES * (members.length - 1)) all.resolve();
    };
  const before = server.worked;
  for (let i = 0; i < MESSAGES; i++) {
    members[0]?.send(`PRIVMSG #lobby :at ${performance.now()} and some words, as people write them\r\n`);
    await Bun.sleep(EVERY);
  }
  await all.promise;
  const cpu = ((server.worked - before) * 1000) / MESSAGES;
  return { p50: quantile(delays, 0.5), p99: quantile(delays, 0.99), cpu };
}

function say(name: string, value: number, unit: string): void {
  console.log(`${name.padEnd(52)} ${value.toFixed(2).padStart(9)} ${unit}`);
}

const folder = scratch();
const server = await Server.start(await build(folder), join(folder, "data"));
say("start of a server that no SSH client has visited", server.startup, "ms");
say("its memory", server.memory, "MB");
const members: Line[] = [];
for (let i = 0; i < MEMBERS; i++) {
  const member = await Line.open(server.port);
  await member.ask(`NICK member${i}\r\nUSER m 0 * :m\r\nJOIN #lobby\r\n`, / 366 /);
  members.push(member);
}
await talk(server, members.slice(0, 20)); // warms up
const alone = await talk(server, members);
const viewers = new Viewers(server.port);
await viewers.order("count");
const idle = { memory: server.memory, worked: server.worked };
await viewers.order("connect");
say("a connection: CPU of handshake and login", ((server.worked - idle.worked) * 1000) / VIEWERS, "ms");
say("a connection: memory, the library's shared", ((server.memory - idle.memory) * 1024) / VIEWERS, "KB");
const connected = { memory: server.memory, worked: server.worked };
await viewers.order("open");
say("a full screen in a room of 200: CPU to open", ((server.worked - connected.worked) * 1000) / VIEWERS, "ms");
say("a full screen: memory", ((server.memory - connected.memory) * 1024) / VIEWERS, "KB");
const quiet = server.worked;
await Bun.sleep(5000);
say("an idle full screen: CPU a second", ((server.worked - quiet) * 1000) / 5 / VIEWERS, "ms");
const drawn = await viewers.order("count");
const beside = await talk(server, members);
const bytes = (await viewers.order("count")) - drawn;
say("a message on one screen: CPU", (beside.cpu - alone.cpu) / VIEWERS, "ms");
say("a message on one screen: sent", bytes / MESSAGES / VIEWERS, "bytes");
for (const [name, { p50, p99 }] of [["without", alone] as const, ["beside 50 screens", beside] as const]) {
  say(`a message to an IRC member, ${name}: p50`, p50, "ms");
  say(`a message to an IRC member, ${name}: p99`, p99, "ms");
}
say("p99 beside the screens, as a multiple", beside.p99 / alone.p99, "");
viewers.end();
await server.end("SIGTERM");
process.exit(0);

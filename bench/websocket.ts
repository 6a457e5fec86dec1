/**
 * Measures what a WebSocket costs beside the same connection without one: the memory of an idle connection, and the
 * CPU time of one delivery in a room.
 *
 *     bun run bench:websocket [--connections N] [--members N] [--messages N] [--rounds N] [--binary FILE]
 *
 * Each message is sent when the one before it has arrived, so nothing is coalesced: a delivery is one write. The times are
 * medians of the rounds. Exit status 1 if a WebSocket costs more than twice the time, or 10 KB more memory.
 */
import { parseArgs } from "node:util";
import type { Socket } from "bun";
import { build, quantile, Server, scratch } from "./test-server.ts";

const TEXT = "x".repeat(80);
const CALM = 3000; // ms before memory is read
const SLOWER = 2; // times the CPU time of the same delivery without a WebSocket
const LARGER = 10; // KB of memory

const KINDS = ["irc", "ws", "irc over TLS", "wss"] as const;
type Kind = (typeof KINDS)[number];

/** A member of the room, which waits for words. */
class Member {
  readonly #kind: Kind;
  #socket: Socket | undefined;
  #text = "";
  #waiting: { readonly words: string; readonly done: () => void } | undefined;

  constructor(kind: Kind) {
    this.#kind = kind;
  }

  async open(port: number): Promise<void> {
    const ready = Promise.withResolvers<void>();
    const isSecure = this.#kind === "irc over TLS" || this.#kind === "wss";
    this.#socket = await Bun.connect({
      hostname: "127.0.0.1",
      port,
      ...(isSecure && { tls: { rejectUnauthorized: false } }),
      socket: {
        data: (_, bytes) => this.#take(bytes),
        open: () => void (isSecure || ready.resolve()),
        handshake: () => ready.resolve(),
      },
    });
    await ready.promise;
    if (this.#kind === "irc" || this.#kind === "irc over TLS") return;
    const head = `GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n`;
    const ours = "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    this.#socket.write(`${head}${ours}`);
    await this.hears("\r\n\r\n");
  }

  say(line: string): void {
    const bytes = Buffer.from(line);
    const isFramed = this.#kind === "ws" || this.#kind === "wss";
    const size = bytes.length < 126 ? [0x80 | bytes.length] : [0xfe, bytes.length >> 8, bytes.length & 255];
    this.#socket?.write(isFramed ? Buffer.from([0x81, ...size, 0, 0, 0, 0, ...bytes]) : `${line}\r\n`);
  }

  /** Waits until these words have come. */
  hears(words: string): Promise<void> {
    return new Promise((done) => {
      this.#waiting = { words, done };
      this.#look();
    });
  }

  end(): void {
    this.#socket?.terminate();
  }

  #take(bytes: Uint8Array): void {
    if (!this.#waiting) return;
    this.#text += Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
    this.#look();
  }

  #look(): void {
    if (!this.#waiting || !this.#text.includes(this.#waiting.words)) return;
    const { done } = this.#waiting;
    this.#waiting = undefined;
    this.#text = "";
    done();
  }
}

interface Cost {
  /** Microseconds of CPU time per delivery, and KB of memory per connection. */
  readonly time: number;
  readonly memory: number;
}

async function measure(
  kind: Kind,
  setup: { binary: string; connections: number; members: number; messages: number; rounds: number },
): Promise<Cost> {
  const server = await Server.start(setup.binary, scratch());
  const members = Array.from({ length: setup.members }, () => new Member(kind));
  // The first connections also pay for code and caches.
  const first = await enter(server.port, kind, 20);
  await Bun.sleep(CALM);
  const before = server.memory;
  // With fewer connections, garbage would count more than what is kept.
  const idle = Array.from({ length: setup.connections - setup.members }, () => new Member(kind));
  for (const [n, member] of [...members, ...idle].entries()) await register(member, server.port, `m${n}`);
  await Bun.sleep(CALM);
  const memory = ((server.memory - before) * 1024) / setup.connections;
  for (const member of members) await join(member);
  const times: number[] = [];
  const [speaker, witness] = members;
  for (let round = -1; round < setup.rounds; round++) {
    const began = server.worked;
    for (let n = 0; n < setup.messages; n++) {
      const words = `${round}-${n}-${TEXT}`;
      const heard = witness?.hears(words);
      speaker?.say(`PRIVMSG #room :hello`);
      first[0]?.say(`PRIVMSG #room :${words}`);
      await heard;
    }
    // The first round warms up. Each exchange is two messages, each to all members but its sender.
    if (round >= 0)
      times.push(((server.worked - began) * 1e6) / (setup.messages * 2 * (setup.members + first.length - 1)));
  }
  for (const member of [...first, ...members, ...idle]) member.end();
  await server.end("SIGTERM");
  return { time: quantile(times, 0.5), memory };
}

async function enter(port: number, kind: Kind, count: number): Promise<readonly Member[]> {
  const members = Array.from({ length: count }, () => new Member(kind));
  for (const [n, member] of members.entries()) {
    await register(member, port, `first${n}`);
    await join(member);
  }
  return members;
}

async function register(member: Member, port: number, nick: string): Promise<void> {
  await member.open(port);
  const welcomed = member.hears(" 376 ");
  for (const line of [`NICK ${nick}`, `USER ${nick} 0 * :M`]) member.say(line);
  await welcomed;
}

async function join(member: Member): Promise<void> {
  const joined = member.hears("End of /NAMES");
  member.say("JOIN #room");
  await joined;
}

const { values } = parseArgs({
  options: {
    connections: { type: "string", default: "1500" },
    members: { type: "string", default: "200" },
    messages: { type: "string", default: "200" },
    rounds: { type: "string", default: "5" },
    binary: { type: "string" },
  },
});
const binary = values.binary ?? (await build(scratch()));
const setup = {
  binary,
  connections: Number(values.connections),
  members: Number(values.members),
  messages: Number(values.messages),
  rounds: Number(values.rounds),
};
const costs = new Map<Kind, Cost>();
console.log("connection     µs per delivery   KB per connection");
for (const kind of KINDS) {
  const cost = await measure(kind, setup);
  costs.set(kind, cost);
  console.log(`${kind.padEnd(14)} ${cost.time.toFixed(2).padStart(15)} ${cost.memory.toFixed(1).padStart(19)}`);
}
const isDear = (kind: Kind, without: Kind) => {
  const [cost, other] = [costs.get(kind), costs.get(without)];
  return !cost || !other || cost.time > SLOWER * other.time || cost.memory > other.memory + LARGER;
};
process.exit(isDear("ws", "irc") || isDear("wss", "irc over TLS") ? 1 : 0);

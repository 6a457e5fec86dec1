/**
 * What a long history costs: a million messages in a hundred rooms, and then a server that has them. `bun run
 * bench:history [--messages N] [--json]`.
 */
import { cpSync, fsyncSync, openSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { databaseIn } from "../src/store/folder.ts";
import { SqliteStore } from "../src/store/sqlite.ts";
import { fold } from "../src/text/fold.ts";
import { build, Line, quantile, Server, scratch } from "./rig.ts";

const ROOMS = 100;
const SPEAKERS = 200;
const PER_TURN = 500;
const WORDS = words(20_000);

const { values } = parseArgs({
  options: { messages: { type: "string", default: "1000000" }, json: { type: "boolean" } },
});
const count = Number(values.messages);

/** Words, some of which are far more frequent than others. */
function words(many: number): readonly string[] {
  const letters = "etaoinshrdlucmfwypvbgk";
  return Array.from({ length: many }, (_, i) => {
    let word = "";
    for (let k = 0, x = i * 7919 + 13; k < 3 + (i % 7); k++) {
      word += letters[x % letters.length];
      x = Math.floor(x / 3) + i * (k + 1);
    }
    return word;
  });
}

function word(): string {
  return WORDS[Math.floor(Math.random() ** 3 * WORDS.length)] ?? "";
}

const watch = {
  clock: () => performance.now(),
  failed: (error: Error) => {
    throw error;
  },
  recovered: () => {},
};

/** Keeps the messages, and answers how long one took, in µs. */
function fill(data: string): number {
  const store = new SqliteStore(databaseIn(data), "normal", watch);
  const first = store.claim(count);
  const began = Date.now() - count * 1000;
  const start = performance.now();
  for (let i = 0; i < count; i++) {
    const room = `#room-${i % ROOMS}`;
    const nick = `speaker-${i % SPEAKERS}`;
    store.append(fold(room), {
      type: "said",
      seq: first + i,
      time: began + i * 1000,
      origin: undefined,
      from: { nick, user: `~${nick}`, host: "cloak", realname: "", account: undefined },
      to: room,
      inRoom: true,
      rank: undefined,
      manner: "words",
      text: Array.from({ length: 8 }, word).join(" "),
      tags: undefined,
      away: undefined,
    });
    if (i % PER_TURN === PER_TURN - 1) store.commit();
  }
  store.close();
  return ((performance.now() - start) / count) * 1000;
}

/** Someone in all the rooms. */
async function enter(port: number): Promise<Line> {
  const line = await Line.open(port);
  line.send("CAP REQ :batch draft/chathistory server-time message-tags soju.im/search\r\nCAP END\r\n");
  await line.ask("NICK bench\r\nUSER bench 0 * :bench\r\n", / (?:376|422) /);
  for (let room = 0; room < ROOMS; room++) await line.ask(`JOIN #room-${room}\r\n`, / 366 /);
  return line;
}

async function timed(line: Line, request: string): Promise<number> {
  const start = performance.now();
  const answer = await line.ask(`${request}\r\n`, / BATCH -| FAIL /);
  if (answer.at(-1)?.includes(" FAIL ")) throw new Error(`${request} was answered with ${answer.at(-1)}`);
  return performance.now() - start;
}

async function chathistory(line: Line): Promise<readonly number[]> {
  const times: number[] = [];
  for (let i = 0; i < 1000; i++) {
    const room = `#room-${Math.floor(Math.random() * ROOMS)}`;
    const time = new Date(Date.now() - Math.random() * count * 1000).toISOString();
    times.push(
      await timed(line, `CHATHISTORY ${i % 2 ? "LATEST" : "BEFORE"} ${room} ${i % 2 ? "*" : `timestamp=${time}`} 100`),
    );
  }
  return times;
}

/** Waits until all of the past can be searched; answers how long a PING took meanwhile, at the longest. */
async function indexed(line: Line): Promise<{ readonly seconds: number; readonly longestPing: number }> {
  const start = performance.now();
  let longestPing = 0;
  for (;;) {
    const answer = await line.ask("SEARCH text=zzzzzz\r\n", / BATCH -/);
    if (!answer.some((each) => each.includes(" INCOMPLETE "))) break;
    for (let i = 0; i < 50; i++) {
      const sent = performance.now();
      await line.ask(`PING ${i}\r\n`, / PONG /);
      longestPing = Math.max(longestPing, performance.now() - sent);
      await Bun.sleep(10);
    }
  }
  return { seconds: (performance.now() - start) / 1000, longestPing };
}

const SEARCHES: readonly (readonly [string, () => string])[] = [
  ["a frequent word", () => `text=${WORDS[Math.floor(Math.random() * 5)]}`],
  ["a rare word", () => `text=${WORDS[WORDS.length - 1 - Math.floor(Math.random() * 500)]}`],
  ["no hit", () => `text=zzzz${word()}`],
  ["two frequent words in one room", () => `text=${WORDS[0]}\\s${WORDS[3]};in=#room-7`],
  ["three letters", () => `text=${word().slice(0, 3)}`],
  ["two words, one speaker", () => `text=${word()}\\s${word()};from=speaker-7`],
  ["a word in one week", () => `text=${word()};after=${ago(0.5)};before=${ago(0.4)}`],
];

/** A time at this share of the whole past ago. */
function ago(share: number): string {
  return new Date(Date.now() - share * count * 1000).toISOString();
}

async function searches(line: Line): Promise<Readonly<Record<string, readonly number[]>>> {
  const found: Record<string, number[]> = {};
  for (const [name, request] of SEARCHES) {
    found[name] = [];
    for (let i = 0; i < 50; i++) found[name].push(await timed(line, `SEARCH ${request()}`));
  }
  return found;
}

/** How long the steps of a pass of retention are that takes out nine tenths, in ms. */
function retention(data: string): readonly number[] {
  const copy = join(scratch(), "chat.db");
  cpSync(databaseIn(data), copy);
  fsyncSync(openSync(copy, "r+")); // so that the first checkpoint does not do it
  const store = new SqliteStore(copy, "normal", watch);
  const steps: number[] = [];
  const before = Date.now() - count * 100;
  const pass = store.sweep({ messages: before, ids: before });
  for (;;) {
    const start = performance.now();
    const { done } = pass.next();
    steps.push(performance.now() - start);
    if (done) break;
  }
  store.close();
  return steps;
}

const data = scratch();
const binary = await build(scratch());
const append = fill(data);
const starts: number[] = [];
for (let i = 0; i < 4; i++) {
  const server = await Server.start(binary, data);
  starts.push(server.startup);
  await server.end("SIGTERM");
}
const server = await Server.start(binary, data);
starts.push(server.startup);
const atStart = server.memory;
const line = await enter(server.port);
const history = await chathistory(line);
const afterHistory = server.memory;
const index = await indexed(line);
const found = await searches(line);
const afterSearch = server.memory;
const size = Bun.file(databaseIn(data)).size / 1e6;
const indexSize = Bun.file(`${databaseIn(data)}-index`).size / 1e6;
line.close();
await server.end("SIGTERM");
const steps = retention(data);

const rounded = (value: number) => Math.round(value * 100) / 100;
const summary = (times: readonly number[]) => ({
  p50: rounded(quantile(times, 0.5)),
  p99: rounded(quantile(times, 0.99)),
});
const result = {
  messages: count,
  rooms: ROOMS,
  appendMicroseconds: rounded(append),
  databaseMegabytes: rounded(size),
  indexMegabytes: rounded(indexSize),
  startupMs: summary(starts),
  memoryMegabytes: { start: rounded(atStart), afterHistory: rounded(afterHistory), afterSearch: rounded(afterSearch) },
  chathistoryMs: summary(history),
  indexing: { seconds: rounded(index.seconds), longestPingMs: rounded(index.longestPing) },
  searchMs: Object.fromEntries(Object.entries(found).map(([name, times]) => [name, summary(times)])),
  retention: { steps: steps.length, longestMs: rounded(Math.max(...steps)), ...summary(steps) },
};

if (values.json) {
  console.log(JSON.stringify(result));
} else {
  const row = (name: string, what: string) => console.log(`${name.padEnd(44)} ${what}`);
  const both = ({ p50, p99 }: { p50: number; p99: number }) => `p50 ${p50} ms, p99 ${p99} ms`;
  row("messages", `${count} in ${ROOMS} rooms, ${result.appendMicroseconds} µs each to keep`);
  row("on disk", `${result.databaseMegabytes} MB, and ${result.indexMegabytes} MB of index`);
  row("start-up", both(result.startupMs));
  row(
    "memory",
    Object.entries(result.memoryMegabytes)
      .map(([when, mb]) => `${when} ${mb} MB`)
      .join(", "),
  );
  row("CHATHISTORY of 100", both(result.chathistoryMs));
  row(
    "the index is made in",
    `${result.indexing.seconds} s; longest PING meanwhile ${result.indexing.longestPingMs} ms`,
  );
  for (const [name, times] of Object.entries(result.searchMs)) row(`search: ${name}`, both(times));
  row(
    "retention, a step",
    `${both(result.retention)}, longest ${result.retention.longestMs} ms, ${steps.length} steps`,
  );
}

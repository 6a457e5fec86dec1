/**
 * The costs of a long history: a server with a million messages in a hundred rooms. `bun run
 * bench:history [--messages N] [--json]`.
 */
import { cpSync, fsyncSync, openSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { databaseIn } from "../../src/store/data-folder.ts";
import { SqliteStore } from "../../src/store/sqlite.ts";
import { fold } from "../../src/text/fold.ts";
import { build, Line, quantile, Server, scratch } from "../test-server.ts";

const ROOMS = 100;
const SPEAKERS = 200;
const PER_TURN = 500;
const WORDS = words(20_000);

/** Words with very different frequencies. */
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

/** Stores this many messages in these rooms; returns the time per message, in µs. */
export function fill(data: string, count: number, rooms = ROOMS): number {
  const store = new SqliteStore(databaseIn(data), "normal", watch);
  const first = store.claim(count);
  const began = Date.now() - count * 1000;
  const start = performance.now();
  for (let i = 0; i < count; i++) {
    const room = `#room-${i % rooms}`;
    const nick = `speaker-${i % SPEAKERS}`;
    store.append(fold(room), {
      type: "said",
      seq: first + i,
      msgid: store.msgid(first + i),
      time: began + i * 1000,
      origin: undefined,
      from: { nick, user: `~${nick}`, host: "cloak", realname: "", account: undefined },
      to: room,
      inRoom: true,
      rank: undefined,
      kind: "words",
      text: Array.from({ length: 8 }, word).join(" "),
      tags: undefined,
      away: undefined,
    });
    if (i % PER_TURN === PER_TURN - 1) store.commit();
  }
  store.close();
  return ((performance.now() - start) / count) * 1000;
}

/** A member of all the rooms. */
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

async function chathistory(line: Line, count: number): Promise<readonly number[]> {
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

/** Waits until the whole history is indexed; returns the slowest PING meanwhile. */
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

const SEARCHES: readonly (readonly [string, (count: number) => string])[] = [
  ["a frequent word", () => `text=${WORDS[Math.floor(Math.random() * 5)]}`],
  ["a rare word", () => `text=${WORDS[WORDS.length - 1 - Math.floor(Math.random() * 500)]}`],
  ["no hit", () => `text=zzzz${word()}`],
  ["two frequent words in one room", () => `text=${WORDS[0]}\\s${WORDS[3]};in=#room-7`],
  ["three letters", () => `text=${word().slice(0, 3)}`],
  ["two words, one speaker", () => `text=${word()}\\s${word()};from=speaker-7`],
  ["a word in one week", (count) => `text=${word()};after=${ago(0.5, count)};before=${ago(0.4, count)}`],
];

/** The time at this share of the history's age. */
function ago(share: number, count: number): string {
  return new Date(Date.now() - share * count * 1000).toISOString();
}

async function searches(line: Line, count: number): Promise<Readonly<Record<string, readonly number[]>>> {
  const found: Record<string, number[]> = {};
  for (const [name, request] of SEARCHES) {
    found[name] = [];
    for (let i = 0; i < 50; i++) found[name].push(await timed(line, `SEARCH ${request(count)}`));
  }
  return found;
}

/** The times of the steps in which retention deletes nine tenths of the history, in ms. */
function retention(data: string, count: number): readonly number[] {
  const copy = join(scratch(), "chat.db");
  cpSync(databaseIn(data), copy);
  fsyncSync(openSync(copy, "r+")); // otherwise the first checkpoint pays for it
  const store = new SqliteStore(copy, "normal", watch);
  const steps: number[] = [];
  const before = Date.now() - count * 100;
  const pass = store.applyRetention({ messages: before, ids: before, now: Date.now() });
  for (;;) {
    const start = performance.now();
    const { done } = pass.next();
    steps.push(performance.now() - start);
    if (done) break;
  }
  store.close();
  return steps;
}

const rounded = (value: number) => Math.round(value * 100) / 100;
const summary = (times: readonly number[]) => ({
  p50: rounded(quantile(times, 0.5)),
  p99: rounded(quantile(times, 0.99)),
});

/** Starts the server five times; returns the times in ms, and the last server, which keeps running. */
async function started(binary: string, data: string): Promise<{ readonly starts: readonly number[]; server: Server }> {
  const starts: number[] = [];
  for (;;) {
    const server = await Server.start(binary, data);
    starts.push(server.startup);
    if (starts.length === 5) return { starts, server };
    await server.end("SIGTERM");
  }
}

/** Measures a history of this many messages. */
export type HistoryReport = Awaited<ReturnType<typeof history>>;

export async function history(binary: string, count: number) {
  const data = scratch();
  const append = fill(data, count);
  const { starts, server } = await started(binary, data);
  const start = rounded(server.memory);
  const line = await enter(server.port);
  const pages = await chathistory(line, count);
  const afterHistory = rounded(server.memory);
  const index = await indexed(line);
  const found = await searches(line, count);
  const afterSearch = rounded(server.memory);
  line.close();
  await server.end("SIGTERM");
  const steps = retention(data, count);
  return {
    messages: count,
    rooms: ROOMS,
    appendMicroseconds: rounded(append),
    databaseMegabytes: rounded(Bun.file(databaseIn(data)).size / 1e6),
    indexMegabytes: rounded(Bun.file(`${databaseIn(data)}-index`).size / 1e6),
    startupMs: summary(starts),
    memoryMegabytes: { start, afterHistory, afterSearch },
    chathistoryMs: summary(pages),
    indexing: { seconds: rounded(index.seconds), longestPingMs: rounded(index.longestPing) },
    searchMs: Object.fromEntries(Object.entries(found).map(([name, times]) => [name, summary(times)])),
    retention: { steps: steps.length, longestMs: rounded(Math.max(...steps)), ...summary(steps) },
  };
}

function print(result: HistoryReport): void {
  const row = (name: string, what: string) => console.log(`${name.padEnd(44)} ${what}`);
  const both = ({ p50, p99 }: { p50: number; p99: number }) => `p50 ${p50} ms, p99 ${p99} ms`;
  const { indexing, retention: pass } = result;
  row("messages", `${result.messages} in ${ROOMS} rooms, ${result.appendMicroseconds} µs each to keep`);
  row("on disk", `${result.databaseMegabytes} MB, and ${result.indexMegabytes} MB of index`);
  row("start-up", both(result.startupMs));
  const memory = Object.entries(result.memoryMegabytes).map(([when, mb]) => `${when} ${mb} MB`);
  row("memory", memory.join(", "));
  row("CHATHISTORY of 100", both(result.chathistoryMs));
  row("the index is made in", `${indexing.seconds} s; longest PING meanwhile ${indexing.longestPingMs} ms`);
  for (const [name, times] of Object.entries(result.searchMs)) row(`search: ${name}`, both(times));
  row("retention, a step", `${both(pass)}, longest ${pass.longestMs} ms, ${pass.steps} steps`);
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: { messages: { type: "string", default: "1000000" }, json: { type: "boolean" } },
  });
  const result = await history(await build(scratch()), Number(values.messages));
  if (values.json) console.log(JSON.stringify(result));
  else print(result);
}

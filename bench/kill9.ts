/**
 * Kills a server while fifty people chat with IRC and nc, and restarts it: every message that anybody had seen must be in
 * the history, once and in the order in which it was seen. `bun run bench:kill9 [--rounds N] [--clients N] [--json]`.
 */
import { parseArgs } from "node:util";
import { build, Line, Server, scratch } from "./test-server.ts";

const ROOMS = 5;
const IN_FLIGHT = 4; // messages of each client that are sent and not yet seen
const PAGE = 1000; // messages per CHATHISTORY, at most
const MESSAGE = /\bm-\d+-\d+-\d+\b/;

/** The settings of a run. */
export interface Kill9Setup {
  readonly binary: string;
  /** The data folder, which all rounds share. */
  readonly data: string;
  readonly rounds: number;
  readonly clients: number;
  /** The kill comes after a random number of sightings (one per message and client) between these two. */
  readonly seen: readonly [least: number, most: number];
}

/** The results. The last three are broken promises and should be 0. */
export interface Kill9Report {
  readonly rounds: number;
  readonly clients: number;
  /** Messages in the history at the end. */
  readonly kept: number;
  /** How many of these at least one client had seen. */
  readonly seen: number;
  /** The sum of all clients' sightings. */
  readonly sightings: number;
  /** Messages that were seen but are not in the history. */
  readonly lost: number;
  /** Messages that are in the history more than once. */
  readonly doubled: number;
  /** Messages that were seen in another order than in the history. */
  readonly disordered: number;
}

/** The history as it is read back: for each room, the messages with their positions. */
class Record {
  readonly places = new Map<string, number>();
  doubled = 0;
  /** The last msgid of each room. */
  readonly last = new Map<string, string>();

  take(room: string, line: string): boolean {
    const text = MESSAGE.exec(line)?.[0];
    const msgid = /[@;]msgid=([^; ]+)/.exec(line)?.[1];
    if (msgid !== undefined) this.last.set(room, msgid);
    if (text === undefined) return msgid !== undefined;
    if (this.places.has(text)) this.doubled++;
    else this.places.set(text, this.places.size);
    return true;
  }
}

/** A client that sends its next message when it has seen an earlier one. */
class Talker {
  readonly seen: string[] = [];
  readonly #line: Line;
  readonly #say: (text: string) => void;
  readonly #name: string;
  readonly gone: Promise<void>;
  #said = 0;

  private constructor(line: Line, name: string, say: (text: string) => void, saw: () => void) {
    this.#line = line;
    this.#name = name;
    this.#say = say;
    this.gone = new Promise((resolve) => {
      line.ended = resolve;
    });
    line.heard = (heard) => {
      const text = MESSAGE.exec(heard)?.[0];
      if (text === undefined) return;
      this.seen.push(text);
      saw();
      if (text.startsWith(`${name}-`)) this.#next();
    };
  }

  static async enter(port: number, round: number, number: number, saw: () => void): Promise<Talker> {
    const line = await Line.open(port);
    const room = `#room-${number % ROOMS}`;
    const nick = `talker-${number}`;
    const isPerson = number % 2 === 1;
    const say = (text: string) => line.send(isPerson ? `${text}\n` : `PRIVMSG ${room} :${text}\r\n`);
    const talker = new Talker(line, `m-${round}-${number}`, say, saw);
    if (isPerson) {
      await line.ask(`/nick ${nick}\n/join ${room}\n`, /^-- You are in #room/);
    } else {
      line.send("CAP REQ :echo-message message-tags server-time draft/chathistory batch\r\nCAP END\r\n");
      await line.ask(`NICK ${nick}\r\nUSER ${nick} 0 * :${nick}\r\n`, / (?:376|422) /);
      await line.ask(`JOIN ${room}\r\n`, / 366 /);
    }
    return talker;
  }

  start(): void {
    for (let i = 0; i < IN_FLIGHT; i++) this.#next();
  }

  #next(): void {
    if (this.#line.isOpen) this.#say(`${this.#name}-${++this.#said}`);
  }
}

/** Runs a round: all clients chat until the server is killed and they have noticed. Returns what each has seen. */
async function round(setup: Kill9Setup, number: number): Promise<readonly (readonly string[])[]> {
  const { binary, data, clients, seen } = setup;
  const server = await Server.start(binary, data);
  const [least, most] = seen;
  let left = least + Math.floor(Math.random() * (most - least));
  const enough = Promise.withResolvers<void>();
  const saw = () => {
    if (--left === 0) enough.resolve();
  };
  const talkers: Talker[] = [];
  for (let i = 0; i < clients; i++) talkers.push(await Talker.enter(server.port, number, i, saw));
  for (const talker of talkers) talker.start();
  await enough.promise;
  await server.end("SIGKILL");
  await Promise.all(talkers.map((talker) => talker.gone));
  return talkers.map((talker) => talker.seen);
}

/** Reads the new part of the history. */
async function read(setup: Kill9Setup, record: Record): Promise<void> {
  const server = await Server.start(setup.binary, setup.data);
  const line = await Line.open(server.port);
  line.send("CAP REQ :batch draft/chathistory message-tags\r\nCAP END\r\n");
  await line.ask("NICK reader\r\nUSER reader 0 * :reader\r\n", / (?:376|422) /);
  for (let i = 0; i < ROOMS; i++) {
    const room = `#room-${i}`;
    await line.ask(`JOIN ${room}\r\n`, / 366 /);
    // A page by time may be longer: it includes all messages in the millisecond of its end.
    for (let got = PAGE; got >= PAGE; ) {
      const last = record.last.get(room);
      const from = last === undefined ? "timestamp=1970-01-01T00:00:00.000Z" : `msgid=${last}`;
      const lines = await line.ask(`CHATHISTORY AFTER ${room} ${from} ${PAGE}\r\n`, / BATCH -/);
      got = lines.filter((each) => record.take(room, each)).length;
    }
  }
  line.close();
  await server.end("SIGKILL");
}

/** Runs all rounds, and compares the sightings with the history. */
export async function kill9(setup: Kill9Setup): Promise<Kill9Report> {
  const record = new Record();
  const all = new Set<string>();
  let [sightings, lost, disordered] = [0, 0, 0];
  for (let number = 1; number <= setup.rounds; number++) {
    const views = await round(setup, number);
    await read(setup, record);
    for (const view of views) {
      sightings += view.length;
      let before = -1;
      for (const text of view) {
        all.add(text);
        const place = record.places.get(text);
        if (place === undefined) lost++;
        else if (place <= before) disordered++;
        before = place ?? before;
      }
    }
  }
  // Reads everything once more: nothing has disappeared or appeared twice.
  const again = new Record();
  await read(setup, again);
  for (const text of all) if (!again.places.has(text)) lost++;
  const { rounds, clients } = setup;
  const kept = again.places.size;
  return { rounds, clients, kept, seen: all.size, sightings, lost, doubled: again.doubled, disordered };
}

if (import.meta.main) {
  const options = {
    rounds: { type: "string", default: "50" },
    clients: { type: "string", default: "50" },
    json: { type: "boolean" },
  } as const;
  const { values } = parseArgs({ options });
  const report = await kill9({
    binary: await build(scratch()),
    data: scratch(),
    rounds: Number(values.rounds),
    clients: Number(values.clients),
    seen: [2_000, 60_000],
  });
  console.log(JSON.stringify(report));
  if (!values.json) {
    const { kept, seen, sightings, lost, doubled, disordered } = report;
    console.log(
      `killed ${report.rounds} times under load from ${report.clients}: of ${seen} messages seen (${sightings} times; ${kept} kept) ${lost} lost, ${doubled} doubled, ${disordered} out of order`,
    );
  }
  process.exit(report.lost + report.doubled + report.disordered === 0 ? 0 : 1);
}

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Line } from "../test-server.ts";

/** People in one room of a cluster: senders, which move to another node when theirs fails them, and watchers. */

const ROOM = "#faults";
const PATIENCE = 4000; // ms without an echo after which a sender goes to another node
const CONNECTING = 2000; // ms to be in the room
const AGAIN = 100; // ms between two attempts to connect
const PORT = 9000;
const CAPABILITIES = "batch draft/chathistory echo-message message-tags server-time standard-replies";

/** A message as it was seen. */
export interface Sighting {
  readonly msgid: string;
  readonly text: string;
}

/** Everything that a run's people have seen. */
export class Observations {
  /** The echoes, by the sender's id of the message. Further echoes of the same message are counted, not kept. */
  readonly echoed = new Map<string, Sighting>();
  /** Messages that were sent, by the sender's id. */
  readonly sent = new Map<string, string>();
  /** The sightings of each watcher, in order; a new list for each connection. */
  readonly views: Sighting[][] = [];
  /** Echoes of one message with different msgids: a broken promise. */
  readonly contradictions: string[] = [];
  /** ms from sending to the echo. */
  readonly delays: number[] = [];
  /** The longest time without an echo to anybody, in ms, since `begin`. */
  longestSilence = 0;
  #last = performance.now();

  /** Begins to measure silence anew. */
  begin(): void {
    this.longestSilence = 0;
    this.#last = performance.now();
  }

  takeEcho(id: string, seen: Sighting, delay: number): void {
    const now = performance.now();
    this.longestSilence = Math.max(this.longestSilence, now - this.#last);
    this.#last = now;
    const before = this.echoed.get(id);
    if (before && before.msgid !== seen.msgid) this.contradictions.push(`${id}: ${before.msgid} and ${seen.msgid}`);
    if (before) return;
    this.echoed.set(id, seen);
    this.delays.push(delay);
  }

  /** The silence that still lasts counts too. */
  end(): void {
    this.longestSilence = Math.max(this.longestSilence, performance.now() - this.#last);
  }
}

/** Reads a PRIVMSG to the room; `undefined` for any other line. */
export function sightingIn(line: string): (Sighting & { readonly id: string | undefined }) | undefined {
  const match = /^@(\S+) (?:@\S+ )?:\S+ PRIVMSG #faults :(.*)$/.exec(line);
  if (!match) return undefined;
  const [, tags = "", text = ""] = match;
  const msgid = /(?:^|;)msgid=([^;]+)/.exec(tags)?.[1];
  const id = /(?:^|;)\+tcpchat\/id=([^;]+)/.exec(tags)?.[1];
  return msgid === undefined ? undefined : { msgid, text, id };
}

/** Connects, registers and joins the room. Rejects if that takes too long, or as soon as the server closes. */
export async function enterRoom(address: string, nick: string): Promise<Line> {
  const opening = Line.open(PORT, address);
  const line = await within(opening, CONNECTING).catch((error: unknown) => {
    void opening.then((late) => late.close()).catch(() => {});
    throw error;
  });
  const { promise: closed, reject } = Promise.withResolvers<never>();
  closed.catch(() => {}); // it may close later
  line.ended = () => reject(new Error("closed"));
  const ask = (text: string, answer: RegExp) => within(Promise.race([line.ask(text, answer), closed]), CONNECTING);
  try {
    line.send(`CAP REQ :${CAPABILITIES}\r\nCAP END\r\n`);
    await ask(`NICK ${nick}\r\nUSER ${nick} 0 * :${nick}\r\n`, / (?:376|422) /);
    await ask(`JOIN ${ROOM}\r\n`, / 366 /);
    return line;
  } catch (error) {
    line.close();
    throw error;
  }
}

/** Settles as the promise does, or rejects after `ms`. */
function within<T>(promise: Promise<T>, ms: number): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<T>();
  const timer = setTimeout(() => reject(new Error("no answer")), ms);
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** A sender with some messages on their way at any time. */
export class Sender {
  readonly #name: string;
  readonly #addresses: readonly string[];
  readonly #window: number;
  readonly #observations: Observations;
  /** Messages without an echo: the id, and when each was last sent. */
  readonly #pending = new Map<string, number>();
  #line: Line | undefined;
  #sent = 0;
  #connections = 0;
  #isOver = false;
  #finished: Promise<void> = Promise.resolve();

  constructor(name: string, addresses: readonly string[], window: number, observations: Observations) {
    this.#name = name;
    this.#addresses = addresses;
    this.#window = window;
    this.#observations = observations;
  }

  start(): void {
    this.#finished = this.#run();
  }

  /** Sends nothing new, and waits until everything has an echo, for `ms` at most. */
  async finish(ms: number): Promise<void> {
    this.#isOver = true;
    await Promise.race([this.#finished, Bun.sleep(ms)]);
    this.#line?.close();
  }

  async #run(): Promise<void> {
    for (let at = 0; !this.#isOver || this.#pending.size > 0; at++) {
      const address = this.#addresses[at % this.#addresses.length] ?? "";
      try {
        await this.#talk(await enterRoom(address, `${this.#name}-${++this.#connections}`));
      } catch {
        await Bun.sleep(AGAIN);
      }
    }
  }

  /** Talks over a connection until it ends, or no echo comes. */
  async #talk(line: Line): Promise<void> {
    this.#line = line;
    const ended = Promise.withResolvers<void>();
    line.ended = () => ended.resolve();
    line.heard = (heard) => this.#take(heard);
    const now = performance.now();
    for (const id of this.#pending.keys()) this.#send(id, now);
    this.#sendMore();
    const watch = setInterval(() => {
      const oldest = Math.min(...this.#pending.values());
      if (this.#isOver && this.#pending.size === 0) ended.resolve();
      else if (performance.now() - oldest > PATIENCE) ended.resolve();
    }, 50);
    if (!line.isOpen) ended.resolve();
    await ended.promise;
    clearInterval(watch);
    line.heard = () => {};
    line.close();
  }

  #take(heard: string): void {
    const seen = sightingIn(heard);
    if (seen?.id === undefined) return;
    const since = this.#pending.get(seen.id);
    if (since === undefined) return;
    this.#pending.delete(seen.id);
    this.#observations.takeEcho(seen.id, seen, performance.now() - since);
    this.#sendMore();
  }

  #sendMore(): void {
    while (!this.#isOver && this.#pending.size < this.#window) {
      const id = `${this.#name}-${String(++this.#sent).padStart(16, "0")}`;
      this.#observations.sent.set(id, `${this.#name} says ${this.#sent}`);
      this.#send(id, performance.now());
    }
  }

  #send(id: string, now: number): void {
    this.#pending.set(id, now);
    this.#line?.send(`@+tcpchat/id=${id} PRIVMSG ${ROOM} :${this.#observations.sent.get(id)}\r\n`);
  }
}

/** Sees everything that one node tells in the room; it comes back to the same node. */
export class Watcher {
  readonly #name: string;
  readonly #address: string;
  readonly #observations: Observations;
  #line: Line | undefined;
  #isOver = false;

  constructor(name: string, address: string, observations: Observations) {
    this.#name = name;
    this.#address = address;
    this.#observations = observations;
  }

  start(): void {
    void this.#run();
  }

  finish(): void {
    this.#isOver = true;
    this.#line?.close();
  }

  async #run(): Promise<void> {
    for (let connection = 1; !this.#isOver; connection++) {
      try {
        const line = await enterRoom(this.#address, `${this.#name}-${connection}`);
        this.#line = line;
        const view: Sighting[] = [];
        this.#observations.views.push(view);
        line.heard = (heard) => {
          const seen = sightingIn(heard);
          if (seen) view.push({ msgid: seen.msgid, text: seen.text });
        };
        await new Promise<void>((resolve) => {
          line.ended = resolve;
          if (!line.isOpen) resolve();
        });
      } catch {
        await Bun.sleep(AGAIN);
      }
    }
  }
}

const PAGE = 1000; // messages per CHATHISTORY, at most

/** Reads everything that a node has of the room, oldest first. */
let readers = 0;
export async function readPast(address: string): Promise<readonly Sighting[]> {
  const line = await enterRoom(address, `reader-${++readers}`);
  const past = new Map<string, Sighting>();
  let from = "timestamp=1970-01-01T00:00:00.000Z";
  for (;;) {
    const lines = await line.ask(`CHATHISTORY AFTER ${ROOM} ${from} ${PAGE}\r\n`, / BATCH -|^FAIL| FAIL /);
    const page = lines.flatMap((each) => sightingIn(each) ?? []);
    for (const { msgid, text } of page) past.set(msgid, { msgid, text });
    const last = page.at(-1);
    if (!last || page.length < PAGE) break;
    from = `msgid=${last.msgid}`;
  }
  line.close();
  return [...past.values()];
}

/** A sender that sends when it is told to. */
export class PacedSender {
  readonly delays: number[] = [];
  readonly #name: string;
  readonly #address: string;
  readonly #since = new Map<string, number>();
  #line: Line | undefined;
  #sent = 0;

  constructor(name: string, address: string) {
    this.#name = name;
    this.#address = address;
  }

  async start(): Promise<void> {
    this.#line = await enterRoom(this.#address, this.#name);
    this.#line.heard = (heard) => {
      const id = sightingIn(heard)?.id;
      const since = id === undefined ? undefined : this.#since.get(id);
      if (since !== undefined) this.delays.push(performance.now() - since);
    };
  }

  send(): void {
    const id = `${this.#name}-${String(++this.#sent).padStart(16, "0")}`;
    this.#since.set(id, performance.now());
    this.#line?.send(`@+tcpchat/id=${id} PRIVMSG ${ROOM} :${this.#name} says ${this.#sent}\r\n`);
  }

  close(): void {
    this.#line?.close();
  }
}

/** Starts a server on its own at this address. */
export async function startAlone(binary: string, address: string, data: string): Promise<{ end(): Promise<void> }> {
  const command = [binary, "server", "--host", address, "--port", String(PORT), "--data", data, "--quiet"];
  mkdirSync(data, { recursive: true });
  const config = join(data, "..", "alone.toml");
  writeFileSync(config, `[limits]\nexempt = ["${address}/24"]\n`);
  const server = Bun.spawn([...command, "--config", config], { stdout: "ignore", stderr: "ignore" });
  const isThere = () =>
    fetch(`http://${address}:${PORT}/healthz`).then(
      () => true,
      () => false,
    );
  while (!(await isThere())) await Bun.sleep(50);
  return {
    end: async () => {
      server.kill("SIGTERM");
      await server.exited;
    },
  };
}

/** A conversation over connections that break again and again. */

import type { ClientIdentity, Model } from "../../../src/client/model/state.ts";
import { networkServer } from "../../../src/client/net/connect.ts";
import type { Server } from "../../../src/client/net/transport.ts";
import { Conversation } from "../../../src/client/run/conversation.ts";
import type { ClientProcess, OutputStream } from "../../../src/client/run/process.ts";
import { systemClock } from "../../../src/client/run/system.ts";
import { runTail } from "../../../src/client/run/tail.ts";
import { Cutter } from "./cutter.ts";
import { MemoryFolder } from "./memory-folder.ts";

/** The result of the conversation. */
export interface Outcome {
  readonly cuts: number;
  /** The texts that each client saw, in order. */
  readonly seen: Readonly<Record<"ann" | "bob" | "tail", readonly string[]>>;
  readonly ann: readonly string[];
  readonly bob: readonly string[];
}

function identity(nick: string): ClientIdentity {
  const nobody = { account: undefined, password: undefined, isSavedLogin: false, serverPassword: undefined };
  const history = { type: "lines", count: 1000 } as const;
  return { nick, rooms: ["#lobby"], ...nobody, newId: () => crypto.randomUUID().replaceAll("-", ""), history };
}

/**
 * Lets ann and bob say `lines` numbered lines each, over a relay that breaks their connections, and that of a `tail`,
 * `cuts` times at random. Resolves when each client has seen as many lines as were said.
 */
export async function talkOverCuts(port: number, lines: number, cuts: number, random: () => number): Promise<Outcome> {
  let left = cuts;
  const spread = Math.max(400, Math.floor((lines * 900) / cuts));
  const cutter = new Cutter(port, () => (left-- > 0 ? 1 + Math.floor(random() * spread) : undefined));
  const server = networkServer({ host: "127.0.0.1", port: cutter.port });
  const seen = { ann: [] as string[], bob: [] as string[], tail: [] as string[] };
  const { promise: done, resolve } = Promise.withResolvers<void>();
  const { promise: allIn, resolve: letAllIn } = Promise.withResolvers<void>();
  const check = (): void => {
    if ([ann, bob].every(({ model }) => model.rooms.values().some((room) => room.members.size === 2))) letAllIn();
    const all = Object.values(seen).every((texts) => texts.length >= 2 * lines);
    if (all && [ann, bob].every(({ model }) => model.outbox.length === 0)) resolve();
  };
  const delay = (): number => 1;
  const person = (nick: "ann" | "bob"): Conversation =>
    new Conversation(
      { server, identity: identity(nick), clock: systemClock, strict: false, delay },
      {
        connected: () => {},
        show: (line) => {
          if ("nick" in line) seen[nick].push(line.text);
        },
        changed: check,
      },
    );
  const ann = person("ann");
  const bob = person("bob");
  const tail = follow(server, delay, (text) => {
    seen.tail.push(text);
    check();
  });
  for (const one of [ann, bob]) one.start();
  const said = { ann: numbered("ann", lines), bob: numbered("bob", lines) };
  await allIn;
  cutter.begin();
  await Promise.all([typeAll(ann, said.ann), typeAll(bob, said.bob)]);
  await done;
  ann.quit("");
  bob.quit("");
  tail.stop();
  await Promise.all([ann.ended, bob.ended, tail.ended]);
  cutter.stop();
  return { cuts: cutter.cuts, seen, ...said };
}

function numbered(nick: string, lines: number): readonly string[] {
  return Array.from({ length: lines }, (_, i) => `${nick} ${i + 1}`);
}

/** Types lines, connected or not, while at most 50 wait in the outbox. */
async function typeAll(who: Conversation, lines: readonly string[]): Promise<void> {
  const waiting = (model: Model): number => model.outbox.length;
  for (const line of lines) {
    who.say(line);
    do await new Promise((resolve) => setImmediate(resolve));
    while (waiting(who.model) > 50);
  }
}

interface Followed {
  readonly ended: Promise<unknown>;
  stop(): void;
}

function follow(server: Server, delay: () => number, told: (text: string) => void): Followed {
  let rest = "";
  const stdout: OutputStream = {
    on: () => {},
    write: (chunk, taken) => {
      const parts = (rest + String(chunk)).split("\n");
      rest = parts.pop() ?? "";
      for (const part of parts) told(String(JSON.parse(part).text));
      taken?.();
    },
  };
  let stop: () => void = () => {};
  const proc: ClientProcess = {
    stdin: process.stdin,
    stdout,
    stderr: { on: () => {}, write: (_, taken) => taken?.() },
    env: {},
    clock: systemClock,
    state: new MemoryFolder(),
    data: new MemoryFolder(),
    server: networkServer,
    delay,
    onSignal: (name, act) => {
      if (name === "SIGTERM") stop = act;
      return () => {};
    },
    onExit: () => () => {},
    onBug: () => () => {},
  };
  const what = { room: "#lobby", history: { type: "lines", count: 5000 }, json: true, follow: true } as const;
  return { ended: runTail(server, identity("tail"), what, proc), stop: () => stop() };
}

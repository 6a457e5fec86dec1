import { expect, test } from "bun:test";
import fc from "fast-check";
import type { Act } from "../../src/chat/model/act.ts";
import type { ServerBan } from "../../src/chat/model/masks.ts";
import { NOTHING } from "../../src/chat/model/refusal.ts";
import { SEMANTICS, type Semantics } from "../../src/chat/rules/check.ts";
import type { SqliteStore } from "../../src/store/sqlite.ts";
import { fold } from "../../src/text/fold.ts";
import { act, asItIs, type Cast, NAMES, type Outside, outside, plays, rulesOf, withKeys } from "../chat/script.ts";
import { anAccount, modes, type RecordingSession } from "../support/chat-fixture.ts";
import { TestCluster, type TestNode } from "../support/cluster-fixture.ts";

// Three nodes whose clocks are wrong play random acts over a log that loses records and answers; nodes die and come back.
// After the same record all have the same digest.

const SEEDS = Number(process.env.SEEDS ?? 20);
const STEPS = 600;
const TICK = 60; // ms of a step while two are stopped: they are buried meanwhile
const LAW = SEEDS * 6000; // ms: a seed takes half a second at most, and must pass on a busy machine
const FAULTS = { lost: 0.05, unanswered: 0.1 };
const SKEWS: Readonly<Record<string, number>> = { a: -1500, b: 0, c: 1500 };
const AGE = 3000; // ms for which history is kept
const DELETIONS = 12; // of a pass of retention, at most
const PLACES = 4; // people of a script
const ABSENT = "eve"; // has an account, and never comes

/** Acts that the script does not have: messages with an id, redactions, read markers. */
const more: fc.Arbitrary<Act> = fc.oneof(
  fc.record({
    type: fc.constant("say"),
    to: fc.constantFrom("#dev", "#lobby", "ann", "bob", "dan"),
    kind: fc.constantFrom("words", "notice"),
    text: fc.constantFrom("one", "two"),
    id: fc.constantFrom("id-one", "id-two", "id-three"),
    tags: fc.constantFrom(undefined, new Map([["+draft/reply", "x"]])),
  }) as fc.Arbitrary<Act>,
  fc.record({
    type: fc.constant("redact"),
    target: fc.constantFrom("#dev", "#lobby", "ann", "bob"),
    msgid: fc.nat(400).map(String),
    reason: fc.constant(""),
  }) as fc.Arbitrary<Act>,
  fc.constantFrom("#dev", "ann", "bob").map((target): Act => ({ type: "mark-read", target, time: 1_700_000_000_500 })),
  fc.constantFrom(undefined, "ann", "bob").map((read): Act => ({ type: "catch-up", read })),
  fc.constantFrom("", "out").map((text): Act => ({ type: "set-away", text })),
  fc.constantFrom("Ann", "").map((realname): Act => ({ type: "set-realname", realname })),
  fc.boolean().map((on): Act => ({ type: "change-user-modes", changes: [{ userMode: "bot", on }] })),
  fc.constant<Act>({ type: "announce", text: "down soon" }),
  fc.constantFrom(1000, 60_000, 0).map((keeps): Act => modes("#dev", { mode: "history", on: true, keeps })),
);

const acts = fc.oneof({ weight: 3, arbitrary: act }, { weight: 1, arbitrary: more });

/** The version that comes next. By it, these acts come to nothing at every third sequence number. */
const NEXT = SEMANTICS.newest + 1;
const BARRED: ReadonlySet<string> = new Set(["join", "say", "set-topic", "change-modes", "rename"]);

/** A program of the next version; `holds` says whether the agreed version turns its new behaviour on. */
function program(holds: (agreed: number) => boolean): Semantics {
  return {
    newest: NEXT,
    check: (state, session, does) =>
      BARRED.has(does.type) && state.seq % 3 === 0 && holds(state.semantics)
        ? NOTHING
        : SEMANTICS.check(state, session, does),
  };
}

/** Events made on purpose, each before a step. */
interface Plan {
  /** A node starts again with another program. */
  readonly installed?: Readonly<Record<number, readonly [name: string, semantics: Semantics]>>;
  /** All nodes start again from their own files. */
  readonly restarted?: number;
  /** Two nodes stop. */
  readonly stopped?: number;
  /** These go on: meanwhile the third has buried them. */
  readonly continued?: number;
  /** From here on, no node dies. */
  readonly calm?: number;
  /** The rows of one node are changed. */
  readonly spoiled?: number;
  readonly spoils?: (store: SqliteStore) => void;
}

class Simulation implements Disposable {
  readonly cluster: TestCluster;
  readonly #acts: readonly Act[];
  readonly #outside: readonly Outside[];
  readonly #casts = new Map<TestNode, Cast>();
  /** The programs of the nodes: the first is that of this version. */
  readonly #programs = new Map<string, Semantics>();
  readonly #plan: Plan;
  #stopped: readonly TestNode[] = [];

  constructor(seed: number, plan: Plan) {
    this.cluster = new TestCluster({
      seed,
      faults: FAULTS,
      rules: rulesOf(),
      prepare: (store) => {
        for (const name of [...NAMES, ABSENT]) store.saveAccount(anAccount(name));
      },
    });
    this.#acts = fc.sample(acts, { seed, numRuns: STEPS });
    this.#outside = fc.sample(outside, { seed, numRuns: STEPS });
    this.#plan = plan;
  }

  async runs(): Promise<void> {
    for (const name of Object.keys(SKEWS)) this.#begins(name);
    for (let at = 0; at < STEPS && !this.#isFenced; at++) {
      this.#plans(at);
      const chance = this.cluster.random();
      if (chance < 0.45) this.#does(at);
      else if (chance < 0.47) this.#befalls(at);
      else if (chance < 0.48 && at < (this.#plan.calm ?? STEPS)) this.#dies();
      else if (chance < 0.5) this.#forgets();
      await this.cluster.step();
      for (const node of [...this.cluster.nodes])
        if (node.fence === "buried") this.#restarts(node, this.#peerFor(node));
    }
    await this.cluster.settles();
  }

  get #isFenced(): boolean {
    return this.cluster.nodes.some(({ fence }) => fence === "differs");
  }

  #plans(at: number): void {
    const { cluster } = this;
    const { spoils } = this.#plan;
    if (at === this.#plan.restarted) for (const node of [...cluster.nodes]) this.#restarts(node, undefined);
    const [name, semantics] = this.#plan.installed?.[at] ?? [];
    if (name && semantics) this.#installs(name, semantics);
    if (at === this.#plan.spoiled) for (const { place, store } of cluster.nodes) if (place === "c") spoils?.(store);
    if (at === this.#plan.stopped) this.#stopped = [...cluster.nodes].sort(() => cluster.random() - 0.5).slice(1);
    if (at === this.#plan.continued) {
      for (const node of this.#stopped) node.continues();
      this.#stopped = [];
    }
    for (const node of this.#stopped) node.stops();
    if (this.#stopped.length > 0) cluster.now += TICK;
  }

  #begins(name: string, peer?: TestNode): void {
    const semantics = this.#programs.get(name) ?? SEMANTICS;
    this.cluster.begins(name, { skew: SKEWS[name] ?? 0, semantics }, peer);
  }

  #installs(name: string, semantics: Semantics): void {
    this.#programs.set(name, semantics);
    for (const node of this.cluster.nodes.filter(({ place }) => place === name)) this.#restarts(node, undefined);
  }

  #pick<T>(from: readonly T[]): T | undefined {
    return from[Math.floor(this.cluster.random() * from.length)];
  }

  #does(at: number): void {
    const node = this.#pick(this.#running.filter(({ ordinal }) => ordinal !== undefined));
    const does = this.#acts[at];
    if (node && does) plays(this.#castOf(node), Math.floor(this.cluster.random() * PLACES), named(node, does));
  }

  #castOf(node: TestNode): Cast {
    const cast = this.#casts.get(node) ?? { fixture: node, players: withKeys(people(node)) };
    this.#casts.set(node, cast);
    return cast;
  }

  #befalls(at: number): void {
    const node = this.#pick(this.#running);
    const what = this.#outside[at];
    if (typeof what === "number") this.cluster.now += what;
    else if (what === "disempower")
      node?.chat.administer({ type: "disempower", names: ["root"], why: "operator-removed" });
    else if (what && "limits" in what)
      node?.chat.administer({ type: "configure", rules: rulesOf(what.limits, what.registration) });
    else if (what) node?.chat.administer({ type: "log-out", account: anAccount(what.logOut), why: what.why });
  }

  /** A node finds expired messages, and deletes some of them on all nodes. */
  #forgets(): void {
    const node = this.#pick(this.#running);
    const now = this.cluster.now;
    const pass = node?.store.applyRetention({ messages: now - AGE, ids: now - AGE, now }, (deletion) => {
      node.chat.administer({ type: "forget", deletion });
      return true;
    });
    for (let steps = Math.floor(this.cluster.random() * DELETIONS); steps > 0; steps--) pass?.next();
  }

  #dies(): void {
    const node = this.#pick(this.#running);
    if (node) this.#restarts(node, this.#peerFor(node));
  }

  #restarts(node: TestNode, peer: TestNode | undefined): void {
    this.cluster.kills(node);
    this.#casts.delete(node);
    this.#begins(node.place, peer);
  }

  /** Sometimes, the node whose file a node begins with. */
  #peerFor(node: TestNode): TestNode | undefined {
    const peers = this.cluster.nodes.filter((each) => each !== node);
    return this.cluster.random() < 0.3 ? this.#pick(peers) : undefined;
  }

  get #running(): readonly TestNode[] {
    return this.cluster.nodes.filter((node) => !this.#stopped.includes(node));
  }

  [Symbol.dispose](): void {
    this.cluster[Symbol.dispose]();
  }
}

/** The script names a message by its number. */
function named({ store }: TestNode, does: Act): Act {
  return does.type === "redact" ? { ...does, msgid: store.msgid(Number(does.msgid)) } : does;
}

/** Everything that is kept of the rooms, and of the conversations of accounts. */
function pastOf({ chat, store }: TestNode): readonly unknown[] {
  const span = { from: 0, limit: 10_000 };
  const rooms = Array.from(chat.rooms, ({ key }) => key);
  const talks = [...store.accounts()].map(({ id }) => store.conversations(id, span));
  return [talks, ...rooms.sort().map((key) => [key, store.history(key, span), store.events(key, span)])];
}

function people(node: TestNode): readonly RecordingSession[] {
  return Array.from({ length: PLACES }, () => node.connects());
}

test(
  "all nodes have the same state after the same record, whatever happens",
  async () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      using simulation = new Simulation(seed, { restarted: 200, stopped: 300, continued: 450 });
      await simulation.runs();
      const { cluster } = simulation;
      expect([seed, cluster.differences]).toEqual([seed, []]);
      const states: readonly object[] = cluster.nodes.map((node) => ({ ...asItIs(node), past: pastOf(node) }));
      const [first = {}, ...others] = states;
      for (const other of others) expect(other).toEqual(first);
    }
  },
  LAW,
);

const absent = anAccount(ABSENT);
const ban: ServerBan = { kind: "mask", target: "zoe!*@*", by: "root", at: 0, reason: "" };

/** Changes of rows that nothing may read for the rest of a run. */
const SPOILINGS: readonly ((store: SqliteStore) => void)[] = [
  (store) => store.removeAccount(absent.id),
  (store) => store.saveAccount({ ...absent, hash: "another" }),
  (store) => store.saveBan(fold(ban.target), ban),
  (store) => store.addMemberships(absent.id, [fold("#dev")], 1, 10),
  (store) => store.setMarker(absent.id, fold("#dev"), { time: 1, seq: 1 }, 10),
];

test(
  "a node whose rows differ is found, and ends",
  async () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      const spoils = SPOILINGS[seed % SPOILINGS.length];
      using simulation = new Simulation(seed, { calm: 150, spoiled: 350, ...(spoils && { spoils }) });
      await simulation.runs();
      const fenced = simulation.cluster.nodes.flatMap(({ place, fence }) => (fence ? [place, fence] : []));
      expect([seed, fenced]).toEqual([seed, ["c", "differs"]]);
    }
  },
  LAW,
);

/** One node after the other starts again with a newer program; the first goes back to the older one in between. */
function upgrading(to: Semantics): Plan {
  return { installed: { 50: ["a", to], 100: ["a", SEMANTICS], 150: ["a", to], 250: ["b", to], 430: ["c", to] } };
}

test(
  "nodes of two versions have the same state, and take up the newer semantics when all are upgraded",
  async () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      using simulation = new Simulation(seed, upgrading(program((agreed) => agreed >= NEXT)));
      await simulation.runs();
      const { cluster } = simulation;
      const agreed = cluster.nodes.map(({ order }) => order.semantics);
      expect([seed, cluster.differences, agreed]).toEqual([seed, [], [NEXT, NEXT, NEXT]]);
    }
  },
  LAW,
);

test(
  "a node that takes up newer semantics before the others are upgraded is found",
  async () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      using simulation = new Simulation(seed, upgrading(program(() => true)));
      await simulation.runs();
      expect([seed, simulation.cluster.differences.length > 0]).toEqual([seed, true]);
    }
  },
  LAW,
);

import { expect, test } from "bun:test";
import fc from "fast-check";
import type { ActOrder, Chat, LogPoint, SubmittedAct, SubmittedServerAct } from "../../src/chat/chat.ts";
import type { Act } from "../../src/chat/model/act.ts";
import type { ChatEvent } from "../../src/chat/model/event.ts";
import { savedPoint } from "../../src/chat/presence.ts";
import { SEMANTICS } from "../../src/chat/rules/check.ts";
import type { PresenceKind, Store } from "../../src/chat/store.ts";
import { memoryStore } from "../../src/store/sqlite.ts";
import { fold } from "../../src/text/fold.ts";
import { ChatFixture, enter, join, leave, RecordingSession } from "../support/chat-fixture.ts";
import { asItIs, rulesOf, Scene, type Step, scriptWith } from "./script.ts";

const LAW = 60_000; // ms: a law takes a few seconds alone, and must pass on a busy machine
const KINDS: readonly PresenceKind[] = ["attempts", "meta", "member", "room", "room-state", "unstored"];
const WATCH = { clock: () => 0, failed: () => {}, recovered: () => {} };

/** The log of a cluster of one node: a record for each act, back at once. */
class Loopback implements ActOrder {
  readonly start: LogPoint;
  readonly semantics = SEMANTICS.newest;
  readonly sessions = new Map<number, RecordingSession>();
  readonly #queue: (SubmittedAct | SubmittedServerAct)[] = [];
  #fixture: ChatFixture | undefined;
  #isRunning = false;

  constructor(store: Store, now = 1000) {
    this.start = (savedPoint(store) as LogPoint | undefined) ?? { seq: 1, time: now, eventTime: now };
  }

  carry(fixture: ChatFixture): void {
    this.#fixture = fixture;
  }

  get point(): LogPoint {
    return this.#fixture?.chat.logPoint ?? this.start;
  }

  remoteSession(id: number, fingerprint: string | undefined): RecordingSession {
    const submit: Chat["submit"] = (...submitted) => this.#fixture?.chat.submit(...submitted);
    const session = new RecordingSession({ submit } as Chat, id);
    session.fingerprint = fingerprint;
    this.sessions.set(id, session);
    return session;
  }

  submit(submitted: SubmittedAct | SubmittedServerAct): void {
    this.#queue.push(submitted);
    if (this.#isRunning) return;
    this.#isRunning = true;
    for (let next = this.#queue.shift(); next; next = this.#queue.shift()) {
      this.#fixture?.chat.runRecord(this.#fixture.now, [next]);
      this.#fixture?.chat.savePoint();
    }
    this.#isRunning = false;
  }

  failed(error: unknown): void {
    throw error;
  }
}

/** A scene in ordered mode; on a store with rows it continues from them. */
function ordered(store: Store, now = 1000): Scene {
  const order = new Loopback(store, now);
  const isNew = savedPoint(store) === undefined;
  const limits = {
    newRoomsPerAddress: 2,
    invitations: 2,
    metadataChanges: 2,
    readMarkers: 2,
    pendingInvitations: 2,
    roomsPerAccount: 1,
  };
  const fixture = new ChatFixture({ store, now, order, rules: rulesOf(limits) });
  order.carry(fixture);
  const scene = new Scene(fixture, isNew ? undefined : []);
  const players = scene.players.map((player) => order.sessions.get(player.id) ?? player);
  fixture.chat.commit();
  return Object.assign(scene, { players });
}

function plays(scene: Scene, steps: readonly Step[]): void {
  const { chat } = scene.fixture;
  for (const step of steps) {
    if (typeof step === "object" && "logOut" in step) {
      const account = { id: `id-${step.logOut}`, name: step.logOut } as never;
      chat.administer({ type: "log-out", account, why: step.why });
    } else if (typeof step === "number") scene.fixture.now += step;
    else scene.plays(step);
    chat.commit();
  }
}

function eventsOf({ fixture }: Scene): ChatEvent[] {
  const events: ChatEvent[] = [];
  fixture.chat.observe((event) => events.push(event));
  return events;
}

/** Each store makes its own msgids; the time of a last message decides nothing, and is not saved with each message. */
const LEFT_OUT = ["msgid", "messageMsgid", "lastSpoke"];

/** As JSON, in which a tag map is a list. */
function plain(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (key, each: unknown) => {
      if (LEFT_OUT.includes(key)) return undefined;
      return each instanceof Map ? [...each] : each;
    }),
  );
}

function rowsOf({ fixture: { store } }: Scene): unknown {
  return plain(KINDS.map((kind) => [kind, store.presence(kind)]));
}

const ID = "0123456789abcdef";
const nick = fc.constantFrom("ann", "bob", "cat", "dan", "ann-2");
const room = fc.constantFrom("#lobby", "#dev", "#new", "#ops");

/** Acts whose outcome depends on state that a single server has only in memory. */
const more: readonly fc.Arbitrary<Act>[] = [
  fc.tuple(nick, fc.constantFrom("k1", "k2")).map(([as, resume]): Act => ({ ...enter(as, true), resume }) as Act),
  fc.constant<Act>({ ...enter("x", true), nick: undefined } as Act),
  nick.map((as): Act => ({ ...enter(as, true), host: "home.cloak" }) as Act),
  fc
    .constantFrom("1", "2")
    .map((n): Act => ({ type: "say", to: "#dev", rank: "operator", kind: "words", text: "hi", id: ID + n })),
  fc
    .tuple(fc.oneof(nick, room), fc.constantFrom("1", "2"), fc.constantFrom("hi", "ho"))
    .map(([to, n, text]): Act => ({ type: "say", to, kind: "words", text, id: ID + n, tags: new Map([["+x", n]]) })),
  fc.tuple(fc.oneof(nick, room), fc.nat(9000)).map(([target, time]): Act => ({ type: "mark-read", target, time })),
  fc.tuple(room, nick).map(([of, target]): Act => ({ type: "ban-from-room", room: of, target, reason: "" })),
  fc.constant<Act>({ type: "set-away", text: "out" }),
  room.map((of) => join(of, { quietly: true })),
  fc.constant<Act>({ type: "change-certificate", on: false, fingerprint: "cd", isShown: false }),
];
const script = scriptWith(...more);

test(
  "a node that stops at any record goes on as one that did not stop",
  () => {
    fc.assert(
      fc.property(script, script, (before, after) => {
        const [store, other] = [memoryStore(WATCH), memoryStore(WATCH)];
        const [stopped, twin] = [ordered(store), ordered(other)];
        for (const scene of [stopped, twin]) plays(scene, before);
        const opened = ordered(store, stopped.fixture.now);
        expect(asItIs(opened.fixture)).toEqual(asItIs(twin.fixture));
        const [told, toldToo] = [eventsOf(twin), eventsOf(opened)];
        for (const scene of [twin, opened]) plays(scene, after);
        expect(plain(toldToo)).toEqual(plain(told));
        expect(rowsOf(opened)).toEqual(rowsOf(twin));
        for (const each of [store, other]) each.close();
      }),
      { numRuns: 50 },
    );
  },
  LAW,
);

/** The chat of a node as it is after a restart, with its sessions. */
function restarted({ fixture: { store, now } }: Scene): Scene {
  return ordered(store, now);
}

test("a ban that follows a guest under any nick follows it after a restart", () => {
  const scene = ordered(memoryStore(WATCH));
  const [eve, fay] = scene.players;
  for (const [player, nick] of [
    [eve, "eve"],
    [fay, "fay"],
  ] as const)
    player?.does({ ...enter(nick), host: "home.cloak" } as Act, join("#dev"));
  eve?.does({ type: "ban-from-room", room: "#dev", target: "fay", reason: "" });
  expect(fay?.does({ type: "rename", nick: "gil" })).toEqual(["renamed fay gil"]);
  scene.fixture.chat.commit();
  expect(restarted(scene).players[1]?.does(join("#dev"))[0]).toStartWith("no: cannot-join #dev banned");
});

test("a room that is kept for an account counts towards its limit after a restart", () => {
  const scene = ordered(memoryStore(WATCH));
  const account = scene.fixture.store.loadAccount(fold("ann"));
  const [ann] = scene.players;
  ann?.does({ ...enter("ann"), account } as Act, join("#one"), leave("#one"));
  scene.fixture.chat.commit();
  const again = restarted(scene);
  again.players[0]?.does(join("#two"), leave("#two"));
  expect([...again.fixture.chat.rooms].map(({ name }) => name)).toEqual(["#lobby", "#one"]);
});

test("a server that leaves its cluster gives no sequence number twice", () => {
  const scene = ordered(memoryStore(WATCH));
  const { chat, store } = scene.fixture;
  scene.players[0]?.does(enter("eve"), join("#dev"));
  chat.commit();
  expect(store.claim(1)).toBeGreaterThan(chat.logPoint.seq);
});

test("a chat without an order saves nothing of this", () => {
  const fixture = new ChatFixture();
  fixture.brings("ann", "#dev");
  fixture.chat.commit();
  expect(KINDS.flatMap((kind) => fixture.store.presence(kind))).toEqual([]);
});

import { expect, test } from "bun:test";
import fc from "fast-check";
import type { AccountId } from "../../src/chat/model/account.ts";
import type { ChatEvent, Identity } from "../../src/chat/model/event.ts";
import type { ChatLimits } from "../../src/chat/model/limits.ts";
import { DEFAULT_FLAGS, isFlag, type ModeChange } from "../../src/chat/model/modes.ts";
import { roomIdOf } from "../../src/chat/model/token.ts";
import { type Folded, fold } from "../../src/text/fold.ts";
import { anAccount, ChatFixture, gist, join, leave, QUIT } from "../support/chat-fixture.ts";
import { accountShown, asItIs, membershipsShown, NAMES, rulesOf, Scene, type Step, script, sorted } from "./script.ts";

const LAW = 60_000; // ms: a law takes under a second alone, and must pass on a busy machine

// Events tell everything: nothing of the chat changes without one.

interface RebuiltRoom {
  readonly name: string;
  /** Each member's ranks in the room, by nick; `?` is a hidden member, `<` a listener. */
  readonly members: Map<string, Set<string>>;
  /** Its flags, its masks, its key, its limit, its topic. */
  readonly modes: Map<string, string>;
}

/** The chat as an observer of its events knows it. */
class Rebuilt {
  /** Accounts, by the nicks of their logged-in members. */
  readonly members = new Map<string, string>();
  /** Metadata, by nick. */
  readonly metadata = new Map<string, Map<string, string>>();
  /** By folded name. */
  readonly rooms = new Map<Folded, RebuiltRoom>([[fold("#lobby"), opened("#lobby", ["members-only"])]]);
  readonly bans = new Set<string>();
  readonly operators = new Set<string>();
  readonly accounts = new Map<string, unknown>(
    NAMES.map((name) => [anAccount(name).id, accountShown(anAccount(name))]),
  );
  /** The rooms of accounts, each with the `seq` of the event that put it on the list. */
  readonly memberships = new Map<string, Map<Folded, number>>();
  /** The owners of tokens, by hash. */
  readonly tokens = new Map<string, string>();
  limits: ChatLimits = rulesOf().limits;

  take(event: ChatEvent): void {
    this.#takeMembership(event);
    switch (event.type) {
      case "entered":
      case "separated":
        this.metadata.set(event.who.nick, new Map(event.type === "entered" ? event.metadata : []));
        return void this.members.set(event.who.nick, event.who.account?.name ?? "");
      case "account-set":
        return void this.members.set(event.who.nick, event.account?.name ?? "");
      case "quit":
      case "expelled":
        for (const { members } of this.rooms.values()) members.delete(event.who.nick);
        this.operators.delete(event.who.nick);
        this.metadata.delete(event.who.nick);
        return void this.members.delete(event.who.nick);
      case "renamed":
        for (const all of [this.members, this.metadata, ...Array.from(this.rooms.values(), ({ members }) => members)])
          rekey(all as Map<string, unknown>, event.who.nick, event.nick);
        if (this.operators.delete(event.who.nick)) this.operators.add(event.nick);
        return;
      case "joined": {
        const room = (!event.opens && this.#room(event.room)) || opened(event.room, DEFAULT_FLAGS);
        this.rooms.set(fold(event.room), room);
        const ranks = event.ranks ?? (event.rank ? [event.rank] : []);
        return void room.members.set(
          event.who.nick,
          new Set(event.listens ? ["<", ...ranks] : event.quietly ? ["?", ...ranks] : ranks),
        );
      }
      case "appeared":
        return void this.#room(event.room)?.members.get(event.who.nick)?.delete("?");
      case "left":
      case "kicked":
        return void this.#room(event.room)?.members.delete(event.who.nick);
      case "modes-changed":
        for (const change of event.changes) this.#change(this.#room(event.room) ?? opened(event.room, []), change);
        return;
      case "topic-set":
        return void set(this.#room(event.room)?.modes, "topic", event.topic, event.topic !== "");
      case "metadata-changed": {
        const { target, inRoom, key, value = "" } = event;
        if (inRoom) return set(this.#room(target)?.modes, `metadata ${key}`, value, value !== "");
        return set(this.metadata.get(target), key, value, value !== "");
      }
      case "metadata-cleared":
        for (const key of event.keys) this.#room(event.target)?.modes.delete(`metadata ${key}`);
        return event.inRoom ? undefined : this.metadata.get(event.target)?.clear();
      case "room-renamed": {
        const room = this.#room(event.room);
        this.rooms.delete(fold(event.room));
        if (room) this.rooms.set(fold(event.to), { ...room, name: event.to });
        return;
      }
      case "room-dropped":
        return void this.rooms.delete(fold(event.room));
      case "account-made":
      case "account-changed":
        return void this.accounts.set(event.account.id, accountShown(event.account));
      case "account-removed":
        for (const [hash, owner] of this.tokens) if (owner === event.account.id) this.tokens.delete(hash);
        return void this.accounts.delete(event.account.id);
      case "token-saved":
        return void this.tokens.set(event.token.hash, event.token.owner);
      case "token-removed":
        return void this.tokens.delete(event.token.hash);
      case "configured":
        this.limits = event.rules.limits;
        return;
      case "banned":
        return void this.bans.add(event.target);
      case "ban-lifted":
        return void this.bans.delete(event.target);
      case "user-modes-changed":
        for (const { userMode, on } of event.changes)
          if (userMode === "operator") this.operators[on ? "add" : "delete"](event.who.nick);
    }
  }

  /** Before anything else of the event: it was announced in the rooms where it is then. */
  #takeMembership(event: ChatEvent): void {
    switch (event.type) {
      case "joined":
        if (event.opens) for (const rooms of this.memberships.values()) rooms.delete(fold(event.room));
        return event.quietly ? undefined : this.#addMemberships(event.who, [fold(event.room)], event.seq);
      case "appeared":
        return this.#addMemberships(event.who, [fold(event.room)], event.seq);
      case "account-set":
        return this.#addMemberships(
          { ...event.who, account: event.account },
          Array.from(this.rooms).flatMap(([key, { members }]) =>
            ["?", "<"].every((mark) => members.get(event.who.nick)?.has(mark) === false) ? [key] : [],
          ),
          event.seq,
        );
      case "left":
      case "kicked": {
        const { account, nick } = event.who;
        const stays = (other: string) => other !== nick && account && this.members.get(other) === account.name;
        const isKicked = event.type === "kicked";
        if (!isKicked && this.#room(event.room)?.members.get(nick)?.has("<")) return;
        if (account && (isKicked || !this.#isIn(event.room, stays)))
          this.memberships.get(account.id)?.delete(fold(event.room));
        return;
      }
      case "modes-changed":
        for (const change of event.changes)
          if ("mask" in change && change.mode === "ban" && change.on && change.account && /^a:/.test(change.mask))
            this.#endMembership(event.room, change.account);
        return;
      case "room-renamed":
        for (const rooms of this.memberships.values()) {
          const since = rooms.get(fold(event.room));
          rooms.delete(fold(event.room));
          if (since !== undefined) rooms.set(fold(event.to), since);
        }
        return;
      case "membership-ended":
        return void this.memberships.get(event.account.id)?.delete(fold(event.room));
      case "account-removed":
        return void this.memberships.delete(event.account.id);
    }
  }

  #room(name: string): RebuiltRoom | undefined {
    return this.rooms.get(fold(name));
  }

  #isIn(room: string, matches: (nick: string) => unknown): boolean {
    return [...(this.#room(room)?.members ?? [])].some(([nick, ranks]) => !ranks.has("<") && matches(nick));
  }

  #endMembership(room: string, id: AccountId): void {
    const name = NAMES.find((each) => anAccount(each).id === id) ?? id.replace(/^id-/, "");
    if (!this.#isIn(room, (nick) => this.members.get(nick) === name)) this.memberships.get(id)?.delete(fold(room));
  }

  #addMemberships({ account, bot }: Identity, added: readonly Folded[], seq: number): void {
    if (!account || bot) return;
    const rooms = this.memberships.get(account.id) ?? new Map<Folded, number>();
    this.memberships.set(account.id, rooms);
    const missing = added.filter((room) => !rooms.has(room));
    if (missing.length === 0) return;
    for (const room of missing) rooms.set(room, seq);
    const oldest = [...rooms].sort(([a, one], [b, other]) => other - one || (a < b ? -1 : 1));
    for (const [room] of oldest.slice(this.limits.roomsPerMember || rooms.size)) rooms.delete(room);
  }

  #change(room: RebuiltRoom, change: ModeChange): void {
    const { mode, on } = change;
    if ("nick" in change) return void room.members.get(change.nick)?.[on ? "add" : "delete"](mode);
    if ("mask" in change) return set(room.modes, `${mode} ${change.mask}`, "", on);
    set(
      room.modes,
      mode,
      isFlag(mode) ? "" : String("key" in change ? change.key : "limit" in change && change.limit),
      on,
    );
  }
}

function opened(name: string, flags: readonly string[]): RebuiltRoom {
  return { name, members: new Map(), modes: new Map(flags.map((flag) => [flag, ""])) };
}

function set(modes: Map<string, string> | undefined, mode: string, value: string, on: boolean): void {
  if (on) modes?.set(mode, value);
  else modes?.delete(mode);
}

function rekey(map: Map<string, unknown>, from: string, to: string): void {
  if (!map.has(from)) return;
  const value = map.get(from);
  map.delete(from);
  map.set(to, value);
}

function asObserved(rebuilt: Rebuilt, { chat }: ChatFixture): object {
  return sorted({
    accounts: [...rebuilt.accounts.values()],
    memberships: [...rebuilt.memberships].flatMap(([id, rooms]) =>
      membershipsShown(
        id as AccountId,
        Array.from(rooms, ([room, since]) => ({ room, since })),
        chat,
      ),
    ),
    tokens: [...rebuilt.tokens]
      .filter(([, owner]) => rebuilt.accounts.has(owner))
      .map(([hash, owner]) => [owner, hash]),
    limits: Object.entries(rebuilt.limits),
    members: [...rebuilt.members],
    operators: [...rebuilt.operators],
    metadata: Array.from(rebuilt.metadata, ([nick, all]) => [nick, [...all].sort()]),
    bans: [...rebuilt.bans],
    rooms: [...rebuilt.rooms.values()].flatMap((room) =>
      room.members.size === 0 && !chat.room(room.name)
        ? []
        : [
            [
              room.name,
              sorted({
                members: [...room.members].map(([nick, ranks]) => [nick, ...[...ranks].sort()].join(" ")),
                modes: [...room.modes],
              }),
            ],
          ],
    ),
  });
}

/** Scripts that have failed once. */
const SHRUNKEN: readonly (readonly Step[])[] = [
  // One login adds a room and has another pushed off the list, in which the member is too.
  [
    [2, { type: "identify", account: undefined }],
    [2, join("#lobby")],
    { limits: { roomsPerMember: 1 }, registration: true },
    [2, { type: "identify", account: anAccount("ann") }],
  ],
  // The same, joined in the other order.
  [
    [2, { type: "identify", account: undefined }],
    [2, join("#lobby")],
    [2, leave("#dev")],
    [2, join("#dev")],
    { limits: { roomsPerMember: 1 }, registration: true },
    [2, { type: "identify", account: anAccount("ann") }],
  ],
  // A room is closed under a name that differs in case, and opened anew.
  [
    [0, { type: "rename-room", room: "#dev", to: "#DEV", reason: "" }],
    { logOut: "ann", why: "account-removed" },
    [0, QUIT],
    [0, join("#dev")],
  ],
];

test(
  "after any acts, the events alone rebuild the members, rooms, ranks, bans, accounts, tokens and rules",
  () => {
    fc.assert(
      fc.property(script, (steps) => {
        const scene = new Scene();
        const rebuilt = new Rebuilt();
        const told: string[] = [];
        scene.fixture.chat.observe((event) => {
          rebuilt.take(event);
          told.push(gist(event));
        });
        for (const step of steps) {
          scene.plays(step);
          expect({ told, ...asObserved(rebuilt, scene.fixture) }).toEqual({ told, ...asItIs(scene.fixture) });
        }
      }),
      { numRuns: 100, examples: SHRUNKEN.map((steps) => [steps]) },
    );
  },
  LAW,
);

// The same acts lead to the same chat.

/** All events of a scene, with their origins and times. */
function eventsOf({ fixture }: Scene): ChatEvent[] {
  const events: ChatEvent[] = [];
  fixture.chat.observe((event) => events.push(event));
  return events;
}

test(
  "the same acts at the same times give the same events and the same state",
  () => {
    fc.assert(
      fc.property(script, (steps) => {
        const [one, other] = [new Scene(), new Scene()];
        const [told, toldToo] = [eventsOf(one), eventsOf(other)];
        for (const scene of [one, other]) for (const step of steps) scene.plays(step);
        expect(withoutMsgids(toldToo)).toEqual(withoutMsgids(told));
        expect(asItIs(other.fixture)).toEqual(asItIs(one.fixture));
      }),
      { numRuns: 50 },
    );
  },
  LAW,
);

/** The events without their msgids: each store makes its own. */
function withoutMsgids(events: readonly ChatEvent[]): unknown {
  return JSON.parse(
    JSON.stringify(events, (key, value: unknown) => {
      if (key === "msgid" || key === "messageMsgid") return undefined;
      return value instanceof Map ? [...value] : value;
    }),
  );
}

/** Lets every member quit, and waits until no session can be resumed. */
function emptied(scene: Scene): Scene {
  for (const player of scene.players) player.does(QUIT);
  scene.plays(130_000);
  return scene;
}

/** The stored data, in the order in which the chat reads them. */
function kept({ fixture: { chat, store } }: Scene): unknown {
  const accounts = [...store.accounts()];
  const memberships = accounts.map(({ id }) => store.memberships(id));
  const owners = [...accounts.map(({ id }) => id), ...Array.from(chat.rooms, roomIdOf)];
  const tokens = owners.flatMap((owner) => store.tokensOf(owner));
  return { accounts, memberships, tokens, bans: chat.bans, rooms: Array.from(chat.rooms, (room) => room.record()) };
}

/** Scripts before and after a restart that have failed once. */
const REOPENED: [before: readonly Step[], after: readonly Step[]][] = [
  // A token is changed after another one was made in the same millisecond.
  [
    [
      [0, { type: "add-token", hash: "t3", kind: "login", name: "t3", room: undefined, lasts: undefined }],
      [0, { type: "add-token", hash: "t2", kind: "login", name: "t2", room: undefined, lasts: undefined }],
      [0, { type: "add-token", hash: "t3", kind: "login", name: "t3", room: undefined, lasts: undefined }],
    ],
    [],
  ],
];

test(
  "a chat reopened from its store behaves like one that was not stopped",
  () => {
    fc.assert(
      fc.property(script, script, (before, after) => {
        const [stopped, twin] = [new Scene(), new Scene()];
        for (const scene of [stopped, twin]) {
          for (const step of before) scene.plays(step);
          emptied(scene);
        }
        stopped.fixture.chat.close();
        const { store, now } = stopped.fixture;
        const opened = new Scene(new ChatFixture({ store, rules: rulesOf(), now }), []);
        for (const { fixture } of [twin, opened]) fixture.chat.administer({ type: "configure", rules: rulesOf() });
        expect(kept(opened)).toEqual(kept(twin));
        const [told, toldToo] = [eventsOf(twin), eventsOf(opened)];
        for (const scene of [twin, opened]) for (const step of after) scene.plays(step);
        expect(toldToo.map(gist)).toEqual(told.map(gist));
        expect(asItIs(opened.fixture)).toEqual(asItIs(twin.fixture));
      }),
      { numRuns: 50, examples: REOPENED },
    );
  },
  LAW,
);

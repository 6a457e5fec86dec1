import { expect, test } from "bun:test";
import fc from "fast-check";
import type { Act } from "../../src/chat/act.ts";
import type { ChatEvent } from "../../src/chat/event.ts";
import { FIRST_FLAGS, isFlag, LISTS, type ModeChange } from "../../src/chat/modes.ts";
import {
  anAccount,
  enter,
  gist,
  invite,
  join,
  kick,
  leave,
  modes,
  Player,
  QUIT,
  rename,
  Stage,
  topic,
} from "./stage.ts";

// Events tell everything: nothing of the chat changes without one.

interface RebuiltRoom {
  /** What each member is there, by nick; without the others knowing, if that begins with `?`. */
  readonly members: Map<string, Set<string>>;
  /** Its flags, its masks, its key, its limit, its topic. */
  readonly modes: Map<string, string>;
}

/** The chat as an observer of its events knows it. */
class Rebuilt {
  /** Accounts, by the nicks of those who are logged in to them. */
  readonly members = new Map<string, string>();
  readonly rooms = new Map<string, RebuiltRoom>([["#lobby", opened(["members-only"])]]);
  readonly bans = new Set<string>();
  readonly operators = new Set<string>();

  take(event: ChatEvent): void {
    switch (event.type) {
      case "entered":
      case "separated":
        return void this.members.set(event.who.nick, event.who.account?.name ?? "");
      case "account-set":
        return void this.members.set(event.who.nick, event.account?.name ?? "");
      case "quit":
      case "expelled":
        for (const { members } of this.rooms.values()) members.delete(event.who.nick);
        this.operators.delete(event.who.nick);
        return void this.members.delete(event.who.nick);
      case "renamed":
        for (const all of [this.members, ...Array.from(this.rooms.values(), ({ members }) => members)])
          rekey(all as Map<string, unknown>, event.who.nick, event.nick);
        if (this.operators.delete(event.who.nick)) this.operators.add(event.nick);
        return;
      case "joined": {
        const room = (!event.opens && this.rooms.get(event.room)) || opened(FIRST_FLAGS);
        this.rooms.set(event.room, room);
        const ranks = event.ranks ?? (event.rank ? [event.rank] : []);
        return void room.members.set(event.who.nick, new Set(event.quietly ? ["?", ...ranks] : ranks));
      }
      case "appeared":
        return void this.rooms.get(event.room)?.members.get(event.who.nick)?.delete("?");
      case "left":
      case "kicked":
        return void this.rooms.get(event.room)?.members.delete(event.who.nick);
      case "modes-changed":
        for (const change of event.changes) this.#change(this.rooms.get(event.room) ?? opened([]), change);
        return;
      case "topic-set":
        return void set(this.rooms.get(event.room)?.modes, "topic", event.topic, event.topic !== "");
      case "room-dropped":
        return void this.rooms.delete(event.room);
      case "banned":
        return void this.bans.add(event.target);
      case "ban-lifted":
        return void this.bans.delete(event.target);
      case "traits-changed":
        for (const { trait, on } of event.changes)
          if (trait === "operator") this.operators[on ? "add" : "delete"](event.who.nick);
    }
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

function opened(flags: readonly string[]): RebuiltRoom {
  return { members: new Map(), modes: new Map(flags.map((flag) => [flag, ""])) };
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

/** The chat as it is, and as the observer has it, in the same form; of rooms, those that are there. */
function asItIs({ chat }: Stage): unknown {
  return sorted({
    members: [...chat.members].map(({ nick, who }) => [nick, who.account?.name ?? ""]),
    operators: [...chat.having("operator")].map(({ nick }) => nick),
    bans: chat.bans.map(({ target }) => target),
    rooms: [...chat.rooms].map((room) => [
      room.name,
      sorted({
        members: [...room.members].map(([{ nick }, { ranks, announced }]) =>
          [nick, ...[...(announced ? [] : ["?"]), ...ranks].sort()].join(" "),
        ),
        modes: [
          ...[...room.flags].map((flag) => [flag, ""]),
          ...LISTS.flatMap((list) => [...room.lists[list].values()].map(({ mask }) => [`${list} ${mask.text}`, ""])),
          ...(room.password === undefined ? [] : [["key", room.password]]),
          ...(room.limit === undefined ? [] : [["limit", String(room.limit)]]),
          ...(room.topic ? [["topic", room.topic.text]] : []),
        ],
      }),
    ]),
  });
}

function asObserved(rebuilt: Rebuilt, { chat }: Stage): unknown {
  return sorted({
    members: [...rebuilt.members],
    operators: [...rebuilt.operators],
    bans: [...rebuilt.bans],
    rooms: [...rebuilt.rooms].flatMap(([name, room]) =>
      room.members.size === 0 && !chat.room(name)
        ? []
        : [
            [
              name,
              sorted({
                members: [...room.members].map(([nick, ranks]) => [nick, ...[...ranks].sort()].join(" ")),
                modes: [...room.modes],
              }),
            ],
          ],
    ),
  });
}

function sorted(lists: Readonly<Record<string, readonly unknown[]>>): unknown {
  return Object.fromEntries(
    Object.entries(lists).map(([name, list]) => [name, list.map((one) => JSON.stringify(one)).sort()]),
  );
}

const NAMES = ["ann", "bob", "cat"];
const name = fc.constantFrom(...NAMES);
const nick = fc.constantFrom(...NAMES, "dan", "ann-2");
const room = fc.constantFrom("#lobby", "#dev", "#dev", "#Ops");
const mask = fc.constantFrom("a:bob", "ann!*@*", "*!*@dan.cloak", "m:cat!*@*");
const on = fc.boolean();
const account = fc.option(name, { nil: undefined }).map((of) => (of === undefined ? undefined : anAccount(of)));

const change: fc.Arbitrary<ModeChange> = fc.oneof(
  fc.record({ mode: fc.constantFrom("operator", "voice"), on, nick }),
  fc.record({
    mode: fc.constantFrom("ban", "exception", "invitation"),
    on,
    mask,
    lasts: fc.constantFrom(undefined, 5000),
  }),
  fc.record({ mode: fc.constantFrom("invite-only", "moderated", "secret"), on }),
  fc.record({ mode: fc.constant("key"), on, key: fc.constantFrom("k", "key") }),
  fc.record({ mode: fc.constant("limit"), on, limit: fc.constantFrom(1, 3) }),
) as fc.Arbitrary<ModeChange>;

const act: fc.Arbitrary<Act> = fc.oneof(
  fc.tuple(nick, account, on).map(([as, of, yielding]): Act => ({ ...enter(as, yielding), account: of }) as Act),
  fc.tuple(room, on).map(([to, quietly]) => join(to, { quietly })),
  fc.tuple(room, on).map(([to, quietly]) => join(to, { quietly, key: "key" })),
  room.map(leave),
  fc
    .tuple(fc.oneof(room, nick), on)
    .map(
      ([to, says]): Act =>
        says ? { type: "say", to, manner: "words", text: "hi" } : { type: "signal", to, tags: new Map() },
    ),
  fc.tuple(nick, on).map(([to, yielding]) => rename(to, yielding)),
  fc.tuple(room, change, change).map(([of, ...changes]) => modes(of, ...changes)),
  fc.tuple(room, nick).map(([of, whom]) => kick(of, whom)),
  fc.tuple(room, nick).map(([of, whom]) => invite(of, whom)),
  fc.tuple(room, fc.constantFrom("", "news")).map(([of, text]) => topic(of, text)),
  account.map((of): Act => ({ type: "identify", account: of })),
  fc.tuple(name, on).map(([whom, takes]): Act => ({ type: "reclaim", nick: whom, takes })),
  fc.nat(3).map((id): Act => ({ type: "end-session", id })),
  fc.constant<Act>({ type: "empower", as: "root" }),
  nick.map((whom): Act => ({ type: "expel", nick: whom, reason: "" })),
  fc
    .tuple(mask, fc.constantFrom(undefined, 5000))
    .map(([target, lasts]): Act => ({ type: "ban", target, lasts, reason: "" })),
  mask.map((target): Act => ({ type: "lift-ban", target })),
  room.map((of): Act => ({ type: "drop-room", room: of, reason: "" })),
  fc.constant<Act>({ type: "lose", reason: "gone" }),
  fc.constant(QUIT),
);

/** What else happens: time goes by, an account's password is changed or it is removed, an operator is none any more. */
type Outside =
  | number
  | { readonly logOut: string; readonly why: "password-changed" | "account-removed" }
  | "disempower";

const OFTEN = ["password-changed", "password-changed", "password-changed"] as const;

const outside: fc.Arbitrary<Outside> = fc.oneof(
  fc.constantFrom(6000, 130_000),
  fc.record({ logOut: name, why: fc.constantFrom(...OFTEN, "account-removed" as const) }),
  fc.constant("disempower" as const),
);

function happens({ chat, store }: Stage, what: Exclude<Outside, number>): void {
  if (what === "disempower") return chat.disempower(new Set(["root"]), "operator-removed");
  const { logOut, why } = what;
  if (why === "account-removed") store.removeAccount(anAccount(logOut).id);
  store.logOut({ account: anAccount(logOut), why });
  chat.enforceLogouts();
}

const script = fc.array(
  fc.oneof({ weight: 12, arbitrary: fc.tuple(fc.nat(3), act) }, { weight: 1, arbitrary: outside }),
  { maxLength: 60, size: "max" },
);

test("whatever people do, an observer of the events alone knows who is here, in which rooms, as what, and who is banned", () => {
  fc.assert(
    fc.property(script, (steps) => {
      const stage = new Stage();
      for (const of of NAMES) stage.store.saveAccount(anAccount(of));
      const rebuilt = new Rebuilt();
      const told: string[] = [];
      stage.chat.observe((event) => {
        rebuilt.take(event);
        told.push(gist(event));
      });
      const players = Array.from({ length: 4 }, () => new Player(stage.chat));
      for (const step of steps) {
        const player = Array.isArray(step) ? players[step[0]] : undefined;
        if (player && Array.isArray(step)) plays(player, step[0], ofTheirs(players, step[1]));
        else if (Array.isArray(step)) continue;
        else if (typeof step === "number") stage.now += step;
        else happens(stage, step);
        if (typeof step === "number") stage.chat.tick();
        expect({ told, ...(asObserved(rebuilt, stage) as object) }).toEqual({ told, ...(asItIs(stage) as object) });
      }
    }),
    { numRuns: 300 },
  );
});

/** A session of the script is named by its place: the chat has another number for it. */
function ofTheirs(players: readonly Player[], does: Act): Act {
  return does.type === "end-session" ? { ...does, id: players[does.id]?.id ?? 0 } : does;
}

const PEOPLE = ["ann", "bob", "ann", "dan"]; // two sessions of one account, and a guest

/** Comes in, if that is still to be done, so that the act comes to something. */
function plays(player: Player, at: number, does: Act): void {
  const as = PEOPLE[at] ?? "dan";
  if (!player.member && does.type !== "enter")
    player.does({ ...enter(as, true), account: known(as) } as Act, join("#dev"));
  player.does(does);
}

function known(as: string): unknown {
  return as === "dan" ? undefined : anAccount(as);
}

import fc from "fast-check";
import type { Act } from "../../src/chat/act.ts";
import { LISTS, type ModeChange } from "../../src/chat/modes.ts";
import { anAccount, enter, invite, join, kick, leave, modes, Player, QUIT, rename, Stage, topic } from "./stage.ts";

/** Random scripts of what four people do, two of them with one account, and what happens besides: for laws of the chat. */

export const NAMES = ["ann", "bob", "cat"];
const name = fc.constantFrom(...NAMES);
const nick = fc.constantFrom(...NAMES, "dan", "ann-2");
const room = fc.constantFrom("#lobby", "#dev", "#dev", "#Ops", "#new");
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
  fc
    .tuple(room, fc.constantFrom("#new", "#DEV", "#Ops", "#dev"))
    .map(([of, to]): Act => ({ type: "rename-room", room: of, to, reason: "" })),
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
export type Outside =
  | number
  | { readonly logOut: string; readonly why: "password-changed" | "account-removed" }
  | "disempower";

const OFTEN = ["password-changed", "password-changed", "password-changed"] as const;

const outside: fc.Arbitrary<Outside> = fc.oneof(
  fc.constantFrom(6000, 130_000),
  fc.record({ logOut: name, why: fc.constantFrom(...OFTEN, "account-removed" as const) }),
  fc.constant("disempower" as const),
);

function befalls({ chat, store }: Stage, what: Exclude<Outside, number>): void {
  if (what === "disempower") return chat.administer({ type: "disempower", names: ["root"], why: "operator-removed" });
  const { logOut, why } = what;
  if (why === "account-removed") store.removeAccount(anAccount(logOut).id);
  store.logOut({ account: anAccount(logOut), why });
  chat.enforceLogouts();
}

/** Steps: who does what, or what else happens. */
export type Step = readonly [number, Act] | Outside;

export const script: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof({ weight: 12, arbitrary: fc.tuple(fc.nat(3), act) }, { weight: 1, arbitrary: outside }),
  { maxLength: 60, size: "max" },
);

/** Who is here, in which rooms, as what; what the rooms are like; who is banned. In no order. */
export function asItIs({ chat }: Stage): object {
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

export function sorted(lists: Readonly<Record<string, readonly unknown[]>>): object {
  return Object.fromEntries(
    Object.entries(lists).map(([name, list]) => [name, list.map((one) => JSON.stringify(one)).sort()]),
  );
}

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

/** A chat in which the script is played by four people. */
export class Scene {
  readonly stage: Stage;
  readonly players: readonly Player[];

  constructor(stage = new Stage(), accounts: readonly string[] = NAMES) {
    this.stage = stage;
    for (const of of accounts) stage.store.saveAccount(anAccount(of));
    this.players = [1, 2, 3, 4].map((id) => new Player(stage.chat, id));
  }

  plays(step: Step): void {
    if (typeof step === "number") {
      this.stage.now += step;
      this.stage.chat.tick();
    } else if (typeof step === "string" || "logOut" in step) befalls(this.stage, step);
    else {
      const [at, act] = step;
      const player = this.players[at];
      if (player) plays(player, at, ofTheirs(this.players, act));
    }
  }
}

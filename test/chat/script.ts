import fc from "fast-check";
import type { AccountId, AccountRecord, Login } from "../../src/chat/model/account.ts";
import type { Act } from "../../src/chat/model/act.ts";
import { CHAT_LIMITS, type ChatLimits, RULES, type Rules } from "../../src/chat/model/limits.ts";
import { LISTS, type ModeChange } from "../../src/chat/model/modes.ts";
import type { MembershipRecord } from "../../src/chat/store.ts";
import { fold } from "../../src/text/fold.ts";
import {
  anAccount,
  ChatFixture,
  enter,
  invite,
  join,
  kick,
  leave,
  modes,
  QUIT,
  RecordingSession,
  rename,
  topic,
} from "../support/chat-fixture.ts";

/** Random scripts of the acts of four people, two of them with one account, and of outside events: for laws of the chat. */

export const NAMES = ["ann", "bob", "cat"];
const STALE = "stale"; // a hash that no account has
const name = fc.constantFrom(...NAMES);
const nick = fc.constantFrom(...NAMES, "dan", "ann-2");
const room = fc.constantFrom("#lobby", "#dev", "#dev", "#Ops", "#new");
const mask = fc.constantFrom("a:bob", "ann!*@*", "*!*@dan.cloak", "m:cat!*@*");
const on = fc.boolean();
/** Somebody's account, as it is when the act comes; or as it was never. */
const someone = fc
  .tuple(name, fc.constantFrom(undefined, undefined, STALE))
  .map(([of, hash]) => anAccount(of, { hash }));
const account = fc.option(someone, { nil: undefined });
const key = fc.constantFrom("color", "status", "url", "Bad");
const target = fc.oneof(fc.constant(undefined), nick, room);
/** The metadata with which a member enters. */
const brought = fc.array(fc.record({ key, value: fc.constantFrom(undefined, "red", "blue") }), { maxLength: 2 });
const network = fc.constantFrom("10.0.0.0/8", "10.1.0.0/16", "2001:db8::/64");
const sessions = fc.subarray([0, 1, 2, 3]);

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

/** The acts of people. */
export const act: fc.Arbitrary<Act> = fc.oneof(
  fc
    .tuple(nick, account, on, brought)
    .map(([as, of, yielding, metadata]): Act => ({ ...enter(as, yielding), account: of, metadata }) as Act),
  fc.tuple(room, on).map(([to, quietly]) => join(to, { quietly })),
  fc.tuple(room, on).map(([to, quietly]) => join(to, { quietly, key: "key" })),
  room.map((to) => join(to, { listens: true })),
  room.map(leave),
  fc
    .tuple(fc.oneof(room, nick), on)
    .map(
      ([to, says]): Act =>
        says
          ? { type: "say", to, kind: "words", text: "hi" }
          : { type: "signal", to, tags: new Map([["+draft/react", "x"]]) },
    ),
  nick.map(rename),
  fc.tuple(room, change, change).map(([of, ...changes]) => modes(of, ...changes)),
  fc.tuple(room, nick).map(([of, whom]) => kick(of, whom)),
  fc.tuple(room, nick).map(([of, whom]) => invite(of, whom)),
  fc.tuple(room, fc.constantFrom("", "news")).map(([of, text]) => topic(of, text)),
  fc
    .tuple(room, fc.constantFrom("#new", "#DEV", "#Ops", "#dev"))
    .map(([of, to]): Act => ({ type: "rename-room", room: of, to, reason: "" })),
  fc.record({
    type: fc.constant("set-metadata"),
    target,
    key,
    value: fc.constantFrom(undefined, "", "red", "red", "blue"),
  }) as fc.Arbitrary<Act>,
  target.map((of): Act => ({ type: "clear-metadata", target: of })),
  fc
    .tuple(account, fc.option(nick, { nil: undefined }))
    .map(([of, as]): Act => ({ type: "identify", account: of, nick: as })),
  fc.tuple(name, on).map(([whom, takes]): Act => ({ type: "reclaim", nick: whom, takes })),
  fc.nat(3).map((id): Act => ({ type: "end-session", id })),
  fc.constant<Act>({ type: "empower", as: "root" }),
  nick.map((whom): Act => ({ type: "expel", nick: whom, reason: "" })),
  fc
    .tuple(mask, fc.constantFrom(undefined, 5000))
    .map(([target, lasts]): Act => ({ type: "ban", target, lasts, reason: "" })),
  mask.map((target): Act => ({ type: "lift-ban", target })),
  fc.tuple(network, sessions, fc.constantFrom(undefined, 5000)).map(
    ([text, from, lasts]): Act => ({
      type: "ban",
      target: text,
      lasts,
      reason: "",
      network: { text, isWide: false, isOwn: false, sessions: from },
    }),
  ),
  network.map((target): Act => ({ type: "lift-ban", target, networks: ["10.0.0.0/9", target] })),
  fc
    .tuple(nick, fc.nat())
    .map(
      ([of, n]): Act => ({ type: "register", account: anAccount(of, { id: `id-${n}` as AccountId, hash: "made" }) }),
    ),
  fc.tuple(name, fc.constantFrom("one", "two"), on).map(
    ([of, hash, keepsCertificates]): Act => ({
      type: "change-password",
      account: anAccount(of).id,
      secret: { hash, scram: undefined },
      keepsCertificates,
    }),
  ),
  fc
    .tuple(
      fc.constantFrom("t1", "t2", "t3"),
      fc.constantFrom(undefined, "#dev", "#dev"),
      fc.constantFrom(undefined, 5000),
    )
    .map(
      ([hash, of, lasts]): Act => ({
        type: "add-token",
        hash,
        kind: of === undefined ? "login" : hash === "t1" ? "hook" : "invitation",
        name: hash,
        room: of,
        lasts,
      }),
    ),
  fc.constantFrom(undefined, "!go").map(
    (word): Act => ({
      type: "add-token",
      hash: "t4",
      kind: "outgoing",
      name: "ci.test",
      room: "#dev",
      out: { url: "https://ci.test/", word, secret: "x" },
    }),
  ),
  fc.constantFrom("t1", "t2", "t4").map((hash): Act => ({ type: "remove-token", hash })),
  fc.constant<Act>({ type: "post", hash: "t1", nick: "bot", text: "done" }),
  fc
    .tuple(on, fc.constantFrom("ab", "cd"), on)
    .map(([adds, fingerprint, isShown]): Act => ({ type: "change-certificate", on: adds, fingerprint, isShown })),
  fc
    .tuple(name, fc.constantFrom("ab", "ef"))
    .map(([of, fingerprint]): Act => ({ type: "link-key", account: anAccount(of).id, fingerprint })),
  someone.map((of): Act => ({ type: "remove-account", account: of })),
  room.map((of): Act => ({ type: "drop-room", room: of, reason: "" })),
  fc.constant<Act>({ type: "restore-rooms", isAsked: true }),
  on.map((wanted): Act => ({ type: "set-autojoin", on: wanted })),
  fc.constant<Act>({ type: "lose", reason: "gone" }),
  fc.constant(QUIT),
);

/** Events that no member causes: time passes, another program ends logins, an operator loses the rank, rules change. */
export type Outside =
  | number
  | { readonly logOut: string; readonly why: "password-changed" | "account-removed" }
  | { readonly limits: Partial<ChatLimits>; readonly registration: boolean }
  | "disempower";

const OFTEN = ["password-changed", "password-changed", "password-changed"] as const;

export const outside: fc.Arbitrary<Outside> = fc.oneof(
  fc.constantFrom(6000, 130_000),
  fc.record({ logOut: name, why: fc.constantFrom(...OFTEN, "account-removed" as const) }),
  fc.constant("disempower" as const),
  fc.record({
    limits: fc.constantFrom(
      {},
      { nickLength: 3 },
      { roomsPerMember: 1 },
      { maskBans: 1, addressBans: 1 },
      { metadataKeys: 1 },
    ),
    registration: on,
  }),
);

/** The rules of a scene: limits that are counted only in memory are off, so that a restart changes nothing. */
export function rulesOf(limits: Partial<ChatLimits> = {}, registration = true): Rules {
  return {
    ...RULES,
    limits: { ...CHAT_LIMITS, newRoomsPerAddress: 0, invitations: 0, metadataChanges: 0, ...limits },
    registration,
    outgoingHooks: "accounts",
  };
}

function befalls({ chat, store }: ChatFixture, what: Exclude<Outside, number>): void {
  if (what === "disempower") return chat.administer({ type: "disempower", names: ["root"], why: "operator-removed" });
  if ("limits" in what) return chat.administer({ type: "configure", rules: rulesOf(what.limits, what.registration) });
  const { logOut, why } = what;
  if (why === "account-removed") store.removeAccount(anAccount(logOut).id);
  store.logOut({ account: anAccount(logOut), why });
  chat.enforceLogouts();
}

/** Steps: an act of a person, or an outside event. */
export type Step = readonly [number, Act] | Outside;

/** A script, with further acts. */
export function scriptWith(...more: readonly fc.Arbitrary<Act>[]): fc.Arbitrary<readonly Step[]> {
  return fc.array(
    fc.oneof(
      { weight: 12, arbitrary: fc.tuple(fc.nat(3), act) },
      ...more.map((arbitrary) => ({ weight: 1, arbitrary: fc.tuple(fc.nat(3), arbitrary) })),
      { weight: 1, arbitrary: outside },
    ),
    { maxLength: 60, size: "max" },
  );
}

export const script = scriptWith();

/** The whole state of a chat: members, their rooms and ranks, the rooms' settings, bans. The order does not matter. */
export function asItIs({ chat, store }: Pick<ChatFixture, "chat" | "store">): object {
  return sorted({
    accounts: [...store.accounts()].map(accountShown),
    memberships: [...store.accounts()].flatMap(({ id }) => membershipsShown(id, store.memberships(id), chat)),
    tokens: [...store.accounts()].flatMap(({ id }) => store.tokensOf(id).map(({ hash }) => [id, hash])),
    limits: Object.entries(chat.limits),
    members: [...chat.members].map(({ nick, who }) => [nick, who.account?.name ?? ""]),
    operators: [...chat.withUserMode("operator")].map(({ nick }) => nick),
    metadata: [...chat.members].map(({ nick, metadata }) => [nick, [...metadata].sort()]),
    bans: chat.bans.map(({ target }) => target),
    rooms: [...chat.rooms].map((room) => [
      room.name,
      sorted({
        members: [...room.members].map(([{ nick }, { ranks, announced, listening }]) =>
          [nick, ...[...(listening ? ["<"] : announced ? [] : ["?"]), ...ranks].sort()].join(" "),
        ),
        modes: [
          ...[...room.flags].map((flag) => [flag, ""]),
          ...LISTS.flatMap((list) => [...room.lists[list].values()].map(({ mask }) => [`${list} ${mask.text}`, ""])),
          ...(room.password === undefined ? [] : [["key", room.password]]),
          ...(room.limit === undefined ? [] : [["limit", String(room.limit)]]),
          ...(room.topic ? [["topic", room.topic.text]] : []),
          ...[...room.metadata].map(([name, value]) => [`metadata ${name}`, value]),
        ],
      }),
    ]),
  });
}

/** An account without the time of its creation. */
export function accountShown(account: Omit<AccountRecord, "created">): unknown {
  const { id, name, hash, fingerprints, named = [], keys = [], metadata = [], autojoin = false } = account;
  return [id, name, hash ?? "", fingerprints, named, keys, metadata, autojoin];
}

/** The rooms of an account that there are, in the order of its joins. */
export function membershipsShown(
  id: AccountId,
  rooms: Iterable<MembershipRecord>,
  chat: ChatFixture["chat"],
): unknown[] {
  const sorted = [...rooms].sort((a, b) => a.since - b.since || (a.room < b.room ? -1 : 1));
  const inOrder = sorted.filter(({ room }) => chat.room(room));
  return inOrder.map(({ room }, at) => [id, at, room]);
}

export function sorted(lists: Readonly<Record<string, readonly unknown[]>>): object {
  return Object.fromEntries(
    Object.entries(lists).map(([name, list]) => [name, list.map((one) => JSON.stringify(one)).sort()]),
  );
}

/** A session of the script is named by its place, and an account by its name: the chat knows them by others. */
function ofTheirs({ players, fixture }: Cast, does: Act): Act {
  const numbered = (place: number) => players[place]?.id ?? 0;
  switch (does.type) {
    case "end-session":
      return { ...does, id: numbered(does.id) };
    case "ban":
      return does.network
        ? { ...does, network: { ...does.network, sessions: does.network.sessions.map(numbered) } }
        : does;
    case "enter":
    case "identify":
      return { ...does, account: does.account && asKept(fixture, does.account) };
    case "remove-account":
      return { ...does, account: asKept(fixture, does.account) };
    case "change-password":
    case "link-key":
      return { ...does, account: asKept(fixture, anAccount(does.account.replace("id-", ""))).id };
    default:
      return does;
  }
}

/** A login to an account as it is stored now, if there is one of that name; a stale login stays stale. */
function asKept({ store }: Pick<ChatFixture, "store">, { name, hash, id }: Login): Login {
  const kept = hash === STALE ? undefined : store.loadAccount(fold(name));
  return kept ? { id: kept.id, name: kept.name, hash: kept.hash } : { id, name, hash };
}

const SHOWN = ["ab", "cd", "cd", undefined]; // the keys that they show
const PEOPLE = ["ann", "bob", "ann", "dan"]; // two sessions of one account, and a guest

/** Comes in, if that is still to be done, so that the act comes to something. */
export function plays(cast: Cast, at: number, does: Act): void {
  const player = cast.players[at];
  const as = PEOPLE[at] ?? "dan";
  const account = as === "dan" ? undefined : asKept(cast.fixture, anAccount(as));
  if (!player?.member && does.type !== "enter") player?.does({ ...enter(as, true), account } as Act, join("#dev"));
  player?.does(ofTheirs(cast, does));
}

/** The people of a script, and their chat. */
export interface Cast {
  readonly players: readonly RecordingSession[];
  readonly fixture: Pick<ChatFixture, "chat" | "store">;
}

/** Gives people the keys that they show. */
export function withKeys(players: readonly RecordingSession[]): readonly RecordingSession[] {
  for (const [at, player] of players.entries()) player.fingerprint = SHOWN[at];
  return players;
}

/** A chat in which the script is played by four people. */
export class Scene implements Cast {
  readonly fixture: ChatFixture;
  readonly players: readonly RecordingSession[];

  constructor(fixture = new ChatFixture({ rules: rulesOf() }), accounts: readonly string[] = NAMES) {
    this.fixture = fixture;
    for (const of of accounts) fixture.store.saveAccount(anAccount(of));
    this.players = withKeys([1, 2, 3, 4].map((id) => new RecordingSession(fixture.chat, id)));
  }

  plays(step: Step): void {
    if (typeof step === "number") {
      this.fixture.now += step;
      this.fixture.chat.housekeep();
    } else if (typeof step === "string" || "logOut" in step || "limits" in step) befalls(this.fixture, step);
    else {
      const [at, act] = step;
      plays(this, at, act);
    }
  }
}

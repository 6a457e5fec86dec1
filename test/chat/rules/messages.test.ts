import { expect, test } from "bun:test";
import type { Act, MessageKind } from "../../../src/chat/model/act.ts";
import { RULES } from "../../../src/chat/model/limits.ts";
import type { ModeChange } from "../../../src/chat/model/modes.ts";
import { State } from "../../../src/chat/model/state.ts";
import { SEMANTICS } from "../../../src/chat/rules/check.ts";
import { rememberEphemeral } from "../../../src/chat/rules/messages.ts";
import { fold } from "../../../src/text/fold.ts";
import { anAccount, ChatFixture, leave, modes, type RecordingSession, say } from "../../support/chat-fixture.ts";
import { TemporaryStore } from "../../support/temporary-store.ts";
import { rule } from "../../support/transcript.ts";

type People = Record<"ann" | "bob" | "eve", RecordingSession>;

/** ann operates #dev, bob is in it, eve is not. */
function setup(limits: ConstructorParameters<typeof ChatFixture>[0] = {}): People & { readonly fixture: ChatFixture } {
  const people = new ChatFixture(limits);
  const all = { ann: people.brings("ann", "#dev"), bob: people.brings("bob", "#dev"), eve: people.brings("eve") };
  return { ...all, fixture: people };
}

function sayAs(kind: MessageKind, to = "#dev"): Act {
  return { type: "say", to, kind, text: "hi" };
}

function typing(to: string): Act {
  return { type: "signal", to, tags: new Map([["+typing", "active"]]) };
}

const ON = (mode: "moderated" | "no-queries"): ModeChange => ({ mode, on: true });
const OPEN: ModeChange = { mode: "members-only", on: false };
const BAN: ModeChange = { mode: "ban", on: true, mask: "bob" };
const MUTE: ModeChange = { mode: "ban", on: true, mask: "m:*" };
const EXCEPTION: ModeChange = { mode: "exception", on: true, mask: "bob" };
const VOICE: ModeChange = { mode: "voice", on: true, nick: "bob" };

const SAID = "said bob #dev words hi";

test.each([
  ["bob", [], sayAs("words"), SAID],
  ["bob", [], sayAs("words", "#DEV"), SAID],
  ["bob", [], sayAs("words", "#nowhere"), "no: no-such-room #nowhere"],
  ["eve", [], sayAs("words"), "no: cannot-say #dev outside"],
  ["eve", [OPEN], sayAs("words"), "said eve #dev words hi"],
  ["eve", [OPEN, ON("moderated")], sayAs("words"), "no: cannot-say #dev moderated"],
  ["eve", [OPEN, { ...BAN, mask: "eve" }], sayAs("words"), "no: cannot-say #dev banned"],
  ["bob", [ON("moderated")], sayAs("words"), "no: cannot-say #dev moderated"],
  ["bob", [ON("moderated"), VOICE], sayAs("words"), SAID],
  ["ann", [ON("moderated")], sayAs("words"), "said ann #dev words hi"],
  ["bob", [BAN], sayAs("words"), "no: cannot-say #dev banned"],
  ["bob", [BAN, EXCEPTION], sayAs("words"), SAID],
  ["bob", [BAN, VOICE], sayAs("words"), SAID],
  ["bob", [MUTE], sayAs("words"), "no: cannot-say #dev muted"],
  ["bob", [MUTE], sayAs("notice"), "no: cannot-say #dev muted"],
  ["bob", [MUTE], sayAs("action"), "no: cannot-say #dev muted"],
  ["bob", [MUTE], typing("#dev"), "no: cannot-say #dev muted"],
  ["ann", [MUTE], sayAs("words"), "said ann #dev words hi"],
  ["bob", [ON("no-queries")], sayAs("words"), SAID],
  ["bob", [ON("no-queries")], sayAs("action"), "said bob #dev action hi"],
  ["bob", [ON("no-queries")], sayAs("query"), "no: cannot-say #dev no-queries"],
  ["ann", [ON("no-queries")], sayAs("answer"), "no: cannot-say #dev no-queries"],
  ["bob", [], typing("#dev"), "signalled bob #dev +typing,active"],
  ["bob", [ON("moderated")], typing("#dev"), "no: cannot-say #dev moderated"],
  ["eve", [], typing("#dev"), "no: cannot-say #dev outside"],
  ["eve", [], typing("#nowhere"), "no: no-such-room #nowhere"],
  ["eve", [], typing("ann"), "signalled eve ann +typing,active"],
  ["eve", [], typing("nobody"), "no: no-such-nick nobody"],
  ["eve", [], sayAs("words", "ANN"), "said eve ann words hi"],
  ["eve", [], sayAs("words", "nobody"), "no: no-such-nick nobody"],
  ["bob", [], say("#dev", ""), "no: nothing-to-say #dev"],
  ["bob", [], say("ann", ""), "no: nothing-to-say ann"],
] as const)("%s, after %j, does %j and hears %j", (who, changes, act, hears) => {
  const people = setup();
  people.ann.does(modes("#dev", ...changes));
  expect(people[who].does(act)).toEqual([hears]);
});

test.each([
  ["x".repeat(10), undefined],
  ["x".repeat(11), "no: message-too-long #dev 10 bytes"],
  ["äääää", undefined],
  ["ääääää", "no: message-too-long #dev 10 bytes"],
  ["a\nb\nc", undefined],
  ["a\nb\nc\n", "no: message-too-long #dev 3 lines"],
])("where 10 bytes and 3 lines are the limit, %j is answered with %j", (text, hears) => {
  const { bob } = setup({ limits: { messageBytes: 10, messageLines: 3 } });
  expect(bob.does(say("#dev", text))).toEqual([hears ?? `said bob #dev words ${text}`]);
});

test("without limits a message may be as long as it likes", () => {
  const { bob } = setup({ limits: { messageBytes: 0, messageLines: 0 } });
  expect(bob.does(say("#dev", "x\n".repeat(10_000))).length).toBe(1);
});

test("a room message reaches each member once, and nobody else", () => {
  const { ann, bob, eve } = setup();
  ann.hears();
  expect(bob.does(say("#dev", "hi"))).toEqual([SAID]);
  expect([ann.hears(), eve.hears()]).toEqual([[SAID], []]);
});

test("a message to a rank reaches that rank and above, and its sender", () => {
  const { ann, bob, eve, fixture: people } = setup();
  const carl = people.brings("carl", "#dev");
  ann.does(modes("#dev", VOICE));
  for (const player of [ann, bob, carl, eve]) player.hears();
  const to = (rank: "operator" | "voice"): Act => ({ type: "say", to: "#dev", rank, kind: "words", text: "hi" });
  carl.does(to("operator"));
  expect([ann.hears(), bob.hears(), eve.hears()]).toEqual([["said carl #dev operator words hi"], [], []]);
  expect(carl.does(to("voice"))).toEqual(["said carl #dev voice words hi"]);
  expect([ann.hears(), bob.hears()]).toEqual([["said carl #dev voice words hi"], ["said carl #dev voice words hi"]]);
});

test("a message to operators is not in the room's history", () => {
  const { ann, bob, fixture: people } = setup();
  ann.does(say("#dev", "for all"), { type: "say", to: "#dev", rank: "operator", kind: "words", text: "for few" });
  const room = people.chat.room("#dev");
  const texts = room && people.chat.recentMessages(bob.member, room, { limit: 10 }).map(({ text }) => text);
  expect(texts).toEqual(["for all"]);
});

test("a repeated message to operators is not delivered twice", () => {
  const { ann, bob } = setup();
  ann.hears();
  const act: Act = { type: "say", to: "#dev", rank: "operator", kind: "words", text: "hi", id: "0123456789abcdef" };
  bob.does(act, act);
  expect(ann.hears()).toEqual(["said bob #dev operator words hi"]);
});

test("a direct message reaches its two members, and nobody else", () => {
  const { ann, bob, eve } = setup();
  for (const player of [ann, bob, eve]) player.hears();
  expect(eve.does(say("Bob", "psst"))).toEqual(["said eve bob words psst"]);
  expect([ann.hears(), bob.hears()]).toEqual([[], ["said eve bob words psst"]]);
});

test("a message to oneself is told as an echo, then as a delivery", () => {
  const { ann } = setup();
  ann.events.length = 0;
  ann.does(say("ann", "note"));
  expect(ann.events.map((event) => event.origin === ann.id)).toEqual([true, false]);
});

test.each([
  ["words", "lunch"],
  ["action", "lunch"],
  ["query", "lunch"],
  ["notice", undefined], // no program may answer
  ["answer", undefined],
] as const)("who writes %s to one who is away is told so: %p", (kind, away) => {
  const { ann, eve } = setup();
  ann.does({ type: "set-away", text: "lunch" });
  eve.does(sayAs(kind, "ann"));
  expect(eve.events.at(-1)).toMatchObject({ type: "said", away });
});

test("a message updates the time of the last one, a refusal does not", () => {
  const { ann, bob, fixture: people } = setup();
  ann.does(modes("#dev", ON("moderated")));
  people.now = 7000;
  ann.does(say("#dev", "hi"));
  bob.does(say("#dev", "hi"));
  expect([ann.member?.lastSpoke, bob.member?.lastSpoke]).toEqual([7000, 1000]);
});

rule(
  "a member who may not speak in a room can send no text there by a topic or a part reason",
  `
    ann: irc
    bob: irc
    eve: nc
    ann> JOIN #r
    ann~ 366
    ann> MODE #r -t
    ann< * MODE #r -t
    bob> JOIN #r
    bob~ 366
    ann< * JOIN #r
    eve> /join r
    eve~ You are in #r
    ann~ eve
    bob~ eve
    ann> MODE #r +m
    ann< * MODE #r +m
    bob< * MODE #r +m
    eve~ ann
    bob> TOPIC #r :buy this
    bob< :chat.test 404 bob #r :*
    eve> /topic buy this
    eve< -- Not said: only those with a voice may speak in #r; its operators give one.
    eve> /leave #r buy this
    ann< :eve!* PART #r
    bob< :eve!* PART #r
    bob> PART #r :buy this
    bob< :bob!* PART #r
    ann< :bob!* PART #r
    eve~ You are not in #r
  `,
);

rule(
  "a mute of a nick also holds after a change of nick, but not for a voiced member or after leaving",
  `
    ann: irc
    bob: irc
    eve: nc
    ann> JOIN #r
    ann~ 366
    bob> JOIN #r
    bob~ 366
    ann< * JOIN #r
    eve> /join r
    eve~ You are in #r
    ann~ eve
    bob~ eve
    ann> MODE #r +bb m:bob m:eve
    ann< * MODE #r +bb *
    bob< * MODE #r +bb *
    eve~ muted bob
    eve~ muted eve
    bob> NICK rob
    bob< :chat.test 435 bob rob #r :You are muted in #r: leave it before you become rob
    eve> /nick eva
    eve< -- You are muted in #r: leave it before you become eva; /leave #r does.
    ann> MODE #r +v bob
    ann< * MODE #r +v bob
    bob< * MODE #r +v bob
    eve~ bob
    bob> NICK rob
    bob< * NICK rob
    ann< * NICK rob
    eve~ rob
    eve> /leave
    ann< * PART #r
    bob< * PART #r
    eve~ any more
    eve> /nick eva
    eve~ You are eva now
  `,
);

const ID = "0123456789abcdef";

function named(to: string, text: string, id = ID): Act {
  return { type: "say", to, kind: "words", text, id };
}

test.each([
  ["a room", "#dev"],
  ["a guest", "bob"],
])(
  "a message to %s that is sent twice under one name is said once, and its sender is shown the first again",
  (_, to) => {
    const fixture = new ChatFixture();
    const [ann, bob] = [fixture.brings("ann", "#dev"), fixture.brings("bob", "#dev")];
    fixture.now = 2000;
    ann.does(named(to, "hi"));
    fixture.now = 9000;
    expect(ann.does(named(to, "hi"))).toEqual([`said ann ${to} words hi`]);
    expect(bob.hears()).toEqual(["joined bob #dev", `said ann ${to} words hi`].slice(-1));
    const [first, second] = ann.events.filter((event) => event.type === "said");
    expect([second?.seq, second?.time]).toEqual([first?.seq, 2000]);
  },
);

test("a limited number of ephemeral messages is remembered, with or without ids", () => {
  const fixture = new ChatFixture();
  const { who } = fixture.brings("ann").member ?? {};
  if (!who) throw new Error("ann is not there");
  const state = new State(RULES, fixture.store, SEMANTICS.newest);
  const words = { type: "said", from: who, to: "bob", inRoom: false, rank: undefined, kind: "words" } as const;
  const rest = { text: "hi", tags: undefined, away: undefined, msgid: "", time: 0, origin: undefined };
  for (let seq = 0; seq < 5000; seq++)
    rememberEphemeral(state, { ...words, ...rest, seq, id: seq % 3 === 0 ? undefined : `${ID}${seq}` });
  expect(state.ephemeral.size).toBe(2000);
});

test("it is known after a restart", () => {
  const first = new ChatFixture();
  first.brings("ann", "#dev").does(named("#dev", "hi"));
  first.store.commit();
  const second = new ChatFixture({ store: first.store });
  const [ann, bob] = [second.brings("ann", "#dev"), second.brings("bob", "#dev")];
  expect(ann.does(named("#dev", "hi"))).toEqual(["said ann #dev words hi"]);
  expect(bob.hears()).toEqual([]);
});

test.each([
  ["another text", { ...named("#dev", "ho") }, `no: id-reused #dev ${ID}`],
  ["another kind", { ...named("#dev", "hi"), kind: "action" }, `no: id-reused #dev ${ID}`],
  ["another name", named("#dev", "hi", "fedcba9876543210"), "said ann #dev words hi"],
  ["another place", named("#ops", "hi"), "said ann #ops words hi"],
  ["no name", { type: "say", to: "#dev", kind: "words", text: "hi" }, "said ann #dev words hi"],
] as const)("a message like one before but with %s is no repetition of it", (_, act, hears) => {
  const fixture = new ChatFixture();
  const ann = fixture.brings("ann", "#dev", "#ops");
  ann.does(named("#dev", "hi"));
  const count = ann.events.length;
  expect(ann.does(act as Act)).toEqual([hears]);
  const last = ann.events.at(-1);
  if (hears.startsWith("said")) expect([ann.events.length, last?.type]).toEqual([count + 1, "said"]);
});

test("a sender that may no longer speak is not told the original", () => {
  const fixture = new ChatFixture();
  const [ann, bob] = [fixture.brings("ann", "#dev"), fixture.brings("bob", "#dev")];
  bob.does(named("#dev", "hi"));
  ann.does(modes("#dev", { mode: "moderated", on: true }));
  expect(bob.does(named("#dev", "hi"))).toEqual(
    ["modes-changed ann #dev +moderated", "no: cannot-say #dev moderated"].slice(1),
  );
  bob.does(leave("#dev"));
  expect(bob.does(named("#dev", "hi"))).toEqual(["no: cannot-say #dev outside"]);
});

test("a bounded number of ids between guests is remembered", () => {
  const fixture = new ChatFixture();
  const [ann, bob] = [fixture.brings("ann"), fixture.brings("bob")];
  for (let i = 0; i < 10_001; i++) fixture.chat.submit(ann, named("bob", "hi", `0123456789-${i}`));
  bob.hears();
  ann.does(named("bob", "hi", "0123456789-10000"));
  expect(bob.hears()).toEqual([]);
  ann.does(named("bob", "hi", "0123456789-0"));
  expect(bob.hears()).toEqual(["said ann bob words hi"]);
});

test("a repeat to an absent account is not stored twice", () => {
  const fixture = new ChatFixture({ accounts: ["zoe"] });
  const ann = fixture.brings("ann");
  expect(ann.does(named("zoe", "hi"), named("ZOE", "hi"))).toEqual(["said ann zoe words hi", "said ann zoe words hi"]);
  const [first, second] = ann.events.filter((event) => event.type === "said");
  expect(second?.seq).toBe(first?.seq as number);
});

test("an account's ids do not clash with anyone else's", () => {
  const fixture = new ChatFixture();
  const [ann, eve] = [fixture.brings("ann", "#dev"), fixture.brings("eve", "#dev")];
  for (const [player, name] of [
    [ann, "ann"],
    [eve, "eve"],
  ] as const) {
    fixture.store.saveAccount(anAccount(name));
    player.does({ type: "identify", account: fixture.store.loadAccount(fold(name)) });
  }
  eve.does(named("#dev", "hi"), named("ann", "hi"));
  ann.hears();
  expect(ann.does(named("#dev", "ho"))).toEqual(["said ann #dev words ho"]);
  expect(eve.hears()).toEqual(["said ann #dev words ho"]);
  expect(ann.does(named("#dev", "ho"), named("#dev", "hi"))).toEqual([
    "said ann #dev words ho",
    `no: id-reused #dev ${ID}`,
  ]);
  expect(eve.hears()).toEqual([]);
});

test.each([
  ["a room", "#dev"],
  ["a guest", "bob"],
  ["an account", "zoe"],
])("a guest who comes back under another nick does not say to %s again what was said", (_, to) => {
  const fixture = new ChatFixture({ accounts: ["zoe"] });
  const bob = fixture.brings("bob", "#dev");
  const ann = fixture.brings("ann", "#dev");
  ann.does(named(to, "hi"));
  ann.does({ type: "quit", reason: "" });
  bob.hears();
  const again = fixture.brings("ann_", "#dev");
  bob.hears();
  expect(again.does(named(to, "hi"))).toEqual([`said ann ${to} words hi`]);
  expect(bob.hears()).toEqual([]);
  // And logged in by then.
  fixture.store.saveAccount(anAccount("ann_"));
  again.does({ type: "identify", account: fixture.store.loadAccount(fold("ann_")) });
  expect(again.does(named(to, "hi")).at(-1)).toEqual(`said ann ${to} words hi`);
});

test("a redacted message cannot be repeated", () => {
  using temp = new TemporaryStore();
  const store = temp.opens();
  const fixture = new ChatFixture({ store });
  const [ann, bob] = [fixture.brings("ann", "#dev"), fixture.brings("bob", "#dev")];
  ann.does(named("#dev", "hi"));
  const { seq = 0 } = bob.events.find((event) => event.type === "said") ?? {};
  ann.does({ type: "redact", target: "#dev", msgid: fixture.store.msgid(seq), reason: "" });
  ann.does({ type: "quit", reason: "" });
  bob.hears();
  const again = fixture.brings("ann_", "#dev");
  bob.hears();
  store.commit();
  for (const _ of store.applyRetention({ messages: undefined, ids: 0, now: fixture.now }));
  expect(again.does(named("#dev", "hi"))).toEqual([`no: taken-back #dev ${ID}`]);
  expect(bob.hears()).toEqual([]);
});

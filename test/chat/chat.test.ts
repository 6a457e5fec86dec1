import { expect, test } from "bun:test";
import fc from "fast-check";
import { isPublic } from "../../src/chat/chat.ts";
import type { Act } from "../../src/chat/model/act.ts";
import type { ChatEvent } from "../../src/chat/model/event.ts";
import type { ModeChange } from "../../src/chat/model/modes.ts";
import { fold } from "../../src/text/fold.ts";
import {
  anAccount,
  ChatFixture,
  enter,
  gist,
  join,
  kick,
  leave,
  modes,
  QUIT,
  RecordingSession,
  rename,
  say,
} from "../support/chat-fixture.ts";

const LAW = 60_000; // ms: a law takes under a second alone, and must pass on a busy machine

// Acts, one after the other.

test("an act submitted during another runs after everyone is told of that one", () => {
  const fixture = new ChatFixture();
  const greeter = fixture.brings("greeter", "#dev");
  const bob = fixture.brings("bob", "#dev");
  greeter.onEvent = (event) => {
    if (event.type === "joined") fixture.chat.submit(greeter, say("#dev", `welcome, ${event.who.nick}`));
  };
  const carl = fixture.brings("carl");
  expect(carl.does(join("#dev"))).toEqual(["joined carl #dev", "said greeter #dev words welcome, carl"]);
  expect(bob.hears()).toEqual(["joined carl #dev", "said greeter #dev words welcome, carl"]);
});

test("the outcome of an act arrives after its events are told", () => {
  const fixture = new ChatFixture();
  const ann = fixture.brings("ann", "#dev");
  const told: string[] = [];
  const asks = (act: Act) => fixture.chat.submit(ann, act, (outcome) => told.push(...ann.hears(), outcome));
  asks(say("#dev", "hi"));
  asks(say("#ops", "hi"));
  asks(join("#dev"));
  expect(told).toEqual(["said ann #dev words hi", "happened", "no: no-such-room #ops", "refused", "nothing"]);
});

test("a queued act reports its outcome when it has run", () => {
  const fixture = new ChatFixture();
  const ann = fixture.brings("ann", "#dev");
  const told: string[] = [];
  ann.onEvent = (event) => {
    if (event.type === "said") fixture.chat.submit(ann, leave("#dev"), (outcome) => told.push(outcome));
    told.push(event.type);
  };
  ann.does(say("#dev", "hi"));
  expect(told).toEqual(["said", "left", "happened"]);
});

test("a session lost while its enter is queued has no member afterwards", () => {
  const fixture = new ChatFixture();
  const ann = fixture.brings("ann", "#dev");
  const bob = new RecordingSession(fixture.chat);
  ann.onEvent = () => {
    fixture.chat.submit(bob, enter("bob"));
    fixture.chat.submit(bob, { type: "lose", reason: "gone" });
  };
  ann.does(say("#dev", "hi"));
  expect([...fixture.chat.members].map(({ nick }) => nick)).toEqual(["ann"]);
  expect(bob.member).toBeUndefined();
});

test("a server notice is not an event and takes no sequence number", () => {
  const fixture = new ChatFixture();
  const events = observed(fixture);
  const ann = fixture.brings("ann");
  const root = fixture.brings("root");
  root.does({ type: "empower", as: "root" });
  fixture.chat.notifyAll("The disk is full");
  fixture.chat.notifyAll("Which disk: /data", "operators");
  expect([ann.hears(), root.hears()]).toEqual([
    ["notified The disk is full"],
    ["notified The disk is full", "notified Which disk: /data"],
  ]);
  expect(events.map(({ type }) => type)).toEqual(["entered", "entered", "user-modes-changed"]);
});

test("an act submitted while a hold expires is queued", () => {
  const fixture = new ChatFixture({ accounts: ["zoe"] });
  const mourner = fixture.brings("mourner", "#dev");
  const bob = fixture.brings("bob", "#dev");
  const zoe = new RecordingSession(fixture.chat);
  zoe.does({ ...enter("zoe"), account: anAccount("zoe") } as Act, join("#dev"), { type: "lose", reason: "gone" });
  bob.hears();
  mourner.onEvent = (event) => {
    if (event.type === "quit") fixture.chat.submit(mourner, say("#dev", "farewell"));
  };
  fixture.now += 130_000;
  fixture.chat.housekeep();
  expect(bob.hears()).toEqual(["quit zoe", "said mourner #dev words farewell"]);
});

test("an expired hold ends before the next act, without a timer", () => {
  const fixture = new ChatFixture({ accounts: ["zoe"] });
  const bob = fixture.brings("bob", "#dev");
  const zoe = new RecordingSession(fixture.chat);
  zoe.does({ ...enter("zoe"), account: anAccount("zoe") } as Act, join("#dev"), { type: "lose", reason: "gone" });
  fixture.now += 119_999;
  expect(bob.does(say("#dev", "one")).filter((line) => line.startsWith("quit"))).toEqual([]);
  fixture.now += 1;
  expect(bob.does(say("#dev", "two"))).toEqual(["quit zoe", "said bob #dev words two"]);
});

test("events have the time at which their act was submitted", () => {
  const fixture = new ChatFixture();
  const ann = fixture.brings("ann", "#dev");
  const events = observed(fixture);
  ann.onEvent = () => {
    ann.onEvent = () => {};
    fixture.now = 5000;
    fixture.chat.submit(ann, say("#dev", "two"));
    fixture.now = 9000;
  };
  fixture.now = 4000;
  ann.does(say("#dev", "one"));
  expect(events.map(({ time }) => time)).toEqual([4000, 5000]);
});

test("an exception in a session's tell does not stop the next act", () => {
  const fixture = new ChatFixture();
  const ann = fixture.brings("ann", "#dev");
  ann.onEvent = () => {
    ann.onEvent = () => {};
    throw new Error("a bug in a face");
  };
  expect(() => ann.does(say("#dev", "one"))).toThrow("a bug in a face");
  expect(ann.does(say("#dev", "two"))).toContain("said ann #dev words two");
});

// The order.

function observed(fixture: ChatFixture): ChatEvent[] {
  const events: ChatEvent[] = [];
  fixture.chat.observe((event) => events.push(event));
  return events;
}

test("sequence numbers increase by one", () => {
  const fixture = new ChatFixture();
  const events = observed(fixture);
  fixture.brings("ann", "#a", "#b").does(say("#a", "hi"), QUIT);
  const numbers = events.map(({ seq }) => seq);
  expect(numbers).toEqual(numbers.map((_, i) => (numbers[0] ?? 0) + i));
  expect(numbers.length).toBe(5);
});

test("a reopened chat continues after the last sequence number and time", () => {
  const first = new ChatFixture();
  const before = observed(first);
  first.now = 5000;
  first.brings("ann", "#a").does(say("#a", "hi"));
  first.store.commit();
  const second = new ChatFixture({ store: first.store });
  const after = observed(second);
  second.now = 1000;
  second.brings("ann", "#a");
  expect(Math.min(...after.map(({ seq }) => seq))).toBeGreaterThan(Math.max(...before.map(({ seq }) => seq)));
});

test("no two msgids are equal", () => {
  const { store } = new ChatFixture();
  const names = Array.from({ length: 1000 }, (_, seq) => store.msgid(seq));
  expect(new Set(names).size).toBe(1000);
  expect(names.every((name) => /^[A-Za-z0-9-]+$/.test(name))).toBe(true);
});

test("an observer gets every event and no refusal", () => {
  const fixture = new ChatFixture();
  const events = observed(fixture);
  fixture.brings("ann", "#a").does(say("#a", "hi"), say("nobody", "hi"), join("#a"));
  expect(events.map(gist)).toEqual(["entered ann", "joined ann #a operator", "said ann #a words hi"]);
});

// Watching.

test("a watcher is told when the nick comes and goes, until it stops watching", () => {
  const fixture = new ChatFixture();
  const ann = fixture.brings("ann");
  fixture.chat.watch(ann, "Bob");
  const bob = fixture.brings("bob");
  expect(ann.hears()).toEqual(["bob has come"]);
  bob.does(rename("BOB"));
  expect(ann.hears()).toEqual([]);
  bob.does(rename("carl"));
  expect(ann.hears()).toEqual(["BOB has gone"]);
  bob.does(rename("bob"), QUIT);
  expect(ann.hears()).toEqual(["bob has come", "bob has gone"]);
  fixture.chat.unwatch(ann, "bOB");
  fixture.brings("bob");
  expect(ann.hears()).toEqual([]);
});

test("a nick is free when its watcher is told that it has gone", () => {
  const fixture = new ChatFixture();
  const bob = fixture.brings("bob");
  const ann = fixture.brings("ann");
  ann.presenceChanged = (nick, present) => {
    if (!present) fixture.chat.submit(ann, rename(nick));
  };
  fixture.chat.watch(ann, "bob");
  bob.does(QUIT);
  expect(ann.member?.nick).toBe("bob");
});

// The messages that are public.

test.each([
  ["in an open room", [], say("#dev", "hi"), true],
  ["in a secret room", [{ mode: "secret", on: true }], say("#dev", "hi"), false],
  ["in a room for the invited", [{ mode: "invite-only", on: true }], say("#dev", "hi"), false],
  ["in a room with a key", [{ mode: "key", on: true, key: "k" }], say("#dev", "hi"), false],
  ["in a moderated room", [{ mode: "moderated", on: true }], say("#dev", "hi"), true],
  ["to operators", [], { type: "say", to: "#dev", rank: "operator", kind: "words", text: "hi" }, false],
  ["to one", [], say("ann", "hi"), false],
] as const satisfies readonly (readonly [string, readonly ModeChange[], Act, boolean])[])(
  "what is said %s may be seen by everyone: %p",
  (_, changes, act, isSeen) => {
    const fixture = new ChatFixture();
    const events = observed(fixture);
    fixture.brings("ann", "#dev").does(modes("#dev", ...changes), act);
    expect(events.filter((event) => isPublic(fixture.chat, event)).length > 0).toBe(isSeen);
  },
);

// Rooms that come and go.

/** The history of #dev that is shown to a new member. */
function pastSeenBy(nick: string, fixture: ChatFixture): readonly string[] {
  const player = fixture.brings(nick, "#dev");
  const room = fixture.chat.room("#dev");
  const past = room ? fixture.chat.recentMessages(player.member, room, { limit: 100 }) : [];
  return past.map(({ text }) => text);
}

test("a room of guests is removed with its last member, modes and topic included", () => {
  const fixture = new ChatFixture();
  const ann = fixture.brings("ann", "#dev");
  ann.does(modes("#dev", { mode: "moderated", on: true }, { mode: "ban", on: true, mask: "eve" }), {
    type: "set-topic",
    room: "#dev",
    topic: "tea",
  });
  ann.does(leave("#dev"));
  expect(fixture.chat.room("#dev")).toBeUndefined();
  expect(fixture.brings("eve").does(join("#Dev"))).toEqual(["joined eve #Dev operator"]);
  const room = fixture.chat.room("#dev");
  expect([room?.topic, room?.flags.has("moderated"), room?.entries]).toEqual([undefined, false, 0]);
});

test("the lobby exists without members", () => {
  const fixture = new ChatFixture();
  fixture.brings("ann", "#lobby").does(leave("#lobby"));
  expect([...fixture.chat.rooms].map((room) => room.name)).toEqual(["#lobby"]);
});

test("of a removed room, only its hidden history is stored", () => {
  const fixture = new ChatFixture();
  const ann = fixture.brings("ann", "#open", "#once");
  ann.does(say("#open", "hi"), say("#once", "hi"));
  ann.does(modes("#once", { mode: "secret", on: true }), leave("#open"), leave("#once"));
  expect([...fixture.store.rooms()].map(([key]) => key)).toEqual([fold("#lobby"), fold("#once")]);
});

test("the history of a never private room is visible to those who open it again", () => {
  const fixture = new ChatFixture();
  fixture.brings("ann", "#dev").does(say("#dev", "old"), QUIT);
  expect(pastSeenBy("bob", fixture)).toEqual(["old"]);
  expect(pastSeenBy("eve", fixture)).toEqual(["old"]);
});

test.each([
  { mode: "invite-only", on: true },
  { mode: "secret", on: true },
  { mode: "key", on: true, key: "k" },
] as const)("the past of a room that was private for a moment is gone with it: %j", (change) => {
  const fixture = new ChatFixture();
  const ann = fixture.brings("ann", "#dev");
  ann.does(say("#dev", "old"), modes("#dev", change), modes("#dev", { ...change, on: false }), QUIT);
  expect(pastSeenBy("bob", fixture)).toEqual([]);
});

test("private history stays hidden however often the room is opened again; later history does not", () => {
  const fixture = new ChatFixture();
  fixture.brings("ann", "#dev").does(say("#dev", "secret"), modes("#dev", { mode: "secret", on: true }), QUIT);
  const bob = fixture.brings("bob", "#dev");
  bob.does(say("#dev", "open"), QUIT);
  expect(pastSeenBy("carl", fixture)).toEqual(["open"]);
});

test("a room's history is visible only to its members", () => {
  const fixture = new ChatFixture();
  fixture.brings("ann", "#dev").does(say("#dev", "old"));
  const room = fixture.chat.room("#dev");
  const eve = fixture.brings("eve");
  expect(room && fixture.chat.recentMessages(eve.member, room, { limit: 10 })).toEqual([]);
  expect(room && fixture.chat.recentMessages(undefined, room, { limit: 10 })).toEqual([]);
});

test("a reopened chat has no rooms of guests, and the lobby as it was", () => {
  const first = new ChatFixture();
  const ann = first.brings("ann", "#dev", "#lobby");
  ann.does(modes("#dev", { mode: "moderated", on: true }), { type: "set-topic", room: "#lobby", topic: "tea" });
  first.store.commit();
  const second = new ChatFixture({ store: first.store });
  expect(second.chat.room("#dev")).toBeUndefined();
  expect(second.chat.room("#lobby")?.topic?.text).toBe("tea");
  expect(second.brings("bob").does(join("#dev"))).toEqual(["joined bob #dev operator"]);
});

test("only its members and server operators know of a secret room", () => {
  const fixture = new ChatFixture();
  const [ann, eve, root] = [fixture.brings("ann", "#dev"), fixture.brings("eve"), fixture.brings("root")];
  ann.does(modes("#dev", { mode: "secret", on: true }));
  root.does({ type: "empower", as: "root" });
  const knows = ({ member }: RecordingSession) => fixture.chat.roomFor(member, "#DEV") !== undefined;
  expect([ann, eve, root].map(knows)).toEqual([true, false, true]);
  expect(fixture.chat.roomFor(undefined, "#dev")).toBeUndefined();
  expect(fixture.chat.roomFor(undefined, "#lobby")?.name).toBe("#lobby");
});

// The law.

const NICKS = ["ann", "Ann", "bob", "carl"];
const ROOMS = ["#a", "#b", "#lobby"];

/** A simple reference model: nicks, the members of rooms, and their operators. */
class Model {
  readonly nicks: (string | undefined)[] = [];
  readonly rooms = new Map<string, Map<number, boolean>>(ROOMS.map((room) => [room, new Map()]));

  act(who: number, act: Act): void {
    const holder = (nick: string) => this.nicks.findIndex((held) => held?.toLowerCase() === nick.toLowerCase());
    const isFree = (nick: string) => [-1, who].includes(holder(nick));
    if (act.type === "enter" && this.nicks[who] === undefined && isFree(act.nick ?? "")) this.nicks[who] = act.nick;
    else if (this.nicks[who] === undefined) return;
    const room =
      "room" in act && act.room !== undefined ? (this.rooms.get(act.room) ?? new Map<number, boolean>()) : undefined;
    if (act.type === "join" && !room?.has(who)) room?.set(who, room.size === 0 && act.room !== "#lobby");
    if (act.type === "leave") room?.delete(who);
    // Only an operator can kick, so the last operator can be kicked only by itself.
    const operators = [...(room?.values() ?? [])].filter(Boolean).length;
    const isLast = act.type === "kick" && holder(act.nick) === who && operators === 1;
    if (act.type === "kick" && room?.get(who) && !isLast) room.delete(holder(act.nick));
    if (act.type === "rename" && isFree(act.nick)) this.nicks[who] = act.nick;
    if (act.type === "quit") for (const members of this.rooms.values()) members.delete(who);
    if (act.type === "quit") this.nicks[who] = undefined;
  }
}

const nick = fc.constantFrom(...NICKS);
const room = fc.constantFrom(...ROOMS);
const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 2, arbitrary: nick.map((name) => enter(name)) },
  { weight: 4, arbitrary: fc.tuple(room, fc.boolean()).map(([name, quietly]) => join(name, { quietly })) },
  { weight: 2, arbitrary: room.map(leave) },
  { weight: 2, arbitrary: nick.map((name) => rename(name)) },
  { weight: 3, arbitrary: fc.tuple(room, nick).map(([name, target]) => kick(name, target)) },
  { weight: 1, arbitrary: room.map((name) => say(name, "hi")) },
  { weight: 1, arbitrary: fc.constant(QUIT) },
);

test(
  "after any acts, rooms have the members of a simple model, and sessions get only events of their rooms",
  () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(3), act), { maxLength: 40, size: "max" }), (script) => {
        const { chat } = new ChatFixture();
        const players = Array.from({ length: 4 }, () => new RecordingSession(chat));
        const model = new Model();
        for (const [who, does] of script) {
          players[who]?.does(does);
          model.act(who, does);
          expect(players.map(({ member }) => member?.nick)).toEqual(players.map((_, i) => model.nicks[i]));
          for (const [name, members] of model.rooms) {
            const here = players.filter((_, i) => members.has(i)).map(({ member }) => member);
            expect([...(chat.room(name)?.members.keys() ?? [])].sort(byNick)).toEqual(here.sort(byNick) as never);
            for (const [i, player] of players.entries()) {
              expect([...player.followed.keys()].some((followed) => followed.name === name)).toBe(members.has(i));
              const isOperator = player.member !== undefined && chat.room(name)?.isOperator(player.member);
              expect(isOperator ?? false).toBe(members.get(i) ?? false);
            }
          }
          const open = [...model.rooms].filter(([name, members]) => members.size > 0 || name === "#lobby");
          expect([...chat.rooms].map(({ name }) => name).sort()).toEqual(open.map(([name]) => name).sort());
          expect([...chat.members].length).toBe(model.nicks.filter((held) => held !== undefined).length);
        }
      }),
      { numRuns: 300 },
    );
  },
  LAW,
);

function byNick(one: { readonly nick: string } | undefined, other: { readonly nick: string } | undefined): number {
  return (one?.nick ?? "") < (other?.nick ?? "") ? -1 : 1;
}

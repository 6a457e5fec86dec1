import { expect, test } from "bun:test";
import fc from "fast-check";
import { Chat } from "../../../src/chat/chat.ts";
import { RULES } from "../../../src/chat/model/limits.ts";
import { fold } from "../../../src/text/fold.ts";
import { anAccount, ChatFixture, enter, join, modes, QUIT, RecordingSession, say } from "../../support/chat-fixture.ts";

const LAW = 60_000; // ms: a law takes under a second alone, and must pass on a busy machine

const EMPOWER = { type: "empower", as: "root" } as const;
const ban = (mask: string, lasts?: number) => modes("#dev", { mode: "ban", on: true, mask, lasts });

test("an expired mute no longer applies, and everyone sees it lifted", () => {
  const fixture = new ChatFixture();
  const [ann, bob] = [fixture.brings("ann", "#dev"), fixture.brings("bob", "#dev")];
  ann.does(ban("m:bob", 500));
  fixture.now += 499;
  expect(bob.does(say("#dev", "hi"))[0]).toStartWith("no: cannot-say #dev muted");
  fixture.now += 1;
  expect(bob.does(say("#dev", "hi"))).toEqual(["modes-changed #dev -ban=m:bob!*@*", "said bob #dev words hi"]);
  expect(ann.hears()).toEqual(["modes-changed #dev -ban=m:bob!*@*", "said bob #dev words hi"]);
});

test("an expired ban is lifted without any act", () => {
  const fixture = new ChatFixture();
  const ann = fixture.brings("ann", "#dev");
  ann.does(ban("bob", 500), ban("eve", 900), ban("zoe"));
  ann.hears();
  fixture.now += 600;
  fixture.chat.housekeep();
  expect(ann.hears()).toEqual(["modes-changed #dev -ban=bob!*@*"]);
  fixture.now += 600;
  fixture.chat.housekeep();
  expect(ann.hears()).toEqual(["modes-changed #dev -ban=eve!*@*"]);
  fixture.now += 1e12;
  fixture.chat.housekeep();
  expect(ann.hears()).toEqual([]);
  expect([...(fixture.chat.room("#dev")?.lists.ban.keys() ?? [])]).toEqual([fold("zoe!*@*")]);
});

test("a new end replaces the old one, and no end removes it", () => {
  const fixture = new ChatFixture();
  const ann = fixture.brings("ann", "#dev");
  ann.does(ban("bob", 500), ban("bob", 900), ban("eve", 500), ban("eve"));
  ann.hears();
  fixture.now += 600;
  fixture.chat.housekeep();
  expect(ann.hears()).toEqual([]);
  fixture.now += 600;
  fixture.chat.housekeep();
  expect(ann.hears()).toEqual(["modes-changed #dev -ban=bob!*@*"]);
});

test("after a restart, bans that expired meanwhile are lifted and the others remain", () => {
  const fixture = new ChatFixture();
  const ann = fixture.brings("ann");
  ann.does(EMPOWER, { type: "ban", target: "eve", lasts: 500, reason: "" });
  ann.does({ type: "ban", target: "zoe", lasts: 900, reason: "noise" });
  ann.does(modes("#lobby", { mode: "ban", on: true, mask: "bob", lasts: 500, reason: "spam" }));
  let now = fixture.now + 400;
  const chat = new Chat({ store: fixture.store, rules: RULES, clock: () => now });
  const room = chat.room("#lobby");
  expect([...(room?.lists.ban.values() ?? [])].map(({ until, reason }) => [until, reason])).toEqual([[1500, "spam"]]);
  expect(chat.bans.map(({ target, until }) => [target, until])).toEqual([
    ["eve!*@*", 1500],
    ["zoe!*@*", 1900],
  ]);
  now += 100;
  chat.housekeep();
  expect(room?.lists.ban.size).toBe(0);
  expect(new RecordingSession(chat).does(enter("zoe"), enter("eve"))).toEqual([
    "no: server-banned 1900 noise",
    "entered eve",
  ]);
  const again = new Chat({ store: fixture.store, rules: RULES, clock: () => now });
  expect(again.bans.map(({ target }) => target)).toEqual(["zoe!*@*"]);
  expect(again.room("#lobby")?.lists.ban.size).toBe(0);
});

/** A chat whose clock can be set, while durations go on as they do. */
function clocked(store = new ChatFixture().store, clocks = { clock: 1_000_000, steady: 1_000_000 }) {
  const chat = new Chat({ store, rules: RULES, clock: () => clocks.clock, steady: () => clocks.steady });
  const passes = (ms: number) => {
    clocks.clock += ms;
    clocks.steady += ms;
    chat.housekeep();
  };
  return { chat, clocks, store, passes };
}

test.each([
  ["ahead", 1e10],
  ["back", -900_000],
])(
  "a clock that is set %s neither lifts a ban nor makes it longer, nor does it end the wait for one who was lost",
  (_, by) => {
    const { chat, clocks, store, passes } = clocked();
    store.saveAccount(anAccount("zoe"));
    const [root, zoe] = [new RecordingSession(chat), new RecordingSession(chat)];
    root.does(enter("root"), join("#dev"), EMPOWER, ban("bob", 500), {
      type: "ban",
      target: "eve",
      lasts: 500,
      reason: "",
    });
    zoe.does({ ...enter("zoe"), account: anAccount("zoe") } as never, { type: "lose", reason: "cut" });
    clocks.clock += by;
    passes(499);
    expect([chat.room("#dev")?.lists.ban.size, chat.bans.length]).toEqual([1, 1]);
    passes(1);
    expect([chat.room("#dev")?.lists.ban.size, chat.bans.length]).toEqual([0, 0]);
    passes(119_499);
    expect(chat.member("zoe")).toBeDefined();
    passes(1);
    expect(chat.member("zoe")).toBeUndefined();
  },
);

test.each([
  ["the time that it was down counts", 0, 300, 200],
  ["a clock that was set while it ran does not", 1e9, 300, 200],
  ["a clock that was set back while it was down counts as no time", 0, -900_000, 500],
  ["one that was set back while it ran, and back again while it was down, neither", -900_000, -5000, 500],
])("across a restart, %s", (_, ran, down, left) => {
  const before = clocked();
  const root = new RecordingSession(before.chat);
  root.does(enter("root"), EMPOWER, { type: "ban", target: "eve", lasts: 500, reason: "" });
  root.does(modes("#lobby", { mode: "ban", on: true, mask: "bob", lasts: 500 }));
  before.clocks.clock += ran;
  before.passes(0);
  const start = before.clocks.clock + down;
  const after = clocked(before.store, { clock: start, steady: start });
  after.passes(left - 1);
  expect([after.chat.room("#lobby")?.lists.ban.size, after.chat.bans.length]).toEqual([1, 1]);
  after.passes(1);
  expect([after.chat.room("#lobby")?.lists.ban.size, after.chat.bans.length]).toEqual([0, 0]);
});

test("a ban that expired before a graceful stop stays expired, even if the clock was set back meanwhile", () => {
  const before = clocked();
  const root = new RecordingSession(before.chat);
  root.does(enter("root"), EMPOWER, { type: "ban", target: "eve", lasts: 500, reason: "" });
  before.passes(400);
  before.chat.close();
  const after = clocked(before.store, { clock: 5000, steady: 5000 });
  after.passes(99);
  expect(after.chat.bans.length).toBe(1);
  after.passes(1);
  expect(after.chat.bans.length).toBe(0);
});

test(
  "at any time, exactly the nicks with an unexpired ban are banned",
  () => {
    const step = fc.record({
      wait: fc.nat(100),
      nick: fc.constantFrom("a", "b", "c"),
      lasts: fc.option(fc.integer({ min: 1, max: 150 }), { nil: undefined }),
      lift: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const fixture = new ChatFixture();
        const ann = fixture.brings("ann", "#dev");
        const model = new Map<string, number>();
        for (const { wait, nick, lasts, lift } of steps) {
          fixture.now += wait;
          if (lift) model.delete(nick);
          else model.set(nick, fixture.now + (lasts ?? Number.POSITIVE_INFINITY));
          ann.does(modes("#dev", { mode: "ban", on: !lift, mask: nick, lasts: lift ? undefined : lasts }));
          for (const [each, until] of model) if (until <= fixture.now) model.delete(each);
          const banned = ["a", "b", "c"].filter((each) => {
            const player = new RecordingSession(fixture.chat);
            const [, joined = ""] = player.does(enter(each), join("#dev"));
            player.does(QUIT);
            return joined.startsWith("no:");
          });
          expect(banned).toEqual([...model.keys()].sort());
        }
      }),
      { numRuns: 100 },
    );
  },
  LAW,
);

test("when something expires, rooms without an expired mask are not scanned", () => {
  const fixture = new ChatFixture();
  const ann = fixture.brings("ann", "#dev", "#a", "#b");
  let looks = 0;
  for (const name of ["#a", "#b", "#lobby"]) {
    const list = fixture.chat.room(name)?.lists.ban;
    if (!list) throw new Error(`There is no ${name}`);
    const { values } = list;
    list.values = () => {
      looks++;
      return values.call(list);
    };
  }
  ann.does(modes("#b", { mode: "ban", on: true, mask: "late", lasts: 1e6 }));
  for (let n = 0; n < 50; n++) {
    ann.does(ban(`x${n}`, 10));
    fixture.now += 20;
    fixture.chat.housekeep();
  }
  expect(fixture.chat.room("#dev")?.lists.ban.size).toBe(0);
  expect(looks).toBeLessThan(5);
  fixture.now += 1e6;
  fixture.chat.housekeep();
  expect(fixture.chat.room("#b")?.lists.ban.size).toBe(0);
});

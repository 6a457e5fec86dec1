import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { ChatEvent } from "../../src/chat/model/event.ts";
import type { Member } from "../../src/chat/model/member.ts";
import type { Room } from "../../src/chat/model/room.ts";
import { visibleMembers } from "../../src/chat/visibility.ts";
import {
  anAccount,
  ban,
  ChatFixture,
  enter,
  join,
  kick,
  leave,
  modes,
  QUIT,
  RecordingSession,
  rename,
  say,
  topic,
} from "../support/chat-fixture.ts";
import { rule } from "../support/transcript.ts";
import { Scene, script } from "./script.ts";

const LAW = 60_000; // ms: a law takes a second alone, and must pass on a busy machine

/** A scene with ann and bob in #dev, and a listener. */
function withListener() {
  const fixture = new ChatFixture();
  const [ann, bob] = [fixture.brings("ann", "#dev"), fixture.brings("bob", "#dev")];
  const log = fixture.brings("log");
  ann.hears();
  return { fixture, ann, bob, log };
}

const listen = join("#dev", { listens: true });

test("a listener joins, is renamed and leaves unseen, and gets all messages", () => {
  const { ann, bob, log } = withListener();
  expect(log.does(listen)).toEqual(["joined log #dev listens"]);
  ann.does(say("#dev", "hi"), topic("#dev", "cake"));
  expect(log.hears()).toEqual(["said ann #dev words hi", "topic-set ann #dev cake"]);
  expect(log.does(rename("logger"))).toEqual(["renamed log logger"]);
  expect(log.does(leave("#dev"))).toEqual(["left logger #dev"]);
  log.does(listen, QUIT);
  expect([bob.hears(), ann.hears()]).toEqual([["said ann #dev words hi", "topic-set ann #dev cake"], []]);
});

test("a listener speaks without being announced", () => {
  const { ann, log } = withListener();
  log.does(listen, say("#dev", "built"));
  expect(ann.hears()).toEqual(["said log #dev words built"]);
});

test("a listener is listed, even to those outside", () => {
  const { fixture, log } = withListener();
  log.does(listen);
  const room = fixture.chat.room("#dev") as Room;
  for (const viewer of [fixture.brings("eve").member, fixture.chat.member("ann")])
    expect([...visibleMembers(viewer, room)].map(({ nick }) => nick)).toEqual(["ann", "bob", "log"]);
});

describe("the rules of a room hold for a listener:", () => {
  test.each([
    ["invite-only", { mode: "invite-only", on: true } as const],
    ["key", { mode: "key", on: true, key: "sesame" } as const],
    ["banned", { mode: "ban", on: true, mask: "log!*@*" } as const],
    ["full", { mode: "limit", on: true, limit: 2 } as const],
  ])("it is kept out where the room is %s", (obstacle, change) => {
    const { ann, log } = withListener();
    ann.does(modes("#dev", change));
    expect(log.does(listen)[0]).toStartWith(`no: cannot-join #dev ${obstacle}`);
  });

  test("it is silent where only ranks speak", () => {
    const { ann, log } = withListener();
    ann.does(modes("#dev", { mode: "moderated", on: true }));
    expect(log.does(listen, say("#dev", "built")).at(-1)).toStartWith("no: cannot-say #dev moderated");
  });

  test("it is kicked and banned like everyone", () => {
    const { ann, bob, log } = withListener();
    log.does(listen);
    expect(ann.does(kick("#dev", "log"))).toEqual(["kicked log #dev by ann"]);
    log.does(listen);
    ann.does(ban("#dev", "log"));
    expect(bob.hears()).toEqual([
      "kicked log #dev by ann",
      "modes-changed ann #dev +ban=*!*@log.cloak=log",
      "kicked log #dev by ann",
    ]);
    expect(log.followed.size).toBe(0);
  });
});

describe("a listener operates no room:", () => {
  test("the first member who joins becomes operator instead", () => {
    const fixture = new ChatFixture();
    const log = fixture.brings("log");
    expect(log.does(listen)).toEqual(["joined log #dev listens"]);
    const ann = fixture.brings("ann");
    expect(ann.does(join("#dev"))[0]).toBe("joined ann #dev operator");
    expect(log.hears()).toContain("joined ann #dev operator");
  });

  test("it joins for all to see when it wants to", () => {
    const { ann, log } = withListener();
    log.does(listen);
    expect(log.does(join("#dev"))).toEqual(["joined log #dev"]);
    expect(ann.hears()).toEqual(["joined log #dev"]);
    ann.does(say("#dev", "hi"));
    expect(log.hears()).toEqual(["said ann #dev words hi"]);
    log.does(QUIT);
    expect(ann.hears()).toEqual(["quit log"]);
  });
});

describe("with several sessions of an account", () => {
  /** Two sessions of ann's account, and bob in #dev. */
  function withTwo() {
    const fixture = new ChatFixture({ accounts: ["ann"] });
    const bob = fixture.brings("bob", "#dev");
    const sessions = [new RecordingSession(fixture.chat), new RecordingSession(fixture.chat)] as const;
    for (const session of sessions) session.does({ ...enter("ann"), account: anAccount("ann") } as never);
    for (const session of sessions) session.hears();
    return { fixture, bob, sessions };
  }

  test("one that listens brings no other into the room", () => {
    const { bob, sessions } = withTwo();
    const [screen, tail] = sessions;
    tail.does(listen);
    bob.does(say("#dev", "hi"));
    expect([screen.hears(), tail.hears()]).toEqual([[], ["said bob #dev words hi"]]);
    expect(screen.does(leave("#dev"))).toEqual(["no: not-in-room #dev"]);
  });

  test.each([
    ["quits", QUIT],
    ["is lost", { type: "lose", reason: "gone" } as const],
  ])("the member leaves when the last of them that listens %s", (_, end) => {
    const { fixture, bob, sessions } = withTwo();
    const [screen, tail] = sessions;
    tail.does(listen);
    tail.does(end);
    expect([...(screen.member?.rooms ?? [])]).toEqual([]);
    expect(fixture.chat.room("#dev")?.members.size).toBe(1);
    expect([screen.hears(), bob.hears()]).toEqual([[], []]);
  });

  test("a normal and a listening session of one member each get every message once", () => {
    const { bob, sessions } = withTwo();
    const [screen, tail] = sessions;
    tail.does(listen);
    screen.does(join("#dev"));
    tail.hears();
    bob.does(say("#dev", "hi"));
    expect([screen.hears(), tail.hears()]).toEqual([["said bob #dev words hi"], ["said bob #dev words hi"]]);
    tail.does(QUIT);
    expect(screen.member?.rooms.size).toBe(1);
  });
});

/** Whether a session may see a member join or leave: it is the member's own, or shares a room with them where they do not listen. */
function mayKnow(player: RecordingSession, who: Member, rooms: Iterable<Room>): boolean {
  if (player.member === who) return true;
  return [...rooms].some((room) => !room.isListener(who) && player.followed.has(room));
}

/** Checks an event at the time when a session gets it. */
function checkTold(player: RecordingSession, event: ChatEvent): void {
  if (event.type === "joined" && event.listens) expect(event.origin).toBe(player.id);
  if (event.type !== "appeared" && event.type !== "left" && event.type !== "quit" && event.type !== "renamed") return;
  const who = player.chat.member(event.type === "renamed" ? event.nick : event.who.nick);
  if (!who) return;
  const room = "room" in event ? player.chat.room(event.room) : undefined;
  expect(mayKnow(player, who, room ? [room] : who.rooms)).toBe(true);
}

test(
  "law: a listener joins and leaves unseen, is listed for everyone in the room, and only its sessions get the room's messages",
  () => {
    fc.assert(
      fc.property(script, (steps) => {
        const scene = new Scene();
        for (const player of scene.players) player.onEvent = (event) => checkTold(player, event);
        for (const step of steps) {
          scene.plays(step);
          for (const player of scene.players) {
            const { member, followed } = player;
            const own = [...(member?.rooms ?? [])].filter((room) => member && room.isWhere(member, player));
            expect(new Set(followed.keys())).toEqual(new Set(own));
          }
          for (const room of scene.fixture.chat.rooms)
            for (const [viewer] of room.members)
              for (const [member] of room.members)
                if (room.isListener(member)) expect([...visibleMembers(viewer, room)]).toContain(member);
        }
      }),
      { numRuns: 300 },
    );
  },
  LAW,
);

rule(
  "a listener is marked in every list, and not shown as coming, renaming or going: with IRC, our client and nc",
  `
    ann: irc
    eve: irc batch labeled-response tcpchat/commands
    nan: nc
    log: irc tcpchat/quiet
    ann> JOIN #dev
    ann~ 366
    nan> /join dev
    nan~ one other is here
    ann< * JOIN #dev
    log> JOIN #dev
    log< :log!* JOIN #dev
    log< * 353 log = #dev :@ann nan log
    log< * 366 *
    ann> NAMES #dev
    ann< * 353 ann = #dev :@ann nan
    ann< * 355 ann = #dev :log
    ann< * 366 *
    ann> WHO #dev
    ann< * 352 ann #dev ~ann * ann H@ :*
    ann< * 352 ann #dev nc * nan H :*
    ann< * 352 ann #dev ~log * log H< :*
    ann< * 315 *
    ann> WHOIS log
    ann< * 311 *
    ann< * 319 ann log :<#dev
    ann~ 318
    nan> /who
    nan< -- In #dev (3): ann (operator), log (listening), nan
    nan> /whois log
    nan< -- log (~log@*) is a guest, here since *
    nan< -- log is in #dev (listening).
    nan< -- log gives as real name: Real log
    eve> SLASH * :/who dev
    eve< * NOTE SLASH * * :In #dev (3): ann (operator), log (listening), nan
    log> PRIVMSG #dev :built
    ann< :log!* PRIVMSG #dev :built
    nan< * <log> built
    log> NICK logger
    log< * NICK logger
    log> QUIT
    log~ ERROR
    ann|
    nan|
  `,
);

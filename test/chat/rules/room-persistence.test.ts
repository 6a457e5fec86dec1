import { expect, test } from "bun:test";
import type { Act } from "../../../src/chat/model/act.ts";
import { fold } from "../../../src/text/fold.ts";
import {
  anAccount,
  ChatFixture,
  enter,
  join,
  leave,
  modes,
  QUIT,
  RecordingSession,
  rename,
  say,
} from "../../support/chat-fixture.ts";
import { TemporaryStore } from "../../support/temporary-store.ts";

const LOBBY = fold("#lobby");
const SECRET = modes("#dev", { mode: "secret", on: true });
const EVERYTHING = { which: "latest", after: undefined } as const;

/** The numbers of places, of their events and of rooms in the database. */
function traces(temp: TemporaryStore): readonly unknown[] {
  return temp.reads(
    "SELECT (SELECT count(*) FROM place) AS places, (SELECT count(*) FROM happening) AS happenings, (SELECT count(*) FROM room) AS rooms",
  );
}

/** The history of a room that a new member can read. */
function pastOf(fixture: ChatFixture, room = "#dev"): readonly string[] {
  const reader = fixture.brings("reader", room);
  const past = fixture.chat.readHistory(reader.member, room, EVERYTHING, { limit: 100, playback: true }) ?? [];
  const seen = Array.from(past, (event) => (event.type === "said" ? event.text : event.type));
  reader.does({ type: "quit", reason: "" });
  return seen;
}

test("a room without messages stores nothing", () => {
  using temp = new TemporaryStore();
  const fixture = new ChatFixture({ store: temp.opens() });
  for (let i = 0; i < 300; i++) {
    const ann = fixture.brings("ann", `#silent-${i}`);
    ann.does(
      { type: "set-topic", room: `#silent-${i}`, topic: "tea" },
      modes(`#silent-${i}`, { mode: "secret", on: true }),
    );
    ann.does(i % 2 ? leave(`#silent-${i}`) : { type: "quit", reason: "" }, { type: "quit", reason: "" });
  }
  fixture.store.commit();
  expect(traces(temp)).toEqual([{ places: 0, happenings: 0, rooms: 1 }]);
});

test("the newest events before the first message are stored with it", () => {
  const fixture = new ChatFixture();
  const ann = fixture.brings("ann", "#dev");
  for (let i = 0; i < 20; i++) ann.does({ type: "set-topic", room: "#dev", topic: `tea ${i}` });
  fixture.brings("bob", "#dev").does(say("#dev", "hi"));
  expect(pastOf(fixture)).toEqual([...Array(15).fill("topic-set"), "joined", "hi", "joined"]);
});

test("a silent visit to a left room stores nothing; with a message, all its events are stored", () => {
  const fixture = new ChatFixture();
  fixture.brings("ann", "#dev").does(say("#dev", "hi"), leave("#dev"));
  fixture.brings("bob", "#dev").does(leave("#dev"));
  expect(pastOf(fixture)).toEqual(["joined", "hi", "left"]);
  fixture.brings("eve", "#dev").does(say("#dev", "ho"));
  expect(pastOf(fixture)).toEqual(["joined", "hi", "left", "joined", "ho", "joined"]);
});

test.each(["#lobby", "#dev"])("comings and goings in %s are kept as far as something is said", (name) => {
  using temp = new TemporaryStore();
  const fixture = new ChatFixture({ store: temp.opens() });
  const ann = fixture.brings("ann", name);
  ann.does(say(name, "hi"));
  const guest = fixture.brings("guest");
  for (let i = 0; i < 1000; i++) guest.does(join(name), rename(i % 2 ? "guest" : "gast"), leave(name));
  fixture.store.commit();
  const before = temp.reads("SELECT count(*) AS n FROM happening") as readonly { n: number }[];
  expect(before[0]?.n).toBeLessThanOrEqual(101);
  ann.does(say(name, "ho"));
  fixture.store.commit();
  const after = temp.reads("SELECT count(*) AS n FROM happening") as readonly { n: number }[];
  expect((after[0]?.n ?? 0) - (before[0]?.n ?? 0)).toBe(16);
});

test.each([
  ["before anything is said", [SECRET, say("#dev", "hidden")]],
  ["after it", [say("#dev", "hidden"), SECRET]],
] as readonly [string, readonly Act[]][])(
  "the past of a room that was closed %s stays hidden, a crash later too",
  (_, acts) => {
    using temp = new TemporaryStore();
    const first = new ChatFixture({ store: temp.opens() });
    const ann = first.brings("ann", "#dev");
    ann.does(...acts);
    first.store.commit();
    const crashed = new ChatFixture({ store: temp.opens() });
    expect(pastOf(crashed)).not.toContain("hidden");
    ann.does(leave("#dev"));
    expect(pastOf(first)).not.toContain("hidden");
    first.store.commit();
    expect(pastOf(new ChatFixture({ store: temp.reopens() }))).not.toContain("hidden");
  },
);

test("of rooms of guests, only hidden history survives a crash", () => {
  using temp = new TemporaryStore();
  const first = new ChatFixture({ store: temp.opens() });
  const ann = first.brings("ann", "#open", "#closed", "#silent");
  ann.does(say("#open", "hi"), say("#closed", "hi"));
  for (const room of ["#closed", "#silent"]) ann.does(modes(room, { mode: "secret", on: true }));
  first.store.commit();
  // As an older version has left them.
  const record = first.store.loadRoom(fold("#closed"));
  if (!record) throw new Error("Nothing is kept of #closed");
  first.store.saveRoom(fold("#silent"), record);
  const again = new ChatFixture({ store: temp.reopens() });
  expect([...again.store.rooms()].map(([key]) => key).sort()).toEqual([fold("#closed"), LOBBY]);
});

test("a room operated by an account is kept, even without messages", () => {
  using temp = new TemporaryStore();
  const store = temp.opens();
  store.saveAccount(anAccount("ann"));
  const ann = new RecordingSession(new ChatFixture({ store }).chat);
  ann.does({ ...enter("ann"), account: anAccount("ann") } as Act, join("#dev"));
  ann.does({ type: "set-topic", room: "#dev", topic: "tea" }, leave("#dev"));
  store.commit();
  const again = new ChatFixture({ store: temp.reopens() });
  expect(again.chat.room("#dev")?.topic?.text).toBe("tea");
  expect(traces(temp)).toEqual([{ places: 0, happenings: 0, rooms: 2 }]);
});

test("a room without messages left is forgotten; later messages are hidden as before", () => {
  using temp = new TemporaryStore();
  const store = temp.opens();
  const fixture = new ChatFixture({ store });
  const ann = fixture.brings("ann", "#dev", "#gone");
  ann.does(
    say("#dev", "old"),
    say("#gone", "old"),
    SECRET,
    modes("#gone", { mode: "secret", on: true }),
    leave("#gone"),
  );
  store.commit();
  expect(traces(temp)).toEqual([{ places: 2, happenings: 5, rooms: 3 }]);
  for (const _ of store.applyRetention({ messages: fixture.now + 60_000, ids: 0, now: fixture.now + 60_000 }));
  fixture.chat.housekeep();
  store.commit();
  expect(traces(temp)).toEqual([{ places: 0, happenings: 0, rooms: 1 }]);
  ann.does(say("#dev", "new"), leave("#dev"));
  expect(pastOf(fixture)).not.toContain("new");
});

/** A member who is logged in to an account of the same name. */
function owner(fixture: ChatFixture, name: string): RecordingSession {
  fixture.store.saveAccount(anAccount(name));
  const player = new RecordingSession(fixture.chat);
  player.does({ ...enter(name), account: anAccount(name) } as Act);
  return player;
}

const roomsOf = (fixture: ChatFixture) => Array.from(fixture.chat.rooms, ({ name }) => name).sort();

test("an account keeps a limited number of empty rooms", () => {
  const fixture = new ChatFixture({ limits: { roomsPerAccount: 2 } });
  const ann = owner(fixture, "ann");
  for (const room of ["#a", "#b", "#c"]) ann.does(join(room), leave(room));
  expect(roomsOf(fixture)).toEqual(["#a", "#b", "#lobby"]);
  // Being there, and going for good, makes room for another.
  ann.does(join("#a"), join("#d"), leave("#d"));
  expect(roomsOf(fixture)).toEqual(["#a", "#b", "#d", "#lobby"]);
  ann.does(leave("#a"));
  expect(roomsOf(fixture)).toEqual(["#b", "#d", "#lobby"]);
});

test("a room of two accounts is kept for the one below its limit", () => {
  const fixture = new ChatFixture({ limits: { roomsPerAccount: 1 } });
  const [ann, bob] = [owner(fixture, "ann"), owner(fixture, "bob")];
  ann.does(join("#a"), leave("#a"), join("#both"));
  bob.does(join("#both"));
  ann.does(modes("#both", { mode: "operator", on: true, nick: "bob" }), leave("#both"));
  bob.does(leave("#both"), join("#b"), leave("#b"));
  expect(roomsOf(fixture)).toEqual(["#a", "#both", "#lobby"]);
});

test("kept rooms count after a restart, and none is removed by it", () => {
  using temp = new TemporaryStore();
  const first = new ChatFixture({ store: temp.opens() });
  const ann = owner(first, "ann");
  for (const room of ["#a", "#b", "#c"]) ann.does(join(room), leave(room));
  first.store.commit();
  const second = new ChatFixture({ store: temp.reopens(), limits: { roomsPerAccount: 2 } });
  expect(roomsOf(second)).toEqual(["#a", "#b", "#c", "#lobby"]);
  owner(second, "ann").does(join("#d"), leave("#d"));
  expect(roomsOf(second)).toEqual(["#a", "#b", "#c", "#lobby"]);
});

test("rooms keep the order of their making, whatever the clock, and after a restart", () => {
  const people = new ChatFixture({ now: 100_000 });
  people.store.saveAccount(anAccount("ann"));
  const ann = people.brings("annie");
  ann.does({ type: "identify", account: anAccount("ann") }, join("#one"));
  people.now = 50_000;
  ann.does(join("#two"), join("#a"));
  const names = ({ chat }: ChatFixture) => Array.from(chat.rooms, ({ name }) => name);
  expect(names(people)).toEqual(["#lobby", "#one", "#two", "#a"]);
  ann.does(QUIT);
  people.chat.close();
  expect(names(new ChatFixture({ store: people.store, now: people.now }))).toEqual(names(people));
});

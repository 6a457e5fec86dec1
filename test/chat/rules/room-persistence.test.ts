import { expect, test } from "bun:test";
import type { Act } from "../../../src/chat/model/act.ts";
import { fold } from "../../../src/text/fold.ts";
import { anAccount, enter, join, leave, modes, Player, QUIT, rename, Stage, say } from "../../support/chat-stage.ts";
import { Shelf } from "../../support/temporary-store.ts";

const LOBBY = fold("#lobby");
const SECRET = modes("#dev", { mode: "secret", on: true });
const EVERYTHING = { which: "latest", after: undefined } as const;

/** How much the database has of places, of what happened in them, and of rooms. */
function traces(shelf: Shelf): readonly unknown[] {
  return shelf.reads(
    "SELECT (SELECT count(*) FROM place) AS places, (SELECT count(*) FROM happening) AS happenings, (SELECT count(*) FROM room) AS rooms",
  );
}

/** What someone who comes into the room reads of its past. */
function pastOf(stage: Stage, room = "#dev"): readonly string[] {
  const reader = stage.brings("reader", room);
  const past = stage.chat.readHistory(reader.member, room, EVERYTHING, { limit: 100, playback: true }) ?? [];
  const seen = Array.from(past, (event) => (event.type === "said" ? event.text : event.type));
  reader.does({ type: "quit", reason: "" });
  return seen;
}

test("a room without messages stores nothing", () => {
  using shelf = new Shelf();
  const stage = new Stage({ store: shelf.opens() });
  for (let i = 0; i < 300; i++) {
    const ann = stage.brings("ann", `#silent-${i}`);
    ann.does(
      { type: "set-topic", room: `#silent-${i}`, topic: "tea" },
      modes(`#silent-${i}`, { mode: "secret", on: true }),
    );
    ann.does(i % 2 ? leave(`#silent-${i}`) : { type: "quit", reason: "" }, { type: "quit", reason: "" });
  }
  stage.store.commit();
  expect(traces(shelf)).toEqual([{ places: 0, happenings: 0, rooms: 1 }]);
});

test("the newest events before the first message are stored with it", () => {
  const stage = new Stage();
  const ann = stage.brings("ann", "#dev");
  for (let i = 0; i < 20; i++) ann.does({ type: "set-topic", room: "#dev", topic: `tea ${i}` });
  stage.brings("bob", "#dev").does(say("#dev", "hi"));
  expect(pastOf(stage)).toEqual([...Array(15).fill("topic-set"), "joined", "hi", "joined"]);
});

test("a silent visit to a left room stores nothing; with a message, all its events are stored", () => {
  const stage = new Stage();
  stage.brings("ann", "#dev").does(say("#dev", "hi"), leave("#dev"));
  stage.brings("bob", "#dev").does(leave("#dev"));
  expect(pastOf(stage)).toEqual(["joined", "hi", "left"]);
  stage.brings("eve", "#dev").does(say("#dev", "ho"));
  expect(pastOf(stage)).toEqual(["joined", "hi", "left", "joined", "ho", "joined"]);
});

test.each(["#lobby", "#dev"])("comings and goings in %s are kept as far as something is said", (name) => {
  using shelf = new Shelf();
  const stage = new Stage({ store: shelf.opens() });
  const ann = stage.brings("ann", name);
  ann.does(say(name, "hi"));
  const guest = stage.brings("guest");
  for (let i = 0; i < 1000; i++) guest.does(join(name), rename(i % 2 ? "guest" : "gast"), leave(name));
  stage.store.commit();
  const before = shelf.reads("SELECT count(*) AS n FROM happening") as readonly { n: number }[];
  expect(before[0]?.n).toBeLessThanOrEqual(101);
  ann.does(say(name, "ho"));
  stage.store.commit();
  const after = shelf.reads("SELECT count(*) AS n FROM happening") as readonly { n: number }[];
  expect((after[0]?.n ?? 0) - (before[0]?.n ?? 0)).toBe(16);
});

test.each([
  ["before anything is said", [SECRET, say("#dev", "hidden")]],
  ["after it", [say("#dev", "hidden"), SECRET]],
] as readonly [string, readonly Act[]][])(
  "the past of a room that was closed %s stays hidden, a crash later too",
  (_, acts) => {
    using shelf = new Shelf();
    const first = new Stage({ store: shelf.opens() });
    const ann = first.brings("ann", "#dev");
    ann.does(...acts);
    first.store.commit();
    const crashed = new Stage({ store: shelf.opens() });
    expect(pastOf(crashed)).not.toContain("hidden");
    ann.does(leave("#dev"));
    expect(pastOf(first)).not.toContain("hidden");
    first.store.commit();
    expect(pastOf(new Stage({ store: shelf.reopens() }))).not.toContain("hidden");
  },
);

test("of rooms of guests, only hidden history survives a crash", () => {
  using shelf = new Shelf();
  const first = new Stage({ store: shelf.opens() });
  const ann = first.brings("ann", "#open", "#closed", "#silent");
  ann.does(say("#open", "hi"), say("#closed", "hi"));
  for (const room of ["#closed", "#silent"]) ann.does(modes(room, { mode: "secret", on: true }));
  first.store.commit();
  // As an older version has left them.
  const record = first.store.loadRoom(fold("#closed"));
  if (!record) throw new Error("Nothing is kept of #closed");
  first.store.saveRoom(fold("#silent"), record);
  const again = new Stage({ store: shelf.reopens() });
  expect([...again.store.rooms()].map(([key]) => key).sort()).toEqual([fold("#closed"), LOBBY]);
});

test("a room operated by an account is kept, even without messages", () => {
  using shelf = new Shelf();
  const store = shelf.opens();
  store.saveAccount(anAccount("ann"));
  const ann = new Player(new Stage({ store }).chat);
  ann.does({ ...enter("ann"), account: anAccount("ann") } as Act, join("#dev"));
  ann.does({ type: "set-topic", room: "#dev", topic: "tea" }, leave("#dev"));
  store.commit();
  const again = new Stage({ store: shelf.reopens() });
  expect(again.chat.room("#dev")?.topic?.text).toBe("tea");
  expect(traces(shelf)).toEqual([{ places: 0, happenings: 0, rooms: 2 }]);
});

test("a room without messages left is forgotten; later messages are hidden as before", () => {
  using shelf = new Shelf();
  const store = shelf.opens();
  const stage = new Stage({ store });
  const ann = stage.brings("ann", "#dev", "#gone");
  ann.does(
    say("#dev", "old"),
    say("#gone", "old"),
    SECRET,
    modes("#gone", { mode: "secret", on: true }),
    leave("#gone"),
  );
  store.commit();
  expect(traces(shelf)).toEqual([{ places: 2, happenings: 5, rooms: 3 }]);
  for (const _ of store.applyRetention({ messages: stage.now + 60_000, ids: 0, now: stage.now + 60_000 }));
  stage.chat.housekeep();
  store.commit();
  expect(traces(shelf)).toEqual([{ places: 0, happenings: 0, rooms: 1 }]);
  ann.does(say("#dev", "new"), leave("#dev"));
  expect(pastOf(stage)).not.toContain("new");
});

/** Someone who is logged in to an account of the same name. */
function owner(stage: Stage, name: string): Player {
  stage.store.saveAccount(anAccount(name));
  const player = new Player(stage.chat);
  player.does({ ...enter(name), account: anAccount(name) } as Act);
  return player;
}

const roomsOf = (stage: Stage) => Array.from(stage.chat.rooms, ({ name }) => name).sort();

test("an account keeps a limited number of empty rooms", () => {
  const stage = new Stage({ limits: { roomsPerAccount: 2 } });
  const ann = owner(stage, "ann");
  for (const room of ["#a", "#b", "#c"]) ann.does(join(room), leave(room));
  expect(roomsOf(stage)).toEqual(["#a", "#b", "#lobby"]);
  // Being there, and going for good, makes room for another.
  ann.does(join("#a"), join("#d"), leave("#d"));
  expect(roomsOf(stage)).toEqual(["#a", "#b", "#d", "#lobby"]);
  ann.does(leave("#a"));
  expect(roomsOf(stage)).toEqual(["#b", "#d", "#lobby"]);
});

test("a room of two accounts is kept for the one below its limit", () => {
  const stage = new Stage({ limits: { roomsPerAccount: 1 } });
  const [ann, bob] = [owner(stage, "ann"), owner(stage, "bob")];
  ann.does(join("#a"), leave("#a"), join("#both"));
  bob.does(join("#both"));
  ann.does(modes("#both", { mode: "operator", on: true, nick: "bob" }), leave("#both"));
  bob.does(leave("#both"), join("#b"), leave("#b"));
  expect(roomsOf(stage)).toEqual(["#a", "#both", "#lobby"]);
});

test("kept rooms count after a restart, and none is removed by it", () => {
  using shelf = new Shelf();
  const first = new Stage({ store: shelf.opens() });
  const ann = owner(first, "ann");
  for (const room of ["#a", "#b", "#c"]) ann.does(join(room), leave(room));
  first.store.commit();
  const second = new Stage({ store: shelf.reopens(), limits: { roomsPerAccount: 2 } });
  expect(roomsOf(second)).toEqual(["#a", "#b", "#c", "#lobby"]);
  owner(second, "ann").does(join("#d"), leave("#d"));
  expect(roomsOf(second)).toEqual(["#a", "#b", "#c", "#lobby"]);
});

test("rooms keep the order of their making, whatever the clock, and after a restart", () => {
  const people = new Stage({ now: 100_000 });
  people.store.saveAccount(anAccount("ann"));
  const ann = people.brings("annie");
  ann.does({ type: "identify", account: anAccount("ann") }, join("#one"));
  people.now = 50_000;
  ann.does(join("#two"), join("#a"));
  const names = ({ chat }: Stage) => Array.from(chat.rooms, ({ name }) => name);
  expect(names(people)).toEqual(["#lobby", "#one", "#two", "#a"]);
  ann.does(QUIT);
  people.chat.close();
  expect(names(new Stage({ store: people.store, now: people.now }))).toEqual(names(people));
});

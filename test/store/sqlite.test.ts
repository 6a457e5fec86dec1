import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { Chat } from "../../src/chat/chat.ts";
import { RULES } from "../../src/chat/model/limits.ts";
import type { ServerBan } from "../../src/chat/model/masks.ts";
import type { RoomRecord, SearchQuery } from "../../src/chat/store.ts";
import { SqliteStore } from "../../src/store/sqlite.ts";
import { fold } from "../../src/text/fold.ts";
import { ASCII_REPLACEMENTS, skeleton } from "../../src/text/skeleton.ts";
import { anAccount } from "../support/chat-fixture.ts";
import { said, TemporaryStore } from "../support/temporary-store.ts";

const DEV = fold("#dev");
const ALL = { from: 0, limit: 1_000_000 };

const ROOM: RoomRecord = {
  name: "#Dev",
  created: 1000,
  visibleFrom: 7,
  topic: { text: "tea", by: "ann!~ann@host", at: 2000 },
  password: "sesame",
  limit: 12,
  wasPrivate: true,
  flags: ["moderated", "secret"],
  lists: { ban: [{ mask: "eve!*@*", by: "ann", at: 3000 }], exception: [], invitation: [] },
  ranks: { [anAccount("annie").id]: ["operator"] },
};

const ANNIE = anAccount("Annie", {
  created: 5,
  hash: "$argon2id$x",
  scram: { salt: "s", iterations: 4096, storedKey: "k", serverKey: "v" },
  fingerprints: ["ab"],
});

test("no seq is claimed twice, however often the store is opened, closed cleanly or not", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.integer({ min: 1, max: 1000 }), fc.boolean()), { maxLength: 10 }), (claims) => {
      using temp = new TemporaryStore();
      let store = temp.opens();
      let next = 0;
      for (const [count, reopens] of claims) {
        const first = store.claim(count);
        expect(first).toBeGreaterThanOrEqual(next);
        next = first + count;
        if (reopens) store = temp.reopens();
      }
    }),
    { numRuns: 20 },
  );
});

test("seqs claimed in a failed tick are not claimed again once messages have them", () => {
  using temp = new TemporaryStore();
  const store = temp.opens();
  temp.fills("message");
  const first = store.claim(100);
  store.append(DEV, said(first));
  expect(store.commit().length).toBe(1);
  temp.empties();
  temp.now = 1000;
  store.append(DEV, said(first + 1));
  expect(store.commit()).toEqual([]);
  expect(temp.reopens().claim(100)).toBeGreaterThan(first + 1);
});

test("seqs claimed while nothing could be written are not claimed again", () => {
  using temp = new TemporaryStore();
  const store = temp.opens();
  temp.fills();
  store.append(DEV, said(1));
  store.commit();
  const first = store.claim(100);
  store.commit();
  temp.empties();
  temp.now = 1000;
  store.append(DEV, said(first));
  expect(store.commit()).toEqual([]);
  expect(temp.reopens().claim(100)).toBeGreaterThan(first);
});

test("two claims in a row differ, even if nothing can be written", () => {
  using temp = new TemporaryStore();
  const store = temp.opens();
  temp.fills();
  const first = store.claim(100);
  store.commit();
  expect(store.claim(100)).toBe(first + 100);
});

test("a store or chat that was only opened holds no lock", () => {
  using temp = new TemporaryStore();
  const store = temp.opens();
  temp.meddles("INSERT INTO account VALUES ('1', 'ann', '{}')");
  new Chat({ store, rules: RULES, clock: () => 0 });
  temp.meddles("INSERT INTO account VALUES ('2', 'bob', '{}')");
});

test("a reopened store knows the latest time, whatever place it was in", () => {
  using temp = new TemporaryStore();
  const store = temp.opens();
  expect(store.lastTime).toBe(0);
  store.append(fold("#ops"), said(1, { time: 5000 }));
  store.append(DEV, said(2, { time: 9000 }));
  expect(temp.reopens().lastTime).toBe(9000);
});

test("a node keeps its name, and no two nodes have the same", () => {
  using temp = new TemporaryStore();
  using other = new TemporaryStore();
  const { node } = temp.opens();
  expect(node).toMatch(/^[0-9A-Za-z]+$/);
  expect(temp.reopens().node).toBe(node);
  expect(other.opens().node).not.toBe(node);
});

test("server bans survive a restart, until they are lifted", () => {
  using temp = new TemporaryStore();
  const store = temp.opens();
  const eve: ServerBan = { kind: "mask", target: "a:eve", by: "root", at: 5, until: 9, reason: "spam" };
  const net: ServerBan = { kind: "address", target: "10.0.0.0/8", by: "root", at: 6, reason: "" };
  store.saveBan(fold("a:eve"), { ...eve, reason: "noise" });
  store.saveBan(fold("a:eve"), eve);
  store.saveBan(fold("10.0.0.0/8"), net);
  store.commit();
  expect([...temp.reopens().bans()]).toEqual([net, eve]);
  const again = temp.reopens();
  again.removeBan(fold("a:eve"));
  again.commit();
  expect([...temp.reopens().bans()]).toEqual([net]);
});

test("a room is loaded as it was saved last, before and after the commit", () => {
  using temp = new TemporaryStore();
  const store = temp.opens();
  expect(store.loadRoom(DEV)).toBeUndefined();
  store.saveRoom(DEV, { ...ROOM, limit: 1 });
  store.saveRoom(DEV, ROOM);
  expect(store.loadRoom(DEV)).toEqual(ROOM);
  expect(temp.reopens().loadRoom(DEV)).toEqual(ROOM);
});

test("optional fields that a room lacks are absent when it is loaded", () => {
  using temp = new TemporaryStore();
  const bare: RoomRecord = { ...ROOM, topic: undefined, password: undefined, limit: undefined, ranks: undefined };
  temp.opens().saveRoom(DEV, bare);
  expect(temp.reopens().loadRoom(DEV)).toEqual(bare);
});

test("all rooms are listed by key", () => {
  using temp = new TemporaryStore();
  const store = temp.opens();
  store.saveRoom(DEV, ROOM);
  store.saveRoom(fold("#ops"), { ...ROOM, name: "#ops" });
  expect([...store.rooms()].map(([key, { name }]) => [key, name]).sort()).toEqual([
    ["#dev", "#Dev"],
    ["#ops", "#ops"],
  ] as never);
});

test("a room saved while nothing can be written is written once that works", () => {
  using temp = new TemporaryStore();
  const store = temp.opens();
  store.saveRoom(DEV, { ...ROOM, wasPrivate: false });
  store.commit();
  temp.fills("message");
  store.saveRoom(DEV, ROOM);
  store.append(DEV, said(1));
  expect(store.commit().length).toBe(1); // the whole turn has failed, the room with it
  store.saveRoom(fold("#ops"), ROOM); // and this one is not even tried
  store.commit();
  expect([store.loadRoom(DEV)?.wasPrivate, store.loadRoom(fold("#ops"))]).toEqual([true, ROOM]);
  temp.empties();
  temp.now = 1000;
  store.append(DEV, said(2));
  store.commit();
  const again = temp.reopens();
  expect([again.loadRoom(DEV), again.loadRoom(fold("#ops"))]).toEqual([ROOM, ROOM]);
});

test("a room that others push off an account's list is not put on it again with them, whatever their order", () => {
  const [three, annie] = [fold("#three"), ANNIE.id];
  for (const rooms of [
    [DEV, three],
    [three, DEV],
  ]) {
    using temp = new TemporaryStore();
    const store = temp.opens();
    store.addMemberships(annie, [DEV], 1, 2);
    store.addMemberships(annie, rooms, 2, 1);
    expect(store.memberships(annie)).toEqual([{ room: three, since: 2 }]);
  }
});

test("a removed room is removed from all lists, also unwritten ones", () => {
  const [annie, bob] = [ANNIE.id, anAccount("bob").id];
  using temp = new TemporaryStore();
  const store = temp.opens();
  store.addMemberships(annie, [DEV], 1, 10);
  store.commit();
  temp.fills("message");
  store.append(DEV, said(1));
  store.commit();
  store.addMemberships(bob, [DEV], 2, 10);
  store.dropMemberships(DEV);
  expect([annie, bob].map((id) => store.memberships(id))).toEqual([[], []]);
  temp.empties();
  temp.now = 1000;
  store.append(DEV, said(2));
  store.commit();
  const again = temp.reopens();
  expect([annie, bob].map((id) => again.memberships(id))).toEqual([[], []]);
});

test("lists and look-ups agree while writes are pending, and afterwards", () => {
  using temp = new TemporaryStore();
  const store = temp.opens();
  const ban = (target: string): ServerBan => ({ kind: "mask", target, by: "root", at: 5, reason: "" });
  store.saveRoom(DEV, ROOM);
  store.saveBan(fold("a:eve"), ban("a:eve"));
  store.commit();
  temp.fills();
  store.append(DEV, said(1));
  store.commit();
  const [ops, annie] = [fold("#ops"), ANNIE.id];
  store.removeRoom(DEV);
  store.saveRoom(ops, { ...ROOM, name: "#ops" });
  store.removeBan(fold("a:eve"));
  store.saveBan(fold("a:zoe"), ban("a:zoe"));
  store.setMarker(annie, DEV, { seq: 1, time: 1 }, 1000);
  for (const [at, room] of [ops, DEV, fold("#three")].entries()) store.addMemberships(annie, [room], at, 2);
  store.removeMembership(annie, DEV);
  store.commit();
  const all = () => ({
    rooms: Array.from(store.rooms(), ([key, { name }]) => [key, name]),
    room: [store.loadRoom(DEV), store.loadRoom(ops)?.name],
    bans: Array.from(store.bans(), ({ target }) => target),
    marker: store.marker(annie, DEV),
    memberships: store.memberships(annie),
  });
  const pending = all();
  expect(pending).toEqual({
    rooms: [[ops, "#ops"]],
    room: [undefined, "#ops"],
    bans: ["a:zoe"],
    marker: { seq: 1, time: 1 },
    memberships: [
      { room: ops, since: 0 },
      { room: fold("#three"), since: 2 },
    ],
  } as never);
  temp.empties();
  temp.now = 1000;
  store.append(DEV, said(2));
  store.commit();
  expect(all()).toEqual(pending);
});

test("an account keeps its latest thousand markers, and other accounts keep theirs", () => {
  using temp = new TemporaryStore();
  const store = temp.opens();
  const [annie, bob] = [ANNIE.id, anAccount("bob").id];
  store.setMarker(bob, DEV, { seq: 1, time: 1 }, 1000);
  for (let n = 0; n < 1010; n++) store.setMarker(annie, fold(`#room${n}`), { seq: 1000 + n, time: 5 }, 1000);
  const marks = [9, 10, 1009].map((n) => store.marker(annie, fold(`#room${n}`))?.seq);
  expect([...marks, store.marker(bob, DEV)?.seq]).toEqual([undefined, 1010, 2009, 1]);
});

test("accounts are found by skeleton, through an index", () => {
  using temp = new TemporaryStore();
  const store = temp.opens();
  for (const name of ["Lisa", "l|sa", "wim", "bob", "a{b}\\0"]) store.saveAccount(anAccount(name));
  const like = (name: string) => store.accountsLike(skeleton(name));
  expect([like("1isa"), like("VVIM"), like("a[b]lO"), like("carl")]).toEqual([
    ["Lisa", "l|sa"],
    ["wim"],
    ["a{b}\\0"],
    [],
  ]);
  store.removeAccount(anAccount("bob").id);
  expect(like("b0b")).toEqual([]);
  store.commit();
  const look = ASCII_REPLACEMENTS.reduce((sql, [from, to]) => `replace(${sql}, '${from}', '${to}')`, "key");
  const plan = temp.reads(`EXPLAIN QUERY PLAN SELECT record FROM account WHERE ${look} = 'x'`);
  expect(JSON.stringify(plan)).toContain("USING INDEX account_look");
});

test("accounts are saved, listed by name, changed, and removed with their data", () => {
  using temp = new TemporaryStore();
  const store = temp.opens();
  const annie = ANNIE.id;
  store.saveAccount(anAccount("bob"));
  store.saveAccount({ ...ANNIE, hash: "old" });
  store.saveAccount(ANNIE);
  store.setMarker(annie, DEV, { seq: 5, time: 500 }, 1000);
  expect([store.loadAccount(fold("annie")), store.account(annie)]).toEqual([ANNIE, ANNIE]);
  expect([...store.accounts()].map(({ name }) => name)).toEqual(["Annie", "bob"]);
  store.removeAccount(annie);
  expect([store.account(annie), store.marker(annie, DEV)]).toEqual([undefined, undefined]);
  expect([...temp.reopens().accounts()].map(({ name }) => name)).toEqual(["bob"]);
});

test("each account has a read marker per target, and none where it never set one", () => {
  using temp = new TemporaryStore();
  const store = temp.opens();
  const annie = ANNIE.id;
  store.setMarker(annie, DEV, { seq: 5, time: 500 }, 1000);
  store.setMarker(annie, DEV, { seq: 7, time: 700 }, 1000);
  expect(temp.reopens().marker(annie, DEV)).toEqual({ seq: 7, time: 700 });
  const again = temp.reopens();
  expect([again.marker(annie, fold("#ops")), again.marker(anAccount("bob").id, DEV)]).toEqual([undefined, undefined]);
});

/** Runs `write-forever.ts` on a new database, and returns the messages in it at the end. */
async function committedBy(
  temp: TemporaryStore,
  mode: "until-killed" | "until-full",
  ...before: string[]
): Promise<number> {
  const writer = Bun.spawn([...before, process.execPath, join(import.meta.dir, "write-forever.ts"), temp.file, mode], {
    stdout: "pipe",
    stderr: "inherit",
  });
  let last = 0;
  let rest = "";
  for await (const chunk of writer.stdout) {
    const lines = (rest + Buffer.from(chunk).toString()).split("\n");
    rest = lines.pop() ?? "";
    last = Number(lines.at(-1) ?? last);
    if (mode === "until-killed" && last > 2000) writer.kill("SIGKILL");
  }
  await writer.exited;
  return last;
}

test("every commit survives a kill -9 during a write, once and in order", async () => {
  using temp = new TemporaryStore();
  const committed = await committedBy(temp, "until-killed");
  const seqs = temp
    .opens()
    .history(DEV, ALL)
    .map(({ seq }) => seq);
  expect(committed).toBeGreaterThan(2000);
  expect(seqs).toEqual(Array.from({ length: seqs.length }, (_, i) => i + 1));
  expect(seqs.length).toBeGreaterThanOrEqual(committed);
});

// A limit on the size of a file is as good as a full disk: writing fails in the middle of a commit.
test("on a full disk every commit is stored, and every other message was returned as lost", async () => {
  using temp = new TemporaryStore();
  const script = `trap "" XFSZ; ulimit -f 400; exec "$@"`;
  const committed = await committedBy(temp, "until-full", "bash", "-c", script, "bash");
  expect(committed).toBeGreaterThan(0);
  const seqs = temp
    .opens()
    .history(DEV, ALL)
    .map(({ seq }) => seq);
  expect(seqs).toEqual(Array.from({ length: committed }, (_, i) => i + 1));
});

test("lost messages do not take the rest of the database with them", () => {
  using temp = new TemporaryStore();
  const store = temp.opens();
  store.append(DEV, said(1));
  store.commit();
  const db = new Database(temp.file);
  db.run("DROP TABLE message");
  db.close();
  store.append(DEV, said(2));
  expect(store.commit().map(({ seq }) => seq)).toEqual([2]);
  temp.now = 1000;
  store.saveRoom(DEV, ROOM);
  store.commit();
  expect(store.loadRoom(DEV)).toEqual(ROOM);
});

const QUERY: SearchQuery = {
  terms: [{ text: "text", isExact: false }],
  within: [{ place: DEV, hidden: [] }],
  account: undefined,
  nick: undefined,
  from: undefined,
  before: undefined,
  limit: 1,
};

test("the write-ahead log starts over once it is copied, while writing goes on", async () => {
  using temp = new TemporaryStore();
  const store = temp.opens();
  let seq = 0;
  const appendOne = () => {
    const { from: who } = said(1);
    store.appendEvent(DEV, {
      type: "left",
      seq: ++seq,
      msgid: "",
      time: seq,
      origin: undefined,
      who,
      room: "#dev",
      reason: "bye",
    });
    store.commit();
  };
  // SQLite's file format, 4.1: each time the log begins anew, its header has other salts.
  const salts = () => readFileSync(`${temp.file}-wal`).subarray(16, 24).toString("hex");
  while (seq < 1200) appendOne();
  const before = salts();
  while (salts() === before) {
    store.refresh();
    appendOne();
    // The worker has done its checkpoint once it answers a search.
    await store.search(QUERY, {}, () => true);
    appendOne();
  }
  expect(statSync(`${temp.file}-wal`).size).toBeLessThan(16_384 * 4096);
});

test("the write-ahead log is short again after a long reader has gone", async () => {
  using temp = new TemporaryStore();
  const store = temp.opens();
  store.append(DEV, said(1));
  store.commit();
  const size = () => statSync(`${temp.file}-wal`).size;
  const reader = new Database(temp.file, { readonly: true });
  reader.run("BEGIN");
  reader.query("SELECT count(*) FROM message").get();
  for (let seq = 2; seq <= 70; seq++) store.append(DEV, said(seq, { text: "x".repeat(1_000_000), kind: "query" }));
  for (let seq = 71; seq <= 1100; seq++) store.append(DEV, said(seq));
  store.commit();
  store.refresh();
  // The worker has done its checkpoint once it answers a search.
  await store.search(QUERY, {}, () => true);
  expect(size()).toBeGreaterThan(64 << 20);
  reader.close();
  let last = 1100;
  while (size() > 16 << 20) {
    store.append(DEV, said(++last));
    store.commit();
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(store.history(DEV, { from: 0, limit: 1 }).map(({ seq }) => seq)).toEqual([last]);
});

test("a room on a damaged page shows none of its past, and other rooms are unaffected", () => {
  using temp = new TemporaryStore();
  const store = temp.opens();
  const names = Array.from({ length: 300 }, (_, n) => `#room${1000 + n}`);
  for (const name of names) store.saveRoom(fold(name), { ...ROOM, name, password: `key-${name}`, wasPrivate: false });
  temp.closes();
  expect(temp.spoils("key-#room1150")).toBe(1);
  const again = temp.opens();
  const left = Array.from(again.rooms(), ([, { name }]) => name);
  expect([left.length > 270, left.includes("#room1150"), left[0], left.at(-1)]).toEqual([
    true,
    false,
    "#room1000",
    "#room1299",
  ]);
  expect(again.loadRoom(fold("#room1150"))).toMatchObject({ name: "#room1150", wasPrivate: true });
  expect(again.loadRoom(fold("#room1299"))?.password).toBe("key-#room1299");
  expect(temp.told.length).toBe(1);
});

test("a chat opens even if the record of its lobby cannot be read", () => {
  using temp = new TemporaryStore();
  const store = temp.opens();
  store.saveRoom(fold("#lobby"), { ...ROOM, name: "#lobby" });
  temp.closes();
  expect(temp.spoils("sesame")).toBe(1);
  const chat = new Chat({ store: temp.opens(), rules: RULES, clock: () => 0 });
  expect(chat.room("#lobby")?.wasPrivate).toBe(true);
});

test("a new database has the first part of msgids that it is given, and keeps it", () => {
  using temp = new TemporaryStore();
  const store = new SqliteStore(temp.file, "normal", temp.watch, "c1");
  expect(store.msgid(36)).toBe("c1-10");
  store.close();
  const again = new SqliteStore(temp.file, "normal", temp.watch, "other");
  expect(again.node).toBe("c1");
  again.close();
});

import { afterEach, describe, expect, test } from "bun:test";
import type { AccountId } from "../../src/chat/model/account.ts";
import type { Deletion, RoomRecord } from "../../src/chat/store.ts";
import { MEMORY, openDatabase } from "../../src/store/database.ts";
import { applyRetention, type RetentionCutoffs } from "../../src/store/retention.ts";
import type { SqliteStore } from "../../src/store/sqlite.ts";
import { Writer } from "../../src/store/writer.ts";
import { fold } from "../../src/text/fold.ts";
import { redacted, said, signalled, TemporaryStore } from "../support/temporary-store.ts";

let temp = new TemporaryStore();
afterEach(() => {
  temp[Symbol.dispose]();
  temp = new TemporaryStore();
});

const DEV = fold("#dev");
const KEY = { target: DEV, sender: undefined };

/** A store with messages 1 to `count`, said at 1001 and so on, each with an id. */
function stocked(count: number): SqliteStore {
  const store = temp.opens();
  for (let seq = 1; seq <= count; seq++) store.append(DEV, said(seq, { id: `id-${seq}` }));
  store.commit();
  return store;
}

/** The record of a room with nothing special. */
function roomRecord(changes: Partial<RoomRecord>): RoomRecord {
  const lists = { ban: [], exception: [], invitation: [] };
  const nothing = { topic: undefined, password: undefined, limit: undefined, wasPrivate: false, flags: [], lists };
  return { name: "#dev", created: 0, visibleFrom: 0, ...nothing, ...changes };
}

/** Sweeps to the end, and answers in how many steps. */
function swept(store: SqliteStore, ages: Omit<RetentionCutoffs, "now">, now = 1e6): number {
  let steps = 0;
  for (const done of store.applyRetention({ ...ages, now })) if (done) steps++;
  return steps;
}

function seqs(store: SqliteStore): readonly number[] {
  return store.history(DEV, { from: 0, limit: 10_000 }).map(({ seq }) => seq);
}

describe("content that is too old", () => {
  test("is deleted from every place, and nothing else is", () => {
    const store = stocked(5);
    store.append(fold("#ops"), said(6, { to: "#ops" }));
    store.appendEvent(DEV, {
      type: "left",
      who: said(1).from,
      room: "#dev",
      reason: "",
      seq: 0,
      msgid: "",
      time: 1000,
      origin: undefined,
    });
    store.appendEvent(DEV, {
      type: "left",
      who: said(1).from,
      room: "#dev",
      reason: "",
      seq: 8,
      msgid: "",
      time: 1009,
      origin: undefined,
    });
    store.commit();
    swept(store, { messages: 1004, ids: 0 });
    expect(seqs(store)).toEqual([4, 5]);
    expect(store.history(fold("#ops"), { from: 0, limit: 9 })).toHaveLength(1);
    expect(store.events(DEV, { from: 0, limit: 9 }).map(({ seq }) => seq)).toEqual([8]);
  });

  test("is deleted from the redaction records too", () => {
    const store = stocked(3);
    for (const seq of [1, 3]) store.redact(redacted(DEV, seq, "ann", "", 9999));
    store.commit();
    swept(store, { messages: 1003, ids: 0 });
    expect(temp.reads("SELECT seq FROM redaction")).toEqual([{ seq: 3 }]);
  });

  test("is deleted earlier from a room that keeps its history for less time, and from no other place", async () => {
    const store = stocked(250);
    const OPS = fold("#ops");
    store.append(OPS, said(0, { to: "#ops" }));
    store.redact(redacted(DEV, 1));
    store.saveRoom(DEV, roomRecord({ keeps: 1000 }));
    store.commit();
    swept(store, { messages: undefined, ids: 0 }, 2201);
    expect(seqs(store)).toEqual(Array.from({ length: 50 }, (_, at) => at + 201));
    expect(store.history(OPS, { from: 0, limit: 9 })).toHaveLength(1);
    expect(temp.reads("SELECT seq FROM redaction")).toEqual([]);
    store.saveRoom(DEV, roomRecord({ keeps: 0 }));
    store.commit();
    swept(store, { messages: undefined, ids: 0 }, 2201);
    expect(store.hasMessages(DEV)).toBe(false);
    expect(store.takeEmptyPlaces()).toEqual([DEV]);
  });

  test("leaves no postings", () => {
    const store = stocked(250);
    seqs(store);
    swept(store, { messages: 1221, ids: 0 });
    expect(temp.reads("SELECT min(seq) AS first, count(*) AS count FROM posting")).toEqual([{ first: 221, count: 30 }]);
  });

  test("is no longer found by search", async () => {
    const store = stocked(3);
    const query = {
      terms: [{ text: "text", isExact: false }],
      within: [{ place: DEV, hidden: [] }],
      ...{ account: undefined, nick: undefined, from: undefined, before: undefined, limit: 9 },
    };
    expect((await store.search(query, {}, () => true)).hits).toHaveLength(3);
    swept(store, { messages: 1003, ids: 0 });
    expect((await store.search(query, {}, () => true)).hits).toEqual([{ place: DEV, seq: 3 }]);
  });

  test("is old by seq: a clock that once ran ahead neither keeps it nor deletes new content", () => {
    const store = temp.opens();
    // Said at these times: the clock was ahead, was set back, was far behind at a start, and was right again.
    const times = [1000, 1001, 900_000, 900_001, 1003, 1004, 5, 6, 1007, 1008];
    for (const [at, time] of times.entries()) {
      if (time === 1003 || time === 5) store.markClockStep(at + 1);
      store.append(DEV, said(at + 1, { time }));
    }
    store.commit();
    const left: number[][] = [];
    for (const messages of [900, 1001, 1002, 1003, 1004, 1005, 1008, 2000]) {
      swept(store, { messages, ids: 0 }, 2000);
      left.push([...seqs(store)]);
    }
    expect(left.map(([first]) => first)).toEqual([1, 2, 3, 3, 6, 9, 10, undefined]);
  });

  test("stays if retention is unlimited", () => {
    const store = stocked(3);
    swept(store, { messages: undefined, ids: 0 });
    expect(seqs(store)).toEqual([1, 2, 3]);
  });

  test("is deleted slice by slice", () => {
    const store = stocked(1000);
    const steps = swept(store, { messages: 1900, ids: 1900 });
    expect(seqs(store)).toHaveLength(101);
    expect(steps).toBeGreaterThan(15);
  });
});

test("a client id is deleted when it is too old, and its message stays", () => {
  const store = stocked(250);
  swept(store, { messages: undefined, ids: 1201 });
  expect(seqs(store)).toHaveLength(250);
  expect(store.findSent({ ...KEY, id: "id-200" })).toBeUndefined();
  expect(store.findSent({ ...KEY, id: "id-201" })?.seq).toBe(201);
  expect(temp.reads("SELECT count(*) AS count FROM sent")).toEqual([{ count: 50 }]);
});

test("a signal is kept as long as a message, with its id, in a place without messages too", () => {
  const store = temp.opens();
  for (const seq of [1, 2]) store.append(DEV, signalled(seq, { id: `id-${seq}` }), DEV);
  store.commit();
  swept(store, { messages: undefined, ids: 0 });
  expect(store.seqs("events", DEV, { from: 0, limit: 9 })).toEqual([1, 2]);
  expect(store.findSent({ ...KEY, id: "id-1" })?.seq).toBe(1);
  swept(store, { messages: 1002, ids: 0 });
  expect(store.seqs("events", DEV, { from: 0, limit: 9 })).toEqual([2]);
  swept(store, { messages: 1003, ids: 0 });
  expect([store.seqs("events", DEV, { from: 0, limit: 9 }), store.hasMessages(DEV)]).toEqual([[], false]);
  swept(store, { messages: 1003, ids: 0 });
  expect(temp.reads("SELECT id FROM sent")).toEqual([]);
});

test("nothing is deleted while a tick is open, and retention continues afterwards", () => {
  const writer = new Writer(openDatabase(MEMORY, "normal"), temp.watch);
  writer.write(() => {
    const place = writer.placeId(DEV);
    writer.db
      .query("INSERT INTO message VALUES (?, 1, 1, 'words', '', '', '', NULL, '', '', NULL, NULL, NULL, NULL, NULL)")
      .run(place);
  });
  const pass = applyRetention(writer, { messages: 2, ids: 0, now: 9 });
  expect([pass.next().value, pass.next().value]).toEqual([false, false]);
  writer.commit();
  expect(pass.next()).toEqual({ done: false, value: true });
  expect([...pass]).not.toContain(false);
  expect(writer.db.query("SELECT * FROM message").all()).toEqual([]);
});

test("a place is deleted with its last message, redacted or too old, and other places stay", () => {
  const store = temp.opens();
  const talk = fold("ann bob");
  const places = () => temp.reads("SELECT key FROM place ORDER BY key");
  for (const [at, place] of [DEV, fold("#ops"), talk].entries())
    store.append(place, said(at + 1, { to: place === talk ? "bob" : place, inRoom: place !== talk }), place);
  store.appendEvent(DEV, {
    type: "left",
    seq: 9,
    msgid: "",
    time: 9000,
    origin: undefined,
    who: said(1).from,
    room: "#dev",
    reason: "",
  });
  store.saveConversation("ann" as AccountId, "bob" as AccountId, "bob", talk, 1);
  store.redact(redacted(DEV, 1, "ann", "", 2000));
  store.commit();
  swept(store, { messages: undefined, ids: 0 });
  expect(places()).toEqual([{ key: "#ops" }, { key: "ann bob" }]);
  expect(store.takeEmptyPlaces()).toEqual([DEV]);
  expect([store.hasMessages(DEV), store.hasMessages(talk)]).toEqual([false, true]);
  store.append(DEV, said(11), DEV);
  store.commit();
  swept(store, { messages: 1004, ids: 0 });
  expect(places()).toEqual([{ key: "#dev" }]);
  expect(temp.reads("SELECT * FROM conversation")).toEqual([]);
  expect(store.history(DEV, { from: 0, limit: 9 }).map(({ seq }) => seq)).toEqual([11]);
});

test("the messages of a dropped place are deleted, whatever the retention", () => {
  const store = stocked(250);
  store.append(fold("#ops"), said(251, { to: "#ops" }));
  store.append(DEV, signalled(253), DEV);
  store.dropPlace(DEV);
  store.append(DEV, said(252));
  store.commit();
  expect(seqs(store)).toEqual([252]);
  swept(store, { messages: undefined, ids: 0 });
  expect(temp.reads("SELECT seq FROM message")).toEqual([{ seq: 251 }, { seq: 252 }]);
  expect(temp.reads("SELECT seq FROM happening")).toEqual([]);
  expect(temp.reads("SELECT key FROM place ORDER BY key")).toEqual([{ key: "#dev" }, { key: "#ops" }]);
});

test("deletions that are made elsewhere leave the same, however far a store has indexed its messages", () => {
  using other = new TemporaryStore();
  const [store, twin] = [temp.opens(), other.opens()];
  for (const each of [store, twin]) {
    for (let seq = 1; seq <= 250; seq++)
      each.append(
        seq % 3 === 0 ? fold("#ops") : DEV,
        said(seq, { id: `id-${seq}` }),
        seq % 3 === 0 ? fold("#ops") : DEV,
      );
    each.append(fold("#gone"), said(251, { to: "#gone" }));
    each.append(DEV, signalled(252), DEV);
    each.redact(redacted(DEV, 250));
    each.saveRoom(fold("#ops"), roomRecord({ name: "#ops", keeps: 1150 }));
    each.dropPlace(fold("#gone"));
    each.commit();
  }
  twin.history(DEV, { from: 0, limit: 9 }); // has its messages indexed
  const asked: Deletion[] = [];
  const pass = store.applyRetention({ messages: 1151, ids: 1101, now: 2400 }, (deletion) => {
    if (asked.at(-1) !== deletion) return asked.push(deletion) < 0; // it is on its way
    for (const each of [store, twin]) {
      each.deleteOld(JSON.parse(JSON.stringify(deletion)) as Deletion);
      each.commit();
    }
    return true;
  });
  for (const _ of pass);
  for (const table of ["message", "happening", "sent", "redaction", "conversation", "place"]) {
    const rows = `SELECT * FROM ${table} ORDER BY 1, 2`;
    expect(other.reads(rows)).toEqual(temp.reads(rows));
  }
  expect(seqs(store)).toEqual(Array.from({ length: 99 }, (_, at) => at + 151).filter((seq) => seq % 3 !== 0));
  expect(twin.hasMessages(fold("#ops"))).toBe(false);
  expect(twin.takeEmptyPlaces()).toEqual(store.takeEmptyPlaces());
});

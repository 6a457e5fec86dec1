import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import type { Deletion } from "../../src/chat/store.ts";
import { Maintenance, TrustedClock } from "../../src/store/maintenance.ts";
import { fold } from "../../src/text/fold.ts";
import { eventually } from "../support/patience.ts";
import { said, TemporaryStore } from "../support/temporary-store.ts";

const DEV = fold("#dev");
const KEY = { target: DEV, sender: undefined };
const QUICK = { first: 0, every: 1, work: 1, rest: 0, refresh: 1 };
const DAY = 86_400_000;

/** A clock that is trusted at its first look. */
function clock(now: () => number): TrustedClock {
  return new TrustedClock({ clock: now, steady: now, newest: now(), doubted: () => {} });
}

test("old content is deleted in repeated passes, until maintenance stops", async () => {
  using temp = new TemporaryStore();
  const store = temp.opens();
  for (let seq = 1; seq <= 500; seq++) store.append(DEV, said(seq));
  store.commit();
  let now = 1300 + DAY;
  const maintenance = new Maintenance(store, { retention: DAY, clock: clock(() => now), intervals: QUICK });
  const left = () => store.history(DEV, { from: 0, limit: 1000 }).length;
  await eventually(() => left() <= 201);
  expect(left()).toBe(201);
  now += 100;
  await eventually(() => left() <= 101);
  expect(left()).toBe(101);
  maintenance.stop();
});

test("a changed retention applies from then on, and nothing is deleted while the clock is doubted", async () => {
  using temp = new TemporaryStore();
  const store = temp.opens();
  for (let seq = 1; seq <= 10; seq++) store.append(DEV, said(seq));
  store.commit();
  let now = 2000 + 9 * DAY;
  let steady = 0;
  let doubts = 0;
  const doubted = new TrustedClock({ clock: () => now, steady: () => steady, newest: 2000, doubted: () => doubts++ });
  const maintenance = new Maintenance(store, { retention: 20 * DAY, clock: doubted, intervals: QUICK });
  await eventually(() => doubts === 1);
  maintenance.retention = DAY;
  for (let turns = 0; turns < 100; turns++) await new Promise((resolve) => setImmediate(resolve));
  expect(store.history(DEV, { from: 0, limit: 99 }).length).toBe(10);
  now += DAY;
  steady += DAY;
  await eventually(() => store.history(DEV, { from: 0, limit: 99 }).length === 0);
  expect(doubts).toBe(1);
  maintenance.stop();
});

test("client ids are kept for two days, whatever the retention", async () => {
  using temp = new TemporaryStore();
  const store = temp.opens();
  for (let seq = 1; seq <= 10; seq++) store.append(DEV, said(seq, { id: `id-${seq}` }));
  store.commit();
  const maintenance = new Maintenance(store, {
    retention: undefined,
    clock: clock(() => 1006 + 2 * DAY),
    intervals: QUICK,
  });
  await eventually(() => store.findSent({ ...KEY, id: "id-5" }) === undefined);
  expect(store.findSent({ ...KEY, id: "id-6" })?.seq).toBe(6);
  maintenance.stop();
});

test("messages are indexed without a search, in the first second and later", async () => {
  using temp = new TemporaryStore();
  const store = temp.opens();
  const maintenance = new Maintenance(store, {
    retention: undefined,
    clock: clock(() => 0),
    intervals: { ...QUICK, first: 60_000 },
  });
  for (const seq of [1, 2]) {
    store.append(DEV, said(seq));
    store.commit();
    // The worker thread runs only while this one waits.
    while (cursorOf(temp) !== seq) await new Promise((resolve) => setTimeout(resolve, 1));
  }
  maintenance.stop();
  store.close();
});

/** How far the index has come. */
function cursorOf(temp: TemporaryStore): unknown {
  if (!existsSync(`${temp.file}-index`)) return undefined;
  const index = new Database(`${temp.file}-index`, { readonly: true });
  try {
    return index.query<{ value: unknown }, []>("SELECT value FROM state WHERE key = 'cursor'").get()?.value;
  } catch {
    return undefined; // it is being made
  } finally {
    index.close();
  }
}

test("the write-ahead log is copied into the database, beside other work", async () => {
  using temp = new TemporaryStore();
  const store = temp.opens();
  for (let seq = 1; seq <= 3000; seq++) store.append(DEV, said(seq));
  store.commit();
  const isThere = () => readFileSync(temp.file).includes("text 3000");
  expect(isThere()).toBe(false);
  const maintenance = new Maintenance(store, { retention: undefined, clock: clock(() => 13000), intervals: QUICK });
  await eventually(isThere);
  maintenance.stop();
});

test("in a cluster, one node finds expired messages, and all nodes delete them", async () => {
  using temp = new TemporaryStore();
  const store = temp.opens();
  for (let seq = 1; seq <= 10; seq++) store.append(DEV, said(seq));
  store.commit();
  let isOurs = false;
  let asked = 0;
  const shared = {
    isOurs: () => isOurs,
    deleting: (deletion: Deletion) => {
      if (++asked < 3) return false; // it is on its way
      store.deleteOld(deletion);
      store.commit();
      return true;
    },
  };
  const maintenance = new Maintenance(store, {
    retention: DAY,
    clock: clock(() => 1006 + DAY),
    intervals: QUICK,
    shared,
  });
  for (let turns = 0; turns < 100; turns++) await new Promise((resolve) => setImmediate(resolve));
  expect(asked).toBe(0);
  isOurs = true;
  await eventually(() => store.history(DEV, { from: 0, limit: 99 }).length === 5);
  maintenance.stop();
});

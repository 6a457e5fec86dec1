import { describe, expect, test } from "bun:test";
import { existsSync, writeFileSync } from "node:fs";
import { parseTerms } from "../../../src/chat/history.ts";
import type { SearchQuery } from "../../../src/chat/store.ts";
import { MAX_WAITING, SearchQueue } from "../../../src/store/search/search-service.ts";
import { memoryStore, type SqliteStore } from "../../../src/store/sqlite.ts";
import { fold } from "../../../src/text/fold.ts";
import { redacted, said, TemporaryStore } from "../../support/temporary-store.ts";

const DEV = fold("#dev");
const always = () => true;

function query(text: string): SearchQuery {
  const open = { account: undefined, nick: undefined, from: undefined, before: undefined };
  return { terms: parseTerms(text), within: [{ place: DEV, hidden: [] }], ...open, limit: 100 };
}

async function found(store: SqliteStore, text: string): Promise<readonly number[]> {
  const { hits, isComplete } = await store.search(query(text), {}, always);
  expect(isComplete).toBe(true);
  return hits.map(({ seq }) => seq);
}

/** The two kinds of store: in a file, searched in a worker, and in memory. */
const stores: readonly [string, (temp: TemporaryStore) => SqliteStore][] = [
  ["in a file", (temp) => temp.opens()],
  ["in memory", (temp) => memoryStore(temp.watch)],
];

describe.each(stores)("a store %s", (_, opens) => {
  test("finds earlier messages, also of the same tick", async () => {
    using temp = new TemporaryStore();
    const store = opens(temp);
    store.append(DEV, said(1, { text: "a word" }));
    store.commit();
    expect(await found(store, "word")).toEqual([1]);
    store.append(DEV, said(2, { text: "a word" }));
    setImmediate(() => store.commit()); // as a turn ends
    expect(await found(store, "word")).toEqual([2, 1]);
    store.close();
  });

  test("does not find redacted messages, and rejects waiting searches when it closes", async () => {
    using temp = new TemporaryStore();
    const store = opens(temp);
    store.append(DEV, said(1, { text: "a word" }));
    store.commit();
    expect(await found(store, "word")).toEqual([1]);
    store.redact(redacted(DEV, 1, "ann", "", 0));
    store.commit();
    expect(await found(store, "word")).toEqual([]);
    store.close();
  });

  test("finds as much after releasing memory", async () => {
    using temp = new TemporaryStore();
    const store = opens(temp);
    store.append(DEV, said(1, { text: "a word" }));
    store.commit();
    expect(await found(store, "word")).toEqual([1]);
    store.trimMemory();
    store.append(DEV, said(2, { text: "a word" }));
    store.commit();
    expect(await found(store, "word")).toEqual([2, 1]);
    store.close();
  });

  test("answers many searches at once, each with its own result", async () => {
    using temp = new TemporaryStore();
    const store = opens(temp);
    for (let seq = 1; seq <= 20; seq++) store.append(DEV, said(seq, { text: `number${seq}x` }));
    store.commit();
    const asked = Array.from({ length: 20 }, (_, i) => found(store, `number${i + 1}x`));
    expect(await Promise.all(asked)).toEqual(Array.from({ length: 20 }, (_, i) => [i + 1]));
    store.close();
  });
});

test("a damaged index file is rebuilt, beside the database", async () => {
  using temp = new TemporaryStore();
  const store = temp.opens();
  store.append(DEV, said(1, { text: "a word" }));
  store.commit();
  writeFileSync(`${temp.file}-index`, "this is no database, but words, and more of them than a header has");
  expect(await found(store, "word")).toEqual([1]);
  expect(existsSync(`${temp.file}-index`)).toBe(true);
});

test("closing the store rejects waiting searches", async () => {
  using temp = new TemporaryStore();
  const store = temp.opens();
  const searching = store.search(query("word"), {}, always);
  await new Promise((resolve) => setImmediate(resolve));
  store.close();
  await expect(searching).rejects.toThrow("the store is closed");
});

test("a cancelled search is skipped, and later ones are run", async () => {
  using temp = new TemporaryStore();
  const store = temp.opens();
  store.append(DEV, said(1, { text: "a word" }));
  store.commit();
  let isThere = true;
  const first = store.search(query("word"), {}, always);
  const second = store.search(query("word"), {}, () => isThere);
  const third = store.search(query("word"), {}, always);
  isThere = false;
  expect((await first).hits).toHaveLength(1);
  await expect(second).rejects.toThrow("nobody waits for it");
  expect((await third).hits).toHaveLength(1);
  store.close();
});

test("askers take turns, and each has a limit of waiting searches", async () => {
  using temp = new TemporaryStore();
  const store = temp.opens();
  store.append(DEV, said(1, { text: "a word" }));
  store.commit();
  const order: string[] = [];
  const greedy = {};
  const asks = (asker: object, name: string) =>
    store.search(query("word"), asker, always).then(
      () => order.push(name),
      (error: Error) => order.push(`${name}: ${error.message}`),
    );
  const searches = Array.from({ length: 6 }, (_, i) => asks(greedy, `greedy ${i}`));
  await Promise.all([...searches, asks({}, "ann"), asks({}, "bob")]);
  expect(order).toEqual([
    "greedy 4: too many searches wait already",
    "greedy 5: too many searches wait already",
    "greedy 0",
    "ann",
    "bob",
    "greedy 1",
    "greedy 2",
    "greedy 3",
  ]);
  store.close();
});

test("a store in memory is searched off the event loop, and copies its messages in batches", async () => {
  using temp = new TemporaryStore();
  const store = memoryStore(temp.watch);
  for (let seq = 1; seq <= 2000; seq++) store.append(DEV, said(seq, { text: `word ${"x".repeat(50)}` }));
  store.commit();
  let turns = 0;
  let isSearching = true;
  const count = () => {
    turns++;
    if (isSearching) setImmediate(count);
  };
  setImmediate(count);
  const { hits } = await store.search(query("word"), {}, always);
  isSearching = false;
  expect(hits.length).toBe(100);
  expect(turns).toBeGreaterThan(2000 / 200);
  store.redact(redacted(DEV, 2000, "ann", "", 0));
  store.append(DEV, said(2001, { text: "another word" }));
  store.commit();
  expect((await store.search(query("word"), {}, always)).hits.slice(0, 2).map(({ seq }) => seq)).toEqual([2001, 1999]);
  store.close();
});

test("askers take turns, in the order of their first requests", () => {
  const queue = new SearchQueue<string>();
  const [ann, bob, eve] = [{}, {}, {}];
  for (const work of ["a1", "a2", "a3"]) queue.add(ann, work);
  queue.add(bob, "b1");
  queue.add(eve, "e1");
  queue.add(bob, "b2");
  const taken = Array.from({ length: 4 }, () => queue.take());
  queue.add(eve, "e2");
  expect([...taken, queue.take(), queue.take(), queue.take(), queue.take()]).toEqual([
    ...["a1", "b1", "e1", "a2"],
    ...["b2", "a3", "e2"],
    undefined,
  ]);
});

test("an asker's lane has a limit, and taking work out makes room", () => {
  const queue = new SearchQueue<number>();
  const ann = {};
  const added = Array.from({ length: MAX_WAITING + 2 }, (_, n) => queue.add(ann, n));
  expect(added.filter((isAdded) => isAdded).length).toBe(MAX_WAITING);
  expect(queue.add({}, 99)).toBe(true);
  queue.take();
  expect(queue.add(ann, 5)).toBe(true);
  expect(queue.takeAll()).toEqual([99, 1, 2, 3, 5]);
  expect(queue.take()).toBeUndefined();
});

import { Database } from "bun:sqlite";
import { afterEach, expect, test } from "bun:test";
import { parseTerms } from "../../../src/chat/history.ts";
import type { AccountId } from "../../../src/chat/model/account.ts";
import type { Place, SearchQuery } from "../../../src/chat/store.ts";
import { MEMORY, openDatabase } from "../../../src/store/database.ts";
import { Mirror, openIndex, pauseAfter, type SearchIndex } from "../../../src/store/search/search-index.ts";
import { MirrorFeed } from "../../../src/store/search/search-service.ts";
import { fold } from "../../../src/text/fold.ts";
import { redacted, said, TemporaryStore } from "../../support/temporary-store.ts";

let temp = new TemporaryStore();
afterEach(() => {
  temp[Symbol.dispose]();
  temp = new TemporaryStore();
});

const DEV = fold("#dev");

function query(text: string, more: Partial<SearchQuery> = {}): SearchQuery {
  const open = { account: undefined, nick: undefined, from: undefined, before: undefined };
  return { terms: parseTerms(text), within: [{ place: DEV, hidden: [] }], ...open, limit: 100, ...more };
}

/** Keeps messages, and answers an index of them. */
function index(texts: readonly string[], file = MEMORY): SearchIndex {
  const store = temp.opens();
  for (const [i, text] of texts.entries()) store.append(DEV, said(i + 1, { text }));
  store.commit();
  return reindex(file);
}

function reindex(file = MEMORY): SearchIndex {
  const source = new Database(temp.file, { readonly: true, strict: true });
  return openIndex(source, file);
}

function seqs(from: SearchIndex, what: SearchQuery): readonly number[] {
  return from.find(what).hits.map(({ seq }) => seq);
}

test("a term matches words that begin with it, ignoring case and accents, newest first", () => {
  const searchIndex = index(["Deployed!", "it is a déployment", "redeploy", "nothing"]);
  expect(seqs(searchIndex, query("deploy"))).toEqual([2, 1]);
  expect(seqs(searchIndex, query("DEPLOYED"))).toEqual([1]);
});

test("all terms must match, quoted ones as a phrase", () => {
  const searchIndex = index(["the build failed", "failed: the big build", "the build"]);
  expect(seqs(searchIndex, query("build failed"))).toEqual([2, 1]);
  expect(seqs(searchIndex, query('"the build" failed'))).toEqual([1]);
});

test("text of scripts without spaces is searched letter by letter", () => {
  const searchIndex = index(["これは日本語です", "本日"]);
  expect(seqs(searchIndex, query("日本"))).toEqual([1]);
});

test.each(['"', "NOT", "a AND", "text : x", "^x", "x*", "(", "{p1} : x", "NEAR(a b)", "'; --"])(
  "%p is words, and no expression",
  (text) => {
    expect(() => index(["words"]).find(query(text))).not.toThrow();
  },
);

test("CTCP queries and answers are not indexed", () => {
  const store = temp.opens();
  store.append(DEV, said(1, { kind: "query", text: "VERSION" }));
  store.append(DEV, said(2, { kind: "notice", text: "version 2" }));
  store.commit();
  expect(seqs(reindex(), query("version"))).toEqual([2]);
});

test("a query is limited by seqs and count, from the newest or from `from` on", () => {
  const searchIndex = index(Array.from({ length: 50 }, (_, i) => `word ${i}`));
  expect(seqs(searchIndex, query("word", { limit: 2 }))).toEqual([50, 49]);
  expect(seqs(searchIndex, query("word", { limit: 2, before: 11 }))).toEqual([10, 9]);
  expect(seqs(searchIndex, query("word", { limit: 2, from: 10 }))).toEqual([11, 10]);
  expect(seqs(searchIndex, query("word", { from: 10, before: 13 }))).toEqual([12, 11, 10]);
  expect(seqs(searchIndex, query("", { limit: 1 }))).toEqual([50]);
});

test("hidden spans and other places are not searched", () => {
  const store = temp.opens();
  for (const seq of [1, 3, 6, 7]) store.append(DEV, said(seq, { text: "secret" }));
  for (const seq of [2, 4]) store.append(fold("#ops"), said(seq, { to: "#ops", text: "secret" }));
  store.append(fold("ann bob"), said(5, { to: "bob", inRoom: false, text: "secret" }));
  store.commit();
  const searchIndex = reindex();
  expect(seqs(searchIndex, query("secret", { within: [{ place: DEV, hidden: [] }] }))).toEqual([7, 6, 3, 1]);
  const hidden = [
    { from: 0, to: 1 },
    { from: 4, to: 6 },
  ];
  expect(seqs(searchIndex, query("secret", { within: [{ place: DEV, hidden }] }))).toEqual([7, 3]);
  expect(seqs(searchIndex, query("secret", { within: [] }))).toEqual([]);
  expect(seqs(searchIndex, query("secret", { within: [], account: "bob" as AccountId }))).toEqual([5]);
  expect(seqs(searchIndex, query("secret", { within: [], account: "eve" as AccountId }))).toEqual([]);
  expect(seqs(searchIndex, query("secret", { within: [{ place: "#none" as Place, hidden: [] }] }))).toEqual([]);
});

test("a query can be limited to one sender", () => {
  const store = temp.opens();
  store.append(DEV, said(1));
  store.append(DEV, said(2, { from: { ...said(2).from, nick: "Bob" } }));
  store.commit();
  expect(seqs(reindex(), query("text", { nick: fold("bob") }))).toEqual([2]);
});

test("new messages are found at once; a long backlog is indexed in batches", () => {
  const searchIndex = index(Array.from({ length: 30 }, () => "word"));
  let stretches = 1;
  while (searchIndex.advance(10)) stretches++;
  expect(stretches).toBe(3);
  temp.meddles(
    "INSERT INTO message SELECT 900000, place, time, manner, nick, user, host, account, target, 'more', tags, account_id, NULL, NULL, NULL FROM message LIMIT 1",
  );
  expect(searchIndex.find(query("more"))).toEqual({ hits: [{ place: DEV, seq: 900000 }], isComplete: true });
});

test("messages are removed one by one, or all before a seq", () => {
  const searchIndex = index(["word", "word", "word", "word"]);
  searchIndex.find(query("word"));
  searchIndex.forget([3]);
  expect(seqs(searchIndex, query("word"))).toEqual([4, 2, 1]);
  expect(searchIndex.forgetBefore(4, 1)).toBe(true);
  expect(searchIndex.forgetBefore(4, 10)).toBe(false);
  expect(seqs(searchIndex, query("word"))).toEqual([4]);
});

test("a reopened index continues at its cursor, without messages redacted meanwhile", () => {
  const file = `${temp.file}-index`;
  const first = index(["word", "word"], file);
  first.find(query("word"));
  first.close();
  temp.reopens().redact(redacted(DEV, 2, "ann", "", 5000));
  temp.closes();
  const second = reindex(file);
  expect(seqs(second, query("word"))).toEqual([1]);
  second.close();
});

test.each([
  ["another database", "UPDATE meta SET value = 'other' WHERE key = 'node'"],
  ["an older copy", "DELETE FROM message WHERE seq = 2"],
  ["a copy that has gone its own way", "UPDATE message SET time = 7 WHERE seq = 2"],
])("an index of %s is rebuilt", (_, sql) => {
  const file = `${temp.file}-index`;
  const first = index(["old", "old"], file);
  first.find(query("old"));
  first.close();
  temp.meddles(`${sql}; UPDATE message SET text = 'new'`);
  const second = reindex(file);
  expect(seqs(second, query("old"))).toEqual([]);
  expect(seqs(second, query("new"))).not.toEqual([]);
  second.close();
});

test("while the chat is busy, indexing gets a fiftieth of a processor; otherwise it pauses briefly", () => {
  expect(pauseAfter(20, false)).toBe(5);
  expect(pauseAfter(20, true)).toBe(1000);
  expect(pauseAfter(0, true)).toBe(5);
});

test("a damaged page loses only its own messages", () => {
  const store = temp.opens();
  for (let seq = 1; seq <= 300; seq++) store.append(DEV, said(seq, { text: `${"filler ".repeat(30)}number ${seq}.` }));
  store.commit();
  temp.closes();
  expect(temp.spoils("number 150.")).toBe(1);
  const found = seqs(reindex(), query("number", { limit: 300 }));
  expect([found.length > 250, found.includes(150), found[0], found.at(-1)]).toEqual([true, false, 300, 1]);
});

/** A database in memory in which something is said. */
function database(count: number) {
  const db = openDatabase(MEMORY, "normal");
  db.run("INSERT INTO place VALUES (1, '#dev'), (2, '#ops')");
  const say = (seq: number) =>
    db.run(
      "INSERT INTO message (seq, place, time, manner, nick, user, host, target, text) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
      [seq, 1 + (seq % 2), seq, "words", "ann", "a", "h", "#dev", `text ${seq}`],
    );
  for (let seq = 1; seq <= count; seq++) say(seq);
  return { db, say };
}

test("messages are copied once, in order, in batches; and all again after a restart", () => {
  const { db, say } = database(500);
  const feed = new MirrorFeed(db);
  const stretches = () => {
    const sizes: number[] = [];
    for (let rows = feed.next(); rows.length > 0; rows = feed.next()) sizes.push(rows.length);
    return sizes;
  };
  expect(stretches()).toEqual([200, 200, 100]);
  say(501);
  expect(feed.next().map(({ seq, key, text }) => [seq, key, text])).toEqual([[501, "#ops", "text 501"]]);
  feed.restart();
  expect(stretches().reduce((sum, size) => sum + size)).toBe(501);
});

test("the mirror has the messages it was given, without the forgotten ones", () => {
  const { db } = database(5);
  const mirror = new Mirror();
  mirror.take(new MirrorFeed(db).next());
  mirror.forget([4]);
  mirror.forgetUpTo(2);
  const rows = mirror.db.query<{ seq: number; key: string }, []>(
    "SELECT seq, key FROM message JOIN place ON place.id = message.place ORDER BY seq",
  );
  expect(rows.all()).toEqual([
    { seq: 3, key: "#ops" },
    { seq: 5, key: "#ops" },
  ]);
});

import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { Chat } from "../../src/chat/chat.ts";
import { RULES } from "../../src/chat/model/limits.ts";
import { MIGRATIONS } from "../../src/store/migrations.ts";
import { fold } from "../../src/text/fold.ts";
import { anAccount, enter, join, RecordingSession } from "../support/chat-fixture.ts";
import { TemporaryStore } from "../support/temporary-store.ts";

const NAMED = 7; // steps before accounts had ids
const NOW = 100_000;

/** A database from before accounts had ids: Ann and bob have accounts, zoe's was removed. */
function oldDatabase(temp: TemporaryStore): void {
  const db = new Database(temp.file);
  for (const sql of MIGRATIONS.slice(0, NAMED)) db.run(sql);
  db.run(`PRAGMA user_version = ${NAMED}`);
  const account = (name: string, created: number, fingerprints: readonly string[]) =>
    db.query("INSERT INTO account VALUES (?, ?)").run(fold(name), JSON.stringify({ name, created, fingerprints }));
  account("Ann", 1000, ["ab", "cd"]);
  account("bob", 2000, ["ef"]);
  for (const [id, key] of ["#dev", "ann bob", "ann ~gus", "ann zoe"].entries())
    db.query("INSERT INTO place VALUES (?, ?)").run(id + 1, key);
  const said = (seq: number, place: number, time: number, account: string | null, target: string, text: string) =>
    db
      .query("INSERT INTO message VALUES (?, ?, ?, 'words', ?, 'u', 'h', ?, ?, ?, NULL)")
      .run(seq, place, time, account ?? "gus", account, target, text);
  said(1, 1, 1500, "bob", "#dev", "of an earlier bob");
  said(2, 1, 3000, "bob", "#dev", "of this bob");
  said(3, 2, 3001, "Ann", "bob", "to bob");
  said(4, 3, 3002, null, "Ann", "from gus");
  said(5, 4, 3003, "Ann", "zoe", "to zoe");
  const sent = (place: number, id: string, seq: number) =>
    db.query("INSERT INTO sent VALUES (?, ?, ?)").run(place, id, seq);
  sent(1, "to-dev", 2);
  sent(2, "to-bob", 3);
  sent(3, "to-ann", 4);
  db.query("INSERT INTO redaction VALUES (2, 9, 3004, 'root', 'spam', '{}')").run();
  const talked = (account: string, peer: string, place: number, unheard: number | null) =>
    db.query("INSERT INTO conversation VALUES (?, ?, ?, ?, ?)").run(account, peer, place, peer, unheard);
  talked("ann", "bob", 2, null);
  talked("bob", "ann", 2, 3);
  talked("ann", "~gus", 3, null);
  talked("ann", "zoe", 4, null);
  talked("zoe", "ann", 4, null);
  for (const [account, target, time] of [
    ["ann", "#dev", 3000],
    ["ann", "bob", 7],
    ["zoe", "#dev", 7],
  ] as const)
    db.query("INSERT INTO marker VALUES (?, ?, ?)").run(account, target, time);
  const who = { nick: "bob", user: "u", host: "h", realname: "", account: "bob" };
  const joined = { type: "joined", who, room: "#dev", away: "", quietly: false, seq: 6, time: 3004 };
  db.query("INSERT INTO meta VALUES ('seq', 100)").run();
  db.query("INSERT INTO happening VALUES (1, 6, 3004, ?)").run(JSON.stringify(joined));
  const entry = (mask: string) => ({ mask, by: "", at: 1 });
  const room = {
    name: "#dev",
    created: 1,
    visibleFrom: 0,
    wasPrivate: false,
    flags: [],
    lists: {
      ban: ["a:BOB", "x!*@*", "a:b*", "m:a:bob", "a:zoe"].map(entry),
      exception: [entry("a:ann")],
      invitation: [],
    },
    ranks: { ann: ["operator"], bob: ["voice"], zoe: ["operator"] },
  };
  db.query("INSERT INTO room VALUES ('#dev', ?)").run(JSON.stringify(room));
  const ban = (kind: string, target: string) =>
    db
      .query("INSERT INTO ban VALUES (?, ?)")
      .run(target, JSON.stringify({ kind, target, by: "root", at: 1, reason: "" }));
  for (const target of ["a:bob", "x!*@*"]) ban("mask", target);
  for (const target of ["10.0.0.1", "2001:db8::9", "2001:db8:1::/48"]) ban("address", target);
  db.close();
}

test("data stored by account name moves to the account's id, and data of removed accounts to nobody", () => {
  using temp = new TemporaryStore();
  oldDatabase(temp);
  const store = temp.opens();
  const [ann, bob] = [...store.accounts()];
  if (!ann || !bob) throw new Error("They are not there");
  expect([ann.name, bob.name, ann.fingerprints]).toEqual(["Ann", "bob", ["ab", "cd"]]);
  expect(ann.id).toMatch(/^[0-9a-f]{20}$/);
  expect(ann.id).not.toBe(bob.id);
  expect(store.accountsWith("ef").map(({ name }) => name)).toEqual(["bob"]);
  const authors = store.history(fold("#dev"), { from: 0, limit: 9 }).map(({ from }) => from.account);
  expect(authors).toEqual([
    { id: "" as never, name: "bob" },
    { id: bob.id, name: "bob" },
  ]);
  expect([store.marker(ann.id, fold("#dev")), store.marker(ann.id, fold("bob"))]).toEqual([
    { seq: 2, time: 3000 },
    { seq: 0, time: 7 },
  ]);
  expect([ann.since, bob.since]).toEqual([1, 2]);
  expect(
    store
      .conversations(ann.id, { from: 0, limit: 9 })
      .map(({ name }) => name)
      .sort(),
  ).toEqual(["bob", "zoe", "~gus"]);
  expect(store.missedConversations(bob.id, 9).map(({ peer, from }) => [peer, from])).toEqual([[ann.id, 3]]);
  // Conversations from before count as read, except for what was missed.
  expect(temp.reads("SELECT target FROM marker ORDER BY target")).toEqual(
    ["#dev", "bob", "zoe", "~gus"].map((target) => ({ target })),
  );
  const room = store.loadRoom(fold("#dev"));
  expect(room?.ranks).toEqual({ [ann.id]: ["operator"], [bob.id]: ["voice"] });
  expect(room?.lists.ban.map(({ mask, account }) => [mask, account])).toEqual([
    ["a:BOB", bob.id],
    ["x!*@*", undefined],
    ["a:b*", undefined],
    ["m:a:bob", bob.id],
    ["a:zoe", undefined],
  ]);
  expect(room?.lists.exception.map(({ account }) => account)).toEqual([ann.id]);
  expect([...store.bans()].map(({ target, account }) => [target, account])).toEqual([
    ["10.0.0.1", undefined],
    ["2001:db8:1::/48", undefined],
    ["2001:db8::9/128", undefined], // that is what it meant
    ["a:bob", bob.id],
    ["x!*@*", undefined],
  ]);
});

test("after the migration people have their rooms, ranks and conversations, and account names are shown", () => {
  using temp = new TemporaryStore();
  oldDatabase(temp);
  const store = temp.opens();
  const chat = new Chat({ store, rules: RULES, clock: () => NOW });
  const account = store.loadAccount(fold("ann")) ?? anAccount("nobody");
  const ann = new RecordingSession(chat);
  ann.does({ ...enter("Ann"), account } as never);
  expect(ann.does(join("#dev"))).toEqual(["joined Ann #dev operator"]);
  const reads = (target: string) => {
    const latest = { which: "latest", after: undefined } as const;
    const past = chat.readHistory(ann.member, target, latest, { limit: 9, playback: true }) ?? [];
    return Array.from(past, (event) =>
      event.type === "said" ? event.text : "who" in event && event.who.account?.name,
    );
  };
  expect(reads("bob")).toEqual(["to bob"]);
  expect(reads("gus")).toEqual(["from gus"]);
  expect(reads("#dev")).toEqual(["of an earlier bob", "of this bob", "bob", "Ann"]);
});

test("client ids are found by target, and redactions carry the key of their place", () => {
  using temp = new TemporaryStore();
  oldDatabase(temp);
  const store = temp.opens();
  const [ann, bob] = [store.loadAccount(fold("ann"))?.id, store.loadAccount(fold("bob"))?.id];
  if (!ann || !bob) throw new Error("They are not there");
  expect(store.findSent({ target: fold("#dev"), sender: bob, id: "to-dev" })).toMatchObject({ text: "of this bob" });
  expect(store.findSent({ target: bob, sender: ann, id: "to-bob" })).toMatchObject({ text: "to bob" });
  expect(store.findSent({ target: ann, sender: undefined, id: "to-ann" })).toMatchObject({ text: "from gus" });
  expect(store.findSent({ target: bob, sender: undefined, id: "to-bob" })).toBeUndefined();
  expect(temp.reads("SELECT seq, place FROM redaction")).toEqual([{ seq: 9, place: [ann, bob].sort().join(" ") }]);
});

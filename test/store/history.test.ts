import { expect, test } from "bun:test";
import fc from "fast-check";
import type { EventOf } from "../../src/chat/model/event.ts";
import type { HistorySpan, StoredEvent } from "../../src/chat/store.ts";
import { conversationsBy } from "../../src/store/history.ts";
import type { SqliteStore } from "../../src/store/sqlite.ts";
import { fold } from "../../src/text/fold.ts";
import { anAccount } from "../support/chat-fixture.ts";
import { redacted, said, signalled, TemporaryStore } from "../support/temporary-store.ts";

const DEV = fold("#dev");
const KEY = { target: DEV, sender: undefined };
const OPS = fold("#ops");

/** Events as the store answers them: with its own msgids. */
function asRead(store: SqliteStore, ...events: readonly EventOf<"said">[]): readonly EventOf<"said">[] {
  return events.map((event) => ({ ...event, msgid: store.msgid(event.seq) }));
}

test.each([
  [{ from: 0, limit: 100 }, [1, 2, 3, 5, 8]],
  [{ from: 0, limit: 2 }, [5, 8]], // the latest
  [{ from: 0, limit: 2, first: true }, [1, 2]],
  [{ from: 3, limit: 100 }, [3, 5, 8]],
  [{ from: 4, limit: 100 }, [5, 8]],
  [{ from: 0, before: 5, limit: 100 }, [1, 2, 3]],
  [{ from: 2, before: 8, limit: 2 }, [3, 5]],
  [{ from: 2, before: 8, limit: 2, first: true }, [2, 3]],
  [{ from: 9, limit: 100 }, []],
  [{ from: 0, before: 1, limit: 100 }, []],
  [{ from: 5, before: 3, limit: 100 }, []],
  [{ from: 0, limit: 0 }, []],
] as const)("of the seqs 1, 2, 3, 5 and 8, the span %j has %j", (span, seqs) => {
  using temp = new TemporaryStore();
  const store = temp.opens();
  for (const seq of [1, 2, 3, 5, 8]) store.append(DEV, said(seq));
  store.append(OPS, said(4));
  expect(store.history(DEV, span).map(({ seq }) => seq)).toEqual([...seqs]);
  store.commit();
  expect(store.history(DEV, span).map(({ seq }) => seq)).toEqual([...seqs]);
});

test.each([
  ["a line", {}],
  ["several lines", { text: "one\ntwo\n" }],
  ["what is no ASCII", { text: "größe \u{1f469}\u200d\u{1f467} \0 '; DROP TABLE message; --" }],
  [
    "tags",
    {
      tags: new Map([
        ["+draft/reply", "abc"],
        ["+x", ""],
      ]),
    },
  ],
  [
    "an action by an account",
    { kind: "action", from: { ...said(1).from, account: { id: anAccount("annie").id, name: "annie" } } },
  ],
  ["what its sender cut", { text: "one two\nthree", cuts: [4] }],
  ["what a bot has said", { from: { ...said(1).from, bot: true } }],
  ["a room's name in its own letters", { to: "#Dev" }],
] as const)("%s is read as it was written", (_, changes) => {
  using temp = new TemporaryStore();
  temp.opens().append(DEV, said(7, changes as object));
  const store = temp.reopens();
  expect(store.history(DEV, { from: 0, limit: 1 })).toEqual(asRead(store, said(7, changes as object)));
});

test("a signal is read as it was written, as an event, and found by its seq and by its id", () => {
  using temp = new TemporaryStore();
  const from = { ...said(1).from, realname: "Ann", bot: true, account: { id: anAccount("annie").id, name: "annie" } };
  const signal = signalled(7, { from, id: "id-7", tags: new Map([["+x", "größe"]]) });
  temp.opens().append(DEV, signal, DEV);
  const store = temp.reopens();
  const read = { ...signal, msgid: store.msgid(7) };
  expect(store.events(DEV, { from: 0, limit: 1 })).toEqual([read]);
  expect(store.history(DEV, { from: 0, limit: 1 })).toEqual([]);
  expect(store.messageAt(7)).toEqual({ place: DEV, message: read });
  expect(store.findSent({ target: DEV, sender: from.account.id, id: "id-7" })).toEqual(read);
});

test("messages come in the order of the hits, without deleted ones", () => {
  using temp = new TemporaryStore();
  const store = temp.opens();
  for (const seq of [1, 2, 5]) store.append(DEV, said(seq));
  store.append(OPS, said(4, { to: "#ops" }));
  store.redact(redacted(DEV, 2, "bob", "", 0));
  const hits = [5, 4, 3, 2, 1].map((seq) => ({ place: seq === 4 ? OPS : DEV, seq }));
  expect(store.messages(hits)).toEqual(asRead(store, said(5), said(4, { to: "#ops" }), said(1)));
  expect(store.messages([])).toEqual([]);
});

test("a conversation is in no room's history", () => {
  using temp = new TemporaryStore();
  const store = temp.opens();
  const place = fold("annie bob");
  store.append(place, said(1, { to: "bob", inRoom: false }));
  expect(store.history(place, { from: 0, limit: 10 })).toEqual(asRead(store, said(1, { to: "bob", inRoom: false })));
  expect(store.history(fold("bob"), { from: 0, limit: 10 })).toEqual([]);
});

test("a place without messages has no history", () => {
  using temp = new TemporaryStore();
  expect(temp.opens().history(DEV, { from: 0, limit: 10 })).toEqual([]);
});

test("each place has exactly its own messages, in order", () => {
  const message = fc.tuple(fc.constantFrom(DEV, OPS), fc.boolean());
  const span: fc.Arbitrary<HistorySpan> = fc.record({
    from: fc.nat(30),
    before: fc.option(fc.nat(30), { nil: undefined }),
    limit: fc.nat(30),
    first: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(message, { maxLength: 25 }), span, (messages, asked) => {
      using temp = new TemporaryStore();
      const store = temp.opens();
      for (const [i, [place, commits]] of messages.entries()) {
        store.append(place, said(i, { to: place }));
        if (commits) store.commit();
      }
      for (const place of [DEV, OPS]) {
        const all = messages.flatMap(([where], i) => (where === place ? [i] : []));
        const within = all.filter((seq) => seq >= asked.from && seq < (asked.before ?? Number.POSITIVE_INFINITY));
        const expected = asked.first
          ? within.slice(0, asked.limit)
          : within.slice(Math.max(0, within.length - asked.limit));
        expect(store.history(place, asked).map(({ seq }) => seq)).toEqual(expected);
      }
    }),
    { numRuns: 30 },
  );
});

test("room events are read by place and span, in order, and apart from messages", () => {
  using temp = new TemporaryStore();
  const store = temp.opens();
  const { from: who } = said(1);
  const events: StoredEvent[] = [
    {
      type: "joined",
      seq: 1,
      msgid: "",
      time: 1,
      origin: undefined,
      who,
      room: "#dev",
      away: "",
      quietly: false,
      rank: "operator",
    },
    { type: "topic-set", seq: 2, msgid: "", time: 2, origin: undefined, by: who, room: "#dev", topic: "tea" },
    { type: "left", seq: 3, msgid: "", time: 3, origin: undefined, who, room: "#dev", reason: "bye" },
  ];
  for (const event of events) store.appendEvent(DEV, event);
  store.commit();
  // As they are stored: without undefined fields.
  const kept = events.map((event) => JSON.parse(JSON.stringify(event)) as StoredEvent);
  expect(store.events(DEV, { from: 0, limit: 10 })).toEqual(
    kept.map((event) => ({ ...event, msgid: store.msgid(event.seq), origin: undefined })),
  );
  expect(store.events(DEV, { from: 0, limit: 1 }).map(({ seq }) => seq)).toEqual([3]);
  expect(store.events(DEV, { from: 2, before: 3, limit: 10 }).map(({ seq }) => seq)).toEqual([2]);
  expect(store.events(DEV, { from: 0, limit: 1, first: true }).map(({ seq }) => seq)).toEqual([1]);
  expect(store.history(DEV, { from: 0, limit: 10 })).toEqual([]);
  expect(store.events(OPS, { from: 0, limit: 10 })).toEqual([]);
});

test("a message is found by its client id and target, also after a restart", () => {
  using temp = new TemporaryStore();
  temp.opens().append(DEV, said(1, { id: "abc" }));
  const store = temp.reopens();
  expect(store.findSent({ ...KEY, id: "abc" })).toEqual(asRead(store, said(1, { id: "abc" }))[0]);
  expect(store.findSent({ ...KEY, target: OPS, id: "abc" })).toBeUndefined();
  expect(store.findSent({ ...KEY, id: "ABC" })).toBeUndefined();
});

test("a redacted message is in no history, and its record keeps the text for the operator", () => {
  using temp = new TemporaryStore();
  const store = temp.opens();
  store.append(DEV, said(1));
  store.append(DEV, said(2));
  store.redact(redacted(DEV, 1, "root", "spam", 5000));
  store.redact(redacted(DEV, 7, "root", "there is none", 5000));
  store.commit();
  expect(store.history(DEV, { from: 0, limit: 10 }).map(({ seq }) => seq)).toEqual([2]);
  expect(temp.reads("SELECT seq, by, reason, json_extract(message, '$.text') AS text FROM redaction")).toEqual([
    { seq: 1, by: "root", reason: "spam", text: "text 1" },
  ]);
});

test("an account's unheard messages begin with the first one missed, until it has heard them", () => {
  using temp = new TemporaryStore();
  const store = temp.opens();
  const [annie, bob, eve] = [anAccount("annie").id, anAccount("bob").id, anAccount("eve").id];
  for (const peer of [bob, eve]) store.saveConversation(annie, peer, peer, fold(`annie ${peer}`), 1);
  for (const [peer, seq] of [[bob, 3], [bob, 4], [eve, 5]] as const) store.markMissed(annie, peer, seq); // biome-ignore format: pairs
  store.saveConversation(annie, bob, "Bob", fold(`annie ${bob}`), 4); // more was said
  const fromBob = { peer: bob, place: fold(`annie ${bob}`), from: 3 };
  const fromEve = { peer: eve, place: fold(`annie ${eve}`), from: 5 };
  expect(store.missedConversations(annie, 9)).toEqual([fromEve, fromBob]);
  expect(store.missedConversations(annie, 1)).toEqual([fromEve]);
  expect(store.missedConversations(bob, 9)).toEqual([]);
  store.clearMissed(annie, eve);
  expect(store.missedConversations(annie, 9)).toEqual([fromBob]);
  store.clearMissed(annie, undefined);
  expect(store.missedConversations(annie, 9)).toEqual([]);
});

test("an account's conversations are listed with the time of their latest message", () => {
  using temp = new TemporaryStore();
  const store = temp.opens();
  const place = fold("annie bob");
  const [annie, bob] = [anAccount("annie").id, anAccount("bob").id];
  store.append(place, said(1, { to: "Bob", inRoom: false, time: 5 }));
  store.append(place, said(2, { to: "Bob", inRoom: false, time: 9 }));
  store.saveConversation(annie, bob, "Bob", place, 1);
  store.saveConversation(annie, bob, "Bob", place, 2);
  store.saveConversation(annie, fold("~eve"), "Eve", fold("annie eve"), 3); // nothing was said there
  store.commit();
  expect(store.conversations(annie, { from: 0, limit: 9 })).toEqual([{ name: "Bob", seq: 2, time: 9 }]);
  expect(store.conversations(bob, { from: 0, limit: 9 })).toEqual([]);
  store.redact(redacted(place, 2, "bob", "", 10));
  expect(store.conversations(annie, { from: 0, limit: 9 })).toEqual([{ name: "Bob", seq: 1, time: 5 }]);
});

test("an account's conversations in a span are found from either end, by an index", () => {
  using temp = new TemporaryStore();
  const store = temp.opens();
  const annie = anAccount("annie").id;
  for (let seq = 1; seq <= 5; seq++) {
    const place = fold(`${annie} ~g${seq}`);
    store.append(place, said(seq, { to: "annie", inRoom: false }));
    store.saveConversation(annie, fold(`~g${seq}`), `g${seq}`, place, seq);
  }
  store.commit();
  const seqs = (span: HistorySpan) => store.conversations(annie, span).map(({ seq }) => seq);
  expect(seqs({ from: 2, before: 5, limit: 9 })).toEqual([2, 3, 4]);
  expect(seqs({ from: 0, limit: 2 })).toEqual([4, 5]);
  expect(seqs({ from: 2, limit: 2, first: true })).toEqual([2, 3]);
});

test("however many strangers wrote to an account, its latest conversations are found by indexes alone", () => {
  using temp = new TemporaryStore();
  temp.opens();
  for (const first of [false, true]) {
    const sql = conversationsBy(first).replaceAll("?", "1");
    const plan = temp.reads(`EXPLAIN QUERY PLAN ${sql}`).map((row) => (row as { detail: string }).detail);
    expect(plan.join("\n")).toMatch(
      /SEARCH conversation USING INDEX conversation_latest .account=. AND latest>. AND latest</,
    );
    expect(plan.join("\n")).toMatch(/SEARCH other USING INDEX conversation_name .account=. AND <expr>=/);
    expect(plan.join("\n")).not.toMatch(/SCAN|TEMP B-TREE/);
  }
});

test("a damaged page loses only its own messages, read from either end, and is reported once", () => {
  using temp = new TemporaryStore();
  const store = temp.opens();
  store.claim(2000);
  for (let seq = 1; seq <= 1000; seq++) store.append(DEV, said(seq, { text: `text number ${seq}.` }));
  store.history(DEV, { from: 0, limit: 1 });
  temp.closes();
  expect(temp.spoils("text number 500.")).toBe(1);
  const again = temp.opens();
  const latest = again.history(DEV, { from: 0, limit: 1000 }).map(({ seq }) => seq);
  const first = again.history(DEV, { from: 0, limit: 1000, first: true }).map(({ seq }) => seq);
  expect(latest).toEqual(first);
  expect(latest).not.toContain(500);
  expect(latest.length).toBeGreaterThan(900);
  expect([latest[0], latest.at(-1)]).toEqual([1, 1000]);
  expect(again.history(DEV, { from: 0, before: 560, limit: 50 }).length).toBe(50);
  expect(again.messages([900, 500, 100].map((seq) => ({ place: DEV, seq }))).map(({ seq }) => seq)).toEqual([900, 100]);
  expect([again.messageAt(500), again.messageAt(501 - 400)?.message.seq]).toEqual([undefined, 101]);
  expect([again.lastAt(1990), again.lastAt(5000), again.firstAt(1100)]).toEqual([990, 1000, 100]);
  const around = again.lastAt(1500);
  expect([around > 300, around < 500]).toEqual([true, true]);
  expect(again.faults).toBeGreaterThan(0);
  expect(temp.told).toEqual(["damaged: database disk image is malformed"]);
});

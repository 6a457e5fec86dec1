import { expect, test } from "bun:test";
import { placeBetween } from "../../src/chat/conversation.ts";
import { parseTerms, readBriefly, type SearchRequest } from "../../src/chat/history.ts";
import type { AccountId } from "../../src/chat/model/account.ts";
import type { Act } from "../../src/chat/model/act.ts";
import type { HistorySpan, Place, Side, StoredMessage } from "../../src/chat/store.ts";
import { fold } from "../../src/text/fold.ts";
import { anAccount, ChatFixture, enter, leave, modes, QUIT, RecordingSession, say } from "../support/chat-fixture.ts";
import { said } from "../support/temporary-store.ts";

const place: Place = fold("#r");

/** A room in which messages of this length were said, numbered from 1; and how many of them were read. */
function room(count: number, length: number, more: Partial<StoredMessage> = {}) {
  let read = 0;
  const said = (seq: number): StoredMessage => ({
    type: "said",
    seq,
    msgid: "",
    time: seq,
    origin: undefined,
    from: { nick: "ann", user: "a", host: "h", realname: "", account: undefined },
    to: "#r",
    inRoom: true,
    rank: undefined,
    kind: "words",
    text: "x".repeat(length),
    tags: undefined,
    away: undefined,
    ...more,
  });
  const all = Array.from({ length: count }, (_, i) => said(i + 1));
  const history = (_: Place, { from, before = count + 1, limit }: HistorySpan) => {
    const page = all.filter(({ seq }) => seq >= from && seq < before).slice(-limit);
    read += page.length;
    return page;
  };
  return { store: { history }, read: () => read };
}

const seqs = (messages: readonly StoredMessage[]) => messages.map(({ seq }) => seq);
const upTo = (last: number, count: number) => Array.from({ length: count }, (_, i) => last - count + 1 + i);

test.each([
  [100, 50],
  [37, 50],
  [10, 10],
  [0, 50],
])("of %i messages of usual length the latest %i are shown, oldest first", (count, limit) => {
  const { store } = room(count, 100);
  expect(seqs(readBriefly(store, place, { from: 0, limit }))).toEqual(upTo(count, Math.min(count, limit)));
});

test("the messages read lie within the span", () => {
  const { store } = room(100, 100);
  expect(seqs(readBriefly(store, place, { from: 60, before: 81, limit: 50 }))).toEqual(upTo(80, 21));
});

test("of many long messages, few are replayed and read", () => {
  const { store, read } = room(1000, 4000);
  const shown = seqs(readBriefly(store, place, { from: 0, limit: 50 }));
  expect(shown).toEqual(upTo(1000, 7));
  expect(read()).toBe(10);
});

test("lines and tags count too, as they are sent", () => {
  const tags = new Map([["+x", "v".repeat(4000)]]);
  const many = Array.from({ length: 100 }, () => "1").join("\n");
  for (const more of [{ tags }, { text: many }]) {
    const { store } = room(1000, 1, more);
    const found = readBriefly(store, place, { from: 0, limit: 50 });
    expect(found.length).toBeLessThan(9);
    expect(found.at(-1)?.seq).toBe(1000);
  }
});

test("one message is replayed, however large", () => {
  const { store } = room(3, 100_000);
  expect(seqs(readBriefly(store, place, { from: 0, limit: 50 }))).toEqual([3]);
});

/** A member with an account, and messages to it by `g1`, `g2`, … at these times. */
function setup(...times: readonly number[]) {
  const people = new ChatFixture();
  const account = anAccount("annie");
  people.store.saveAccount(account);
  const annie = new RecordingSession(people.chat);
  annie.does({ ...enter("annie"), account } as Act);
  for (const [at, time] of times.entries()) {
    const [side, seq] = [fold(`~g${at + 1}`) as Side, at + 1];
    const place = placeBetween(account.id, side);
    people.store.append(place, said(seq, { to: "annie", inRoom: false, time }), account.id);
    people.store.saveConversation(account.id, side, `g${at + 1}`, place, seq);
  }
  people.store.commit();
  const asks = (limit: number, first: boolean, more = {}) => {
    if (!annie.member) throw new Error("She is not there");
    const query = { after: 0, before: 1e15, limit, first, ...more };
    return people.chat.targets(annie.member, query).map(({ name }) => name);
  };
  return { people, asks };
}

test("the oldest or newest targets between two times come oldest first", () => {
  const { asks } = setup(1, 2, 3, 4, 5, 6, 7, 8, 9);
  expect(asks(3, true)).toEqual(["g1", "g2", "g3"]);
  expect(asks(3, false)).toEqual(["g7", "g8", "g9"]);
  expect(asks(9, true, { after: 2, before: 6 })).toEqual(["g3", "g4", "g5"]);
});

test("a list is never cut inside a millisecond", () => {
  const { asks } = setup(1, 2, 2, 2, 3, 3);
  expect(asks(1, false)).toEqual(["g5", "g6"]);
  expect(asks(2, true)).toEqual(["g1", "g2", "g3", "g4"]);
  expect(asks(3, false)).toEqual(["g2", "g3", "g4", "g5", "g6"]);
});

test("conversations with ignored people are left out, and others selected in their place", () => {
  const { asks } = setup(1, 2, 3, 4, 5, 5, 6, 7);
  const ignored = new Set(["g3", "g5", "g7", "g8"].map(fold));
  expect(asks(2, false, { ignored })).toEqual(["g4", "g6"]);
  expect(asks(3, true, { ignored })).toEqual(["g1", "g2", "g4"]);
  expect(asks(9, true, { ignored })).toEqual(["g1", "g2", "g4", "g6"]);
});

test("of a thousand conversations, only as many are looked up as asked for", () => {
  const { people, asks } = setup(...Array.from({ length: 1000 }, (_, at) => at + 1));
  let read = 0;
  const { conversations } = people.store;
  people.store.conversations = (account, span) => {
    const found = conversations.call(people.store, account, span);
    read += found.length;
    return found;
  };
  expect(asks(10, true).length).toBe(10);
  expect(read).toBeLessThan(200);
});

test("without shown history there are no targets", () => {
  const people = new ChatFixture({ rules: { showsHistory: false } });
  const ann = people.brings("ann", "#dev");
  ann.does(say("#dev", "hi"));
  if (!ann.member) throw new Error("She is not there");
  expect(people.chat.targets(ann.member, { after: 0, before: 1e15, limit: 9, first: true })).toEqual([]);
});

test.each(["latest", "before", "after", "around"] as const)(
  "a reader who ignores somebody gets the full number of other entries by %s, in order",
  (which) => {
    const fixture = new ChatFixture();
    const [ann, pest] = [fixture.brings("ann", "#dev"), fixture.brings("pest", "#dev")];
    for (let n = 0; n < 40; n++) {
      fixture.now += 1;
      ann.does(say("#dev", `line ${n}`));
      pest.does(...Array.from({ length: n % 7 }, () => say("#dev", "spam")));
    }
    const point = { seq: ann.events.findLast((event) => event.type === "said" && event.text === "line 20")?.seq ?? 0 };
    const query = which === "latest" ? ({ which, after: undefined } as const) : ({ which, point } as const);
    const ignored = new Set([fold("pest")]);
    const read = (limit: number, more: object) =>
      [...(fixture.chat.readHistory(ann.member, "#dev", query, { limit, playback: false, ...more }) ?? [])].map(
        (event) => (event.type === "said" ? event.text : ""),
      );
    const heard = read(1000, {}).filter((text) => text !== "spam");
    const expected = { latest: heard.slice(-12), before: heard.slice(-12), after: heard.slice(0, 12) };
    const lines = Array.from({ length: 12 }, (_, at) => `line ${14 + at}`);
    expect(read(12, { ignored })).toEqual(which === "around" ? lines : [...expected[which]]);
  },
);

test("of very many messages of ignored people, a limited number is looked at", () => {
  const fixture = new ChatFixture();
  const [ann, pest] = [fixture.brings("ann", "#dev"), fixture.brings("pest", "#dev")];
  ann.does(say("#dev", "first"));
  pest.does(...Array.from({ length: 3200 }, () => say("#dev", "spam")));
  const options = { limit: 100, playback: true, ignored: new Set([fold("pest")]) };
  const past = fixture.chat.readHistory(ann.member, "#dev", { which: "latest", after: undefined }, options);
  expect([...(past ?? [])]).toEqual([]);
});

test.each([
  [3000, "latest", false],
  [2900, "latest", true],
  [2900, "after", true],
] as const)(
  "behind %d messages of ignored people, the one by %s is found in few reads: %p",
  (count, which, isFound) => {
    const fixture = new ChatFixture();
    const [ann, pest] = [fixture.brings("ann", "#dev"), fixture.brings("pest", "#dev")];
    const spam = Array.from({ length: count }, () => say("#dev", "spam"));
    if (which === "latest") ann.does(say("#dev", "hi"));
    pest.does(...spam);
    if (which === "after") ann.does(say("#dev", "hi"));
    let reads = 0;
    const { seqs } = fixture.store;
    fixture.store.seqs = (...given) => {
      reads++;
      return seqs.apply(fixture.store, given);
    };
    const query = which === "latest" ? ({ which, after: undefined } as const) : ({ which, point: { seq: 0 } } as const);
    const options = { limit: 1, playback: false, ignored: new Set([fold("pest")]) };
    expect([...(fixture.chat.readHistory(ann.member, "#dev", query, options) ?? [])]).toHaveLength(isFound ? 1 : 0);
    expect(reads).toBeLessThan(40);
  },
);

/** The results of a search after all messages are stored, one line for each. */
async function found(
  fixture: ChatFixture,
  player: RecordingSession,
  request: Partial<SearchRequest>,
): Promise<readonly string[] | string> {
  const { member, chat } = player;
  if (!member) return "nobody";
  fixture.store.commit();
  const result = await chat.search(member, { text: undefined, limit: 100, ...request });
  return "why" in result ? result.why : result.messages.map(({ to, text }) => `${to} ${text}`);
}

/** Gives someone an account of their nick. */
function identify(fixture: ChatFixture, player: RecordingSession, nick: string, account = anAccount(nick)): void {
  fixture.store.saveAccount(account);
  player.does({ type: "identify", account });
}

test("a search finds messages of the member's rooms, newest first", async () => {
  const fixture = new ChatFixture();
  const ann = fixture.brings("ann", "#dev", "#ops");
  const bob = fixture.brings("bob", "#dev");
  ann.does(say("#dev", "word 1"), say("#ops", "word 2"), say("#dev", "word 3"));
  expect(await found(fixture, ann, { text: "word" })).toEqual(["#dev word 3", "#ops word 2", "#dev word 1"]);
  expect(await found(fixture, bob, { text: "word" })).toEqual(["#dev word 3", "#dev word 1"]);
  expect(await found(fixture, bob, { text: "word", target: "#ops" })).toBe("not-readable");
  expect(await found(fixture, bob, { text: "word", target: "#none" })).toBe("not-readable");
  expect(await found(fixture, fixture.brings("eve"), { text: "word" })).toEqual([]);
  expect(await found(fixture, ann, { nick: "ANN", target: "#OPS" })).toEqual(["#ops word 2"]);
});

test("hits in a room left during the search are dropped", async () => {
  const fixture = new ChatFixture();
  const ann = fixture.brings("ann", "#dev");
  const bob = fixture.brings("bob", "#dev");
  ann.does(say("#dev", "word"));
  const asked = found(fixture, bob, { text: "word" });
  bob.does(leave("#dev"));
  expect(await asked).toEqual([]);
});

test("private messages of an earlier room are not found", async () => {
  const fixture = new ChatFixture();
  const ann = fixture.brings("ann", "#dev");
  ann.does(modes("#dev", { mode: "secret", on: true }), say("#dev", "word 1"), QUIT);
  const bob = fixture.brings("bob", "#dev");
  bob.does(say("#dev", "word 2"));
  expect(await found(fixture, bob, { text: "word" })).toEqual(["#dev word 2"]);
});

test("only the accounts of a conversation find its messages", async () => {
  const fixture = new ChatFixture();
  const [ann, bob, eve] = [fixture.brings("ann"), fixture.brings("bob"), fixture.brings("eve")];
  identify(fixture, ann, "ann");
  ann.does(say("bob", "word"));
  expect(await found(fixture, ann, { text: "word" })).toEqual(["bob word"]);
  expect(await found(fixture, ann, { text: "word", target: "bob" })).toEqual(["bob word"]);
  expect(await found(fixture, bob, { text: "word" })).toEqual([]);
  expect(await found(fixture, bob, { text: "word", target: "ann" })).toBe("not-readable");
  identify(fixture, eve, "eve");
  expect(await found(fixture, eve, { text: "word" })).toEqual([]);
});

test("an account registered again finds nothing of the removed one", async () => {
  const fixture = new ChatFixture();
  const [ann, bob] = [fixture.brings("ann"), fixture.brings("bob")];
  identify(fixture, ann, "ann");
  identify(fixture, bob, "bob");
  ann.does(say("bob", "word 1"), QUIT);
  fixture.store.removeAccount(anAccount("ann").id);
  const other = fixture.brings("ann");
  identify(fixture, other, "ann", anAccount("ann", { id: "another" as AccountId }));
  bob.does(say("ann", "word 2"));
  expect(await found(fixture, other, { text: "word" })).toEqual(["ann word 2"]);
  expect(await found(fixture, bob, { text: "word" })).toEqual(["ann word 2", "bob word 1"]);
  const past = fixture.chat.readHistory(
    other.member,
    "bob",
    { which: "latest", after: undefined },
    { limit: 9, playback: false },
  );
  expect(Array.from(past ?? [], (event) => "text" in event && event.text)).toEqual(["word 2"]);
});

test("a search without words is refused, and finds at most a hundred messages", async () => {
  const fixture = new ChatFixture();
  const ann = fixture.brings("ann", "#dev");
  for (let i = 0; i < 120; i++) ann.does(say("#dev", `word ${i}`));
  expect(await found(fixture, ann, { text: "!?" })).toBe("no-words");
  expect(await found(fixture, ann, { text: "word", limit: 1000 })).toHaveLength(100);
  expect(await found(fixture, ann, { text: "word", limit: 1 })).toEqual(["#dev word 119"]);
});

test("a failing search is refused", async () => {
  const fixture = new ChatFixture();
  const ann = fixture.brings("ann", "#dev");
  fixture.store.search = () => Promise.reject(new Error("no index"));
  expect(await found(fixture, ann, { text: "word" })).toBe("cannot-search");
});

test.each([
  ["deploy", ["deploy"]],
  ["  the   build ", ["the", "build"]],
  ['"the build" failed', ["=the build", "failed"]],
  ['"not closed', ["=not closed"]],
  ['failed"the build"', ["failed", "=the build"]],
  ["c++ !! ?", ["c++"]],
  ['"" "!"', []],
  ["日本語", ["日本語"]],
  ["", []],
])("%p looks for %p", (text, terms) => {
  expect(parseTerms(text).map((term) => (term.isExact ? "=" : "") + term.text)).toEqual(terms);
});

import { expect, test } from "bun:test";
import type { AccountId } from "../../src/chat/model/account.ts";
import { parseTerms, type SearchRequest } from "../../src/chat/search.ts";
import { anAccount, ChatFixture, leave, modes, QUIT, type RecordingSession, say } from "../support/chat-fixture.ts";

/** What someone finds, once what was said is stored: each message as a line. */
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

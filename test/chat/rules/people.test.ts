import { expect, test } from "bun:test";
import { ChatFixture, enter, QUIT, RecordingSession, rename } from "../../support/chat-fixture.ts";

test("enter makes a member and tells it", () => {
  const fixture = new ChatFixture();
  const ann = fixture.brings("Ann");
  expect(ann.member?.who).toEqual({
    nick: "Ann",
    user: "~Ann",
    realname: "Real Ann",
    host: "Ann.cloak",
    account: undefined,
  });
  expect(fixture.chat.member("ANN")).toBe(ann.member);
});

test("a second enter changes nothing", () => {
  const ann = new ChatFixture().brings("ann");
  expect(ann.does(enter("other"))).toEqual([]);
  expect(ann.member?.nick).toBe("ann");
});

test.each([
  ["bob", ["entered bob"]],
  ["ann", ["no: nick-taken ann"]],
  ["ANN", ["no: nick-taken ANN"]],
  ["", ["no: nick-bad "]],
  ["7up", ["no: nick-bad 7up"]],
  ["you", ["no: nick-bad you"]],
  ["abcdefghi", ["no: nick-bad abcdefghi"]], // the limit is 8 here
])("one who would come in as %j, where Ann is, hears %j", (nick, hears) => {
  const fixture = new ChatFixture({ limits: { nickLength: 8 } });
  fixture.brings("Ann");
  expect(fixture.brings("x").does(QUIT, enter(nick)).slice(-1)).toEqual(hears);
});

test("a yielding enter gets the next free nick, and is told the wanted one", () => {
  const fixture = new ChatFixture({ limits: { nickLength: 8 } });
  fixture.brings("ann");
  fixture.brings("ann-2");
  fixture.brings("longname");
  const nicks = ["ann", "ann", "LONGNAME"].map((nick) => {
    const player = fixture.brings("x");
    return player.does(QUIT, enter(nick, true)).slice(-1);
  });
  expect(nicks.flat()).toEqual([
    "entered ann-3 instead of ann",
    "entered ann-4 instead of ann",
    "entered LONGNA-2 instead of LONGNAME",
  ]);
});

test("a malformed nick is refused", () => {
  expect(new ChatFixture().brings("ann").does(rename("7up"), rename("you"))).toEqual([
    "no: nick-bad 7up",
    "no: nick-bad you",
  ]);
});

test("without a limit a nick that is taken is still yielded whole", () => {
  const fixture = new ChatFixture({ limits: { nickLength: 0 } });
  const long = "a".repeat(100);
  fixture.brings(long);
  expect(new RecordingSession(fixture.chat).does(enter(long, true))).toEqual([`entered ${long}-2 instead of ${long}`]);
});

test.each([
  ["carl", ["renamed bob carl"]],
  ["Bob", ["renamed bob Bob"]], // one's own nick in other letters
  ["bob", []], // it is so already
  ["Ann", ["no: nick-taken Ann"]],
  ["b b", ["no: nick-bad b b"]],
])("bob, who would be %j, hears %j", (nick, hears) => {
  const fixture = new ChatFixture();
  fixture.brings("ann");
  expect(fixture.brings("bob").does(rename(nick))).toEqual(hears);
});

test("after a rename the old nick is free", () => {
  const fixture = new ChatFixture();
  const ann = fixture.brings("ann");
  ann.does(rename("eve"));
  expect(fixture.chat.member("eve")).toBe(ann.member);
  expect(fixture.chat.member("ann")).toBeUndefined();
  expect(fixture.brings("ann").member?.nick).toBe("ann");
});

test("a rename is told once to everyone who shares a room, and to nobody else", () => {
  const fixture = new ChatFixture();
  const ann = fixture.brings("ann", "#one", "#two");
  const bob = fixture.brings("bob", "#one", "#two");
  const eve = fixture.brings("eve", "#three");
  ann.hears();
  expect(ann.does(rename("anna"))).toEqual(["renamed ann anna"]);
  expect(bob.hears()).toEqual(["renamed ann anna"]);
  expect(eve.hears()).toEqual([]);
});

test('an away text is told to neighbours, and "" ends it', () => {
  const fixture = new ChatFixture();
  const [ann, bob] = [fixture.brings("ann", "#dev"), fixture.brings("bob", "#dev")];
  ann.does({ type: "set-away", text: "lunch" });
  expect(ann.member?.away).toBe("lunch");
  ann.does({ type: "set-away", text: "" });
  expect(ann.member?.away).toBe("");
  expect(bob.hears()).toEqual(["away-set ann lunch", "away-set ann"]);
});

test.each([
  ["Ann Arbor", ["realname-set ann Ann Arbor"]],
  ["1234567890", ["realname-set ann 1234567890"]],
  ["12345678901", ["no: realname-bad"]], // 10 bytes are the limit here
  ["äääääa", ["no: realname-bad"]],
  ["", ["no: realname-bad"]],
])("ann, whose real name is to be %j, hears %j", (realname, hears) => {
  const ann = new ChatFixture({ limits: { realnameLength: 10 } }).brings("ann");
  expect(ann.does({ type: "set-realname", realname })).toEqual(hears);
});

test("without a limit a real name may be as long as it likes", () => {
  const ann = new ChatFixture({ limits: { realnameLength: 0 } }).brings("ann");
  ann.does({ type: "set-realname", realname: "x".repeat(1000) });
  expect(ann.member?.who.realname.length).toBe(1000);
});

test("a quit is told to neighbours once, and removes the member everywhere", () => {
  const fixture = new ChatFixture();
  const ann = fixture.brings("ann", "#one", "#two");
  const bob = fixture.brings("bob", "#one", "#two");
  expect(ann.does(QUIT)).toEqual(["quit ann"]);
  expect(bob.hears()).toEqual(["quit ann"]);
  expect(ann.member).toBeUndefined();
  expect(ann.followed.size).toBe(0);
  expect(fixture.chat.member("ann")).toBeUndefined();
  expect([...(fixture.chat.room("#one")?.members.keys() ?? [])].map((member) => member.nick)).toEqual(["bob"]);
});

test("without a member, a session can only enter", () => {
  const fixture = new ChatFixture();
  const ann = fixture.brings("ann");
  ann.does(QUIT);
  expect(ann.does(rename("bob"), { type: "join", room: "#dev" }, QUIT)).toEqual([]);
  expect(fixture.chat.room("#dev")).toBeUndefined();
  expect(ann.does(enter("ann"))).toEqual(["entered ann"]);
});

test("with a thousand numbered nicks taken, a free one is found in few look-ups", () => {
  const fixture = new ChatFixture();
  for (let n = 1; n <= 1000; n++) fixture.brings(n === 1 ? "ann" : `ann-${n}`);
  let looked = 0;
  const { loadAccount } = fixture.store;
  fixture.store.loadAccount = (key) => {
    looked++;
    return loadAccount.call(fixture.store, key);
  };
  const nicks = new Set<string | undefined>();
  for (let i = 0; i < 50; i++) {
    const player = new RecordingSession(fixture.chat);
    player.does(enter("ann", true));
    nicks.add(player.member?.nick);
  }
  expect(nicks.size).toBe(50);
  expect(looked).toBeLessThan(50 * 30);
});

import { expect, test } from "bun:test";
import { enter, Player, QUIT, rename, Stage } from "../../support/chat-stage.ts";

test("enter makes a member and tells it", () => {
  const stage = new Stage();
  const ann = stage.brings("Ann");
  expect(ann.member?.who).toEqual({
    nick: "Ann",
    user: "~Ann",
    realname: "Real Ann",
    host: "Ann.cloak",
    account: undefined,
  });
  expect(stage.chat.member("ANN")).toBe(ann.member);
});

test("a second enter changes nothing", () => {
  const ann = new Stage().brings("ann");
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
  const stage = new Stage({ limits: { nickLength: 8 } });
  stage.brings("Ann");
  expect(stage.brings("x").does(QUIT, enter(nick)).slice(-1)).toEqual(hears);
});

test("a yielding enter gets the next free nick, and is told the wanted one", () => {
  const stage = new Stage({ limits: { nickLength: 8 } });
  stage.brings("ann");
  stage.brings("ann-2");
  stage.brings("longname");
  const nicks = ["ann", "ann", "LONGNAME"].map((nick) => {
    const player = stage.brings("x");
    return player.does(QUIT, enter(nick, true)).slice(-1);
  });
  expect(nicks.flat()).toEqual([
    "entered ann-3 instead of ann",
    "entered ann-4 instead of ann",
    "entered LONGNA-2 instead of LONGNAME",
  ]);
});

test("a malformed nick is refused", () => {
  expect(new Stage().brings("ann").does(rename("7up"), rename("you"))).toEqual([
    "no: nick-bad 7up",
    "no: nick-bad you",
  ]);
});

test("without a limit a nick that is taken is still yielded whole", () => {
  const stage = new Stage({ limits: { nickLength: 0 } });
  const long = "a".repeat(100);
  stage.brings(long);
  expect(new Player(stage.chat).does(enter(long, true))).toEqual([`entered ${long}-2 instead of ${long}`]);
});

test.each([
  ["carl", ["renamed bob carl"]],
  ["Bob", ["renamed bob Bob"]], // one's own nick in other letters
  ["bob", []], // it is so already
  ["Ann", ["no: nick-taken Ann"]],
  ["b b", ["no: nick-bad b b"]],
])("bob, who would be %j, hears %j", (nick, hears) => {
  const stage = new Stage();
  stage.brings("ann");
  expect(stage.brings("bob").does(rename(nick))).toEqual(hears);
});

test("after a rename the old nick is free", () => {
  const stage = new Stage();
  const ann = stage.brings("ann");
  ann.does(rename("eve"));
  expect(stage.chat.member("eve")).toBe(ann.member);
  expect(stage.chat.member("ann")).toBeUndefined();
  expect(stage.brings("ann").member?.nick).toBe("ann");
});

test("a rename is told once to everyone who shares a room, and to nobody else", () => {
  const stage = new Stage();
  const ann = stage.brings("ann", "#one", "#two");
  const bob = stage.brings("bob", "#one", "#two");
  const eve = stage.brings("eve", "#three");
  ann.hears();
  expect(ann.does(rename("anna"))).toEqual(["renamed ann anna"]);
  expect(bob.hears()).toEqual(["renamed ann anna"]);
  expect(eve.hears()).toEqual([]);
});

test('an away text is told to neighbours, and "" ends it', () => {
  const stage = new Stage();
  const [ann, bob] = [stage.brings("ann", "#dev"), stage.brings("bob", "#dev")];
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
  const ann = new Stage({ limits: { realnameLength: 10 } }).brings("ann");
  expect(ann.does({ type: "set-realname", realname })).toEqual(hears);
});

test("without a limit a real name may be as long as it likes", () => {
  const ann = new Stage({ limits: { realnameLength: 0 } }).brings("ann");
  ann.does({ type: "set-realname", realname: "x".repeat(1000) });
  expect(ann.member?.who.realname.length).toBe(1000);
});

test("a quit is told to neighbours once, and removes the member everywhere", () => {
  const stage = new Stage();
  const ann = stage.brings("ann", "#one", "#two");
  const bob = stage.brings("bob", "#one", "#two");
  expect(ann.does(QUIT)).toEqual(["quit ann"]);
  expect(bob.hears()).toEqual(["quit ann"]);
  expect(ann.member).toBeUndefined();
  expect(ann.followed.size).toBe(0);
  expect(stage.chat.member("ann")).toBeUndefined();
  expect([...(stage.chat.room("#one")?.members.keys() ?? [])].map((member) => member.nick)).toEqual(["bob"]);
});

test("without a member, a session can only enter", () => {
  const stage = new Stage();
  const ann = stage.brings("ann");
  ann.does(QUIT);
  expect(ann.does(rename("bob"), { type: "join", room: "#dev" }, QUIT)).toEqual([]);
  expect(stage.chat.room("#dev")).toBeUndefined();
  expect(ann.does(enter("ann"))).toEqual(["entered ann"]);
});

test("with a thousand numbered nicks taken, a free one is found in few look-ups", () => {
  const stage = new Stage();
  for (let n = 1; n <= 1000; n++) stage.brings(n === 1 ? "ann" : `ann-${n}`);
  let looked = 0;
  const { loadAccount } = stage.store;
  stage.store.loadAccount = (key) => {
    looked++;
    return loadAccount.call(stage.store, key);
  };
  const nicks = new Set<string | undefined>();
  for (let i = 0; i < 50; i++) {
    const player = new Player(stage.chat);
    player.does(enter("ann", true));
    nicks.add(player.member?.nick);
  }
  expect(nicks.size).toBe(50);
  expect(looked).toBeLessThan(50 * 30);
});

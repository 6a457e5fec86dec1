import { expect, test } from "bun:test";
import type { Act } from "../../../src/chat/model/act.ts";
import { asRoomName, Confusables, isNick, isRoomName, LOBBY } from "../../../src/chat/model/names.ts";
import {
  anAccount,
  ChatFixture,
  enter,
  join,
  leave,
  modes,
  QUIT,
  RecordingSession,
  rename,
} from "../../support/chat-fixture.ts";

test.each(["a", "Ann", "ann-2", "guest-17", "[away]", "\\o_", "_x^`{|}", "a".repeat(32), "yours", "server1"])(
  "%j may be a nick",
  (nick) => {
    expect(isNick(nick, 32)).toBe(true);
  },
);

test.each([
  ["", "nobody"],
  ["a".repeat(33), "too long"],
  ["-", "begins like a line of the server's"],
  ["--", "begins like a line of the server's"],
  ["-ann", "begins like a line of the server's"],
  ["7", "begins with a digit"],
  ["ann bob", "a blank"],
  ["ann\n", "a line's end"],
  ["ann\nbob", "a line's end"],
  ["<ann>", "the marks of a speaker"],
  ["ann>", "the mark of a speaker"],
  ["*", "the mark of an action"],
  ["#ann", "a room"],
  ["@ann", "the mark of an operator"],
  ["+ann", "the mark of a voice"],
  ["&ann", "a room elsewhere"],
  ["/ann", "a command"],
  [":ann", "a source"],
  ["ann!x", "part of a mask"],
  ["ann@x", "part of a mask"],
  ["ann,bob", "two"],
  ["a.b", "a server"],
  ["ann→you", "no ASCII"],
  ["аnn", "a Cyrillic a"],
  ["\u212aate", "a sign that folds to k elsewhere"],
  ["you", "the reader"],
  ["You", "the reader"],
  ["server", "the server"],
  ["tcpchat", "the server"],
  ["SYSTEM", "the server"],
  ["NickServ", "a service"],
  ["chanserv", "a service"],
])("%j may not be a nick: %s", (nick) => {
  expect(isNick(nick, 32)).toBe(false);
});

test.each(["#a", "#lobby", "##", "#dev-ops", "#C++", "#größe", "#日本語", "#\u{1f600}", "#a:b", `#${"a".repeat(63)}`])(
  "%j may be a room's name",
  (name) => {
    expect(isRoomName(name, 64)).toBe(true);
  },
);

test.each([
  ["", "nothing"],
  ["#", "nothing but the sign"],
  ["lobby", "no sign"],
  ["&lobby", "another sign"],
  [`#${"a".repeat(64)}`, "too long"],
  ["#a b", "a blank"],
  ["#irc://chat.example/dev", "a link"],
  ["#a\u00a0b", "a blank that does not break"],
  ["#a\u3000b", "a wide blank"],
  ["#a,b", "two rooms"],
  ["#a\n", "a line's end"],
  ["#a\x07", "a control character"],
  ["#dev <ann>", "looks like someone speaking"],
  ["#dev>", "looks like someone speaking"],
  ["#lobby\u200b", "an invisible blank"],
  ["#lobby\u200d", "an invisible joiner"],
  ["#lobby\u00ad", "a soft hyphen"],
  ["#lobby\u034f", "an invisible mark"],
  ["#lobby\ufe0f", "an invisible selector"],
  ["#lobby\u{e0101}", "an invisible selector"],
  ["#lobby\u3164", "an invisible letter"],
  ["#lobby\u115f", "an invisible letter"],
  ["#lobby\uffa0", "an invisible letter"],
  ["#lobby\u2800", "a letter of Braille without a dot"],
  ["#lobby\u3164", "a filler of Hangul"],
  ["#lobby\u{1d159}", "a note of music without a head"],
  ["#lobby\u{13441}", "a blank of hieroglyphs"],
  ["#lobby\u{16fe4}", "a filler of Khitan"],
  ["#lobby\u1680", "a blank of Ogham"],
  ["#lobby\ufffc", "what stands for an object"],
  ["#lobby\u{e0041}", "a tag character"],
  ["#\u202eybbol", "turned around"],
  ["#lobby\ufffd", "what was no UTF-8"],
  ["#lobby\ud800", "half a character"],
  ["#lobby\ue000", "a letter of nobody's"],
])("%j may not be a room's name: %s", (name) => {
  expect(isRoomName(name, 64)).toBe(false);
});

test("a limit of 0 is none", () => {
  expect(isNick("a".repeat(1000), 0)).toBe(true);
  expect(isRoomName(`#${"a".repeat(1000)}`, 0)).toBe(true);
});

test.each([
  ["build", "#build"],
  ["#build", "#build"],
  ["##", "##"],
])("%s means the room %s", (given, room) => {
  expect(asRoomName(given)).toBe(room);
});

test("the lobby's name is a room's name", () => {
  expect(isRoomName(LOBBY, 64)).toBe(true);
});

/** A session that asks to come in with an account. */
function comes(people: ChatFixture, nick: string, account: string): readonly string[] {
  return new RecordingSession(people.chat).does({ ...enter(nick), account: anAccount(account) } as Act);
}

test("confusable names find each other, and no others", () => {
  const looks = new Confusables<{ readonly id: number }>();
  const [lisa, l1sa, bob] = [{ id: 1 }, { id: 2 }, { id: 3 }];
  looks.add("lisa", lisa);
  looks.add("l1sa", l1sa);
  looks.add("bob", bob);
  expect([looks.of("LISA"), looks.of("b0b"), looks.of("ann")]).toEqual([[lisa, l1sa], [bob], []]);
  looks.remove("lisa", lisa);
  expect(looks.of("lisa")).toEqual([l1sa]);
  looks.remove("l1sa", l1sa);
  looks.remove("bob", bob);
  expect([looks.of("lisa"), looks.size]).toEqual([[], 0]);
});

test("a nick confusable with a present member's is refused, with that nick and a free one", () => {
  const people = new ChatFixture();
  people.brings("lisa");
  const eve = people.brings("eve");
  expect(eve.does(rename("l1sa"), rename("Iisa"))).toEqual([
    "no: nick-alike l1sa lisa l1sa-2",
    "no: nick-alike Iisa lisa Iisa-2",
  ]);
  expect(new RecordingSession(people.chat).does(enter("|isa"))).toEqual(["no: nick-alike |isa lisa |isa-2"]);
  expect(eve.does(rename("l1sa-2"))).toEqual(["renamed eve l1sa-2"]);
});

test("a nick confusable with an absent account's is refused", () => {
  const people = new ChatFixture({ accounts: ["Annie"] });
  expect(people.brings("eve").does(rename("ann1e"))).toEqual(["no: nick-alike ann1e Annie ann1e-2"]);
});

test.each([
  ["ann", "ann_"],
  ["ann", "ann2"],
  ["bob", "bob1"],
  ["bob1", "bob2"],
  ["ann_", "ann-"],
])("beside %s, %s is somebody else, and may be", (one, other) => {
  const people = new ChatFixture({ accounts: [one] });
  people.brings("eve");
  expect(new RecordingSession(people.chat).does(enter(other))).toEqual([`entered ${other}`]);
});

test("an account's owner always gets its nick", () => {
  const people = new ChatFixture({ accounts: ["l1sa"] });
  people.brings("lisa2");
  const lisa = people.brings("x");
  people.store.removeAccount(anAccount("l1sa").id);
  lisa.does(rename("lisa"));
  people.store.saveAccount(anAccount("l1sa"));
  expect(comes(people, "l1sa", "l1sa")).toEqual(["entered l1sa"]);
});

test("a member may change its own nick to another case, and to a confusable one", () => {
  const lisa = new ChatFixture().brings("lisa");
  expect(lisa.does(rename("LISA"), rename("l1sa"), rename("lisa"))).toEqual([
    "renamed lisa LISA",
    "renamed LISA l1sa",
    "renamed l1sa lisa",
  ]);
});

test("a nick that was given up is free, and so are nicks confusable with it", () => {
  const people = new ChatFixture();
  const lisa = people.brings("lisa");
  const eve = people.brings("eve");
  lisa.does(QUIT);
  expect(eve.does(rename("l1sa"))).toEqual(["renamed eve l1sa"]);
});

test.each(["admin", "Adm1n", "operator", "operat0r", "moderator", "guest-7", "guest-l"])(
  "%s is the server's to give",
  (nick) => {
    const people = new ChatFixture();
    expect(people.brings("eve").does(rename(nick))).toEqual([`no: nick-kept ${nick} ${nick}-2`]);
  },
);

test.each(["Server", "tcpchat", "tcpchaT", "N1ckServ", "CHANSERV", "y0u", "systern"])("%s cannot be a nick", (nick) => {
  expect(new ChatFixture().brings("eve").does(rename(nick))).toEqual([`no: nick-bad ${nick}`]);
});

test("a staff nick is for the account that the operator has made for it", () => {
  const people = new ChatFixture({ accounts: ["admin"] });
  expect(comes(people, "Admin", "admin")).toEqual(["entered Admin"]);
});

test("a guest gets a free nick of the server's that is confusable with none", () => {
  const people = new ChatFixture({ accounts: ["guest-l2"] });
  const gets = (nick: string) => new RecordingSession(people.chat).does(enter(nick, true));
  expect([gets("guest-7"), gets("guest-12")]).toEqual([
    ["entered guest-7"],
    ["entered guest-12-2 instead of guest-12"],
  ]);
});

test.each(["#ǀobby", "#l\u07c0bby", "#lobbყ", "#ʟᴏʙʙʏ", "#\u0627obby"])("%s looks like the lobby", (name) => {
  expect(new ChatFixture().brings("eve").does(join(name))).toEqual([`no: room-alike ${name} #lobby`]);
});

test("a room confusable with another is refused, unless that one is hidden", () => {
  const people = new ChatFixture();
  const ann = people.brings("ann", "#dev", "#ops");
  const eve = people.brings("eve");
  expect(eve.does(join("#1obby"), join("#dеv"), join("#DEV"))).toEqual([
    "no: room-alike #1obby #lobby",
    "no: room-alike #dеv #dev",
    "joined eve #dev",
  ]);
  ann.does(modes("#ops", { mode: "secret", on: true }));
  expect(eve.does(join("#0ps"))).toEqual(["joined eve #0ps operator"]);
  eve.does(leave("#dev"));
  ann.does(leave("#dev"));
  expect(eve.does(join("#dеv"))).toEqual(["joined eve #dеv operator"]);
});

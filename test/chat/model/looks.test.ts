import { expect, test } from "bun:test";
import type { Act } from "../../../src/chat/model/act.ts";
import { Looks } from "../../../src/chat/model/looks.ts";
import { anAccount, enter, join, leave, modes, Player, QUIT, rename, Stage } from "../stage.ts";

/** A stage on which these have accounts. */
function stage(...accounts: readonly string[]): Stage {
  const people = new Stage();
  for (const name of accounts) {
    people.store.saveAccount(anAccount(name));
  }
  return people;
}

/** A session that asks to come in with an account. */
function comes(people: Stage, nick: string, account: string): readonly string[] {
  return new Player(people.chat).does({ ...enter(nick), account: anAccount(account) } as Act);
}

test("those who look alike are found by each other's names, and nobody else is", () => {
  const looks = new Looks<{ readonly id: number }>();
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

test("nobody takes a nick that looks like another's who is here, and hears whose, and what is free", () => {
  const people = stage();
  people.brings("lisa");
  const eve = people.brings("eve");
  expect(eve.does(rename("l1sa"), rename("Iisa", true))).toEqual([
    "no: nick-alike l1sa lisa l1sa-2",
    "no: nick-alike Iisa lisa Iisa-2",
  ]);
  expect(new Player(people.chat).does(enter("|isa"))).toEqual(["no: nick-alike |isa lisa |isa-2"]);
  expect(eve.does(rename("l1sa-2"))).toEqual(["renamed eve l1sa-2"]);
});

test("a nick that looks like an account's is refused while nobody of it is here", () => {
  const people = stage("Annie");
  expect(people.brings("eve").does(rename("ann1e"))).toEqual(["no: nick-alike ann1e Annie ann1e-2"]);
});

test.each([
  ["ann", "ann_"],
  ["ann", "ann2"],
  ["bob", "bob1"],
  ["bob1", "bob2"],
  ["ann_", "ann-"],
])("beside %s, %s is somebody else, and may be", (one, other) => {
  const people = stage(one);
  people.brings("eve");
  expect(new Player(people.chat).does(enter(other))).toEqual([`entered ${other}`]);
});

test("whose account it is always gets its nick", () => {
  const people = stage("l1sa");
  people.brings("lisa2");
  const lisa = people.brings("x");
  people.store.removeAccount(anAccount("l1sa").id);
  lisa.does(rename("lisa"));
  people.store.saveAccount(anAccount("l1sa"));
  expect(comes(people, "l1sa", "l1sa")).toEqual(["entered l1sa"]);
});

test("one's own nick may be written otherwise, and may become one that looks like it", () => {
  const lisa = stage().brings("lisa");
  expect(lisa.does(rename("LISA"), rename("l1sa"), rename("lisa"))).toEqual([
    "renamed lisa LISA",
    "renamed LISA l1sa",
    "renamed l1sa lisa",
  ]);
});

test("a nick that someone has left can be had, and so can its like", () => {
  const people = stage();
  const lisa = people.brings("lisa");
  const eve = people.brings("eve");
  lisa.does(QUIT);
  expect(eve.does(rename("l1sa"))).toEqual(["renamed eve l1sa"]);
});

test.each(["admin", "Adm1n", "operator", "operat0r", "moderator", "guest-7", "guest-l"])(
  "%s is the server's to give",
  (nick) => {
    const people = stage();
    expect(people.brings("eve").does(rename(nick), rename(nick, true))).toEqual([
      `no: nick-kept ${nick} ${nick}-2`,
      `no: nick-kept ${nick} ${nick}-2`,
    ]);
  },
);

test.each(["Server", "tcpchat", "tcpchaT", "N1ckServ", "CHANSERV", "y0u", "systern"])("%s is nobody's nick", (nick) => {
  expect(stage().brings("eve").does(rename(nick))).toEqual([`no: nick-bad ${nick}`]);
});

test("an account that the operator has made for an office is its owner's", () => {
  const people = stage("admin");
  expect(comes(people, "Admin", "admin")).toEqual(["entered Admin"]);
});

test("a guest is given a nick that is nobody's, nor looks so, and one of the server's own", () => {
  const people = stage("guest-l2");
  const gets = (nick: string) => new Player(people.chat).does(enter(nick, true));
  expect([gets("guest-7"), gets("guest-12")]).toEqual([
    ["entered guest-7"],
    ["entered guest-12-2 instead of guest-12"],
  ]);
});

test.each(["#ǀobby", "#l\u07c0bby", "#lobbყ", "#ʟᴏʙʙʏ", "#\u0627obby"])("%s looks like the lobby", (name) => {
  expect(stage().brings("eve").does(join(name))).toEqual([`no: room-alike ${name} #lobby`]);
});

test("no room is opened that looks like another, but for one that nobody may know of", () => {
  const people = stage();
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

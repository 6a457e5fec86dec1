import { expect, test } from "bun:test";
import fc from "fast-check";
import { Members, NameBudget } from "../../../src/client/model/members.ts";
import { update } from "../../../src/client/model/update.ts";
import { fold } from "../../../src/text/fold.ts";
import { parse } from "../../../src/wire/message.ts";
import { inLobby } from "../../support/client/play.ts";

test("a nick is a member once, whatever its case", () => {
  const members = new Members(new NameBudget());
  for (const nick of ["ann", "bob", "ANN", "", "x".repeat(201)]) members.add(nick);
  expect([...members.values()]).toEqual(["bob", "ANN"]);
  members.remove("Bob");
  members.remove("carl");
  expect([members.size, members.has(fold("ann"))]).toEqual([1, true]);
});

test("all lists share one budget, and removals give it back", () => {
  const budget = new NameBudget();
  const [first, second] = [new Members(budget), new Members(budget)];
  for (let i = 0; i < 100_000; i++) first.add(`${i}${"x".repeat(100)}`);
  expect(first.size).toBeLessThan(50_000);
  second.add("x".repeat(150));
  expect(second.size).toBe(0);
  first.clear();
  second.add("x".repeat(150));
  expect([first.size, second.size]).toEqual([0, 1]);
});

test("many joins and quits copy no list", () => {
  const play = inLobby();
  const many = Array.from({ length: 2000 }, (_, i) => `n${i}`);
  for (const nick of many) play.server(`:${nick}!u@h JOIN #lobby`);
  expect(play.model.rooms.get(fold("#lobby"))?.members.size).toBe(2002);
  for (const nick of many) {
    const message = parse(`:${nick}!u@h QUIT :*.net *.split`);
    const before = play.model;
    if (message !== undefined) play.apply(update(before, message, 0));
    expect(play.model).toBe(before);
  }
  expect(play.model.rooms.get(fold("#lobby"))?.members.size).toBe(2);
});

test("leaving a room and the end of the connection give the budget back", () => {
  const play = inLobby();
  const left = () => {
    const probe = new Members(play.model.nameBudget);
    for (let i = 0; i < 200_000; i++) probe.add(`${i}`);
    const { size } = probe;
    probe.clear();
    return size;
  };
  const before = left();
  play.types("/join x");
  play.server(":ann!a@h JOIN #x", `:s 353 ann = #x :${Array.from({ length: 50 }, (_, i) => `n${i}`).join(" ")}`);
  expect(left()).toBeLessThan(before);
  play.server(":ann!a@h PART #x");
  expect(left()).toBe(before);
});

/** The sorted list, each nick with its marks. */
function sorted(members: Members): string {
  return members
    .sorted("@+")
    .map(({ nick, marks }) => marks + nick)
    .join(" ");
}

test("the list is sorted by rank, then by name, as members come, go and change ranks", () => {
  const members = new Members(new NameBudget());
  members.add("zoe", "@");
  members.add("carl", "+");
  members.add("Bob");
  members.add("ann");
  expect(sorted(members)).toBe("@zoe +carl ann Bob");
  members.mark("bob", "@", true);
  members.mark("zoe", "@", false);
  members.add("aaa", "+");
  expect(sorted(members)).toBe("@Bob +aaa +carl ann zoe");
  members.mark("carl", "@", true);
  members.mark("carl", "+", true);
  members.rename("carl", "dora");
  members.remove("bob");
  expect(sorted(members)).toBe("+@dora +aaa ann zoe");
});

test("a list that is sorted as it changes equals one that is sorted at once", () => {
  const nick = fc.constantFrom("a", "b", "c", "d", "e", "f");
  const change = fc.oneof(
    fc.record({ add: nick, marks: fc.constantFrom("", "+", "@", "@+") }),
    fc.record({ remove: nick }),
    fc.record({ mark: nick, on: fc.boolean() }),
    fc.record({ rename: nick, to: nick }),
    fc.constant("look" as const),
  );
  fc.assert(
    fc.property(fc.array(change, { maxLength: 150 }), (changes) => {
      const members = new Members(new NameBudget());
      for (const each of changes) {
        if (each === "look") members.sorted("@+");
        else if ("add" in each) members.add(each.add, each.marks);
        else if ("remove" in each) members.remove(each.remove);
        else if ("mark" in each) members.mark(each.mark, "+", each.on);
        else members.rename(each.rename, each.to);
      }
      const fresh = new Members(new NameBudget());
      for (const { nick, marks } of members.sorted("@+")) fresh.add(nick, marks);
      expect(members.sorted("@+")).toEqual(fresh.sorted("@+"));
      expect(members.sorted("@+")).toHaveLength(members.size);
    }),
  );
});

test("NAMES gives ranks, and modes change them, whatever other modes take parameters", () => {
  const play = inLobby("", "PREFIX=(ov)@+ CHANMODES=beI,k,l,imnst");
  const room = () =>
    play.model.rooms
      .get(fold("#lobby"))
      ?.members.sorted("@+")
      .map(({ nick, marks }) => marks + nick);
  expect(room()).toEqual(["@ann", "bob"]);
  play.server(":ann!a@h MODE #lobby +lbk-o+vm 5 *!*@x key ann bob");
  expect(room()).toEqual(["+bob", "ann"]);
});

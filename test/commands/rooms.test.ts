import { expect, test } from "bun:test";
import { listed } from "../../src/commands/rooms.ts";
import { PlainFixture } from "../support/plain-fixture.ts";

test("the first member operates a room, the next is told who is there; both see newcomers", () => {
  const [ann, bob] = new PlainFixture().pair("ann", "bob");
  expect(ann.types("/join dev")).toEqual([
    "-- You are in #dev now: it is new, and you are its operator.",
    "-- What is said in #dev is kept: whoever joins can read it.",
  ]);
  ann.types("first", "/topic all about dev");
  expect(bob.types("/j #DEV")).toEqual([
    "[12:03] <ann> first",
    "-- You are in #dev now; one other is here.",
    "-- The topic of #dev: all about dev",
  ]);
  expect(ann.reads()).toEqual(["-- bob joined #dev"]);
});

test("joining a room again makes it the current room", () => {
  const [ann, bob] = new PlainFixture().pair("ann", "bob");
  ann.types("/join dev");
  expect(ann.types("/join lobby", "hi")).toEqual(["-- What you type is said in #lobby now.", "[12:03] <ann> hi"]);
  expect(bob.reads()).toEqual(["[12:03] <ann> hi"]);
});

test("the right key opens a room", () => {
  const [ann, bob] = new PlainFixture().pair("ann", "bob");
  ann.types("/join dev", "/set key sesame");
  expect(bob.types("/join dev")).toEqual(["-- #dev has a key, and this is not it; /join #dev KEY goes in."]);
  expect(bob.types("/join dev sesame")).toEqual(["-- You are in #dev now; one other is here."]);
});

test("a room name that would look like a message is refused", () => {
  const ann = new PlainFixture().brings("ann");
  ann.reads();
  for (const name of ["#<bob>", "#a,b", "#a\u2800"]) {
    expect(ann.types(`/join ${name}`)[0]).toStartWith(`-- "${name}" cannot be a room's name`);
  }
});

test("leaving shows the reason to the others", () => {
  const [ann, bob] = new PlainFixture().pair("ann", "bob");
  bob.types("/join dev");
  ann.types("/leave lobby for tea");
  expect(bob.reads().at(-1)).toBe("-- ann left #lobby: for tea");
});

test("/rooms lists the largest rooms first, and secret rooms only to their members", () => {
  const [ann, bob] = new PlainFixture().pair("ann", "bob");
  ann.types("/join den", "/set secret on", "/join dev", "/topic all about dev");
  expect(ann.types("/rooms")).toEqual([
    "-- #lobby (2, you too)",
    "-- #den (1, you too)",
    "-- #dev (1, you too): all about dev",
  ]);
  expect(bob.types("/list")).toEqual(["-- #lobby (2, you too)", "-- #dev (1): all about dev"]);
  expect(bob.types("/who den")).toEqual(["-- There is no room #den; /rooms lists those there are."]);
});

test("/who shows ranks, and who is away", () => {
  const [ann, bob] = new PlainFixture().pair("ann", "bob");
  ann.types("/join dev");
  bob.types("/join dev", "/away tea), eve (operator");
  ann.reads();
  expect(ann.types("/who")).toEqual(["-- In #dev (2): ann (operator), bob (away)"]);
  expect(ann.types("/who lobby")).toEqual(["-- In #lobby (2): ann, bob (away)"]);
});

const LISTS: readonly [string, readonly string[], readonly string[]][] = [
  ["no names", [], ["In #a:"]],
  ["one name", ["ann"], ["In #a: ann"]],
  ["names for two lines", ["a".repeat(40), "b".repeat(40)], [`In #a: ${"a".repeat(40)},`, `In #a: ${"b".repeat(40)}`]],
  ["a name too long for any line", ["a".repeat(90)], [`In #a: ${"a".repeat(90)}`]],
];

test.each(LISTS)("a list of %s", (_, names, lines) => {
  expect([...listed("In #a: ", names)]).toEqual([...lines]);
});

test("/whois shows the public facts about a person", () => {
  const fixture = new PlainFixture();
  const [ann, bob] = fixture.pair("ann", "bob");
  bob.types("/join den", "/set secret on", "/away at tea");
  fixture.now += 5 * 60_000;
  expect(ann.types("/whois BOB")).toEqual([
    "-- bob (nc@cloak) is a guest, here since 12:03.",
    "-- bob is in #lobby.",
    "-- bob has said nothing for 5 min.",
    "-- bob is away: at tea",
  ]);
  expect(ann.types("/whois eve")).toEqual(["-- Nobody here is called eve; /who tells who is here."]);
});

test("a topic is set, shown and removed, and never truncated", () => {
  const ann = new PlainFixture().brings("ann");
  ann.types("/join dev");
  expect(ann.types("/topic")).toEqual(["-- #dev has no topic; /topic TEXT sets one."]);
  expect(ann.types("/topic tea  at four")).toEqual(["-- ann set the topic of #dev: tea  at four"]);
  expect(ann.types("/topic")).toEqual(["-- The topic of #dev, by ann: tea  at four"]);
  expect(ann.types("/topic -")).toEqual(["-- ann removed the topic of #dev"]);
  expect(ann.types(`/topic ${"ä".repeat(200)}`)).toEqual([
    "-- That is too long: it has 400 bytes, and 390 is the most.",
  ]);
});

test("an invitation opens a room to one person", () => {
  const [ann, bob] = new PlainFixture().pair("ann", "bob");
  ann.types("/join den", "/set invite-only on");
  expect(bob.types("/join den")).toEqual(["-- #den is for invited people only; ask someone who is in it."]);
  expect(ann.types("/invite bob")).toEqual(["-- ann invited bob to #den"]);
  expect(bob.reads()).toEqual(["-- ann invites you to #den; /join #den goes there."]);
  expect(bob.types("/join den").at(-1)).toBe("-- You are in #den now; one other is here.");
  expect(ann.types("/invite bob lobby").at(-1)).toBe("-- bob is in #lobby already.");
});

test("/who says so when a room has no visible members", () => {
  const fixture = new PlainFixture();
  const ann = fixture.brings("ann");
  fixture.comes(); // a guest who has said nothing yet
  ann.types("/join den", "/leave lobby");
  expect(ann.types("/who lobby")).toEqual(["-- You see nobody in #lobby."]);
});

test("/leave with one word that is no room of theirs leaves nothing", () => {
  const ann = new PlainFixture().brings("ann");
  ann.types("/join dev");
  expect(ann.types("/leave dve")).toEqual(["-- You are not in #dve; /join #dve goes there."]);
  expect(ann.types("/leave for tea").join(" ")).toContain("not in #dev any more");
});

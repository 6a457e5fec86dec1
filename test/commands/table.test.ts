import { expect, test } from "bun:test";
import { COMMANDS, isCommand, unescapeLine } from "../../src/commands/table.ts";
import { PlainFixture } from "../support/plain-fixture.ts";

const LINES: readonly [string, "said" | "command", string][] = [
  ["hello", "said", "hello"],
  ["//x", "said", "/x"],
  ["  //x", "said", "  /x"],
  ["a /x", "said", "a /x"],
  ["/x", "command", ""],
  ["  /x", "command", ""],
  ["\t/x", "command", ""],
  ["/", "command", ""],
  ["\u00a0/register secret", "command", ""],
];

test.each(LINES)("%j is %s", (line, kind, text) => {
  expect(isCommand(line)).toBe(kind === "command");
  if (kind === "said") expect(unescapeLine(line)).toBe(text);
});

test("no two commands share a name", () => {
  const names = COMMANDS.flatMap(({ name, aliases }) => [name, ...aliases]);
  expect(names.length).toBe(new Set(names).size);
});

test("/help shows ten lines, with the commands that one needs first, and how to see the others", () => {
  const ann = new PlainFixture().brings("ann");
  ann.reads();
  const lines = ann.types("/help");
  expect(lines).toHaveLength(10);
  expect(lines[0]).toContain("kept in its history");
  expect(lines.slice(1, 9).map((line) => /^-- \/(\w+) /.exec(line)?.[1])).toEqual([
    "nick",
    "register",
    "msg",
    "history",
    "join",
    "rooms",
    "who",
    "quit",
  ]);
  expect(lines[9]).toBe("-- /help all lists the other commands, and /help COMMAND explains one.");
});

test.each([
  ["help", "/help lists the commands"],
  [" HELP ", "/help lists the commands"],
  ["?", "/help lists the commands"],
  ["quit", "/quit ends the connection"],
  ["bye", "/quit ends the connection"],
])("%j is said like any other line, and a hint follows for its sender", (line, hint) => {
  const [ann, bob] = new PlainFixture().pair("ann", "bob");
  expect(ann.types(line).slice(1)).toEqual([`-- That was said in #lobby; ${hint}.`]);
  expect(bob.reads()).toEqual([`[12:03] <ann> ${line}`]);
  expect(ann.types("help me")).toHaveLength(1);
});

test("/help all lists every command, and tells that history is kept", () => {
  const lines = new PlainFixture().brings("ann").types("/help all");
  expect(lines[0]).toContain("kept in its history");
  for (const { name, help } of COMMANDS) {
    expect(lines.filter((line) => line.startsWith(`-- /${name} `) || line === `-- /${name}`)).toHaveLength(1);
    expect(lines.join("\n")).toContain(help);
  }
});

test("/help explains a command with its aliases, by any of its names", () => {
  const ann = new PlainFixture().brings("ann");
  const told = ["-- /join ROOM [KEY] goes into a room; what you type is said there from then on.", "-- Also: /j"];
  for (const asked of ["/help join", "/help /join", "/h J"]) expect(ann.types(asked)).toEqual(told);
});

test("an unknown command gets the nearest name as an answer, and is not said", () => {
  const fixture = new PlainFixture();
  const [ann, bob] = fixture.pair("ann", "bob");
  expect(ann.types("  /jion #dev")).toEqual(["-- There is no /jion: did you mean /join? (//jion says /jion.)"]);
  expect(ann.types("/frobnicate secret")).toEqual([
    "-- There is no /frobnicate: /help lists what there is. (//frobnicate says /frobnicate.)",
  ]);
  expect(ann.types("/")).toEqual(["-- A line that begins with / is a command; /help lists them, and // says a /."]);
  expect(bob.reads()).toEqual([]);
});

test.each([
  ["/loginsesame", "-- A blank stands behind /login: /login [NICK] PASSWORD"],
  ["/Identify:sesame", "-- A blank stands behind /identify: /identify [NICK] PASSWORD"],
  ["/registersesame", "-- A blank stands behind /register: /register [PASSWORD]"],
  ["/passwordsesame", "-- A blank stands behind /password: /password [--keep-certificates] PASSWORD"],
  ["/dropsesame", "-- A blank stands behind /drop: /drop PASSWORD"],
  ["/operroot sesame", "-- A blank stands behind /oper: /oper NAME PASSWORD"],
  ["/help loginsesame", "-- A blank stands behind /login: /login [NICK] PASSWORD"],
  ["/set key a,sesame", "-- A key has 1 to 32 characters, no blank or comma, and no colon first."],
])("%s is answered without the password in it", (line, answer) => {
  const ann = new PlainFixture().brings("ann");
  ann.types("/join dev");
  expect(ann.types(line)).toEqual([answer]);
});

test("a command with too few parameters names the missing ones", () => {
  const ann = new PlainFixture().brings("ann");
  expect(ann.types("/msg bob  ")).toEqual(["-- That needs more: /msg NICK TEXT"]);
  expect(ann.types("/NICK")).toEqual(["-- That needs more: /nick NAME"]);
});

test("a command about the current room needs one", () => {
  const ann = new PlainFixture().brings("ann");
  ann.types("/leave");
  for (const line of ["/topic", "/me waves", "/kick bob", "/who", "/leave", "/invite bob", "hello"]) {
    expect(ann.types(line)).toEqual(["-- You are in no room; /join ROOM goes into one, and /rooms lists them."]);
  }
});

/** Every command with many kinds of parameters, alone in the lobby: none throws, each is answered. */
const LATER = ["register", "login", "oper", "search"]; // answered once a password is hashed, or the past is searched
test.each(COMMANDS.map(({ name }) => name).filter((name) => !LATER.includes(name)))(
  "/%s always gets an answer",
  (name) => {
    for (const words of [
      "",
      "x",
      "x y",
      "#x",
      "ann",
      "#lobby",
      ",",
      ":",
      "a:",
      "m:",
      "-1",
      "__proto__ on",
      "key off",
    ]) {
      const ann = new PlainFixture().brings("ann");
      ann.reads();
      expect(ann.types(`/${name} ${words}`)).not.toEqual([]);
    }
  },
);

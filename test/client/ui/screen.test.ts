import { expect, test } from "bun:test";
import fc from "fast-check";
import { widthOf } from "../../../src/client/ui/cells.ts";
import type { Row } from "../../../src/client/ui/layout.ts";
import { withLevel } from "../../../src/client/ui/place-settings.ts";
import { frame, type Scene } from "../../../src/client/ui/screen.ts";
import { ScreenFixture } from "../../support/client/screen-fixture.ts";

test("a screen with everything on it", () => {
  const fixture = new ScreenFixture();
  fixture.server(
    ":bob!b@h TOPIC #lobby :Talk of everything",
    ":carl!c@h JOIN #lobby",
    ":dora!d@h JOIN #lobby",
    ":carl!c@h QUIT :gone",
    "@time=2020-01-02T12:03:00.000Z :bob!b@h PRIVMSG #lobby :hello",
    "@time=2020-01-02T12:04:00.000Z :bob!b@h PRIVMSG #lobby :\x01ACTION waves\x01",
    ":zoe!z@h PRIVMSG ann :psst",
  );
  fixture.keys("ann!\r", "a draft");
  expect(fixture.draw(100, 12).map((row) => row.replace(/ \d\d:\d\d /, " 12:00 "))).toEqual([
    " #lobby — Talk of everything",
    "1 #lobby       │",
    "2 zoe        1!│",
    "3 server       │",
    "               │ 12:00           -- │ bob set the topic of #lobby: Talk of everything",
    "               │ 12:00           -- │ dora joined · carl came and went",
    `               │ ──── Thursday, 2 January 2020 ${"─".repeat(53)}`,
    "               │ 12:00          bob │ hello",
    "               │ 12:00            * │ bob waves",
    "               │                ann │ ann! (sending)",
    " ann │ #lobby (3) │ /help",
    "> a draft|",
  ]);
});

test("the title of a room that one was kicked from says so, and /join alone goes back", () => {
  const fixture = new ScreenFixture();
  fixture.server(":bob!b@h KICK #lobby ann :bye");
  expect(fixture.draw(80, 12)[0]).toBe(" #lobby — you were kicked; /join to come back");
  fixture.keys("/join\r");
  expect(fixture.model.joining.has(fixture.view.here)).toBe(true);
  expect(fixture.draw(80, 12)[0]).toBe(" #lobby — joining…");
  fixture.server(":ann!a@h JOIN #lobby", ":s 366 ann #lobby :End");
  expect(fixture.draw(80, 12)[0]).toBe(" #lobby");
});

test.each([
  ["by a command here", ":s 306 ann :You have been marked as being away", ":s 305 ann :You are no longer marked"],
  ["on another device", ":ann!a@h AWAY :lunch", ":ann!a@h AWAY"],
])("the status row shows that we are away, %s", (_, away, back) => {
  const fixture = new ScreenFixture("away-notify");
  fixture.server(away);
  expect(fixture.draw(80, 12).at(-2)).toBe(" ann (away) │ #lobby (2) │ /help");
  fixture.server(back);
  expect(fixture.draw(80, 12).at(-2)).toBe(" ann │ #lobby (2) │ /help");
});

test("without the list the status row shows the other rooms, mentions first", () => {
  const fixture = new ScreenFixture();
  for (const room of ["dev", "ops"]) {
    fixture.keys(`/join ${room}\r`);
    fixture.server(`:ann!a@h JOIN #${room}`);
  }
  fixture.keys("/join lobby\r");
  fixture.server(":bob!b@h PRIVMSG #dev :one", ":bob!b@h PRIVMSG #ops :ann: two", ":zoe!z@h PRIVMSG ann :psst");
  expect(fixture.draw(80, 12).at(-2)).toBe(" ann │ #lobby (2) │ 3:#ops 1! 4:zoe 1! 2:#dev 1 │ /help");
});

test("a muted room is marked in the list, and in the status row", () => {
  const fixture = new ScreenFixture();
  const settings = withLevel(fixture.view.settings, fixture.view.here, "none");
  fixture.view = { ...fixture.view, settings };
  const rows = fixture.draw(100, 12);
  expect([rows[1], rows.at(-2)]).toEqual(["1 #lobby  muted│", " ann │ #lobby (2) muted │ /help"]);
});

test("a wide screen lists the members by rank and name, and says how many do not fit", () => {
  const fixture = new ScreenFixture();
  for (const nick of ["Zoe", "carl", "dora", "漢字漢字漢字漢字漢字漢字"]) fixture.server(`:${nick}!u@h JOIN #lobby`);
  fixture.server(":ann!a@h MODE #lobby +v dora");
  const members = (rows: number) => fixture.draw(122, rows).map((row) => row.split("│").at(-1));
  expect(members(12).slice(1, 8)).toEqual(["@ann", "+dora", " bob", " carl", " Zoe", " 漢字漢字漢字漢字…", ""]);
  expect(members(8).slice(1, 6)).toEqual(["@ann", "+dora", " bob", " carl", " … 2 more"]);
  expect(fixture.draw(119, 12)[1]).not.toContain("@ann");
});

test("a list that the user wants is shown at any width that leaves room for messages", () => {
  const fixture = new ScreenFixture();
  fixture.view = { ...fixture.view, lists: { places: true, members: true } };
  expect(fixture.draw(60, 10)[1]).toMatch(/^1 #lobby +│ .*│@ann$/);
  expect(fixture.draw(45, 10)[1]).toMatch(/^ *│@ann$/);
  expect(fixture.draw(38, 10)[1]).toMatch(/^1 #lobby +│$/);
  fixture.view = { ...fixture.view, lists: { places: false, members: false } };
  expect(fixture.draw(150, 10)[1]).toBe("");
});

test("the bare view has whole messages from the first column, and nothing else", () => {
  const fixture = new ScreenFixture();
  const log = Array.from({ length: 14 }, (_, i) => `line ${i}`);
  fixture.view = { ...fixture.view, bare: true };
  fixture.server("@time=2020-01-02T12:03:00.000Z :bob!b@h PRIVMSG #lobby :hello, and a lot of words that wrap");
  fixture.server("@msgid=x :s BATCH +b draft/multiline #lobby");
  for (const text of log) fixture.server(`@batch=b :bob!b@h PRIVMSG #lobby :${text}`);
  fixture.server(":s BATCH -b");
  const rows = fixture.draw(30, 18);
  expect(rows.slice(-14)).toEqual([expect.stringMatching(/^\d\d:\d\d <.*> line 0$/), ...log.slice(1, -1), "line 13|"]);
  expect(rows.slice(0, 3).join("\n")).toMatch(/\d\d:\d\d <bob> hello, and a lot\nof words that wrap/);
});

test("the smallest screen has a message, the status, and the input", () => {
  const fixture = new ScreenFixture();
  fixture.server(":bob!b@h PRIVMSG #lobby :hi you");
  fixture.keys("yes");
  expect(fixture.draw(16, 3)).toEqual(["<bob> hi you", " ann │ #lobby (…", "> yes|"]);
});

test("a display name stands beside the nick, in a row of any width", () => {
  const fixture = new ScreenFixture();
  fixture.server(
    ":s 761 * bob display-name * :Bob Roe",
    "@time=2020-01-02T12:03:00.000Z :bob!b@h PRIVMSG #lobby :hi you",
    "@time=2020-01-02T12:03:00.000Z :bob!b@h PRIVMSG #lobby :\x01ACTION waves\x01",
  );
  expect(fixture.draw(40, 4)).toEqual([
    "<bob> (Bob Roe) hi you",
    "* bob (Bob Roe) waves",
    " ann │ #lobby (2) │ /help",
    "> |",
  ]);
  expect(fixture.draw(60, 5).slice(1, 3).join("\n")).toMatch(
    / bob │ \(Bob Roe\) hi you\n.* \* │ bob \(Bob Roe\) waves/,
  );
});

test("a long message is folded, and unfolded by Alt-O", () => {
  const fixture = new ScreenFixture();
  fixture.server(`:bob!b@h PRIVMSG #lobby :${"word ".repeat(200)}`);
  expect(fixture.draw(60, 24).join("\n")).toContain("more rows; Alt-O shows them");
  fixture.view = { ...fixture.view, unfolded: true };
  expect(fixture.draw(60, 24).join("\n")).not.toContain("more rows");
});

test("scrolling back keeps its position as messages arrive, and requests older ones", () => {
  const fixture = new ScreenFixture();
  for (let i = 0; i < 40; i++) fixture.server(`:bob!b@h PRIVMSG #lobby :n${i}`);
  fixture.draw(40, 12);
  fixture.scroll(20);
  const before = fixture.draw(40, 12);
  fixture.server(":bob!b@h PRIVMSG #lobby :ann: more");
  expect(fixture.draw(40, 12).slice(0, -2)).toEqual(before.slice(0, -2));
  expect(fixture.draw(60, 12).at(-2)).toContain("scrolled back: 1 new");
  fixture.scroll(-100);
  expect(fixture.draw(40, 12).at(-3)).toBe("<bob> ann: more");
  fixture.scroll(1000);
  expect(fixture.draw(40, 12)[1]).toBe("<bob> n0");
});

test("any text at any size is drawn without error, fits, and contains no control characters", () => {
  const piece = fc.oneof(
    fc.string({ unit: "grapheme", maxLength: 60 }),
    fc.constantFrom(
      "漢字",
      "👩‍👩‍👧",
      "e\u0301".repeat(9),
      "שלום",
      "https://x.y/z",
      "a\tb",
      `x${"\u0301".repeat(200)}`,
      "\x1b[2J",
      "🇩🇪",
    ),
  );
  const size = fc.record({ columns: fc.integer({ min: 1, max: 300 }), rows: fc.integer({ min: 1, max: 100 }) });
  const act = fc.oneof(
    fc.record({ say: piece }),
    fc.record({ type: piece }),
    fc.record({
      key: fc.constantFrom("\x01", "\x17", "\r", "\n", "\t", "\x12", "\x1b[A", "\x7f", "\x1b[5~", "\x1b[6~", "\x1bo"),
    }),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(act, size), { maxLength: 12 }), (script) => {
      const fixture = new ScreenFixture();
      for (const [each, { columns, rows }] of script) {
        if ("say" in each) fixture.server(`:bob!b@h PRIVMSG #lobby :${each.say.replaceAll("\n", " ")}`);
        else if ("type" in each) fixture.keys(each.type.replace(/[\x00-\x1f\x7f]/g, ""));
        else fixture.keys(each.key);
        fits(fixture.scene, columns, rows);
      }
    }),
    { numRuns: 150 },
  );
});

test("the search term may have wide characters", () => {
  const fixture = new ScreenFixture();
  fixture.keys("漢字", "\x12", "漢字   ");
  fits(fixture.scene, 22, 3);
});

function fits(scene: Scene, columns: number, rows: number): void {
  const drawn = frame(scene, { columns, rows });
  expect(drawn.rows.length).toBe(rows);
  for (const row of drawn.rows) {
    expect(endOf(row)).toBeLessThanOrEqual(columns);
    for (const span of row) expect(span.text).not.toMatch(/[\x00-\x1f\x7f-\x9f]/);
  }
  expect(drawn.rows.flat().filter((span) => span.cursor).length).toBe(1);
}

function endOf(row: Row): number {
  let at = 0;
  for (const span of row) at = (span.column ?? at) + widthOf(span.text);
  return at;
}

test("while a command is typed, the status row shows its usage", () => {
  const fixture = new ScreenFixture();
  fixture.keys("/kick");
  expect(fixture.draw(80, 12).at(-2)).toContain("#lobby (2)");
  fixture.keys(" b");
  expect(fixture.draw(80, 12).at(-2)).toBe(" /kick NICK [TEXT]: sends someone out of this room");
  fixture.keys("\x15/zzz x");
  expect(fixture.draw(80, 12).at(-2)).toContain("#lobby (2)");
});

const TALK = "echo-message message-tags draft/message-redaction";

test("replies, reactions, corrections and redacted messages are shown in rows of any width", () => {
  const fixture = new ScreenFixture(TALK);
  const at = (minute: number) => `time=2020-01-02T12:0${minute}:00.000Z`;
  fixture.server(
    `@msgid=m1;${at(1)} :bob!b@h PRIVMSG #lobby :teh question`,
    `@msgid=m2;${at(2)};+draft/reply=m1 :carl!c@h PRIVMSG #lobby :an answer`,
    `@msgid=m3;${at(3)};+draft/reply=m1;+tcpchat/corrects :bob!b@h PRIVMSG #lobby :the question`,
    `@msgid=m4;${at(4)} :bob!b@h PRIVMSG #lobby :oops`,
    "@+draft/reply=m2;+draft/react=👍 :bob!b@h TAGMSG #lobby",
    "@+draft/reply=m2;+draft/react=👍 :ann!a@h TAGMSG #lobby",
    "@+draft/reply=m2;+draft/react=漢字漢字漢字漢字漢字漢字 :zoe!z@h TAGMSG #lobby",
    ":bob!b@h REDACT #lobby m4 :typo",
  );
  const drawn = fixture
    .draw(60, 10)
    .map((row) => row.replace(/ \d\d:\d\d /, " 12:00 ").replace(/^\d\d:\d\d /, "12:00 "));
  expect(drawn.slice(2, -2)).toEqual([
    "12:00          bob │ teh question (corrected)",
    "12:00         carl │ ↪ bob: teh question",
    "                   │ an answer",
    "                   │ 👍 2✓  漢字漢字漢字漢… 1",
    "12:00          bob │ ✎ the question",
    "12:00           -- │ bob took back a message: typo",
  ]);
  expect(fixture.draw(30, 10).slice(2, -2)).toEqual(
    [
      "<bob> teh question (corrected)",
      "<carl> ↪ bob: teh question",
      "  an answer",
      "  👍 2✓  漢字漢字漢字漢… 1",
      "<bob> ✎ the question",
      "-- bob took back a message:",
    ]
      .concat("  typo")
      .slice(-6),
  );
  for (const [columns, rows] of [
    [1, 1],
    [2, 9],
    [5, 9],
    [12, 9],
  ] as const)
    fits(fixture.scene, columns, rows);
});

test("a direct message sent from a room is told there, and shown in its conversation", () => {
  const fixture = new ScreenFixture();
  fixture.keys("/msg bob cake at four?\r");
  fixture.server(":ann!a@h PRIVMSG bob :cake at four?");
  expect(fixture.draw(60, 12).join("\n")).toContain("you → bob: cake at four?");
  expect([...fixture.view.logs.keys()].map(String)).toContain("bob");
});

import { expect, test } from "bun:test";
import { Terminal } from "@xterm/headless";
import fc from "fast-check";
import type { Key } from "../../../src/client/input/keys.ts";
import type { Row } from "../../../src/client/ui/layout.ts";
import { frame } from "../../../src/client/ui/screen.ts";
import { Output, Painter, Terminal as RawTerminal } from "../../../src/client/ui/terminal.ts";
import { THEMES } from "../../../src/client/ui/theme.ts";
import { byteLength } from "../../../src/text/bytes.ts";
import { MemorySession } from "../../support/client/memory-session.ts";
import { ScreenFixture } from "../../support/client/screen-fixture.ts";
import { TestClock } from "../../support/client/test-clock.ts";

test("only changed rows are written, in one write", () => {
  const fixture = new ScreenFixture();
  const painter = new Painter();
  const draw = (): string => painter.draw(frame(fixture.scene, { columns: 80, rows: 24 }).rows, THEMES.none);
  expect(draw()).toContain("\x1b[1;1H");
  expect(draw()).toBe("");
  fixture.keys("x");
  expect([...draw().matchAll(/\x1b\[(\d+);1H/g)].map(([, row]) => row)).toEqual(["24"]);
});

/** Rows of these letters, the cursor in the last. */
function lettered(letters: string): readonly Row[] {
  return Array.from(letters, (letter, i) => {
    const text = letter === " " ? "" : `${letter} and more of it`;
    return [{ text, tone: "plain", ...(i === letters.length - 1 ? { cursor: true as const } : {}) }];
  });
}

/** The bytes written between two frames: scrolled regions, and changed rows. */
function change(from: string, to: string): string[] {
  const painter = new Painter();
  painter.draw(lettered(from), THEMES.none);
  const text = painter.draw(lettered(to), THEMES.none);
  const [, top, bottom, steps = ""] = /\x1b\[(\d+);(\d+)r\x1b\[\d+;1H(\n*|(?:\x1bM)*)\x1b\[r/.exec(text) ?? [];
  const scrolls =
    top === undefined ? [] : [`${top}-${bottom} ${steps.startsWith("\n") ? "up" : "down"} ${steps.length}`];
  return [...scrolls, ...Array.from(text.matchAll(/\x1b\[(\d+);1H\x1b\[2K/g), ([, row = ""]) => row)];
}

test.each([
  ["abcdef|", "abcdef|", []],
  ["abcdef|", "axcdef|", ["2"]],
  ["tabcdeB|", "tbcdefB|", ["2-6 up 1", "6"]],
  ["tabcdeB|", "tdefghB|", ["2-6 up 3", "4", "5", "6"]],
  ["t  abcB|", "t abcdB|", ["3-6 up 1", "6"]],
  ["tabcdeB|", "txabcdB|", ["2-6 down 2", "2"]],
  ["tabcdefghB|", "tabxdefghB|", ["4"]],
  ["tabcdB|", "tvwxyB|", ["2", "3", "4", "5"]],
  ["tabcdB|", "tbcdeB", ["2", "3", "4", "5", "6"]], // another size: nothing scrolls
])("from %j to %j the painter writes %j", (from, to, changes) => {
  expect(change(from, to)).toEqual(changes);
});

test("a new message costs at most 1 KB on a screen of 200×50", () => {
  const fixture = new ScreenFixture();
  const painter = new Painter();
  const say = (i: number): number => {
    fixture.server(`:bob!b@h PRIVMSG #lobby :${i} the quick brown fox jumps over the lazy dog`);
    return byteLength(painter.draw(frame(fixture.scene, { columns: 200, rows: 50 }).rows, THEMES.dark));
  };
  for (let i = 0; i < 100; i++) say(i);
  for (let i = 0; i < 100; i++) expect(say(100 + i)).toBeLessThan(1000);
});

/** Every cell of a terminal, and where its cursor is. */
function seen({ buffer: { active }, rows, cols }: Terminal): unknown {
  const cells = Array.from({ length: rows }, (_, y) => {
    const line = active.getLine(active.baseY + y);
    return Array.from({ length: cols }, (_, x) => {
      const cell = line?.getCell(x);
      return `${cell?.getChars() || " "}${cell?.isInverse() ? "!" : ""}${cell?.getFgColor()}`;
    }).join("");
  });
  return [cells, active.cursorX, active.cursorY];
}

function write(terminal: Terminal, text: string): Promise<void> {
  return new Promise((resolve) => terminal.write(text, resolve));
}

test("after any sequence of frames, the screen equals a full redraw", async () => {
  const sizes = fc.constantFrom(
    ...([
      [124, 14],
      [70, 14],
      [12, 3],
      [3, 2],
      [1, 1],
    ] as const),
  );
  const act = fc.oneof(
    fc.record({
      say: fc.constantFrom("one", "two words", "漢字 👩‍👩‍👧 wide", "long ".repeat(30)),
      times: fc.integer({ min: 1, max: 6 }),
    }),
    fc.record({ scroll: fc.integer({ min: -15, max: 15 }) }),
    fc.record({ type: fc.constantFrom("x", "a long line that is wrapped ".repeat(4), "\x15", "\r", "\n") }),
  );
  await fc.assert(
    fc.asyncProperty(sizes, fc.array(act, { maxLength: 15 }), async ([columns, rows], script) => {
      const size = { columns, rows };
      const newTerminal = (): Terminal => new Terminal({ cols: columns, rows, allowProposedApi: true });
      const fixture = new ScreenFixture();
      fixture.size = size;
      const painter = new Painter();
      const terminal = newTerminal();
      for (const each of script) {
        if ("say" in each)
          for (let i = 0; i < each.times; i++) fixture.server(`:bob!b@h PRIVMSG #lobby :${i} ${each.say}`);
        else if ("scroll" in each) fixture.scroll(each.scroll);
        else fixture.keys(each.type);
        const { rows } = frame(fixture.scene, size);
        await write(terminal, painter.draw(rows, THEMES.dark));
        const fresh = newTerminal();
        await write(fresh, new Painter().draw(rows, THEMES.dark));
        expect(seen(terminal)).toEqual(seen(fresh));
      }
    }),
    { numRuns: 60 },
  );
});

test("Esc is Alt only for a key that follows at once, and otherwise a key of its own", () => {
  const session = new MemorySession(() => {});
  const clock = new TestClock();
  const keys: Key[] = [];
  let reads = 0;
  const listener = { key: (key: Key) => void keys.push(key), keysRead: () => void reads++, redrawNeeded: () => {} };
  const terminal = new RawTerminal({ ...session.proc, clock }, new Output(session.proc.stdout), listener);
  terminal.open();
  session.type("\x1b/");
  session.type("\x1b");
  clock.pass(40);
  session.type("a");
  session.type("\x1b");
  clock.pass(60);
  session.type("/msg");
  terminal.close();
  const names = keys.map((key) => (key.type === "key" ? `<${key.name}>` : key.text));
  expect([names.join(""), reads]).toEqual(["<alt-/><alt-a><escape>/msg", 6]);
});

import { expect, test } from "bun:test";
import fc from "fast-check";
import { KeyReader } from "../../../src/client/input/keys.ts";
import { widthOf } from "../../../src/client/ui/cells.ts";
import {
  fuzzyMatch,
  newOverlay,
  type Overlay,
  overlayRows,
  plainMatch,
  pressOverlay,
} from "../../../src/client/ui/overlay.ts";
import { ScreenFixture } from "../../support/client/screen-fixture.ts";

const ITEMS = ["#lobby", "#dev", "#design", "bob"].map((label) => ({
  label,
  detail: `about ${label}`,
  choice: { type: "insert", text: label } as const,
}));

function opened(isRanked = true): Overlay {
  return newOverlay({ title: "Go to", hint: "Enter goes there", items: ITEMS, isRanked });
}

/** The result of these keys: the labels with the selected one marked, `closed`, or the choice. */
function after(...typed: string[]): string {
  const reader = new KeyReader();
  let overlay = opened();
  for (const chunk of typed) {
    const keys = chunk === "\x1b" ? [{ type: "key", name: "escape" } as const] : reader.feed(Buffer.from(chunk));
    for (const key of keys) {
      const answer = pressOverlay(overlay, key, 2);
      if (answer.type === "closed") return "closed";
      if (answer.type === "chosen") return JSON.stringify(answer.choice);
      overlay = answer.overlay;
    }
  }
  return overlay.found.map(({ label }, i) => (i === overlay.at ? `[${label}]` : label)).join(" ");
}

test.each([
  [[""], "[#lobby] #dev #design bob"],
  [["de"], "[#dev] #design"],
  [["des", "\x7f"], "[#dev] #design"],
  [["de", "\x15"], "[#lobby] #dev #design bob"],
  [["\x1b[B\x1b[B\x1b[B\x1b[B"], "#lobby #dev #design [bob]"],
  [["\x1b[B\x1b[A\x1b[A"], "[#lobby] #dev #design bob"],
  [["\x1b[6~"], "#lobby #dev [#design] bob"],
  [["\x1b[F\x1b[5~"], "#lobby [#dev] #design bob"],
  [["about bob"], "[bob]"],
  [["zzz", "\r"], "closed"],
  [["\x1b"], "closed"],
  [["\x03"], "closed"],
  [["de\x1b[B\r"], '{"type":"insert","text":"#design"}'],
])("after %j: %s", (typed, expected) => {
  expect(after(...typed)).toBe(expected);
});

test("a list with an order of its own keeps it under a filter", () => {
  const answer = pressOverlay(opened(false), { type: "text", text: "b" }, 5);
  expect(answer.type === "open" && answer.overlay.found.map(({ label }) => label)).toEqual([
    "#lobby",
    "#dev",
    "#design",
    "bob",
  ]);
});

test("an overlay covers the page, and shows all items whole if they fit, or else the chosen one", () => {
  const fixture = new ScreenFixture();
  fixture.server(":bob!b@h PRIVMSG #lobby :hello");
  fixture.overlay = newOverlay({
    title: "Help",
    hint: "Enter takes it",
    items: [
      {
        label: "/me TEXT",
        detail: "says what you do, in words that are longer than a row is",
        choice: { type: "close" },
      },
      { label: "/quit", detail: "ends it, which takes more than a row", choice: { type: "close" } },
    ],
    isRanked: false,
  });
  expect(fixture.draw(40, 8)).toEqual([
    " Help",
    " /me TEXT  says what you do, in words",
    "           that are longer than a row is",
    " /quit     ends it, which takes more",
    "           than a row",
    "",
    " 2 · Enter takes it · Esc closes",
    "? |",
  ]);
  expect(fixture.draw(40, 5)).toEqual([
    " /me TEXT  says what you do, in words",
    "           that are longer than a row is",
    " /quit     ends it, which takes more th…",
    " 2 · Enter takes it · Esc closes",
    "? |",
  ]);
});

test("at any size the rows are as many and at most as wide as the screen", () => {
  const text = fc.constantFrom("", "a", "漢字", "👩‍👩‍👧 and more", "long words ".repeat(20), "\x1b[2J\ttab\nline");
  const item = fc.record({ label: text, detail: text, choice: fc.constant({ type: "close" } as const) });
  fc.assert(
    fc.property(
      fc.array(item, { maxLength: 30 }),
      fc.nat(40),
      fc.integer({ min: 1, max: 90 }),
      fc.nat(20),
      (items, at, columns, height) => {
        const overlay = {
          ...newOverlay({ title: "", hint: "", items, isRanked: true }),
          at: Math.min(at, items.length - 1),
        };
        const rows = overlayRows(overlay, columns, height);
        expect(rows).toHaveLength(height);
        for (const row of rows)
          expect(row.reduce((sum, span) => sum + widthOf(span.text), 0)).toBeLessThanOrEqual(columns);
      },
    ),
  );
});

/** The texts that match, best first. */
function found(pattern: string, texts: readonly string[]): string[] {
  return texts
    .map((text) => ({ text, match: fuzzyMatch(pattern, text) }))
    .filter(({ match }) => match > 0)
    .sort((a, b) => b.match - a.match)
    .map(({ text }) => text);
}

test.each<[string, string[], string[]]>([
  ["dev", ["#devon", "#my-dev", "#undevised", "#dev", "#d-e-v"], ["#dev", "#devon", "#my-dev", "#undevised", "#d-e-v"]],
  ["DEV", ["#Dev"], ["#Dev"]],
  ["#dev", ["dev", "#dev"], ["#dev"]],
  ["gen", ["#general", "#oxygen"], ["#general", "#oxygen"]],
  ["gnrl", ["#general", "#gone"], ["#general"]],
  ["ops prod", ["#ops-production", "#ops", "#production"], ["#ops-production"]],
  ["", ["b", "a"], ["b", "a"]],
  ["x", ["abc"], []],
  ["grüße", ["#GRÜSSE", "#Grüße"], ["#Grüße"]],
])("%j finds, best first", (pattern, texts, expected) => {
  expect(found(pattern, texts)).toEqual(expected);
});

test("in a sentence, letters that only stand in order are no match", () => {
  expect(plainMatch("ttl", "tell the others a line")).toBe(0);
  expect(plainMatch("oth line", "tell the others a line")).toBeGreaterThan(0);
});

test("characters of a text typed in order always find it", () => {
  fc.assert(
    fc.property(fc.string(), fc.infiniteStream(fc.boolean()), (text, taken) => {
      const trimmed = text.toLowerCase().replace(/^[#&/@]+/, "");
      const typed = Array.from(trimmed, (c) => (taken.next().value ? c : "")).join("");
      const [word = ""] = typed.replace(/^[#&/@]+/, "").split(/\s/);
      expect(fuzzyMatch(word, trimmed)).toBeGreaterThan(0);
    }),
  );
});

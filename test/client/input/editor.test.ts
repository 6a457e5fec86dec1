import { expect, test } from "bun:test";
import fc from "fast-check";
import {
  clear,
  type Editor,
  EMPTY,
  INPUT,
  keptHistory,
  press,
  take,
  withHistory,
} from "../../../src/client/input/editor.ts";
import type { Key } from "../../../src/client/input/keys.ts";

/** `"he|lo"` is an editor with its cursor. */
function editorOf(picture: string): Editor {
  const cursor = picture.indexOf("|");
  return { ...EMPTY, text: picture.replace("|", ""), cursor };
}

function draw(editor: Editor): string {
  return `${editor.text.slice(0, editor.cursor)}|${editor.text.slice(editor.cursor)}`;
}

/** `"left <x> «paste»"`: names of keys, text in angle brackets, a paste in guillemets. */
function keysOf(script: string): Key[] {
  return Array.from(script.matchAll(/<([^>]*)>|«([^»]*)»|(\S+)/g), ([, text, paste, name = ""]): Key => {
    if (text !== undefined) return { type: "text", text };
    return paste !== undefined ? { type: "paste", text: paste } : { type: "key", name };
  });
}

function after(picture: string, script: string): string {
  return draw(keysOf(script).reduce(press, editorOf(picture)));
}

test.each([
  ["he|lo", "<l>", "hel|lo"],
  ["he|lo", "left", "h|elo"],
  ["he|lo", "right", "hel|o"],
  ["|lo", "left", "|lo"],
  ["lo|", "right delete", "lo|"],
  ["he|lo", "home", "|helo"],
  ["he|lo", "end", "helo|"],
  ["he|lo", "ctrl-a <x> ctrl-e <y>", "xheloy|"],
  ["he|lo", "backspace", "h|lo"],
  ["|lo", "backspace", "|lo"],
  ["he|lo", "delete", "he|o"],
  ["he|lo", "ctrl-d", "he|o"],
  ["one two| three", "ctrl-left", "one |two three"],
  ["one, two |", "alt-b alt-b", "|one, two "],
  ["one| two", "ctrl-right", "one two|"],
  ["one two|", "ctrl-w", "one |"],
  ["say a/b-c |", "ctrl-w", "say |"],
  ["say a/b-c|", "alt-backspace", "say a/b-|"],
  ["one| two three", "alt-d", "one| three"],
  ["one| two", "ctrl-u", "| two"],
  ["one| two", "ctrl-k", "one|"],
  ["one| two", "ctrl-k home ctrl-y", " two|one"],
  ["👩‍👩‍👧|x", "backspace", "|x"],
  ["漢e\u0301|", "left", "漢|e\u0301"],
  ["🇩🇪🇫🇷|", "backspace", "🇩🇪|"],
  ["e|x", "<\u0301>", "e\u0301|x"],
  ["|", "«a\r\nb\rc»", "a\nb\nc|"],
  ["|", "«/quit»", "/quit|"],
  ["|", "<a\u0007\u001b\u202eb>", "ab|"],
  ["x|", "f99", "x|"],
])("%s after %s is %s", (before, script, expected) => {
  expect(after(before, script)).toBe(expected);
});

test("Up and Down go through the history, and back to the line being typed", () => {
  let editor = EMPTY;
  for (const line of ["one", "two", "two"]) [, editor] = take(keysOf(`<${line}>`).reduce(press, editor));
  const seen = keysOf("<dra> up up up down down <ft>").map((key) => {
    editor = press(editor, key);
    return draw(editor);
  });
  expect(seen).toEqual(["dra|", "two|", "one|", "one|", "two|", "dra|", "draft|"]);
});

test("taking a line returns its text and leaves an empty line; clearing discards it", () => {
  const [text, rest] = take(editorOf("he|lo"));
  expect([text, draw(rest), rest.history]).toEqual(["helo", "|", ["helo"]]);
  expect(draw(clear(editorOf("he|lo")))).toBe("|");
});

test("a paste that is too long is ignored, and reported", () => {
  const editor = press(editorOf("a|"), { type: "paste", text: "x".repeat(INPUT) });
  expect([draw(editor), editor.full]).toEqual(["a|", true]);
  expect(press(editor, { type: "key", name: "left" }).full).toBe(false);
});

test("after any keys, the cursor stands between two graphemes", () => {
  const words = "a|é|e\u0301|\u0301|漢|👩‍👩‍👧|👩|\u200d|🇩🇪|🇩|\ud83d|\udc69| |\n|\t|/".split("|");
  const text = fc.array(fc.constantFrom(...words), { maxLength: 4 }).map((parts) => parts.join(""));
  const names =
    "left right home end ctrl-left ctrl-right alt-b alt-f backspace delete ctrl-w alt-d alt-backspace ctrl-u ctrl-k ctrl-y up down enter";
  const key = fc.oneof(
    text.map((value): Key => ({ type: "text", text: value })),
    text.map((value): Key => ({ type: "paste", text: value })),
    fc.constantFrom(...names.split(" ")).map((name): Key => ({ type: "key", name })),
  );
  const segmenter = new Intl.Segmenter(undefined, { granularity: "grapheme" });
  fc.assert(
    fc.property(fc.array(key, { maxLength: 40 }), (keys) => {
      let editor = EMPTY;
      for (const each of keys) {
        editor = each.type === "key" && each.name === "enter" ? take(editor)[1] : press(editor, each);
        const bounds = [0, ...Array.from(segmenter.segment(editor.text), (part) => part.index + part.segment.length)];
        expect(bounds).toContain(editor.cursor);
      }
    }),
  );
});

test("of the entered lines the newest are kept, as many as fit", () => {
  const isKnown = (line: string) => /^\/(?:join|login|me)\b/.test(line);
  expect(keptHistory(["a", "b"], isKnown)).toEqual(["a", "b"]);
  const long = "x".repeat(60_000);
  expect(keptHistory(["old", long, long, "new"], isKnown).map(({ length }) => length)).toEqual([60_000, 3]);
  const lines = [
    "/me waves",
    "/login ann sesame",
    "/lgin ann sesame",
    "/ loginsesame",
    "/nosuch sesame",
    "/join #a sesame",
  ];
  expect(keptHistory(lines, isKnown)).toEqual(["/me waves", "/join #a"]);
  expect(withHistory(["one", "", "two"])).toMatchObject({ history: ["one", "two"], place: 2, text: "" });
});

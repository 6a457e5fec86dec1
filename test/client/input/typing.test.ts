import { expect, test } from "bun:test";
import { KeyReader } from "../../../src/client/input/keys.ts";
import {
  EMPTY_INPUT,
  handleKey,
  type Typing,
  type TypingRequest,
  withPasswordQuestion,
} from "../../../src/client/input/typing.ts";

const names = {
  commands: ["join"],
  rooms: [],
  nicks: ["bob"],
  settings: ["invite-only", "secret"],
  usageOf: (line: string) => (/^\/join\b/.test(line) ? "ROOM" : undefined),
};

function type(begin: Typing, ...texts: string[]): readonly [Typing, TypingRequest[]] {
  let typing = begin;
  const requests: TypingRequest[] = [];
  const keys = new KeyReader();
  for (const key of texts.flatMap((text) => [...keys.feed(Buffer.from(text))])) {
    const [next, wish] = handleKey(typing, key, () => names);
    typing = next;
    if (wish !== undefined) requests.push(wish);
  }
  return [typing, requests];
}

test.each<[string, TypingRequest[]]>([
  ["hi\r", [{ type: "say", text: "hi" }]],
  ["   \r", []],
  ["a\nb\r", [{ type: "say", text: "a\nb" }]],
  ["a\nb\nc\nd\ne\r", []],
  ["a\nb\nc\nd\ne\r\r", [{ type: "say", text: "a\nb\nc\nd\ne" }]],
  ["a\nb\nc\nd\ne\ry", [{ type: "say", text: "a\nb\nc\nd\ne" }]],
  ["a\nb\nc\nd\ne\rn", []],
  ["\x1b[200~/quit\x1b[201~\r", [{ type: "say", text: "//quit" }]],
  ["\x1b[200~/a\nb\x1b[201~\r", [{ type: "say", text: "/a\nb" }]],
  ["\x03", [{ type: "interrupt" }]],
  ["x\x03\x04", [{ type: "end" }]],
])("%j requests %j", (keys, requests) => {
  expect(type(EMPTY_INPUT, keys)[1]).toEqual(requests);
});

test.each([
  ["one\rtwo\r\x12o", "tw|o"],
  ["one\rtwo\r\x12o\x12", "|one"],
  ["one\rtwo\r\x12ne", "o|ne"],
  ["one\r\x12zzz", "|"],
  ["one\rdraft\x12on\x03", "draft|"],
  ["one\r\x12on\x01x", "x|one"],
])("%j ends with %j", (keys, drawn) => {
  const { text, cursor } = type(EMPTY_INPUT, keys)[0].editor;
  expect(`${text.slice(0, cursor)}|${text.slice(cursor)}`).toBe(drawn);
});

test("a password does not enter the history, and the text typed before comes back", () => {
  const [before] = type(EMPTY_INPUT, "draft");
  const [after, requests] = type(withPasswordQuestion(before, "A password", "/login ann "), "se", "cret\r");
  expect(requests).toEqual([{ type: "secret", text: "/login ann secret" }]);
  expect([after.editor.text, after.editor.history]).toEqual(["draft", []]);
  expect(type(withPasswordQuestion(before, "A password", "/x "), "s\x03")[0].editor.text).toBe("draft");
});

test("a pasted line is no correction: it gets a leading space", () => {
  expect(type(EMPTY_INPUT, "\x1b[200~s/a/b/\x1b[201~\r")[1]).toEqual([{ type: "say", text: " s/a/b/" }]);
  expect(type(EMPTY_INPUT, "\x1b[200~s/a/b\x1b[201~\r")[1]).toEqual([{ type: "say", text: "s/a/b" }]);
  expect(type(EMPTY_INPUT, "s/a/b/\r")[1]).toEqual([{ type: "say", text: "s/a/b/" }]);
});

test.each([
  [5, 1],
  [150, 2],
])("the question about %i pasted lines tells that they become %i messages", (count, messages) => {
  const text = Array.from({ length: count }, (_, i) => `${i}`).join("\n");
  expect(type(EMPTY_INPUT, `\x1b[200~${text}\x1b[201~\r`)[0].question).toEqual({ type: "lines", count, messages });
});

test("Ctrl-C empties the line, and Up brings it back, unless it has a password", () => {
  const [typing, requests] = type(EMPTY_INPUT, "one\ntwo\x03", "/login ann secret\x03");
  expect([typing.editor.text, requests]).toEqual(["", []]);
  const [back] = type(typing, "\x1b[A");
  expect(back.editor.text).toBe("one\ntwo");
});

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  escapeTag,
  format,
  formatCommand,
  formatTags,
  type Message,
  NO_TAGS,
  paramsWithRest,
  parse,
  parseSource,
  parseTags,
} from "../../src/wire/message.ts";
import { vectors } from "../support/irc-parser-tests.ts";

interface Atoms {
  readonly tags?: Readonly<Record<string, string>>;
  readonly source?: string;
  readonly verb: string;
  readonly params?: readonly string[];
}

function messageOf({ tags, source, verb, params }: Atoms): Message {
  return { tags: new Map(Object.entries(tags ?? {})), source, command: verb, params: params ?? [] };
}

describe("after some parameters, the rest of a line is one parameter", () => {
  for (const [line, count, params] of [
    ["NS REGISTER  a  b ", 0, ["REGISTER  a  b "]],
    ["NS :REGISTER  a :b", 0, ["REGISTER  a :b"]],
    ["@label=1 :ann NS CERT", 0, ["CERT"]],
    ["REGISTER * x@y  two  words", 2, ["*", "x@y", "two  words"]],
    ["OPER root :two  words", 1, ["root", "two  words"]],
    ["PASSWD --keep : a", 0, ["--keep  a"]],
    ["PASS", 0, []],
    ["OPER root ", 1, ["root"]],
  ] as const) {
    test(JSON.stringify(line), () => expect(paramsWithRest(line, count)).toEqual([...params]));
  }
});

describe("the vectors of irc-parser-tests", () => {
  for (const { input, atoms } of vectors<{ input: string; atoms: Atoms }>("msg-split")) {
    test(`${JSON.stringify(input)} is parsed into its parts`, () => {
      expect(parse(input)).toEqual(messageOf(atoms));
    });
  }

  for (const { desc, atoms, matches } of vectors<{ desc: string; atoms: Atoms; matches: string[] }>("msg-join")) {
    test(`a message is formatted in one of the allowed ways: ${desc}`, () => {
      expect(matches).toContain(format(messageOf(atoms)));
    });
  }

  for (const { source, atoms } of vectors<{ source: string; atoms: object }>("userhost-split")) {
    test(`${JSON.stringify(source)} is split into nick, user and host`, () => {
      expect(parseSource(source)).toEqual({ nick: "", user: "", host: "", ...atoms });
    });
  }
});

test.each(["", " ", "   ", ":ann", ":ann ", "@a=b", "@a=b :ann", "@a=b :ann "])(
  "%j has no command, and is no message",
  (line) => {
    expect(parse(line)).toBeUndefined();
  },
);

test.each([
  ["  PING   x  ", "PING", ["x"]],
  ["PRIVMSG #a :", "PRIVMSG", ["#a", ""]],
  ["PRIVMSG #a b:c", "PRIVMSG", ["#a", "b:c"]],
  ["privmsg #a ::)", "privmsg", ["#a", ":)"]],
  ["MODE #a +b\tx", "MODE", ["#a", "+b\tx"]],
])("%j is %s with %j", (line, command, params) => {
  expect(parse(line)).toEqual({ tags: NO_TAGS, source: undefined, command, params });
});

test.each([
  ["a=1;a=2", { a: "2" }], // the last counts
  ["a=1;a", { a: "" }],
  ["a;;b=;+c/d=e", { a: "", b: "", "+c/d": "e" }],
  ["a=b=c", { a: "b=c" }],
  ["a=x\\", { a: "x" }], // a backslash at the end is dropped
  ["a=\\b\\:\\s\\\\\\r\\n", { a: "b; \\\r\n" }], // a letter that needs no backslash keeps itself
  ["a=\\\u{1f600}", { a: "\u{1f600}" }],
  ["", {}],
])("the tags %j are %j", (text, tags) => {
  expect(Object.fromEntries(parseTags(text))).toEqual(tags);
});

test.each([
  ["PING", [], "PING"],
  ["PING", ["x"], "PING x"],
  ["PING", [""], "PING :"],
  ["PING", [":x"], "PING ::x"],
  ["PING", ["a b"], "PING :a b"],
  ["PING", ["a:b"], "PING a:b"],
  ["MODE", ["#a", "+o", "ann"], "MODE #a +o ann"],
])("%s with %j is formatted as %j", (command, params, line) => {
  expect(formatCommand(command, params)).toBe(line);
});

test("a user name may contain an @: the host follows the last one", () => {
  expect(parseSource("ann!a@b@host")).toEqual({ nick: "ann", user: "a@b", host: "host" });
});

const word = fc.string({ unit: "binary" }).map((text) => text.replace(/[ \r\n\0]/g, ""));
const middle = word.filter((text) => text !== "" && !text.startsWith(":"));
const command = middle.filter((text) => !text.startsWith("@"));
const last = fc.string({ unit: "binary" }).map((text) => text.replace(/[\r\n\0]/g, ""));
const tagKey = fc.stringMatching(/^\+?(?:[a-z0-9.-]{1,8}\/)?[A-Za-z0-9-]{1,8}$/);
const tagValue = fc.string({
  unit: fc.oneof(fc.constantFrom(";", " ", "\\", "\r", "\n", ":", "s", "r", "n"), fc.string({ unit: "binary" })),
});
const tags = fc.array(fc.tuple(tagKey, tagValue), { maxLength: 4 }).map((pairs) => new Map(pairs));
const message: fc.Arbitrary<Message> = fc.record({
  tags,
  source: fc.option(word, { nil: undefined }),
  command,
  params: fc
    .tuple(fc.array(middle, { maxLength: 4 }), fc.option(last, { nil: undefined }))
    .map(([middles, end]) => (end === undefined ? middles : [...middles, end])),
});

test("a message that is formatted and parsed again is the same message", () => {
  fc.assert(fc.property(message, (m) => expect(parse(format(m))).toEqual(m)));
});

test("a formatted message is one line, whatever its tags hold", () => {
  fc.assert(fc.property(message, (m) => !/[\r\n]/.test(format(m))));
});

test("tags that are formatted and parsed again are the same tags", () => {
  fc.assert(fc.property(tags, (t) => expect(parseTags(formatTags(t))).toEqual(t)));
});

test("an escaped value contains no character that separates tags", () => {
  fc.assert(fc.property(tagValue, (value) => !/[; \r\n]/.test(escapeTag(value))));
});

test("any text is parsed or refused, and a parsed message has a command without blanks", () => {
  const line = fc.string({
    unit: fc.oneof(fc.constantFrom(" ", ":", "@", "=", ";", "\\"), fc.string({ unit: "binary" })),
  });
  fc.assert(fc.property(line, (text) => parse(text)?.command.includes(" ") !== true));
});

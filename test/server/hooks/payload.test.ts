import { expect, test } from "bun:test";
import { readPayload } from "../../../src/server/hooks/payload.ts";

function read(
  body: string | Uint8Array,
  type = "application/x-www-form-urlencoded",
  more: Record<string, string> = {},
) {
  const fields = new Map(Object.entries({ "content-type": type, ...more }).map(([name, value]) => [name, [value]]));
  return readPayload({ fields }, Buffer.from(body));
}

test.each([
  ["the build is done", { nick: "bot", text: "the build is done" }],
  ["two\nlines\n", { nick: "bot", text: "two\nlines" }],
  ["{ not JSON", { nick: "bot", text: "{ not JSON" }],
  ['{"text":"hi"}', { nick: "bot", text: "hi", icon: undefined }],
  [
    '{"text":"hi","nick":"build","icon":"https://x.test/i.png"}',
    { nick: "build", text: "hi", icon: "https://x.test/i.png" },
  ],
  [
    '{"text":"hi","username":"build","icon_url":"https://x.test/i"}',
    { nick: "build", text: "hi", icon: "https://x.test/i" },
  ],
  ["payload=%7B%22text%22%3A%22hi+there%22%7D", { nick: "bot", text: "hi there", icon: undefined }],
])("%j is the message %j", (body, message) => {
  expect(read(body)).toEqual(message);
});

test.each([
  [Uint8Array.of(0xff, 0xfe), "text/plain", "The body is text in UTF-8."],
  ["nothing", "application/json", "The body is no JSON object."],
  ["[1]", "application/json; charset=utf-8", "The body is no JSON object."],
  ["{}", "application/json", 'The JSON has a "text"'],
  ['{"text":7}', "text/plain", 'The JSON has a "text"'],
  ['{"text":"x","nick":"a/b"}', "application/vnd.x+json", '"nick" has 1 to 20 letters'],
  ['{"text":"x","nick":["a"]}', "application/json", '"nick" has 1 to 20 letters'],
  ['{"text":"x","icon":"javascript:alert(1)"}', "application/json", '"icon" is the https address'],
])("%p as %s is refused in words", (body, type, words) => {
  expect(read(body, type)).toContain(words);
});

test("GitHub is known by its header, in a form too", () => {
  const payload = encodeURIComponent(JSON.stringify({ repository: { full_name: "octo/hello" } }));
  expect(read(`payload=${payload}`, undefined, { "x-github-event": "ping" })).toEqual({
    nick: "github",
    text: "GitHub will tell of octo/hello here.",
  });
});

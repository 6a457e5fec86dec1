import { expect, test } from "bun:test";
import { readMessage } from "../../../src/client/net/incoming.ts";

const read = (line: string) => readMessage(Buffer.from(line));

test("a line is a message with the tags that we look at", () => {
  expect(read("@time=2026-01-01T00:00:00.000Z;+typing=active;msgid=m1;x=y :bob!b@h PRIVMSG #x :hé 漢")).toEqual({
    tags: new Map([
      ["time", "2026-01-01T00:00:00.000Z"],
      ["msgid", "m1"],
    ]),
    source: "bob!b@h",
    command: "PRIVMSG",
    params: ["#x", "hé 漢"],
  });
  expect([read(""), read(":only")]).toEqual([undefined, undefined]);
});

test("a tag that is too long is as if it were not there, and a source is cut", () => {
  const message = read(`@msgid=${"m".repeat(300)};account=bob :${"n".repeat(900)} JOIN #x`);
  expect([...(message?.tags ?? [])]).toEqual([["account", "bob"]]);
  expect(message?.source?.length).toBe(400);
});

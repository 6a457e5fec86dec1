import { expect, test } from "bun:test";
import type { Act } from "../../src/chat/model/act.ts";
import { decodeRecord, encodeAct, encodeRecord, encodeServerAct, type RecordHead } from "../../src/cluster/record.ts";
import { enter, say } from "../support/chat-fixture.ts";

const HEAD: RecordHead = { v: 1, node: "a.1", n: 2, time: 5, seen: { position: 3, hash: "ff" }, stored: 3 };

test("acts are read as they were written, also tags, half characters and missing fields", () => {
  const acts: readonly Act[] = [
    { ...say("#dev", "half: \ud800, ünï"), tags: new Map([["+draft/reply", "x"]]) } as Act,
    { type: "signal", to: "bob", tags: new Map() },
    { type: "identify", account: undefined },
  ];
  const json = acts.map((act) => encodeAct({ session: 7, act }));
  const read = decodeRecord(encodeRecord(HEAD, json));
  expect(read).toMatchObject(HEAD);
  expect(read?.acts.map(({ act }) => act)).toEqual([...acts]);
  expect(read?.acts.map(({ session }) => session)).toEqual([7, 7, 7]);
});

test.each(["", "x", "5", "null", '{"v":1}', '{"v":1,"node":"a","n":1,"time":1,"stored":1,"seen":5}'])(
  "text that no node has written is no record: %s",
  (head) => expect(decodeRecord(Buffer.from(`${head}\n[]`))).toBeUndefined(),
);

test.each(["", "[", "{}", "[1]", "[[1]]", '[[-1,{"type":"quit"}]]', "[[1,{}]]", '[[1,{"type":"say","tags":5}]]'])(
  "a record whose acts cannot be read has none: %s",
  (acts) => {
    expect(decodeRecord(Buffer.from(`${JSON.stringify(HEAD)}\n${acts}`))?.acts).toEqual([]);
  },
);

test("a session that enters shows its key, and the server has no session", () => {
  const server = { type: "disempower", names: ["root"], why: "operator-removed" } as const;
  const acts = [encodeAct({ session: 1, act: enter("ann"), fingerprint: "ab" }), encodeServerAct(server)];
  expect(decodeRecord(encodeRecord(HEAD, acts))?.acts).toEqual([
    { session: 1, act: enter("ann"), fingerprint: "ab" },
    { session: undefined, act: server },
  ]);
});

import { expect, test } from "bun:test";
import type { Line, Talk } from "../../../src/client/model/state.ts";
import { append, endOf, markRead, newLog, oldest, prepend, type RoomLog, trimmed } from "../../../src/client/ui/log.ts";

function said(n: number, change: Partial<Talk> = {}): Talk {
  const nothing = { room: "#lobby", to: undefined, account: undefined, mention: false, replayed: false };
  return { kind: "said", time: n, nick: "bob", text: `n${n}`, msgid: `m${n}`, ...nothing, ...change };
}

function moves(...script: string[]): RoomLog {
  return script.reduce((log, word) => {
    const how = word.startsWith("+") ? "came" : "went";
    const line: Line = { kind: "event", time: 0, text: word, rooms: ["#lobby"], move: { nick: word.slice(1), how } };
    return append(log, line, true);
  }, newLog("#lobby"));
}

test.each([
  [["+a", "+b"], { came: ["a", "b"], went: [], both: [] }],
  [["+a", "-a"], { came: [], went: [], both: ["a"] }],
  [["-a", "+a"], { came: [], went: [], both: ["a"] }],
  [["+a", "-a", "+a"], { came: ["a"], went: [], both: [] }],
])("%j is one line", (script, expected) => {
  expect(moves(...script).entries).toMatchObject([expected]);
});

test("unread lines are counted, and the unread line is drawn before the first of them", () => {
  let log = append(newLog("#lobby"), said(1), true);
  log = append(append(log, said(2), false), said(3, { mention: true }), false);
  expect([log.unread, log.mentions, log.firstUnread]).toEqual([2, 1, 1]);
  expect(markRead(log)).toMatchObject({ unread: 0, mentions: 0, firstUnread: 1 });
});

test("prepending keeps the numbers of existing lines, and adds no duplicate", () => {
  const log = prepend(append(newLog("#lobby"), said(5), true), [said(3), said(4), said(5)], false);
  expect([log.first, endOf(log), oldest(log)?.msgid]).toEqual([-2, 1, "m3"]);
  expect(log.complete).toBe(false);
  expect(prepend(log, [said(3)], false).complete).toBe(true);
});

test("a log is bounded in lines and in characters", () => {
  let log = newLog("#lobby");
  for (let i = 0; i < 4000; i++) log = trimmed(append(log, said(i), true), false);
  expect(log.entries.length).toBeLessThanOrEqual(2500);
  expect(endOf(log)).toBe(4000);
  for (let i = 0; i < 1000; i++) log = trimmed(append(log, said(i, { text: "x".repeat(8000) }), true), false);
  expect(log.entries.length).toBeLessThan(300);
});

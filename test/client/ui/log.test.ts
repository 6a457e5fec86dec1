import { expect, test } from "bun:test";
import type { Line, Reaction, Redaction, Talk } from "../../../src/client/model/state.ts";
import {
  annotated,
  append,
  endOf,
  markRead,
  movesWords,
  newLog,
  oldest,
  opened,
  prepend,
  type RoomLog,
  trimmed,
  withMarker,
  withoutNotes,
} from "../../../src/client/ui/log.ts";
import { aMessage } from "../../support/client/message.ts";

function said(n: number, change: Partial<Talk> = {}): Talk {
  return aMessage({ time: n, text: `n${n}`, msgid: `m${n}`, ...change });
}

function moves(...script: string[]): RoomLog {
  return script.reduce((log, word) => {
    const how = word.startsWith("+") ? "came" : "went";
    const line: Line = { kind: "event", time: 0, text: word, rooms: ["#lobby"], move: { nick: word.slice(1), how } };
    return append(log, line, true);
  }, newLog("#lobby"));
}

test.each([
  [["+a", "+b"], ["a, b joined"]],
  [["+a", "-a"], ["a came and went"]],
  [["-a", "+a"], ["a left and came back"]],
  [["+a", "-a", "+a"], ["a joined"]],
  [
    ["-a", "+a", "-a", "+b"],
    ["b joined", "a left"],
  ],
])("%j is one line", (script, expected) => {
  const { entries } = moves(...script);
  const words = entries.map((entry) => (entry.kind === "moves" ? movesWords(entry, (nicks) => nicks.join(", ")) : []));
  expect(words).toEqual([expected]);
});

test("a message of the past stands above the notes that are later, and below earlier ones and all messages", () => {
  const event = (time: number): Line => ({ kind: "event", time, text: `e${time}`, rooms: [] });
  const lines: Line[] = [
    said(1),
    event(2),
    event(5),
    said(3, { replayed: true }),
    said(4, { replayed: true }),
    said(6),
  ];
  const log = lines.reduce((before, line) => append(before, line, true), newLog("#lobby"));
  expect(log.entries.map(({ time }) => time)).toEqual([1, 2, 3, 4, 5, 6]);
  const unread = append(append(newLog("#lobby"), event(2), true), said(1, { replayed: true }), false);
  expect(append(unread, said(3), false)).toMatchObject({ unread: 1, firstUnread: 2 });
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

function reaction(of: string, msgid = "r1"): Reaction {
  const nothing = { room: "#lobby", to: undefined, account: undefined, replayed: false, own: false };
  return { kind: "reacted", time: 9, nick: "zoe", text: "👍", msgid, of, ...nothing };
}

function redaction(of: string, by = "bob"): Redaction {
  return { kind: "redacted", time: 9, place: "#lobby", by, reason: "", of };
}

function reactorsOf(log: RoomLog): readonly number[] {
  return log.entries.map((entry) => ("reactors" in entry ? entry.reactors.length : -1));
}

test("a reaction to an older message counts once that is loaded", () => {
  const log = annotated(append(newLog("#lobby"), said(5), true), reaction("m4"));
  expect(reactorsOf(log)).toEqual([0]);
  const loaded = prepend(log, [said(3), said(4)], false);
  expect([reactorsOf(loaded), loaded.strays]).toEqual([[0, 1, 0], []]);
});

test("a reply finds its quote, and a correction its message, when the older one is loaded", () => {
  const late = [said(5, { replyTo: "m3" }), said(6, { replyTo: "m4", corrects: true })];
  const log = late.reduce((before, line) => append(before, line, true), newLog("#lobby"));
  expect(prepend(log, [said(3), said(4)], false).entries).toMatchObject([
    {},
    { isCorrected: true },
    { quote: { nick: "bob", text: "n3" } },
    {},
  ]);
});

test("a message that was taken back leaves a line that names it, no quote of it, and is not unread any more", () => {
  let log = append(newLog("#lobby"), said(1), true);
  for (const line of [said(2, { mention: true }), said(3, { replyTo: "m2" })]) log = append(log, line, false);
  const rest = annotated(log, redaction("m2", "op"));
  expect(rest.entries).toMatchObject([
    { text: "n1" },
    { kind: "event", time: 2, text: "op took back a message of bob" },
    { text: "n3", quote: { text: "a message that was taken back" } },
  ]);
  expect([rest.unread, rest.mentions]).toEqual([1, 0]);
  expect(JSON.stringify(rest)).not.toContain("n2");
  expect(annotated(rest, redaction("m1")).unread).toBe(1);
});

test("a reaction that was taken back is gone, also one that waits for its message", () => {
  const log = annotated(annotated(append(newLog("#lobby"), said(1), true), reaction("m1")), reaction("m0", "r2"));
  expect(reactorsOf(annotated(log, redaction("r1")))).toEqual([0]);
  expect(annotated(log, redaction("r2")).strays).toEqual([]);
});

test("reactions count towards the size of a log, and reactions to unknown messages are bounded", () => {
  const log = append(newLog("#lobby"), said(1), true);
  expect(annotated(log, reaction("m1")).size).toBeGreaterThan(log.size);
  const many = Array.from({ length: 500 }, (_, i) => reaction("m0", `r${i}`));
  expect(many.reduce(annotated, log).strays.length).toBe(200);
});

const CLOSED = false;
const OPEN = true;
const replayed = (n: number, change: Partial<Talk> = {}) => said(n, { replayed: true, ...change });

/** The number of the line that the unread line is drawn above; `undefined` without it. */
function ruleOf({ entries, first, firstUnread }: RoomLog): number | undefined {
  return firstUnread === undefined ? undefined : entries[firstUnread - first]?.time;
}

function withAll(log: RoomLog, ...lines: readonly Talk[]): RoomLog {
  return lines.reduce((before, line) => append(before, line, false), log);
}

test("history that is replayed is not unread, unless it is behind the read marker", () => {
  const fresh = withAll(newLog("#lobby"), replayed(1), replayed(2));
  expect(fresh.unread).toBe(0);
  const marked = withAll(withMarker(newLog("#lobby"), { upTo: 1 }, CLOSED), replayed(1), replayed(2), said(3));
  expect([marked.unread, ruleOf(opened(marked))]).toEqual([2, 2]);
});

test("messages that the server has counted are not counted again when loaded; later ones are", () => {
  const told = withMarker(newLog("#lobby"), { upTo: 5, unread: { count: 50, mentions: 2 } }, CLOSED);
  const log = withAll(told, replayed(5), replayed(6), said(7, { mention: true }));
  expect([log.unread, log.mentions, ruleOf(opened(log))]).toEqual([51, 3, 6]);
});

test("another session's marker clears the messages read there", () => {
  const log = withAll(newLog("#lobby"), said(1), said(2, { byUs: true }), said(3), said(4, { mention: true }));
  const rest = withMarker(log, { upTo: 2 }, CLOSED);
  expect([rest.unread, rest.mentions]).toEqual([2, 1]);
  expect(withMarker(rest, { upTo: 9 }, CLOSED).unread).toBe(0);
  expect(withMarker(rest, { upTo: 9, unread: { count: 0, mentions: 0 } }, CLOSED).unread).toBe(0);
});

test("in a room without a marker, the unread line stays when the server confirms the new marker", () => {
  const log = opened(withAll(newLog("#lobby"), said(1), said(2)));
  expect([log.unread, ruleOf(log)]).toEqual([0, 1]);
  expect(ruleOf(withMarker(log, { upTo: 2 }, OPEN))).toBe(1);
});

test("the unread line waits until the line before it is loaded", () => {
  const log = opened(withAll(withMarker(newLog("#lobby"), { upTo: 3 }, CLOSED), replayed(7), replayed(8)));
  expect(ruleOf(log)).toBeUndefined();
  const more = prepend(log, [replayed(5), replayed(6)], false);
  expect(ruleOf(more)).toBeUndefined();
  expect(ruleOf(prepend(more, [replayed(2), replayed(4)], false))).toBe(4);
  expect(ruleOf(prepend(more, [replayed(4)], true))).toBe(4);
});

test("in an open room, the unread line is above the new messages when history and marker arrive", () => {
  const log = withMarker(newLog("#lobby"), { upTo: 2 }, OPEN);
  const loaded = [replayed(1), replayed(2), replayed(3)].reduce(
    (before, line) => append(markRead(before), line, true),
    log,
  );
  expect([ruleOf(loaded), loaded.unread]).toEqual([3, 0]);
  const seen = append(markRead(append(markRead(newLog("#lobby")), said(1), true)), said(2), true);
  expect(ruleOf(seen)).toBeUndefined();
});

test("our own messages are never new", () => {
  const own = (n: number) => replayed(n, { byUs: true });
  const marked = withMarker(newLog("#lobby"), { upTo: 1 }, CLOSED);
  expect(ruleOf(opened(withAll(marked, replayed(1), own(2), own(3))))).toBeUndefined();
  expect(ruleOf(opened(withAll(marked, replayed(1), own(2), replayed(3), own(4))))).toBe(3);
});

test("in a room that was never read, the unread line stands above as many messages as the server counts", () => {
  const told = withMarker(newLog("#lobby"), { upTo: undefined, unread: { count: 2, mentions: 0 } }, CLOSED);
  const page = [replayed(1), replayed(2), replayed(3, { byUs: true }), replayed(4)];
  expect(ruleOf(prepend(opened(told), page, false))).toBe(2);
  expect(ruleOf(prepend(opened(told), page.slice(2), false))).toBeUndefined();
  const all = withMarker(newLog("#lobby"), { upTo: 1, unread: { count: 3, mentions: 0 } }, CLOSED);
  expect(ruleOf(prepend(opened(all), [replayed(2), replayed(3), replayed(4)], false))).toBe(2);
});

test("a message whose correction was taken back is not marked as corrected any more", () => {
  const lines = [said(1), said(2, { replyTo: "m1", corrects: true }), said(3, { replyTo: "m1", corrects: true })];
  const log = lines.reduce((before, line) => append(before, line, true), newLog("#lobby"));
  const isCorrected = (each: RoomLog) => JSON.stringify(each.entries[0]).includes('"isCorrected":true');
  const once = annotated(log, redaction("m2"));
  expect([isCorrected(log), isCorrected(once), isCorrected(annotated(once, redaction("m3")))]).toEqual([
    true,
    true,
    false,
  ]);
});

test("a chosen colour applies to all messages of its owner, also earlier ones", () => {
  const ann = (n: number, more: Partial<Talk> = {}) => said(n, { nick: "ann", account: "ann", ...more });
  const colours = (log: RoomLog) =>
    log.entries.flatMap((entry) => ("nickColour" in entry ? [entry.nickColour.chosen] : []));
  let log = append(newLog("#lobby"), ann(1, { replayed: true }), true);
  log = append(append(log, said(2, { nick: "bob" }), true), ann(3, { colour: "#ff8800" }), true);
  expect(colours(log)).toEqual(["#ff8800", undefined, "#ff8800"]);
  log = prepend(log, [ann(0, { replayed: true })], false);
  expect(colours(log)).toEqual(["#ff8800", "#ff8800", undefined, "#ff8800"]);
  expect(colours(append(log, ann(4), true))).toEqual([undefined, undefined, undefined, undefined, undefined]);
});

test("without notes a log has the messages and the unread line", () => {
  const event: Line = { kind: "event", time: 2, text: "bob is now rob", rooms: [] };
  const log = [said(1), event, said(3), event].reduce(
    (before, line, i) => append(before, line, i < 2),
    newLog("#lobby"),
  );
  const cleared = withoutNotes(log);
  expect(cleared.entries).toMatchObject([{ text: "n1" }, { text: "n3" }]);
  expect([log.firstUnread, cleared.firstUnread, cleared.size < log.size]).toEqual([2, 1, true]);
});

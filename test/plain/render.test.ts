import { expect, test } from "bun:test";
import type { ChatEvent, EventOf, Identity, NewEvent } from "../../src/chat/model/event.ts";
import type { ModeChange } from "../../src/chat/model/modes.ts";
import type { ReaderView } from "../../src/commands/history.ts";
import { modeWords, publicLine, render } from "../../src/plain/render.ts";
import { fold } from "../../src/text/fold.ts";
import { NOON, type Person, PlainFixture } from "../support/plain-fixture.ts";

const view: ReaderView = { self: fold("me"), current: fold("#lobby"), ignored: new Set([fold("pest")]) };

function who(nick: string): Identity {
  return { nick, user: "u", host: "h", realname: "", account: undefined };
}

function stamped<T extends NewEvent>(event: T): T & Pick<ChatEvent, "seq" | "msgid" | "time" | "origin"> {
  return { ...event, seq: 1, msgid: "", time: NOON, origin: undefined };
}

function said(change: Partial<EventOf<"said">>): EventOf<"said"> {
  const base = {
    type: "said",
    from: who("ann"),
    to: "#lobby",
    inRoom: true,
    rank: undefined,
    kind: "words",
    text: "hi",
    tags: undefined,
    away: undefined,
  } as const;
  return { ...stamped(base), ...change };
}

const direct = { inRoom: false, to: "me" };

const MESSAGES: readonly [string, Partial<EventOf<"said">>, string][] = [
  ["in the current room", {}, "[12:03] <ann> hi\n"],
  ["in another room", { to: "#dev" }, "[12:03] #dev <ann> hi\n"],
  ["as an action", { kind: "action", text: "waves" }, "[12:03] * ann waves\n"],
  ["as an action in another room", { kind: "action", to: "#dev", text: "waves" }, "[12:03] #dev * ann waves\n"],
  ["as a notice", { kind: "notice" }, "[12:03] <-ann-> hi\n"],
  ["to the operators", { rank: "operator" }, "[12:03] <ann→operators> hi\n"],
  ["to those with a voice", { rank: "voice", kind: "action" }, "[12:03] * ann→voiced hi\n"],
  ["directly", direct, "[12:03] ann → you: hi\n"],
  ["directly, by oneself", { inRoom: false, from: who("me"), to: "bob" }, "[12:03] you → bob: hi\n"],
  ["to oneself, as it arrives", { inRoom: false, from: who("me"), to: "me" }, "[12:03] me → you: hi\n"],
  ["directly, as a notice", { ...direct, kind: "notice" }, "[12:03] -ann- → you: hi\n"],
  ["directly, as an action", { ...direct, kind: "action", text: "waves" }, "[12:03] ann → you: * ann waves\n"],
  ["in several lines", { text: "a\n\nb" }, "[12:03] <ann> a\n[12:03] <ann> \n[12:03] <ann> b\n"],
  ["in several lines, directly", { ...direct, text: "a\nb" }, "[12:03] ann → you: a\n[12:03] ann → you: b\n"],
  ["by one program to another", { kind: "query", text: "VERSION" }, ""],
  ["by one program in answer", { kind: "answer", text: "VERSION x" }, ""],
  ["by an ignored person", { from: who("Pest") }, ""],
  [
    "with characters that must not be shown",
    { text: "a\x1b[31m\u202eb\r\u2028c\x07\x9b\u{e0041}" },
    "[12:03] <ann> ab c\n",
  ],
  ["with a forged beginning behind a CR", { text: "a\r[12:03] <bob> b" }, "[12:03] <ann> a [12:03] <bob> b\n"],
  ["with IRC's colours", { text: "\x02\x0304red\x0f" }, "[12:03] <ann> red\n"],
];

test.each(MESSAGES)("a message %s", (_, change, text) => {
  expect(render(said(change), view)).toBe(text);
});

const [ann, bob, me] = [who("ann"), who("bob"), who("me")];
const room = "#dev";
const joined = { away: "", quietly: false, rank: undefined } as const;

const EVENTS: readonly [NewEvent, string][] = [
  [{ type: "joined", who: ann, room, ...joined }, "-- ann joined #dev\n"],
  [{ type: "appeared", who: ann, room, away: "", rank: undefined }, "-- ann joined #dev\n"],
  [{ type: "joined", who: me, room, ...joined }, ""],
  [{ type: "left", who: ann, room, reason: "" }, "-- ann left #dev\n"],
  [{ type: "left", who: ann, room, reason: "tea\n<bob> x" }, "-- ann left #dev: tea <bob> x\n"],
  [
    { type: "kicked", by: bob, who: ann, room, reason: "why\r\n-- x" },
    "-- ann was kicked from #dev by bob: why -- x\n",
  ],
  [{ type: "quit", who: ann, reason: "Connection reset" }, "-- ann quit: Connection reset\n"],
  [{ type: "quit", who: me, reason: "" }, ""],
  [{ type: "renamed", who: ann, nick: "eve" }, "-- ann is now eve\n"],
  [{ type: "renamed", who: bob, nick: "me" }, "-- You are me now.\n"],
  [{ type: "topic-set", by: ann, room, topic: "x\x1b]0;y\x07z" }, "-- ann set the topic of #dev: xz\n"],
  [{ type: "topic-set", by: ann, room, topic: "" }, "-- ann removed the topic of #dev\n"],
  [
    { type: "invited", by: ann, nick: "me", room, away: undefined, byOperator: false, opens: [] },
    "-- ann invites you to #dev; /join #dev goes there.\n",
  ],
  [
    { type: "invited", by: ann, nick: "bob", room, away: undefined, byOperator: false, opens: [] },
    "-- ann invited bob to #dev\n",
  ],
  [
    { type: "invited", by: me, nick: "bob", room, away: undefined, byOperator: true, opens: ["banned", "key", "full"] },
    "-- me invited bob to #dev\n-- bob may join #dev once in spite of the ban, the key and the limit.\n",
  ],
  [{ type: "invited", by: who("pest"), nick: "me", room, away: undefined, byOperator: false, opens: [] }, ""],
  [{ type: "away-set", who: me, text: "tea" }, "-- You are away: tea\n"],
  [{ type: "away-set", who: me, text: "" }, "-- You are back.\n"],
  [{ type: "away-set", who: ann, text: "tea" }, ""],
  [{ type: "signalled", from: ann, to: "me", inRoom: false, rank: undefined, tags: new Map() }, ""],
  [
    {
      type: "modes-changed",
      by: undefined,
      room,
      changes: [
        { mode: "secret", on: true },
        { mode: "operator", on: true, nick: "ann" },
      ],
    },
    "-- The server switched secret on in #dev\n-- The server made ann an operator of #dev\n",
  ],
];

test.each(EVENTS.map(([event, text]) => [text, event] as const))("%j", (text, event) => {
  expect(render(stamped(event), view)).toBe(text);
});

test("the server's own output always names the room", () => {
  expect(publicLine(said({ text: "a\nb" }))).toEqual(["[12:03] #lobby <ann> a", "[12:03] #lobby <ann> b"]);
  expect(publicLine(said({ kind: "query" }))).toEqual([]);
});

const ROWS: readonly [ModeChange, string][] = [
  [{ mode: "operator", on: true, nick: "bob" }, "ann made bob an operator of #dev"],
  [{ mode: "operator", on: false, nick: "bob" }, "ann made bob an operator of #dev no more"],
  [{ mode: "voice", on: true, nick: "bob" }, "ann gave bob a voice in #dev"],
  [{ mode: "voice", on: false, nick: "bob" }, "ann took bob's voice in #dev away"],
  [{ mode: "ban", on: true, mask: "bob!*@*" }, "ann banned bob!*@* from #dev"],
  [{ mode: "ban", on: false, mask: "bob!*@*" }, "ann lifted the ban on bob!*@* from #dev"],
  [{ mode: "ban", on: true, mask: "m:bob!*@*" }, "ann muted bob!*@* in #dev"],
  [{ mode: "ban", on: false, mask: "m:bob!*@*" }, "ann unmuted bob!*@* in #dev"],
  [{ mode: "exception", on: true, mask: "b!*@*" }, "ann exempted b!*@* from the bans of #dev"],
  [{ mode: "invitation", on: true, mask: "b!*@*" }, "ann invited b!*@* to #dev for good"],
  [{ mode: "key", on: true, key: "sesame" }, "ann set the key of #dev: sesame"],
  [{ mode: "key", on: false, key: "sesame" }, "ann took the key of #dev away"],
  [{ mode: "limit", on: true, limit: 5 }, "ann limited #dev to 5 people"],
  [{ mode: "limit", on: false, limit: 5 }, "ann took the limit of #dev away"],
  [{ mode: "moderated", on: false }, "ann switched moderated off in #dev"],
];

const by = { nick: "ann", user: "u", host: "h", realname: "", account: undefined };

test.each(ROWS)("%j", (change, words) => {
  expect(modeWords(change, { by, room: "#dev" })).toBe(words);
});

function renderGroups(fixture: PlainFixture, room: string): number | undefined {
  return fixture.chat.room(room)?.renderGroups.size;
}

/** Ann and bob, both in the lobby and in #dev, which is their current room. */
function inDev(fixture: PlainFixture): readonly [Person, Person] {
  const [ann, bob] = fixture.pair("ann", "bob");
  ann.types("/join dev");
  bob.types("/join dev");
  ann.reads();
  return [ann, bob];
}

test("a line in the current room does not name the room, a line in another room does", () => {
  const [ann, bob] = inDev(new PlainFixture());
  bob.types("/join lobby");
  expect([ann.types("hi"), bob.reads()]).toEqual([["[12:03] <ann> hi"], ["[12:03] #dev <ann> hi"]]);
  expect([bob.types("yo"), ann.reads()]).toEqual([["[12:03] <bob> yo"], ["[12:03] #lobby <bob> yo"]]);
  expect(ann.types("/msg #lobby hey")).toEqual(["[12:03] #lobby <ann> hey"]);
  expect(bob.reads()).toEqual(["[12:03] <ann> hey"]);
});

test("sessions that see a room the same way share a group, and empty groups are removed", () => {
  const fixture = new PlainFixture();
  const [ann, bob] = inDev(fixture);
  expect([renderGroups(fixture, "#dev"), renderGroups(fixture, "#lobby")]).toEqual([1, 1]);
  ann.types("/join lobby");
  expect([renderGroups(fixture, "#dev"), renderGroups(fixture, "#lobby")]).toEqual([2, 2]);
  bob.types("/join lobby");
  expect([renderGroups(fixture, "#dev"), renderGroups(fixture, "#lobby")]).toEqual([1, 1]);
  bob.types("/leave dev");
  ann.session.end();
  expect([renderGroups(fixture, "#dev"), renderGroups(fixture, "#lobby")]).toEqual([undefined, 1]);
});

test("an ignored person is hidden in rooms, direct messages and history, until ignored once more", () => {
  const fixture = new PlainFixture();
  const [ann, bob] = fixture.pair("ann", "bob");
  expect(ann.types("/ignore BOB")[0]).toStartWith("-- You do not see any more what BOB says");
  bob.types("here", "/msg ann there", "/me waves");
  expect(ann.reads()).toEqual([]);
  expect(ann.types("/history")).not.toContain("[12:03] <bob> here");
  expect(ann.types("/ignore")).toEqual(["-- You ignore bob."]);
  expect(ann.types("/ignore bob")).toEqual(["-- You see again what bob says."]);
  bob.types("back");
  expect(ann.reads()).toEqual(["[12:03] <bob> back"]);
  expect(renderGroups(fixture, "#lobby")).toBe(1);
});

test("an ignored person is hidden from nobody else", () => {
  const fixture = new PlainFixture();
  const [ann, bob] = fixture.pair("ann", "bob");
  const eve = fixture.brings("eve");
  eve.reads();
  ann.types("/ignore bob");
  bob.types("hi");
  expect([ann.reads().includes("[12:03] <bob> hi"), eve.reads()]).toEqual([false, ["[12:03] <bob> hi"]]);
});

test("an ignored person stays ignored under a new nick", () => {
  const [ann, bob] = new PlainFixture().pair("ann", "bob");
  ann.types("/ignore bob");
  bob.types("/nick bert", "guess who");
  expect(ann.reads()).toEqual(["-- bob is now bert"]);
  expect(ann.types("/ignore")).toEqual(["-- You ignore bert."]);
});

test("you cannot ignore yourself, a room or an invalid nick; ignoring someone absent says so", () => {
  const ann = new PlainFixture().brings("ann");
  ann.reads();
  expect(ann.types("/ignore ann", "/ignore #dev", "/ignore 7up", "/ignore eve", "/ignore")).toEqual([
    "-- You cannot ignore yourself.",
    "-- Only people can be ignored; /leave leaves a room.",
    "-- Nobody here is called 7up; /who tells who is here.",
    "-- Nobody here is called eve now. You do not see any more what eve says; /ignore eve once more ends that.",
    "-- You ignore eve.",
  ]);
});

import { expect, test } from "bun:test";
import type { Act } from "../../../src/chat/model/act.ts";
import {
  ChatFixture,
  join,
  leave,
  modes,
  QUIT,
  type RecordingSession,
  rename,
  say,
} from "../../support/chat-fixture.ts";

/** The msgid of a player's last message. */
function lastOf(player: RecordingSession): string {
  const said = player.events.findLast((event) => event.type === "said");
  return said?.msgid ?? "";
}

function redact(target: string, msgid: string): Act {
  return { type: "redact", target, msgid, reason: "" };
}

/** The messages left in a conversation, as the account reads it. */
function left({ chat }: ChatFixture, player: RecordingSession, other: string): readonly string[] | undefined {
  const past = chat.readHistory(
    player.member,
    other,
    { which: "latest", after: undefined },
    { limit: 10, playback: false },
  );
  return Array.from(past ?? [], (event) => (event.type === "said" ? event.text : event.type));
}

/** The redactions that a player has seen: the nick that each one names, and the place of the message. */
function toldTo(player: RecordingSession): readonly string[] {
  return player.events.flatMap((event) => (event.type === "redacted" ? [`${event.by.nick} ${event.to}`] : []));
}

test.each([
  ["an account that now has another nick", "robert", "bob"],
  ["an account that now has another nick, by the new one", "robert", "rob"],
  ["a guest that now has another nick", undefined, "bob"],
  ["a guest that now has another nick, by the new one", undefined, "rob"],
])("a message to %s is deleted, its reader is told, and a stranger with the old nick is not", (_, account, target) => {
  const people = new ChatFixture({ accounts: ["annie", "robert"] });
  const [annie, bob] = [
    people.comes("annie"),
    account === undefined ? people.brings("bob") : people.comes("bob", account),
  ];
  annie.does(say("bob", "oops"));
  bob.does(rename("rob"));
  const stranger = people.brings("bob");
  expect(annie.does(redact(target, lastOf(annie)))).toEqual(["redacted"]);
  expect(left(people, annie, account ?? "bob")).toEqual([]);
  expect([toldTo(annie), toldTo(bob), toldTo(stranger)]).toEqual([[`annie ${target}`], ["annie rob"], []]);
});

test("a quiet member is announced before its redaction", () => {
  const people = new ChatFixture({ accounts: ["annie", "robert"] });
  const [annie, gus] = [people.comes("annie"), people.brings("gus")];
  annie.does(join("#dev"));
  gus.does(join("#dev"), say("#dev", "oops"), leave("#dev"), join("#dev", { quietly: true }));
  annie.hears();
  gus.does(redact("#dev", lastOf(gus)));
  expect(annie.hears()).toEqual(["appeared gus #dev", "redacted"]);
});

test("redacting a message to a former guest is not told to the nick's next holder", () => {
  const people = new ChatFixture({ accounts: ["annie", "robert"] });
  const [annie, gus] = [people.comes("annie"), people.brings("gus")];
  annie.does(say("gus", "oops"));
  gus.does(QUIT);
  const next = people.brings("gus");
  expect(annie.does(redact("gus", lastOf(annie)))).toEqual(["redacted"]);
  expect([left(people, annie, "gus"), toldTo(next)]).toEqual([[], []]);
});

test("a renamed guest can redact its messages, the nick's next holder cannot", () => {
  const people = new ChatFixture({ accounts: ["annie", "robert"] });
  const [gus, eve] = [people.brings("gus", "#dev"), people.brings("eve")];
  gus.does(say("#dev", "in a room"));
  const inRoom = lastOf(gus);
  gus.does(say("eve", "to one"));
  const toOne = lastOf(gus);
  gus.does(rename("guy"));
  const next = people.brings("gus", "#dev");
  expect(next.does(redact("#dev", inRoom))).toEqual([`no: cannot-redact #dev ${inRoom}`]);
  expect(next.does(redact("eve", toOne))).toEqual([`no: no-such-message eve ${toOne}`]);
  expect(gus.does(redact("#dev", inRoom), redact("eve", toOne))).toEqual(["redacted", "redacted"]);
  expect(toldTo(eve)).toEqual(["guy eve"]);
});

test("a redacted ephemeral message is not told again to a repeating sender", () => {
  const people = new ChatFixture({ accounts: ["annie", "robert"] });
  const [gus, eve] = [people.brings("gus"), people.brings("eve")];
  const act: Act = { type: "say", to: "eve", kind: "words", text: "oops", id: "0123456789abcdef" };
  gus.does(act);
  const msgid = lastOf(gus);
  gus.does(redact("eve", msgid));
  expect(gus.does(redact("eve", msgid))).toEqual([`no: no-such-message eve ${msgid}`]);
  expect(eve.hears()).toEqual(["said gus eve words oops", "redacted"]);
});

test("a refused redaction reveals nothing of an unreadable place", () => {
  const people = new ChatFixture({ accounts: ["annie", "robert"] });
  const [ann, eve] = [people.brings("ann", "#dev"), people.brings("eve", "#own")];
  ann.does(modes("#dev", { mode: "secret", on: true }), say("#dev", "private"));
  const known = lastOf(ann);
  const ghost = people.store.msgid(4_000_000);
  for (const target of ["#dev", "#none", "nobody"]) {
    for (const msgid of [known, ghost, "nonsense"])
      expect(eve.does(redact(target, msgid))).toEqual([`no: cannot-redact-there ${target}`]);
  }
  for (const target of ["#own", "ann", "annie"]) {
    for (const msgid of [known, ghost, "nonsense"])
      expect(eve.does(redact(target, msgid))).toEqual([`no: no-such-message ${target} ${msgid}`]);
  }
});

test("a third member cannot redact in a conversation of two others", () => {
  const people = new ChatFixture({ accounts: ["annie", "robert"] });
  const [annie, bob, eve] = [people.comes("annie"), people.comes("bob", "robert"), people.brings("eve")];
  annie.does(say("bob", "private"));
  const msgid = lastOf(annie);
  for (const target of ["annie", "bob"])
    expect(eve.does(redact(target, msgid))).toEqual([`no: no-such-message ${target} ${msgid}`]);
  expect(bob.does(redact("annie", msgid))).toContain(`no: cannot-redact annie ${msgid}`);
});

/** The msgid of a player's last signal. */
function lastSignalOf(player: RecordingSession): string {
  return player.events.findLast((event) => event.type === "signalled")?.msgid ?? "";
}

function react(to: string, id?: string): Act {
  return { type: "signal", to, tags: new Map([["+draft/react", "x"]]), id };
}

test("a reaction can be redacted by its author and by an operator, and is in no history then", () => {
  const people = new ChatFixture({ accounts: ["annie", "robert"] });
  const [op, gus, eve] = ["op", "gus", "eve"].map((nick) => people.brings(nick, "#dev"));
  if (!op || !gus || !eve) throw new Error("not all have come");
  const playback = { limit: 9, playback: true };
  const past = () => {
    const entries = people.chat.readHistory(op.member, "#dev", { which: "latest", after: undefined }, playback) ?? [];
    return [...entries].filter(({ type }) => type === "signalled").map(({ msgid }) => msgid);
  };
  gus.does(react("#dev"));
  const first = lastSignalOf(gus);
  gus.does(react("#dev"));
  const second = lastSignalOf(gus);
  expect(past()).toEqual([first, second]);
  expect(eve.does(redact("#dev", first))).toEqual([`no: cannot-redact #dev ${first}`]);
  expect(gus.does(redact("#dev", first))).toEqual(["redacted"]);
  expect(past()).toEqual([second]);
  expect(op.does(redact("#dev", second))).toEqual(["redacted"]);
  expect(past()).toEqual([]);
  expect(op.does(redact("#dev", second))).toEqual([`no: no-such-message #dev ${second}`]);
});

test("a redacted reaction is not said again under its id, stored or not", () => {
  const people = new ChatFixture({ accounts: ["annie", "robert"] });
  const [annie, gus] = [people.comes("annie"), people.brings("gus")];
  people.brings("eve");
  const id = "0123456789abcdef";
  for (const [player, to] of [
    [annie, "gus"],
    [gus, "annie"],
  ] as const) {
    player.does(react(to, id));
    player.does(redact(to, lastSignalOf(player)));
    expect(player.does(react(to, id))).toEqual([`no: taken-back ${to} ${id}`]);
  }
  gus.does(react("eve", id));
  const msgid = lastSignalOf(gus);
  expect(gus.does(react("eve", id))).toEqual(["signalled gus eve +draft/react,x"]);
  expect(lastSignalOf(gus)).toBe(msgid);
  expect(gus.does(redact("eve", msgid))).toEqual(["redacted"]);
  gus.does(react("eve", id));
  expect(lastSignalOf(gus)).not.toBe(msgid);
});

import { expect, test } from "bun:test";
import type { Act } from "../../../src/chat/model/act.ts";
import { SEMANTICS } from "../../../src/chat/rules/check.ts";
import type { Whose } from "../../../src/chat/rules/lookup.ts";
import { fold } from "../../../src/text/fold.ts";
import {
  anAccount,
  ChatFixture,
  enter,
  join,
  leave,
  modes,
  QUIT,
  type RecordingSession,
  rename,
  say,
} from "../../support/chat-fixture.ts";

/** The text of the latest message that a member may name so. */
function latest({ chat }: ChatFixture, { member }: RecordingSession, target: string, whose: Whose): string | undefined {
  return member && chat.latestMessage(member, target, whose)?.text;
}

function of(nick: string): Whose {
  return { nick: fold(nick) };
}

function react(to: string, msgid: string): Act {
  const tags = new Map([
    ["+draft/react", "x"],
    ["+draft/reply", msgid],
  ]);
  return { type: "signal", to, tags };
}

/** The reactions that a player has seen, each with the author and the text of its message. */
function reactions(player: RecordingSession): readonly string[] {
  return player.events.flatMap((event) =>
    event.type === "signalled" && event.reaction ? [`${event.reaction.to.nick}: ${event.reaction.text}`] : [],
  );
}

function msgidOf(player: RecordingSession): string {
  return player.events.findLast((event) => event.type === "said")?.msgid ?? "";
}

test("the latest of somebody is found by the nick at that time, and behind hundreds of others' messages", () => {
  const fixture = new ChatFixture();
  const [ann, bob] = [fixture.brings("ann", "#dev"), fixture.brings("bob", "#dev")];
  bob.does(say("#dev", "hi"), { type: "say", to: "#dev", kind: "query", text: "VERSION" });
  ann.does(...Array.from({ length: 300 }, (_, n) => say("#dev", `line ${n}`)));
  bob.does(rename("rob"));
  expect([of("bob"), of("rob"), "own", "others"].map((whose) => latest(fixture, ann, "#dev", whose as Whose))).toEqual([
    "hi",
    undefined,
    "line 299",
    "hi",
  ]);
  expect(latest(fixture, bob, "#dev", "own")).toBe("hi");
});

test("a search finds nothing in other rooms, nor messages to a rank", () => {
  const fixture = new ChatFixture();
  const [ann, bob] = [fixture.brings("ann", "#dev"), fixture.brings("bob", "#ops")];
  ann.does(say("#dev", "hi"), { type: "say", to: "#dev", rank: "operator", kind: "words", text: "to operators" });
  expect([latest(fixture, bob, "#dev", "others"), latest(fixture, ann, "#dev", "own")]).toEqual([undefined, "hi"]);
});

test("a guest finds its own conversations, and the nick's next holder does not", () => {
  const fixture = new ChatFixture();
  const [gus, eve] = [fixture.brings("gus"), fixture.brings("eve")];
  gus.does(say("eve", "psst"));
  expect([latest(fixture, gus, "eve", "own"), latest(fixture, eve, "gus", "others")]).toEqual(["psst", "psst"]);
  gus.does(QUIT);
  const next = fixture.brings("gus");
  expect([latest(fixture, next, "eve", "own"), latest(fixture, next, "eve", "others")]).toEqual([undefined, undefined]);
});

test("an account finds its own under another nick", () => {
  const fixture = new ChatFixture({ accounts: ["annie"] });
  const ann = fixture.brings("ann", "#dev");
  ann.does({ type: "identify", account: anAccount("annie") } as Act, say("#dev", "hi"), rename("anna"));
  expect([latest(fixture, ann, "#dev", "own"), latest(fixture, ann, "#dev", of("anna"))]).toEqual(["hi", "hi"]);
});

test("a reaction quotes only what its sender and everyone there may read", () => {
  const fixture = new ChatFixture();
  const [ann, bob] = [fixture.brings("ann", "#dev"), fixture.brings("bob", "#dev", "#ops")];
  ann.does(say("#dev", "open\nsecond line"));
  const open = msgidOf(ann);
  ann.does({ type: "say", to: "#dev", rank: "operator", kind: "words", text: "to operators" });
  const toOperators = msgidOf(ann);
  ann.does(modes("#dev", { mode: "secret", on: true }), say("#dev", "private"));
  const closed = msgidOf(ann);
  ann.does(modes("#dev", { mode: "secret", on: false }), say("bob", "direct"));
  const direct = msgidOf(ann);
  bob.does(leave("#dev"), join("#dev"));
  const eve = fixture.brings("eve", "#dev");
  for (const msgid of [open, toOperators, closed, direct, "nonsense"]) bob.does(react("#dev", msgid));
  ann.does(react("#dev", closed));
  bob.does(react("#ops", open), react("ann", direct));
  expect(reactions(eve)).toEqual(["ann: open…", "ann: "]);
  expect(reactions(ann).slice(2)).toEqual(["ann: direct"]);
  eve.does(react("bob", direct));
  expect(reactions(bob)).toHaveLength(3);
});

test("a reaction without an emoji does not count beside one with an emoji", () => {
  const fixture = new ChatFixture();
  const [ann, bob] = [fixture.brings("ann", "#dev"), fixture.brings("bob", "#dev")];
  ann.does(say("#dev", "hi"));
  const tags = new Map([
    ["+draft/react", ""],
    ["+draft/unreact", "x"],
    ["+draft/reply", msgidOf(ann)],
  ]);
  expect(bob.does({ type: "signal", to: "#dev", tags })).toEqual(["no: reaction-same #dev false"]);
});

test("an emoji is one reaction, with U+FE0F behind it or without", () => {
  const fixture = new ChatFixture();
  const [ann, bob] = [fixture.brings("ann", "#dev"), fixture.brings("bob", "#dev")];
  ann.does(say("#dev", "hi"));
  const heart = (tag: string, text: string, author = ann): Act => {
    const tags = new Map([
      [`+draft/${tag}`, text],
      ["+draft/reply", msgidOf(author)],
    ]);
    return { type: "signal", to: "#dev", tags };
  };
  const [bare, whole] = ["\u2764", "\u2764\ufe0f"];
  bob.does(heart("react", bare));
  expect(bob.does(heart("react", whole))).toEqual(["no: reaction-same #dev true"]);
  bob.does(heart("unreact", whole));
  expect(bob.does(heart("unreact", bare))).toEqual(["no: reaction-same #dev false"]);
  const older = new ChatFixture({ semantics: { ...SEMANTICS, newest: 2 } });
  const [eve, zoe] = [older.brings("eve", "#dev"), older.brings("zoe", "#dev")];
  eve.does(say("#dev", "hi"));
  const first = heart("react", bare, eve);
  zoe.does(first);
  expect(zoe.does(heart("react", whole, eve))).toHaveLength(1);
  expect(zoe.does(first)).toEqual(["no: reaction-same #dev true"]);
  const told = ann.events.flatMap((event) =>
    event.type === "signalled" && event.reaction ? event.reaction.emoji : [],
  );
  expect(told).toEqual([whole, whole]);
});

test("an account's stored messages are found after a restart", () => {
  const first = new ChatFixture({ accounts: ["annie", "robert"] });
  const ann = first.brings("x");
  ann.does({ type: "identify", account: anAccount("annie") } as Act, say("robert", "kept"));
  first.store.commit();
  const second = new ChatFixture({ store: first.store });
  const again = second.brings("y");
  again.does({ type: "identify", account: anAccount("annie") } as Act);
  expect(latest(second, again, "robert", "own")).toBe("kept");
  const stranger = second.brings("z");
  stranger.does(enter("q"));
  expect(latest(second, stranger, "robert", "others")).toBeUndefined();
});

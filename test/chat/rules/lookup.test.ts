import { expect, test } from "bun:test";
import type { Act } from "../../../src/chat/model/act.ts";
import type { Whose } from "../../../src/chat/rules/lookup.ts";
import { fold } from "../../../src/text/fold.ts";
import {
  anAccount,
  enter,
  join,
  leave,
  modes,
  type Player,
  QUIT,
  rename,
  Stage,
  say,
} from "../../support/chat-stage.ts";

/** The text of the latest message that a member may name so. */
function latest({ chat }: Stage, { member }: Player, target: string, whose: Whose): string | undefined {
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

/** The reactions that a player was told of: to whom and to what. */
function reactions(player: Player): readonly string[] {
  return player.events.flatMap((event) =>
    event.type === "signalled" && event.reaction ? [`${event.reaction.to.nick}: ${event.reaction.text}`] : [],
  );
}

function msgidOf(player: Player): string {
  return player.events.findLast((event) => event.type === "said")?.msgid ?? "";
}

test("the latest of somebody is found by the nick at that time, and behind hundreds of others' messages", () => {
  const stage = new Stage();
  const [ann, bob] = [stage.brings("ann", "#dev"), stage.brings("bob", "#dev")];
  bob.does(say("#dev", "hi"), { type: "say", to: "#dev", kind: "query", text: "VERSION" });
  ann.does(...Array.from({ length: 300 }, (_, n) => say("#dev", `line ${n}`)));
  bob.does(rename("rob"));
  expect([of("bob"), of("rob"), "own", "others"].map((whose) => latest(stage, ann, "#dev", whose as Whose))).toEqual([
    "hi",
    undefined,
    "line 299",
    "hi",
  ]);
  expect(latest(stage, bob, "#dev", "own")).toBe("hi");
});

test("nothing is found in a room that the member is not in, nor what was said to a rank", () => {
  const stage = new Stage();
  const [ann, bob] = [stage.brings("ann", "#dev"), stage.brings("bob", "#ops")];
  ann.does(say("#dev", "hi"), { type: "say", to: "#dev", rank: "operator", kind: "words", text: "to operators" });
  expect([latest(stage, bob, "#dev", "others"), latest(stage, ann, "#dev", "own")]).toEqual([undefined, "hi"]);
});

test("a guest finds what was said to it and by it, the nick's next holder does not", () => {
  const stage = new Stage();
  const [gus, eve] = [stage.brings("gus"), stage.brings("eve")];
  gus.does(say("eve", "psst"));
  expect([latest(stage, gus, "eve", "own"), latest(stage, eve, "gus", "others")]).toEqual(["psst", "psst"]);
  gus.does(QUIT);
  const next = stage.brings("gus");
  expect([latest(stage, next, "eve", "own"), latest(stage, next, "eve", "others")]).toEqual([undefined, undefined]);
});

test("an account finds its own under another nick", () => {
  const stage = new Stage();
  stage.store.saveAccount(anAccount("annie"));
  const ann = stage.brings("ann", "#dev");
  ann.does({ type: "identify", account: anAccount("annie") } as Act, say("#dev", "hi"), rename("anna"));
  expect([latest(stage, ann, "#dev", "own"), latest(stage, ann, "#dev", of("anna"))]).toEqual(["hi", "hi"]);
});

test("a reaction quotes only what its sender and everyone there may read", () => {
  const stage = new Stage();
  const [ann, bob] = [stage.brings("ann", "#dev"), stage.brings("bob", "#dev", "#ops")];
  ann.does(say("#dev", "open\nsecond line"));
  const open = msgidOf(ann);
  ann.does({ type: "say", to: "#dev", rank: "operator", kind: "words", text: "to operators" });
  const toOperators = msgidOf(ann);
  ann.does(modes("#dev", { mode: "secret", on: true }), say("#dev", "private"));
  const closed = msgidOf(ann);
  ann.does(modes("#dev", { mode: "secret", on: false }), say("bob", "direct"));
  const direct = msgidOf(ann);
  bob.does(leave("#dev"), join("#dev"));
  const eve = stage.brings("eve", "#dev");
  for (const msgid of [open, toOperators, closed, direct, "nonsense"]) bob.does(react("#dev", msgid));
  ann.does(react("#dev", closed));
  bob.does(react("#ops", open), react("ann", direct));
  expect(reactions(eve)).toEqual(["ann: open…", "ann: "]);
  expect(reactions(ann).slice(2)).toEqual(["ann: direct"]);
  eve.does(react("bob", direct));
  expect(reactions(bob)).toHaveLength(3);
});

test("a reaction without an emoji does not count beside one with an emoji", () => {
  const stage = new Stage();
  const [ann, bob] = [stage.brings("ann", "#dev"), stage.brings("bob", "#dev")];
  ann.does(say("#dev", "hi"));
  const tags = new Map([
    ["+draft/react", ""],
    ["+draft/unreact", "x"],
    ["+draft/reply", msgidOf(ann)],
  ]);
  expect(bob.does({ type: "signal", to: "#dev", tags })).toEqual(["no: reaction-same #dev false"]);
});

test("an account's stored messages are found after a restart", () => {
  const first = new Stage();
  for (const name of ["annie", "robert"]) first.store.saveAccount(anAccount(name));
  const ann = first.brings("x");
  ann.does({ type: "identify", account: anAccount("annie") } as Act, say("robert", "kept"));
  first.store.commit();
  const second = new Stage({ store: first.store });
  const again = second.brings("y");
  again.does({ type: "identify", account: anAccount("annie") } as Act);
  expect(latest(second, again, "robert", "own")).toBe("kept");
  const stranger = second.brings("z");
  stranger.does(enter("q"));
  expect(latest(second, stranger, "robert", "others")).toBeUndefined();
});

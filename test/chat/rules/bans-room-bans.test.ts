import { expect, test } from "bun:test";
import type { Act } from "../../../src/chat/model/act.ts";
import type { ModeChange } from "../../../src/chat/model/modes.ts";
import {
  anAccount,
  ban,
  ChatFixture,
  enter,
  invite,
  join,
  modes,
  RecordingSession,
  say,
} from "../../support/chat-fixture.ts";

const op = (nick: string): ModeChange => ({ mode: "operator", on: true, nick });
const except = (mask: string): ModeChange => ({ mode: "exception", on: true, mask });
const set = (mask: string): ModeChange => ({ mode: "ban", on: true, mask });

/** ann operates #dev; bob, bea and carl are in it, carl with an account; eve is not. */
function dev(): {
  readonly fixture: ChatFixture;
  readonly ann: RecordingSession;
  readonly bob: RecordingSession;
  readonly carl: RecordingSession;
} {
  const fixture = new ChatFixture();
  const [ann, bob] = [fixture.brings("ann", "#dev"), fixture.brings("bob", "#dev")];
  fixture.brings("bea", "#dev");
  fixture.store.saveAccount(anAccount("carl"));
  const carl = new RecordingSession(fixture.chat);
  carl.does({ ...enter("carl"), account: anAccount("carl") } as Act, join("#dev"));
  fixture.brings("eve");
  return { fixture, ann, bob, carl };
}

// Rows: name, ann's earlier acts, her act, the events that she sees.
test.each([
  [
    "a nick means its host",
    [],
    ban("#dev", "bob"),
    ["modes-changed ann #dev +ban=*!*@bob.cloak=bob", "kicked bob #dev by ann"],
  ],
  [
    "a nick means its account",
    [],
    ban("#dev", "carl"),
    ["modes-changed ann #dev +ban=a:carl=carl", "kicked carl #dev by ann"],
  ],
  ["an account is meant", [], ban("#dev", "a:CARL"), ["modes-changed ann #dev +ban=a:CARL", "kicked carl #dev by ann"]],
  [
    "a pattern means all who fit",
    [],
    ban("#dev", "b*"),
    ["modes-changed ann #dev +ban=b*!*@*", "kicked bob #dev by ann", "kicked bea #dev by ann"],
  ],
  ["nobody bans themselves", [], ban("#dev", "ann"), ["no: cannot-ban-self #dev"]],
  ["nor mutes themselves", [], ban("#dev", "m:ann"), ["no: cannot-ban-self #dev"]],
  ["someone who is not there is kept out", [], ban("#dev", "eve"), ["modes-changed ann #dev +ban=*!*@eve.cloak=eve"]],
  ["a mute puts out nobody", [], ban("#dev", "m:bob"), ["modes-changed ann #dev +ban=m:*!*@bob.cloak=bob"]],
  ["a mute by pattern puts out nobody", [], ban("#dev", "m:*"), ["modes-changed ann #dev +ban=m:*!*@*"]],
  [
    "a pattern spares operators",
    [op("bob"), op("carl")],
    ban("#dev", "*"),
    ["modes-changed ann #dev +ban=*!*@*", "kicked bea #dev by ann"],
  ],
  [
    "a nick means an operator too",
    [op("bob")],
    ban("#dev", "bob"),
    ["modes-changed ann #dev +ban=*!*@bob.cloak=bob", "kicked bob #dev by ann"],
  ],
  [
    "so does a mask of one nick",
    [op("bob")],
    ban("#dev", "bob!*@*"),
    ["modes-changed ann #dev +ban=bob!*@*", "kicked bob #dev by ann"],
  ],
  [
    "so does an account",
    [op("carl")],
    ban("#dev", "a:carl"),
    ["modes-changed ann #dev +ban=a:carl", "kicked carl #dev by ann"],
  ],
  ["a pattern of accounts spares them", [op("carl")], ban("#dev", "a:c*"), ["modes-changed ann #dev +ban=a:c*"]],
  [
    "exceptions spare",
    [except("bob")],
    ban("#dev", "b*"),
    ["modes-changed ann #dev +ban=b*!*@*", "kicked bea #dev by ann"],
  ],
  [
    "exceptions spare whoever is named",
    [except("bob")],
    ban("#dev", "bob"),
    ["modes-changed ann #dev +ban=*!*@bob.cloak=bob"],
  ],
  ["a ban that was only set before puts out now", [set("bob")], ban("#dev", "bob!*@*"), ["kicked bob #dev by ann"]],
  ["a duration is nobody", [], ban("#dev", "10m"), ["no: mode-value-bad #dev ban 10m"]],
  ["nor is what no nick can be", [], ban("#dev", "m:7up"), ["no: mode-value-bad #dev ban m:7up"]],
  ["a mask that is none is refused", [], ban("#dev", ",bob"), ["no: mode-value-bad #dev ban ,bob"]],
  ["nothing is left to do", [set("eve")], ban("#dev", "eve!*@*"), []],
] as const)("%s", (_, before, act, hears) => {
  const { ann } = dev();
  ann.does(modes("#dev", ...before));
  expect(ann.does(act)).toEqual([...hears]);
});

test("only operators can ban", () => {
  const { fixture, bob } = dev();
  expect(bob.does(ban("#dev", "carl"))).toEqual(["no: not-operator #dev"]);
  expect(bob.does(ban("#nowhere", "carl"))).toEqual(["no: no-such-room #nowhere"]);
  expect(fixture.chat.room("#dev")?.lists.ban.size).toBe(0);
});

test("a mask with wildcards spares server operators, a nick does not", () => {
  const { ann, bob } = dev();
  bob.does({ type: "empower", as: "root" });
  expect(ann.does(ban("#dev", "b*"))).toEqual(["modes-changed ann #dev +ban=b*!*@*", "kicked bea #dev by ann"]);
  expect(ann.does(ban("#dev", "bob")).at(-1)).toBe("kicked bob #dev by ann");
});

const MODERATED: ModeChange = { mode: "moderated", on: true };

test.each([
  ["left", [set("m:bob")], { type: "leave", room: "#dev", reason: "and shout" }],
  ["left", [set("bob")], { type: "leave", room: "#dev", reason: "and shout" }],
  ["left", [MODERATED], { type: "leave", room: "#dev", reason: "and shout" }],
  ["quit", [set("m:bob")], { type: "quit", reason: "and shout" }],
  ["quit", [MODERATED], { type: "quit", reason: "and shout" }],
] as const)("whoever may not speak says nothing by a reason: %s, after %j", (type, changes, act) => {
  const { ann, bob } = dev();
  ann.does(modes("#dev", ...changes));
  bob.does(act);
  expect(ann.events.at(-1)).toMatchObject({ type, reason: "" });
});

test("nor by the reason of a redaction", () => {
  const { fixture, ann, bob } = dev();
  bob.does(say("#dev", "hi"));
  const msgid = fixture.store.msgid(bob.events.at(-1)?.seq ?? 0);
  ann.does(modes("#dev", MODERATED));
  bob.does({ type: "redact", target: "#dev", msgid, reason: "and shout" });
  expect(ann.events.at(-1)).toMatchObject({ type: "redacted", reason: "" });
});

test("a full list refuses the ban, and nobody is kicked", () => {
  const fixture = new ChatFixture({ limits: { listEntries: 1 } });
  const ann = fixture.brings("ann", "#dev");
  fixture.brings("bob", "#dev");
  ann.does(modes("#dev", set("x")));
  expect(ann.does(ban("#dev", "b*"))).toEqual(["no: list-full #dev ban b*!*@*"]);
});

test("a member let in despite a ban stays when that ban is repeated; a new ban kicks it", () => {
  const { ann, bob } = dev();
  ann.does(ban("#dev", "b*"), invite("#dev", "bob"));
  bob.does(join("#dev"));
  expect(ann.does(ban("#dev", "b*"))).toEqual([]);
  expect(ann.does(ban("#dev", "eve"))).toEqual(["modes-changed ann #dev +ban=*!*@eve.cloak=eve"]);
  expect(bob.does(say("#dev", "still here"))).toEqual(["said bob #dev words still here"]);
  expect(ann.does(ban("#dev", "bo*"))).toEqual(["modes-changed ann #dev +ban=bo*!*@*", "kicked bob #dev by ann"]);
  ann.does(invite("#dev", "bob"));
  bob.does(join("#dev"));
  expect(ann.does(ban("#dev", "bob")).at(-1)).toBe("kicked bob #dev by ann");
});

test("a quiet member is announced before it is kicked", () => {
  const { fixture, ann, carl } = dev();
  const [quiet] = [fixture.brings("quiet")];
  quiet?.does(join("#dev", { quietly: true }));
  carl.hears();
  const seen = ["modes-changed ann #dev +ban=*!*@quiet.cloak=quiet", "appeared quiet #dev", "kicked quiet #dev by ann"];
  expect(ann.does(ban("#dev", "quiet"))).toEqual(seen);
  expect(carl.hears()).toEqual(seen);
  expect(quiet?.hears()).toEqual(["modes-changed ann #dev +ban=*!*@quiet.cloak=quiet", "kicked quiet #dev by ann"]);
});

import { expect, test } from "bun:test";
import type { Act } from "../../../src/chat/model/act.ts";
import { anAccount, ChatFixture, join, modes, RecordingSession } from "../../support/chat-fixture.ts";

const ANN = anAccount("ann", { hash: "x" });

/** Ann, who operates #dev and has made the webhook `ci`, and a program without a member. */
function setup() {
  const people = new ChatFixture({ accounts: [ANN] });
  const ann = people.brings("zoe");
  ann.does({ type: "identify", account: ANN }, join("#dev"));
  ann.does({ type: "add-token", hash: "h", kind: "hook", name: "ci", room: "#dev" });
  return { people, ann, program: new RecordingSession(people.chat) };
}

function post(text: string, more: Partial<Extract<Act, { type: "post" }>> = {}): Act {
  return { type: "post", hash: "h", nick: "build", text, ...more };
}

test("a webhook speaks in its room as a bot, with a nick that no member can have, without a join", () => {
  const { people, ann, program } = setup();
  expect(program.does(post("done"))).toEqual(["said ci/build #dev words done"]);
  expect(ann.hears()).toEqual(["said ci/build #dev words done"]);
  const [said] = ann.events.slice(-1);
  expect(said?.type === "said" && [said.from.bot, said.from.account, said.ephemeral]).toEqual([
    true,
    undefined,
    undefined,
  ]);
  expect([people.chat.room("#dev")?.members.size, people.chat.member("ci/build")]).toEqual([1, undefined]);
  expect(people.brings("eve").does({ type: "rename", nick: "ci/build" })).toEqual(["no: nick-bad ci/build"]);
});

test("a webhook speaks in a moderated room, and follows the room's new name", () => {
  const { ann, program } = setup();
  ann.does(modes("#dev", { mode: "moderated", on: true }), {
    type: "rename-room",
    room: "#dev",
    to: "#code",
    reason: "",
  });
  expect(program.does(post("done"))).toEqual(["said ci/build #code words done"]);
});

test("a repeat with the same id is not said again, and another text under it is refused", () => {
  const { people, ann, program } = setup();
  program.does(post("done", { id: "42" }));
  ann.hears();
  expect(program.does(post("done", { id: "42" }))).toEqual(["said ci/build #dev words done"]);
  expect(program.does(post("failed", { id: "42" }))[0]).toStartWith("no: id-reused");
  expect(ann.hears()).toEqual([]);
  ann.does({ type: "add-token", hash: "other", kind: "hook", name: "cd", room: "#dev" });
  expect(program.does(post("failed", { hash: "other", id: "42" }))).toEqual(["said cd/build #dev words failed"]);
  people.chat.commit();
  expect(program.events.filter(({ type }) => type === "said").map(({ msgid }) => msgid)[0]).toBe(
    program.events.filter(({ type }) => type === "said").map(({ msgid }) => msgid)[1] ?? "",
  );
});

test.each<[string, (ann: RecordingSession, people: ChatFixture) => void]>([
  ["removed", (ann) => ann.does({ type: "remove-token", hash: "h" })],
  [
    "without its maker's rank",
    (ann) => ann.does(join("#x"), modes("#dev", { mode: "operator", on: false, nick: "zoe" })),
  ],
  ["without its maker's account", (ann) => ann.does({ type: "remove-account", account: ANN })],
])("a webhook that is %s says nothing", (_, ends) => {
  const { people, ann, program } = setup();
  ends(ann, people);
  expect(program.does(post("done"))).toEqual(["no: hook-unknown"]);
});

test("a token of another kind is no webhook", () => {
  const { ann, program } = setup();
  ann.does({ type: "add-token", hash: "l", kind: "login", name: "page", room: undefined });
  ann.does({ type: "add-token", hash: "i", kind: "invitation", name: "link", room: "#dev" });
  for (const hash of ["l", "i", "none"]) expect(program.does(post("done", { hash }))).toEqual(["no: hook-unknown"]);
});

test("nothing is said that is empty, too long, or cannot be stored", () => {
  const { people, program } = setup();
  expect(program.does(post(""))).toEqual(["no: nothing-to-say #dev"]);
  expect(program.does(post("x".repeat(5000)))[0]).toStartWith("no: message-too-long");
  Object.defineProperty(people.store, "isDown", { get: () => true });
  expect(program.does(post("done"))).toEqual(["no: not-stored message"]);
});

test("in a room that keeps nothing a webhook's message is not stored", () => {
  const { ann, program } = setup();
  ann.does(modes("#dev", { mode: "history", on: true, keeps: 0 }));
  program.does(post("done"));
  const [said] = program.events.slice(-1);
  expect(said?.type === "said" && said.ephemeral).toBe("by-rule");
});

import { describe, expect, test } from "bun:test";
import type { Act } from "../../../src/chat/model/act.ts";
import { fold } from "../../../src/text/fold.ts";
import {
  anAccount,
  ban,
  ChatFixture,
  enter,
  join,
  kick,
  leave,
  modes,
  QUIT,
  RecordingSession,
} from "../../support/chat-fixture.ts";
import { TemporaryStore } from "../../support/temporary-store.ts";

const RESTORE: Act = { type: "restore-rooms", isAsked: true };

/** A chat in which ann and bob have accounts. */
function fixtureOf(setup: ConstructorParameters<typeof ChatFixture>[0] = {}): ChatFixture {
  const people = new ChatFixture(setup);
  for (const name of ["ann", "bob"]) people.store.saveAccount(anAccount(name));
  return people;
}

function comes(people: ChatFixture, name: string, nick = name): RecordingSession {
  const player = new RecordingSession(people.chat);
  const account = people.store.loadAccount(fold(name));
  player.does({ ...enter(nick), account } as Act);
  return player;
}

/** The rooms that ann is put back in. */
function restored(people: ChatFixture): readonly string[] {
  const ann = comes(people, "ann");
  ann.does(RESTORE);
  return [...ann.followed.keys()].map(({ name }) => name);
}

describe("an account is back in the rooms that it", () => {
  test("joined and quit, in the order of its joins, and over a restart", () => {
    using temp = new TemporaryStore();
    const people = fixtureOf({ store: temp.opens() });
    const [ann, bob] = [comes(people, "ann"), comes(people, "bob")];
    bob.does(join("#dev"), join("#ops"));
    ann.does(join("#ops"), join("#dev"), QUIT);
    const again = new ChatFixture({ store: temp.reopens() });
    const back = comes(again, "ann");
    expect(back.does(RESTORE)).toEqual(["joined ann #ops", "joined ann #dev", "rooms-restored"]);
    expect(back.does(RESTORE)).toEqual(["rooms-restored"]);
  });

  test("has neither left, nor was kicked or banned from", () => {
    const people = fixtureOf();
    const [ann, bob] = [comes(people, "ann"), comes(people, "bob")];
    bob.does(join("#left"), join("#kicked"), join("#banned"), join("#masked"), join("#dev"));
    ann.does(join("#left"), join("#kicked"), join("#banned"), join("#masked"), join("#dev"), leave("#left"));
    bob.does(kick("#kicked", "ann"));
    ann.does(QUIT);
    bob.does(ban("#banned", "ann"), ban("#masked", "*!*@ann.cloak"));
    bob.does(modes("#banned", { mode: "ban", on: false, mask: "a:ann", whom: undefined }));
    expect(restored(people)).toEqual(["#dev"]);
    bob.does(modes("#masked", { mode: "ban", on: false, mask: "*!*@ann.cloak", whom: undefined }));
    comes(people, "ann").does(QUIT);
    expect(restored(people)).toEqual(["#dev"]);
  });

  test("was not kicked from while it was away", () => {
    const people = fixtureOf();
    const [ann, bob] = [comes(people, "ann"), comes(people, "bob")];
    bob.does(join("#dev"));
    ann.does(join("#dev"), QUIT);
    bob.hears();
    expect(bob.does(kick("#dev", "ann"))).toEqual(["membership-ended"]);
    expect(bob.does(kick("#dev", "ann"))).toEqual(["no: no-such-nick ann"]);
    expect(restored(people)).toEqual([]);
  });

  test("is a member of, whatever keeps others out", () => {
    const people = fixtureOf();
    const [ann, bob] = [comes(people, "ann"), comes(people, "bob")];
    bob.does(join("#dev"));
    ann.does(join("#dev"), QUIT);
    bob.does(
      modes(
        "#dev",
        { mode: "invite-only", on: true },
        { mode: "key", on: true, key: "k" },
        { mode: "limit", on: true, limit: 1 },
      ),
    );
    expect(restored(people)).toEqual(["#dev"]);
  });

  test("knows under other names meanwhile, and no others", () => {
    const people = fixtureOf();
    const [ann, bob] = [comes(people, "ann"), comes(people, "bob")];
    bob.does(join("#dev"));
    ann.does(join("#dev"), QUIT);
    bob.does({ type: "rename-room", room: "#dev", to: "#development", reason: "" });
    expect(restored(people)).toEqual(["#development"]);
  });
});

test("a room that is gone is not made anew, nor joined when others open it again", () => {
  const people = fixtureOf();
  const [ann, gus] = [comes(people, "ann"), people.brings("gus", "#tmp")];
  ann.does(join("#tmp"), QUIT);
  gus.does(QUIT);
  expect(people.chat.room("#tmp")).toBeUndefined();
  expect(restored(people)).toEqual([]);
  people.brings("eve", "#tmp");
  comes(people, "ann").does(QUIT);
  expect(restored(people)).toEqual([]);
});

test("a room of guests that a restart has ended is told as missing", () => {
  using temp = new TemporaryStore();
  const people = fixtureOf({ store: temp.opens() });
  people.brings("gus", "#tmp");
  comes(people, "ann").does(join("#tmp"));
  people.chat.commit();
  const again = new ChatFixture({ store: temp.reopens() });
  const ann = comes(again, "ann");
  ann.does(RESTORE);
  expect(ann.events.at(-1)).toMatchObject({ type: "rooms-restored", missing: ["#tmp"] });
  expect(again.chat.room("#tmp")).toBeUndefined();
});

test("the rooms of a guest that logs in become the account's; those of bots and quiet joins do not", () => {
  const people = fixtureOf();
  const account = people.store.loadAccount(fold("ann"));
  const gus = people.brings("gus", "#dev");
  gus.does(join("#quiet", { quietly: true }), { type: "identify", account } as Act, join("#later"), QUIT);
  const bot = comes(people, "bob");
  bot.does({ type: "change-user-modes", changes: [{ userMode: "bot", on: true }] }, join("#bots"));
  expect(people.store.memberships(anAccount("ann").id).map(({ room }) => room)).toEqual([fold("#dev"), fold("#later")]);
  expect(people.store.memberships(anAccount("bob").id)).toEqual([]);
});

test("a room stays on the list while another member of the account is in it", () => {
  const people = fixtureOf();
  const [ann, other] = [comes(people, "ann"), comes(people, "ann", "ann-phone")];
  ann.does(join("#dev"));
  other.does(join("#dev"), leave("#dev"), QUIT);
  ann.does(QUIT);
  expect(restored(people)).toEqual(["#dev"]);
});

test("the list has a limit: the room joined first is dropped", () => {
  const people = fixtureOf({ limits: { roomsPerMember: 2 } });
  comes(people, "ann").does(join("#a"), join("#b"), QUIT);
  comes(people, "ann").does(join("#c"), QUIT);
  expect(restored(people)).toEqual(["#b", "#c"]);
});

test("a client that does not ask is put back only if the account wants it; a guest never is", () => {
  const people = fixtureOf();
  comes(people, "bob").does(join("#dev"));
  const quietly: Act = { type: "restore-rooms", isAsked: false };
  const ann = comes(people, "ann");
  ann.does(join("#dev"), QUIT);
  const back = comes(people, "ann");
  expect(back.does(quietly)).toEqual([]);
  back.does({ type: "set-autojoin", on: true });
  expect(back.does(quietly)).toEqual(["joined ann #dev", "rooms-restored"]);
  expect(people.brings("gus").does(RESTORE, { type: "set-autojoin", on: true })).toEqual(["no: not-logged-in"]);
});

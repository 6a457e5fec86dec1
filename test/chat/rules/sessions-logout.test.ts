import { expect, test } from "bun:test";
import type { AccountId, AccountRecord } from "../../../src/chat/model/account.ts";
import type { Act } from "../../../src/chat/model/act.ts";
import { HOLD } from "../../../src/chat/rules/sessions.ts";
import { removeAccount, setPassword } from "../../../src/cli/admin.ts";
import { fold } from "../../../src/text/fold.ts";
import {
  anAccount,
  ChatFixture,
  enter,
  join,
  modes,
  QUIT,
  RecordingSession,
  rename,
  say,
} from "../../support/chat-fixture.ts";

const ANN = anAccount("ann", { hash: "old", fingerprints: ["ab"] });
const NEW = { hash: "new", scram: undefined };

/** A chat in which ann has an account, and bob is in #dev. */
function setup(): { readonly people: ChatFixture; readonly bob: RecordingSession } {
  const people = new ChatFixture({ accounts: [ANN] });
  return { people, bob: people.brings("bob", "#lobby") };
}

/** A session of ann's. */
function comes(people: ChatFixture, nick = "ann", login: AccountRecord = ANN, host = "home.cloak"): RecordingSession {
  const player = new RecordingSession(people.chat);
  player.does({ ...enter(nick), account: login, host } as Act);
  return player;
}

function removes(people: ChatFixture): void {
  removeAccount(people.store, ANN);
  people.chat.enforceLogouts();
}

function rekeys(people: ChatFixture): void {
  setPassword(people.store, people.store.account(ANN.id) ?? ANN, NEW, { keepsCertificates: false });
  people.chat.enforceLogouts();
}

const REKEY: Act = { type: "change-password", account: ANN.id, secret: NEW, keepsCertificates: false };

test("the member of a removed account becomes a guest without ranks, is told why and keeps the nick", () => {
  const { people, bob } = setup();
  const ann = comes(people);
  ann.does(join("#dev"));
  bob.does(join("#dev"));
  ann.hears();
  removes(people);
  expect(ann.hears()).toEqual(["account-set ann account-removed", "modes-changed #dev -operator=ann"]);
  expect(bob.hears()).toEqual(["account-set ann account-removed", "modes-changed #dev -operator=ann"]);
  expect([ann.member?.who.account, ann.member?.nick]).toEqual([undefined, "ann"]);
  ann.does(QUIT);
  expect(people.brings("ann").does(join("#dev"))).toEqual(["joined ann #dev"]);
});

test("a room kept only for a removed account goes, and other rooms keep nothing for it", () => {
  const { people, bob } = setup();
  bob.does(join("#kept"));
  const ann = comes(people);
  ann.does(join("#gone"), join("#kept"));
  bob.does(modes("#kept", { mode: "operator", on: true, nick: "ann" }));
  ann.does(QUIT);
  expect(people.chat.room("#gone")?.hasLastingOperator).toBe(true);
  removes(people);
  expect(people.chat.room("#gone")).toBeUndefined();
  expect(people.chat.room("#kept")?.ranks.size).toBe(0);
  expect(people.store.loadRoom(fold("#kept"))?.ranks ?? {}).toEqual({});
});

test("ranks of an account removed while the server was down are void", () => {
  const { people } = setup();
  comes(people).does(join("#dev"), QUIT);
  removeAccount(people.store, ANN);
  const later = new ChatFixture({ store: people.store });
  expect(later.chat.room("#dev")).toBeUndefined();
});

test("a new password logs out all sessions, and a guest does not keep a nick that is registered", () => {
  const { people, bob } = setup();
  const ann = comes(people);
  ann.does(join("#lobby"));
  bob.hears();
  rekeys(people);
  expect(ann.hears()).toEqual(["account-set ann password-changed", "renamed ann ann-2"]);
  expect(bob.hears()).toEqual(["account-set ann password-changed", "renamed ann ann-2"]);
  expect(comes(people, "ann", { ...ANN, ...NEW }).member?.who.account?.name).toBe("ann");
});

test("after a new password the account keeps its ranks, the logged out guests have none", () => {
  const { people, bob } = setup();
  const thief = comes(people);
  thief.does(join("#dev"));
  bob.does(join("#dev"));
  rekeys(people);
  expect(thief.does(modes("#dev", { mode: "moderated", on: true }))).toEqual(["no: not-operator #dev"]);
  expect(comes(people, "ann", { ...ANN, ...NEW }).does(join("#dev"))).toContain("joined ann #dev operator");
});

test("separated sessions become guests with their own hosts in the same rooms", () => {
  const { people, bob } = setup();
  const [first, second, third] = [comes(people), comes(people, "ann", ANN, "away.cloak"), comes(people, "other")];
  third.does(rename("ann"));
  first.does(join("#lobby"));
  first.does({ type: "empower", as: "root" });
  for (const one of [bob, first, second, third]) one.hears();
  rekeys(people);
  expect(second.hears().slice(0, 3)).toEqual([
    "separated ann-2 was ann password-changed",
    "left ann-2 #lobby",
    "joined ann-2 #lobby",
  ]);
  expect(first.hears()).toEqual(expect.arrayContaining(["account-set ann password-changed", "renamed ann ann-4"]));
  expect(first.member?.userModes.has("operator")).toBe(false);
  expect([first, second, third].map(({ member }) => member?.nick)).toEqual(["ann-4", "ann-2", "ann-3"]);
  expect([second, third].map(({ member }) => member?.who.host)).toEqual(["away.cloak", "home.cloak"]);
  expect([first, second, third].map(({ member }) => member?.sessions.size)).toEqual([1, 1, 1]);
  // One of them logs in again: the others have no part in it.
  first.does({ type: "identify", account: { ...ANN, ...NEW } });
  expect(second.member?.who.account).toBeUndefined();
  expect(second.does(say("#lobby", "hi"))).toEqual(["said ann-2 #lobby words hi"]);
});

test("the session that has set a new password stays logged in, and only that one", () => {
  const { people } = setup();
  const [mine, other, elsewhere] = [comes(people), comes(people), comes(people, "ann_")];
  mine.does(REKEY);
  expect([mine, other, elsewhere].map(({ member }) => [member?.nick, member?.who.account?.name])).toEqual([
    ["ann", "ann"],
    ["ann-2", undefined],
    ["ann_", undefined],
  ]);
  people.chat.enforceLogouts();
  expect(mine.member?.who.account?.name).toBe("ann");
});

test("a login with the new password outlives the logout of the old ones", () => {
  const { people } = setup();
  const thief = comes(people);
  setPassword(people.store, ANN, NEW, { keepsCertificates: false });
  const owner = comes(people, "owner", { ...ANN, ...NEW });
  const guest = people.brings("guest");
  guest.does({ type: "identify", account: { ...ANN, ...NEW } });
  people.chat.enforceLogouts();
  const accounts = [thief, owner, guest].map(({ member }) => member?.who.account?.name);
  expect(accounts).toEqual([undefined, "ann", "ann"]);
});

test("a held member of a removed account quits", () => {
  const { people, bob } = setup();
  const ann = comes(people);
  ann.does(join("#lobby"), { type: "lose", reason: "gone" });
  bob.hears();
  removes(people);
  expect(bob.hears()).toEqual(["quit ann"]);
  expect(people.chat.member("ann")).toBeUndefined();
  people.now += HOLD;
  people.chat.housekeep();
});

test.each([
  ["removed", (people: ChatFixture) => people.store.removeAccount(ANN.id)],
  ["removed, and made anew by another", remade],
  ["given another password", (people: ChatFixture) => people.store.saveAccount({ ...ANN, ...NEW })],
])("a login to an account that was %s since it was proved is none", (_, changes) => {
  const { people } = setup();
  changes(people);
  const late = new RecordingSession(people.chat);
  expect(late.does({ ...enter("other"), account: ANN } as Act)).toEqual(["entered other", "no: login-void ann"]);
  expect(late.member?.who.account).toBeUndefined();
  expect(people.brings("x").does({ type: "identify", account: ANN })).toEqual(["no: login-void ann"]);
});

function remade(people: ChatFixture): void {
  people.store.removeAccount(ANN.id);
  people.store.saveAccount({ ...ANN, id: "another" as AccountId });
}

test("an expired login is refused besides the nick", () => {
  const { people } = setup();
  people.store.saveAccount({ ...ANN, ...NEW });
  expect(new RecordingSession(people.chat).does({ ...enter("ann"), account: ANN } as Act)).toEqual([
    "no: login-void ann",
    "no: nick-registered ann",
  ]);
});

test("a logged out guest leaves rooms that only its account could join", () => {
  const { people, bob } = setup();
  const rooms = ["#invited", "#listed", "#kept-out", "#keyed"];
  bob.does(...rooms.map((room) => join(room)));
  const [one, other] = [comes(people), comes(people)];
  one.does(...rooms.map((room) => join(room)));
  bob.does(
    join("#later"),
    modes("#later", { mode: "invite-only", on: true }),
    { type: "invite", room: "#later", nick: "ann" },
    modes("#invited", { mode: "invite-only", on: true }),
    modes("#listed", { mode: "invite-only", on: true }, { mode: "invitation", on: true, mask: "a:ann" }),
    modes(
      "#kept-out",
      { mode: "ban", on: true, mask: "*!*@home.cloak" },
      { mode: "exception", on: true, mask: "a:ann" },
    ),
    modes("#keyed", { mode: "key", on: true, key: "sesame" }),
  );
  rekeys(people);
  for (const { member } of [one, other]) expect([...(member?.rooms ?? [])].map(({ name }) => name)).toEqual(["#keyed"]);
  expect(one.does(join("#later"))).toEqual(["no: cannot-join #later invite-only"]);
});

test("ranks of an account that cannot be read at the start are not lost", () => {
  const { people } = setup();
  comes(people).does(join("#dev"), QUIT);
  people.store.removeAccount(ANN.id); // as if it lay on a damaged page
  const later = new ChatFixture({ store: people.store });
  people.store.saveAccount(ANN);
  expect(comes(later).does(join("#dev"))).toEqual(["joined ann #dev operator"]);
});

import { expect, test } from "bun:test";
import { type AccountId, type AccountRecord, certificatesOf } from "../../../src/chat/model/account.ts";
import type { Act } from "../../../src/chat/model/act.ts";
import { fold } from "../../../src/text/fold.ts";
import { anAccount, ChatFixture, RecordingSession } from "../../support/chat-fixture.ts";

const ANN = anAccount("ann", { hash: "old", fingerprints: ["ab"], named: ["cd"] });
const NEW = { hash: "new", scram: undefined };

/** A chat in which ann has an account, and two sessions. */
function setup() {
  const people = new ChatFixture({ accounts: [ANN] });
  const [one, other] = [people.comes("ann", ANN), people.comes("ann", ANN)];
  return { people, store: people.store, one, other };
}

function register(name: string): Act {
  return { type: "register", account: anAccount(name, { hash: "x" }) };
}

function rekey(keepsCertificates: boolean): Act {
  return { type: "change-password", account: ANN.id, secret: NEW, keepsCertificates };
}

function certificate(on: boolean, fingerprint: string, isShown = true): Act {
  return { type: "change-certificate", on, fingerprint, isShown };
}

test("an account needs a nick that is not in use or confusable", () => {
  const { people, store } = setup();
  const bob = people.brings("bob");
  const nobody = new RecordingSession(people.chat);
  expect(nobody.does(register("bob"))).toEqual(["no: nick-in-use bob"]);
  expect(nobody.does(register("Ann"))).toEqual(["no: account-exists ann"]);
  expect(nobody.does(register("NickServ"))).toEqual(["no: account-name-bad NickServ"]);
  people.now = 5000;
  expect(bob.does(register("bob"))).toEqual([]);
  expect(store.loadAccount(bob.member?.nick.toLowerCase() as never)).toMatchObject({
    name: "bob",
    hash: "x",
    created: 5000,
  });
  expect(nobody.does(register("eve"))).toEqual([]); // before it has come in
  expect(store.account(anAccount("eve").id)?.name).toBe("eve");
});

test("a logged in member cannot register, and nobody can while registration is off", () => {
  const { one } = setup();
  expect(one.does(register("zoe"))).toEqual(["no: logged-in ann"]);
  const closed = new ChatFixture({ rules: { registration: false } });
  expect(closed.brings("bob").does(register("bob"))).toEqual(["no: registration-off"]);
});

test.each([
  [true, ["ab", "cd"]],
  [false, []],
])(
  "with another password that keeps certificates (%p) these log in: %j; the other sessions are logged out",
  (keeps, certificates) => {
    const { people, store, one, other } = setup();
    one.does(rekey(keeps));
    const account = store.account(ANN.id);
    expect([account?.hash, account && certificatesOf(account)]).toEqual(["new", certificates]);
    expect([one, other].map(({ member }) => member?.who.account?.name)).toEqual(["ann", undefined]);
    expect(other.does(rekey(keeps))).toEqual(["no: not-logged-in"]);
    people.chat.enforceLogouts(); // no other program has ordered it
    expect(one.member?.who.account?.name).toBe("ann");
  },
);

test("a certificate logs in to one account by itself, and to several by name", () => {
  const { store, one } = setup();
  store.saveAccount(anAccount("bob", { fingerprints: ["ef"] }));
  const added = () => {
    const { fingerprints, named } = store.account(ANN.id) ?? ANN;
    return [fingerprints, named];
  };
  expect(one.does(certificate(true, "ef"))).toEqual(["no: certificate-taken"]);
  expect(one.does(certificate(true, "ef", false))).toEqual([]);
  expect(added()).toEqual([["ab"], ["cd", "ef"]]);
  expect(one.does(certificate(true, "cd"))).toEqual([]); // its key is shown now
  expect(added()).toEqual([["ab", "cd"], ["ef"]]);
  expect(one.does(certificate(false, "xy"))).toEqual(["no: certificate-unknown"]);
  expect(one.does(certificate(false, "ab"), certificate(false, "ef"))).toEqual([]);
  expect(added()).toEqual([["cd"], []]);
});

test("an account has a limited number of certificates", () => {
  const { one } = setup();
  for (let n = 2; n < 16; n++) expect(one.does(certificate(true, `n${n}`))).toEqual([]);
  expect(one.does(certificate(true, "more"))).toEqual(["no: too-many-certificates 16"]);
});

test("an account is removed only while the authentication is valid", () => {
  const { store, one, other } = setup();
  one.does(rekey(true));
  const remove = (hash: string): Act => ({ type: "remove-account", account: { id: ANN.id, name: "ann", hash } });
  expect(one.does(remove("old"))).toEqual(["no: not-logged-in"]);
  expect(other.does(remove("new"))).toEqual(["no: not-logged-in"]);
  expect(one.does(remove("new"))).toEqual(["account-set ann account-removed"]);
  expect(store.account(ANN.id)).toBeUndefined();
});

test.each([
  ["made", (one: RecordingSession) => one.does({ type: "identify", account: undefined }, register("zoe"))],
  ["given another password", (one: RecordingSession) => one.does(rekey(true))],
  ["given a certificate", (one: RecordingSession) => one.does(certificate(true, "xy"))],
  ["removed", (one: RecordingSession) => one.does({ type: "remove-account", account: ANN })],
])("no account is %s while nothing can be stored", (_, act) => {
  const { store, one } = setup();
  Object.defineProperty(store, "isDown", { get: () => true });
  expect(act(one).at(-1)).toBe("no: accounts-not-stored");
});

test("an account's ignored nicks are stored, a guest's are not", () => {
  const { people, store, one } = setup();
  const bob = people.brings("bob");
  one.does({ type: "set-ignored", nicks: [fold("bob")] });
  one.does({ type: "set-ignored", nicks: [fold("bob")] });
  bob.does({ type: "set-ignored", nicks: [fold("ann")] });
  expect(store.account(ANN.id)?.ignored).toEqual([fold("bob")]);
  one.does(certificate(true, "ef"));
  expect(store.account(ANN.id)?.ignored).toEqual([fold("bob")]);
});

test("a new password takes the place of the old one's SCRAM keys, also if the act comes as JSON", () => {
  const { store, one } = setup();
  const scram = { salt: "s", iterations: 4096, stored: "x", server: "y" } as unknown as AccountRecord["scram"];
  store.saveAccount({ ...ANN, scram });
  one.does(JSON.parse(JSON.stringify(rekey(true))) as Act);
  expect(store.loadAccount(fold("ann"))).toMatchObject({ hash: "new", scram: undefined });
});

test("the operator makes accounts of free names, and sets passwords, by acts of the server", () => {
  const { people, store, one, other } = setup();
  const { chat } = people;
  chat.administer({ type: "add-account", account: anAccount("Ann", { id: "other" as AccountId }) });
  chat.administer({ type: "add-account", account: anAccount("eve", { hash: "x" }) });
  expect([store.loadAccount(fold("ann"))?.id, store.loadAccount(fold("eve"))?.hash]).toEqual([ANN.id, "x"]);
  chat.administer({ type: "set-password", account: ANN.id, secret: NEW, keepsCertificates: true });
  expect(store.loadAccount(fold("ann"))).toMatchObject({ hash: "new", fingerprints: ["ab"] });
  expect([one, other].map(({ member }) => member?.who.account)).toEqual([undefined, undefined]);
  chat.administer({ type: "set-password", account: ANN.id, secret: NEW, keepsCertificates: false });
  expect(store.loadAccount(fold("ann"))?.fingerprints).toEqual([]);
});

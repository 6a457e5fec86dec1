import { expect, test } from "bun:test";
import { certificatesOf } from "../../../src/chat/model/account.ts";
import type { Act } from "../../../src/chat/model/act.ts";
import { anAccount, ChatFixture, enter, RecordingSession } from "../../support/chat-fixture.ts";

const SSH = "SHA256:abc";
const ANN = anAccount("ann", { fingerprints: [SSH, "ab"] });

/** ann's account, logged in to by a session with each of the keys that it has. */
function setup(account = ANN) {
  const people = new ChatFixture({ accounts: [account] });
  const [ssh, tls] = [SSH, "ab"].map((fingerprint) => {
    const player = new RecordingSession(people.chat);
    player.fingerprint = fingerprint;
    player.does({ ...enter("ann"), account: { ...account, key: fingerprint } } as Act);
    return player;
  });
  if (!ssh || !tls) throw new Error("ann is not there");
  return { people, store: people.store, ssh, tls };
}

function link(fingerprint: string, name?: string): Act {
  return { type: "link-key", account: ANN.id, fingerprint, name };
}

function remove(fingerprint: string): Act {
  return { type: "change-certificate", on: false, fingerprint, isShown: false };
}

test("a linked key is added with its name, and all sessions of the account are told", () => {
  const { people, store, ssh, tls } = setup();
  const guest = people.brings("guest");
  people.now = 5000;
  expect(guest.does(link("ef", "phone"))).toEqual([]);
  const account = store.account(ANN.id);
  expect(account?.fingerprints).toEqual([SSH, "ab", "ef"]);
  expect(account?.keys).toEqual([{ fingerprint: "ef", name: "phone", added: 5000, used: 5000 }]);
  for (const session of [ssh, tls])
    expect(session.events.at(-1)).toMatchObject({
      type: "key-linked",
      fingerprint: "ef",
      who: { host: "guest.cloak" },
    });
});

test("an account's key cannot be linked to another account, nor by a logged-in member", () => {
  const { people, store, ssh } = setup();
  store.saveAccount(anAccount("bob", { fingerprints: ["cd"] }));
  expect(people.brings("guest").does(link("cd"))).toEqual(["no: key-taken"]);
  expect(ssh.does(link("ef"))).toEqual(["no: logged-in ann"]);
});

test("an account made with a key has it alone", () => {
  const { people, store } = setup();
  const register = (name: string, key: string): Act => ({
    type: "register",
    account: anAccount(name, { fingerprints: [key] }),
  });
  expect(people.brings("eve").does(register("eve", SSH))).toEqual(["no: key-taken"]);
  expect(people.brings("zoe").does(register("zoe", "ef"))).toEqual([]);
  expect(store.account(anAccount("zoe").id)?.keys).toEqual([{ fingerprint: "ef", added: 1000, used: 1000 }]);
});

test("removing a key ends the other sessions that show it, and no others", () => {
  const { store, ssh, tls } = setup();
  expect(ssh.does(remove("ab"))).toEqual([expect.stringMatching(/^session-ended/)]);
  expect([ssh, tls].map(({ member }) => member?.nick)).toEqual(["ann", undefined]);
  expect(store.account(ANN.id)?.fingerprints).toEqual([SSH]);
  expect(ssh.does(remove(SSH))).toEqual(["no: last-key"]);
});

test("with a password, an account does without keys, and the session that removes its own goes on", () => {
  const { store, ssh } = setup({ ...ANN, hash: "x" });
  ssh.does(remove("ab"), remove(SSH));
  expect(ssh.member?.nick).toBe("ann");
  expect(store.account(ANN.id)).toMatchObject({ fingerprints: [] });
});

test("a login by a key that has been removed meanwhile is void", () => {
  const { people, ssh } = setup();
  ssh.does(remove("ab"));
  const late = people.brings("late");
  const identify: Act = { type: "identify", account: { ...ANN, key: "ab" } };
  expect(late.does(identify)).toEqual(["no: login-void ann"]);
});

test("the last use of a key is noted, to the hour", () => {
  const { people, store } = setup();
  people.brings("guest").does(link("ef"));
  const uses = (time: number) => {
    people.now = time;
    const player = new RecordingSession(people.chat);
    player.does({ ...enter("ann"), account: { ...ANN, key: "ef" } } as Act);
    return store.account(ANN.id)?.keys?.[0]?.used;
  };
  expect([uses(2000), uses(3_601_000), uses(3_602_000)]).toEqual([1000, 3_601_000, 3_601_000]);
});

test("an account has a limited number of keys of both kinds", () => {
  const { people, store } = setup();
  const guest = people.brings("guest");
  for (let n = 2; n < 16; n++) expect(guest.does(link(`SHA256:${n}`))).toEqual([]);
  expect(guest.does(link("more"))).toEqual(["no: too-many-certificates 16"]);
  const account = store.account(ANN.id);
  expect(account && certificatesOf(account).length).toBe(16);
});

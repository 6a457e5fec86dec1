import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Act } from "../../../src/chat/model/act.ts";
import { metadataOf } from "../../../src/chat/model/metadata.ts";
import {
  anAccount,
  ChatFixture,
  enter,
  join,
  leave,
  modes,
  QUIT,
  type RecordingSession,
} from "../../support/chat-fixture.ts";
import { Scene, script } from "../script.ts";

const LAW = 60_000; // ms: a law takes under a second alone, and must pass on a busy machine

function set(target: string | undefined, key: string, value?: string): Act {
  return { type: "set-metadata", target, key, value };
}

function clear(target?: string): Act {
  return { type: "clear-metadata", target };
}

/** The metadata of a target, as this player sees it. */
function seen({ chat, member }: RecordingSession, target?: string): unknown {
  const view = member && chat.metadata(member, target);
  return view && "metadata" in view ? Object.fromEntries(view.metadata) : view;
}

function logIn(name: string): Act {
  const { id, hash } = anAccount(name);
  return { type: "identify", account: { id, name, hash } };
}

describe("who may change metadata", () => {
  test("one's own metadata: neighbours and oneself get the change, and an equal value is no change", () => {
    const fixture = new ChatFixture();
    const [ann, bob, eve] = [fixture.brings("ann", "#dev"), fixture.brings("bob", "#dev"), fixture.brings("eve")];
    ann.hears();
    expect(ann.does(set(undefined, "color", "red"))).toEqual(["metadata-changed ann color red by ann"]);
    expect(bob.hears()).toEqual(["metadata-changed ann color red by ann"]);
    expect(eve.hears()).toEqual([]);
    expect(ann.does(set("ANN", "color", "red"), set(undefined, "url"))).toEqual([]);
    expect(seen(eve, "ann")).toEqual({ color: "red" });
    expect(ann.does(clear(), clear())).toEqual(["metadata-cleared ann color by ann"]);
    expect(seen(ann)).toEqual({});
  });

  test("only an operator of the room or of the server", () => {
    const fixture = new ChatFixture();
    const [ann, bob] = [fixture.brings("ann", "#dev"), fixture.brings("bob", "#dev")];
    expect(bob.does(set("#dev", "icon", "star"))).toEqual(["no: metadata-forbidden #dev icon"]);
    expect(bob.does(clear("#dev"))).toEqual(["no: metadata-forbidden #dev *"]);
    expect(bob.does(set("ann", "icon", "star"))).toEqual(["no: metadata-forbidden ann icon"]);
    expect(ann.does(set("#dev", "icon", "star"))).toEqual(["metadata-changed #dev icon star by ann"]);
    expect(bob.hears()).toEqual(["metadata-changed #dev icon star by ann"]);
    const root = fixture.brings("root");
    root.does({ type: "empower", as: "root" });
    expect(root.does(set("ann", "icon", "moon"))).toEqual(["metadata-changed ann icon moon by root"]);
    expect(root.does(clear("#dev"))).toEqual(["metadata-cleared #dev icon by root"]);
  });

  test("outsiders learn nothing of a room, not even that a secret one exists", () => {
    const fixture = new ChatFixture();
    const [ann, eve] = [fixture.brings("ann", "#dev"), fixture.brings("eve")];
    expect(seen(eve, "#dev")).toEqual({ why: "metadata-forbidden", target: "#dev", key: "*" });
    ann.does(modes("#dev", { mode: "secret", on: true }));
    expect(seen(eve, "#dev")).toEqual({ why: "metadata-target-bad", target: "#dev" });
    expect(eve.does(set("#dev", "icon", "star"))).toEqual(["no: metadata-target-bad #dev"]);
    expect(seen(eve, "nobody")).toEqual({ why: "metadata-target-bad", target: "nobody" });
  });

  test("a quiet member who changes metadata is announced", () => {
    const fixture = new ChatFixture();
    const ann = fixture.brings("ann", "#dev");
    const bob = fixture.brings("bob");
    bob.does(join("#dev", { quietly: true }), { type: "empower", as: "root" });
    ann.hears();
    bob.does(set("#dev", "icon", "star"));
    expect(ann.hears()).toEqual(["appeared bob #dev", "metadata-changed #dev icon star by bob"]);
  });
});

test("the metadata of a member who may not speak does not reach the room; its removal does", () => {
  const fixture = new ChatFixture();
  const [ann, bob] = [fixture.brings("ann", "#dev"), fixture.brings("bob", "#dev")];
  bob.does(set(undefined, "url", "http://x.example"));
  ann.does(modes("#dev", { mode: "moderated", on: true }));
  bob.does(set(undefined, "status", "rude"));
  expect(ann.hears()).toEqual([]);
  bob.does(set(undefined, "url"), clear());
  expect(ann.hears()).toEqual(["metadata-changed bob url by bob", "metadata-cleared bob status by bob"]);
});

test("there is a limit to the keys, and to the changes of one's own in two minutes", () => {
  const fixture = new ChatFixture({ limits: { metadataKeys: 2, metadataChanges: 3 } });
  const ann = fixture.brings("ann", "#dev");
  ann.does(set(undefined, "one", "1"), set(undefined, "two", "2"));
  expect(ann.does(set(undefined, "three", "3"))).toEqual(["no: metadata-full ann 2"]);
  expect(ann.does(set(undefined, "two", "4"), set(undefined, "two", "5"))).toEqual([
    "metadata-changed ann two 4 by ann",
    "no: metadata-often ann two 120",
  ]);
  expect(ann.does(set("#dev", "icon", "star"))).toEqual(["metadata-changed #dev icon star by ann"]);
  fixture.now += 119_000;
  expect(ann.does(clear())).toEqual(["no: metadata-often ann * 1"]);
  fixture.now += 1000;
  expect(ann.does(clear())).toEqual(["metadata-cleared ann one,two by ann"]);
});

describe("where it is kept", () => {
  test("an account's metadata belong to all its members, and stay for their return", () => {
    const fixture = new ChatFixture();
    const [ann, too] = [fixture.brings("ann"), fixture.brings("too")];
    fixture.store.saveAccount(anAccount("ann"));
    ann.does(logIn("ann"));
    too.does(logIn("ann"));
    too.hears();
    ann.does(set(undefined, "color", "red"));
    expect(too.hears()).toEqual(["metadata-changed too color red by ann"]);
    ann.does(QUIT);
    too.does(QUIT);
    const again = fixture.brings("guest");
    expect(again.does(set(undefined, "url", "http://x.example"), logIn("ann")).slice(-3)).toEqual([
      "account-set guest ann",
      "metadata-changed guest url",
      "metadata-changed guest color red",
    ]);
    expect(again.does({ type: "identify", account: undefined })).toEqual([
      "account-set guest",
      "metadata-changed guest color",
    ]);
  });

  test("a guest's goes with the guest, and is the account's that the guest makes", () => {
    const fixture = new ChatFixture();
    const ann = fixture.brings("ann");
    ann.does(set(undefined, "color", "red"), QUIT);
    const next = fixture.brings("ann");
    expect(seen(next)).toEqual({});
    next.does(set(undefined, "color", "blue"), { type: "register", account: anAccount("ann") }, logIn("ann"));
    expect([seen(next), fixture.store.account(anAccount("ann").id)?.metadata]).toEqual([
      { color: "blue" },
      [["color", "blue"]],
    ]);
  });

  test("a new member brings metadata within the limits, also for the account's other members", () => {
    const fixture = new ChatFixture({ limits: { metadataKeys: 2 } });
    fixture.store.saveAccount(anAccount("ann", { metadata: [["url", "http://x.example"]] }));
    const other = fixture.brings("other");
    other.does(logIn("ann"));
    other.hears();
    const metadata = [
      { key: "color", value: "red" },
      { key: "status", value: "here" },
      { key: "Bad", value: "1" },
    ];
    const { id, name, hash } = anAccount("ann");
    const ann = fixture.brings("x");
    ann.does(QUIT);
    const heard = ann.does({ ...enter("ann"), account: { id, name, hash }, metadata } as Act);
    expect(heard).toEqual(["entered ann", "no: metadata-full * 2", "no: metadata-key-bad Bad"]);
    expect(seen(ann)).toEqual({ url: "http://x.example", color: "red" });
    expect(other.hears()).toEqual(["metadata-changed other color red"]);
  });

  test("a room's is kept while the room is, and goes with it", () => {
    const fixture = new ChatFixture();
    const ann = fixture.brings("ann");
    fixture.store.saveAccount(anAccount("ann"));
    ann.does(logIn("ann"), join("#dev"), set("#dev", "icon", "star"), leave("#dev"), join("#dev"));
    expect(seen(ann, "#dev")).toEqual({ icon: "star" });
    const bob = fixture.brings("bob", "#guests");
    bob.does(set("#guests", "icon", "moon"), leave("#guests"), join("#guests"));
    expect(seen(bob, "#guests")).toEqual({});
  });
});

test(
  "whatever people do, every member of an account has the account's metadata",
  () => {
    fc.assert(
      fc.property(script, (steps) => {
        const scene = new Scene();
        const { chat, store } = scene.fixture;
        for (const step of steps) {
          scene.plays(step);
          for (const { who, metadata } of chat.members)
            if (who.account) expect(metadata).toEqual(metadataOf(store.account(who.account.id)?.metadata));
        }
      }),
      { numRuns: 100 },
    );
  },
  LAW,
);

import { describe, expect, test } from "bun:test";
import { SEMANTICS, type Semantics } from "../../src/chat/rules/check.ts";
import type { SqliteStore } from "../../src/store/sqlite.ts";
import { anAccount, enter, join, say } from "../support/chat-fixture.ts";
import { TestCluster, type TestNode } from "../support/cluster-fixture.ts";

test("a message said on one node arrives on the other with the same msgid", async () => {
  using cluster = new TestCluster();
  const [a, b] = [await cluster.starts("a"), await cluster.starts("b")];
  const [ann, bob] = [a.connects(), b.connects()];
  ann.does(enter("ann"), join("#dev"));
  bob.does(enter("bob"), join("#dev"));
  await cluster.settles();
  for (const session of [ann, bob]) session.hears();
  expect(ann.does(say("#dev", "hello"))).toEqual([]); // not before the log has it
  await cluster.settles();
  expect(ann.hears()).toEqual(["said ann #dev words hello"]);
  expect(bob.hears()).toEqual(["said ann #dev words hello"]);
  expect(ann.events.at(-1)?.msgid).toBe(bob.events.at(-1)?.msgid ?? "");
});

test("if two members ask for one nick at once, the first in the log gets it, and the other is refused", async () => {
  using cluster = new TestCluster();
  const [a, b] = [await cluster.starts("a"), await cluster.starts("b")];
  const [one, other] = [a.connects(), b.connects()];
  one.does(enter("ann"));
  other.does(enter("ann"));
  await cluster.settles();
  expect([one.hears(), other.hears()].sort()).toEqual([["entered ann"], ["no: nick-taken ann"]]);
  expect([...a.chat.members].map(({ nick }) => nick)).toEqual([...b.chat.members].map(({ nick }) => nick));
});

test("a member of an account may have sessions on two nodes", async () => {
  const account = anAccount("ann");
  using cluster = new TestCluster({ prepare: (store) => store.saveAccount(account) });
  const [a, b] = [await cluster.starts("a"), await cluster.starts("b")];
  const [one, other] = [a.connects(), b.connects()];
  one.does({ ...enter("ann"), account } as never, join("#dev"));
  await cluster.settles();
  one.hears();
  other.does({ ...enter("ann"), account } as never);
  await cluster.settles();
  expect(other.hears()).toEqual(["attached ann", "joined ann #dev operator"]);
  for (const { chat } of cluster.nodes) expect(chat.member("ann")?.sessions.size).toBe(2);
  other.does({ type: "end-session", id: one.id });
  await cluster.settles();
  expect(one.hears()).toEqual(["session-ended ann"]);
});

test("the key that a session shows is known on all nodes, whatever it has tried before it entered", async () => {
  using cluster = new TestCluster();
  const [a, b] = [await cluster.starts("a"), await cluster.starts("b")];
  const ann = a.connects();
  ann.fingerprint = "ab";
  ann.does(say("#lobby", "too early"), enter("ann"));
  await cluster.settles();
  expect(b.chat.session(ann.id)?.fingerprint).toBe("ab");
});

test("the sessions of a node that dies are lost after five seconds", async () => {
  using cluster = new TestCluster();
  const [a, b] = [await cluster.starts("a"), await cluster.starts("b")];
  await cluster.starts("c");
  const [ann, bob] = [a.connects(), b.connects()];
  ann.does(enter("ann"), join("#dev"));
  await cluster.settles();
  bob.does(enter("bob"), join("#dev"));
  await cluster.settles();
  bob.hears();
  cluster.kills(a);
  await cluster.passes(4000);
  expect(bob.hears()).toEqual([]);
  await cluster.passes(2000);
  expect(bob.hears()).toEqual(["quit ann"]);
});

test("a record whose answer is lost runs once", async () => {
  using cluster = new TestCluster({ seed: 7, faults: { lost: 0.3, unanswered: 0.4 } });
  const [a, b] = [await cluster.starts("a"), await cluster.starts("b")];
  const [ann, bob] = [a.connects(), b.connects()];
  ann.does(enter("ann"), join("#dev"));
  bob.does(enter("bob"), join("#dev"));
  await cluster.settles();
  const told: string[] = [];
  for (let n = 0; n < 20; n++) {
    a.chat.submit(ann, say("#dev", `${n}`), (outcome) => told.push(`${n} ${outcome}`));
    await cluster.step();
  }
  await cluster.settles();
  const said = bob.hears().filter((line) => line.startsWith("said"));
  expect(said).toEqual(Array.from({ length: 20 }, (_, n) => `said ann #dev words ${n}`));
  expect(told).toEqual(Array.from({ length: 20 }, (_, n) => `${n} happened`));
});

test("two nodes that begin again, wrong in the same way, do not outvote the one that has gone on", async () => {
  for (let seed = 1; seed <= 10; seed++) {
    using cluster = new TestCluster({ seed, prepare: (store) => store.saveAccount(anAccount("ann")) });
    const [a, ...others] = [await cluster.starts("a"), await cluster.starts("b"), await cluster.starts("c")];
    await cluster.passes(2000);
    for (const node of others) cluster.kills(node);
    await cluster.passes(6000);
    const spoils = (store: SqliteStore) => store.removeAccount(anAccount("ann").id);
    const ann = a.connects();
    ann.does({ ...enter("ann"), account: anAccount("ann") } as never, join("#dev"), say("#dev", "hello"));
    await cluster.settles();
    const wrong = ["b", "c"].map((name) => cluster.begins(name, { spoils }));
    await cluster.passes(4000);
    expect([seed, a.fence, ...wrong.map(({ fence }) => fence)]).toEqual([seed, undefined, "differs", "differs"]);
  }
});

test("nor do two that begin after a third has begun alone, and has taken people in", async () => {
  for (let seed = 1; seed <= 10; seed++) {
    using cluster = new TestCluster({ seed, prepare: (store) => store.saveAccount(anAccount("ann")) });
    for (const name of ["a", "b", "c"]) await cluster.starts(name);
    await cluster.passes(2000);
    for (const node of [...cluster.nodes]) cluster.kills(node);
    const a = await cluster.starts("a");
    await cluster.passes(8000);
    const spoils = (store: SqliteStore) => store.removeAccount(anAccount("ann").id);
    const wrong = ["b", "c"].map((name) => cluster.begins(name, { spoils }));
    await cluster.passes(6000);
    expect([seed, a.fence, ...wrong.map(({ fence }) => fence)]).toEqual([seed, undefined, "differs", "differs"]);
  }
});

test("a node that begins again counts once it agrees with the majority", async () => {
  using cluster = new TestCluster({ prepare: (store) => store.saveAccount(anAccount("ann")) });
  const [a, b, c] = [await cluster.starts("a"), await cluster.starts("b"), await cluster.starts("c")];
  await cluster.passes(2000);
  cluster.kills(c);
  await cluster.passes(6000);
  a.store.removeAccount(anAccount("ann").id);
  const ann = b.connects();
  ann.does({ ...enter("ann"), account: anAccount("ann") } as never, join("#dev"));
  await cluster.passes(2000);
  expect([a.fence, b.fence]).toEqual([undefined, undefined]);
  const again = cluster.begins("c");
  await cluster.passes(4000);
  expect([a.fence, b.fence, again.fence]).toEqual(["differs", undefined, undefined]);
  expect([b.differed, again.differed]).toEqual([[a.name], [a.name]]);
});

test("a node takes no sessions before the others have its state", async () => {
  for (let seed = 1; seed <= 10; seed++) {
    using cluster = new TestCluster({ seed, prepare: (store) => store.saveAccount(anAccount("ann")) });
    const [a, , c] = [await cluster.starts("a"), await cluster.starts("b"), await cluster.starts("c")];
    cluster.kills(c);
    a.connects().does({ ...enter("ann"), account: anAccount("ann") } as never, join("#dev"));
    await cluster.settles();
    const wrong = cluster.begins("c", { spoils: (store) => store.removeAccount(anAccount("ann").id) });
    await cluster.passes(4000);
    expect([seed, wrong.fence, wrong.ordinal]).toEqual([seed, "differs", undefined]);
  }
});

test("nor when all begin at once", async () => {
  for (let seed = 1; seed <= 10; seed++) {
    using cluster = new TestCluster({ seed, prepare: (store) => store.saveAccount(anAccount("ann")) });
    const [a, b, c] = [await cluster.starts("a"), await cluster.starts("b"), await cluster.starts("c")];
    cluster.kills(c);
    a.connects().does({ ...enter("ann"), account: anAccount("ann") } as never, join("#dev"));
    await cluster.passes(2000);
    for (const node of [a, b]) cluster.kills(node);
    const spoils = (store: SqliteStore) => store.removeAccount(anAccount("ann").id);
    const [wrong, ...others] = [cluster.begins("c", { spoils }), cluster.begins("a"), cluster.begins("b")];
    await cluster.passes(6000);
    expect([seed, wrong.fence, wrong.ordinal]).toEqual([seed, "differs", undefined]);
    expect(others.map(({ fence, ordinal }) => [fence, ordinal !== undefined])).toEqual([
      [undefined, true],
      [undefined, true],
    ]);
  }
});

test("a node that begins waits for one record of each other node, and for no second to pass", async () => {
  using cluster = new TestCluster();
  const nodes = ["a", "b", "c"].map((name) => cluster.begins(name));
  const { now } = cluster;
  await cluster.settles();
  expect(nodes.map(({ ordinal }) => ordinal).sort()).toEqual([1, 2, 3]);
  const [, , c] = nodes;
  if (c) cluster.kills(c);
  const again = cluster.begins("c");
  await cluster.settles();
  expect([again.ordinal, cluster.now - now]).toEqual([4, 0]);
});

test("a node that begins alone waits for two seconds of the others' silence", async () => {
  using cluster = new TestCluster();
  for (const node of [await cluster.starts("a"), await cluster.starts("b"), await cluster.starts("c")])
    cluster.kills(node);
  const again = cluster.begins("a");
  await cluster.passes(1000);
  expect(again.ordinal).toBeUndefined();
  await cluster.passes(1000);
  expect(again.ordinal).toBe(4);
  expect(again.chat.members.size).toBe(0);
  cluster.kills(again);
  const last = cluster.begins("a");
  last.order.presumeDead(); // as after listening in vain
  await cluster.settles();
  expect(last.ordinal).toBe(5);
});

test("guests of an unknown incarnation quit when a node starts", async () => {
  using cluster = new TestCluster();
  const [a, b] = [await cluster.starts("a"), await cluster.starts("b")];
  a.connects().does(enter("ann"), join("#dev"));
  await cluster.settles();
  for (const node of [a, b]) {
    node.store.savePresence("meta", "point", { ...node.order.point, nodes: { ...node.order.point.nodes, nodes: [] } });
    cluster.kills(node);
  }
  for (const node of [await cluster.starts("a"), await cluster.starts("b")]) expect([...node.chat.members]).toEqual([]);
});

test("when all nodes die, their guests are gone once each has begun again, or has been silent for five seconds", async () => {
  using cluster = new TestCluster();
  const nodes = [await cluster.starts("a"), await cluster.starts("b"), await cluster.starts("c")];
  for (const [i, node] of nodes.entries()) node.connects().does(enter(["ann", "bob", "cid"][i] ?? ""), join("#dev"));
  await cluster.settles();
  const here = () =>
    cluster.nodes.map(({ chat }) =>
      Array.from(chat.members, ({ nick }) => nick)
        .sort()
        .join(),
    );
  expect(here()).toEqual(["ann,bob,cid", "ann,bob,cid", "ann,bob,cid"]);
  for (const node of nodes) cluster.kills(node);
  await cluster.starts("a");
  await cluster.settles();
  expect(here()).toEqual(["bob,cid"]);
  await cluster.starts("b");
  await cluster.settles();
  expect(here()).toEqual(["cid", "cid"]);
  await cluster.passes(6000);
  expect(here()).toEqual(["", ""]);
});

describe("programs of two versions", () => {
  const OLDER = SEMANTICS;
  const NEWER: Semantics = { ...SEMANTICS, newest: SEMANTICS.newest + 1 };

  function agreed({ nodes }: TestCluster): readonly number[] {
    return nodes.map(({ order }) => order.semantics);
  }

  /** Starts a node again with another program. */
  async function upgrades(cluster: TestCluster, node: TestNode, semantics: Semantics): Promise<TestNode> {
    cluster.kills(node);
    return await cluster.starts(node.place, { semantics });
  }

  test("run side by side, and take up the newer semantics some time after the last is upgraded", async () => {
    using cluster = new TestCluster({ agreed: OLDER.newest });
    const [a, b] = [await cluster.starts("a", { semantics: OLDER }), await cluster.starts("b", { semantics: OLDER })];
    await upgrades(cluster, a, NEWER);
    await cluster.passes(10_000);
    expect(agreed(cluster)).toEqual([OLDER.newest, OLDER.newest]);
    await upgrades(cluster, b, NEWER);
    await cluster.settles();
    expect(agreed(cluster)).toEqual([OLDER.newest, OLDER.newest]); // it can be taken back
    await cluster.passes(3000);
    expect(agreed(cluster)).toEqual([NEWER.newest, NEWER.newest]);
    expect([cluster.differences, ...cluster.nodes.map(({ fence }) => fence)]).toEqual([[], undefined, undefined]);
    const c = cluster.begins("c", { semantics: NEWER }, cluster.nodes[0]);
    expect(c.order.semantics).toBe(NEWER.newest); // the copy has it
  });

  test("a node that was down stops before it runs records of a newer version", async () => {
    using cluster = new TestCluster({ agreed: OLDER.newest });
    const [a, b] = [await cluster.starts("a", { semantics: NEWER }), await cluster.starts("b", { semantics: OLDER })];
    cluster.kills(b);
    await cluster.passes(10_000);
    const ann = a.connects();
    ann.does(enter("ann"), join("#dev"), say("#dev", "hello"));
    await cluster.settles();
    const again = cluster.begins("b", { semantics: OLDER });
    await cluster.settles();
    expect([again.fence, again.ordinal, [...again.chat.members]]).toEqual(["outdated", undefined, []]);
    await cluster.passes(10_000); // nobody waits for it any more
    expect(a.order.nodes.map(({ node }) => node)).toEqual([a.name]);
    // Its own file is that of the record before: a newer program goes on with it.
    const upgraded = await upgrades(cluster, again, NEWER);
    await cluster.settles();
    expect([...upgraded.chat.members].map(({ nick }) => nick)).toEqual(["ann"]);
    expect([cluster.differences, a.fence, upgraded.fence]).toEqual([[], undefined, undefined]);
  });

  test("one that begins while the others agree stays, or ends at once, as the log has it", async () => {
    const ends = new Set<unknown>();
    for (let seed = 1; seed <= 40; seed++) {
      using cluster = new TestCluster({ seed, agreed: OLDER.newest });
      const a = await cluster.starts("a", { semantics: NEWER });
      a.order.beat(); // it sees that all know it
      await cluster.settles();
      cluster.now += 600; // the time to agree has come
      const ann = a.connects();
      ann.does(enter("ann"));
      const b = cluster.begins("b", { semantics: OLDER });
      a.order.beat();
      await cluster.settles();
      ends.add(b.fence);
      expect([seed, b.fence !== undefined]).toEqual([seed, a.order.semantics === NEWER.newest]);
      if (!b.fence) expect([...b.chat.members].map(({ nick }) => nick)).toEqual(["ann"]);
      expect([cluster.differences, a.fence]).toEqual([[], undefined]);
    }
    expect(ends).toEqual(new Set([undefined, "outdated"]));
  });
});

import { describe, expect, test } from "bun:test";
import type { AccountId } from "../../src/chat/model/account.ts";
import type { ServerAct } from "../../src/chat/model/act.ts";
import { administerByLog, listenToNodes } from "../../src/cluster/operator.ts";
import { fold } from "../../src/text/fold.ts";
import { anAccount } from "../support/chat-fixture.ts";
import { TestCluster } from "../support/cluster-fixture.ts";

const SECOND = 1000;

/** The setup of the operator's program, with the time of the cluster. */
function within(cluster: TestCluster) {
  return {
    clock: () => cluster.now,
    sleep: (time: number) => cluster.passes(time),
    pause: () => cluster.settles(),
  };
}

describe("the nodes", () => {
  test("are shown with their position, delay and clock", async () => {
    using cluster = new TestCluster();
    const [a] = [await cluster.starts("a"), await cluster.starts("b", { skew: 5000 })];
    await cluster.log.announce("a", "10.0.0.1:9001");
    const [one, other] = await listenToNodes(cluster.log, { time: 3 * SECOND, ...within(cluster) });
    expect([one?.name, one?.address, other?.name, other?.address]).toEqual(["a", "10.0.0.1:9001", "b", undefined]);
    expect(one?.heard?.position).toBeWithin(a.order.position - 20, a.order.position + 1);
    expect([one?.heard?.lag, other?.heard?.lag]).toEqual([0, 0]);
    expect([one?.heard?.ahead, other?.heard?.ahead]).toEqual([0, 5000]);
  });

  test("that nothing is heard of are shown too, if they have an address", async () => {
    using cluster = new TestCluster();
    const [a, b] = [await cluster.starts("a"), await cluster.starts("b")];
    for (const { place } of [a, b]) await cluster.log.announce(place, `${place}:9001`);
    cluster.kills(b);
    const nodes = await listenToNodes(cluster.log, { time: 3 * SECOND, ...within(cluster) });
    expect(nodes.map(({ name, heard }) => [name, heard !== undefined])).toEqual([
      ["a", true],
      ["b", false],
    ]);
  });
});

describe("accounts", () => {
  /** Has acts carried out by the log. */
  async function administers(cluster: TestCluster, run: string, ...acts: readonly ServerAct[]): Promise<number> {
    const done = administerByLog(cluster.log, acts, { after: 0, run, ...within(cluster) });
    await cluster.settles();
    return await done;
  }

  test("are made, get a password and are removed on all nodes", async () => {
    using cluster = new TestCluster();
    const nodes = [await cluster.starts("a"), await cluster.starts("b")];
    const hashes = () => nodes.map(({ store }) => store.loadAccount(fold("ann"))?.hash);
    const account = anAccount("ann", { hash: "one" });
    const position = await administers(cluster, "1", { type: "add-account", account });
    expect(hashes()).toEqual(["one", "one"]);
    for (const { order } of nodes) expect(order.position).toBeGreaterThanOrEqual(position);
    const secret = { hash: "two", scram: undefined };
    await administers(cluster, "2", { type: "set-password", account: account.id, secret, keepsCertificates: false });
    expect(hashes()).toEqual(["two", "two"]);
    await administers(cluster, "3", { type: "log-out", account, why: "account-removed" });
    expect(hashes()).toEqual([undefined, undefined]);
    expect(cluster.differences).toEqual([]);
    // It was no node for longer than its record.
    expect(nodes[0]?.order.nodes.map(({ node }) => node)).toEqual(["a.1", "b.2"]);
  });

  test("of one name are made once", async () => {
    using cluster = new TestCluster();
    const { store } = await cluster.starts("a");
    for (const id of ["one" as AccountId, "two" as AccountId])
      await administers(cluster, id, { type: "add-account", account: anAccount("ann", { id }) });
    expect(store.loadAccount(fold("ann"))?.id).toBe("one" as AccountId);
  });

  test("are not changed by a log that was put back behind what the database here has", async () => {
    using cluster = new TestCluster();
    const { store, order } = await cluster.starts("a");
    const act = { type: "add-account", account: anAccount("ann") } as const;
    const after = order.position + 100;
    const done = administerByLog(cluster.log, [act], { after, run: "1", ...within(cluster) });
    await expect(done).rejects.toThrow("etcd was put back to an older state");
    await cluster.passes(1000);
    expect(store.loadAccount(fold("ann"))).toBeUndefined();
  });

  test("are changed once, if the log loses answers", async () => {
    for (let seed = 1; seed <= 10; seed++) {
      using cluster = new TestCluster({ seed, faults: { lost: 0.2, unanswered: 0.2 } });
      const { store } = await cluster.starts("a");
      const done = administerByLog(cluster.log, [{ type: "add-account", account: anAccount("ann") }], {
        after: 0,
        run: "1",
        ...within(cluster),
      });
      let isDone = false;
      void done.then(() => {
        isDone = true;
      });
      while (!isDone) await cluster.step();
      await cluster.settles();
      expect(store.loadAccount(fold("ann"))?.name).toBe("ann");
    }
  });
});

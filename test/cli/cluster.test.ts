import { describe, expect, test } from "bun:test";
import { SEMANTICS } from "../../src/chat/rules/check.ts";
import { runAccount } from "../../src/cli/admin.ts";
import { changesInCluster, runNodes } from "../../src/cli/cluster.ts";
import { memoryStore } from "../../src/store/sqlite.ts";
import { fold } from "../../src/text/fold.ts";
import { anAccount } from "../support/chat-fixture.ts";
import { TestCluster, type TestNode } from "../support/cluster-fixture.ts";

const time = (cluster: TestCluster) => ({
  clock: () => cluster.now,
  sleep: (ms: number) => cluster.passes(ms),
});

test("nodes are shown in columns, also silent ones", async () => {
  using cluster = new TestCluster();
  await cluster.starts("a");
  await cluster.starts("bee", { skew: -20 });
  await cluster.log.announce("a", "10.0.0.1:9001");
  await cluster.log.announce("c", "10.0.0.3:9001");
  const lines = await runNodes([], () => cluster.log, time(cluster));
  expect(lines.map((line) => line.replace(/\d+ {2,}\d+ {2,}/, "N  N  "))).toEqual([
    "NODE  STATE    POSITION  STORED  BEHIND  CLOCK   ADDRESS",
    expect.stringMatching(/^a {5}running {2}N {2}N {2}0 ms {4}\+0 ms {3}10\.0\.0\.1:9001$/),
    expect.stringMatching(/^bee {3}running {2}N {2}N {2}0 ms {4}-20 ms {2}-$/),
    "c     silent   -         -       -       -       10.0.0.3:9001",
  ]);
});

test("a rule that the file of a node has otherwise is told under the nodes", async () => {
  using cluster = new TestCluster();
  const [, { order }] = [await cluster.starts("a"), await cluster.starts("b")];
  order.otherRules = [{ key: "history.retention", own: '"30d"', counts: '"forever"' }];
  const lines = await runNodes([], () => cluster.log, time(cluster));
  expect(lines.slice(3)).toEqual([
    'b: history.retention is "30d" in the file and "forever" on all servers, which counts; SIGHUP there sets it on all to that of the file.',
  ]);
});

test("a node that is gone for good is forgotten, and no other", async () => {
  using cluster = new TestCluster();
  await cluster.starts("a");
  for (const name of ["a", "b", "c"]) await cluster.log.announce(name, "");
  const removes = async (...names: readonly string[]) => {
    const lines = runNodes(["remove", ...names], () => cluster.log, time(cluster));
    return await lines.catch(({ message }: Error) => [`no: ${message}`]);
  };
  expect(await removes()).toEqual(["no: tcpchat nodes: which server? tcpchat nodes remove NAME"]);
  expect(await removes("b", "d")).toEqual(["no: tcpchat nodes: there is no server d; there are a, b, c"]);
  expect(await removes("a")).toEqual(["no: tcpchat nodes: a is running; stop it first"]);
  expect(await removes("b")).toEqual(["b is forgotten, until a server of this name starts again."]);
  expect([...(await cluster.log.addresses()).keys()]).toEqual(["a", "c"]);
  expect(runNodes(["rm", "c"], () => cluster.log, time(cluster))).rejects.toThrow(
    "there is no command rm; there is remove",
  );
});

test("the state that a node had when it was not that of the others is told under the nodes", async () => {
  using cluster = new TestCluster();
  const [, { order }] = [await cluster.starts("a"), await cluster.starts("b")];
  order.kept = ["/var/lib/tcpchat/tcpchat.db.differs-1"];
  expect((await runNodes([], () => cluster.log, time(cluster))).slice(3)).toEqual([
    'b once had a different state than the others, and has kept it in /var/lib/tcpchat/tcpchat.db.differs-1: remove that file if the others were right; otherwise see "When the servers differ" in docs/cluster.md.',
  ]);
});

test("the nodes' versions are shown below if they differ from the cluster's", async () => {
  using cluster = new TestCluster({ agreed: SEMANTICS.newest });
  const newer = { ...SEMANTICS, newest: SEMANTICS.newest + 1 };
  await cluster.starts("a", { semantics: newer });
  const b = await cluster.starts("b");
  const [own, next] = [SEMANTICS.newest, newer.newest];
  expect((await runNodes([], () => cluster.log, time(cluster))).slice(3)).toEqual([
    `The cluster has version ${own}: a knows ${next}, b knows ${own}. It takes a newer one once all that run have known it for a minute.`,
  ]);
  cluster.kills(b);
  await cluster.starts("b", { semantics: newer });
  await cluster.passes(3000);
  expect(await runNodes([], () => cluster.log, time(cluster))).toHaveLength(3);
});

test("a cluster without servers is told", async () => {
  using cluster = new TestCluster();
  expect(await runNodes([], () => cluster.log, time(cluster))).toEqual(["No server of this cluster is running."]);
});

describe("account", () => {
  /** Runs a command of the operator on the machine of a node. */
  async function administers(cluster: TestCluster, { store }: Pick<TestNode, "store">, line: string): Promise<string> {
    let isDone = false;
    const done = runAccount(line.split(" "), {
      store,
      changes: changesInCluster(cluster.log, store),
      hashing: { hash: async (text) => ({ hash: `[${text}]`, scram: undefined }) },
      nickLength: 8,
      passwordLength: 1,
      keepsCertificates: false,
      secret: async () => "sesame88",
    }).then(
      (lines) => lines.join("\n"),
      (error: Error) => `no: ${error.message}`,
    );
    void done.then(() => {
      isDone = true;
    });
    while (!isDone) await cluster.step();
    return await done;
  }

  test("changes all nodes, and waits for the one of its machine", async () => {
    using cluster = new TestCluster();
    const [a, b] = [await cluster.starts("a"), await cluster.starts("b")];
    const hashes = async () => {
      await cluster.settles();
      return [a, b].map(({ store }) => store.loadAccount(fold("ann"))?.hash);
    };
    expect(await administers(cluster, a, "add ann")).toBe("ann is an account now.");
    expect(await hashes()).toEqual(["[sesame88]", "[sesame88]"]);
    expect(await administers(cluster, b, "add ann")).toStartWith("no: tcpchat account: ann is an account already");
    expect(await administers(cluster, b, "passwd ann")).toContain("ann");
    expect(await administers(cluster, b, "remove ann")).toStartWith("ann is no longer an account.");
    expect(await hashes()).toEqual([undefined, undefined]);
    expect(cluster.differences).toEqual([]);
  });

  test("says so if another was quicker", async () => {
    using cluster = new TestCluster();
    const a = await cluster.starts("a");
    a.chat.administer({ type: "add-account", account: anAccount("ann") });
    expect(await administers(cluster, a, "add ann")).toBe(
      "no: tcpchat account: another change was quicker; nothing has changed",
    );
  });

  test("is refused where no server has taken part in the cluster", async () => {
    using cluster = new TestCluster();
    const store = memoryStore({ clock: () => 0, failed: () => {}, recovered: () => {} });
    expect(await administers(cluster, { store }, "add ann")).toContain("has not taken part in the cluster yet");
  });
});

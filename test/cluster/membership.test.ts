import { describe, expect, test } from "bun:test";
import { Nodes } from "../../src/cluster/membership.ts";
import type { RecordHead } from "../../src/cluster/record.ts";

const SEEN = { position: 0, hash: "0" };

/** A cluster of nodes whose records come one after another. */
class Records {
  readonly nodes = new Nodes({ time: 0, incarnations: 0, nodes: [] });
  readonly #numbers = new Map<string, number>();

  /** The next record of a node, at a time of its clock; returns the record's time and the nodes that it declares dead. */
  next(node: string, time: number, stored = 0): string {
    const n = (this.#numbers.get(node) ?? 0) + 1;
    this.#numbers.set(node, n);
    return this.takes({ v: 1, node: `${node}.1`, n, time, seen: SEEN, stored });
  }

  takes(head: RecordHead): string {
    const reception = this.nodes.receive(head);
    if (!reception) return "dropped";
    return [reception.time, ...reception.buried.map(({ node }) => `-${node}`)].join(" ");
  }
}

test("the time follows the nodes' clocks, whichever of three is wrong", () => {
  const records = new Records();
  for (const node of ["a", "b", "c"]) records.next(node, 1000);
  expect(records.next("c", 3_600_000)).toBe("1003");
  expect(records.next("a", 2000)).toBe("2000");
  expect(records.next("b", 2100)).toBe("2100");
  expect(records.next("c", 3_601_000)).toBe("2101");
});

test("the time never goes back, and is at most a second ahead of the clocks", () => {
  const records = new Records();
  records.next("a", 5000);
  expect(records.next("a", 4000)).toBe("5000");
  expect(records.next("a", 4500)).toBe("5001");
});

test("a node is dead after five seconds of silence, and for ever", () => {
  const records = new Records();
  for (const node of ["a", "b", "c"]) records.next(node, 0);
  for (const time of [1000, 2000, 3000, 4000]) {
    expect(records.next("a", time)).not.toContain("-");
    expect(records.next("b", time)).not.toContain("-");
  }
  expect(records.next("b", 5000)).toBe("5000 -c.1");
  expect(records.next("c", 5000)).toBe("dropped");
  expect(records.nodes.living.map(({ node }) => node)).toEqual(["a.1", "b.1"]);
});

test("two of three nodes that die are buried too", () => {
  const records = new Records();
  for (const node of ["a", "b", "c"]) records.next(node, 0);
  for (const time of [1000, 2000, 3000, 4000]) records.next("a", time);
  expect(records.next("a", 5000)).toBe("5000 -b.1 -c.1");
});

test("a pause of the log ends no node", () => {
  const records = new Records();
  for (const node of ["a", "b", "c"]) records.next(node, 0);
  expect(records.next("a", 60_000)).not.toContain("-");
  expect(records.next("b", 60_000)).not.toContain("-");
  expect(records.next("c", 60_000)).not.toContain("-");
});

test("a record counts once, and in its node's order", () => {
  const { nodes } = new Records();
  const head = { v: 1, node: "a", n: 1, time: 0, seen: SEEN, stored: 0 };
  expect(nodes.receive(head)).toBeDefined();
  expect(nodes.receive(head)).toBeUndefined();
  expect(nodes.receive({ ...head, n: 3 })).toBeUndefined();
  expect(nodes.receive({ ...head, n: 2 })).toBeDefined();
});

test("a node that starts again has no former life", () => {
  const records = new Records();
  for (const node of ["a", "b"]) records.next(node, 0);
  expect(records.takes({ v: 1, node: "a.2", n: 1, time: 0, seen: SEEN, stored: 0 })).toBe("3 -a.1");
  expect(records.next("a", 0)).toBe("dropped");
});

test("incarnations are numbered, and a restored membership goes on", () => {
  const records = new Records();
  records.next("a", 0, 7);
  records.next("b", 0, 5);
  expect(records.nodes.stored).toBe(5);
  const restored = new Nodes(JSON.parse(JSON.stringify(records.nodes.record())));
  expect(restored.receive({ v: 1, node: "a.2", n: 1, time: 0, seen: SEEN, stored: 0 })?.from.ordinal).toBe(3);
  expect(restored.record()).not.toEqual(records.nodes.record());
});

describe("newer semantics", () => {
  const begin = (node: string, knows?: number): RecordHead => ({
    ...{ v: 1, node: `${node}.1`, n: 1, time: 0, seen: SEEN, stored: 0 },
    ...(knows === undefined ? {} : { knows }),
  });

  test("is agreed by a record, once every living node knows it", () => {
    const { nodes } = new Records();
    nodes.receive(begin("a", 2));
    nodes.receive(begin("b")); // a program that does not say it
    nodes.receive({ ...begin("a", 2), n: 2, agree: 2 });
    expect([nodes.known, nodes.agreed]).toEqual([1, 1]);
    nodes.receive({ ...begin("b", 2), node: "b.2" });
    expect([nodes.known, nodes.agreed]).toEqual([2, 1]);
    nodes.receive({ ...begin("a", 2), n: 3, agree: 2 });
    expect(nodes.agreed).toBe(2);
  });

  test("is agreed without a node that the same record buries", () => {
    const records = new Records();
    for (const node of ["a", "b"]) records.next(node, 0);
    for (const time of [1000, 2000, 3000, 4000]) records.next("a", time);
    expect(records.takes({ ...begin("a", 2), n: 6, time: 5000, agree: 2 })).toBe("5000 -b.1");
    expect(records.nodes.agreed).toBe(2);
  });

  test("is never lowered: by a later record, by an older node that comes, or by a restart", () => {
    const { nodes } = new Records();
    nodes.receive(begin("a", 3));
    nodes.receive({ ...begin("a", 3), n: 2, agree: 3 });
    nodes.receive({ ...begin("a", 3), n: 3, agree: 2 });
    nodes.receive(begin("b"));
    expect([nodes.known, nodes.agreed]).toEqual([1, 3]);
    expect(new Nodes(JSON.parse(JSON.stringify(nodes.record()))).agreed).toBe(3);
  });

  test("is not known by the nodes in a state that an older program has saved", () => {
    const { nodes } = new Records();
    nodes.receive(begin("a", 2));
    const saved = JSON.parse(JSON.stringify(nodes.record()));
    delete saved.nodes[0].knows;
    const restored = new Nodes(saved);
    expect([restored.known, restored.agreed]).toEqual([1, 1]);
  });
});

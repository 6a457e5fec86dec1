import { describe, expect, test } from "bun:test";
import { Gate } from "../../src/server/gate.ts";

const NONE = () => false;

describe("a gate", () => {
  test("lets so many in from one address, and others all the same", () => {
    const gate = new Gate({ perAddress: 2, newPerAddress: 0, inAll: 0 }, NONE, () => 0);
    expect(gate.enter("10.0.0.1")).toBeUndefined();
    expect(gate.enter("10.0.0.1")).toBeUndefined();
    expect(gate.enter("10.0.0.1")).toBe("too-many-connections");
    expect(gate.enter("10.0.0.2")).toBeUndefined();
    gate.left("10.0.0.1");
    expect(gate.enter("10.0.0.1")).toBeUndefined();
    expect(gate.refusals.get("too-many-connections")).toBe(1);
  });

  test("counts new ones over ten minutes, however soon they go", () => {
    let now = 0;
    const gate = new Gate({ perAddress: 0, newPerAddress: 3, inAll: 0 }, NONE, () => now);
    for (let n = 0; n < 3; n++) {
      expect(gate.enter("10.0.0.1")).toBeUndefined();
      gate.left("10.0.0.1");
    }
    expect(gate.enter("10.0.0.1")).toBe("too-many-new-connections");
    now += 600_001;
    expect(gate.enter("10.0.0.1")).toBeUndefined();
  });

  test("is full when there are no more descriptors, to exempt addresses too", () => {
    const gate = new Gate(
      { perAddress: 1, newPerAddress: 1, inAll: 3 },
      () => true,
      () => 0,
    );
    for (let n = 0; n < 3; n++) expect(gate.enter("127.0.0.1")).toBeUndefined();
    expect(gate.enter("127.0.0.1")).toBe("server-full");
  });
});

test("who is banned is not let in, exempt from limits or not, and learns why; and does not count", () => {
  const ban = { kind: "address", target: "10.0.0.0/8", by: "root", at: 0, until: 60_000, reason: "spam" } as const;
  const banOn = (address: string) => (address.startsWith("10.") ? ban : undefined);
  const gate = new Gate(
    { perAddress: 1, newPerAddress: 1, inAll: 1 },
    () => true,
    () => 0,
    banOn,
  );
  for (let n = 0; n < 3; n++) expect(gate.enter("10.0.0.1")).toBe("address-banned");
  expect(gate.words("address-banned", "10.0.0.1")).toBe(
    "You are banned from this server until 1970-01-01 00:01 UTC: spam",
  );
  expect(gate.enter("11.0.0.1")).toBeUndefined();
  expect(gate.refusals.get("address-banned")).toBe(3);
});

test("of IPv6, all addresses of 64 bits count as one", () => {
  const gate = new Gate({ perAddress: 16, newPerAddress: 32, inAll: 0 }, NONE, () => 0);
  const enter = (n: number) => gate.enter(`2001:db8:1:2::${n.toString(16)}`);
  expect(Array.from({ length: 17 }, (_, n) => enter(n)).slice(-2)).toEqual([undefined, "too-many-connections"]);
  for (let n = 0; n < 16; n++) gate.left(`2001:db8:1:2::${n.toString(16)}`);
  expect(Array.from({ length: 16 }, (_, n) => enter(100 + n)).at(-1)).toBeUndefined();
  gate.left("2001:db8:1:2::64");
  expect([enter(200), gate.enter("2001:db8:1:3::1")]).toEqual(["too-many-new-connections", undefined]);
});

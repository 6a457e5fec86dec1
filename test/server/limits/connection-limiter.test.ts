import { describe, expect, test } from "bun:test";
import {
  type Admission,
  ConnectionLimiter,
  type ConnectionLimits,
  type ConnectionRefusal,
  NO_LIMITS,
  SlidingWindow,
} from "../../../src/server/limits/connection-limiter.ts";

const OFFICE = "10.0.0.1";

/** A connection limiter, and helpers that connect to it. */
function setup(limits: Partial<ConnectionLimits>, isExempt = false) {
  let now = 0;
  const connectionLimiter = new ConnectionLimiter(
    { ...NO_LIMITS, ...limits },
    () => isExempt,
    () => now,
  );
  /** Connects and registers, if not refused; without an account as a guest. */
  const come = (address = OFFICE, account?: string): Admission | ConnectionRefusal => {
    const admission = connectionLimiter.enter(address);
    if (typeof admission === "string") return admission;
    const closed = connectionLimiter.settle(admission, account);
    if (closed !== undefined) connectionLimiter.leave(admission);
    return closed ?? admission;
  };
  const refused = (result: Admission | ConnectionRefusal) => (typeof result === "string" ? result : undefined);
  return { connectionLimiter, come, refused, passes: (ms: number) => (now += ms) };
}

function admitted(result: Admission | ConnectionRefusal): Admission {
  if (typeof result === "string") throw new Error(result);
  return result;
}

describe("the connection limiter", () => {
  test("a browser's connections are none of a guest's, though they are counted", () => {
    const { connectionLimiter, come, refused } = setup({ newPerAddress: 2, unregisteredPerAddress: 3 });
    const visits = [1, 2, 3].map(() => admitted(connectionLimiter.enter(OFFICE)));
    expect(connectionLimiter.enter(OFFICE)).toBe("too-many-unregistered");
    for (const visit of visits) connectionLimiter.leave(visit, true);
    expect([1, 2].map(() => refused(come()))).toEqual([undefined, undefined]);
    expect(refused(come())).toBe("too-many-new-connections");
  });

  test("limits the guests of one address, not of others", () => {
    const { connectionLimiter, come, refused } = setup({ perAddress: 2 });
    const [first] = [admitted(come()), admitted(come())];
    expect(come()).toBe("too-many-connections");
    expect(refused(come("10.0.0.2"))).toBeUndefined();
    connectionLimiter.leave(first);
    expect(refused(come())).toBeUndefined();
    expect(connectionLimiter.refusals.get("too-many-connections")).toBe(1);
  });

  test("counts new guests over ten minutes, however soon they go", () => {
    const { connectionLimiter, come, refused, passes } = setup({ newPerAddress: 3 });
    for (let n = 0; n < 3; n++) connectionLimiter.leave(admitted(come()));
    expect(come()).toBe("too-many-new-connections");
    passes(600_001);
    expect(refused(come())).toBeUndefined();
  });

  test("counts connections that close without registering as new guests", () => {
    const { connectionLimiter, come } = setup({ newPerAddress: 3 });
    for (let n = 0; n < 3; n++) connectionLimiter.leave(admitted(connectionLimiter.enter(OFFICE)));
    expect(come()).toBe("too-many-new-connections");
  });

  test("is full when there are no more descriptors, to exempt addresses too", () => {
    const { come, refused } = setup({ perAddress: 1, newPerAddress: 1, inAll: 3 }, true);
    for (let n = 0; n < 3; n++) expect(refused(come())).toBeUndefined();
    expect(come()).toBe("server-full");
  });
});

describe("an office behind one address", () => {
  test("is not locked out by its guests: logged-in connections are counted apart", () => {
    const { come, refused } = setup({ perAddress: 1, newPerAddress: 1, loggedInPerAddress: 3 });
    expect(refused(come())).toBeUndefined();
    expect(come()).toBe("too-many-connections");
    for (const account of ["ann", "bob", "carl"]) expect(refused(come(OFFICE, account))).toBeUndefined();
    expect(come(OFFICE, "dora")).toBe("too-many-logged-in");
    expect(refused(come("10.0.0.2", "dora"))).toBeUndefined();
  });

  test("may come back all at once: only guests are counted over time", () => {
    const { connectionLimiter, come } = setup({ newPerAddress: 2, loggedInPerAddress: 100 });
    for (let n = 0; n < 500; n++) connectionLimiter.leave(admitted(come(OFFICE, `account-${n}`)));
  });

  test("has room for a guest again when one has logged in; a connection that loses its account stays", () => {
    const { connectionLimiter, come, refused } = setup({ perAddress: 1 });
    const guest = admitted(come());
    expect(connectionLimiter.settle(guest, "ann")).toBeUndefined();
    expect(refused(come())).toBeUndefined();
    expect(connectionLimiter.settle(guest, undefined)).toBeUndefined();
    connectionLimiter.leave(guest);
    expect(come()).toBe("too-many-connections");
  });
});

test("unregistered connections are bounded, however many register afterwards", () => {
  const { connectionLimiter, come, refused } = setup({ unregisteredPerAddress: 2 });
  const [first] = [admitted(connectionLimiter.enter(OFFICE)), admitted(connectionLimiter.enter(OFFICE))];
  expect(connectionLimiter.enter(OFFICE)).toBe("too-many-unregistered");
  connectionLimiter.settle(first, "ann");
  for (let n = 0; n < 5; n++) expect(refused(come())).toBeUndefined();
});

test("an address with many connections that never register is refused in the end", () => {
  const { connectionLimiter, come, passes } = setup({ perAddress: 1, newPerAddress: 10 });
  come();
  for (let n = 0; n < 160; n++) {
    const admission = admitted(connectionLimiter.enter(OFFICE));
    expect(connectionLimiter.settle(admission, undefined)).toBe("too-many-connections");
    connectionLimiter.leave(admission);
  }
  expect(connectionLimiter.enter(OFFICE)).toBe("too-many-new-connections");
  passes(600_001);
  admitted(connectionLimiter.enter(OFFICE));
});

test("an account has so many sessions, from wherever; an exempt address has as many as it likes", () => {
  const { connectionLimiter, come, refused } = setup({ sessionsPerAccount: 2 });
  const [first] = [admitted(come(OFFICE, "ann")), admitted(come("10.0.0.2", "ann"))];
  expect(come("10.0.0.3", "ann")).toBe("too-many-sessions");
  connectionLimiter.leave(first);
  expect(refused(come("10.0.0.3", "ann"))).toBeUndefined();
  const free = setup({ sessionsPerAccount: 1 }, true);
  for (let n = 0; n < 3; n++) expect(refused(free.come(OFFICE, "ann"))).toBeUndefined();
});

describe("a relay", () => {
  test("counts for the address that it reports, not for its own", () => {
    const { connectionLimiter, come } = setup({ perAddress: 1, unregisteredPerAddress: 1 });
    const relays = Array.from({ length: 5 }, () => admitted(connectionLimiter.enter(OFFICE, true)));
    for (const [n, admission] of relays.entries()) {
      expect(connectionLimiter.move(admission, `10.1.0.${n}`)).toBeUndefined();
      expect(connectionLimiter.settle(admission, undefined)).toBeUndefined();
    }
    expect(come("10.1.0.4")).toBe("too-many-connections");
    for (const admission of relays) connectionLimiter.leave(admission);
    admitted(come("10.1.0.4"));
  });

  test("that reports no address counts for its own once it registers", () => {
    const { connectionLimiter } = setup({ perAddress: 1 });
    const [one, other] = [
      admitted(connectionLimiter.enter(OFFICE, true)),
      admitted(connectionLimiter.enter(OFFICE, true)),
    ];
    expect(connectionLimiter.settle(one, undefined)).toBeUndefined();
    expect(connectionLimiter.settle(other, undefined)).toBe("too-many-connections");
    for (const admission of [one, other]) connectionLimiter.leave(admission);
    expect(connectionLimiter.settle(admitted(connectionLimiter.enter(OFFICE, true)), undefined)).toBeUndefined();
  });
});

test("a relay that was counted as a guest is counted again at the address that it reports", () => {
  const { connectionLimiter, come } = setup({ perAddress: 1 });
  come("10.1.0.1");
  const relay = admitted(connectionLimiter.enter(OFFICE, true));
  expect(connectionLimiter.settle(relay, undefined)).toBeUndefined();
  expect(connectionLimiter.move(relay, "10.1.0.1")).toBeUndefined();
  expect(connectionLimiter.settle(relay, undefined)).toBe("too-many-connections");
  admitted(come(OFFICE));
});

test("a banned address is refused, exempt from limits or not, is told why, and does not count", () => {
  const ban = { kind: "address", target: "10.0.0.0/8", by: "root", at: 0, until: 60_000, reason: "spam" } as const;
  const banOn = (address: string) => (address.startsWith("10.") ? ban : undefined);
  const connectionLimiter = new ConnectionLimiter(
    { ...NO_LIMITS, inAll: 1 },
    () => true,
    () => 0,
    banOn,
  );
  for (let n = 0; n < 3; n++) expect(connectionLimiter.enter("10.0.0.1")).toBe("address-banned");
  expect(connectionLimiter.words("address-banned", "10.0.0.1")).toBe(
    "You are banned from this server until 1970-01-01 00:01 UTC: spam",
  );
  const relay = admitted(connectionLimiter.enter("11.0.0.1", true));
  expect(connectionLimiter.move(relay, "10.0.0.1")).toBe("address-banned");
  expect(connectionLimiter.refusals.get("address-banned")).toBe(4);
});

test("all IPv6 addresses of a /64 count as one", () => {
  const { connectionLimiter, come, refused } = setup({ perAddress: 16, newPerAddress: 32 });
  const enter = (n: number) => come(`2001:db8:1:2::${n.toString(16)}`);
  const first = Array.from({ length: 16 }, (_, n) => admitted(enter(n)));
  expect(enter(17)).toBe("too-many-connections");
  for (const admission of first) connectionLimiter.leave(admission);
  const second = Array.from({ length: 16 }, (_, n) => admitted(enter(100 + n)));
  connectionLimiter.leave(admitted(second[0] ?? "server-full"));
  expect([enter(200), refused(come("2001:db8:1:3::1"))]).toEqual(["too-many-new-connections", undefined]);
});

test("of an address that was refused the operator is warned once in ten minutes", () => {
  const { connectionLimiter, passes } = setup({});
  const warnings = () => [
    connectionLimiter.isWorthAWarning("2001:db8::1"),
    connectionLimiter.isWorthAWarning("2001:db8::2"),
  ];
  expect([...warnings(), connectionLimiter.isWorthAWarning(OFFICE)]).toEqual([true, false, true]);
  passes(599_999);
  expect(warnings()).toEqual([false, false]);
  passes(1);
  expect(warnings()).toEqual([true, false]);
});

test("an event counts in full during its window, in part during the next one, and then no more", () => {
  let now = 5000;
  const recent = new SlidingWindow(1000, () => now);
  for (let n = 0; n < 10; n++) recent.add("a");
  recent.add("b");
  const rows: readonly [at: number, a: number, b: number][] = [
    [5000, 10, 1],
    [5999, 10, 1],
    [6000, 10, 1],
    [6001, 9, 0],
    [6500, 5, 0],
    [6999, 0, 0],
    [7000, 0, 0],
  ];
  for (const [at, a, b] of rows) {
    now = at;
    expect([recent.count("a"), recent.count("b"), recent.count("c")], String(at)).toEqual([a, b, 0]);
  }
});

test("events of a window are added to the remaining part of the previous window", () => {
  let now = 0;
  const recent = new SlidingWindow(1000, () => now);
  for (let n = 0; n < 4; n++) recent.add("a");
  now = 1500;
  recent.add("a");
  expect(recent.count("a")).toBe(3);
  now = 2500;
  expect(recent.count("a")).toBe(0);
});

test("after a long silence nothing counts, and windows go on from where they would be", () => {
  let now = 0;
  const recent = new SlidingWindow(1000, () => now);
  recent.add("a");
  now = 10_400;
  expect(recent.count("a")).toBe(0);
  for (let n = 0; n < 10; n++) recent.add("a");
  now = 11_200;
  expect(recent.count("a")).toBe(8);
});

test("a clock that is set back makes nothing happen twice", () => {
  let now = 1000;
  const recent = new SlidingWindow(1000, () => now);
  recent.add("a");
  now = 0;
  expect(recent.count("a")).toBe(1);
});

test("each of many is counted for itself", () => {
  const recent = new SlidingWindow(1000, () => 0);
  const keys = Array.from({ length: 20_000 }, (_, n) => `127.${n >> 8}.${n & 255}.1`);
  for (const [n, key] of keys.entries()) for (let times = 0; times <= n % 3; times++) recent.add(key);
  expect(keys.map((key) => recent.count(key))).toEqual(keys.map((_, n) => 1 + (n % 3)));
});

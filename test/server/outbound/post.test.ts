import { describe, expect, test } from "bun:test";
import { isIPv6 } from "node:net";
import { networkInterfaces } from "node:os";
import { addressSet } from "../../../src/server/net/networks.ts";
import {
  type Destinations,
  isPublicAddress,
  post,
  RequestQueue,
  type Resolve,
  urlFault,
} from "../../../src/server/outbound/post.ts";
import { encrypt } from "../../../src/server/outbound/web-push.ts";
import { PUSH_HOST, startPushEndpoint } from "../../support/push-endpoint.ts";

const NOT_PUBLIC = [
  ...[
    "0.0.0.0",
    "10.1.2.3",
    "100.64.0.1",
    "127.0.0.1",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
  ],
  ...["192.0.0.8", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "::", "::1", "fe80::1", "fe80::1%eth0"],
  ...[
    "fc00::1",
    "fd12::1",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
  ],
  ...["2001::1", "2001:db8::1", "fec0::1", "100::1", "no address"],
];

test.each(NOT_PUBLIC)("%s is no public address", (address) => {
  expect(isPublicAddress(address)).toBe(false);
});

test.each(["1.1.1.1", "100.63.255.255", "172.32.0.1", "203.0.114.1", "2606:4700::1111", "2a00::1", "::ffff:8.8.8.8"])(
  "%s is a public address",
  (address) => {
    expect(isPublicAddress(address)).toBe(true);
  },
);

/** Where notifications may go; and where webhooks may. */
function destinations(allowed: readonly string[] = [], isHook = false): Destinations {
  return {
    isAllowed: addressSet(allowed),
    allowsSome: allowed.length > 0,
    isOwnName: (host) => host === "chat.test",
    isLocal: isHook,
    anyPort: isHook,
  };
}

test.each([
  ["https://push.example.org/a/b?c=d", undefined],
  ["https://push.example.org:443/a", undefined],
  ["https://push.example.org:8443/a", "port"],
  ["https://1.1.1.1/a", undefined],
  ["https://1.1.1.1:22/a", "port"],
  ["https://localhost/a", "host"],
  ["https://LOCALHOST./a", "host"],
  ["https://vm.local/a", "host"],
  ["https://push/a", "host"],
  ["https://chat.test/a", "host"],
  ["https://Chat.Test./a", "host"],
  ["https://127.0.0.1/a", "host"],
  ["https://2130706433/a", "host"],
  ["https://[::1]/a", "host"],
  ["https://[::ffff:10.0.0.1]/a", "host"],
  ["http://push.example.org/a", "scheme"],
  ["ftp://push.example.org/a", "scheme"],
  ["https://user@push.example.org/a", "form"],
  ["https://", "form"],
  ["mailto:ann@example.org", "form"],
  [`https://push.example.org/${"x".repeat(400)}`, "form"],
] as const)("no notification may go to %s for its %p", (text, fault) => {
  expect(urlFault(text, destinations())).toBe(fault);
});

test.each([
  ["https://ci.example.org:8443/a", [], undefined],
  ["http://ci.example.org/a", [], "scheme"],
  ["http://ci.example.org/a", ["10.0.0.0/8"], undefined],
  ["http://10.0.0.1:8080/a", ["10.0.0.0/8"], undefined],
  ["http://ci/a", ["10.0.0.0/8"], undefined],
  ["https://ci/a", [], "host"],
  ["https://192.168.0.1/a", ["10.0.0.0/8"], "host"],
  ["https://chat.test/a", ["10.0.0.0/8"], "host"],
] as const)("a webhook to %s, where %j is allowed, is refused for its %p", (text, allowed, fault) => {
  expect(urlFault(text, destinations(allowed, true))).toBe(fault);
});

describe("a request", () => {
  const loopback = destinations(["127.0.0.0/8"]);
  const found: Resolve = async () => ["10.0.0.1", "127.0.0.1"];
  const forever = new AbortController().signal;

  test("goes to the first allowed address, under the certificate's name, and follows no redirect", async () => {
    await using endpoint = await startPushEndpoint();
    endpoint.answers(307, { location: `https://${PUSH_HOST}:${endpoint.port}/other` });
    const setup = { resolve: found, to: loopback, authority: endpoint.authority, signal: forever };
    const [, p256dh = "", auth = ""] = /p256dh=(.*);auth=(.*)/.exec(endpoint.keys) ?? [];
    expect(await post(new URL(endpoint.url("/a?b")), { ttl: "1" }, encrypt("hello", { p256dh, auth }), setup)).toBe(
      307,
    );
    const { path, headers, text } = await endpoint.next();
    expect([path, headers.get("host"), headers.get("ttl"), text]).toEqual([
      "/a",
      `${PUSH_HOST}:${endpoint.port}`,
      "1",
      "hello",
    ]);
    expect(endpoint.left).toEqual([]);
  });

  test("is not made to an address that is not public", async () => {
    await using endpoint = await startPushEndpoint();
    const setup = { resolve: found, to: destinations(), authority: endpoint.authority, signal: forever };
    await expect(post(new URL(endpoint.url()), {}, new Uint8Array(1), setup)).rejects.toThrow(
      `${PUSH_HOST} has no address that may be reached`,
    );
    await expect(post(new URL(`https://127.0.0.1:${endpoint.port}/`), {}, new Uint8Array(1), setup)).rejects.toThrow(
      "no address",
    );
  });

  test.each([
    ["https://push.test/", "127.0.0.1", false],
    ["https://push.test/", "fe80::1", true],
    ["https://push.test:8443/", "1.1.1.1", false],
    ["http://push.test/", "1.1.1.1", true],
  ])("to %s is not made if its host is found at %s", async (url, address, isHook) => {
    const setup = { resolve: async () => [address], to: destinations(["10.0.0.0/8"], isHook), signal: forever };
    await expect(post(new URL(url), {}, new Uint8Array(1), setup)).rejects.toThrow("no address that may be reached");
  });

  test("to an address of this machine is not made, even if it is public", async () => {
    const own = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
    for (const { address } of own)
      expect(urlFault(`https://${isIPv6(address) ? `[${address}]` : address}/`, destinations())).toBe("host");
  });

  test("fails if the certificate is for another name, or by another authority", async () => {
    await using endpoint = await startPushEndpoint();
    const setup = { resolve: found, to: loopback, signal: forever };
    const other = new URL(`https://other.test:${endpoint.port}/`);
    await expect(post(other, {}, new Uint8Array(1), { ...setup, authority: endpoint.authority })).rejects.toThrow();
    await expect(post(new URL(endpoint.url()), {}, new Uint8Array(1), setup)).rejects.toThrow();
  });

  test("ends when its signal aborts, also while the name is looked up", async () => {
    const stop = new AbortController();
    const setup = { to: loopback, signal: stop.signal };
    const slow = post(new URL("https://slow.test/"), {}, new Uint8Array(1), {
      ...setup,
      resolve: () => new Promise(() => {}),
    });
    stop.abort();
    await expect(slow).rejects.toThrow();
  });
});

/** A job that runs until it is ended or aborted, and its log. */
class Jobs {
  readonly log: string[] = [];
  readonly #ends = new Map<string, () => void>();

  job(name: string): (signal: AbortSignal) => Promise<void> {
    return (signal) => {
      this.log.push(name);
      return new Promise((done) => {
        this.#ends.set(name, done);
        signal.addEventListener("abort", () => {
          this.log.push(`${name} aborted`);
          done();
        });
      });
    };
  }

  async end(name: string): Promise<void> {
    this.#ends.get(name)?.();
    await Promise.resolve();
    await Promise.resolve();
  }
}

test("an owner runs two jobs at a time, in order, without delaying other owners", async () => {
  const [queue, jobs] = [new RequestQueue(), new Jobs()];
  for (const name of ["a1", "a2", "a3", "a4"]) queue.add("a", jobs.job(name));
  queue.add("b", jobs.job("b1"));
  expect(jobs.log).toEqual(["a1", "a2", "b1"]);
  await jobs.end("a2");
  await jobs.end("a1");
  expect(jobs.log).toEqual(["a1", "a2", "b1", "a3", "a4"]);
  queue.stop();
});

test("the number that runs at once and the numbers that wait are bounded", async () => {
  const [queue, jobs] = [new RequestQueue({ running: 2, waiting: 3, waitingEach: 2 }), new Jobs()];
  const added = ["a", "b", "a", "a", "a", "b", "c"].map((owner, at) => queue.add(owner, jobs.job(`${owner}${at}`)));
  expect(added).toEqual([true, true, true, true, false, true, false]);
  expect(jobs.log).toEqual(["a0", "b1"]);
  await jobs.end("a0");
  expect(jobs.log).toEqual(["a0", "b1", "a2"]);
  expect(queue.add("c", jobs.job("c7"))).toBe(true);
  queue.stop();
});

test("a job is aborted when its time is over, and all are when the queue stops", async () => {
  const [queue, jobs] = [new RequestQueue({ running: 1, timeout: 1 }), new Jobs()];
  await new Promise<void>((done) => {
    queue.add("a", jobs.job("a1"));
    queue.add("b", async () => done());
  });
  expect(jobs.log).toEqual(["a1", "a1 aborted"]);
  const [other, more] = [new RequestQueue({ running: 1 }), new Jobs()];
  other.add("a", more.job("a1"));
  other.add("a", more.job("a2"));
  other.stop();
  expect(more.log).toEqual(["a1", "a1 aborted"]);
  expect(other.add("a", more.job("a3"))).toBe(false);
});

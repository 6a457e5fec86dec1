import { describe, expect, test } from "bun:test";
import { addressSet } from "../../../src/server/net/networks.ts";
import { encrypt } from "../../../src/server/push/encryption.ts";
import { isEndpoint, isPublicAddress, post, type Resolve } from "../../../src/server/push/endpoint.ts";
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

const nothing = addressSet([]);

test.each([
  ["https://push.example.org/a/b?c=d", true],
  ["https://push.example.org:8443/a", true],
  ["https://1.1.1.1/a", true],
  ["https://localhost/a", false],
  ["https://localhost./a", false],
  ["https://vm.local/a", false],
  ["https://push/a", false],
  ["https://127.0.0.1/a", false],
  ["https://2130706433/a", false],
  ["https://[::1]/a", false],
  ["https://[::ffff:10.0.0.1]/a", false],
  ["http://push.example.org/a", false],
  ["https://user@push.example.org/a", false],
  ["https://", false],
  ["mailto:ann@example.org", false],
  [`https://push.example.org/${"x".repeat(400)}`, false],
])("%s may be an endpoint: %p", (text, isRight) => {
  expect(isEndpoint(text, nothing)).toBe(isRight);
});

describe("a request", () => {
  const loopback = addressSet(["127.0.0.0/8"]);
  const found: Resolve = async () => ["10.0.0.1", "127.0.0.1"];
  const forever = new AbortController().signal;

  test("goes to the first allowed address, under the certificate's name, and follows no redirect", async () => {
    await using endpoint = await startPushEndpoint();
    endpoint.answers(307, { location: `https://${PUSH_HOST}:${endpoint.port}/other` });
    const setup = { resolve: found, isAllowed: loopback, authority: endpoint.authority, signal: forever };
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
    const setup = { resolve: found, isAllowed: nothing, authority: endpoint.authority, signal: forever };
    await expect(post(new URL(endpoint.url()), {}, new Uint8Array(1), setup)).rejects.toThrow(
      `${PUSH_HOST} has no public address`,
    );
    await expect(post(new URL(`https://127.0.0.1:${endpoint.port}/`), {}, new Uint8Array(1), setup)).rejects.toThrow(
      "public",
    );
  });

  test("fails if the certificate is for another name, or by another authority", async () => {
    await using endpoint = await startPushEndpoint();
    const setup = { resolve: found, isAllowed: loopback, signal: forever };
    const other = new URL(`https://other.test:${endpoint.port}/`);
    await expect(post(other, {}, new Uint8Array(1), { ...setup, authority: endpoint.authority })).rejects.toThrow();
    await expect(post(new URL(endpoint.url()), {}, new Uint8Array(1), setup)).rejects.toThrow();
  });

  test("ends when its signal aborts, also while the name is looked up", async () => {
    const stop = new AbortController();
    const setup = { isAllowed: loopback, signal: stop.signal };
    const slow = post(new URL("https://slow.test/"), {}, new Uint8Array(1), {
      ...setup,
      resolve: () => new Promise(() => {}),
    });
    stop.abort();
    await expect(slow).rejects.toThrow();
  });
});

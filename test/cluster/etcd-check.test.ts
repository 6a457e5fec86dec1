import { describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkEtcd } from "../../src/cluster/etcd-check.ts";
import { vouchedFor } from "../support/certificates.ts";
import { ETCD, freePort, startEtcd } from "../support/etcd.ts";

const NEVER = 10_000_000; // ms
const GOOD = { faults: [], remarks: [] };

/** A server that answers as an etcd of this version would; without a majority, it is silent when asked for one. */
function pretended(version: string, cluster = "1", hasMajority = true) {
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: async (request) => {
      if (request.method === "GET") return Response.json({ etcdserver: version });
      const { serializable } = (await request.json()) as { serializable?: boolean };
      if (serializable || hasMajority) return Response.json({ header: { cluster_id: cluster } });
      return Response.json({ code: 14, message: "etcdserver: request timed out" }, { status: 503 });
    },
  });
  return { url: `http://127.0.0.1:${server.port}`, [Symbol.dispose]: () => void server.stop(true) };
}

const nobody = async () => `http://127.0.0.1:${await freePort()}`;

describe.skipIf(ETCD === undefined)("of a real etcd", () => {
  test("nothing is said if all is well", async () => {
    await using etcd = await startEtcd();
    expect(await checkEtcd([etcd.url], undefined, NEVER)).toEqual(GOOD);
  });

  test("an alarm is a fault, since nothing is written then", async () => {
    await using etcd = await startEtcd();
    const call = async (method: string, request: unknown) =>
      (await fetch(`${etcd.url}/v3/${method}`, { method: "POST", body: JSON.stringify(request) })).json();
    const { header } = (await call("maintenance/status", {})) as { header: { member_id: string } };
    await call("maintenance/alarm", { action: "ACTIVATE", memberID: header.member_id, alarm: "NOSPACE" });
    const { faults } = await checkEtcd([etcd.url], undefined, NEVER);
    expect(faults).toEqual([expect.stringContaining("its database is full (alarm NOSPACE)")]);
  });

  test("a wrong certificate is named, on either side", async () => {
    const folder = mkdtempSync(join(tmpdir(), "tcpchat-"));
    const [ours, theirs] = await Promise.all([vouchedFor("127.0.0.1"), vouchedFor("127.0.0.1")]);
    const file = (name: string, text: string) => {
      writeFileSync(join(folder, name), text);
      return join(folder, name);
    };
    const files = {
      ca: file("ca.pem", ours.authority),
      cert: file("cert.pem", ours.cert),
      key: file("key.pem", ours.key),
    };
    await using etcd = await startEtcd(files);
    const check = (ca: string, { cert, key }: typeof ours) => checkEtcd([etcd.url], { ca, cert, key }, NEVER);
    expect(await check(ours.authority, ours)).toEqual(GOOD);
    expect((await check(theirs.authority, ours)).faults).toEqual([
      `${etcd.url}: its certificate is of another authority`,
    ]);
    expect((await check(ours.authority, theirs)).faults[0]).toContain("does not accept the certificate of this server");
    const plain = await checkEtcd([etcd.url.replace("https", "http")], undefined, NEVER);
    expect(plain.faults[0]).toContain("does it speak TLS");
    rmSync(folder, { recursive: true });
  });
});

test.each([
  ["3.4.23", "is etcd 3.4.23, and 3.5.3 is the oldest that works"],
  ["3.5.2", "is etcd 3.5.2, and 3.5.3 is the oldest that works"],
  ["2.3.8", "is etcd 2.3.8, and 3.5.3 is the oldest that works"],
])("etcd %s is too old", async (version, words) => {
  using old = pretended(version);
  using good = pretended("3.5.16");
  expect((await checkEtcd([old.url, good.url], undefined, NEVER)).faults).toEqual([`${old.url} ${words}`]);
});

test.each(["3.5.3", "3.6.0-rc.1", "3.10.0", "4.0.0"])("etcd %s is new enough", async (version) => {
  using server = pretended(version);
  expect(await checkEtcd([server.url], undefined, NEVER)).toEqual(GOOD);
});

test("a server that is away is a remark while a majority is there", async () => {
  using one = pretended("3.5.16");
  using other = pretended("3.5.16");
  const gone = await nobody();
  expect(await checkEtcd([one.url, gone, other.url], undefined, NEVER)).toEqual({
    faults: [],
    remarks: [`${gone}: nothing listens there`],
  });
});

test("without a majority, it is said how many answer", async () => {
  using one = pretended("3.5.16", "1", false);
  const gone = [await nobody(), await nobody()];
  expect(await checkEtcd([one.url, ...gone], undefined, NEVER)).toEqual({
    faults: ["etcd has no majority: 1 of 3 servers answer", ...gone.map((url) => `${url}: nothing listens there`)],
    remarks: [],
  });
});

test("a server that does not answer is not waited for", async () => {
  using silent = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Promise<Response>(() => {}) });
  const url = `http://127.0.0.1:${silent.port}`;
  const { faults } = await checkEtcd([url], undefined, 20);
  expect(faults).toEqual([
    "etcd has no majority: 0 of 1 servers answer",
    `${url}: it does not answer`,
    "an etcd that does not find the others listens, and answers nobody: with ETCD_LOG_LEVEL=warn its log says why",
  ]);
});

test("a server that closes the connection is away if it speaks TLS, and else perhaps has another protocol", async () => {
  const { authority: ca, cert, key } = await vouchedFor("127.0.0.1");
  const socket = { open: (each: { terminate(): void }) => each.terminate(), data: () => {} };
  for (const [scheme, words] of [
    ["https", /^https:\S+ it closes the connection$/],
    ["http", /^http:\S+ it closes the connection; does it speak TLS/],
  ] as const) {
    using listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket });
    const { faults } = await checkEtcd([`${scheme}://127.0.0.1:${listener.port}`], { ca, cert, key }, NEVER);
    expect(faults.at(-1)).toMatch(words);
  }
});

test("servers of two clusters of etcd are found out", async () => {
  using one = pretended("3.5.16", "1");
  using other = pretended("3.5.16", "2");
  expect((await checkEtcd([one.url, other.url], undefined, NEVER)).faults).toEqual([
    `${one.url} and ${other.url} are of two different clusters of etcd: begin both with empty data`,
  ]);
});

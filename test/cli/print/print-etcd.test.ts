import { expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readOptions, UsageError } from "../../../src/cli/options.ts";
import { print } from "../../../src/cli/print/print.ts";
import { EtcdLog } from "../../../src/cluster/etcd.ts";
import { vouchedFor } from "../../support/certificates.ts";
import { ETCD, freePort } from "../../support/etcd.ts";

const printed = (...flags: readonly string[]) => print(readOptions("print", ["etcd", ...flags], {}), "/x");

/** The variables of an environment file. */
function variables(file: string): Record<string, string> {
  return Object.fromEntries([...file.matchAll(/^(\w+)="(.*)"$/gm)].map(([, name, value]) => [name, value]));
}

test("each machine gets its own name and addresses, and the list of all", () => {
  const all = "a=https://a:2380,b.example.org=https://b.example.org:2380,2001:db8::1=https://[2001:db8::1]:2380";
  expect(variables(printed("--me=b.example.org", "--of=a,b.example.org,2001:db8::1"))).toMatchObject({
    ETCD_NAME: "b.example.org",
    ETCD_INITIAL_CLUSTER: all,
    ETCD_INITIAL_ADVERTISE_PEER_URLS: "https://b.example.org:2380",
    ETCD_ADVERTISE_CLIENT_URLS: "https://b.example.org:2379",
    ETCD_CLIENT_CERT_AUTH: "true",
    ETCD_PEER_CLIENT_CERT_AUTH: "true",
  });
});

test.each([
  [[], "it needs this machine and all machines, such as tcpchat print etcd --me a --of a,b,c"],
  [["--me=a"], "it needs this machine and all machines"],
  [["--of=a,b,c"], "it needs this machine and all machines"],
  [["--me=d", "--of=a,b,c"], "--me is d, and --of does not name it: a,b,c"],
  [["--me=a", "--of=a,b,a"], "--of names a machine twice: a,b,a"],
  [["--me=a", "--of=a,b"], "2 machines survive no more losses than 1: name an odd number, such as three"],
  [["--me=a", '--of=a,b,"c"'], '""c"" is not the name or address of a machine'],
])("%p is refused: %p", (flags, complaint) => {
  expect(() => printed(...flags)).toThrow(UsageError);
  expect(() => printed(...flags)).toThrow(`tcpchat print etcd: ${complaint}`);
});

test.skipIf(ETCD === undefined)(
  "etcd runs with it, and takes only clients with a certificate of the authority",
  async () => {
    const folder = mkdtempSync("/tmp/tcpchat-");
    const { authority, cert, key } = await vouchedFor("127.0.0.1");
    for (const [name, text] of [
      ["ca.pem", authority],
      ["node.pem", cert],
      ["node.key", key],
    ] as const)
      writeFileSync(join(folder, name), text);
    const [clients, peers] = await Promise.all([freePort(), freePort()]);
    const file = printed("--me=127.0.0.1", "--of=127.0.0.1")
      .replaceAll("/etc/tcpchat", folder)
      .replaceAll("/var/lib/etcd", folder)
      .replaceAll("0.0.0.0", "127.0.0.1")
      .replaceAll(":2379", `:${clients}`)
      .replaceAll(":2380", `:${peers}`);
    const etcd = Bun.spawn([ETCD ?? ""], { env: variables(file), stdout: "ignore", stderr: "ignore" });
    const url = `https://127.0.0.1:${clients}`;
    try {
      const log = new EtcdLog([url], { ca: authority, cert, key });
      const publish = async () => {
        const [answer] = await Promise.allSettled([log.publish("ann/000000000001", Buffer.from("hello"))]);
        return answer.status === "fulfilled";
      };
      while (etcd.exitCode === null && !(await publish())) await new Promise(setImmediate);
      expect(etcd.exitCode).toBeNull();
      await expect(new EtcdLog([url], { ca: authority }).publish("b/1", Buffer.from("no"))).rejects.toThrow(url);
    } finally {
      etcd.kill("SIGKILL");
      await etcd.exited;
      rmSync(folder, { recursive: true });
    }
  },
);

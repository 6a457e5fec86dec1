/** The log in etcd besides its contract (log.test.ts): several servers, silence, compaction, certificates. */

import { describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EtcdLog } from "../../src/cluster/etcd.ts";
import { EtcdError, EtcdServer, type EtcdTls } from "../../src/cluster/etcd-server.ts";
import { type Vouched, vouchedFor } from "../support/certificates.ts";
import { ETCD, freePort, startEtcd } from "../support/etcd.ts";
import { Condition } from "../support/patience.ts";

const NEVER = 10_000_000; // ms
const SOON = 20; // ms
const TIMES = { hedge: SOON, deadline: NEVER, silence: NEVER, lag: NEVER, pause: 0 };

/** Another address of an etcd, which can fall silent. */
class Relay implements AsyncDisposable {
  readonly url: string;
  readonly #server;
  readonly #sockets = new Set<Socket>();
  #isSilent = false;

  private constructor(server: ReturnType<typeof createServer>, port: number) {
    this.#server = server;
    this.url = `http://127.0.0.1:${port}`;
  }

  static async to(url: string): Promise<Relay> {
    const server = createServer({ allowHalfOpen: false });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    const relay = new Relay(server, typeof address === "object" && address ? address.port : 0);
    server.on("connection", (socket) => relay.#join(socket, connect(Number(new URL(url).port), "127.0.0.1")));
    return relay;
  }

  /** Keeps every connection, old and new, and says nothing more. */
  fallSilent(): void {
    this.#isSilent = true;
  }

  #join(one: Socket, other: Socket): void {
    for (const [from, to] of [[one, other] as const, [other, one] as const]) {
      this.#sockets.add(from);
      from.on("data", (bytes) => void (this.#isSilent || to.write(bytes)));
      from.on("error", () => to.destroy());
      from.on("close", () => to.destroy());
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }
}

/** A follower that records its entries. */
function follow(log: EtcdLog, after = 0) {
  const texts: string[] = [];
  const changed = new Condition();
  const end = log.follow(after, {
    entries: (entries) => {
      texts.push(...entries.map(({ bytes }) => Buffer.from(bytes).toString()));
      changed.notify();
    },
    trimmed: () => {
      texts.push("TRIMMED");
      changed.notify();
    },
    rewound: () => {
      texts.push("REWOUND");
      changed.notify();
    },
  });
  const read = async (count: number) => {
    await changed.until(() => texts.length >= count);
    return texts;
  };
  return { read, end };
}

function publish(log: EtcdLog, text: string): Promise<void> {
  return log.publish(`ann/${text.padStart(12, "0")}`, Buffer.from(text));
}

describe.skipIf(ETCD === undefined)("a log in etcd", () => {
  test("is published by the next server if the first is not there, or does not answer", async () => {
    await using etcd = await startEtcd();
    await using silent = await Relay.to(etcd.url);
    silent.fallSilent();
    await using gone = await Relay.to(etcd.url);
    await gone[Symbol.asyncDispose]();
    const log = new EtcdLog([gone.url, silent.url, etcd.url], undefined, TIMES);
    await publish(log, "1");
    await publish(log, "2");
    const reader = follow(new EtcdLog([etcd.url]));
    expect(await reader.read(2)).toEqual(["1", "2"]);
    reader.end();
  });

  test("is rewound if a new record has an earlier position than the reader", async () => {
    await using etcd = await startEtcd();
    const log = new EtcdLog([etcd.url], undefined, TIMES);
    const reader = follow(log, 1_000_000);
    await publish(log, "1");
    expect(await reader.read(1)).toEqual(["REWOUND"]);
    await publish(log, "2");
    expect(await reader.read(1)).toEqual(["REWOUND"]);
  });

  test("rejects a publication that no server answers in time, and the same again is one record", async () => {
    await using etcd = await startEtcd();
    await using silent = await Relay.to(etcd.url);
    silent.fallSilent();
    const log = new EtcdLog([silent.url], undefined, { ...TIMES, deadline: SOON });
    await expect(publish(log, "1")).rejects.toThrow(`${silent.url}: it does not answer`);
    await expect(publish(log, "1")).rejects.toBeInstanceOf(EtcdError);
    const better = new EtcdLog([etcd.url]);
    const reader = follow(better);
    await publish(better, "1");
    await publish(better, "2");
    expect(await reader.read(2)).toEqual(["1", "2"]);
    reader.end();
  });

  test("is followed by the next server if the first is silent for too long", async () => {
    await using etcd = await startEtcd();
    await using relay = await Relay.to(etcd.url);
    const reader = follow(new EtcdLog([relay.url, etcd.url], undefined, { ...TIMES, silence: 200 }));
    const other = new EtcdLog([etcd.url]);
    await publish(other, "1");
    await reader.read(1);
    relay.fallSilent();
    await publish(other, "2");
    expect(await reader.read(2)).toEqual(["1", "2"]);
    reader.end();
  });

  test("is followed by the next server if the first does not tell what is acknowledged", async () => {
    await using etcd = await startEtcd();
    await using relay = await Relay.to(etcd.url);
    const log = new EtcdLog([relay.url, etcd.url], undefined, { ...TIMES, lag: SOON });
    const reader = follow(log);
    await publish(log, "1");
    await reader.read(1);
    relay.fallSilent();
    await publish(log, "2");
    expect(await reader.read(2)).toEqual(["1", "2"]);
    reader.end();
  });

  test("loses nothing if etcd compacts its past by itself", async () => {
    await using etcd = await startEtcd();
    const log = new EtcdLog([etcd.url]);
    const texts = Array.from({ length: 450 }, (_, index) => String(index));
    for (const text of texts) await publish(log, text);
    const server = new EtcdServer(etcd.url);
    const { signal } = new AbortController();
    await server.call("kv/compaction", { revision: "400" }, signal);
    const reader = follow(log);
    expect(await reader.read(450)).toEqual(texts);
    await publish(log, "450");
    expect(await reader.read(451)).toEqual([...texts, "450"]);
    reader.end();
    expect(await server.version(signal)).toMatch(/^3\.\d+\.\d+$/);
  });

  test("is spoken to with certificates: the server's is checked, and the node's is shown", async () => {
    const folder = mkdtempSync(join(tmpdir(), "tcpchat-"));
    const [ours, theirs] = await Promise.all([vouchedFor("127.0.0.1"), vouchedFor("127.0.0.1")]);
    const file = (name: string, text: string) => {
      writeFileSync(join(folder, name), text);
      return join(folder, name);
    };
    await using etcd = await startEtcd({
      ca: file("ca.pem", ours.authority),
      cert: file("cert.pem", ours.cert),
      key: file("key.pem", ours.key),
    });
    const tlsOf = ({ authority, cert, key }: Vouched): EtcdTls => ({ ca: authority, cert, key });
    const log = new EtcdLog([etcd.url], tlsOf(ours));
    await publish(log, "1");
    const reader = follow(log);
    expect(await reader.read(1)).toEqual(["1"]);
    reader.end();
    const wrong: readonly EtcdTls[] = [{}, tlsOf(theirs), { ...tlsOf(theirs), ca: ours.authority }];
    for (const tls of wrong) {
      const refused = publish(new EtcdLog([etcd.url], tls), "2");
      await expect(refused).rejects.toThrow(etcd.url);
      await expect(refused).rejects.toBeInstanceOf(EtcdError);
    }
    rmSync(folder, { recursive: true });
  });
});

test("a server that is slow is asked again, and its first answer counts", async () => {
  let requests = 0;
  using slow = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: () => (++requests < 4 ? new Promise<Response>(() => {}) : Response.json({ header: { revision: "2" } })),
  });
  const gone = `http://127.0.0.1:${await freePort()}`;
  const log = new EtcdLog([gone, `http://127.0.0.1:${slow.port}`], undefined, TIMES);
  await publish(log, "1");
  expect(requests).toBe(4);
});

test("a publication is rejected at once if every server refuses it", async () => {
  using refuses = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: () => Response.json({ code: 8, message: "etcdserver: mvcc: database space exceeded" }, { status: 400 }),
  });
  const url = `http://127.0.0.1:${refuses.port}`;
  const log = new EtcdLog([url, `http://127.0.0.1:${await freePort()}`], undefined, { ...TIMES, hedge: NEVER });
  await expect(publish(log, "1")).rejects.toThrow(`${url} answered: etcdserver: mvcc: database space exceeded`);
});

test("a server that is no etcd is told from one", async () => {
  using other = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => Response.json({ name: "something else" }) });
  const server = new EtcdServer(`http://127.0.0.1:${other.port}/`);
  const { signal } = new AbortController();
  await expect(server.version(signal)).rejects.toThrow("is no etcd: it does not tell its version");
});

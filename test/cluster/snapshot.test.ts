import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { connect } from "node:tls";
import { fetchSnapshot, PeerBusy, type SnapshotServer, serveSnapshots } from "../../src/cluster/snapshot.ts";
import { type Authority, anAuthority, vouchedFor } from "../support/certificates.ts";
import { said, TemporaryStore } from "../support/temporary-store.ts";

const CONTENT = Buffer.alloc(1_000_000, "database ");

let authority: Authority;
beforeAll(async () => {
  authority = await anAuthority();
});

const temp = new TemporaryStore();
afterAll(() => temp[Symbol.dispose]());

let files = 0;
const newFile = () => join(temp.folder, `copy-${++files}`);

async function tlsOf(name: string, by = authority) {
  const { cert, key } = await vouchedFor(name, by);
  return { ca: by.cert, cert, key };
}

/** The node a, which knows the nodes a and b. */
async function serves(copy = (file: string) => Promise.resolve(writeFileSync(file, CONTENT))) {
  const refused: string[] = [];
  const server = await serveSnapshots({
    host: "127.0.0.1",
    port: 0,
    tls: await tlsOf("a.example.org"),
    nodes: () => Promise.resolve(["a", "b"]),
    copy,
    file: newFile(),
    refused: (reason) => refused.push(reason),
  });
  return { server, refused };
}

const peer = ({ port }: Pick<SnapshotServer, "port">, node = "a") => ({ node, host: "127.0.0.1", port });

async function failure(fetched: Promise<unknown>): Promise<string> {
  return await fetched.then(
    () => "",
    (error: Error) => error.message,
  );
}

test("a node gets the database of another, whole, in a file for its owner alone", async () => {
  const { server, refused } = await serves();
  const file = newFile();
  expect((await fetchSnapshot([peer(server)], await tlsOf("b"), file)).node).toBe("a");
  expect(readFileSync(file).equals(CONTENT)).toBe(true);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(refused).toEqual([]);
  server.close();
});

describe("nobody else gets anything", () => {
  test.each([
    ["of another authority", async () => ({ ...(await tlsOf("b", await anAuthority())), ca: authority.cert })],
    ["of the authority that names no node", () => tlsOf("mallory")],
    ["that begins like a node's", () => tlsOf("bob")],
  ])("a certificate %s", async (_, certificate) => {
    let copies = 0;
    const { server, refused } = await serves(() => Promise.resolve(void copies++));
    const file = newFile();
    expect(await failure(fetchSnapshot([peer(server)], await certificate(), file))).toStartWith("a: ");
    expect([copies, existsSync(file), refused.length]).toEqual([0, false, 1]);
    server.close();
  });

  test("without a certificate", async () => {
    let copies = 0;
    const { server } = await serves(() => Promise.resolve(void copies++));
    const socket = connect({ ...peer(server), ca: authority.cert, checkServerIdentity: () => undefined });
    let bytes = 0;
    socket.on("data", (data) => (bytes += data.length)).on("error", () => {});
    await new Promise((resolve) => socket.on("close", resolve));
    expect([copies, bytes]).toEqual([0, 0]);
    server.close();
  });
});

describe("a node asks the next one", () => {
  test("if the first has the wrong certificate", async () => {
    const [{ server }, { server: other }] = [await serves(), await serves()];
    const peers = [peer(server, "c"), peer(other)];
    expect((await fetchSnapshot(peers, await tlsOf("b"), newFile())).node).toBe("a");
    for (const each of [server, other]) each.close();
  });

  test("if the first is not there, cannot copy its database, or has broken off", async () => {
    const [away, broken, whole] = [
      await serves(),
      await serves(() => Promise.reject(new Error("the disk is full"))),
      await serves(),
    ];
    away.server.close();
    const peers = [away, broken, whole].map(({ server }) => peer(server));
    expect((await fetchSnapshot(peers, await tlsOf("b"), newFile())).port).toBe(whole.server.port);
    expect(broken.refused).toEqual(["the disk is full"]);
    for (const { server } of [broken, whole]) server.close();
  });

  test("and is told if one is giving a copy at this moment", async () => {
    const [{ promise: copied, resolve: end }, begun] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const { server, refused } = await serves((file) => {
      begun.resolve();
      return copied.then(() => writeFileSync(file, CONTENT));
    });
    const tls = await tlsOf("b");
    const first = fetchSnapshot([peer(server)], tls, newFile());
    await begun.promise;
    await expect(fetchSnapshot([peer(server)], tls, newFile())).rejects.toBeInstanceOf(PeerBusy);
    end();
    expect((await first).node).toBe("a");
    expect(refused).toEqual([]);
    server.close();
  });

  test("and says of each why there was none", async () => {
    const { server } = await serves();
    const reasons = await failure(fetchSnapshot([peer(server, "c"), peer(server)], await tlsOf("mallory"), newFile()));
    expect(reasons).toBe("c: its certificate is not that of c; a: your certificate names no server of this cluster");
    expect(await failure(fetchSnapshot([], await tlsOf("b"), newFile()))).toBe("there is no other server");
    server.close();
  });
});

test("the database of a store is copied while it is in use", async () => {
  const store = temp.opens();
  for (let seq = 1; seq <= 500; seq++) store.append("#dev" as never, said(seq));
  store.commit();
  const { server } = await serves((file) => store.copy(file));
  const file = newFile();
  const fetched = fetchSnapshot([peer(server)], await tlsOf("b"), file);
  store.append("#dev" as never, said(501));
  store.commit();
  await fetched;
  const { Database } = await import("bun:sqlite");
  using copy = new Database(file, { readonly: true });
  expect(copy.query("SELECT count(*) >= 500 AS isWhole FROM message").get()).toEqual({ isWhole: 1 });
  server.close();
});

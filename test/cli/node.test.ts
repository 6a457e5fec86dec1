/** Servers of a cluster, as an operator starts them: the binary, with a real etcd. */

import { describe, expect, test } from "bun:test";
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import { EtcdLog } from "../../src/cluster/etcd.ts";
import { encodeRecord, type RecordHead } from "../../src/cluster/record.ts";
import { binary, nowhere, Program } from "../support/binary.ts";
import { anAuthority, type Vouched, vouchedFor } from "../support/certificates.ts";
import { ETCD, freePort, type RunningEtcd, startEtcd } from "../support/etcd.ts";
import { WireClient } from "../support/socket.ts";

/** A machine with a configuration and a data folder. */
class Machine {
  readonly folder = nowhere();
  readonly config = join(this.folder, "server.toml");
  readonly data = join(this.folder, "data");
  readonly listen: string;
  port = 0;

  constructor(listen = "127.0.0.1:0") {
    this.listen = listen;
  }

  /** Writes a configuration; `cluster` are the lines of its table. */
  configure(cluster: readonly string[], name = "chat.test", more = ""): this {
    const server = `[server]\nname = "${name}"\nlisten = ["${this.listen}"]\n[storage]\npath = "data"\n`;
    const table = cluster.length === 0 ? [] : ["[cluster]", ...cluster];
    writeFileSync(this.config, [server, ...table, more, ""].join("\n"));
    return this;
  }

  /** Starts the server; resolves when it serves. */
  async start(): Promise<Program> {
    const program = Program.run([await binary(), "server", "--config", this.config]);
    await program.prints(/Server is running on port (\d+)\n/);
    this.port = Number(/port (\d+)/.exec(program.stdout)?.[1]);
    return program;
  }

  /** Runs another command with this configuration to its end. */
  async run(...command: readonly string[]): Promise<readonly [code: number, stdout: string, stderr: string]> {
    await using program = Program.run([await binary(), ...command, "--config", this.config]);
    return [await program.exit(), program.stdout, program.stderr];
  }

  /** Says something in a room; resolves when it is stored. */
  async say(room: string, text: string): Promise<void> {
    await using program = Program.run([await binary(), "send", room, text, "--server", `127.0.0.1:${this.port}`]);
    expect(await program.exit()).toBe(0);
  }

  /** The messages of a room. */
  async past(room: string): Promise<string> {
    const server = ["--server", `127.0.0.1:${this.port}`];
    await using program = Program.run([await binary(), "tail", room, "--no-follow", "--json", ...server]);
    await program.exit();
    return program.stdout;
  }
}

/** A cluster's etcd and certificates; every machine shares them. */
async function startLog() {
  const authority = await anAuthority();
  const certificateFor = async (name: string) => writeCertificates(nowhere(), await vouchedFor(name, authority));
  const etcd = await startEtcd(await certificateFor("127.0.0.1"));
  const lines = async (node: string) => {
    const { ca, cert, key } = await certificateFor(node);
    return [
      `node = "${node}"`,
      `log = ["${etcd.url}"]`,
      `tls = { ca = "${ca}", cert = "${cert}", key = "${key}" }`,
      `listen = "127.0.0.1:${await freePort()}"`,
    ];
  };
  return { etcd, lines, [Symbol.asyncDispose]: () => etcd[Symbol.asyncDispose]() };
}

function writeCertificates(folder: string, { authority, cert, key }: Vouched) {
  mkdirSync(folder, { recursive: true });
  const files = { ca: join(folder, "ca.pem"), cert: join(folder, "cert.pem"), key: join(folder, "key.pem") };
  writeFileSync(files.ca, authority);
  writeFileSync(files.cert, cert);
  writeFileSync(files.key, key);
  return files;
}

/** Publishes a record again and again, each time under a new id. */
function publishing({ url }: RunningEtcd, head: RecordHead): Disposable {
  const log = new EtcdLog([url]);
  let n = 0;
  const timer = setInterval(() => void log.publish(`${head.node}/${++n}`, encodeRecord(head, [])).catch(() => {}), 100);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

/** The lines of a node that talks to an etcd on its own machine. */
function near(node: string, etcd: RunningEtcd): readonly string[] {
  return [`node = "${node}"`, `log = "${etcd.url}"`];
}

describe.skipIf(ETCD === undefined)("servers of a cluster", () => {
  test("are one chat, which continues a single server's, and goes on when one is killed or added", async () => {
    const [first, second] = [new Machine().configure([]), new Machine()];
    {
      await using alone = await first.start();
      await first.say("dev", "before the cluster");
      alone.process.kill("SIGTERM");
      expect(await alone.exit()).toBe(0);
    }
    await using log = await startLog();
    first.configure(await log.lines("a"));
    await using a = await first.start();
    second.configure(await log.lines("b"));
    await using b = await second.start();
    const ann = await WireClient.inRoom(first.port, "ann", "#dev");
    await second.say("dev", "from the second");
    await ann.until(/PRIVMSG #dev :from the second/);
    const past = await first.past("dev");
    expect(past.match(/"text":"[^"]*"/g)).toEqual(['"text":"before the cluster"', '"text":"from the second"']);
    // Both servers have the same ids, names and hosts.
    expect(await second.past("dev")).toBe(past);
    expect(fingerprint(b)).toBe(fingerprint(a));
    b.process.kill("SIGKILL");
    await b.exit();
    await first.say("dev", "without the second");
    await using again = await second.start();
    expect(await second.past("dev")).toContain("without the second");
    ann.close();
    again.process.kill("SIGTERM");
    expect(await again.exit()).toBe(0);
  });

  test("are joined by a server that has run alone, if its chat was never used", async () => {
    await using log = await startLog();
    const [first, packaged] = [new Machine().configure(await log.lines("a")), new Machine().configure([])];
    {
      await using alone = await packaged.start();
      alone.process.kill("SIGTERM");
      expect(await alone.exit()).toBe(0);
    }
    await using a = await first.start();
    await first.say("dev", "said before");
    packaged.configure(await log.lines("b"));
    expect(await packaged.run("server", "--check")).toEqual([0, expect.stringContaining("is good"), ""]);
    await using b = await packaged.start();
    expect(await packaged.past("dev")).toBe(await first.past("dev"));
    expect(fingerprint(b)).toBe(fingerprint(a));
  });

  test("begin another cluster with a backup of one of them", async () => {
    const [first, saved, second] = [new Machine(), new Machine(), new Machine()];
    {
      await using log = await startLog();
      first.configure(await log.lines("a"));
      await using a = await first.start();
      await first.say("dev", "in the first cluster");
      a.process.kill("SIGTERM");
      expect(await a.exit()).toBe(0);
    }
    await using log = await startLog();
    const file = join(saved.folder, "backup.db");
    expect((await first.run("backup", file))[0]).toBe(0);
    saved.configure(await log.lines("a"));
    expect((await saved.run("restore", file))[0]).toBe(0);
    await using a = await saved.start();
    await saved.say("dev", "in the second");
    second.configure(await log.lines("b"));
    await using b = await second.start();
    const past = await second.past("dev");
    expect(past.match(/"text":"[^"]*"/g)).toEqual(['"text":"in the first cluster"', '"text":"in the second"']);
    expect(fingerprint(b)).toBe(fingerprint(a));
  });

  test("keep a damaged database aside, and begin with a copy of another's", async () => {
    await using log = await startLog();
    const [first, second] = [
      new Machine().configure(await log.lines("a")),
      new Machine().configure(await log.lines("b")),
    ];
    await using _a = await first.start();
    const database = join(second.data, "chat.db");
    const damages: readonly (() => void)[] = [
      // The beginning of the file, without which nothing can be read.
      () => overwrite(database),
      // A value that SQLite gives as it is.
      () => run(database, "UPDATE presence SET record = '{' WHERE key = 'point'"),
    ];
    {
      await using b = await second.start();
      await second.say("dev", "before the damage");
      b.process.kill("SIGKILL");
      await b.exit();
    }
    for (const damage of damages) {
      damage();
      expect((await second.run("server", "--check"))[0]).toBe(0);
      await using b = await second.start();
      expect(b.stderr).toMatch(/The database of this server is damaged: it restarts with a copy/);
      expect(b.stderr).not.toMatch(/restore a backup|start anew/);
      expect(await second.past("dev")).toBe(await first.past("dev"));
      b.process.kill("SIGTERM");
      expect(await b.exit()).toBe(0);
    }
    await using b = await second.start();
    await second.say("dev", "once more");
    overwrite(database);
    await b.prints(/The database of this server is damaged/, "stderr");
    await b.prints(/The history is now that of the server a/, "stderr");
    await b.prints(/kept in \S+chat\.db\.damaged-\d+/, "stderr");
    expect(b.stderr).not.toMatch(/live only|restore a backup/);
    expect(readdirSync(second.data).filter((name) => /^chat\.db\.damaged-\d+$/.test(name)).length).toBe(3);
  });

  test("begin another cluster in an emptied log, without the old messages", async () => {
    await using etcd = await startEtcd();
    const [first, second] = [new Machine().configure(near("a", etcd)), new Machine().configure(near("a", etcd))];
    const file = join(second.folder, "backup.db");
    {
      await using a = await first.start();
      await first.say("dev", "before the backup");
      expect((await first.run("backup", file))[0]).toBe(0);
      await first.say("dev", "after it");
      a.process.kill("SIGTERM");
      expect(await a.exit()).toBe(0);
    }
    const all = { key: btoa("tcpchat/"), range_end: btoa("tcpchat0") };
    await fetch(`${etcd.url}/v3/kv/deleterange`, { method: "POST", body: JSON.stringify(all) });
    expect((await second.run("restore", file))[0]).toBe(0);
    await using _a = await second.start();
    await second.say("dev", "in the new cluster");
    const past = await second.past("dev");
    expect(past.match(/"text":"[^"]*"/g)).toEqual(['"text":"before the backup"', '"text":"in the new cluster"']);
  });

  test("refuse a log that was reset to an older state, and can begin again from one of them", async () => {
    const [first, saved] = [new Machine(), new Machine()];
    /** Says something in a cluster whose etcd has these data; returns the data afterwards. */
    const says = async (text: string, data?: string) => {
      await using etcd = await startEtcd(undefined, data);
      await using a = await first.configure(near("a", etcd)).start();
      await first.say("dev", text);
      a.process.kill("SIGTERM");
      expect(await a.exit()).toBe(0);
      return await etcd.kill();
    };
    const old = await says("one");
    const newer = await says("two", old);
    await using etcd = await startEtcd(undefined, old);
    first.configure(near("a", etcd));
    const words = /etcd was put back to an older state.* up to position \d+.*"When etcd's data is lost or old"/;
    expect(await first.run("server", "--check")).toEqual([2, "", expect.stringMatching(words)]);
    expect(await first.run("server")).toEqual([1, "", expect.stringMatching(words)]);
    const all = { key: btoa("tcpchat/"), range_end: btoa("tcpchat0") };
    await fetch(`${etcd.url}/v3/kv/deleterange`, { method: "POST", body: JSON.stringify(all) });
    const lost = /the log in \[cluster\] is empty.*\n.* up to position \d+: see "When etcd's data is lost or old"/;
    expect(await first.run("server", "--check")).toEqual([2, "", expect.stringMatching(lost)]);
    const file = join(saved.folder, "backup.db");
    expect((await first.run("backup", file))[0]).toBe(0);
    expect((await saved.configure(near("a", etcd)).run("restore", file))[0]).toBe(0);
    await using _again = await saved.start();
    await saved.say("dev", "three");
    const past = (await saved.past("dev")).match(/"text":"[^"]*"/g);
    expect(past?.join()).toBe('"text":"one","text":"two","text":"three"');
    for (const data of [old, newer]) rmSync(data, { recursive: true });
  });

  test("refuse a certificate of another name, and an etcd that is too old", async () => {
    await using log = await startLog();
    const lines = (await log.lines("a")).map((line) => line.replace('node = "a"', 'node = "d"'));
    const words = "the certificate in tls names a, and not d";
    const named = new Machine().configure(lines);
    expect(await named.run("server", "--check")).toEqual([2, "", expect.stringContaining(words)]);
    using etcd = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => Response.json({ etcdserver: "3.4.23" }) });
    const early = new Machine().configure(['node = "a"', `log = "http://127.0.0.1:${etcd.port}"`]);
    for (const command of [["server"], ["server", "--check"]])
      expect(await early.run(...command)).toEqual([2, "", expect.stringContaining("is etcd 3.4.23, and 3.5.3 is")]);
  });

  test("refuse a log that is not theirs, and --check reports it", async () => {
    await using etcd = await startEtcd();
    const founder = new Machine().configure(near("a", etcd));
    expect(await founder.run("server", "--check")).toEqual([0, expect.stringContaining("is good"), ""]);
    {
      await using a = await founder.start();
      a.process.kill("SIGTERM");
      expect(await a.exit()).toBe(0);
    }
    const checked = await founder
      .configure(near("a", etcd), "chat.test", '[history]\nretention = "30d"')
      .run("server", "--check");
    expect(checked).toEqual([
      0,
      expect.stringContaining('history.retention is "30d" in the file and "forever" on'),
      "",
    ]);
    founder.configure(near("a", etcd));
    const refused = async (machine: Machine, words: string) => {
      expect(await machine.run("server", "--check")).toEqual([2, "", expect.stringContaining(words)]);
      expect(await machine.run("server")).toEqual([2, "", expect.stringContaining(words)]);
    };
    await refused(
      new Machine().configure(near("b", etcd), "other.test"),
      'the servers of this cluster have name = "chat.test" in [server], and here it is "other.test"',
    );
    {
      await using a = await founder.start();
      // Its own check finds itself; another server may not have its name.
      expect((await founder.run("server", "--check"))[0]).toBe(0);
      const double = new Machine().configure(near("a", etcd));
      const words = 'another server runs under the name "a": each needs its own node in [cluster]';
      expect(await double.run("server", "--check")).toEqual([2, "", expect.stringContaining(words)]);
      expect((await double.run("server"))[0]).toBe(1);
      a.process.kill("SIGTERM");
      expect(await a.exit()).toBe(0);
    }
    {
      // The log goes on with a version that no program knows.
      const head = { v: 99, node: "z.1", n: 1, time: 0, seen: { position: 0, hash: "0" }, stored: 0 };
      using _newer = publishing(etcd, head);
      const words = "have agreed on a newer version of it than this tcpchat knows: install their version here";
      expect(await founder.run("server", "--check")).toEqual([2, "", expect.stringContaining(words)]);
      expect(await founder.run("server")).toEqual([1, "", expect.stringContaining(words)]);
    }
    const single = new Machine().configure([]);
    {
      await using alone = await single.start();
      await single.say("dev", "a history of its own");
      alone.process.kill("SIGTERM");
      await alone.exit();
    }
    await refused(single.configure(near("b", etcd)), "has a history of its own, and the cluster has begun without it");
    await using other = await startEtcd();
    await refused(founder.configure(near("a", other)), "belongs to a cluster, and the log in [cluster] is empty");
    const stranger = new Machine().configure(near("x", other));
    {
      await using x = await stranger.start();
      x.process.kill("SIGTERM");
      await x.exit();
    }
    await refused(founder, "belongs to another cluster than the log in [cluster]");
    await refused(founder.configure([]), "belongs to a server of a cluster: add [cluster]");
    const before = readdirSync(founder.data);
    for (const verb of ["add", "passwd", "remove"]) {
      const [code, , words] = await founder.run("account", verb, "ann");
      expect([code, words]).toEqual([
        1,
        expect.stringContaining("belongs to a server of a cluster, whose servers share their accounts"),
      ]);
    }
    expect([await founder.run("account", "list"), readdirSync(founder.data)]).toEqual([[0, "", ""], before]);
  });

  test("refuse a key that is not the certificate's, and an address that is not theirs", async () => {
    await using log = await startLog();
    const [lines, others] = [await log.lines("a"), await log.lines("b")];
    const key = /key = "[^"]*"/;
    const mixed = lines.map((line) => line.replace(key, key.exec(others.join())?.[0] ?? ""));
    const check = (given: readonly string[]) => new Machine().configure(given).run("server", "--check");
    const [code, , words] = await check(mixed);
    expect([code, words]).toEqual([2, expect.stringMatching(/tls of \[cluster\]: \S+ is not the key of the cert/)]);
    const junk = join(nowhere(), "ca.pem");
    mkdirSync(dirname(junk), { recursive: true });
    writeFileSync(junk, "junk");
    const unvouched = await check(lines.map((line) => line.replace(/ca = "[^"]*"/, `ca = "${junk}"`)));
    expect([unvouched[0], unvouched[2]]).toEqual([2, expect.stringContaining(`${junk} is no certificate in PEM`)]);
    const elsewhere = await check(lines.map((line) => line.replace(/^listen = .*/, 'listen = "192.0.2.1:9001"')));
    expect([elsewhere[0] !== 0, elsewhere[2]]).toEqual([true, expect.stringContaining("192.0.2.1")]);
  });

  test("share a port if all of them do", async () => {
    await using etcd = await startEtcd();
    const listen = `127.0.0.1:${await freePort()}`;
    const sharing = (node: string) => new Machine(listen).configure([...near(node, etcd), "reuse_port = true"]);
    const [first, second] = [sharing("a"), sharing("b")];
    await using a = await first.start();
    await using b = await second.start();
    const alone = new Machine(listen).configure(near("c", etcd));
    expect(await alone.run("server")).toEqual([1, "", expect.stringContaining("is in use")]);
    await first.say("dev", "to one of two");
    for (const server of [a, b]) {
      expect(await first.past("dev")).toContain("to one of two");
      server.process.kill("SIGTERM");
      expect(await server.exit()).toBe(0);
    }
  });

  test("wait with a certificate that etcd refuses, and go on when there is a good one in its place", async () => {
    await using log = await startLog();
    const lines = await log.lines("a");
    const machine = new Machine().configure(lines);
    const good = /ca = "([^"]*)", cert = "([^"]*)", key = "([^"]*)"/.exec(lines.join("\n")) ?? [];
    const [, ca = "", cert = "", key = ""] = good;
    const before = [ca, cert, key].map((file) => readFileSync(file));
    writeCertificates(dirname(ca), await vouchedFor("a"));
    await using server = Program.run([await binary(), "server", "--config", machine.config]);
    await server.prints(/Waiting for the cluster/, "stderr");
    writeFileSync(key, "half");
    await server.prints(/Waiting for the cluster: .* is no usable private key/, "stderr");
    for (const [at, file] of [ca, cert, key].entries()) writeFileSync(file, before[at] ?? "");
    await server.prints(/Server is running on port/);
  });

  test("wait for the log, and report its fault", async () => {
    const port = await freePort();
    const machine = new Machine().configure(['node = "a"', `log = "http://127.0.0.1:${port}"`]);
    const words = `etcd has no majority: 0 of 1 servers answer`;
    expect(await machine.run("server", "--check")).toEqual([2, "", expect.stringContaining(words)]);
    await using server = Program.run([await binary(), "server", "--config", machine.config]);
    await server.prints(new RegExp(`Waiting for the cluster: ${words}`), "stderr");
    server.process.kill("SIGTERM");
    expect(await server.exit()).toBe(0);
  });
});

/** Destroys the beginning of a database, in whichever of its files it is. */
function overwrite(database: string): void {
  run(database, "PRAGMA wal_checkpoint(TRUNCATE)");
  const descriptor = openSync(database, "r+");
  writeSync(descriptor, Buffer.alloc(200, 1), 0, 200, 0);
  closeSync(descriptor);
}

/** Runs SQL in another process: SQLite in this one would keep mappings of files that the server replaces. */
function run(database: string, sql: string): void {
  const script = 'new (require("bun:sqlite").Database)(process.argv[1]).run(process.argv[2])';
  expect(Bun.spawnSync([process.execPath, "-e", script, database, sql]).exitCode).toBe(0);
}

/** The fingerprint of the certificate that a server shows. */
function fingerprint({ stderr }: Program): string | undefined {
  return /(?:[0-9A-F]{2}:){31}[0-9A-F]{2}/.exec(stderr)?.[0];
}

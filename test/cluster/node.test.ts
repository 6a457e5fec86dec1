import { expect, test } from "bun:test";
import type { Act } from "../../src/chat/model/act.ts";
import { RULES } from "../../src/chat/model/limits.ts";
import { SESSIONS } from "../../src/chat/model/session.ts";
import { savedPoint } from "../../src/chat/presence.ts";
import { SEMANTICS } from "../../src/chat/rules/check.ts";
import { startingPoint } from "../../src/cluster/founding.ts";
import type { Claim, LogFollower, LoggedRecord, RecordLog } from "../../src/cluster/log.ts";
import { FIRST } from "../../src/cluster/membership.ts";
import { ClusterNode, type NodeEnd } from "../../src/cluster/node.ts";
import type { NodePoint } from "../../src/cluster/order.ts";
import { decodeRecord, encodeAct, encodeRecord, recordId } from "../../src/cluster/record.ts";
import { defaultConfig } from "../../src/server/config/read.ts";
import type { SqliteStore } from "../../src/store/sqlite.ts";
import { fold } from "../../src/text/fold.ts";
import { enter, join, RecordingSession, say } from "../support/chat-fixture.ts";
import { TestServers } from "../support/cluster-servers.ts";
import { eventually } from "../support/patience.ts";
import { startReceiver } from "../support/receiver.ts";
import { WireClient } from "../support/socket.ts";
import { TemporaryStore } from "../support/temporary-store.ts";
import { play } from "../support/transcript.ts";

test("people on two servers are in one chat, whatever they speak", async () => {
  await using servers = new TestServers();
  const [a, b] = [await servers.starts("a"), await servers.starts("b")];
  await play(
    [a.port, b.port],
    `
    ann: irc
    bob: 2 nc
    ann> JOIN #lobby
    ann~ 366
    bob< -- ann joined #lobby
    ann> PRIVMSG #lobby :hello
    bob< [*] <ann> hello
    bob> hello ann
    ann~ PRIVMSG #lobby :hello ann
    bob< [*] <*> hello ann
    bob> /nick ann
    bob~ in use
    ann> QUIT
    ann~ ERROR
    ann.
    bob< -- ann quit*
    `,
  );
});

test("a message in a room with an outgoing webhook is posted once, from whichever server it comes", async () => {
  await using receiver = startReceiver();
  const hooks = { ...defaultConfig().hooks, outgoing: "accounts", allow: ["127.0.0.0/8"] } as const;
  await using servers = new TestServers();
  const [a, b] = [await servers.starts("a", { hooks }), await servers.starts("b", { hooks })];
  await play(
    [a.port, b.port],
    `
    ann: irc tcpchat/commands
    bob: 2 irc
    ann> REGISTER * * sesame88
    ann~ 900
    ann> JOIN #dev
    ann~ 366
    ann> SLASH #dev :/hook out http://127.0.0.1:${receiver.port}/in
    ann~ not shown again
    bob> JOIN #dev
    bob~ goes out by webhooks
    ann> PRIVMSG #dev :one
    bob~ one
    bob> PRIVMSG #dev :two
    ann~ two
    bob> PRIVMSG #dev :three
    ann~ three
    `,
  );
  const texts = [await receiver.next(), await receiver.next(), await receiver.next()];
  expect(texts.map(({ text }) => JSON.parse(text).text).sort()).toEqual(["one", "three", "two"]);
  expect(receiver.left).toEqual([]);
});

test("new rules apply on every server, and are sent to their clients", async () => {
  await using servers = new TestServers();
  const [a, b] = [await servers.starts("a"), await servers.starts("b")];
  const { limits } = defaultConfig();
  const clients = [await WireClient.open(a.port), await WireClient.open(b.port)];
  for (const [i, wire] of clients.entries()) {
    wire.send(`CAP LS 302\r\nCAP END\r\nNICK c${i}\r\nUSER c 0 * :C\r\n`);
    await wire.until(/ 422 /);
  }
  a.reload({ limits: { ...limits, nickLength: 20, messageLines: 7 }, retention: 3_600_000 });
  for (const wire of clients) {
    await wire.until(/ 005 c\d NICKLEN=20 :/);
    await wire.until(/ CAP c\d NEW :draft\/multiline=max-bytes=4096,max-lines=7$/);
    wire.close();
  }
  expect([a, b].map(({ node }) => node.chat.rules.retention)).toEqual([3_600_000, 3_600_000]);
  const others = [a, b].map(({ node }) => node.order.otherRules.map(({ key }) => key));
  expect(others).toEqual([[], ["history.retention", "limits.nick_length", "limits.message_lines"]]);
});

test("text sent before an immediate close is said", async () => {
  await using servers = new TestServers();
  const { port } = await servers.starts("a");
  const wire = await WireClient.open(port);
  wire.send("hello\n");
  wire.shutdown();
  await wire.until(/<guest-\d+> hello/);
  await wire.closed();
});

test("lines that nc sends at once go into one record, and a command waits until they have run", async () => {
  await using servers = new TestServers();
  const { port } = await servers.starts("a");
  const wire = await WireClient.open(port);
  await wire.until(/You are guest-/);
  const records: string[] = [];
  servers.log.follow(await servers.log.position(), {
    entries: (entries) => {
      for (const { bytes } of entries)
        records.push((decodeRecord(bytes)?.acts ?? []).map(({ act }) => act.type).join());
    },
    trimmed: () => {},
  });
  wire.send("one\ntwo\nthree\n/nick ann\nfour\n");
  wire.shutdown();
  expect(
    (await wire.until(/^\[.*\] <ann> four/)).map((line) => line.replace(/^\[.*\] <guest-\d+>/, "<guest>")),
  ).toEqual([
    "<guest> one",
    "<guest> two",
    "<guest> three",
    "-- You are ann now.",
    expect.stringContaining("<ann> four"),
  ]);
  await wire.closed();
  expect(records.filter((acts) => /say|rename/.test(acts))).toEqual(["say,say,say", "rename", "say"]);
});

test("a server that cannot reach the log refuses acts and newcomers, and goes on when it can", async () => {
  await using servers = new TestServers();
  const { port, node, reaches } = await servers.starts("a");
  const ann = await WireClient.open(port);
  ann.send("NICK ann\r\nUSER ann 0 * :Ann\r\nJOIN #dev\r\n");
  await ann.until(/ 366 /);
  servers.log.isDark = true;
  node.order.beat();
  servers.now += 3000;
  await eventually(() => node.isDark);
  ann.send("PRIVMSG #dev :hello\r\nNAMES #dev\r\n");
  await ann.until(/FAIL PRIVMSG NOT_STORED :Not done: this server cannot reach the others at present/);
  await ann.until(/ 366 /);
  const newcomer = await WireClient.open(port);
  newcomer.send("NICK bob\r\n");
  expect(await newcomer.next()).toBe("ERROR :This server cannot reach the others of its cluster: connect to another");
  await newcomer.closed();
  servers.log.isDark = false;
  await eventually(() => !node.isDark);
  ann.send("PRIVMSG ann :again\r\n");
  await ann.until(/PRIVMSG ann :again/);
  expect(reaches).toEqual([false, true]);
  ann.close();
});

test("a server that cannot reach the log for five seconds sends its clients away", async () => {
  await using servers = new TestServers();
  const { port, node } = await servers.starts("a");
  const ann = await WireClient.open(port);
  ann.send("NICK ann\r\nUSER ann 0 * :Ann\r\n");
  await ann.until(/ 422 /);
  servers.log.isDark = true;
  node.order.beat();
  servers.now += 6000;
  await ann.until(/ERROR :.*This server cannot reach the others/);
  await ann.closed();
});

test("an act that throws closes its connection with words on its own server, and is reported by all", async () => {
  const bugs: string[] = [];
  const failed = ({ message }: Error) => void bugs.push(message);
  await using servers = new TestServers();
  const [a, b] = [await servers.starts("a", {}, { failed }), await servers.starts("b", {}, { failed })];
  const saveAccount = () => {
    throw new Error("a bug");
  };
  for (const { store } of [a, b]) Object.assign(store, { saveAccount });
  await play(
    [a.port, b.port],
    `
    ann: irc
    bob: nc
    eve: 2 nc
    ann> NS REGISTER a long sesame
    ann~ ERROR :Closing Link: chat.test (Internal error)
    ann.
    bob> /register a long sesame
    bob~ That has failed because of a bug in the server. Its operator has been told; this connection is closed.
    bob.
    eve> still here
    eve~ still here
    `,
  );
  expect(bugs).toEqual(["a bug", "a bug", "a bug", "a bug"]);
});

test("a stopping server says so: its people quit at once, and no node waits", async () => {
  await using servers = new TestServers();
  const [a, b] = [await servers.starts("a"), await servers.starts("b")];
  const [ann, bob] = [await WireClient.open(a.port), await WireClient.open(b.port)];
  for (const [wire, nick] of [
    [ann, "ann"],
    [bob, "bob"],
  ] as const) {
    wire.send(`NICK ${nick}\r\nUSER ${nick} 0 * :x\r\nJOIN #dev\r\n`);
    await wire.until(/ 366 /);
  }
  await ann.until(/JOIN #dev/);
  await servers.stops(a);
  await bob.until(/^:ann!\S+ QUIT/);
  expect(b.node.nodes.length).toBe(1);
  bob.close();
});

test("a ban of an address, set on one server, closes its connections on every server", async () => {
  await using servers = new TestServers();
  const changes = { operators: [{ name: "root", password: "sesame" }] };
  const [a, b] = [await servers.starts("a", changes), await servers.starts("b")];
  const [root, bob] = [await WireClient.open(a.port), await WireClient.open(b.port, "127.0.0.1", "127.6.0.9")];
  bob.send("NICK bob\r\nUSER bob 0 * :Bob\r\n");
  await bob.until(/ 422 /);
  root.send("NICK root\r\nUSER root 0 * :Root\r\nOPER root sesame\r\nUBAN ADD 127.6.0.0/16 1h spam\r\n");
  await bob.until(/ERROR :.*You are banned from this server/);
  await bob.closed();
  root.close();
});

test("an account's sessions on other servers are listed, and can be ended", async () => {
  await using servers = new TestServers();
  const [a, b] = [await servers.starts("a"), await servers.starts("b")];
  await play(
    [a.port, b.port],
    `
    ann: nc
    ann> /register long sesame
    ann~ ann is registered
    two: 2 nc
    two> /login ann long sesame
    two~ You are logged in as ann
    two> /devices
    two~ (this one)
    two~ on another server of this chat
    two> /devices end others
    two~ is ended
    ann~ Ended by the owner
    ann.
    `,
  );
});

test("sessions have short names on every server, by which each face ends them", async () => {
  await using servers = new TestServers();
  const [a, b] = [await servers.starts("a"), await servers.starts("b")];
  const [nc, irc] = [await WireClient.open(a.port), await WireClient.open(b.port)];
  nc.send("/nick ann\n/register long sesame\n");
  await nc.until(/ann is registered/);
  irc.send("NICK two\r\nUSER two 0 * :Two\r\nNS IDENTIFY ann long sesame\r\nNS SESSIONS\r\n");
  const name = /(\d-\d+): on another server/.exec((await irc.until(/on another server/)).join())?.[1];
  nc.send("/devices\n");
  await nc.until(new RegExp(`^-- ${name}: nc from .*this one`));
  const own = /(\d-\d+): on another server/.exec((await nc.until(/on another server/)).join())?.[1];
  irc.send(`NS SESSIONS END 3-1\r\nNS SESSIONS END ${name}\r\n`);
  await irc.until(/:You have no session 3-1\.$/);
  await irc.until(new RegExp(`:Session ${name} is ended\\.$`));
  await nc.until(/Ended by the owner/);
  const again = await WireClient.open(a.port);
  again.send(`/login ann long sesame\n/devices end ${own}\n`);
  await again.until(new RegExp(`^-- Session ${own} is ended\\.$`));
  await irc.until(/Ended by the owner/);
  for (const wire of [nc, irc, again]) wire.close();
});

/** A log that delivers the test's records when the test says so. */
class HeldLog implements RecordLog {
  readonly published: LoggedRecord[] = [];
  #follower: LogFollower | undefined;

  async publish(id: string, bytes: Uint8Array): Promise<void> {
    this.adds(bytes, id);
  }

  follow(_after: number, follower: LogFollower): () => void {
    this.#follower = follower;
    return () => {};
  }

  adds(bytes: Uint8Array, id = recordId(decodeRecord(bytes) ?? { node: "strange", n: 1 })): LoggedRecord {
    const record = { id, position: this.published.length + 1, bytes };
    this.published.push(record);
    return record;
  }

  /** Tells these records in one turn. */
  tells(...records: readonly (LoggedRecord | undefined)[]): void {
    this.#follower?.entries(records.flatMap((record) => record ?? []));
  }

  async trim(): Promise<void> {}
  async announce(): Promise<void> {}
  async forget(): Promise<void> {}
  async addresses(): Promise<ReadonlyMap<string, string>> {
    return new Map();
  }
  async position(): Promise<number> {
    return this.published.length;
  }
  async isRewound(told: number): Promise<boolean> {
    return told > this.published.length;
  }
  async claim(bytes: Uint8Array): Promise<Claim> {
    return { position: 0, bytes };
  }
  async claimed(): Promise<Claim | undefined> {
    return undefined;
  }
}

/** A node with a file of its own, whose records run when the test says so. */
class HeldNode {
  readonly log: HeldLog;
  readonly store: SqliteStore;
  readonly node: ClusterNode;
  readonly ends: NodeEnd[] = [];
  readonly told: string[] = [];
  #steady = 1000;
  /** Lets time pass on the steady clock. */
  readonly later = (time: number) => {
    this.#steady += time;
  };

  constructor(temporary: TemporaryStore, log = new HeldLog(), quiet = 0, { isServed = true } = {}) {
    this.log = log;
    this.store = temporary.reopens();
    this.node = new ClusterNode({
      log,
      name: "a",
      store: this.store,
      rules: RULES,
      start: (savedPoint(this.store) as NodePoint | undefined) ?? startingPoint(1, 1000, FIRST),
      clock: () => 1000,
      steady: () => this.#steady,
      quiet,
      ahead: (time) => this.told.push(`ahead ${time}`),
      kept: (name, files) => this.told.push(`${name}: ${files}`),
      skipped: ({ position }) => this.told.push(`skipped ${position}`),
      unknown: ({ id }, version) => this.told.push(`${id} has version ${version}`),
      reaches: (others) => this.told.push(`reaches ${others}`),
      ended: (why) => this.ends.push(why),
    });
    void this.node.start();
    if (!isServed) return;
    this.log.tells(...this.log.published);
    this.node.serve({ beginTick: () => {}, failed: () => {}, sendAway: () => {} });
  }

  /** Submits acts of a new session. Returns the record in which they are on their way. */
  async submits(...acts: readonly Act[]): Promise<LoggedRecord | undefined> {
    const session = new RecordingSession(this.node.chat, this.node.ordinal * SESSIONS + 1);
    for (const act of acts) this.node.chat.submit(session, act);
    await new Promise(setImmediate); // the answer to the first record
    this.node.commit();
    return this.log.published.at(-1);
  }

  get said(): readonly string[] {
    return this.store.history(fold("#dev"), { from: 0, limit: 10 }).map(({ text }) => text);
  }
}

test("a node that is buried goes on with its own file, as of the last record before that", async () => {
  using temporary = new TemporaryStore();
  const first = new HeldNode(temporary);
  const saying = await first.submits(enter("ann"), join("#dev"), say("#dev", "one"));
  const burying = first.log.adds(firstRecord("a.next"));
  first.log.tells(saying, burying);
  first.node.commit();
  expect(first.ends).toEqual(["buried"]);
  first.node.close();
  const again = new HeldNode(temporary, first.log);
  expect(again.node.order.position).toBe(4);
  expect(again.node.chat.member("ann")).toBeUndefined(); // lost by the record that it was buried in
  expect(again.said).toEqual(["one"]);
  again.log.tells(await again.submits(enter("bob"), join("#dev"), say("#dev", "two")));
  expect(again.node.commit()).toBe(true);
  expect(again.said).toEqual(["one", "two"]);
});

test("a node that is buried runs the record that has buried it when it begins again", async () => {
  using temporary = new TemporaryStore();
  const first = new HeldNode(temporary);
  const heard = (n: number, ...acts: readonly Act[]) => first.log.adds(recordOf("b.other", n, n * 1000, acts));
  first.log.tells(heard(1), heard(2, enter("ann"), join("#dev"), say("#dev", "one")));
  const own = await first.submits(enter("bob"), join("#dev"));
  first.log.tells(own, ...[3, 4, 5].map((n) => heard(n)), heard(6, say("#dev", "two")), heard(7, say("#dev", "three")));
  first.node.commit();
  expect(first.ends).toEqual(["buried"]);
  first.node.close();
  const again = new HeldNode(temporary, first.log);
  expect(again.said).toEqual(["one", "two", "three"]);
  expect([...again.node.chat.members].map(({ nick }) => nick)).toEqual(["ann"]);
  expect(again.ends).toEqual([]);
});

test("a node ends at a record of a newer version, and its file is as of the record before", async () => {
  using temporary = new TemporaryStore();
  const first = new HeldNode(temporary);
  const saying = await first.submits(enter("ann"), join("#dev"), say("#dev", "one"));
  const version = SEMANTICS.newest + 1;
  const newer = recordOf("b.other", 1, 1000, [], version);
  first.log.tells(saying, first.log.adds(newer));
  first.node.commit();
  expect([first.ends, first.told]).toEqual([["outdated"], [`b.other/000000000001 has version ${version}`]]);
  expect([first.said, (savedPoint(first.store) as NodePoint).position]).toEqual([["one"], saying?.position ?? 0]);
});

test("a node whose store cannot write ends, and runs the same record again when it starts again", async () => {
  using temporary = new TemporaryStore();
  const first = new HeldNode(temporary);
  const saying = await first.submits(enter("ann"), join("#dev"), say("#dev", "one"));
  temporary.fills();
  first.log.tells(saying);
  expect(first.node.commit()).toBe(false);
  expect(first.ends).toEqual(["store"]);
  temporary.empties();
  first.node.close();
  first.store.abandon();
  const again = new HeldNode(temporary, first.log);
  expect(again.said).toEqual(["one"]);
});

test("a node that cannot read what it has stored ends while others live, and goes on when it is alone", async () => {
  using temporary = new TemporaryStore();
  const first = new HeldNode(temporary);
  first.log.tells(
    await first.submits(enter("ann"), join("#dev"), say("#dev", "spoilt"), say("#dev", "whole ".repeat(900))),
  );
  first.node.commit();
  first.node.close();
  temporary.closes();
  expect(temporary.spoils("spoilt")).toBeGreaterThan(0);
  const again = new HeldNode(temporary, first.log);
  expect(again.said).toEqual([]);
  expect([again.node.commit(), again.ends]).toEqual([true, []]);
  again.log.tells(again.log.adds(recordOf("b.other", 1, 1000, [])));
  expect([again.node.commit(), again.ends]).toEqual([false, ["damaged"]]);
});

test("a record that no node has written is skipped, and logged", async () => {
  using temporary = new TemporaryStore();
  const first = new HeldNode(temporary);
  const saying = await first.submits(enter("ann"), join("#dev"), say("#dev", "one"));
  const texts = ["garbage", '{"v":1,"node":"b.1","n":1}\n[]', ""];
  const strange = texts.map((text) => first.log.adds(Buffer.from(text)));
  strange.push(first.log.adds(firstRecord("b.other"), "by hand"));
  first.log.tells(saying, ...strange);
  first.log.tells(await first.submits(enter("bob"), join("#dev"), say("#dev", "two")));
  first.node.commit();
  expect([first.ends, first.said]).toEqual([[], ["one", "two"]]);
  expect(first.told).toEqual(strange.map(({ position }) => `skipped ${position}`));
});

test("a node does not begin in a log that has lost its end", async () => {
  using temporary = new TemporaryStore();
  const first = new HeldNode(temporary);
  first.log.tells(await first.submits(enter("ann"), join("#dev"), say("#dev", "one")));
  first.node.commit();
  first.node.close();
  const again = new HeldNode(temporary, new HeldLog(), 2500);
  await new Promise(setImmediate); // until it knows where the log is
  expect([again.ends, again.log.published]).toEqual([["rewound"], []]);
});

test("a node that finds a hole in the log ends, since it has missed what was there", async () => {
  using temporary = new TemporaryStore();
  const { log, node, ends } = new HeldNode(temporary);
  const seeing = (n: number, position: number) => {
    const head = { v: FIRST, node: "b.other", n, time: 1000, seen: { position, hash: "0" }, stored: 0 };
    return log.adds(encodeRecord(head, []));
  };
  const first = seeing(1, 0);
  log.tells(first, seeing(2, first.position));
  expect(ends).toEqual([]);
  const missed = seeing(3, first.position);
  log.tells(seeing(4, missed.position));
  expect([ends, node.order.position]).toEqual([["trimmed"], missed.position - 1]);
});

test("a running node reports the file that another node has kept", async () => {
  using temporary = new TemporaryStore();
  const { log, told } = new HeldNode(temporary);
  const head = { v: FIRST, node: "b.other", n: 1, time: 1000, seen: { position: 0, hash: "0" }, stored: 0 };
  log.tells(log.adds(encodeRecord({ ...head, kept: ["chat.db.differs-1"] }, [])));
  expect(told).toEqual(["b: chat.db.differs-1"]);
});

test("a node tells once that the chat's time is far ahead of its clock", async () => {
  using temporary = new TemporaryStore();
  const { log, told } = new HeldNode(temporary);
  log.tells(...[1, 2].map((n) => log.adds(recordOf("b.other", n, n * 100_000, []))));
  log.tells(log.adds(recordOf("c.other", 1, 200_000, [])));
  await eventually(() => told.length > 0);
  expect(told).toEqual(["ahead 199000"]);
});

test("a node that catches up reaches the others for as long as records come", async () => {
  using temporary = new TemporaryStore();
  const { log, told, later } = new HeldNode(temporary, new HeldLog(), 0, { isServed: false });
  const looks = () => Bun.sleep(600); // two looks at the least
  later(1900);
  log.tells(log.adds(recordOf("b.other", 1, 1000, [])));
  later(1900);
  await looks();
  expect(told).toEqual([]);
  later(1900);
  await eventually(() => told.length > 0);
  expect(told).toEqual(["reaches false"]);
});

/** The first record of an incarnation. */
function firstRecord(node: string): Uint8Array {
  return recordOf(node, 1, 1000, []);
}

/** A record of another node, with acts of its only session. */
function recordOf(node: string, n: number, time: number, acts: readonly Act[], v = FIRST): Uint8Array {
  const head = { v, node, n, time, seen: { position: 0, hash: "0" }, stored: 0 };
  return encodeRecord(
    head,
    acts.map((act) => encodeAct({ session: 1, act })),
  );
}

test("a node does not begin while another server of its name lives", async () => {
  using temporary = new TemporaryStore();
  const { log, ends } = new HeldNode(temporary, new HeldLog(), 2500);
  await new Promise(setImmediate); // until it knows where the log is
  log.tells(log.adds(firstRecord("a.other")));
  expect(ends).toEqual(["name"]);
  expect(log.published.length).toBe(1);
});

test("a node begins as soon as it has caught up, if no server of its name was there", async () => {
  using temporary = new TemporaryStore();
  const { log, node, ends } = new HeldNode(temporary, new HeldLog(), 2500);
  await new Promise(setImmediate); // until it knows where the log is
  log.tells(log.adds(firstRecord("b.other")));
  await eventually(() => log.published.length > 1);
  log.tells(log.published.at(-1));
  expect(node.nodes.map(({ n }) => n)).toEqual([1, 1]);
  expect(ends).toEqual([]);
});

/** The contract of `RecordLog`, kept by the log in memory that tests use, and by a real etcd. */

import { describe, expect, test } from "bun:test";
import { EtcdLog } from "../../src/cluster/etcd.ts";
import type { LogFollower, LoggedRecord, RecordLog, RecordMark } from "../../src/cluster/log.ts";
import { ETCD, startEtcd } from "../support/etcd.ts";
import { Condition } from "../support/patience.ts";
import { SeededLog, seeded } from "../support/seeded-log.ts";

/** A follower that keeps its entries. */
class Reader {
  readonly entries: LoggedRecord[] = [];
  readonly #changed = new Condition();
  readonly end: () => void;
  isTrimmed = false;
  isRewound = false;

  constructor(log: RecordLog, after = 0, last?: RecordMark) {
    const follower: LogFollower = {
      entries: (entries) => {
        this.entries.push(...entries);
        this.#changed.notify();
      },
      trimmed: () => {
        this.isTrimmed = true;
        this.#changed.notify();
      },
      rewound: () => {
        this.isRewound = true;
        this.#changed.notify();
      },
    };
    this.end = log.follow(after, follower, last);
  }

  get texts(): readonly string[] {
    return this.entries.map(({ bytes }) => Buffer.from(bytes).toString());
  }

  /** Waits until there are so many entries, and returns their texts. */
  async read(count: number): Promise<readonly string[]> {
    await this.#changed.until(() => this.entries.length >= count);
    return this.texts;
  }

  /** Waits for the report that entries are missing. */
  async untilTrimmed(): Promise<boolean> {
    return this.#changed.until(() => this.isTrimmed);
  }

  /** Waits for the report that the log has lost delivered entries. */
  async untilRewound(): Promise<boolean> {
    return this.#changed.until(() => this.isRewound);
  }

  positionOf(text: string): number {
    return this.entries[this.texts.indexOf(text)]?.position ?? Number.NaN;
  }
}

interface RunningLog extends AsyncDisposable {
  readonly log: RecordLog;
}

/** Publishes texts, in this order. */
async function publish(log: RecordLog, publisher: string, texts: readonly string[], from = 1): Promise<void> {
  for (const [index, text] of texts.entries()) await log.publish(id(publisher, from + index), Buffer.from(text));
}

function id(publisher: string, number: number): string {
  return `${publisher}/${String(number).padStart(12, "0")}`;
}

async function inMemory(): Promise<RunningLog> {
  const log = new SeededLog(seeded(1));
  const running = setInterval(() => {
    while (log.step());
  }, 0);
  return { log, [Symbol.asyncDispose]: async () => clearInterval(running) };
}

async function inEtcd(): Promise<RunningLog> {
  const etcd = await startEtcd();
  return { log: new EtcdLog([etcd.url]), [Symbol.asyncDispose]: () => etcd[Symbol.asyncDispose]() };
}

if (ETCD === undefined) console.log("No etcd: name one in ETCD_BIN, and its log is tested too");

const LOGS: readonly (readonly [string, () => Promise<RunningLog>])[] = [
  ["in memory", inMemory],
  ...(ETCD === undefined ? [] : [["in etcd", inEtcd] as const]),
];

describe.each(LOGS)("a log %s", (_, start) => {
  test("tells its entries to every follower in one order, at growing positions", async () => {
    await using running = await start();
    const { log } = running;
    const readers = [new Reader(log), new Reader(log)];
    const [ann, ben] = [
      ["a1", "a2", "a3"],
      ["b1", "b2"],
    ];
    await Promise.all([publish(log, "ann", ann), publish(log, "ben", ben)]);
    const orders = await Promise.all(readers.map((reader) => reader.read(5)));
    expect(orders[0]).toEqual(orders[1] ?? []);
    expect(orders[0]?.filter((text) => text.startsWith("a"))).toEqual(ann);
    expect(orders[0]?.filter((text) => text.startsWith("b"))).toEqual(ben);
    const positions = readers[0]?.entries.map(({ position }) => position) ?? [];
    expect(positions).toEqual([...new Set(positions)].sort((one, other) => one - other));
    expect(readers[1]?.entries.map(({ position }) => position)).toEqual(positions);
    for (const reader of readers) reader.end();
  });

  test("has a record once that was published twice under one id", async () => {
    await using running = await start();
    const { log } = running;
    const reader = new Reader(log);
    await Promise.all([publish(log, "ann", ["one"]), publish(log, "ann", ["one"])]);
    await publish(log, "ann", ["one", "two"]);
    expect(await reader.read(2)).toEqual(["one", "two"]);
    reader.end();
  });

  test("keeps every byte of a record, of half a megabyte too", async () => {
    await using running = await start();
    const { log } = running;
    const reader = new Reader(log);
    const bytes = Uint8Array.from({ length: 512 << 10 }, (_, index) => index ^ (index >> 8));
    await log.publish(id("ann", 1), bytes);
    await log.publish(id("ann", 2), new Uint8Array());
    await reader.read(2);
    expect(reader.entries.map(({ bytes }) => Bun.hash(bytes))).toEqual(
      [bytes, new Uint8Array()].map((b) => Bun.hash(b)),
    );
    reader.end();
  });

  test("reads the records after a position, first the stored and then the new ones", async () => {
    await using running = await start();
    const { log } = running;
    const first = new Reader(log);
    await publish(log, "ann", ["1", "2", "3"]);
    await first.read(3);
    first.end();
    const later = new Reader(log, first.positionOf("2"));
    expect(await later.read(1)).toEqual(["3"]);
    await publish(log, "ann", ["4"], 4);
    expect(await later.read(2)).toEqual(["3", "4"]);
    expect(first.texts).toEqual(["1", "2", "3"]);
    later.end();
  });

  test("reports the trimmed log to readers behind it, and to no others", async () => {
    await using running = await start();
    const { log } = running;
    const first = new Reader(log);
    await Promise.all([publish(log, "ann", ["1", "2", "3", "4"]), publish(log, "ben", ["x", "y", "z"])]);
    await first.read(7);
    const [kept = "", next = ""] = first.texts.slice(-2);
    await log.trim(first.positionOf(kept));
    const tooLate = new Reader(log);
    expect(await tooLate.untilTrimmed()).toBe(true);
    expect(tooLate.texts).toEqual([]);
    const [last] = first.entries.slice(-3);
    const inTime = new Reader(log, last?.position);
    expect(await inTime.read(2)).toEqual([kept, next]);
    await publish(log, "ann", ["5"], 5);
    expect(await inTime.read(3)).toEqual([kept, next, "5"]);
    expect(await first.read(8)).toContain("5");
    expect([first.isTrimmed, inTime.isTrimmed]).toEqual([false, false]);
    for (const reader of [first, inTime]) reader.end();
  });

  test("finds that it has lost what it has told, and says so to who follows it from there", async () => {
    await using running = await start();
    const { log } = running;
    const reader = new Reader(log);
    await publish(log, "ann", ["1", "2", "3"]);
    await reader.read(3);
    const [first, , last] = reader.entries;
    if (!first || !last) throw new Error("There are no entries");
    const { position } = last;
    const another = { id: id("ben", 1), position };
    expect(await log.isRewound(position)).toBe(false);
    expect(await log.isRewound(position, last)).toBe(false);
    expect(await log.isRewound(position + 1, first)).toBe(true);
    expect(await log.isRewound(position, another)).toBe(true);
    expect(await log.isRewound(position, { ...last, position: first.position })).toBe(true);
    for (const lost of [new Reader(log, position + 1000), new Reader(log, position, another)])
      expect([await lost.untilRewound(), lost.texts]).toEqual([true, []]);
    await log.trim(position);
    expect(await log.isRewound(first.position, first)).toBe(false);
    expect([reader.isRewound, reader.isTrimmed]).toEqual([false, false]);
    reader.end();
  });

  test("keeps the first claim on it, whatever is trimmed", async () => {
    await using running = await start();
    const { log } = running;
    expect(await log.claimed()).toBeUndefined();
    const claims = await Promise.all(["ann", "ben"].map((name) => log.claim(Buffer.from(name))));
    const [first] = claims;
    if (!first) throw new Error("There is no claim");
    expect(["ann", "ben"]).toContain(Buffer.from(first.bytes).toString());
    expect(claims).toEqual([first, first]);
    const reader = new Reader(log);
    await publish(log, "ann", ["1", "2"]);
    expect(await reader.read(2)).toEqual(["1", "2"]);
    await log.trim(reader.positionOf("2"));
    expect(await log.claimed()).toEqual(first);
    expect(await log.claim(Buffer.from("eve"))).toEqual(first);
    reader.end();
  });

  test("gives the owner of a claim no earlier records", async () => {
    await using running = await start();
    const { log } = running;
    await publish(log, "ann", ["1", "2"]);
    const { position } = await log.claim(Buffer.from("ben"));
    const reader = new Reader(log, position);
    await publish(log, "ben", ["3"]);
    expect(await reader.read(1)).toEqual(["3"]);
    reader.end();
  });

  test("knows the last address of every node, until it is forgotten", async () => {
    await using running = await start();
    const { log } = running;
    expect(await log.addresses()).toEqual(new Map());
    await log.announce("a", "10.0.0.1:9001");
    await log.announce("b", "[2001:db8::2]:9001");
    await log.announce("a", "10.0.0.3:9001");
    expect([...(await log.addresses())].sort()).toEqual([
      ["a", "10.0.0.3:9001"],
      ["b", "[2001:db8::2]:9001"],
    ]);
    for (const node of ["a", "x"]) await log.forget(node);
    expect([...(await log.addresses()).keys()]).toEqual(["b"]);
  });

  test("tells under which id each record is, and trims no more than is old, whatever ids there are", async () => {
    await using running = await start();
    const { log } = running;
    const reader = new Reader(log);
    const ids = ["a", id("ann", 1), "ann/~", id("ann", 2), id("ann", 999), "z"];
    for (const each of [...ids, id("ann", 3)]) await log.publish(each, Buffer.from(each));
    await reader.read(7);
    expect(reader.entries.map(({ id }) => id)).toEqual([...ids, id("ann", 3)]);
    await log.trim(reader.positionOf(id("ann", 3)));
    const fresh = new Reader(log, reader.positionOf("z"));
    expect(await fresh.read(1)).toEqual([id("ann", 3)]);
    for (const { end } of [reader, fresh]) end();
  });

  test("is trimmed again and again, also where there is nothing to trim", async () => {
    await using running = await start();
    const { log } = running;
    const reader = new Reader(log);
    await log.trim(0);
    await log.trim(1);
    await publish(log, "ann", ["1", "2", "3"]);
    await reader.read(3);
    for (const text of ["2", "2", "3", "1"]) await log.trim(reader.positionOf(text));
    const behind = new Reader(log, reader.positionOf("1"));
    expect(await behind.untilTrimmed()).toBe(true);
    const fresh = new Reader(log, reader.positionOf("2"));
    expect(await fresh.read(1)).toEqual(["3"]);
    for (const { end } of [reader, fresh]) end();
  });
});

describe("the log in memory", () => {
  /** The results of one seed: of a publisher that publishes again until it is answered, and of a follower. */
  async function played(seed: number) {
    const log = new SeededLog(seeded(seed), { lost: 0.3, unanswered: 0.3 });
    const told: string[] = [];
    log.follow(0, {
      entries: (entries) => told.push(...entries.map(({ position, bytes }) => `${position} ${Buffer.from(bytes)}`)),
      trimmed: () => told.push("trimmed"),
    });
    let tries = 0;
    const insist = async (publisher: string) => {
      for (let number = 1; number <= 10; number++) {
        for (let isThere = false; !isThere; tries++) {
          const [answer] = await Promise.allSettled([log.publish(id(publisher, number), Buffer.from(publisher))]);
          isThere = answer.status === "fulfilled";
        }
      }
    };
    let isDone = false;
    void Promise.all([insist("ann"), insist("ben")]).then(() => {
      isDone = true;
    });
    while (log.step() || !isDone) await new Promise(setImmediate);
    return { told, tries };
  }

  test("loses publications and answers, and has every record once", async () => {
    const { told, tries } = await played(7);
    expect(told.length).toBe(20);
    expect(tries).toBeGreaterThan(20);
  });

  test("plays the same with the same seed", async () => {
    expect(await played(7)).toEqual(await played(7));
    expect(await played(7)).not.toEqual(await played(8));
  });

  test("appends nothing while it has no majority", async () => {
    const log = new SeededLog();
    const reader = new Reader(log);
    log.isDark = true;
    const answered = publish(log, "ann", ["one"]);
    expect(log.step()).toBe(false);
    log.isDark = false;
    while (log.step());
    await answered;
    expect(reader.texts).toEqual(["one"]);
  });
});

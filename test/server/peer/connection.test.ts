import { expect, test } from "bun:test";
import fc from "fast-check";
import { OutboxBroadcast } from "../../../src/server/peer/broadcast.ts";
import { closing } from "../../../src/wire/closing.ts";
import { type FakeProtocol, RegistryFixture } from "../fakes.ts";

test.each([
  ["hello", "person"],
  ["NICK ann", "client"],
  ["GET / HTTP/1.1", "browser"],
])("one whose first line is %j is spoken to as a %s, and that line is the first it hears", (line, name) => {
  using fixture = new RegistryFixture();
  const { protocol } = fixture.connects().sends(`${line}\r\nmore\n`);
  expect([protocol.name, ...protocol.told]).toEqual([name, line, "more"]);
});

test("a chosen protocol stays, whatever the next line looks like", () => {
  using fixture = new RegistryFixture();
  const { protocol, protocols } = fixture.connects().sends("hello\n", "NICK ann\n", "GET / HTTP/1.1\n");
  expect([protocols.length, ...protocol.told]).toEqual([1, "hello", "NICK ann", "GET / HTTP/1.1"]);
});

test("a silent peer is greeted as a person, and its first line is handled then", () => {
  using fixture = new RegistryFixture();
  const visitor = fixture.connects();
  visitor.connection.silent();
  expect(visitor.protocol.name).toBe("greeted person");
  visitor.sends("hello\n");
  expect([visitor.protocols.length, ...visitor.protocol.told]).toEqual([1, "hello"]);
});

test("a greeted peer that then opens as an IRC client becomes one", () => {
  using fixture = new RegistryFixture();
  const visitor = fixture.connects();
  visitor.connection.silent();
  visitor.sends("CAP LS 302\r\n");
  expect(visitor.protocols.map(({ name, told }) => [name, ...told])).toEqual([
    ["greeted person", "<gone: Speaks IRC>"],
    ["client", "CAP LS 302"],
  ]);
});

test("a peer that has spoken as a person stays one", () => {
  using fixture = new RegistryFixture();
  const visitor = fixture.connects();
  visitor.connection.silent();
  visitor.sends("hello\n", "CAP LS 302\r\n");
  expect(visitor.protocols.map(({ told }) => told)).toEqual([["hello", "CAP LS 302"]]);
});

test("the same lines are read however the network cut the bytes", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 12 }), { maxLength: 20 }), (sizes) => {
      using fixture = new RegistryFixture();
      const visitor = fixture.connects();
      const all = "hello there\r\nwho is here?\n\nNICK ann\r\nbye\n";
      let at = 0;
      for (const size of [...sizes, all.length]) {
        if (at < all.length) visitor.sends(all.slice(at, at + size));
        at += size;
      }
      expect(visitor.protocol.told).toEqual(["hello there", "who is here?", "", "NICK ann", "bye"]);
    }),
  );
});

test("telnet sequences are not said in the chat", () => {
  using fixture = new RegistryFixture();
  const packets = [[0xff], [0xfb, 0x1f, 0x68], [0x69, 0xff, 0xfa, 0x18, 0x00, 0xff, 0xf0, 0x0a]];
  const { protocol } = fixture.connects().sends(...packets.map((bytes) => Uint8Array.from(bytes)));
  expect(protocol.told).toEqual(["hi"]);
});

test("a client's bytes are left as they are", () => {
  using fixture = new RegistryFixture();
  const visitor = fixture.connects().sends("NICK ann\n");
  let heard: Uint8Array = new Uint8Array(0);
  visitor.protocol.line = (bytes) => {
    heard = bytes;
  };
  visitor.sends(Uint8Array.from([0x41, 0xff, 0xfb, 0x42, 0x0a]));
  expect([...heard]).toEqual([0x41, 0xff, 0xfb, 0x42]);
});

// Bare messages.

test("after a packet without a newline and then silence, each packet is a message", () => {
  using fixture = new RegistryFixture();
  const visitor = fixture.connects().sends("hello");
  expect(visitor.protocols).toEqual([]);
  visitor.connection.fragmentDue();
  visitor.sends("second", "third\nfourth");
  expect(visitor.protocol.told).toEqual(["hello", "second", "third", "fourth"]);
});

test("a peer that sends a newline in time writes lines, and may take time to finish them", () => {
  using fixture = new RegistryFixture();
  const visitor = fixture.connects().sends("hel", "lo\n", "unfin");
  visitor.connection.fragmentDue();
  expect(visitor.protocol.told).toEqual(["hello"]);
  visitor.sends("ished\n");
  expect(visitor.protocol.told).toEqual(["hello", "unfinished"]);
});

test("a connection is at rest once all complete lines are answered; half a line does not count", () => {
  using fixture = new RegistryFixture();
  const atRest = (...packets: readonly string[]) => fixture.connects().sends(...packets).connection.isAtRest;
  expect(atRest("one\n")).toBe(true);
  expect(atRest("one\n", "tw")).toBe(true);
  expect(atRest("no line, perhaps")).toBe(false);
});

test("a terminal that sends each key is not taken for a program", () => {
  using fixture = new RegistryFixture();
  const visitor = fixture.connects().sends("h", "i");
  visitor.connection.fragmentDue();
  visitor.connection.silent();
  visitor.sends("\n");
  expect(visitor.protocol.told).toEqual(["hi"]);
});

test("a bare message waits for a long answer, as a line does, and is heard when that is streamed", () => {
  using fixture = new RegistryFixture();
  fixture.onProtocol = (protocol) => {
    protocol.onLine = (line) => {
      if (line === "history") protocol.peer.stream(pages(20));
    };
  };
  const visitor = fixture.connects();
  visitor.transport.room = 10_000;
  visitor.sends("history");
  visitor.connection.fragmentDue();
  fixture.registry.tick.end();
  visitor.sends("thanks");
  expect(visitor.protocol.told).toEqual(["history"]);
  read(visitor);
  for (let i = 0; i < 10; i++) fixture.registry.tick.end();
  expect(visitor.protocol.told).toEqual(["history", "thanks"]);
});

// The end of input.

test.each([
  [["hello"], ["hello"]],
  [["hello\n"], ["hello"]],
  [["hello\nbye"], ["hello", "bye"]],
  [["NICK ann\nPRIVMSG #r he"], ["NICK ann"]],
])("who sends %j and closes their side is heard to the end: %j", (packets, lines) => {
  using fixture = new RegistryFixture();
  const { protocol } = fixture
    .connects()
    .sends(...packets)
    .ends();
  expect(protocol.told).toEqual([...lines, "<end>", "<gone: Connection closed>"]);
});

test("a peer that closes without sending anything is removed", () => {
  using fixture = new RegistryFixture();
  const visitor = fixture.connects().ends();
  expect([visitor.protocols.length, ...visitor.transport.asked]).toEqual([0, "finish", "close"]);
});

test("the last answers are sent before the connection is closed", () => {
  using fixture = new RegistryFixture();
  fixture.onProtocol = (protocol) => {
    protocol.onLine = (line) => protocol.peer.push(Buffer.from(`you said ${line}`));
  };
  const visitor = fixture.connects();
  visitor.transport.room = 3;
  visitor.sends("hello").ends();
  expect([visitor.transport.taken, ...visitor.transport.asked]).toEqual(["you"]);
  read(visitor);
  fixture.registry.tick.end();
  expect([visitor.transport.taken, ...visitor.transport.asked]).toEqual(["you said hello", "finish", "close"]);
});

test("a finished connection reads nothing more, and sends its queue", () => {
  using fixture = new RegistryFixture();
  fixture.onProtocol = (protocol) => {
    protocol.onLine = () => {
      protocol.peer.push(Buffer.from("goodbye"));
      protocol.peer.finish(closing("closed", "Quit"));
      protocol.peer.push(Buffer.from("too late"));
    };
  };
  const visitor = fixture.connects().sends("quit\nhello\n", "more\n");
  expect([visitor.protocol.told, visitor.transport.taken, visitor.transport.asked]).toEqual([
    ["quit"],
    "goodbye",
    ["finish"],
  ]);
  visitor.ends();
  expect(visitor.transport.asked).toEqual(["finish", "close"]);
  expect(visitor.protocol.told).toEqual(["quit", "<gone: Quit>"]);
});

test("a peer that does not close its side in time is cut off, one that has is not", () => {
  using fixture = new RegistryFixture();
  const visitors = [fixture.connects(), fixture.connects()];
  for (const visitor of visitors) {
    visitor.connection.finish(closing("closed", "The end"));
    fixture.registry.tick.end();
  }
  visitors[1]?.connection.closed(closing("closed"));
  for (const visitor of visitors) visitor.connection.cutOff();
  expect(visitors.map(({ transport }) => transport.asked)).toEqual([["finish", "terminate"], ["finish"]]);
});

// Bounds.

test("an overlong line is reported to the protocol, and later input is ignored", () => {
  using fixture = new RegistryFixture();
  const visitor = fixture.connects().sends(`${"x".repeat(8193)}\nhello\n`);
  expect(visitor.protocol.told).toEqual(["<overlong>"]);
});

test("a line without an end is noticed soon after the limit", () => {
  using fixture = new RegistryFixture();
  const visitor = fixture.connects();
  for (let i = 0; i < 9; i++) visitor.sends("x".repeat(1000));
  expect(visitor.protocol.told).toEqual(["<overlong>"]);
  expect(visitor.transport.asked).toEqual(["finish"]);
});

test.each([
  [1000, ["terminate"]],
  [0, []], // no limit
])("where %i bytes may stay unread, one who leaves 1001 meets: %j", (sendQueue, asked) => {
  using fixture = new RegistryFixture({ sendQueue });
  const visitor = fixture.connects().sends("hello\n");
  visitor.transport.room = 0;
  visitor.connection.push(Buffer.alloc(1000, "x"));
  fixture.registry.tick.end();
  expect(visitor.transport.asked).toEqual([]);
  visitor.connection.push(Buffer.from("x"));
  fixture.registry.tick.end();
  expect(visitor.transport.asked).toEqual(asked);
});

function* pages(count: number): Generator<Uint8Array> {
  for (let i = 0; i < count; i++) yield Buffer.alloc(8000, "p");
}

/** The peer reads everything. */
function read({ transport, connection }: ReturnType<RegistryFixture["connects"]>): void {
  transport.room = Number.POSITIVE_INFINITY;
  transport.isFull = false;
  connection.drained();
}

test("while a long answer is streamed the next line waits, and comes when it is done", () => {
  using fixture = new RegistryFixture();
  fixture.onProtocol = (protocol) => {
    protocol.onLine = (line) =>
      line === "history" ? protocol.peer.stream(pages(20)) : protocol.peer.push(Buffer.from(`[${line}]`));
  };
  const visitor = fixture.connects();
  visitor.transport.room = 10_000;
  visitor.sends("history\none\n", "two\n");
  for (let i = 0; i < 5; i++) fixture.registry.tick.end();
  expect(visitor.protocol.told).toEqual(["history"]);
  read(visitor);
  for (let i = 0; i < 10; i++) fixture.registry.tick.end();
  expect(visitor.protocol.told).toEqual(["history", "one", "two"]);
  expect(visitor.transport.taken).toBe(`${"p".repeat(160_000)}[one][two]`);
});

test("a peer that sends more while a long answer is streamed is paused, and resumed when it is done", () => {
  using fixture = new RegistryFixture();
  fixture.onProtocol = (protocol) => {
    protocol.onLine = (line) => line === "history" && protocol.peer.stream(pages(20));
  };
  const visitor = fixture.connects();
  visitor.transport.room = 10_000;
  visitor.sends("history\n");
  for (let i = 0; i < 20; i++) visitor.sends("x\n".repeat(2000));
  expect(visitor.transport.asked).toEqual(["pause"]);
  read(visitor);
  for (let i = 0; i < 50; i++) fixture.tick();
  expect(visitor.transport.asked).toEqual(["pause", "resume"]);
  expect(visitor.protocol.told.length).toBe(1 + 20 * 2000);
});

test("a peer that leaves answers unread is not cut off: its next line waits until they are read", () => {
  using fixture = new RegistryFixture({ sendQueue: 200_000 });
  fixture.onProtocol = (protocol) => {
    protocol.onLine = () => protocol.peer.push(Buffer.alloc(8000, "a"));
  };
  const visitor = fixture.connects();
  visitor.transport.room = 10_000;
  for (let i = 0; i < 100; i++) visitor.sends("ask\n");
  expect(visitor.protocol.told.length).toBe(10);
  expect(visitor.connection.outbox.unsent).toBe(70_000);
  read(visitor);
  fixture.tick();
  expect(visitor.protocol.told.length).toBe(100);
  expect(visitor.transport.taken.length).toBe(800_000);
  expect(visitor.transport.asked).toEqual([]);
});

test("while nothing can be sent, commands in one packet are answered no further than commands line by line", () => {
  using fixture = new RegistryFixture({ sendQueue: 1 << 20 });
  fixture.onProtocol = (protocol) => {
    protocol.onLine = () => protocol.peer.push(Buffer.alloc(8000, "a"));
  };
  const visitor = fixture.connects();
  visitor.transport.room = 0;
  visitor.sends("ask\n", "ask\n".repeat(100));
  expect(visitor.protocol.told.length).toBe(9);
  read(visitor);
  fixture.tick();
  expect(visitor.protocol.told.length).toBe(101);
});

test("a peer that leaves answers unread and closes its side gets all of them once it reads", () => {
  using fixture = new RegistryFixture({ sendQueue: 200_000 });
  fixture.onProtocol = (protocol) => {
    protocol.onLine = () => protocol.peer.push(Buffer.alloc(8000, "a"));
  };
  const visitor = fixture.connects();
  visitor.transport.room = 10_000;
  for (let i = 0; i < 20; i++) visitor.sends("ask\n");
  visitor.ends();
  expect(visitor.protocol.told).not.toContain("<end>");
  read(visitor);
  fixture.tick();
  expect(visitor.protocol.told.slice(19)).toEqual(["ask", "<end>", "<gone: Connection closed>"]);
  expect(visitor.transport.taken.length).toBe(160_000);
});

/** Peers in a room; deaf ones read nothing. */
function roomOf(fixture: RegistryFixture, deaf: readonly boolean[]) {
  const broadcast = new OutboxBroadcast(fixture.registry.tick);
  const visitors = deaf.map((isDeaf) => {
    const visitor = fixture.connects().sends("hello\n");
    if (isDeaf) visitor.transport.room = 0;
    broadcast.add(visitor.connection);
    return visitor;
  });
  return { broadcast, visitors };
}

const cut = (visitors: readonly { transport: { asked: readonly string[] } }[]) =>
  visitors.map(({ transport }) => transport.asked.includes("terminate"));

test("if all peers together leave too much unread, those with the most are cut off, and the others stay", () => {
  using fixture = new RegistryFixture({ sendQueue: 1 << 20, sendQueues: 100_000 });
  const { visitors } = roomOf(fixture, [true, true, true, false]);
  const sizes = [1000, 2000, 6000, 6000];
  for (let i = 0; i < 30; i++) {
    for (const [at, { connection }] of visitors.entries()) connection.push(Buffer.alloc(sizes[at] ?? 0, "a"));
    fixture.tick();
  }
  expect(cut(visitors)).toEqual([false, false, true, false]);
  expect(fixture.registry.tick.unread.bytes).toBe(90_000);
});

test("a broadcast that many peers have not read is counted once", () => {
  using fixture = new RegistryFixture({ sendQueue: 1 << 20, sendQueues: 100_000 });
  const { broadcast, visitors } = roomOf(
    fixture,
    Array.from({ length: 50 }, () => true),
  );
  for (let i = 0; i < 90; i++) {
    broadcast.push(Buffer.alloc(1000, "a"));
    fixture.tick();
  }
  expect(cut(visitors)).not.toContain(true);
  expect(fixture.registry.tick.unread.bytes).toBe(90_000);
  for (const visitor of visitors) read(visitor);
  fixture.tick();
  expect(fixture.registry.tick.unread.bytes).toBe(0);
  expect(visitors.map(({ transport }) => transport.taken.length)).toEqual(visitors.map(() => 90_000));
});

test("while something is decided the next line waits, and so does the end", () => {
  using fixture = new RegistryFixture();
  fixture.onProtocol = (protocol) => {
    protocol.onLine = (line) => line === "login" && protocol.peer.hold();
  };
  const visitor = fixture.connects().sends("login\nhello\n").ends();
  expect(visitor.protocol.told).toEqual(["login"]);
  visitor.connection.release();
  fixture.tick();
  expect(visitor.protocol.told).toEqual(["login", "hello", "<end>", "<gone: Connection closed>"]);
});

test("while several things are decided, the next line waits for the last of them", () => {
  using fixture = new RegistryFixture();
  fixture.onProtocol = (protocol) => {
    protocol.onLine = () => protocol.peer.hold();
  };
  const visitor = fixture.connects().sends("login\nhello\n");
  visitor.connection.hold();
  visitor.connection.release();
  fixture.tick();
  expect(visitor.protocol.told).toEqual(["login"]);
  visitor.connection.release();
  fixture.tick();
  expect(visitor.protocol.told).toEqual(["login", "hello"]);
});

test("the host is the cloak, and the address is plain", () => {
  using fixture = new RegistryFixture();
  const { connection } = fixture.connects();
  expect(connection.host).toBe(fixture.registry.cloak("127.0.0.1"));
  expect(connection.host).not.toContain("127");
  expect([connection.address, connection.port, connection.isSecure]).toEqual(["127.0.0.1", 4711, false]);
});

test("when it was last heard is when its last bytes came", () => {
  using fixture = new RegistryFixture();
  const visitor = fixture.connects();
  fixture.now = 5000;
  visitor.sends("hello\n");
  fixture.now = 9000;
  visitor.connection.push(Buffer.from("answer"));
  fixture.registry.tick.end();
  expect([visitor.connection.since, visitor.connection.heard]).toEqual([1000, 5000]);
});

// A bug costs one connection.

/** Throws an unexpected exception. */
function bug(): never {
  throw new Error("a bug");
}

const BUGS: readonly [what: string, happens: (protocol: FakeProtocol, fixture: RegistryFixture) => void][] = [
  [
    "an answer that fails while it is streamed",
    (protocol) =>
      protocol.peer.stream(
        (function* () {
          yield Buffer.from("first");
          bug();
        })(),
      ),
  ],
  [
    "a line that fails after a long answer",
    (protocol) => {
      protocol.onLine = bug;
      protocol.peer.stream(pages(1));
    },
  ],
];

test.each(BUGS)("%s closes only its own connection, and the others get their lines", (_, happens) => {
  using fixture = new RegistryFixture();
  const [broken, other] = [fixture.connects().sends("hello\n"), fixture.connects().sends("hello\n")];
  const everyone = broken.connection.newBroadcast();
  for (const { connection } of [broken, other]) everyone.add(connection);
  broken.protocol.onLine = () => happens(broken.protocol, fixture);
  broken.connection.received(Buffer.from("go\nagain\n"));
  everyone.push(Buffer.from("one "));
  other.connection.push(Buffer.from("two "));
  for (let i = 0; i < 3; i++) fixture.registry.tick.end();
  everyone.push(Buffer.from("three"));
  fixture.registry.tick.end();
  expect(other.transport.taken).toBe("one two three");
  expect([broken.transport.asked, other.transport.asked]).toEqual([["terminate"], []]);
  expect(fixture.failures).toEqual(["1: a bug"]);
});

test("a protocol that throws when made, or in housekeeping, costs its own connection only", () => {
  using fixture = new RegistryFixture();
  const [broken, other] = [fixture.connects(), fixture.connects().sends("hello\n")];
  fixture.onProtocol = bug;
  fixture.registry.guard(broken.connection, () => broken.connection.silent());
  other.protocol.onTick = bug;
  fixture.registry.guard(other.connection, () => other.connection.housekeep(0));
  expect([broken.transport.asked, other.transport.asked]).toEqual([["terminate"], ["terminate"]]);
  expect(fixture.failures).toEqual(["1: a bug", "2: a bug"]);
});

test("a protocol that throws in `begin` is told that its peer is gone", () => {
  using fixture = new RegistryFixture();
  const [silent, speaks] = [fixture.connects(), fixture.connects()];
  fixture.onProtocol = (protocol) => {
    protocol.onBegin = bug;
  };
  fixture.registry.guard(silent.connection, () => silent.connection.silent());
  speaks.sends("hello\n");
  fixture.tick();
  for (const { transport, connection } of [silent, speaks]) {
    expect(transport.asked).toEqual(["terminate"]);
    connection.closed(closing("closed"));
  }
  fixture.tick();
  expect(fixture.protocols.map(({ told }) => told)).toEqual([["<gone: Internal error>"], ["<gone: Internal error>"]]);
  expect(fixture.failures).toEqual(["1: a bug", "2: a bug"]);
});

test("a departed peer is removed in a tick with room", async () => {
  using fixture = new RegistryFixture();
  const gone = fixture.connects().sends("hello\n");
  fixture.registry.tick.begin();
  fixture.registry.tick.queuedBytes = 1e9;
  gone.connection.closed(closing("reset"));
  expect([fixture.registry.connections.size, gone.protocol.told]).toEqual([0, ["hello"]]);
  await new Promise<void>((resolve) => setImmediate(() => setImmediate(resolve)));
  expect(gone.protocol.told).toEqual(["hello", "<gone: Connection reset>"]);
});

test("nothing is queued for a departed peer until it is removed", () => {
  using fixture = new RegistryFixture();
  const gone = fixture.connects().sends("hello\n");
  const everyone = gone.connection.newBroadcast();
  everyone.add(gone.connection);
  fixture.registry.tick.begin();
  fixture.registry.tick.queuedBytes = 1e9;
  gone.connection.closed(closing("reset"));
  everyone.push(Buffer.from("who is here?"));
  fixture.registry.tick.end();
  expect([gone.transport.taken, gone.connection.outbox.isEmpty]).toEqual(["", true]);
});

test("the input of a closing connection is freed, and so is the connection once it is closed", async () => {
  using fixture = new RegistryFixture();
  const packets: WeakRef<Buffer>[] = [];
  const finished = () => {
    const visitor = fixture.connects().sends("hello\n");
    const packet = Buffer.alloc(1 << 16, "junk ");
    packets.push(new WeakRef(packet));
    visitor.connection.received(packet);
    visitor.connection.finish(closing("closed", "Spoke nonsense"));
    return visitor;
  };
  const gone = Array.from({ length: 20 }, () => {
    const { connection, transport } = finished();
    fixture.tick();
    transport.onGone();
    return new WeakRef(connection);
  });
  for (let i = 0; i < 20; i++) finished();
  fixture.protocols.length = 0;
  await new Promise<void>((resolve) => setImmediate(resolve));
  Bun.gc(true);
  const kept = (refs: readonly WeakRef<object>[]) => refs.filter((ref) => ref.deref() !== undefined).length;
  // The stack may still show a few.
  expect(kept(packets)).toBeLessThan(5);
  expect(kept(gone)).toBeLessThan(5);
  expect(fixture.registry.connections.size).toBe(20);
});

test("a line with many targets is done in parts, and its connection's share of a tick may end between two of them", () => {
  using fixture = new RegistryFixture();
  const { connection, protocol } = fixture.connects().sends("hello\n");
  const done: string[] = [];
  let left = 0;
  protocol.onLine = (line) => {
    done.push(line);
    left = line === "much" ? 2 : 0;
  };
  Object.defineProperty(protocol, "isUnfinished", { get: () => left > 0 });
  Object.assign(protocol, { continueLine: () => done.push(`part ${left--}`) });
  fixture.registry.tick.begin();
  fixture.registry.tick.queuedBytes = 1e9; // it has enough to do
  connection.received(Buffer.from("much\nmore\n"));
  while (connection.serve(() => true)) done.push("|");
  expect(done.join(" ")).toBe("much | part 2 | part 1 | more");
});

import { expect, test } from "bun:test";
import fc from "fast-check";
import { Cast } from "../../src/server/cast.ts";
import { Outbox } from "../../src/server/outbox.ts";
import { Turn } from "../../src/server/turn.ts";
import { FakeTransport } from "./fakes.ts";

/** An owner of an outbox who does not care. */
const OWNER = {
  flushed: () => {},
  failed: (error: unknown) => {
    throw error;
  },
};

const PEERS = 4;
const CASTS = 3;

/** One thing that happens to the outboxes and casts of a server. */
type Step =
  | { readonly do: "cast"; readonly cast: number; readonly except: number | undefined; readonly size: number }
  | { readonly do: "push"; readonly peer: number; readonly size: number }
  | { readonly do: "add" | "remove"; readonly cast: number; readonly peer: number }
  | { readonly do: "discard"; readonly peer: number }
  | { readonly do: "narrow"; readonly peer: number; readonly room: number }
  | { readonly do: "drain"; readonly peer: number; readonly room: number }
  | { readonly do: "end" };

const peer = fc.nat(PEERS - 1);
const cast = fc.nat(CASTS - 1);
const size = fc.oneof(
  { weight: 20, arbitrary: fc.nat(40) },
  { weight: 2, arbitrary: fc.integer({ min: 4000, max: 5000 }) },
  { weight: 1, arbitrary: fc.integer({ min: 65_000, max: 70_000 }) },
);
const room = fc.oneof(fc.nat(30), fc.nat(80_000));
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant("cast" as const), cast, except: fc.option(peer, { nil: undefined }), size }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("push" as const), peer, size }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom("add" as const, "remove" as const), cast, peer }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("discard" as const), peer }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("narrow" as const), peer, room }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("drain" as const), peer, room }) },
  { weight: 3, arbitrary: fc.constant({ do: "end" as const }) },
);

/** A peer as the server has it, and beside it the naive model: a queue of its own. */
class Side {
  readonly transport = new FakeTransport();
  readonly outbox: Outbox;
  /** All that was ever queued and not discarded, in order. */
  queued = "";
  /** How much of that there was when the turn began. */
  begun = 0;

  constructor(turn: Turn) {
    this.outbox = new Outbox(turn, this.transport, OWNER);
  }

  drain(space: number): void {
    this.transport.room = space;
    if (!this.transport.isFull) return;
    this.transport.isFull = false;
    this.outbox.drained();
  }
}

function run(steps: readonly Step[]): readonly Side[] {
  const turn = new Turn(() => true);
  const sides = Array.from({ length: PEERS }, () => new Side(turn));
  const casts = Array.from({ length: CASTS }, () => ({ cast: new Cast(turn), members: new Set<number>() }));
  let count = 0;
  const text = (length: number) => `${++count}:`.padEnd(length, "abcdefghijklmnopqrstuvwxyz");
  const end = () => {
    turn.end();
    for (const { outbox, transport, queued } of sides) {
      expect(queued.startsWith(transport.taken)).toBe(true);
      expect(outbox.unsent).toBe(queued.length - transport.taken.length);
      if (!transport.isFull) expect(transport.taken.length).toBe(queued.length);
    }
    for (const side of sides) side.begun = side.queued.length;
  };
  for (const now of steps) {
    if (now.do === "end") {
      end();
    } else if (now.do === "cast") {
      const { cast: target, members } = casts[now.cast] ?? fail();
      const words = text(now.size);
      target.push(Buffer.from(words), now.except === undefined ? undefined : sides[now.except]?.outbox);
      for (const member of members) if (member !== now.except) (sides[member] ?? fail()).queued += words;
      expect(target.size).toBe(members.size);
    } else if ("cast" in now) {
      const { cast: target, members } = casts[now.cast] ?? fail();
      const { outbox } = sides[now.peer] ?? fail();
      if (now.do === "add") {
        target.add(outbox);
        members.add(now.peer);
      } else {
        target.remove(outbox);
        members.delete(now.peer);
      }
    } else {
      const side = sides[now.peer] ?? fail();
      if (now.do === "push") {
        const words = text(now.size);
        side.outbox.push(Buffer.from(words));
        side.queued += words;
      } else if (now.do === "discard") {
        side.outbox.discard();
        side.queued = side.queued.slice(0, side.begun);
      } else if (now.do === "narrow") {
        side.transport.room = now.room;
      } else {
        side.drain(now.room);
      }
    }
  }
  for (const side of sides) side.drain(Number.POSITIVE_INFINITY);
  end();
  return sides;
}

function fail(): never {
  throw new Error("The script names someone who is not there");
}

test("whatever is cast and pushed, by whatever writes: each peer gets what a queue of its own would give it", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60, size: "max" }), (steps) => {
      for (const { transport, queued } of run(steps)) expect(transport.taken).toBe(queued);
    }),
    { numRuns: 800 },
  );
});

/** An outbox over a transport of its own, and the turn in which it is flushed. */
function stage() {
  const turn = new Turn(() => true);
  const transport = new FakeTransport();
  const flushes: string[] = [];
  const outbox = new Outbox(turn, transport, { ...OWNER, flushed: () => flushes.push(transport.taken) });
  return { turn, transport, outbox, flushes };
}

test("nothing is sent before the turn ends, and then all of it with one write", () => {
  const { turn, transport, outbox } = stage();
  const everyone = new Cast(turn);
  everyone.add(outbox);
  outbox.push(Buffer.from("one "));
  everyone.push(Buffer.from("two "));
  outbox.push(Buffer.from("three "));
  everyone.push(Buffer.from("four"));
  expect(transport.writes).toBe(0);
  turn.end();
  expect([transport.writes, transport.taken]).toEqual([1, "one two three four"]);
});

test("those who get the same of a cast are offered the same bytes, not copies", () => {
  const turn = new Turn(() => true);
  const offered: Uint8Array[] = [];
  const everyone = new Cast(turn);
  for (let i = 0; i < 3; i++) {
    const transport = new FakeTransport();
    const write = (bytes: Uint8Array) => {
      offered.push(bytes);
      return bytes.length;
    };
    everyone.add(new Outbox(turn, Object.assign(transport, { write }), OWNER));
  }
  everyone.push(Buffer.from("one"));
  everyone.push(Buffer.from("two"));
  turn.end();
  expect(offered.map((bytes) => Buffer.from(bytes).toString())).toEqual(["onetwo", "onetwo", "onetwo"]);
  expect(new Set(offered).size).toBe(1);
});

test("its owner is told after each flush, when the bytes have been offered", () => {
  const { turn, outbox, flushes } = stage();
  outbox.push(Buffer.from("one"));
  turn.end();
  turn.end();
  outbox.mark();
  turn.end();
  expect(flushes).toEqual(["one", "one"]);
});

function* chunks(count: number, size: number): Generator<Uint8Array> {
  for (let i = 0; i < count; i++) yield Buffer.alloc(size, String.fromCharCode(65 + (i % 26)));
}

/** What an answer is, as text. */
function whole(count: number, size: number): string {
  return Buffer.concat([...chunks(count, size)]).toString();
}

test("a long answer comes whole and in order, behind what was queued before it", () => {
  const { turn, transport, outbox } = stage();
  outbox.push(Buffer.from("before"));
  outbox.draw(chunks(100, 3000));
  while (outbox.isDrawing) turn.end();
  expect(transport.taken).toBe(`before${whole(100, 3000)}`);
  expect(outbox.isEmpty).toBe(true);
});

test("of a long answer, a peer that does not read is held no more than a little", () => {
  const { turn, transport, outbox } = stage();
  let drawn = 0;
  function* endless(): Generator<Uint8Array> {
    for (;;) {
      drawn += 1000;
      yield Buffer.alloc(1000, "x");
    }
  }
  transport.room = 5000;
  outbox.draw(endless());
  for (let i = 0; i < 10; i++) turn.end();
  expect(drawn - transport.taken.length).toBeLessThanOrEqual(66_000);
  expect(outbox.unsent).toBeLessThanOrEqual(66_000);
  expect(outbox.isDrawing).toBe(true);
});

test("an answer that is drawn loses nothing to short writes, nor to what others say meanwhile", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(70_000), fc.boolean()), { maxLength: 12 }), (turns) => {
      const { turn, transport, outbox } = stage();
      const everyone = new Cast(turn);
      everyone.add(outbox);
      outbox.draw(chunks(60, 4000));
      let said = "";
      const drain = (space: number) => {
        transport.room = space;
        if (!transport.isFull) return;
        transport.isFull = false;
        outbox.drained();
      };
      for (const [space, speaks] of turns) {
        if (speaks) {
          everyone.push(Buffer.from("said "));
          said += "said ";
        }
        drain(space);
        turn.end();
      }
      drain(Number.POSITIVE_INFINITY);
      do turn.end();
      while (outbox.isDrawing);
      expect(transport.taken.replaceAll(/[^A-Z]/g, "")).toBe(whole(60, 4000));
      expect(transport.taken.replaceAll(/[A-Z]/g, "")).toBe(said);
    }),
    { numRuns: 30 },
  );
});

test("what is discarded is not sent, and an answer is not drawn; what was queued before this turn is", () => {
  const { turn, transport, outbox } = stage();
  const everyone = new Cast(turn);
  everyone.add(outbox);
  transport.room = 3;
  outbox.push(Buffer.from("earlier"));
  turn.end();
  outbox.push(Buffer.from("private"));
  everyone.push(Buffer.from("public"));
  outbox.draw(chunks(1, 10));
  outbox.discard();
  outbox.push(Buffer.from(" last words"));
  transport.room = 1000;
  transport.isFull = false;
  outbox.drained();
  turn.end();
  expect(transport.taken).toBe("earlier last words");
  expect(outbox.isEmpty).toBe(true);
});

test("what is provisional is sent to nobody if the turn could not be stored; all else is, in order", () => {
  for (const isStored of [true, false]) {
    const turn = new Turn(() => isStored);
    const everyone = new Cast(turn);
    const transports = [new FakeTransport(), new FakeTransport()];
    const [first, second] = transports.map((transport) => new Outbox(turn, transport, OWNER));
    if (!first || !second) throw new Error("There are two");
    for (const outbox of [first, second]) everyone.add(outbox);
    everyone.push(Buffer.from("join "));
    everyone.push(Buffer.from("said "), undefined, true);
    everyone.push(Buffer.from("topic "));
    second.push(Buffer.from("reply "));
    second.push(Buffer.from("direct "), true);
    everyone.push(Buffer.from("said "), first, true);
    everyone.push(Buffer.from("part "));
    turn.end();
    expect(transports.map(({ taken }) => taken)).toEqual(
      isStored
        ? ["join said topic part ", "join said topic reply direct said part "]
        : ["join topic part ", "join topic reply part "],
    );
  }
});

test("one that is shut takes nothing more, from a cast or alone, and forgets what it had", () => {
  const turn = new Turn(() => true);
  const [deaf, other] = [new FakeTransport(), new FakeTransport()];
  const room = new Cast(turn);
  const shut = new Outbox(turn, deaf, OWNER);
  room.add(shut);
  room.add(new Outbox(turn, other, OWNER));
  deaf.room = 2;
  room.push(Buffer.from("one "));
  turn.end();
  shut.shut();
  room.push(Buffer.from("two "));
  deaf.room = 100;
  shut.drained();
  turn.end();
  expect([deaf.taken, other.taken]).toEqual(["on", "one two "]);
  expect(shut.isEmpty).toBe(true);
});

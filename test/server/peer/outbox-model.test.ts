import { expect, test } from "bun:test";
import fc from "fast-check";
import { OutboxBroadcast } from "../../../src/server/peer/broadcast.ts";
import { Outbox } from "../../../src/server/peer/outbox.ts";
import { Tick } from "../../../src/server/peer/tick.ts";
import { FakeTransport, OWNER } from "../fakes.ts";

const PEERS = 4;
const CASTS = 3;

/** One operation on the outboxes and broadcasts of a server. */
type Step =
  | { readonly do: "broadcast"; readonly broadcast: number; readonly except: number | undefined; readonly size: number }
  | { readonly do: "push"; readonly peer: number; readonly size: number }
  | { readonly do: "add" | "remove"; readonly broadcast: number; readonly peer: number }
  | { readonly do: "discard"; readonly peer: number }
  | { readonly do: "narrow"; readonly peer: number; readonly room: number }
  | { readonly do: "drain"; readonly peer: number; readonly room: number }
  | { readonly do: "end"; readonly isHurried: boolean };

const peer = fc.nat(PEERS - 1);
const broadcast = fc.nat(CASTS - 1);
const size = fc.oneof(
  { weight: 20, arbitrary: fc.nat(40) },
  { weight: 2, arbitrary: fc.integer({ min: 4000, max: 5000 }) },
  { weight: 1, arbitrary: fc.integer({ min: 65_000, max: 70_000 }) },
);
const room = fc.oneof(fc.nat(30), fc.nat(80_000));
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("broadcast" as const),
      broadcast,
      except: fc.option(peer, { nil: undefined }),
      size,
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("push" as const), peer, size }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom("add" as const, "remove" as const), broadcast, peer }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("discard" as const), peer }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("narrow" as const), peer, room }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("drain" as const), peer, room }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("end" as const), isHurried: fc.boolean() }) },
);

/** A peer with its outbox, and the model: a simple queue. */
class Side {
  readonly transport = new FakeTransport();
  readonly outbox: Outbox;
  /** Everything queued and not discarded, in order. */
  queued = "";
  /** How much of it was queued when the tick began. */
  begun = 0;

  constructor(tick: Tick) {
    this.outbox = new Outbox(tick, this.transport, OWNER);
  }

  drain(space: number): void {
    this.transport.room = space;
    if (!this.transport.isFull) return;
    this.transport.isFull = false;
    this.outbox.drained();
  }
}

function run(steps: readonly Step[]): readonly Side[] {
  // When hurried, each reading of the clock is two milliseconds later, so some outboxes wait for the next tick.
  let now = 0;
  let rateLimiter = 0;
  const clock = () => {
    now += rateLimiter;
    return now;
  };
  const tick = new Tick(() => true, undefined, clock);
  const sides = Array.from({ length: PEERS }, () => new Side(tick));
  const broadcasts = Array.from({ length: CASTS }, () => ({
    broadcast: new OutboxBroadcast(tick),
    members: new Set<number>(),
  }));
  let count = 0;
  const text = (length: number) => `${++count}:`.padEnd(length, "abcdefghijklmnopqrstuvwxyz");
  const end = (isHurried: boolean) => {
    rateLimiter = isHurried ? 2 : 0;
    tick.markOverloaded();
    tick.end();
    for (const { outbox, transport, queued } of sides) {
      expect(queued.startsWith(transport.taken)).toBe(true);
      expect(outbox.unsent).toBe(queued.length - transport.taken.length);
      if (!transport.isFull && !isHurried) expect(transport.taken.length).toBe(queued.length);
    }
    for (const side of sides) side.begun = side.queued.length;
  };
  for (const now of steps) {
    if (now.do === "end") {
      end(now.isHurried);
    } else if (now.do === "broadcast") {
      const { broadcast: target, members } = broadcasts[now.broadcast] ?? fail();
      const words = text(now.size);
      target.push(Buffer.from(words), now.except === undefined ? undefined : sides[now.except]);
      for (const member of members) if (member !== now.except) (sides[member] ?? fail()).queued += words;
      expect(target.size).toBe(members.size);
    } else if ("broadcast" in now) {
      const { broadcast: target, members } = broadcasts[now.broadcast] ?? fail();
      const side = sides[now.peer] ?? fail();
      if (now.do === "add") {
        target.add(side);
        members.add(now.peer);
      } else {
        target.remove(side);
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
  end(false);
  return sides;
}

function fail(): never {
  throw new Error("The script names someone who is not there");
}

test("whatever is broadcast, pushed and written, each peer gets the same bytes as from its own queue", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60, size: "max" }), (steps) => {
      for (const { transport, queued } of run(steps)) expect(transport.taken).toBe(queued);
    }),
    { numRuns: 800 },
  );
});

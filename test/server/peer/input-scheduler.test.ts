import { expect, test } from "bun:test";
import { InputScheduler, InputShare, type InputSource } from "../../../src/server/peer/input-scheduler.ts";
import { closing } from "../../../src/wire/closing.ts";
import { RegistryFixture } from "../fakes.ts";

const AGE = 60_000; // ms after which nobody is new any more

/** A scheduler whose clock moves only as lines take time, and the names of the sources served, in order. */
class SchedulerStage {
  now = 0;
  queuedBytes = 0;
  isSaturated = false;
  away = 0;
  isFull = false;
  hasBegun = true;
  overloads = 0;
  readonly clock = () => this.now;
  readonly scheduler = new InputScheduler(this);
  readonly served: string[] = [];

  begin(): void {}

  lost(): number {
    return this.away;
  }

  markOverloaded(): void {
    this.overloads++;
  }

  source(name: string, lines: number, ms = 0.05): InputSource & { lines: number; hasEnded: boolean } {
    const fixture = this;
    return {
      share: new InputShare(this.now),
      hasEnded: false,
      lines,
      serve(isSpent) {
        while (this.lines > 0) {
          this.lines--;
          fixture.now += ms;
          fixture.served.push(name);
          if (isSpent()) break;
        }
        return this.lines > 0;
      },
    };
  }

  /** Runs a tick. Returns how many lines of each source were handled. */
  tick(): Readonly<Record<string, number>> {
    this.served.length = 0;
    this.scheduler.run(0);
    const counts: Record<string, number> = {};
    for (const name of this.served) counts[name] = (counts[name] ?? 0) + 1;
    return counts;
  }
}

test("one line is handled in the first tick, even behind peers with 10,000 lines", () => {
  const fixture = new SchedulerStage();
  for (const flood of ["a", "b", "c", "d"]) fixture.scheduler.offer(fixture.source(flood, 10_000));
  fixture.scheduler.offer(fixture.source("one", 1));
  expect(fixture.tick().one).toBe(1);
});

test("waiting connections are served round robin, for the same time each, however many lines that is", () => {
  const fixture = new SchedulerStage();
  fixture.scheduler.offer(fixture.source("quick", 10_000, 0.01));
  fixture.scheduler.offer(fixture.source("slow", 10_000, 0.1));
  let [quick, slow] = [0, 0];
  for (let ticks = 0; ticks < 20; ticks++) {
    const counts = fixture.tick();
    quick += (counts.quick ?? 0) * 0.01;
    slow += (counts.slow ?? 0) * 0.1;
  }
  expect(Math.abs(quick - slow)).toBeLessThan(1);
});

test("a long line is paid for in the following rounds", () => {
  const fixture = new SchedulerStage();
  fixture.scheduler.offer(fixture.source("heavy", 100, 5));
  fixture.scheduler.offer(fixture.source("other", 10_000));
  expect(fixture.tick()).toEqual({ heavy: 1 });
  let ticks = 0;
  while (fixture.tick().heavy === undefined) ticks++;
  expect(ticks).toBeGreaterThan(0);
  expect(ticks).toBeLessThan(5);
});

test("a light connection is served at once, while others wait", () => {
  const fixture = new SchedulerStage();
  const light = fixture.source("light", 1);
  fixture.now += AGE;
  for (const flood of ["a", "b"]) fixture.scheduler.offer(fixture.source(flood, 10_000));
  fixture.tick();
  fixture.served.length = 0;
  fixture.scheduler.offer(light);
  expect(fixture.served).toEqual(["light"]);
});

test("in a full tick a light connection waits for its end, and comes first then", () => {
  const fixture = new SchedulerStage();
  const light = fixture.source("light", 1);
  fixture.now += AGE;
  fixture.scheduler.offer(fixture.source("a", 10_000));
  fixture.tick();
  fixture.isFull = true;
  fixture.served.length = 0;
  fixture.scheduler.offer(light);
  expect(fixture.served).toEqual([]);
  fixture.tick();
  expect(fixture.served[0]).toBe("light");
});

test("a connection that has used much time is light again after some seconds, not before", () => {
  const fixture = new SchedulerStage();
  const source = fixture.source("a", 2000);
  fixture.scheduler.offer(source);
  while (fixture.scheduler.waiting > 0) fixture.tick();
  expect(source.share.isLight(fixture.now)).toBe(false);
  expect(source.share.isLight(fixture.now + 10_000)).toBe(true);
});

test("the input of a departed peer comes last, and some of it in each tick", () => {
  const fixture = new SchedulerStage();
  const gone = fixture.source("gone", 10_000);
  fixture.scheduler.offer(gone);
  for (let ticks = 0; ticks < 20; ticks++) fixture.tick();
  gone.hasEnded = true;
  for (const name of ["a", "b", "c"]) fixture.scheduler.offer(fixture.source(name, 100_000));
  fixture.tick();
  const counts = fixture.tick();
  expect(Math.min(counts.a ?? 0, counts.b ?? 0, counts.c ?? 0)).toBeGreaterThan(10);
  expect(fixture.served.slice(fixture.served.indexOf("gone")).every((name) => name === "gone")).toBe(true);
  expect(counts.gone).toBeGreaterThan(0);
  expect(counts.gone).toBeLessThanOrEqual(10);
});

test("a peer that sends a little and closes its side is served like the others", () => {
  const fixture = new SchedulerStage();
  for (const flood of ["a", "b", "c", "d"]) fixture.scheduler.offer(fixture.source(flood, 10_000));
  const brief = fixture.source("brief", 3);
  brief.hasEnded = true;
  fixture.scheduler.offer(brief);
  expect(fixture.tick().brief).toBe(3);
});

test("once as much is queued as can be sent, only a connection that sends much to many waits", () => {
  const fixture = new SchedulerStage();
  const [loud, other] = [fixture.source("loud", 10_000), fixture.source("other", 10_000)];
  const { serve } = loud;
  loud.serve = (isSpent) =>
    serve.call(loud, () => {
      fixture.queuedBytes += 100_000;
      return isSpent();
    });
  fixture.scheduler.offer(loud);
  fixture.scheduler.offer(other);
  fixture.isSaturated = true;
  expect(fixture.tick().loud).toBe(1);
  expect(Object.keys(fixture.tick())).toEqual(["other"]);
  fixture.isSaturated = false;
  expect(fixture.tick().loud).toBeGreaterThan(1);
});

test("a connection is not charged for time in which the machine did something else", () => {
  const fixture = new SchedulerStage();
  fixture.now += AGE;
  const [slow, late] = [fixture.source("slow", 1, 40), fixture.source("late", 1, 40)];
  fixture.now += AGE;
  fixture.scheduler.offer(slow);
  fixture.away = 39;
  fixture.scheduler.offer(late);
  expect([slow, late].map(({ share }) => share.isLight(fixture.now))).toEqual([false, true]);
});

test("a tick marks the server overloaded exactly if it leaves a connection waiting", () => {
  const fixture = new SchedulerStage();
  fixture.scheduler.offer(fixture.source("a", 10));
  fixture.tick();
  expect(fixture.overloads).toBe(0);
  fixture.scheduler.offer(fixture.source("b", 10_000));
  fixture.tick();
  expect(fixture.overloads).toBe(1);
});

test("a removed connection has no input any more", () => {
  const fixture = new SchedulerStage();
  const source = fixture.source("a", 10);
  fixture.scheduler.offer(source);
  fixture.scheduler.withdraw(source);
  expect([fixture.scheduler.waiting, fixture.tick()]).toEqual([0, {}]);
});

// On real connections.

test.each([true, false])(
  "a flood does not delay another connection's line, exempt from limits or not: %p",
  (isExempt) => {
    using fixture = new RegistryFixture({ isExempt });
    fixture.cost = 0.01;
    const flood = fixture.connects();
    const other = fixture.connects();
    flood.connection.received(Buffer.from("noise\n".repeat(100_000)));
    other.connection.received(Buffer.from("hello\n"));
    fixture.registry.tick.end();
    expect(other.protocol.told).toEqual(["hello"]);
    expect(flood.protocol.told.length).toBeLessThan(100_000);
  },
);

test("a connection with waiting input is not read further until it is handled: memory is bounded", () => {
  using fixture = new RegistryFixture();
  fixture.cost = 0.01;
  const flood = fixture.connects();
  flood.connection.received(Buffer.from("noise\n".repeat(100_000)));
  expect(flood.transport.asked).toEqual(["pause"]);
  fixture.registry.tick.end();
  expect(flood.transport.asked).toEqual(["pause"]);
  for (let ticks = 0; ticks < 10_000 && flood.protocol.told.length < 100_000; ticks++) fixture.registry.tick.end();
  expect([flood.protocol.told.length, ...flood.transport.asked]).toEqual([100_000, "pause", "resume"]);
});

test("the unhandled input of a connection that was cut off is dropped", () => {
  using fixture = new RegistryFixture();
  fixture.cost = 0.01;
  const flood = fixture.connects();
  flood.connection.received(Buffer.from("noise\n".repeat(100_000)));
  fixture.registry.tick.end();
  const { length } = flood.protocol.told;
  flood.connection.closed(closing("reset"));
  for (let ticks = 0; ticks < 10; ticks++) fixture.registry.tick.end();
  expect(flood.protocol.told.slice(length)).toEqual(["<gone: Connection reset>"]);
});

test("a peer that sends much and closes its side is answered in full", () => {
  using fixture = new RegistryFixture();
  fixture.cost = 0.01;
  const polite = fixture.connects();
  polite.connection.received(Buffer.from("noise\n".repeat(100_000)));
  polite.connection.ended();
  for (let ticks = 0; ticks < 10_000 && !polite.transport.asked.includes("finish"); ticks++)
    fixture.registry.tick.end();
  expect(polite.protocol.told.length).toBe(100_000 + 2);
  expect(polite.protocol.told.slice(-2)).toEqual(["<end>", "<gone: Connection closed>"]);
});

test("a closing connection is not read until its last bytes are written", () => {
  using fixture = new RegistryFixture();
  const flood = fixture.connects().sends("hello\n");
  flood.protocol.onLine = () => flood.connection.finish(closing("closed", "Enough"));
  flood.transport.room = 0;
  flood.connection.push(Buffer.from("last words"));
  flood.sends("noise\n", "noise\n", "noise\n");
  expect(flood.transport.asked).toEqual(["pause"]);
  flood.transport.room = Number.POSITIVE_INFINITY;
  flood.transport.isFull = false;
  flood.connection.drained();
  fixture.registry.tick.end();
  expect([flood.transport.taken, ...flood.transport.asked]).toEqual(["last words", "pause", "resume", "finish"]);
});

test("a new connection is not light at first, and is after a second or two without use", () => {
  const share = new InputShare(0);
  expect([0, 500, 2000].map((now) => share.isLight(now))).toEqual([false, false, true]);
});

test("a connection that sends a line now and then stays light", () => {
  const share = new InputShare(0);
  for (let now = 2000; now < 60_000; now += 100) share.spend(0.2, now, false);
  expect(share.isLight(60_000)).toBe(true);
});

test("each round grants the same; time used beyond it is debt, up to a bound", () => {
  const share = new InputShare(0);
  expect([share.grant(), share.grant()]).toEqual([0.25, 0.5]);
  share.spend(1, 0, true);
  expect([share.grant(), share.grant(), share.grant()]).toEqual([-0.25, 0, 0.25]);
  share.spend(10_000, 0, true);
  let rounds = 0;
  while (share.grant() <= 0) rounds++;
  expect(rounds).toBe(200);
});

test("unused credit is not saved up, and debt stays", () => {
  const share = new InputShare(0);
  share.grant();
  share.spend(0, 0, false);
  expect(share.grant()).toBe(0.25);
  share.spend(1, 0, false);
  expect(share.grant()).toBe(-0.5);
});

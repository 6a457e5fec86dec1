import { expect, test } from "bun:test";
import { InputScheduler, InputShare, type InputSource } from "../../../src/server/peer/input-scheduler.ts";
import { closing } from "../../../src/wire/closing.ts";
import { Stage } from "../fakes.ts";

const AGE = 60_000; // ms after which nobody is new any more

/** A scheduler whose clock moves only as lines take time, and the names of those whose lines it handled, in order. */
class Desk {
  now = 0;
  laid = 0;
  isLaden = false;
  away = 0;
  isFull = false;
  hasBegun = true;
  hastes = 0;
  readonly clock = () => this.now;
  readonly scheduler = new InputScheduler(this);
  readonly served: string[] = [];

  begin(): void {}

  lost(): number {
    return this.away;
  }

  markOverloaded(): void {
    this.hastes++;
  }

  source(name: string, lines: number, ms = 0.05): InputSource & { lines: number; hasEnded: boolean } {
    const desk = this;
    return {
      share: new InputShare(this.now),
      hasEnded: false,
      lines,
      serve(isSpent) {
        while (this.lines > 0) {
          this.lines--;
          desk.now += ms;
          desk.served.push(name);
          if (isSpent()) break;
        }
        return this.lines > 0;
      },
    };
  }

  /** Runs a turn; answers how many lines of each were handled in it. */
  tick(): Readonly<Record<string, number>> {
    this.served.length = 0;
    this.scheduler.run(0);
    const counts: Record<string, number> = {};
    for (const name of this.served) counts[name] = (counts[name] ?? 0) + 1;
    return counts;
  }
}

test("one line is handled in the first turn, whoever came before it with 10,000", () => {
  const desk = new Desk();
  for (const flood of ["a", "b", "c", "d"]) desk.scheduler.offer(desk.source(flood, 10_000));
  desk.scheduler.offer(desk.source("one", 1));
  expect(desk.tick().one).toBe(1);
});

test("those who wait are served round robin, for as long each, however many lines that is", () => {
  const desk = new Desk();
  desk.scheduler.offer(desk.source("quick", 10_000, 0.01));
  desk.scheduler.offer(desk.source("slow", 10_000, 0.1));
  let [quick, slow] = [0, 0];
  for (let ticks = 0; ticks < 20; ticks++) {
    const counts = desk.tick();
    quick += (counts.quick ?? 0) * 0.01;
    slow += (counts.slow ?? 0) * 0.1;
  }
  expect(Math.abs(quick - slow)).toBeLessThan(1);
});

test("a line that takes long is paid for in the rounds that follow", () => {
  const desk = new Desk();
  desk.scheduler.offer(desk.source("heavy", 100, 5));
  desk.scheduler.offer(desk.source("other", 10_000));
  expect(desk.tick()).toEqual({ heavy: 1 });
  let ticks = 0;
  while (desk.tick().heavy === undefined) ticks++;
  expect(ticks).toBeGreaterThan(0);
  expect(ticks).toBeLessThan(5);
});

test("a light connection is served at once, while others wait", () => {
  const desk = new Desk();
  const light = desk.source("light", 1);
  desk.now += AGE;
  for (const flood of ["a", "b"]) desk.scheduler.offer(desk.source(flood, 10_000));
  desk.tick();
  desk.served.length = 0;
  desk.scheduler.offer(light);
  expect(desk.served).toEqual(["light"]);
});

test("in a full turn a light connection waits for its end, and comes first then", () => {
  const desk = new Desk();
  const light = desk.source("light", 1);
  desk.now += AGE;
  desk.scheduler.offer(desk.source("a", 10_000));
  desk.tick();
  desk.isFull = true;
  desk.served.length = 0;
  desk.scheduler.offer(light);
  expect(desk.served).toEqual([]);
  desk.tick();
  expect(desk.served[0]).toBe("light");
});

test("one that has used much is light again after some seconds, and is not before", () => {
  const desk = new Desk();
  const source = desk.source("a", 2000);
  desk.scheduler.offer(source);
  while (desk.scheduler.waiting > 0) desk.tick();
  expect(source.share.isLight(desk.now)).toBe(false);
  expect(source.share.isLight(desk.now + 10_000)).toBe(true);
});

test("what a peer that is gone has left comes last, and some of it in each turn", () => {
  const desk = new Desk();
  const gone = desk.source("gone", 10_000);
  desk.scheduler.offer(gone);
  for (let ticks = 0; ticks < 20; ticks++) desk.tick();
  gone.hasEnded = true;
  for (const name of ["a", "b", "c"]) desk.scheduler.offer(desk.source(name, 100_000));
  desk.tick();
  const counts = desk.tick();
  expect(Math.min(counts.a ?? 0, counts.b ?? 0, counts.c ?? 0)).toBeGreaterThan(10);
  expect(desk.served.slice(desk.served.indexOf("gone")).every((name) => name === "gone")).toBe(true);
  expect(counts.gone).toBeGreaterThan(0);
  expect(counts.gone).toBeLessThanOrEqual(10);
});

test("one that says a little and closes its side is served like everyone", () => {
  const desk = new Desk();
  for (const flood of ["a", "b", "c", "d"]) desk.scheduler.offer(desk.source(flood, 10_000));
  const brief = desk.source("brief", 3);
  brief.hasEnded = true;
  desk.scheduler.offer(brief);
  expect(desk.tick().brief).toBe(3);
});

test("once as much is laid down as can be sent, one that says much to many waits, and nobody else", () => {
  const desk = new Desk();
  const [loud, other] = [desk.source("loud", 10_000), desk.source("other", 10_000)];
  const { serve } = loud;
  loud.serve = (isSpent) =>
    serve.call(loud, () => {
      desk.laid += 100_000;
      return isSpent();
    });
  desk.scheduler.offer(loud);
  desk.scheduler.offer(other);
  desk.isLaden = true;
  expect(desk.tick().loud).toBe(1);
  expect(Object.keys(desk.tick())).toEqual(["other"]);
  desk.isLaden = false;
  expect(desk.tick().loud).toBeGreaterThan(1);
});

test("a connection is not charged for time in which the machine did something else", () => {
  const desk = new Desk();
  desk.now += AGE;
  const [slow, late] = [desk.source("slow", 1, 40), desk.source("late", 1, 40)];
  desk.now += AGE;
  desk.scheduler.offer(slow);
  desk.away = 39;
  desk.scheduler.offer(late);
  expect([slow, late].map(({ share }) => share.isLight(desk.now))).toEqual([false, true]);
});

test("a turn that leaves someone waiting marks the server overloaded, one that does not does not", () => {
  const desk = new Desk();
  desk.scheduler.offer(desk.source("a", 10));
  desk.tick();
  expect(desk.hastes).toBe(0);
  desk.scheduler.offer(desk.source("b", 10_000));
  desk.tick();
  expect(desk.hastes).toBe(1);
});

test("one who leaves has no input any more", () => {
  const desk = new Desk();
  const source = desk.source("a", 10);
  desk.scheduler.offer(source);
  desk.scheduler.withdraw(source);
  expect([desk.scheduler.waiting, desk.tick()]).toEqual([0, {}]);
});

// The same of connections.

test.each([true, false])(
  "a flood does not hold up what another one says, exempt from limits or not: %p",
  (isExempt) => {
    using stage = new Stage({ isExempt });
    stage.cost = 0.01;
    const flood = stage.connects();
    const other = stage.connects();
    flood.connection.received(Buffer.from("noise\n".repeat(100_000)));
    other.connection.received(Buffer.from("hello\n"));
    stage.registry.tick.end();
    expect(other.face.told).toEqual(["hello"]);
    expect(flood.face.told.length).toBeLessThan(100_000);
  },
);

test("no more is read from one whose input waits, until it is handled: memory is bounded", () => {
  using stage = new Stage();
  stage.cost = 0.01;
  const flood = stage.connects();
  flood.connection.received(Buffer.from("noise\n".repeat(100_000)));
  expect(flood.transport.asked).toEqual(["pause"]);
  stage.registry.tick.end();
  expect(flood.transport.asked).toEqual(["pause"]);
  for (let ticks = 0; ticks < 10_000 && flood.face.told.length < 100_000; ticks++) stage.registry.tick.end();
  expect([flood.face.told.length, ...flood.transport.asked]).toEqual([100_000, "pause", "resume"]);
});

test("what one who was cut off has left unhandled is dropped", () => {
  using stage = new Stage();
  stage.cost = 0.01;
  const flood = stage.connects();
  flood.connection.received(Buffer.from("noise\n".repeat(100_000)));
  stage.registry.tick.end();
  const { length } = flood.face.told;
  flood.connection.closed(closing("reset"));
  for (let ticks = 0; ticks < 10; ticks++) stage.registry.tick.end();
  expect(flood.face.told.slice(length)).toEqual(["<gone: Connection reset>"]);
});

test("one who sends much and closes its side is answered in full", () => {
  using stage = new Stage();
  stage.cost = 0.01;
  const polite = stage.connects();
  polite.connection.received(Buffer.from("noise\n".repeat(100_000)));
  polite.connection.ended();
  for (let ticks = 0; ticks < 10_000 && !polite.transport.asked.includes("finish"); ticks++) stage.registry.tick.end();
  expect(polite.face.told.length).toBe(100_000 + 2);
  expect(polite.face.told.slice(-2)).toEqual(["<end>", "<gone: Connection closed>"]);
});

test("nothing is read from one who is to end, until its last words are written", () => {
  using stage = new Stage();
  const flood = stage.connects().sends("hello\n");
  flood.face.onLine = () => flood.connection.finish(closing("closed", "Enough"));
  flood.transport.room = 0;
  flood.connection.push(Buffer.from("last words"));
  flood.sends("noise\n", "noise\n", "noise\n");
  expect(flood.transport.asked).toEqual(["pause"]);
  flood.transport.room = Number.POSITIVE_INFINITY;
  flood.transport.isFull = false;
  flood.connection.drained();
  stage.registry.tick.end();
  expect([flood.transport.taken, ...flood.transport.asked]).toEqual(["last words", "pause", "resume", "finish"]);
});

test("a newcomer is not light at first, and is after a second or two in which it used nothing", () => {
  const share = new InputShare(0);
  expect([0, 500, 2000].map((now) => share.isLight(now))).toEqual([false, false, true]);
});

test("one that says a line now and then stays light", () => {
  const share = new InputShare(0);
  for (let now = 2000; now < 60_000; now += 100) share.spend(0.2, now, false);
  expect(share.isLight(60_000)).toBe(true);
});

test("each round grants the same; what was used beyond it is owed, up to a bound", () => {
  const share = new InputShare(0);
  expect([share.grant(), share.grant()]).toEqual([0.25, 0.5]);
  share.spend(1, 0, true);
  expect([share.grant(), share.grant(), share.grant()]).toEqual([-0.25, 0, 0.25]);
  share.spend(10_000, 0, true);
  let rounds = 0;
  while (share.grant() <= 0) rounds++;
  expect(rounds).toBe(200);
});

test("what was granted and not used is not saved up, and what is owed stays", () => {
  const share = new InputShare(0);
  share.grant();
  share.spend(0, 0, false);
  expect(share.grant()).toBe(0.25);
  share.spend(1, 0, false);
  expect(share.grant()).toBe(-0.5);
});

import { expect, test } from "bun:test";
import fc from "fast-check";
import { TokenBucket } from "../../../src/server/peer/rate-limiter.ts";
import { RegistryFixture } from "../fakes.ts";

/** A fixture with flood protection. */
function slow(): RegistryFixture {
  const fixture = new RegistryFixture();
  Object.assign(fixture.registry.limits, { floodProtection: true, floodBurst: 10, floodRate: 2 });
  return fixture;
}

test("endless telnet commands are a flood: they are not read further", () => {
  using fixture = slow();
  const visitor = fixture.connects().sends("hello\n", Buffer.from("\xff\xfb\x01\xff\xfb\x03", "latin1"));
  expect(visitor.transport.asked).toEqual([]);
  const commands = Buffer.from("\xff\xf1".repeat(8192), "latin1");
  visitor.sends(commands, commands, commands);
  expect(visitor.transport.asked).toEqual(["pause"]);
  expect(fixture.registry.tick.metrics.refusals.get("flood")).toBe(1);
});

test("a burst, and then so many a second", () => {
  const bucket = new TokenBucket({ floodBurst: 10, floodRate: 2 }, 0);
  for (let n = 0; n < 9; n++) expect(bucket.spend(1, 0)).toBe(true);
  expect(bucket.spend(1, 0)).toBe(false);
  expect(bucket.hasOne(499)).toBe(false);
  expect(bucket.hasOne(500)).toBe(true);
  expect(bucket.spend(1, 500)).toBe(false);
});

test("the bucket fills at the current rate", () => {
  const flow = { floodBurst: 10, floodRate: 2 };
  const bucket = new TokenBucket(flow, 0);
  bucket.spend(10, 0);
  flow.floodRate = 20;
  expect([bucket.hasOne(49), bucket.hasOne(50)]).toEqual([false, true]);
  flow.floodBurst = 1;
  bucket.hasOne(10_000);
  expect(bucket.spend(1, 10_000)).toBe(false);
});

test("a peer that waits for credit never sends more than the burst and the rate allow", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(2000), { maxLength: 200 }), (pauses) => {
      const bucket = new TokenBucket({ floodBurst: 10, floodRate: 2 }, 0);
      let now = 0;
      let said = 0;
      for (const pause of pauses) {
        now += pause;
        if (!bucket.hasOne(now)) continue;
        bucket.spend(1, now);
        said++;
      }
      expect(said).toBeLessThanOrEqual(10 + (now * 2) / 1000);
    }),
  );
});

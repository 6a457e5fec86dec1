import { expect, test } from "bun:test";
import { LIES } from "../../bench/client/lies.ts";
import { update } from "../../src/client/model/update.ts";
import { readMessage } from "../../src/client/net/link.ts";
import { ScreenFixture } from "../support/client/screen-fixture.ts";

const LINES = 4000;
const MOST = 7 << 20; // characters in total

/** The characters of all strings reachable from a value, each counted wherever it is referenced. */
function charactersOf(value: unknown, seen = new Set<unknown>()): number {
  if (typeof value === "string") return value.length;
  if (typeof value !== "object" || value === null || seen.has(value)) return 0;
  seen.add(value);
  let sum = 0;
  const parts = value instanceof Map ? [...value].flat() : value instanceof Set ? [...value] : Object.values(value);
  for (const part of parts) sum += charactersOf(part, seen);
  return sum;
}

test.each(Object.entries(LIES))("the memory for %s is bounded", (_, lie) => {
  const fixture = new ScreenFixture("batch draft/chathistory draft/multiline message-tags echo-message");
  for (let n = 0; n < LINES; n++) {
    const message = readMessage(Buffer.from(lie(n, "ann")));
    if (message !== undefined) fixture.take(update(fixture.model, message, 0));
  }
  const { rooms, nameBudget, ...rest } = fixture.model;
  const members = rooms.values().flatMap((room) => room.members.values());
  expect(charactersOf([rest, fixture.view, [...rooms.values()].map(({ topic }) => topic), [...members]])).toBeLessThan(
    MOST,
  );
});

import { expect, test } from "bun:test";
import type { ChatEvent, EventOf } from "../../src/chat/model/event.ts";
import { afterRename, isIgnored, NOBODY, withAccounts } from "../../src/commands/ignoring.ts";
import { fold } from "../../src/text/fold.ts";

const pest = new Set([fold("pest")]);

/** Of an event only who caused it is looked at. */
function event(type: string, nick: string): ChatEvent {
  return { type, from: { nick }, by: { nick }, who: { nick } } as unknown as ChatEvent;
}

const ROWS: readonly [string, string, boolean][] = [
  ["said", "Pest", true],
  ["said", "ann", false],
  ["signalled", "pest", true],
  ["invited", "pest", true],
  ["joined", "pest", false],
  ["kicked", "pest", false],
];

test.each(ROWS)("%s by %s is ignored: %p", (type, nick, ignored) => {
  expect(isIgnored(event(type, nick), pest)).toBe(ignored);
  expect(isIgnored(event(type, nick), NOBODY)).toBe(false);
});

test("the list follows a new nick, and is left alone by others'", () => {
  const renamed = (nick: string) => ({ ...event("renamed", nick), nick: "saint" }) as EventOf<"renamed">;
  expect(afterRename(renamed("PEST"), pest)).toEqual(new Set([fold("saint")]));
  expect(afterRename(renamed("ann"), pest)).toBeUndefined();
});

test("whoever logs in ignores those whom the account does, besides their own", () => {
  const own = new Set([fold("bob")]);
  expect([...withAccounts(own, [fold("eve"), fold("bob")])]).toEqual([fold("bob"), fold("eve")]);
  expect(withAccounts(own, [])).toBe(own);
});

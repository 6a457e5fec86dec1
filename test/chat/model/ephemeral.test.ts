import { expect, test } from "bun:test";
import { EphemeralMessages } from "../../../src/chat/model/ephemeral.ts";
import { fold } from "../../../src/text/fold.ts";
import { said } from "../../support/temporary-store.ts";

const [DEV, OPS] = [fold("#dev"), fold("#ops")];

function located(seq: number, place = DEV) {
  return { place, message: said(seq) };
}

test("a message is found by its number and by its sender's id, until it is forgotten", () => {
  const messages = new EphemeralMessages();
  messages.add(located(1), "id-1");
  messages.add(located(2), undefined);
  expect([messages.at(1), messages.sent("id-1"), messages.at(2)].map((found) => found?.message.seq)).toEqual([1, 1, 2]);
  messages.forget(1);
  expect([messages.at(1), messages.sent("id-1")]).toEqual([undefined, undefined]);
  expect([...messages]).toEqual([located(2)]);
});

test("messages that get another place and another id keep their age", () => {
  const messages = new EphemeralMessages();
  for (const [seq, place] of [DEV, OPS, DEV].entries()) messages.add(located(seq, place), `${place} ${seq}`);
  messages.replace(DEV, ({ message }) => ({ found: located(message.seq, OPS), key: `moved ${message.seq}` }));
  expect([...messages]).toEqual([0, 1, 2].map((seq) => located(seq, OPS)));
  expect(messages.sent("#dev 0")).toBeUndefined();
  expect(messages.sent("moved 2")).toEqual(located(2, OPS));
});

test("the changes are collected if somebody wants them", () => {
  const messages = new EphemeralMessages();
  messages.add(located(1), "id-1");
  messages.changed = new Set();
  for (let seq = 2; seq <= 2001; seq++) messages.add(located(seq), undefined);
  expect(messages.size).toBe(2000);
  expect(messages.changed.has(1)).toBe(true); // it made room for the last one
  expect(messages.changed.size).toBe(2001);
});

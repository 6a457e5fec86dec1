import { expect, test } from "bun:test";
import { LinkCodes } from "../../src/chat/link-codes.ts";
import type { AccountId } from "../../src/chat/model/account.ts";

const ANN = "ann" as AccountId;
const BOB = "bob" as AccountId;

/** Codes that count up, on a clock that the test sets. */
function codes() {
  let [count, now] = [0, 0];
  const source = { next: () => `CODE-000${++count}`, isSame: (one: string, other: string) => one === other };
  const of = new LinkCodes(source, () => now);
  const passes = (ms: number) => {
    now += ms;
  };
  return { of, passes };
}

test("a code works once, for its account, however it is typed", () => {
  const { of } = codes();
  const code = of.offer(ANN, "phone");
  expect(of.use(BOB, code)).toBeUndefined();
  expect(of.use(undefined, code)).toBeUndefined();
  expect(of.use(ANN, "code 0001")).toEqual({ name: "phone" });
  expect(of.use(ANN, code)).toBeUndefined();
});

test("no text is the code of an account that has none", () => {
  const { of } = codes();
  for (const typed of ["", "-", " "]) expect(of.use(ANN, typed)).toBeUndefined();
});

test("a code ends after ten minutes, with the next one, and with the fifth wrong one", () => {
  const { of, passes } = codes();
  const late = of.offer(ANN, undefined);
  passes(599_999);
  const next = of.offer(BOB, undefined);
  passes(1);
  expect([of.use(ANN, late), of.use(BOB, next)]).toEqual([undefined, { name: undefined }]);
  const first = of.offer(ANN, undefined);
  const second = of.offer(ANN, undefined);
  expect(of.use(ANN, first)).toBeUndefined();
  for (let wrong = 1; wrong < 4; wrong++) expect(of.use(ANN, "wrong")).toBeUndefined();
  expect(of.use(ANN, second)).toEqual({ name: undefined });
  const third = of.offer(ANN, undefined);
  for (let wrong = 0; wrong < 5; wrong++) expect(of.use(ANN, "wrong")).toBeUndefined();
  expect(of.use(ANN, third)).toBeUndefined();
});

import { expect, test } from "bun:test";
import { NUMERICS } from "../../src/wire/numerics.ts";

const ROWS = Object.entries<readonly [code: string, words?: string]>(NUMERICS);

test("every numeric is three digits, and no two are the same", () => {
  const codes = ROWS.map(([, [code]]) => code);
  expect(codes.filter((code) => !/^\d{3}$/.test(code))).toEqual([]);
  expect(codes.filter((code, i) => codes.indexOf(code) !== i)).toEqual([]);
});

test("errors are in the range of errors, replies are not", () => {
  const errors = /^(?:[45]\d\d|696|734|90[24567])$/;
  expect(ROWS.filter(([name, [code]]) => name.startsWith("ERR_") !== errors.test(code))).toEqual([]);
});

test("a numeric's words are something that a line can hold", () => {
  expect(ROWS.filter(([, [, words]]) => words !== undefined && !/^[ -~]*$/.test(words))).toEqual([]);
});

import { expect, test } from "bun:test";
import { NUMERICS } from "../../src/wire/numerics.ts";

const ROWS = Object.entries<readonly [code: string, words?: string]>(NUMERICS);

test("every numeric has three digits, and no two are the same", () => {
  const codes = ROWS.map(([, [code]]) => code);
  expect(codes.filter((code) => !/^\d{3}$/.test(code))).toEqual([]);
  expect(codes.filter((code, i) => codes.indexOf(code) !== i)).toEqual([]);
});

test("exactly the ERR_ names have codes of errors", () => {
  const errors = /^(?:[45]\d\d|696|734|77[45]|90[24567])$/;
  expect(ROWS.filter(([name, [code]]) => name.startsWith("ERR_") !== errors.test(code))).toEqual([]);
});

test("a numeric's text is printable ASCII", () => {
  expect(ROWS.filter(([, [, words]]) => words !== undefined && !/^[ -~]*$/.test(words))).toEqual([]);
});

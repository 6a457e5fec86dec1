import { expect, test } from "bun:test";
import { scripts } from "../package.json";
import { readme, TABLES, withTables } from "./readme-tables.ts";

test("the README's tables are those of the code (bun run readme writes them)", () => {
  expect(readme()).toBe(withTables(readme()));
});

test("the README has every table", () => {
  for (const name of TABLES.keys()) expect(readme()).toContain(`<!-- table: ${name} -->`);
});

test("every npm or bun script that the README names is there", () => {
  for (const [, name = ""] of readme().matchAll(/\b(?:npm|bun) run ([\w:-]+)/g))
    expect(Object.keys(scripts)).toContain(name);
});

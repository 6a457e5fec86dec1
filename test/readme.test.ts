import { expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { scripts } from "../package.json";
import { contentOf, DOCUMENTS, TABLES, withTables } from "./readme-tables.ts";

test.each(DOCUMENTS)("the tables in %s match the code (bun run readme writes them)", (document) => {
  expect(contentOf(document)).toBe(withTables(contentOf(document)));
});

test("every table is in one document, once", () => {
  const shown = DOCUMENTS.flatMap((document) => [...contentOf(document).matchAll(/<!-- table: (.+?) -->/g)]);
  expect(shown.map(([, name = ""]) => name).sort()).toEqual([...TABLES.keys()].sort());
});

test.each(DOCUMENTS)("every npm or bun script that %s names exists", (document) => {
  for (const [, name = ""] of contentOf(document).matchAll(/\b(?:npm|bun) run ([\w:-]+)/g))
    expect(Object.keys(scripts)).toContain(name);
});

test.each(DOCUMENTS)("every file of the tree that %s names exists", (document) => {
  const named = [...contentOf(document).matchAll(/`((?:src|test|bench|docs)\/[^`\s]*)`/g)].map(([, path = ""]) => path);
  expect(named.filter((path) => !existsSync(join(import.meta.dir, "..", path)))).toEqual([]);
});

test.each(DOCUMENTS)("every link in %s has a target", (document) => {
  for (const [, link = ""] of contentOf(document).matchAll(/\]\((?!https?:)([^)]+)\)/g)) {
    const [path = "", heading] = link.split("#");
    const file = path === "" ? document : join(dirname(document), path);
    expect([link, existsSync(join(import.meta.dir, "..", file))]).toEqual([link, true]);
    if (heading !== undefined) expect([link, headingsOf(file)]).toEqual([link, expect.arrayContaining([heading])]);
  }
});

/** The anchors of a document's headings. */
function headingsOf(document: string): readonly string[] {
  const headings = [...contentOf(document).matchAll(/^#+ (.+)$/gm)].map(([, words = ""]) => words);
  return headings.map((words) =>
    words
      .toLowerCase()
      .replace(/[^\w\s-]/g, "")
      .replaceAll(" ", "-"),
  );
}

import { describe, expect, test } from "bun:test";
import { parseTerms } from "../../../src/chat/history.ts";
import type { AccountId } from "../../../src/chat/model/account.ts";
import type { SearchQuery } from "../../../src/chat/store.ts";
import { indexed, marksOf, matchOf } from "../../../src/store/search/search-index.ts";
import { fold } from "../../../src/text/fold.ts";

function query(text: string, more: Partial<SearchQuery> = {}): SearchQuery {
  const open = { account: undefined, nick: undefined, from: undefined, before: undefined };
  return { terms: parseTerms(text), within: [], ...open, limit: 100, ...more };
}

describe("a query in FTS5 syntax", () => {
  test.each([
    ["deploy", 'text : "deploy" *'],
    ["is it", 'text : "is" AND text : "it"'],
    ['"the deploy"', 'text : "the deploy"'],
    ["deploy.", 'text : "deploy." *'],
    ["a-b", 'text : "a-b"'],
    ["日本", 'text : "日  本"'],
    ["x OR y", 'text : "x" AND text : "OR" AND text : "y"'],
  ])("%p", (text, expected) => {
    expect(matchOf(query(text), [1])).toBe(`marks : (p1) AND ${expected}`);
  });

  test("searches only the allowed places, and the conversations of an account", () => {
    expect(matchOf(query(""), [3, 14])).toBe("marks : (p3 OR p14)");
    expect(matchOf(query("", { account: "ann" as AccountId }), [3])).toBe("marks : (p3 OR a616e6e)");
    expect(matchOf(query("word"), [])).toBeUndefined();
  });

  test("can be limited to one sender", () => {
    expect(matchOf(query("", { nick: fold("[x]") }), [1])).toBe("marks : (p1) AND marks : n5b785d");
  });
});

test("the text of a message cannot be mistaken for its marks", () => {
  expect(marksOf(7, "ann", [])).toBe("p7 n616e6e");
  expect(marksOf(7, "ann", ["ann", "~bob"])).toBe("p7 n616e6e a616e6e a7e626f62");
});

test("in scripts without spaces, each letter is a word", () => {
  expect(indexed("go 日本語 now")).toBe("go  日  本  語  now");
});

import { expect, test } from "bun:test";
import { AwayMarks } from "../../../src/client/model/away-marks.ts";

test("a mark has a reason, follows a rename, and goes when its person is back", () => {
  const away = new AwayMarks();
  away.set("Bob", "lunch");
  expect(away.get("bob")).toBe("lunch");
  away.rename("bob", "rob");
  expect([away.get("bob"), away.get("rob")]).toEqual([undefined, "lunch"]);
  away.set("rob", undefined);
  expect(away.get("rob")).toBeUndefined();
});

test("marks are bounded", () => {
  const away = new AwayMarks();
  for (let i = 0; i < 6000; i++) away.set(`p${i}`, "x".repeat(500));
  expect([away.get("p0"), away.get("p5999")?.length]).toEqual([undefined, 200]);
  away.set("x".repeat(300), "");
  expect(away.get("x".repeat(300))).toBeUndefined();
});

import { expect, test } from "bun:test";
import { mostConnections } from "../../../src/server/config/descriptors.ts";

test("there are as many connections as descriptors, but for a few; where that cannot be told, there is no limit", () => {
  expect(mostConnections(() => "Max open files            1024                 4096                 files\n")).toBe(
    960,
  );
  expect(mostConnections(() => "Max open files            unlimited            unlimited            files\n")).toBe(0);
  expect(mostConnections(() => "")).toBe(0);
});

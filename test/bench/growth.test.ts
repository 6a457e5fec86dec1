import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { drawn, type Growth, grown } from "../../bench/growth/growth.ts";

const BENCH = join(import.meta.dir, "..", "..", "bench", "growth");
const charts: Growth = JSON.parse(readFileSync(join(BENCH, "growth.json"), "utf8")).charts;

test("the pictures match the figures beside them (bun run bench --publish writes both)", () => {
  const pictures = [...drawn(charts)];
  expect(pictures.length).toBeGreaterThan(3);
  for (const [name, svg] of pictures) expect(readFileSync(join(BENCH, `${name}.svg`), "utf8")).toBe(svg);
});

test("a chart as text shows the unit, and each curve's points", () => {
  const curves = [
    {
      name: "ours",
      points: [
        [1, 2],
        [10, 3],
      ] as const,
    },
  ];
  expect(grown({ rooms: { title: "Cost", x: "rooms", y: "µs", curves } })).toBe("Cost (µs)\n  ours: 1: 2; 10: 3");
});

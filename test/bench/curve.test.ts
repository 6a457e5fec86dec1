import { expect, test } from "bun:test";
import { svgOf } from "../../bench/growth/curve.ts";

const CHART = {
  title: "Cost, by <members>",
  x: "members",
  y: "µs per delivery",
  curves: [
    {
      name: "ours",
      points: [
        [100, 2],
        [1000, 2],
        [10_000, 4],
      ],
    },
    {
      name: "theirs",
      points: [
        [100, 1],
        [10_000, 4],
      ],
    },
  ],
} as const;
const SVG = svgOf(CHART);
const lines = [...SVG.matchAll(/<polyline points="([^"]*)"/g)].map(([, points = ""]) =>
  points.split(" ").map((point) => point.split(",").map(Number)),
);

test("equal values have equal heights, greater ones are higher", () => {
  const [, two, four] = lines[0] ?? [];
  expect(lines[0]?.[0]?.[1]).toBe(two?.[1] ?? 0);
  expect(four?.[1]).toBeLessThan(two?.[1] ?? 0);
});

test("equal ratios are equally far apart on the x axis", () => {
  const [hundred, thousand, most] = (lines[0] ?? []).map(([x = 0]) => x);
  expect((thousand ?? 0) - (hundred ?? 0)).toBeCloseTo((most ?? 0) - (thousand ?? 0), 0);
});

test("y begins at 0: half the value is half the height", () => {
  const zero = Number(/y="([\d.]+)" text-anchor="end">0</.exec(SVG)?.[1]) - 4;
  const heights = (lines[0] ?? []).map(([, y = 0]) => zero - y);
  expect((heights[2] ?? 0) / (heights[0] ?? 1)).toBeCloseTo(2, 1);
});

test("the axes have their units, the curves their names, and powers of ten are marked", () => {
  for (const words of ["members", "µs per delivery", "ours", "theirs", "100", "1,000", "10,000"]) {
    expect(SVG).toContain(`>${words}</text>`);
  }
});

test("names of curves that end at the same place do not overlap", () => {
  const at = (name: string) => Number(new RegExp(`y="([\\d.]+)" [^>]*>${name}<`).exec(SVG)?.[1]);
  expect(Math.abs(at("ours") - at("theirs"))).toBeGreaterThan(12);
});

test("the SVG escapes text, has no background, and is small", () => {
  expect(SVG).toContain("Cost, by &lt;members&gt;");
  expect(SVG).not.toContain("<rect");
  expect(SVG.length).toBeLessThan(10_000);
});

test("a curve of one point is drawn too", () => {
  const svg = svgOf({ ...CHART, curves: [{ name: "one", points: [[100, 3]] }] });
  expect(svg).not.toContain("NaN");
});

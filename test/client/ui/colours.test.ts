import { expect, test } from "bun:test";
import { cubeColour, differ, isLegible, nearestIndex, rgbOf } from "../../../src/client/ui/colours.ts";

test.each([
  ["#ffffff", true, false],
  ["000000", false, true],
  ["#ffff00", true, false],
  ["#0000ff", false, true],
  ["#767676", false, false],
])("%s is legible on a dark ground: %p, on a light one: %p", (hex, dark, light) => {
  expect([isLegible(hex, "dark"), isLegible(hex, "light")]).toEqual([dark, light]);
});

test.each([
  ["#ff0000", "#ff0000", false],
  ["#ff0000", "#f50a0a", false],
  ["#ff0000", "#00ff00", true],
  ["#808080", "#a0a0a0", true],
])("%s and %s are told apart: %p", (one, other, are) => {
  expect([differ(one, other), differ(other, one)]).toEqual([are, are]);
});

test("every colour of xterm's cube is its own nearest, and others have one near", () => {
  for (let index = 16; index < 232; index++) expect(nearestIndex(cubeColour(index))).toBe(index);
  expect([nearestIndex("#ff8800"), cubeColour(208), rgbOf("#ff8800")]).toEqual([208, "ff8700", [255, 136, 0]]);
});

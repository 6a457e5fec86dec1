import { expect, test } from "bun:test";
import fc from "fast-check";
import {
  type Colours,
  cubeColour,
  differ,
  FEW_COLOURS,
  isLegible,
  NICK_COLOURS,
  NICK_PALETTES,
  nearestIndex,
  personOf,
  preferredColour,
  rgbOf,
  shownColour,
  shownIndex,
  withSpeaker,
} from "../../../src/client/ui/nick-colours.ts";

function speak(...people: readonly string[]): Colours {
  return people.reduce<Colours>((colours, person) => withSpeaker(colours, person), new Map());
}

function numbers(colours: Colours): readonly number[] {
  return Array.from(colours.values(), ({ number }) => number);
}

const people = (count: number) =>
  fc.uniqueArray(fc.stringMatching(/^[a-z]{1,9}$/), { minLength: count, maxLength: count });

test("24 people have 24 colours, and 8 have 8 on terminals with few colours too", () => {
  fc.assert(
    fc.property(people(NICK_COLOURS), (nicks) => {
      expect(new Set(numbers(speak(...nicks))).size).toBe(NICK_COLOURS);
      const few = numbers(speak(...nicks.slice(0, FEW_COLOURS)));
      expect(new Set(few.map((number) => number % FEW_COLOURS)).size).toBe(FEW_COLOURS);
    }),
  );
});

test("a person keeps the colour when others speak; alone it is always the same", () => {
  fc.assert(
    fc.property(people(NICK_COLOURS), (nicks) => {
      const [first = "", ...others] = nicks;
      expect(speak(first).get(first)?.number).toBe(preferredColour(first));
      expect(speak(first, ...others, first).get(first)?.number).toBe(preferredColour(first));
    }),
  );
});

test("a 25th speaker gets the colour of the person who has been silent for longest", () => {
  const nicks = Array.from({ length: NICK_COLOURS }, (_, i) => `p${i}`);
  const colours = speak(...nicks, "p0", "late");
  expect(colours.get("late")).toEqual(speak(...nicks).get("p1"));
  expect([colours.has("p1"), colours.has("p0"), colours.size]).toEqual([false, true, NICK_COLOURS]);
});

test("an account has one colour under any nick", () => {
  expect(personOf("Ann_", "ann")).toBe(personOf("ann", undefined));
  expect(personOf("Ann", "*")).toBe("ann");
});

test("a chosen colour is granted unless it is similar to another person's", () => {
  const first = withSpeaker(new Map(), "ann", "#ff8800");
  expect(first.get("ann")).toEqual({ number: preferredColour("ann"), chosen: "#ff8800" });
  const second = withSpeaker(first, "eve", "#ff8a00");
  expect(second.get("eve")).toEqual({ number: expect.any(Number) });
  expect(withSpeaker(second, "ann", "#ff8800").get("ann")?.chosen).toBe("#ff8800");
  // Once ann has another colour, eve gets it with her next message.
  const third = withSpeaker(withSpeaker(second, "ann", "#00ff00"), "eve", "#ff8a00");
  expect([third.get("ann")?.chosen, third.get("eve")?.chosen]).toEqual(["#00ff00", "#ff8a00"]);
  expect(withSpeaker(third, "ann").get("ann")).toEqual({ number: preferredColour("ann") });
});

const anyColour = fc.integer({ min: 0, max: 0xffffff }).map((value) => `#${value.toString(16).padStart(6, "0")}`);
const paletteColour = fc.constantFrom(...NICK_PALETTES.dark.true, ...NICK_PALETTES.light.true).map((hex) => `#${hex}`);
const colour = fc.oneof(anyColour, paletteColour);

test("people never share a colour in a small room, on no theme, whatever they choose", () => {
  const choices = fc.array(fc.tuple(fc.constantFrom(..."abcdefgh"), fc.option(colour, { nil: undefined })), {
    maxLength: 30,
  });
  fc.assert(
    fc.property(choices, (spoken) => {
      const colours = spoken.reduce<Colours>((all, [person, chosen]) => withSpeaker(all, person, chosen), new Map());
      const all = [...colours.values()];
      for (const background of ["dark", "light"] as const) {
        expect(new Set(all.map((each) => shownColour(each, background))).size).toBe(all.length);
        expect(new Set(all.map((each) => shownIndex(each, background))).size).toBe(all.length);
      }
      expect(new Set(all.map(({ number }) => number % FEW_COLOURS)).size).toBe(all.length);
    }),
    {
      numRuns: 500,
      examples: [
        [
          [
            ["h", "#78fff0"],
            ["a", "#b487b4"],
            ["h", undefined],
          ],
        ],
      ],
    },
  );
});

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

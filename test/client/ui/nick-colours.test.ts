import { expect, test } from "bun:test";
import fc from "fast-check";
import {
  type Colours,
  FEW_COLOURS,
  NICK_COLOURS,
  personOf,
  preferredColour,
  withSpeaker,
} from "../../../src/client/ui/nick-colours.ts";

function speak(...people: readonly string[]): Colours {
  return people.reduce<Colours>(withSpeaker, new Map());
}

const people = (count: number) =>
  fc.uniqueArray(fc.stringMatching(/^[a-z]{1,9}$/), { minLength: count, maxLength: count });

test("24 people have 24 colours, and 8 have 8 on terminals with few colours too", () => {
  fc.assert(
    fc.property(people(NICK_COLOURS), (nicks) => {
      expect(new Set(speak(...nicks).values()).size).toBe(NICK_COLOURS);
      const few = speak(...nicks.slice(0, FEW_COLOURS)).values();
      expect(new Set(Array.from(few, (colour) => colour % FEW_COLOURS)).size).toBe(FEW_COLOURS);
    }),
  );
});

test("a person keeps the colour, whoever else speaks; alone it is always the same", () => {
  fc.assert(
    fc.property(people(NICK_COLOURS), (nicks) => {
      const [first = "", ...others] = nicks;
      expect(speak(first).get(first)).toBe(preferredColour(first));
      expect(speak(first, ...others, first).get(first)).toBe(preferredColour(first));
    }),
  );
});

test("a 25th speaker gets the colour of the one who has been silent for longest", () => {
  const nicks = Array.from({ length: NICK_COLOURS }, (_, i) => `p${i}`);
  const colours = speak(...nicks, "p0", "late");
  expect(colours.get("late")).toBe(speak(...nicks).get("p1"));
  expect([colours.has("p1"), colours.has("p0"), colours.size]).toEqual([false, true, NICK_COLOURS]);
});

test("an account has one colour under any nick", () => {
  expect(personOf("Ann_", "ann")).toBe(personOf("ann", undefined));
  expect(personOf("Ann", "*")).toBe("ann");
});

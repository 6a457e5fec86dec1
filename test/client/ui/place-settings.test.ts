import { expect, test } from "bun:test";
import {
  inOrder,
  levelOf,
  moved,
  NO_SETTINGS,
  settingsFromJson,
  settingsToJson,
  withHidden,
  withLevel,
  withRename,
} from "../../../src/client/ui/place-settings.ts";
import { fold } from "../../../src/text/fold.ts";

const KEYS = ["#a", "#b", "#c", "#d"].map(fold);
const [A, B, D] = [fold("#a"), fold("#b"), fold("#d")];

test.each([
  ["#d", 1, "#d #a #b #c"],
  ["#a", 3, "#b #c #a #d"],
  ["#b", 99, "#a #c #d #b"],
  ["#b", 2, "#a #b #c #d"],
])("%s moved to %d: %s", (key, to, expected) => {
  const settings = moved(NO_SETTINGS, KEYS, fold(key), to);
  expect(inOrder(KEYS, settings).join(" ")).toBe(expected);
});

test("a new place comes after the user's ordered places", () => {
  const settings = moved(NO_SETTINGS, KEYS, D, 1);
  expect(inOrder([...KEYS, fold("#new")], settings).at(-1)).toBe(fold("#new"));
});

test("settings survive being saved, and a rename of the room", () => {
  const settings = withLevel(withHidden(moved(NO_SETTINGS, KEYS, D, 1), B, true), A, "none");
  const loaded = settingsFromJson(JSON.parse(JSON.stringify(settingsToJson(settings))));
  expect(loaded).toEqual(settings);
  const renamed = withRename(loaded, A, fold("#z"));
  expect([levelOf(renamed, A), levelOf(renamed, fold("#z"))]).toEqual(["mentions", "none"]);
});

test("a malformed file is none", () => {
  const files = [
    undefined,
    null,
    3,
    [],
    { order: 1, hidden: {}, levels: [] },
    { levels: { "#a": "loud" }, order: [1, ""] },
  ];
  for (const file of files) expect(settingsFromJson(file)).toEqual(NO_SETTINGS);
});

import { expect, test } from "bun:test";
import { goingList, withDigits } from "../../../src/client/ui/going.ts";
import { pressOverlay } from "../../../src/client/ui/overlay.ts";
import { ScreenFixture } from "../../support/client/screen-fixture.ts";

test.each<[string, string, number, ReturnType<typeof withDigits>]>([
  ["", "1", 12, { digits: "1", rest: "" }],
  ["1", "2", 12, { digits: undefined, number: 12, rest: "" }],
  ["", "12ab", 12, { digits: undefined, number: 12, rest: "ab" }],
  ["", "3", 12, { digits: undefined, number: 3, rest: "" }],
  ["", "01", 12, { digits: undefined, number: 1, rest: "" }],
  ["", "0", 9, { digits: "0", rest: "" }],
  ["0", "3x", 9, { digits: undefined, number: 3, rest: "x" }],
  ["", "00", 9, { digits: undefined, number: 0, rest: "" }],
  ["", "5", 9, { digits: undefined, number: 5, rest: "" }],
  ["1", "x", 12, { digits: undefined, number: 1, rest: "x" }],
  ["", "x", 12, { digits: undefined, rest: "x" }],
  ["", "100", 120, { digits: undefined, number: 100, rest: "" }],
])("after %j, %j in a list of %d gives %j", (digits, text, most, expected) => {
  expect(withDigits(digits, text, most)).toEqual(expected);
});

/** The labels of the list that Ctrl-K opens, with a filter. */
function labels(fixture: ScreenFixture, filter = ""): string[] {
  const list = goingList(fixture.scene);
  const answer = filter === "" ? undefined : pressOverlay(list, { type: "text", text: filter }, 10);
  return (answer?.type === "open" ? answer.overlay : list).found.map(({ label }) => label);
}

test("the list has the places that were visited last first, then others, people and commands", () => {
  const fixture = new ScreenFixture();
  for (const room of ["dev", "ops"]) {
    fixture.keys(`/join ${room}\r`);
    fixture.server(`:ann!a@h JOIN #${room}`);
  }
  fixture.keys("/query zoe\r");
  expect(labels(fixture).slice(0, 5)).toEqual(["#ops", "#dev", "#lobby", "server", "bob"]);
  expect(labels(fixture, "lo")[0]).toBe("#lobby");
  expect(labels(fixture, "/qu")).toEqual(["/quote LINE", "/quit [TEXT]", "/query NICK [TEXT]"]);
});

import { expect, test } from "bun:test";
import { Play } from "../../support/client/play.ts";

test.each([
  ["/move 3", 'screen {"type":"move","to":3}'],
  ["/move", "-- That needs more: /move NUMBER"],
  ["/move up", '-- "up" is no number of the list: /move 1 puts this room first.'],
  ["/move 0", '-- "0" is no number of the list: /move 1 puts this room first.'],
  ["/hide", 'screen {"type":"hide"}'],
  ["/notify", 'screen {"type":"notify"}'],
  ["/notify All", 'screen {"type":"notify","level":"all"}'],
  ["/notify loud", '-- "loud" is no level: /notify all, /notify mentions, or /notify none.'],
])("on a full screen, %s does: %s", (line, expected) => {
  expect(new Play({ fullScreen: true }).types(line)).toEqual([expected]);
});

test("without a screen there are no such commands", () => {
  expect(new Play().types("/hide")[0]).toStartWith("-- There is no /hide");
});

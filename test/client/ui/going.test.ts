import { expect, test } from "bun:test";
import { askOlder } from "../../../src/client/model/history.ts";
import { askForMore, missingWords, noHistoryWords, withDigits } from "../../../src/client/ui/going.ts";
import { withPage } from "../../../src/client/ui/view.ts";
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

const CAPS = "message-tags server-time batch draft/chathistory";

/** The request of a screen at a position: `older` with the place and the msgid before which, or the line that is sent. */
function asked(fixture: ScreenFixture, isAtTop: boolean, isAtEnd: boolean): readonly unknown[] {
  const requests: unknown[] = [];
  const conversation: Parameters<typeof askForMore>[0] = {
    askOlder: (name, before) => requests.push(["older", name, before?.msgid]),
    change: (next) => {
      const { effects } = next(fixture.model, 0);
      for (const effect of effects) if (effect.type === "send") requests.push([effect.command, ...effect.params]);
    },
  };
  askForMore(conversation, fixture.view, { isAtTop, isAtEnd });
  return requests;
}

test("older lines are requested at the top, from the oldest message on, until there are none", () => {
  const fixture = new ScreenFixture(CAPS);
  expect(asked(fixture, true, true)).toEqual([["older", "#lobby", undefined]]);
  fixture.server("@msgid=m1 :bob!b@h PRIVMSG #lobby :one", "@msgid=m2 :bob!b@h PRIVMSG #lobby :two");
  expect(asked(fixture, true, true)).toEqual([["older", "#lobby", "m1"]]);
  expect(asked(fixture, false, true)).toEqual([]);
  const from = { msgid: "m1", time: 0 };
  fixture.view = withPage(fixture.view, { target: "#lobby", where: "older", from, lines: [], complete: true });
  expect(asked(fixture, true, true)).toEqual([]);
});

test("a page of the latest messages is shown, also if it is behind joins and parts", () => {
  const fixture = new ScreenFixture(CAPS);
  fixture.server(":s 005 ann CHATHISTORY=100 MSGREFTYPES=msgid :are supported");
  fixture.take(askOlder(fixture.model, "#lobby", undefined));
  fixture.server(":s BATCH +p chathistory #lobby", "@batch=p;msgid=j1 :bob!b@h JOIN #lobby", ":s BATCH -p");
  fixture.server(":s BATCH +q chathistory #lobby", "@batch=q;msgid=m1 :bob!b@h PRIVMSG #lobby :one", ":s BATCH -q");
  expect(fixture.draw(40, 8).join("\n")).toContain("<bob> one");
});

test("newer lines are requested at the bottom of a page of the past alone, and before older ones", () => {
  const fixture = new ScreenFixture(CAPS);
  fixture.server(
    ":s 005 ann CHATHISTORY=100 MSGREFTYPES=msgid :are supported",
    "@msgid=m9 :bob!b@h PRIVMSG #lobby :now",
  );
  const said = { kind: "said", nick: "bob", room: "#lobby", to: undefined, mention: false, replayed: true } as const;
  const lines = ["m1", "m2", "m3"].map((msgid, time) => ({ ...said, account: undefined, text: msgid, msgid, time }));
  const from = { msgid: "m2", time: 1 };
  fixture.view = withPage(fixture.view, { target: "#lobby", where: "around", from, lines, complete: false });
  expect(asked(fixture, true, true)).toEqual([["CHATHISTORY", "AFTER", "#lobby", "msgid=m3", "100"]]);
  expect(asked(fixture, true, false)).toEqual([["older", "#lobby", "m1"]]);
  expect(asked(fixture, false, false)).toEqual([]);
});

test("a message that cannot be reached is reported", () => {
  expect(noHistoryWords("#lobby")).toBe("The history of #lobby cannot be loaded now; try again in a moment.");
  const page = { target: "#lobby", where: "around", lines: [], complete: true } as const;
  expect(missingWords({ ...page, from: { msgid: "m1", time: 0 } })).toBe(
    "The server does not have that message any more.",
  );
  expect(missingWords({ ...page, from: { msgid: undefined, time: 0 } })).toBe(
    "Nothing was said here that the server has kept.",
  );
  expect(missingWords({ ...page, from: { msgid: "m1", time: 0 }, complete: false })).toBeUndefined();
});

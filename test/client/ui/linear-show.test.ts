import { expect, test } from "bun:test";
import type { Line, Talk } from "../../../src/client/model/state.ts";
import { show } from "../../../src/client/ui/linear.ts";
import { clockOf } from "../../../src/text/time.ts";
import { aMessage } from "../../support/client/message.ts";

const talk = aMessage({ nick: "ann", msgid: undefined });
const clock = `[${clockOf(0)}]`;

const rows: [string, Partial<Talk>, string][] = [
  ["in the current room", {}, "<ann> hi"],
  ["in another room", { room: "#dev" }, "#dev <ann> hi"],
  ["an action", { kind: "acted", text: "waves" }, "* ann waves"],
  ["an action elsewhere", { kind: "acted", text: "waves", room: "#dev" }, "#dev * ann waves"],
  ["a notice", { kind: "noticed" }, "-ann- hi"],
  ["a direct message", { room: undefined }, "ann → you: hi"],
  ["our direct message", { room: undefined, to: "bob" }, "you → bob: hi"],
  ["a direct action", { room: undefined, kind: "acted", text: "waves" }, "* ann → you: waves"],
  ["a display name", { displayName: "Ann Lee" }, "<ann (Ann Lee)> hi"],
  ["a direct message with a display name", { room: undefined, displayName: "A\x1b[m" }, "ann (A) → you: hi"],
  ["escape sequences", { nick: "a\x1b[31m", text: "x\x1b[2J\x9b1m\u202ey" }, "<a> xy"],
  ["an attempt at a second line", { text: "a\r\n[12:03] <bob> b" }, "<ann> a [12:03] <bob> b"],
  ["IRC's formatting", { text: "\x02bold\x0304,01red\x0f" }, "<ann> boldred"],
];

test.each(rows)("%s", (_, change, expected) => {
  expect(show({ ...talk, ...change }, { colour: false, current: "#Lobby" })).toBe(`${clock} ${expected}`);
});

test("a note begins with -- and is filtered", () => {
  const line: Line = { kind: "event", time: 0, text: "ann joined #lobby\n\x1b[H", rooms: [] };
  expect(show(line, { colour: false, current: undefined })).toBe("-- ann joined #lobby");
});

test("with colours the time is dim, nicks have colours, and mentions stand out", () => {
  const style = { colour: true, current: "#lobby" };
  const plain = show(talk, style);
  expect(plain).toStartWith(`\x1b[2m${clock}\x1b[0m <\x1b[`);
  expect(show({ ...talk, nick: "ANN" }, style).toLowerCase()).toBe(plain.toLowerCase());
  expect(show({ ...talk, mention: true }, style)).toContain("\x1b[1;7;");
});

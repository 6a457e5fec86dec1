import { expect, test } from "bun:test";
import { SESSIONS } from "../../../src/chat/model/session.ts";
import { EVENTS, type Format, LEVELS, type Level, Log } from "../../../src/server/ops/log.ts";

/** A log with a fixed clock in 2030, and its output. */
function setup(format: Format, level: Level = "debug") {
  const lines: string[] = [];
  const clock = () => Date.UTC(2030, 4, 6, 12, 3, 4, 567);
  return { log: new Log({ format, level, clock, write: (line) => lines.push(line) }), lines };
}

test("for a person, a line is when, how much it matters, and a sentence", () => {
  const { log, lines } = setup("text");
  log.tell("connection-opened", "Connection 7 is from 127.0.0.1:4711", { connection: 7 });
  expect(lines).toEqual(["2030-05-06T12:03:04Z info: Connection 7 is from 127.0.0.1:4711"]);
});

test("in JSON, a line is one object with its fields; unknown ones are left out", () => {
  const { log, lines } = setup("json");
  log.tell("login-failed", "A login failed", { account: "ann", address: "127.0.0.1", connection: undefined });
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    {
      time: "2030-05-06T12:03:04.567Z",
      level: "info",
      event: "login-failed",
      message: "A login failed",
      account: "ann",
      address: "127.0.0.1",
    },
  ]);
});

test("entries below the level are not logged, and the level can be changed", () => {
  const { log, lines } = setup("text", "warning");
  for (const event of ["member-came", "store-recovered", "store-failed"] as const) log.tell(event, event);
  log.level = "info";
  log.tell("member-came", "ann came");
  expect(lines.map((line) => line.slice(21))).toEqual([
    "warning: store-recovered",
    "error: store-failed",
    "info: ann came",
  ]);
});

test("every event has a level", () => {
  for (const level of Object.values(EVENTS)) expect(LEVELS).toContain(level);
});

const HOSTILE = "ann\x1b]0;owned\x07\u202e\r\n2030-05-06T12:03:04Z error: forged";

test("nothing that a peer puts into the text reaches the terminal as more than text, and no line can be forged", () => {
  const { log, lines } = setup("text");
  log.tell("member-came", HOSTILE);
  expect(lines).toEqual(["2030-05-06T12:03:04Z info: ann\n    2030-05-06T12:03:04Z error: forged"]);
});

test("nor does it in JSON, where it stays one line", () => {
  const { log, lines } = setup("json");
  log.tell("member-came", HOSTILE, { nick: HOSTILE });
  const [line = ""] = lines;
  expect(line).not.toContain("\n");
  expect(JSON.parse(line).nick).toBe("ann\n2030-05-06T12:03:04Z error: forged");
});

test("a bug is told with its connection and its stack", () => {
  const error = Object.assign(new Error("oh no"), { stack: "Error: oh no\n    at somewhere" });
  const { log, lines } = setup("text");
  log.bug(error, 7);
  log.bug(error, undefined);
  expect(lines[0]).toBe("2030-05-06T12:03:04Z error: Connection 7 failed: Error: oh no\n        at somewhere");
  expect(lines[1]).toContain("The server failed: ");
  log.bug(error, 3 * SESSIONS + 7);
  expect(lines[2]).toContain("Connection 3-7 failed: ");
  const json = setup("json");
  json.log.bug(error, 7);
  expect(JSON.parse(json.lines[0] ?? "")).toMatchObject({ event: "bug", connection: 7, stack: error.stack });
});

import { describe, expect, test } from "bun:test";
import { RULES, type Rules } from "../../../src/chat/model/limits.ts";
import { defaultConfig, readConfig } from "../../../src/server/config/read.ts";
import {
  changesBetween,
  LiveConfig,
  otherRules,
  otherRuleWords,
  tellChanges,
} from "../../../src/server/config/reload.ts";
import { KEYS } from "../../../src/server/config/schema.ts";
import { Log } from "../../../src/server/ops/log.ts";

const read = (toml: string) => readConfig(toml, "/etc/tcpchat/server.toml");

/** The log lines of a change from one configuration to the other. */
function told(before: string, after: string): readonly string[] {
  const lines: string[] = [];
  const log = new Log({ format: "text", level: "debug", clock: () => 0, write: (line) => lines.push(line) });
  tellChanges(changesBetween(read(before), read(after)), log);
  return lines.map((line) => line.slice(21));
}

test("a server of a cluster tells which rules of its file do not count", () => {
  const file = read(
    '[limits]\nnick_length = 20\n[server]\nnetwork = "b"\nuser_modes = ["bot"]\n[history]\nenabled = false\nretention = "48h"',
  );
  const told = (rules: Partial<Rules>) => otherRules(file, { ...RULES, ...rules }).map((rule) => otherRuleWords(rule));
  const end = "on all servers, which counts; SIGHUP here sets it on all to that of the file";
  const enabled = `history.enabled is false in the file and true ${end}`;
  const others = [
    `limits.nick_length is 20 in the file and 32 ${end}`,
    `server.user_modes is ["bot"] in the file and [] ${end}`,
  ];
  expect([...told({})].sort()).toEqual([
    enabled,
    `history.retention is "2d" in the file and "forever" ${end}`,
    ...others,
  ]);
  expect([...told({ retention: 2 * 86_400_000 })].sort()).toEqual([enabled, ...others]);
});

test("settings that a cluster's server sets on all are reported, whether its file has changed or not", () => {
  const lines: string[] = [];
  const log = new Log({ format: "text", level: "debug", clock: () => 0, write: (line) => lines.push(line.slice(21)) });
  const [before, after] = [read("[limits]\nnick_length = 9"), read('[limits]\nnick_length = 8\n[log]\nlevel = "info"')];
  const rules = otherRules(after, { ...RULES, retention: 2 * 86_400_000 });
  tellChanges(changesBetween(before, after), log, rules);
  expect(lines.sort()).toEqual([
    'warning: history.retention was "2d" on all servers, and is set to "forever" on all',
    "warning: limits.nick_length was 32 on all servers, and is set to 8 on all",
    'warning: log.level was "warning" and is "info"',
  ]);
});

describe("a line for each key that has changed", () => {
  const rows: readonly [before: string, after: string, lines: readonly string[]][] = [
    ["", "", ["warning: The configuration was read again; nothing has changed"]],
    ["", '[log]\nlevel = "warning"', ["warning: The configuration was read again; nothing has changed"]],
    ["", "[limits]\nnick_length = 20", ["warning: limits.nick_length was 32 and is 20"]],
    ["[limits]\nnick_length = 20", "", ["warning: limits.nick_length was 20 and is 32"]],
    [
      '[server]\nnetwork = "a"\nmotd = "hello"',
      '[server]\nnetwork = "b"\nmotd = "hi"',
      ['warning: server.network was "a" and is "b"', 'warning: server.motd was "hello" and is "hi"'],
    ],
    ['[server]\npassword = "old"', '[server]\npassword = "new"', ["warning: server.password has changed"]],
    [
      "",
      '[storage]\npath = "/srv/chat"',
      ['warning: storage.path was "" and is "/srv/chat" in the file; that takes a restart'],
    ],
    [
      '[[operators]]\nname = "ann"\npassword = "a"\n[[operators]]\nname = "bob"\npassword = "b"',
      '[[operators]]\nname = "ann"\npassword = "x"\n[[operators]]\nname = "carl"\npassword = "c"',
      [
        "warning: the operator ann has changed",
        "warning: the operator bob was there and is not there",
        "warning: the operator carl was not there and is there",
      ],
    ],
  ];
  for (const [before, after, lines] of rows) {
    test(`${JSON.stringify(before)} → ${JSON.stringify(after)}`, () => expect(told(before, after)).toEqual(lines));
  }
});

test("reading the live configuration gives the current values, except fixed keys", () => {
  const live = new LiveConfig(read('[server]\nlisten = "127.0.0.1:9000"'));
  const { config } = live;
  const { limits, connections } = config;
  const next = '[server]\nlisten = "127.0.0.1:1"\nmotd = "hi"\n[limits]\nnick_length = 9\nflood_burst = 3\nexempt = []';
  expect(live.take(read(next)).map(({ key, isFixed }) => [key, isFixed])).toEqual([
    ["server.motd", false],
    ["server.listen", true],
    ["limits.nick_length", false],
    ["limits.flood_burst", false],
    ["limits.exempt", false],
  ]);
  expect([config.motd, config.exempt, config.listen]).toEqual([["hi"], [], ["127.0.0.1:9000"]]);
  expect([limits.nickLength, connections.floodBurst]).toEqual([9, 3]);
  // Changes that take a restart are reported each time until there was one.
  expect(live.take(read(next)).map(({ key }) => key)).toEqual(["server.listen"]);
});

test("the configuration that was given is not touched", () => {
  const given = defaultConfig();
  new LiveConfig(given).take(read("[limits]\nnick_length = 9"));
  expect(given).toEqual(defaultConfig());
});

test("a secret is a secret, wherever it is", () => {
  expect(KEYS.filter(({ key }) => /password$/.test(key)).every(({ secret }) => secret)).toBe(true);
});

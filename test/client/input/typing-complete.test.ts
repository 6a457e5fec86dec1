import { expect, test } from "bun:test";
import { type Editor, EMPTY } from "../../../src/client/input/editor.ts";
import { choose, menuFor, namesFor } from "../../../src/client/input/typing.ts";
import { newModel } from "../../../src/client/model/state.ts";
import { newView, withLine } from "../../../src/client/ui/view.ts";
import { fold } from "../../../src/text/fold.ts";
import { aMessage } from "../../support/client/message.ts";

const USAGES: Readonly<Record<string, string>> = {
  join: "ROOM [KEY]",
  ban: "NICK|MASK [10m|2h|7d] [TEXT]",
  leave: "[ROOM] [TEXT]",
  devices: "[end ID|others]",
  help: "[COMMAND]",
  login: "[ACCOUNT [PASSWORD]]",
};

const names = {
  commands: Object.keys(USAGES),
  rooms: ["#lobby", "#dev"],
  nicks: ["bob", "boris", "Zoe"],
  settings: ["invite-only", "secret"],
  usageOf: (line: string) => USAGES[/^\/(\S+)/.exec(line)?.[1] ?? ""],
};

function editor(drawn: string): Editor {
  const cursor = drawn.indexOf("|");
  return { ...EMPTY, text: drawn.replace("|", ""), cursor };
}

function draw({ text, cursor }: Editor): string {
  return `${text.slice(0, cursor)}|${text.slice(cursor)}`;
}

test.each([
  ["bo|", 1, "bob: |"],
  ["bo|", 2, "boris: |"],
  ["bo|", 3, "bob: |"],
  ["bo|", -1, "boris: |"],
  ["hi zo|", 1, "hi Zoe |"],
  ["hi zo| x", 1, "hi Zoe |x"],
  ["/le|", 1, "/leave |"],
  ["see #d|", 1, "see #dev |"],
  ["@b|", 1, "@bob |"],
  ["/ban bo|", 1, "/ban bob |"],
  ["/ban |", 3, "/ban Zoe |"],
  ["/ban bob |", 2, "/ban bob 2h |"],
  ["/ban bob zo|", 1, "/ban bob Zoe |"],
  ["/join d|", 1, "/join #dev |"],
  ["/leave |", 2, "/leave #dev |"],
  ["/devices |", 1, "/devices end |"],
  ["/devices end o|", 1, "/devices end others |"],
  ["/help jo|", 1, "/help join |"],
])("%j with Tab %i times is %j", (before, times, after) => {
  let now = editor(before);
  let menu = menuFor(now, names);
  for (let i = 0; i < Math.abs(times) && menu !== undefined; i++) [now, menu] = choose(now, menu, times > 0 ? 1 : -1);
  expect(draw(now)).toBe(after);
});

test.each(["|", "x |", "nobody|", "hi /jo|", "/login bo|", "/join #dev k|", "/zzz |", "/ban bob 2h |"])(
  "%j has nothing to complete",
  (drawn) => {
    expect(menuFor(editor(drawn), names)).toBeUndefined();
  },
);

test("a name with unshowable characters is not offered, whatever the server sends", () => {
  const hostile = {
    ...names,
    commands: [],
    rooms: ["#a\u009b2J", "#ab"],
    nicks: ["ann\x05", "an\u202e", "an b", "anna"],
    settings: ["invite-only", "secret"],
  };
  expect(menuFor(editor("an|"), hostile)?.choices).toEqual(["anna"]);
  expect(menuFor(editor("#a|"), hostile)?.choices).toEqual(["#ab"]);
});

test("a setting's name is completed", () => {
  expect(menuFor(editor("/set s|"), { ...names, usageOf: () => "[SETTING on|off]" })?.choices).toEqual(["secret"]);
});

const identity = {
  ...{
    nick: "ann",
    rooms: [],
    account: undefined,
    password: undefined,
    isSavedLogin: false,
    serverPassword: undefined,
  },
  newId: () => "id",
  history: { type: "lines", count: 0 } as const,
};

test("names are completed to recent speakers, the last one first, and not to ourselves", () => {
  const model = newModel(identity);
  const said = (nick: string) => aMessage({ room: "#a", nick, msgid: undefined });
  let view = newView(false);
  for (const nick of ["bob", "carol", "bob", "ann"]) view = withLine(view, model, said(nick));
  const names = namesFor(model, { ...view, here: fold("#a") });
  expect(names.nicks).toEqual(["bob", "carol"]);
  expect(names.commands).toContain("help");
  expect([names.usageOf("/help "), names.usageOf("help ")]).toEqual(["[COMMAND]", undefined]);
});

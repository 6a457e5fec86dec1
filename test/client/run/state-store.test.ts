import { afterEach, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { OwnMessage } from "../../../src/client/model/outbox.ts";
import { StateFolder } from "../../../src/client/run/state-store.ts";
import { stateFolder } from "../../../src/client/run/system.ts";
import { fold } from "../../../src/text/fold.ts";

const home = mkdtempSync(join(tmpdir(), "tcpchat-state-"));
afterEach(() => rmSync(home, { recursive: true, force: true }));

function open(nick = "ann"): StateFolder {
  const place = { host: "127.0.0.1", port: 9000 };
  const state = new StateFolder(stateFolder({ XDG_STATE_HOME: home }), place, nick);
  state.open();
  return state;
}

const own: OwnMessage = {
  id: "id-1",
  target: "#lobby",
  text: "a\nb",
  kind: "said",
  time: 1,
  state: "sending",
  why: "",
};

test("messages, drafts and the login are restored, and unconfirmed messages wait to be sent", () => {
  const first = open();
  first.outbox([own, { ...own, id: "id-2", state: "failed", why: "no" }]);
  first.drafts(new Map([["#lobby", "half"]]));
  first.login({ account: "ann", password: "secret" });
  first.close();
  const second = open();
  expect(second.savedOutbox()).toEqual([
    { ...own, state: "waiting" },
    { ...own, id: "id-2", state: "failed", why: "no" },
  ]);
  expect([...second.savedDrafts()]).toEqual([["#lobby", "half"]]);
  expect(second.savedLogins()).toEqual([{ account: "ann", password: "secret", nick: "ann" }]);
  second.forgetLogin("ann");
  expect(second.savedLogins()).toEqual([]);
});

test("each account has its own login, and the format of older versions is read", () => {
  const state = open();
  const folder = join(home, "tcpchat", readdirSync(join(home, "tcpchat"))[0] ?? "");
  writeFileSync(join(folder, "login.json"), JSON.stringify({ account: "old", password: "older" }));
  state.login({ account: "ann", password: "secret" });
  open("bob").login({ account: "bob", password: "hunter2" });
  state.login({ account: "ANN", password: "another" });
  expect(state.savedLogins()).toEqual([
    { account: "ANN", password: "another", nick: "ann" },
    { account: "bob", password: "hunter2", nick: "bob" },
    { account: "old", password: "older", nick: undefined },
  ]);
  state.login({ account: "zoe", password: "t".repeat(43), token: "3f9a2c" });
  expect(state.savedLogins()[0]).toEqual({ account: "zoe", password: "t".repeat(43), token: "3f9a2c", nick: "ann" });
  state.forgetLogin("zoe");
  state.forgetLogin("Bob");
  expect(state.savedLogins().map(({ account }) => account)).toEqual(["ANN", "old"]);
  state.forgetLogin(undefined);
  expect(state.savedLogins()).toEqual([]);
  writeFileSync(join(folder, "login.json"), "[1,null,{}]");
  expect(state.savedLogins()).toEqual([]);
});

test("only the owner can read the files", () => {
  open().login({ account: "ann", password: "secret" });
  const folder = join(home, "tcpchat", readdirSync(join(home, "tcpchat"))[0] ?? "");
  expect(statSync(folder).mode & 0o77).toBe(0);
  for (const file of readdirSync(folder)) expect(statSync(join(folder, file)).mode & 0o77).toBe(0);
});

test("a nick that looks like a path is encoded as a file name", () => {
  const state = open("../../../x");
  state.outbox([own]);
  expect(readdirSync(home)).toEqual(["tcpchat"]);
  expect(state.savedOutbox().length).toBe(1);
});

test("rooms, conversations and read markers are restored; malformed ones are left out", () => {
  const memory = {
    rooms: ["#dev", "#Ops"],
    partners: ["Bob"],
    current: "#Ops",
    markers: new Map([[fold("#ops"), 7]]),
  };
  const first = open();
  expect(first.savedMemory()).toBeUndefined();
  first.memory(memory);
  first.close();
  const second = open();
  expect(second.savedMemory()).toEqual(memory);
  second.close();
  const [folder = ""] = readdirSync(join(home, "tcpchat"));
  const broken = { rooms: ["#a", "bob", "#b c", 7], partners: "bob", markers: { "#a": "x", "#B": 8 } };
  writeFileSync(join(home, "tcpchat", folder, "ann.memory.json"), JSON.stringify(broken));
  expect(open().savedMemory()).toEqual({
    rooms: ["#a"],
    partners: [],
    current: undefined,
    markers: new Map([[fold("#b"), 8]]),
  });
});

test("entered lines and the first visit are remembered, in files that only the user can read", () => {
  const first = open();
  expect([first.savedInput(), first.isFirstVisit(), first.isFirstVisit()]).toEqual([[], true, false]);
  first.input(["one", "two\nlines"]);
  first.close();
  const second = open();
  expect([second.savedInput(), second.isFirstVisit()]).toEqual([["one", "two\nlines"], false]);
  const file = join(home, "tcpchat", "127.0.0.1:9000".replace(":", "%3A"), "ann.input.json");
  expect(statSync(file).mode & 0o777).toBe(0o600);
  second.close();
});

import { describe, expect, test } from "bun:test";
import { markRead, memoryOf } from "../../../src/client/model/read-markers.ts";
import type { ClientIdentity } from "../../../src/client/model/state.ts";
import { disconnected } from "../../../src/client/model/update.ts";
import { fold } from "../../../src/text/fold.ts";
import { Play } from "../../support/client/play.ts";
import { ScreenFixture } from "../../support/client/screen-fixture.ts";

const CAPS = "tcpchat/rooms draft/read-marker batch draft/chathistory";
const NOON = "2026-01-01T12:00:00.000Z";
const READ = `timestamp=${NOON}`;

/** A client with its saved state; `account` if it has logged in. */
function comes(account: string | undefined, identity: Partial<ClientIdentity> = {}, caps = CAPS) {
  const play = new Play({ rooms: [], home: "#lobby", account, password: account && "x", ...identity });
  return { play, welcome: () => welcome(play, account, caps) };
}

/** The client's lines and drawings after the welcome. */
function welcome(play: Play, account: string | undefined, caps: string): string[] {
  play.open();
  play.server(`:s CAP * ACK :${caps}`);
  if (account !== undefined) play.server(`:s 900 ann ann!a@h ${account} :You are logged in`);
  play.server(":s 001 ann :hi");
  return play.server(":s 422 ann :no motd");
}

function restores(play: Play, ...rooms: string[]): string[] {
  return play.server(
    ...rooms.flatMap((room) => [
      `:ann!a@h JOIN ${room}`,
      `:s MARKREAD ${room} ${READ}`,
      `:s 332 ann ${room} :tea`,
      `:s 353 ann = ${room} :ann bob`,
      `:s 366 ann ${room} :end`,
    ]),
    ...rooms.map((room) => `@tcpchat/unread=50;tcpchat/mentions=2 :s MARKREAD ${room} ${READ}`),
    "@tcpchat/unread=1;tcpchat/mentions=1 :s MARKREAD bob *",
    ":s NOTE ROOMS RESTORED :You are back in your rooms",
  );
}

const noonRead = (target: string) => `read ${target} up to ${Date.parse(NOON)}`;

describe("with an account, the server", () => {
  test("puts the client back in its rooms and conversations silently, with unread counts", () => {
    const { play, welcome } = comes("ann");
    expect(welcome().join()).not.toContain("JOIN");
    expect(restores(play, "#dev", "#ops")).toEqual([
      noonRead("#dev"),
      noonRead("#ops"),
      `${noonRead("#dev")}: 50 unread`,
      `${noonRead("#ops")}: 50 unread`,
      "read bob up to *: 1 unread",
    ]);
    expect([...play.model.rooms.keys(), ...play.model.partners.keys()]).toEqual(["#dev", "#ops", "bob"].map(fold));
    expect(play.model.current).toBe(fold("#dev"));
    expect(play.model.rooms.get(fold("#dev"))?.topic).toBe("tea");
  });

  test("does not hide the room that the user has named", () => {
    const { play, welcome } = comes("ann", { rooms: ["#ops", "#new"] });
    expect(welcome()).toContain("> JOIN #ops,#new");
    restores(play, "#dev", "#ops");
    expect(play.model.current).toBe(fold("#ops"));
  });

  test("puts it nowhere: the client goes to the lobby", () => {
    const { play, welcome } = comes("ann");
    welcome();
    expect(play.server(":s NOTE ROOMS RESTORED :You are back in your rooms")).toEqual(["> JOIN #lobby"]);
  });

  test("leaves out rooms left in another session; a room that no longer exists is created again", () => {
    const { play, welcome } = comes("ann");
    welcome();
    restores(play, "#dev", "#ops", "#tmp");
    play.apply(disconnected(play.model, 0));
    welcome();
    play.server(":ann!a@h JOIN #dev", ":s 353 ann = #dev :ann", ":s 366 ann #dev :end");
    expect(play.server(":s NOTE ROOMS RESTORED #tmp :You are back in your rooms")).toEqual([
      "-- You are not in #ops any more.",
      "> JOIN #tmp",
    ]);
    expect([...play.model.rooms.keys()]).toEqual(["#dev", "#tmp"].map(fold));
  });

  test("sends the read markers, and applies those of another session", () => {
    const { play, welcome } = comes("ann");
    welcome();
    restores(play, "#dev");
    const later = Date.parse(NOON) + 1000;
    expect(play.apply(markRead(play.model, "#dev", later))).toEqual([
      "> MARKREAD #dev timestamp=2026-01-01T12:00:01.000Z",
    ]);
    expect(play.apply(markRead(play.model, "#dev", later))).toEqual([]);
    expect(
      play.server(`@tcpchat/unread=3;tcpchat/mentions=0 :s MARKREAD #dev timestamp=2026-01-01T12:00:02.000Z`),
    ).toEqual([`read #dev up to ${later + 1000}: 3 unread`]);
  });
});

test("after a reconnect earlier members and an unchanged topic are not shown again", () => {
  const { play, welcome } = comes("ann");
  welcome();
  restores(play, "#dev");
  play.apply(disconnected(play.model, 0));
  welcome();
  expect(
    play.server(
      ":ann!a@h JOIN #dev",
      ":s 332 ann #dev :tea",
      ":s 353 ann = #dev :ann",
      ":s 366 ann #dev :end",
      ":bob!b@h JOIN #dev",
      ":eve!e@h JOIN #dev",
    ),
  ).toEqual(["-- eve joined #dev"]);
});

test("the history of a room that the server puts us back in is requested once it is shown, also after a reconnect", () => {
  const { play, welcome } = comes("ann");
  const asked: string[] = [];
  for (let round = 0; round < 2; round++) {
    welcome();
    play.server(":s 005 ann CHATHISTORY=1000 :are supported");
    asked.push(...restores(play, "#dev", "#ops").filter((line) => line.includes("CHATHISTORY")));
    play.apply(disconnected(play.model, 0));
  }
  expect(asked).toEqual(["> CHATHISTORY LATEST #dev * 50", "> CHATHISTORY LATEST #dev * 50"]);
});

test("a guest that logs in silently rejoins the rooms of the account", () => {
  const { play, welcome } = comes(undefined);
  welcome();
  play.server(":s NOTE ROOMS RESTORED :You are back in your rooms", ":ann!a@h JOIN #lobby", ":s 366 ann #lobby :end");
  play.server(":s 900 ann ann!a@h ann :You are logged in");
  expect(restores(play, "#dev").filter((line) => line.startsWith("--"))).toEqual([]);
  expect([...play.model.rooms.keys()]).toEqual(["#lobby", "#dev"].map(fold));
});

test("a room that another session joins is told in one line", () => {
  const { play, welcome } = comes("ann");
  welcome();
  restores(play, "#dev");
  expect(
    play.server(":ann!a@h JOIN #new", ":s 332 ann #new :tea", ":s 353 ann = #new :ann", ":s 366 ann #new :end"),
  ).toEqual(["-- ann joined #new"]);
});

describe("a guest", () => {
  const memory = {
    rooms: ["#dev", "#ops"],
    partners: ["bob"],
    current: "#ops",
    markers: new Map([[fold("#dev"), Date.parse(NOON)]]),
  };

  test("rejoins the rooms of its last run, and sends their read markers", () => {
    const { play, welcome } = comes(undefined, { memory });
    expect(welcome()).toContain("> JOIN #dev,#ops");
    play.server(":s NOTE ROOMS RESTORED :You are back in your rooms");
    expect(play.server(":ann!a@h JOIN #dev", ":s MARKREAD #dev *", ":s 366 ann #dev :end")).toEqual([
      `> MARKREAD #dev ${READ}`,
    ]);
    expect(play.server(`@tcpchat/unread=7;tcpchat/mentions=1 :s MARKREAD #dev ${READ}`)).toEqual([
      `${noonRead("#dev")}: 7 unread`,
    ]);
    play.server(":ann!a@h JOIN #ops", ":s MARKREAD #ops *", ":s 366 ann #ops :end");
    expect(memoryOf(play.model)).toEqual(memory);
  });

  test("counts by what it remembers itself where the server keeps no markers, and loads all of its rooms", () => {
    const { play, welcome } = comes(undefined, { memory }, "batch draft/chathistory");
    expect(welcome()).toContain("> JOIN #dev,#ops");
    play.server(":s 005 ann CHATHISTORY=100 :are supported");
    expect(play.server(":ann!a@h JOIN #dev", ":s 366 ann #dev :end", ":ann!a@h JOIN #ops")).toEqual([
      noonRead("#dev"),
      "> CHATHISTORY LATEST #dev * 50",
      "await history",
      "> CHATHISTORY LATEST #ops * 50",
      "await history",
    ]);
  });

  test("goes to the lobby the first time, also on other servers", () => {
    const ours = comes(undefined);
    expect(ours.welcome().join()).not.toContain("JOIN");
    expect(ours.play.server(":s NOTE ROOMS RESTORED :You are back in your rooms")).toEqual(["> JOIN #lobby"]);
    expect(comes(undefined, {}, "batch").welcome()).toContain("> JOIN #lobby");
  });
});

describe("a message that comes while the history of its room is loaded counts as unread once", () => {
  const said = (n: number) => `msgid=m${n};time=2026-01-01T12:00:0${n}.000Z :bob!b@h PRIVMSG #dev :ann: n${n}`;
  const live = (n: number) => `@${said(n)}`;
  const history = (...numbers: number[]) => [
    ":s BATCH +x chathistory #dev",
    ...numbers.map((n) => `@batch=x;${said(n)}`),
    ":s BATCH -x",
  ];
  const counted = (count: number) => `@tcpchat/unread=${count};tcpchat/mentions=${count} :s MARKREAD #dev ${READ}`;

  test.each([
    ["the history has it too", [counted(2), live(3), ...history(2, 3), ...history()], 3],
    ["the history does not have it", [counted(2), live(3), ...history(2), ...history()], 3],
    ["the history has it on the second page", [counted(3), live(4), ...history(2, 3), ...history(4), ...history()], 4],
    ["the server has counted it", [live(3), counted(3), ...history(2, 3), ...history()], 3],
    ["the server has counted one of two", [live(3), counted(3), live(4), ...history(2, 3), ...history(4)], 4],
  ])("if %s", (_, lines, count) => {
    const screen = new ScreenFixture(CAPS, "CHATHISTORY=2");
    screen.server(":ann!a@h JOIN #dev", counted(0), live(1));
    screen.take(disconnected(screen.model, 0));
    screen.server(`:s CAP * ACK :${CAPS}`, ":s 001 ann :hi", ":s 005 ann CHATHISTORY=2 :are supported");
    screen.server(":s 422 ann :none", ":ann!a@h JOIN #dev", ...lines);
    const { entries = [], unread, mentions } = screen.view.logs.get(fold("#dev")) ?? {};
    const texts = entries.flatMap((entry) => ("reactors" in entry ? entry.text : []));
    expect(texts).toEqual(Array.from({ length: count }, (_, i) => `ann: n${i + 1}`));
    expect({ unread, mentions }).toEqual({ unread: count, mentions: count });
  });
});

import { expect, test } from "bun:test";
import { disconnected } from "../../src/client/model.ts";
import { inLobby } from "./play.ts";

const NAMES_END = ":s 366 ann #lobby :End of /NAMES list";
const HINT = "-- /kick /ban /unban /mute /unmute /op /deop /voice /devoice: /help tells more.";

test("/ops shows who operates a room, who is banned or muted, by whom, until when and why", () => {
  const play = inLobby("message-tags");
  expect(play.types("/ops")).toEqual(["> NAMES #lobby", "> MODE #lobby b"]);
  expect(play.server(":s 353 ann = #lobby :@ann +bob @+root carl", ":s 353 ann = #lobby :~zoe!z@h", NAMES_END)).toEqual(
    ["-- Operators of #lobby: ann, root, zoe", "-- With a voice in #lobby: bob"],
  );
  expect(
    play.server(
      ":s 367 ann #lobby a:eve ann!a@h 1767614580",
      "@tcpchat/until=1970-01-01T02:00:00.000Z;tcpchat/reason=too\\sloud :s 367 ann #lobby m:b*!*@* root!r@h 3600",
      "@tcpchat/whom=zoe :s 367 ann #lobby *!*@abc.cloak",
    ),
  ).toEqual([]);
  expect(play.server(":s 368 ann #lobby :End of channel ban list")).toEqual([
    "-- Banned: a:eve, by ann on 2026-01-05 12:03 UTC",
    "-- Muted: b*!*@*, by root on 1970-01-01 01:00 UTC, until 1970-01-01 02:00 UTC (2h left): too loud",
    "-- Banned: *!*@abc.cloak (zoe)",
    HINT,
  ]);
});

test("where nobody is banned, that is said", () => {
  const play = inLobby();
  play.types("/ops");
  expect(play.server(":s 353 ann = #lobby :ann bob", NAMES_END, ":s 368 ann #lobby :End")).toEqual([
    "-- Operators of #lobby: nobody here",
    "-- Nobody is banned from #lobby, or muted.",
    HINT,
  ]);
});

test("names and bans that were asked for otherwise are shown as ever", () => {
  const play = inLobby();
  play.types("/ops");
  play.server(NAMES_END);
  play.types("/who dev");
  expect(play.server(":s 353 ann = #dev :zoe", ":s 366 ann #dev :End")).toEqual(["-- In #dev: zoe"]);
  expect(play.server(":s 367 ann #dev x!*@* ann!a@h 3600")).toEqual([
    "-- Banned: x!*@*, by ann on 1970-01-01 01:00 UTC",
  ]);
  expect(play.server(":s 368 ann #dev :End")).toEqual([]);
});

test("a lost connection ends it, and what a server can make us remember is bounded", () => {
  const play = inLobby();
  play.types("/ops");
  for (let n = 0; n < 1000; n++) {
    play.server(`:s 353 ann = #lobby :@op${n}`, `:s 367 ann #lobby x${n}!*@* ann!a@h 3600`);
  }
  expect(play.model.inspecting?.names).toHaveLength(500);
  expect(play.model.inspecting?.bans).toHaveLength(500);
  play.apply(disconnected(play.model, 0));
  expect(play.model.inspecting).toBeUndefined();
});

test("a time that is none is not shown", () => {
  const play = inLobby();
  for (const set of ["x", "-1", "1e99", "9e15"]) {
    expect(play.server(`:s 367 ann #lobby x!*@* ann!a@h ${set}`)).toEqual(["-- Banned: x!*@*, by ann"]);
  }
  expect(play.server("@tcpchat/until=never :s 367 ann #lobby x!*@*")).toEqual(["-- Banned: x!*@*"]);
});

test("who has become an operator of the server is told what that is good for; a wrong password ends nothing", () => {
  const play = inLobby();
  expect(play.server(":s 381 ann :You are now an IRC operator")).toEqual([
    "-- You are an operator of the server now; /help serverban tells more.",
  ]);
  expect(play.server(":s 464 ann :Password incorrect")).toEqual(["-- Password incorrect"]);
  expect(play.server(":s 465 ann :You are banned from this server")).toEqual(["-- You are banned from this server"]);
  expect(play.server("MODE #lobby -b x!*@*")).toEqual(["-- The server set -b x!*@* on #lobby"]);
});

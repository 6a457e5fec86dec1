import { expect, test } from "bun:test";
import { COMMAND_NAMES, isCommand, worksOffline } from "../../src/client/commands.ts";
import { inLobby } from "./play.ts";

test.each<[string, string[]]>([
  ["hi there", ["> PRIVMSG #lobby :hi there"]],
  ["//usr/bin", ["> PRIVMSG #lobby /usr/bin"]],
  ["", []],
  ["a\x00\x1b[31mb", ["> PRIVMSG #lobby ab"]],
  ["/me waves", ["> PRIVMSG #lobby :\x01ACTION waves\x01"]],
  ["/msg bob hi  you", ["> PRIVMSG bob :hi  you"]],
  ["/msg", ["-- That needs more: /msg NICK [TEXT]"]],
  ["/msg bob", ["-- Now with bob."]],
  ["/register", ["ask A password for ann"]],
  ["/login zoe", ["ask The password of zoe"]],
  ["/msg a,b hi", ["-- One person at a time: /msg NICK TEXT"]],
  ["/nick zoe", ["> NICK zoe"]],
  ["/nick ann", ["-- You are ann already."]],
  ["/join build", ["> JOIN #build"]],
  ["  /JOIN #build", ["> JOIN #build"]],
  ["/join", ["-- That needs more: /join ROOM"]],
  ["/join lobby", ["-- Now in #lobby."]],
  ["/leave", ["> PART #lobby"]],
  ["/leave dev", ["-- You are not in #dev."]],
  ["/rooms", ["> LIST"]],
  ["/who", ["-- In #lobby: ann, bob"]],
  ["/who dev", ["> NAMES #dev"]],
  ["/topic", ["> TOPIC #lobby"]],
  ["/topic cake at four", ["> TOPIC #lobby :cake at four"]],
  ["/quit so long", ["quit so long"]],
  ["/jion x", ["-- There is no /jion: did you mean /join? (//jion says /jion.)"]],
  ["/loginsesame", ["-- A blank stands behind /login."]],
  ["/Oper:sesame", ["-- A blank stands behind /oper."]],
  ["/zzz", ["-- There is no /zzz: /help lists what there is. (//zzz says /zzz.)"]],
  ["/help me", ["-- /me TEXT         says what you do: * ann waves"]],
])("%j does %j", (line, expected) => {
  expect(inLobby("echo-message").types(line)).toEqual(expected);
});

test("/help names every command", () => {
  const shown = inLobby().types("/help");
  expect(shown.map((line) => /^-- \/(\w+)/.exec(line)?.[1])).toEqual([...COMMAND_NAMES]);
});

test("in no room there is nobody to talk to", () => {
  const play = inLobby();
  play.server(":ann!ann@h PART #lobby");
  for (const line of ["hi", "/me waves", "/topic", "/who", "/leave"]) {
    expect(play.types(line)).toEqual(["-- You are in no room; /join ROOM goes into one."]);
  }
});

test("a long line becomes several messages, each short enough to be passed on whole", () => {
  const words = Array.from({ length: 300 }, (_, i) => `wörd${i}`).join(" ");
  const sent = inLobby("echo-message").types(words);
  const texts = sent.map((line) => line.replace("> PRIVMSG #lobby :", ""));
  expect(texts.join(" ")).toBe(words);
  for (const line of sent) expect(Buffer.byteLength(`:ann!ann@h ${line.slice(2)}\r\n`)).toBeLessThanOrEqual(512);
});

test.each([
  ["/help", true, true],
  ["/quit", true, true],
  ["/nope", true, true],
  ["/join x", true, false],
  [" /join x", true, false],
  ["//x", false, false],
  ["hi /x", false, false],
])("%j: a command %p, offline too %p", (line, command, offline) => {
  expect([isCommand(line), worksOffline(inLobby().model, line)]).toEqual([command, offline]);
});

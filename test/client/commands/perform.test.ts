import { expect, test } from "bun:test";
import { commandsOf, isCommand, worksOffline } from "../../../src/client/commands/perform.ts";
import { inLobby } from "../../support/client/play.ts";

test.each<[string, string[]]>([
  ["hi there", ["> PRIVMSG #lobby :hi there"]],
  ["//usr/bin", ["> PRIVMSG #lobby /usr/bin"]],
  ["", []],
  ["a\x00\x1b[31mb", ["> PRIVMSG #lobby ab"]],
  ["/me waves", ["> PRIVMSG #lobby :\x01ACTION waves\x01"]],
  ["/msg bob hi  you", ["> PRIVMSG bob :hi  you"]],
  ["/msg", ["-- That needs more: /msg NICK [TEXT]"]],
  ["/msg bob", ["-- Now with bob."]],
  ["/msg lobby,dev hi", ["-- One person at a time: /msg NICK TEXT"]],
  ["/query bob", ["-- Now with bob."]],
  ["/query @bob hi  you", ["> PRIVMSG bob :hi  you"]],
  ["/register", ["ask A password for ann"]],
  ["/login ann", ["ask The password of ann"]],
  ["/identify ann", ["ask The password of ann"]],
  ["/ns help", ["> PRIVMSG NickServ help"]],
  ["/oper root", ["ask The password of the operator root"]],
  ["/oper root  sesame", ["> OPER root : sesame", "> PING c0"]],
  ["/quit so long", ["quit so long"]],
  ["/exit", ["quit "]],
  ["/jion x", ["-- There is no /jion: did you mean /join? (//jion says /jion.)"]],
  ["/loginsesame", ["-- A blank stands behind /login."]],
  ["/Oper:sesame", ["-- A blank stands behind /oper."]],
  ["/zzz", ["-- There is no /zzz: /help lists what there is. (//zzz says /zzz.)"]],
  ["/help me", ["-- /me TEXT         says what you do: * ann waves", "-- Also: /action"]],
  ["/quote", ["-- That needs more: /quote LINE"]],
  ["/quote :x", ["-- That is no line of IRC."]],
])("%j does %j", (line, expected) => {
  expect(inLobby("echo-message").types(line)).toEqual(expected);
});

test.each(["/query bob", "/query bob hi"])("%j opens a conversation, and /leave closes it", (line) => {
  const play = inLobby("echo-message");
  play.types(line);
  expect(play.types("hello")).toEqual(["> PRIVMSG bob hello"]);
  play.types("/leave");
  expect(play.types("hello")).toEqual(["> PRIVMSG #lobby hello"]);
});

test("/help names every command, the common ones first", () => {
  const shown = inLobby()
    .types("/help")
    .map((line) => /^-- \/(\w+)/.exec(line)?.[1] ?? "");
  expect(shown.toSorted()).toEqual(
    commandsOf(inLobby().model)
      .map(({ name }) => name)
      .toSorted(),
  );
  expect(shown.slice(0, 6)).toEqual(["help", "join", "leave", "msg", "query", "me"]);
});

test("in no room a line is refused", () => {
  const play = inLobby();
  play.server(":ann!ann@h PART #lobby");
  for (const line of ["hi", "/me waves"]) {
    expect(play.types(line)).toEqual(["-- You are in no room; /join ROOM goes into one, and /rooms lists them."]);
  }
});

test("a long line becomes several messages that each fit one IRC line", () => {
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

test.each([
  ["/join irc://chat.example:9000/dev", "> JOIN #dev"],
  ["/join https://chat.example:9000/?msgid=x#dev", "> JOIN #dev"],
  ["/join ircs://ann@CHAT.example:9000/%23dev?msgid=x", "> JOIN #dev"],
  ["/join irc://chat.example:9000/", "-- That link names no room: /join ROOM goes into one."],
  [
    "/join irc://other.example/dev",
    "-- That room is on another server: tcpchat client irc://other.example/dev goes there.",
  ],
])("%s does %p first", (line, effect) => {
  const play = inLobby();
  play.model = { ...play.model, identity: { ...play.model.identity, address: "chat.example:9000" } };
  expect(play.types(line)[0]).toBe(effect);
});

test("line by line, /keys and the commands of the full screen say where they are", () => {
  expect(inLobby().types("/keys")).toHaveLength(1);
  expect(inLobby().types("/notify none")).toEqual([
    "-- /notify is for the full screen; here the client prints line by line.",
  ]);
});

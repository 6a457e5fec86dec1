import { expect, test } from "bun:test";
import { commandsOf, worksOffline } from "../../../src/client/model/commands.ts";
import { disconnected, update } from "../../../src/client/model/update.ts";
import { COMMANDS } from "../../../src/commands/table.ts";
import { parse } from "../../../src/wire/message.ts";
import { inLobby, Play } from "../../support/client/play.ts";

const LABELS = "tcpchat/commands labeled-response batch";

/** Ann in #lobby and #dev, which is where she is now. */
function inTwoRooms(caps: string): Play {
  const play = inLobby(caps);
  for (const name of ["search", "away", "join", "leave"])
    play.server(`:s NOTE SLASH COMMAND ${name} * anywhere everyone :[TEXT]\thelp`);
  play.types("/quote JOIN #dev");
  play.server(":ann!ann@h JOIN #dev", "@label=c0 :s 366 ann #dev :end", ":s PONG s c0");
  return play;
}

/** Where the notes are shown that come of a line of the server's: `#dev: words`. */
function shown(play: Play, line: string): string[] {
  const message = parse(line);
  if (message === undefined) return [];
  const { effects } = update(play.model, message, 0);
  play.server(line);
  return effects.flatMap((effect) =>
    effect.type === "show" && "rooms" in effect.line ? [`${effect.line.rooms.join()}: ${effect.line.text}`] : [],
  );
}

test("two answers that mix are each shown where their command was typed", () => {
  const play = inTwoRooms(LABELS);
  play.types("/search one");
  play.types("/join lobby");
  play.types("/away tea");
  expect([
    ...shown(play, "@label=c1 :s BATCH +a labeled-response"),
    ...shown(play, "@batch=a :s NOTE SLASH * #dev :One was found."),
    ...shown(play, "@label=c2 :s 306 ann :You have been marked as being away"),
    ...shown(play, "@batch=a :s NOTE SLASH * #dev :That is all."),
    ...shown(play, ":s BATCH -a"),
  ]).toEqual(["#dev: One was found.", "#lobby: You have been marked as being away.", "#dev: That is all."]);
  expect(play.model.requests).toEqual([]);
});

test("without labels a ping behind each command says where its answer ends", () => {
  const play = inTwoRooms("tcpchat/commands");
  expect(play.types("/search one")).toEqual(["> SLASH #dev :/search one", "> PING c1"]);
  play.types("/join lobby");
  expect(play.types("/away tea")).toEqual(["> SLASH #lobby :/away tea", "> PING c2"]);
  expect([
    ...shown(play, ":s NOTE SLASH * #dev :One was found."),
    ...shown(play, ":s PONG s c1"),
    ...shown(play, ":s 306 ann :You have been marked as being away"),
    ...shown(play, ":s PONG s c2"),
  ]).toEqual(["#dev: One was found.", "#lobby: You have been marked as being away."]);
  expect(play.model.requests).toEqual([]);
});

test("an answer whose room has been left is shown where one is now", () => {
  const play = inTwoRooms(LABELS);
  play.types("/search one");
  play.server(":ann!ann@h PART #dev");
  expect(shown(play, "@label=c1 :s NOTE SLASH * #dev :One was found.")).toEqual(["#lobby: One was found."]);
  play.types("/query bob");
  play.types("/search two");
  expect(shown(play, "@label=c2 :s NOTE SLASH * bob :Two.")).toEqual(["bob: Two."]);
  play.types("/search three");
  play.types("/leave");
  expect(shown(play, "@label=c3 :s NOTE SLASH * bob :Three.")).toEqual(["#lobby: Three."]);
});

test("what is typed in no room is answered in the server's log, and nothing is an answer after a reconnect", () => {
  const play = inTwoRooms(LABELS);
  play.server(":ann!ann@h PART #dev", ":ann!ann@h PART #lobby");
  play.types("/search one");
  expect(shown(play, "@label=c1 :s NOTE SLASH * * :One was found.")).toEqual(["*: One was found."]);
});

test("a server that never answers is asked for no more than a bounded number at once", () => {
  const play = inTwoRooms(LABELS);
  for (let i = 0; i < 200; i++) play.types("/search one");
  expect(play.model.requests).toHaveLength(50);
});

/** The list of a server that runs all commands of the table. */
const LIST = COMMANDS.filter(({ ircCommand }) => ircCommand === undefined).map(
  ({ name, aliases, usage, help }) =>
    `:s NOTE SLASH COMMAND ${name} ${aliases.join(",") || "*"} anywhere everyone :${usage}\t${help}`,
);

/** Ann in the lobby of such a server; without labels there is a ping behind each command. */
function served(caps = "tcpchat/commands labeled-response batch"): Play {
  const play = inLobby(caps);
  expect(play.server(...LIST)).toEqual([]);
  return play;
}

test("the list is asked for before the rooms are, where the server has one", () => {
  for (const [caps, sent] of [
    ["tcpchat/commands", ["> SLASH *", "> JOIN #lobby"]],
    ["", ["> JOIN #lobby"]],
  ] as const) {
    const play = new Play();
    play.open();
    play.server(`:s CAP * ACK :${caps}`, ":s 001 ann :hi");
    expect(play.server(":s 422 ann :no motd")).toEqual([...sent]);
  }
});

test("every command of the table, and every other name of it, is run by the server or by the client itself", () => {
  for (const { name, aliases, ircCommand } of COMMANDS) {
    if (name === "echo") continue; // about the screen of nc
    for (const each of [name, ...aliases]) {
      const sent = served().types(`/${each} bob x`);
      if (ircCommand === undefined && name !== "help")
        expect(sent).toEqual([`> @label=c0 SLASH #lobby :/${each} bob x`]);
      else expect(sent.join(), each).not.toMatch(name === "help" ? /SLASH/ : /There is no|SLASH/);
    }
  }
});

test.each<[string, string[]]>([
  ["  /AFK at tea ", ["> @label=c0 SLASH #lobby :/AFK at tea"]],
  ["/j dev", ["> @label=c0 SLASH #lobby :/j dev"]],
  ["/join lobby", ["-- Now in #lobby."]],
  ["/whios bob", ["-- There is no /whios: did you mean /whois? (//whios says /whios.)"]],
  ["/help whois", ["-- /whois NICK      tells about one person", "-- Also: /info"]],
  [`/away ${"x".repeat(500)}`, ["-- That is too long: 506 bytes, and 496 is the most."]],
])("%j does %j", (line, expected) => {
  expect(served().types(line)).toEqual(expected);
});

test.each([
  "/register sesame88",
  "/registre sesame88",
  "/registersesame88",
  "/login ann sesame88",
  "/logn ann sesame88",
  "/identify sesame88",
  "/indentify sesame88",
  "/passwd sesame88",
  "/password sesame88",
  "/pass sesame88",
  "/drop sesame88",
  "/unregister sesame88",
  "/oper root sesame88",
  "/Opre root sesame88",
  "/query NickServ IDENTIFY sesame88",
])("the password of %j does not travel in SLASH", (line) => {
  expect(served().types(line).join("\n")).not.toContain("SLASH");
});

test("a guest ignores after a reconnect whom they ignored before, and an account leaves that to the server", () => {
  const play = served();
  play.server(":s NOTE SLASH IGNORED + bob", ":s NOTE SLASH IGNORED + eve", ":s NOTE SLASH IGNORED + zoe");
  play.server(":s NOTE SLASH IGNORED - eve");
  const again = () => {
    play.apply(disconnected(play.model, 0));
    play.open();
    return [":s CAP * ACK :tcpchat/commands labeled-response batch", ":s 001 ann :hi"];
  };
  play.server(...again());
  const sent = play.server(":s 422 ann :no motd");
  expect(sent).toContain("> @label=c0 SLASH * :/ignore bob zoe");
  expect(
    play.server(
      "@label=c0 :s BATCH +a labeled-response",
      "@batch=a :s NOTE SLASH * * :You do not see any more what bob says.",
      "@batch=a :s NOTE SLASH IGNORED + bob",
      ":s BATCH -a",
    ),
  ).toEqual([]);
  play.server(...again(), ":s 900 ann ann!a@h ann :You are now logged in as ann");
  expect(play.server(":s 422 ann :no motd").join()).not.toContain("ignore");
});

test("a command is sent with the one who is talked to alone, or with no place at all", () => {
  const play = served();
  play.types("/msg bob");
  expect(play.types("/whois bob")).toEqual(["> @label=c0 SLASH bob :/whois bob"]);
  expect(play.types("/leave bob")).toEqual([]);
  play.server(":ann!ann@h PART #lobby");
  expect(play.types("/whois bob")).toEqual(["> @label=c1 SLASH * :/whois bob"]);
});

test("a room that is joined is waited for until it lets us in, or its answer has come", () => {
  for (const [caps, label, end] of [
    ["tcpchat/commands labeled-response batch", "@label=c0 ", []],
    ["tcpchat/commands", "", [":s PONG s c0"]],
  ] as const) {
    const play = served(caps);
    play.types("/join dev");
    expect(play.model.awaited.size).toBe(1);
    expect(play.server(`${label}:s FAIL SLASH INVITE_ONLY #lobby :Only by invitation.`, ...end)).toContain(
      "-- Only by invitation.",
    );
    expect([play.model.awaited.size, String(play.model.current)]).toEqual([0, "#lobby"]);
    play.types("/join dev");
    play.server(":ann!ann@h JOIN #dev");
    expect([play.model.awaited.size, String(play.model.current)]).toEqual([0, "#dev"]);
  }
});

test("a command that is too long asks for nothing", () => {
  const play = served();
  play.types(`/join dev ${"x".repeat(500)}`);
  expect([play.model.awaited.size, play.model.requests.length]).toEqual([0, 0]);
});

test("what a server says in its list is bounded, and never makes a command of ours its own", () => {
  const play = inLobby("tcpchat/commands");
  for (let i = 0; i < 300; i++) {
    const name = `x${String.fromCharCode(97 + (i % 26), 97 + Math.floor(i / 26))}`;
    play.server(`:s NOTE SLASH COMMAND ${name} * anywhere everyone :\thelp`);
  }
  play.server(`:s NOTE SLASH COMMAND y * anywhere everyone :${"z".repeat(501)}\thelp`);
  play.server(":s NOTE SLASH COMMAND Y%20 * anywhere everyone :\thelp");
  expect(play.model.served.size).toBe(200);
  play.server(":s NOTE SLASH COMMAND quit me,login anywhere everyone :\thelp");
  expect(play.types("/quit")).toEqual(["quit "]);
  expect(play.types("/login zoe")).toEqual(["ask The password of zoe"]);
});

test("names are completed, and while there is no connection a command of the server's waits", () => {
  const { model } = served();
  const names = commandsOf(model).map(({ name }) => name);
  expect(names).toContain("whois");
  expect(names).toHaveLength(new Set(names).size);
  expect(["/whois bob", "/names", "/nope", "/keys"].map((line) => worksOffline(model, line))).toEqual([
    false,
    false,
    true,
    true,
  ]);
  expect(worksOffline(new Play().model, "/whois bob")).toBe(false);
});

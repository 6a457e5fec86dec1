import { expect, test } from "bun:test";
import { commandNames, worksOffline } from "../../../src/client/commands.ts";
import { inLobby, Play } from "../play.ts";

const LIST = [
  ":s NOTE SLASH COMMAND whois info anywhere everyone :NICK\ttells about one person",
  ":s NOTE SLASH COMMAND away afk anywhere everyone :[TEXT]\ttells those who write to you that you are away",
  ":s NOTE SLASH COMMAND who names,users anywhere everyone :[ROOM]\ttells who is in a room",
];

/** Ann in the lobby of a server that runs these. */
function served(): Play {
  const play = inLobby("tcpchat/commands");
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

test.each<[string, string[]]>([
  ["/whois bob", ["> SLASH #lobby :/whois bob"]],
  ["  /AFK at tea ", ["> SLASH #lobby :/AFK at tea"]],
  ["/names", ["-- In #lobby: ann, bob"]],
  ["/whios bob", ["-- There is no /whios: did you mean /whois? (//whios says /whios.)"]],
  ["/help whois", ["-- /whois NICK      tells about one person"]],
  [`/away ${"x".repeat(500)}`, ["-- That is too long: 506 bytes, and 496 is the most."]],
])("%j does %j", (line, expected) => {
  expect(served().types(line)).toEqual(expected);
});

test("a command is sent with the one who is talked to alone, or with no place at all", () => {
  const play = served();
  play.types("/msg bob");
  expect(play.types("/whois bob")).toEqual(["> SLASH bob :/whois bob"]);
  play.types("/leave bob");
  play.server(":ann!ann@h PART #lobby");
  expect(play.types("/whois bob")).toEqual(["> SLASH * :/whois bob"]);
});

test("answers are shown where the command was typed, refusals as trouble", () => {
  const play = served();
  expect(play.server(":s NOTE SLASH * #lobby :You ignore nobody.")).toEqual(["-- You ignore nobody."]);
  expect(play.server(":s FAIL SLASH NO_SUCH_NICK * :Nobody here is called zed.")).toEqual([
    "-- Nobody here is called zed.",
  ]);
  expect(play.server(":s 306 ann :You have been marked as being away")).toEqual([
    "-- You have been marked as being away.",
  ]);
  expect(play.server(":s 341 ann bob #lobby")).toEqual(["-- You invited bob to #lobby."]);
});

test("what a server says in its list is bounded, and never makes a command of ours its own", () => {
  const play = served();
  for (let i = 0; i < 300; i++) {
    const name = `x${String.fromCharCode(97 + (i % 26), 97 + Math.floor(i / 26))}`;
    play.server(`:s NOTE SLASH COMMAND ${name} * anywhere everyone :\thelp`);
  }
  play.server(`:s NOTE SLASH COMMAND y * anywhere everyone :${"z".repeat(501)}\thelp`);
  play.server(":s NOTE SLASH COMMAND Y%20 * anywhere everyone :\thelp");
  expect(play.model.served.size).toBe(200);
  play.server(":s NOTE SLASH COMMAND quit me anywhere everyone :\thelp");
  expect(play.types("/quit")).toEqual(["quit "]);
});

test("names are completed, and while there is no connection a command of the server's waits", () => {
  const { model } = served();
  expect(commandNames(model)).toContain("whois");
  expect(commandNames(model).filter((name) => name === "who")).toHaveLength(1);
  expect(["/whois bob", "/names", "/nope", "/keys"].map((line) => worksOffline(model, line))).toEqual([
    false,
    false,
    true,
    true,
  ]);
  expect(worksOffline(new Play().model, "/whois bob")).toBe(false);
});

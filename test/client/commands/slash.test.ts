import { expect, test } from "bun:test";
import { commandsOf, worksOffline } from "../../../src/client/commands/perform.ts";
import { isSettled } from "../../../src/client/model/state.ts";
import { disconnected } from "../../../src/client/model/update.ts";
import { COMMANDS } from "../../../src/commands/table.ts";
import { inLobby, Play } from "../../support/client/play.ts";

/** The command list of a server that runs every command of the table. */
const LIST = COMMANDS.filter(({ ircCommand }) => ircCommand === undefined).map(
  ({ name, aliases, usage, help }) =>
    `:s NOTE SLASH COMMAND ${name} ${aliases.join(",") || "*"} anywhere everyone :${usage}\t${help}`,
);

/** A client as ann in the lobby of such a server. */
function onTcpchat(caps = "tcpchat/commands labeled-response batch"): Play {
  const play = inLobby(caps);
  expect(play.server(...LIST)).toEqual([]);
  return play;
}

test("the command list is requested before the rooms are joined, if the server has one", () => {
  for (const [caps, sent] of [
    ["tcpchat/commands", ["> SLASH *", "> PING commands", "> JOIN #lobby"]],
    ["tcpchat/commands labeled-response batch", ["> @label=commands SLASH *", "> JOIN #lobby"]],
    ["", ["> JOIN #lobby"]],
  ] as const) {
    const play = new Play();
    play.open();
    play.server(`:s CAP * ACK :${caps}`, ":s 001 ann :hi");
    expect(play.server(":s 422 ann :no motd")).toEqual([...sent]);
  }
});

test("typed lines wait until the server has listed its commands", () => {
  const play = new Play();
  play.open();
  play.server(":s CAP * ACK :tcpchat/commands labeled-response batch", ":s 001 ann :hi", ":s 422 ann :no motd");
  play.server(":ann!ann@h JOIN #lobby", "@label=commands :s BATCH +l labeled-response");
  play.server("@batch=l :s NOTE SLASH COMMAND who * anywhere everyone :\ttells who is here");
  expect([isSettled(play.model), worksOffline(play.model, "/catchup")]).toEqual([false, false]);
  play.server(":s BATCH -l");
  expect(isSettled(play.model)).toBe(true);
});

test("every command of the table, under each of its names, is run by the server or by the client", () => {
  for (const { name, aliases, ircCommand } of COMMANDS) {
    if (name === "echo") continue; // about the screen of nc
    for (const each of [name, ...aliases]) {
      const sent = onTcpchat().types(`/${each} bob x`);
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
  expect(onTcpchat().types(line)).toEqual(expected);
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
  expect(onTcpchat().types(line).join("\n")).not.toContain("SLASH");
});

test("after a reconnect a guest's ignore list is sent again, and an account's is left to the server", () => {
  const play = onTcpchat();
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

test("a command names the direct conversation where it was typed, or * outside of one", () => {
  const play = onTcpchat();
  play.types("/msg bob");
  expect(play.types("/whois bob")).toEqual(["> @label=c0 SLASH bob :/whois bob"]);
  expect(play.types("/leave bob")).toEqual([]);
  play.server(":ann!ann@h PART #lobby");
  expect(play.types("/whois bob")).toEqual(["> @label=c1 SLASH * :/whois bob"]);
});

test("a room is awaited until we are in it or the command is answered", () => {
  for (const [caps, label, end] of [
    ["tcpchat/commands labeled-response batch", "@label=c0 ", []],
    ["tcpchat/commands", "", [":s PONG s c0"]],
  ] as const) {
    const play = onTcpchat(caps);
    play.types("/join dev");
    expect(play.model.joining.size).toBe(1);
    expect(play.server(`${label}:s FAIL SLASH INVITE_ONLY #lobby :Only by invitation.`, ...end)).toContain(
      "-- Only by invitation.",
    );
    expect([play.model.joining.size, String(play.model.current)]).toEqual([0, "#lobby"]);
    play.types("/join dev");
    play.server(":ann!ann@h JOIN #dev");
    expect([play.model.joining.size, String(play.model.current)]).toEqual([0, "#dev"]);
  }
});

test("a command that is too long sends nothing", () => {
  const play = onTcpchat();
  play.types(`/join dev ${"x".repeat(500)}`);
  expect([play.model.joining.size, play.model.requests.length]).toEqual([0, 0]);
});

test("the server's command list is bounded, and cannot replace the client's own commands", () => {
  const play = inLobby("tcpchat/commands");
  for (let i = 0; i < 300; i++) {
    const name = `x${String.fromCharCode(97 + (i % 26), 97 + Math.floor(i / 26))}`;
    play.server(`:s NOTE SLASH COMMAND ${name} * anywhere everyone :\thelp`);
  }
  play.server(`:s NOTE SLASH COMMAND y * anywhere everyone :${"z".repeat(501)}\thelp`);
  play.server(":s NOTE SLASH COMMAND Y%20 * anywhere everyone :\thelp");
  expect(play.model.serverCommands.size).toBe(200);
  play.server(":s NOTE SLASH COMMAND quit me,login anywhere everyone :\thelp");
  expect(play.types("/quit")).toEqual(["quit "]);
  expect(play.types("/login ann")).toEqual(["ask The password of ann"]);
});

test("the list has the server's commands once, and they do not work without a connection", () => {
  const { model } = onTcpchat();
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
  // Until we are in our rooms, the list is not complete.
  expect(worksOffline({ ...model, nickRequest: "registering" }, "/nope")).toBe(false);
});

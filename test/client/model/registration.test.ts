import { expect, test } from "bun:test";
import { Play } from "../../support/client/play.ts";

test("a connection opens with CAP, PASS, NICK and USER", () => {
  expect(new Play({ nick: "ann.b", serverPassword: "pw" }).open()).toEqual([
    "> CAP LS 302",
    "> PASS pw",
    "> NICK ann.b",
    "> USER annb 0 * ann.b",
  ]);
});

test("offered capabilities are requested once the offer is complete", () => {
  const play = new Play();
  play.open();
  expect(play.server(":s CAP * LS * :server-time foo=bar")).toEqual([]);
  expect(play.server(":s CAP * LS :echo-message=x sasl=PLAIN")).toEqual(["> CAP REQ :echo-message server-time"]);
  expect(play.server(":s CAP * ACK :echo-message server-time")).toEqual(["> CAP END"]);
  expect([...play.model.caps].sort()).toEqual(["echo-message", "server-time"]);
});

test("missed messages and slash commands are requested by an interactive client only", () => {
  for (const [interactive, asked] of [
    [true, "> CAP REQ :batch tcpchat/missed tcpchat/commands"],
    [false, "> CAP REQ batch"],
  ] as const) {
    const play = new Play({ interactive });
    play.open();
    expect(play.server(":s CAP * LS :batch tcpchat/missed tcpchat/commands")).toEqual([asked]);
  }
});

test("a server that offers nothing gets CAP END", () => {
  const play = new Play();
  play.open();
  expect(play.server(":s CAP * LS :")).toEqual(["> CAP END"]);
});

test("capabilities can be added and withdrawn later", () => {
  const play = new Play();
  play.open();
  play.server(":s 001 ann :hi");
  expect(play.server(":s CAP ann NEW :echo-message foo")).toEqual(["> CAP REQ echo-message"]);
  play.server(":s CAP ann ACK :echo-message");
  expect(play.model.caps.has("echo-message")).toBe(true);
  play.server(":s CAP ann DEL :echo-message");
  expect(play.model.caps.has("echo-message")).toBe(false);
});

test("an account and its password log in by SASL PLAIN", () => {
  const play = new Play({ account: "ann", password: "secret" });
  play.open();
  expect(play.server(":s CAP * LS :sasl=PLAIN")).toEqual(["> CAP REQ sasl"]);
  expect(play.server(":s CAP * ACK :sasl")).toEqual(["> AUTHENTICATE PLAIN"]);
  expect(play.server("AUTHENTICATE +")).toEqual([`> AUTHENTICATE ${btoa("\0ann\0secret")}`]);
  expect(play.server("AUTHENTICATE +", ":s CAP * LS :x", "AUTHENTICATE +")).not.toContain("> AUTHENTICATE");
  expect(play.server(":s 903 * :ok")).toEqual(["> CAP END"]);
});

test("a long password goes in pieces of 400, closed by a plus if the last is full", () => {
  const play = new Play({ account: "a", password: "x".repeat(297) });
  play.open();
  play.server(":s CAP * LS :sasl", ":s CAP * ACK :sasl");
  expect(play.server("AUTHENTICATE +").map((line) => line.length - "> AUTHENTICATE ".length)).toEqual([400, 1]);
});

test.each([
  [":s CAP * LS :multi-prefix", "give up 4: This server has no accounts to log in to (SASL)."],
  [
    ":s 904 * :SASL authentication failed",
    "give up 4: The server does not log ann in: that is not the account's password, or there is no such account",
  ],
  [
    ":s 464 * :Password incorrect",
    "give up 4: The server asks for a password: Password incorrect; --server-password-file FILE gives it",
  ],
  [":s 465 * :You are banned", "give up 1: The server refuses us: You are banned"],
])("%s ends it", (line, expected) => {
  const play = new Play({ account: "ann", password: "secret" });
  play.open();
  expect(play.server(line)).toEqual([expected]);
});

test("the rooms are joined after the MOTD, several in one JOIN", () => {
  const rooms = Array.from({ length: 10 }, (_, i) => `#r${i}`);
  const play = new Play({ rooms });
  play.open();
  expect(play.server(":s 001 ann :hi", ":s 376 ann :end")).toEqual([
    "> JOIN #r0,#r1,#r2,#r3,#r4,#r5,#r6,#r7",
    "> JOIN #r8,#r9",
  ]);
});

/** A client with a key, at a server whose SASL has this value, over TLS unless it is said otherwise. */
function withKey(sasl: string, identity: Partial<Play["model"]["identity"]> = {}, secrecy: "tls" | "accepted" = "tls") {
  const play = new Play({ key: "TLS", ...identity });
  play.open(secrecy);
  return { play, asked: play.server(`:s CAP * LS :sasl=${sasl}`) };
}

test("a key logs in by SASL EXTERNAL, where the connection shows it and the server knows that", () => {
  const rows = [
    [withKey("PLAIN,EXTERNAL"), "> CAP REQ sasl"],
    [withKey("PLAIN"), "> CAP END"],
    [withKey("EXTERNAL", {}, "accepted"), "> CAP END"],
    [withKey("EXTERNAL", { key: "SSH" }, "accepted"), "> CAP REQ sasl"],
    [withKey("EXTERNAL", { key: undefined }), "> CAP END"],
  ] as const;
  for (const [{ asked }, line] of rows) expect(asked).toEqual([line]);
});

test("the account that the key logs in to decides the nick, unless the user has named one", () => {
  for (const [keepsNick, sent] of [
    [false, ["> NICK zoe", "> CAP END"]],
    [true, ["> CAP END"]],
  ] as const) {
    const { play } = withKey("EXTERNAL", { keepsNick });
    expect(play.server(":s CAP * ACK :sasl")).toEqual(["> AUTHENTICATE EXTERNAL"]);
    expect(play.server("AUTHENTICATE +")).toEqual(["> AUTHENTICATE +"]);
    expect(play.server(":s 900 * * zoe :You are now logged in as zoe", ":s 903 * :ok")).toEqual([...sent]);
  }
});

test("a password that is given goes before a key, and a refused one is not followed by the key", () => {
  const { play } = withKey("PLAIN,EXTERNAL", { account: "ann", password: "secret" });
  expect(play.server(":s CAP * ACK :sasl")).toEqual(["> AUTHENTICATE PLAIN"]);
  expect(play.server(":s 904 * :failed")).toEqual([expect.stringMatching(/^give up 4: /)]);
});

test("a key of no account makes a guest; one that logged in before is told with the ways to log in", () => {
  const { play } = withKey("EXTERNAL");
  play.server(":s CAP * ACK :sasl", "AUTHENTICATE +");
  expect(play.server(":s 904 * :No such key")).toEqual(["> CAP END"]);
  play.open("tls");
  play.server(":s CAP * LS :sasl=EXTERNAL", ":s CAP * ACK :sasl", "AUTHENTICATE +");
  play.server(":s 900 * * ann :You are now logged in as ann", ":s 903 * :ok");
  play.open("tls");
  play.server(":s CAP * LS :sasl=EXTERNAL", ":s CAP * ACK :sasl", "AUTHENTICATE +");
  expect(play.server(":s 904 * :No such key")).toEqual([
    "-- Your TLS key does not log in to ann any more. You go on as a guest; /login ann PASSWORD logs in, or /link ann CODE with a code that /devices add shows on another device.",
    "> CAP END",
  ]);
});

test("a key by which a lost guest is taken over is sent before the registration ends", () => {
  const play = new Play({ interactive: true, resumeKey: "key" });
  play.open();
  expect(play.server(":s CAP * LS :tcpchat/resume")).toEqual(["> CAP REQ tcpchat/resume"]);
  expect(play.server(":s CAP * ACK :tcpchat/resume")).toEqual(["> RESUME key", "> CAP END"]);
});

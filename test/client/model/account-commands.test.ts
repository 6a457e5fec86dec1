import { expect, test } from "bun:test";
import { inLobby, Play } from "../play.ts";

/** ann is logged in to her account, on a server of our own kind or another. */
function loggedIn({ own = true } = {}): Play {
  const play = inLobby("message-tags");
  if (own) play.server(":s 004 ann s tcpchat-1.0.0 B b b");
  play.server(":s 900 ann ann!ann@h ann :You are now logged in as ann");
  return play;
}

test.each([
  ["/passwd", ["ask The new password of ann"]],
  ["/passwd  ", ["ask The new password of ann"]],
  ["/register  ", ["ask A password for ann"]],
  ["/login ann  ", ["ask The password of ann"]],
  ["/passwd  a  b ", ["> PASSWD : a  b "]],
  ["/passwd --keep-certificates", ["ask The new password of ann"]],
  ["/passwd --keep-certificates  a", ["> PASSWD --keep-certificates : a"]],
  ["/drop", ["ask The password of ann, to remove the account for good"]],
  ["/drop sesame88", ["> NS DROP sesame88"]],
])("%j of one who is logged in does %j", (line, effects) => {
  expect(loggedIn().types(line)).toEqual(effects);
});

test.each([
  [
    "/register",
    ["-- This server makes no account without an e-mail address: /register EMAIL, and then it asks for a password."],
  ],
  [
    "/register sesame88",
    ["-- This server makes no account without an e-mail address: /register EMAIL, and then it asks for a password."],
  ],
  ["/register ann@x.example", ["ask A password for ann"]],
  ["/register ann@x.example  a b ", ["> REGISTER * ann@x.example : a b "]],
  ["/register a b ann@x.example", ["> REGISTER * ann@x.example :a b"]],
])("at a server that wants an e-mail address, %j does %j", (line, effects) => {
  const play = inLobby("draft/account-registration");
  play.model = {
    ...play.model,
    offered: new Set(["sasl=PLAIN", "draft/account-registration=before-connect,email-required"]),
  };
  expect(play.types(line)).toEqual(effects);
});

test.each(["/passwd x", "/drop x"])("%j of a guest does nothing", (line) => {
  expect(inLobby().types(line)).toEqual(["-- Log in first: /login ACCOUNT."]);
});

test("another password is kept once the server has it, and not if it refuses it", () => {
  const play = loggedIn();
  play.types("/passwd sesame89");
  expect(play.server(":s FAIL PASSWD UNACCEPTABLE_PASSWORD ann :Too short")).toEqual(["-- Too short"]);
  expect(play.model.identity.password).toBeUndefined();
  play.types("/passwd sesame99");
  expect(play.server(":s PASSWD SUCCESS ann :ann has a new password.")).toEqual([
    "keep ann sesame99",
    "-- ann has a new password.",
  ]);
  expect(play.model.identity).toMatchObject({ account: "ann", password: "sesame99" });
});

test("a server of another kind is asked by NickServ", () => {
  expect(loggedIn({ own: false }).types("/passwd a b")).toEqual(["> NS SET PASSWORD :a b"]);
});

test("an account that was dropped is not logged in to again, and one that was logged out is told why", () => {
  const play = loggedIn();
  play.types("/drop sesame88");
  expect(play.server(":s 901 ann ann!a@h :You are logged out: The account ann was removed")).toEqual([
    "forget login",
    "-- You are logged out: The account ann was removed.",
  ]);
  expect([play.model.account, play.model.identity.account]).toEqual([undefined, undefined]);
  expect(loggedIn().server(":s 901 ann ann!a@h :You are logged out")).toEqual(["-- You are logged out."]);
});

test("what a service is told is sent as it is, and neither shown nor kept", () => {
  const play = loggedIn();
  expect(play.types("/msg NickServ IDENTIFY  a  b ")).toEqual(["> PRIVMSG NickServ :IDENTIFY  a  b "]);
  expect(play.server(":ann!ann@h PRIVMSG NickServ :IDENTIFY  a  b ")).toEqual([]);
  expect([play.model.outbox, play.model.partners.size]).toEqual([[], 0]);
  play.types("/msg NickServ");
  expect(play.types("IDENTIFY a")).toEqual(["> PRIVMSG NickServ :IDENTIFY a"]);
  expect(play.types("HELP\r\nQUIT")).toEqual(["> PRIVMSG NickServ HELPQUIT"]);
  expect(new Play().types("/msg NickServ HELP")).toEqual(["-- Not connected: NickServ was told nothing."]);
});

test("what a service says is shown where one is, and opens no talk", () => {
  const play = loggedIn();
  expect(play.server(":NickServ!services@s NOTICE ann :Session 7 is ended.")).toEqual([
    "-- NickServ: Session 7 is ended.",
  ]);
  expect(play.model.partners.size).toBe(0);
});

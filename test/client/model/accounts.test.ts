import { expect, test } from "bun:test";
import { inLobby, Play } from "../play.ts";

test("an account is made, and its password kept", () => {
  const play = inLobby("draft/account-registration");
  expect(play.types("/register secret")).toEqual(["> REGISTER * * secret"]);
  expect(play.server(":s REGISTER SUCCESS ann :welcome")).toEqual([
    "keep ann secret",
    "-- welcome",
    "-- ann is yours now; the password is kept for the next time.",
  ]);
  expect(play.model.identity).toMatchObject({ account: "ann", password: "secret" });
});

test("an account that is refused is not kept", () => {
  const play = inLobby("draft/account-registration");
  play.types("/register x");
  expect(play.server(":s FAIL REGISTER WEAK_PASSWORD ann :Too short")).toEqual(["-- No account was made: Too short"]);
  expect(play.model.identity.account).toBeUndefined();
  expect(inLobby().types("/register x")).toEqual(["-- This server makes no accounts (draft/account-registration)."]);
});

test("one logs in while one is here", () => {
  const play = inLobby();
  play.model = { ...play.model, offered: new Set(["sasl=PLAIN"]) };
  expect(play.types("/login zoe secret")).toEqual(["> CAP REQ sasl", "> AUTHENTICATE PLAIN"]);
  expect(play.server("AUTHENTICATE +")).toEqual([`> AUTHENTICATE ${btoa("\0zoe\0secret")}`]);
  expect(play.server(":s 903 ann :ok")).toContain("keep zoe secret");
  expect(play.types("/logout")).toContain("forget login");
});

test("one who is logged in is told so, and what was typed as a password is not kept", () => {
  const play = inLobby();
  play.model = { ...play.model, offered: new Set(["sasl=PLAIN"]) };
  play.server(":s 900 ann ann!a@h ann :You are now logged in as ann");
  play.types("/login ann wrong");
  expect(play.server(":s 907 ann :You have already authenticated using SASL")).toEqual([
    "-- You are logged in to ann already.",
  ]);
  expect([play.model.login, play.model.isProving]).toEqual([undefined, false]);
});

test("one is told why one is not logged in any more", () => {
  const play = inLobby();
  play.server(":s 900 ann ann!a@h ann :You are now logged in as ann");
  expect(play.server(":s 901 ann ann!a@h :You are logged out: The account ann was removed")).toEqual([
    "-- You are logged out: The account ann was removed.",
  ]);
  expect(play.model.account).toBeUndefined();
});

test.each([
  ["/register  a  b ", "> REGISTER * * : a  b "],
  ["/register :a", "> REGISTER * * ::a"],
  ["/oper root  a  b ", "> OPER root : a  b "],
])("%j sends the password with its blanks", (line, sent) => {
  expect(inLobby("draft/account-registration").types(line)).toContain(sent);
});

test("one logs in with a password and its blanks, however long it is", () => {
  for (const password of [" a  b ", "x".repeat(1024)]) {
    const play = inLobby("sasl");
    play.model = { ...play.model, offered: new Set(["sasl"]) };
    play.types(`/login zoe ${password}`);
    const sent = play.server("AUTHENTICATE +").map((line) => line.replace("> AUTHENTICATE ", ""));
    expect(atob(sent.join(""))).toBe(`\0zoe\0${password}`);
    expect(Math.max(...sent.map((piece) => piece.length))).toBeLessThanOrEqual(400);
  }
});

test("a password that was kept and is refused lets one in as a guest", () => {
  const play = new Play({ account: "ann", password: "old", keptLogin: true });
  play.open();
  play.server(":s CAP * LS :sasl", ":s CAP * ACK :sasl");
  expect(play.server(":s 904 * :failed").at(-1)).toBe("> CAP END");
});

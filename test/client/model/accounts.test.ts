import { expect, test } from "bun:test";
import { keepFirstLogin } from "../../../src/client/model/accounts.ts";
import type { ClientIdentity } from "../../../src/client/model/state.ts";
import { inLobby, Play } from "../../support/client/play.ts";

test("/register makes an account, and its login is saved", () => {
  const play = inLobby("draft/account-registration");
  expect(play.types("/register secret")).toEqual(["> REGISTER * * secret"]);
  expect(play.server(":s REGISTER SUCCESS ann :Account successfully registered.")).toEqual([
    "keep ann secret",
    "-- ann is yours now; the password is kept for the next time, as text that only you can read; /logout forgets it.",
  ]);
  expect(play.model.identity).toMatchObject({ account: "ann", password: "secret" });
});

test("remarks on the password are told with the new account", () => {
  const play = inLobby("draft/account-registration");
  play.types("/register secret");
  expect(play.server(":s REGISTER SUCCESS ann :Account successfully registered. The password is short.")).toContain(
    "-- ann is yours now; the password is kept for the next time, as text that only you can read; /logout forgets it. The password is short.",
  );
});

test.each(["/register a@b.example sesame88", "/register a@b.example", "/register sesame88 a@b.example"])(
  "where no e-mail address is wanted, it becomes no part of the password: %s",
  (line) => {
    const [refusal = ""] = inLobby("draft/account-registration").types(line);
    expect(refusal).toStartWith("-- No account was made: this server takes no e-mail address");
  },
);

test("/help names the e-mail address only where the server wants one", () => {
  const play = inLobby("draft/account-registration");
  expect(play.types("/help register")).toEqual(["-- /register [PASSWORD] registers your nick as your account"]);
  play.model = { ...play.model, offered: new Set(["draft/account-registration=email-required"]) };
  expect(play.types("/help register")[0]).toStartWith("-- /register EMAIL [PASSWORD] registers");
});

test("a client that keeps nothing does not promise to keep the password", () => {
  const play = inLobby("draft/account-registration");
  play.model = { ...play.model, identity: { ...play.model.identity, overSsh: true } };
  play.types("/register secret");
  expect(play.server(":s REGISTER SUCCESS ann :Account successfully registered.")).toContain(
    "-- ann is yours now; the password is not kept here.",
  );
});

test("a refused account is not saved", () => {
  const play = inLobby("draft/account-registration");
  play.types("/register x");
  expect(play.server(":s FAIL REGISTER WEAK_PASSWORD ann :Too short")).toEqual(["-- No account was made: Too short"]);
  expect(play.model.identity.account).toBeUndefined();
  expect(inLobby().types("/register x")).toEqual(["-- This server makes no accounts (draft/account-registration)."]);
});

test("/login works while connected", () => {
  const play = inLobby();
  play.model = { ...play.model, offered: new Set(["sasl=PLAIN"]) };
  expect(play.types("/login zoe secret")).toEqual(["> CAP REQ sasl", "> AUTHENTICATE PLAIN"]);
  expect(play.server("AUTHENTICATE +")).toEqual([`> AUTHENTICATE ${btoa("\0zoe\0secret")}`]);
  expect(play.server(":s 903 ann :ok")).toContain("keep zoe secret");
  expect(play.types("/logout")).toContain("forget login");
});

test("a single word after /login is the password, and is never shown", () => {
  const play = inLobby();
  play.model = { ...play.model, offered: new Set(["sasl=PLAIN"]) };
  expect(play.types("/login sesame88")).toEqual(["> CAP REQ sasl", "> AUTHENTICATE PLAIN"]);
  expect(play.server("AUTHENTICATE +")).toEqual([`> AUTHENTICATE ${btoa("\0ann\0sesame88")}`]);
});

test("/login while logged in says so, and saves nothing", () => {
  const play = inLobby();
  play.model = { ...play.model, offered: new Set(["sasl=PLAIN"]) };
  play.server(":s 900 ann ann!a@h ann :You are now logged in as ann");
  play.types("/login ann wrong");
  expect(play.server(":s 907 ann :You have already authenticated using SASL")).toEqual([
    "-- You are logged in to ann already.",
  ]);
  expect([play.model.login, play.model.isAuthenticating]).toEqual([undefined, false]);
});

test("the reason of a logout is shown", () => {
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

test("a password keeps its blanks, and may be long", () => {
  for (const password of [" a  b ", "x".repeat(1024)]) {
    const play = inLobby("sasl");
    play.model = { ...play.model, offered: new Set(["sasl"]) };
    play.types(`/login zoe ${password}`);
    const sent = play.server("AUTHENTICATE +").map((line) => line.replace("> AUTHENTICATE ", ""));
    expect(atob(sent.join(""))).toBe(`\0zoe\0${password}`);
    expect(Math.max(...sent.map((piece) => piece.length))).toBeLessThanOrEqual(400);
  }
});

test("a saved login that is refused makes us a guest", () => {
  const play = new Play({ account: "ann", password: "old", isSavedLogin: true });
  play.open();
  play.server(":s CAP * LS :sasl", ":s CAP * ACK :sasl");
  expect(play.server(":s 904 * :failed").at(-1)).toBe("> CAP END");
});

/** A client as ann, logged in, on a tcpchat server or on another one. */
function loggedIn({ own = true } = {}): Play {
  const play = inLobby("message-tags");
  if (own) play.server(":s 004 ann s tcpchat-1.0.0 B b b");
  play.server(":s 900 ann ann!ann@h ann :You are now logged in as ann");
  return play;
}

test.each([
  ["/passwd", ["ask The new password of ann"]],
  ["/passwd  ", ["ask The new password of ann"]],
  ["/register  ", ["-- You are logged in as ann already."]],
  ["/login ann  ", ["ask The password of ann"]],
  ["/passwd  a  b ", ["> PASSWD : a  b "]],
  ["/passwd --keep-certificates", ["ask The new password of ann"]],
  ["/passwd --keep-certificates  a", ["> PASSWD --keep-certificates : a"]],
  ["/drop", ["ask The password of ann, to remove the account for good"]],
  ["/drop sesame88", ["> NS DROP sesame88"]],
])("%j of an account does %j", (line, effects) => {
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
  expect(inLobby().types(line)).toEqual(["-- Log in first: /login NICK PASSWORD."]);
});

test("a new password is saved once the server has it, and not if it is refused", () => {
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

test("on other servers /passwd goes to NickServ", () => {
  expect(loggedIn({ own: false }).types("/passwd a b")).toEqual(["> NS SET PASSWORD :a b"]);
});

test("a dropped account is forgotten, and a logout shows its reason", () => {
  const play = loggedIn();
  play.types("/drop sesame88");
  expect(play.server(":s 901 ann ann!a@h :You are logged out: The account ann was removed")).toEqual([
    "forget login",
    "-- You are logged out: The account ann was removed.",
  ]);
  expect([play.model.account, play.model.identity.account]).toEqual([undefined, undefined]);
  expect(loggedIn().server(":s 901 ann ann!a@h :You are logged out")).toEqual(["-- You are logged out."]);
});

test("a message to a service is sent as typed, not shown and not kept", () => {
  const play = loggedIn();
  expect(play.types("/msg NickServ IDENTIFY  a  b ")).toEqual(["> PRIVMSG NickServ :IDENTIFY  a  b "]);
  expect(play.server(":ann!ann@h PRIVMSG NickServ :IDENTIFY  a  b ")).toEqual([]);
  expect([play.model.outbox, play.model.partners.size]).toEqual([[], 0]);
  play.types("/msg NickServ");
  expect(play.types("IDENTIFY a")).toEqual(["> PRIVMSG NickServ :IDENTIFY a"]);
  expect(play.types("HELP\r\nQUIT")).toEqual(["> PRIVMSG NickServ :HELP QUIT"]);
  expect(new Play().types("/msg NickServ HELP")).toEqual(["-- Not connected: the message to NickServ was not sent."]);
});

test("a notice of a service is shown in the current room, and opens no conversation", () => {
  const play = loggedIn();
  expect(play.server(":NickServ!services@s NOTICE ann :Session 7 is ended.")).toEqual([
    "-- NickServ: Session 7 is ended.",
  ]);
  expect(play.model.partners.size).toBe(0);
});

/** A logged-in client of a tcpchat server; `answer` gives it the token `c` repeated, with the id `id-c`. */
function withTokens() {
  const play = inLobby("draft/account-registration tcpchat/commands labeled-response batch sasl");
  const { model } = play;
  play.model = { ...model, offered: new Set(["sasl"]), identity: { ...model.identity, tokenName: "laptop" } };
  const answer = (c: string) => {
    const label = play.model.requests.find(({ tokenFor }) => tokenFor === "ann")?.id;
    return play.server(
      `@label=${label} :s BATCH +1 labeled-response`,
      `@batch=1 :s NOTE SLASH x :The token laptop is ${c.repeat(43)}`,
      `@batch=1 :s NOTE SLASH x :It logs in to ann in place of the password. /token remove id-${c} ends it.`,
      ":s BATCH -1",
    );
  };
  return { play, answer };
}

const REGISTERED = ":s REGISTER SUCCESS ann :Account successfully registered.";

test("a token of the server is kept and not the password; it is not shown, and a later one ends it", () => {
  const { play, answer } = withTokens();
  play.types("/register secret");
  const asked = play.server(REGISTERED);
  expect(asked.filter((line) => !line.startsWith("--"))).toEqual([
    expect.stringMatching(/> .*SLASH \* :?\/token add laptop/),
  ]);
  expect(asked).toContain("-- ann is yours now; a token is kept here for the next time, and not the password.");
  expect(answer("t")).toEqual([`keep ann ${"t".repeat(43)} id-t`]);
  expect(play.model.identity.password).toBe("t".repeat(43));
  play.types("/login ann secret");
  play.server(":s 903 ann :Logged in");
  expect(answer("u")).toEqual([
    `keep ann ${"u".repeat(43)} id-u`,
    expect.stringMatching(/> .*SLASH \* :?\/token remove id-t/),
  ]);
});

test("a server that makes no token says why, and the login is not kept", () => {
  const { play } = withTokens();
  play.types("/register secret");
  play.server(REGISTERED);
  const label = play.model.requests.find(({ tokenFor }) => tokenFor === "ann")?.id;
  expect(play.server(`@label=${label} :s FAIL SLASH TOKENS_FULL x :There are 20 tokens already`)).toEqual([
    "-- The login is not kept for the next time: There are 20 tokens already",
  ]);
});

test("/logout forgets the login and ends its token; without a connection it tells how that is done later", () => {
  const { play, answer } = withTokens();
  play.types("/register secret");
  play.server(REGISTERED);
  answer("t");
  const { model } = play;
  expect(play.types("/logout")).toEqual([
    "forget login",
    "-- The login is forgotten here, and its token has ended. You go on as a guest.",
    expect.stringMatching(/> .*SLASH \* :?\/token remove id-t/),
  ]);
  expect(play.model.identity).toMatchObject({ account: undefined, password: undefined, savedToken: undefined });
  const label = play.model.requests.find(({ endsLogin }) => endsLogin)?.id;
  expect(play.server(`@label=${label} :s NOTE SLASH x :The token web has ended.`)).toEqual(["logged out"]);
  play.model = { ...model, phase: "offline" };
  expect(play.types("/logout")).toEqual([
    "forget login",
    "-- The login is forgotten here; /token remove id-t ends its token, once you are logged in.",
  ]);
});

test("/login asks a tcpchat server for the nick with the login; one that the user has chosen is not asked for anew", () => {
  const { play } = withTokens();
  const logsIn = (model: Partial<typeof play.model>, identity: Partial<ClientIdentity>) => {
    const before = play.model;
    play.model = { ...before, caps: new Set([...before.caps, "message-tags"]), ...model };
    play.model = { ...play.model, identity: { ...play.model.identity, ...identity } };
    const sent = play.types("/login annie secret").at(-1);
    play.model = before;
    return sent;
  };
  const plain = "> AUTHENTICATE PLAIN";
  expect(logsIn({}, { keepsNick: false })).toBe(`> @+tcpchat/nick=annie ${plain.slice(2)}`);
  expect(logsIn({ wanted: "annie", nick: "annie-2" }, {})).toBe(`> @+tcpchat/nick=annie ${plain.slice(2)}`);
  expect(logsIn({}, { keepsNick: true })).toBe(plain);
  expect(logsIn({ caps: new Set(["sasl"]) }, { keepsNick: false })).toBe(plain);
});

test("/logout also ends a login that is not saved; a login by key only for this run", () => {
  const guest = "-- The login is forgotten here. You go on as a guest.";
  expect(loggedIn().types("/logout")).toEqual(["forget login", guest, "logged out"]);
  const play = loggedIn();
  play.model = { ...play.model, identity: { ...play.model.identity, key: "TLS", password: undefined } };
  expect(play.types("/logout")[1]).toBe(`${guest} Your TLS key still logs in to ann at the next start.`);
  expect(play.model.identity.key).toBeUndefined();
});

test("a token that has ended is forgotten, and the user is a guest; of another reason the user is told", () => {
  const come = () => {
    const saved = { account: "ann", password: "t".repeat(43), isSavedLogin: true, savedToken: "id-t" };
    const play = new Play({ ...saved });
    play.open();
    play.server(":s CAP * ACK :sasl");
    return play;
  };
  const ended = come();
  expect(ended.server(":s 904 * :SASL authentication failed")).toEqual([
    "forget login",
    "-- The login to ann that was kept here has ended. You go on as a guest; /login ann logs in again.",
    "> CAP END",
  ]);
  expect(ended.model.identity).toMatchObject({ account: undefined, password: undefined, savedToken: undefined });
  const refused = come();
  expect(refused.server(":s 904 * :That was tried too often; try again in 30 s")).toEqual([
    "-- The server does not log ann in: That was tried too often; try again in 30 s. You go on as a guest; /login tries again.",
    "> CAP END",
  ]);
  expect(refused.model.identity.account).toBe("ann");
});

test("a password that an earlier run has kept is replaced by a token; a token stays", () => {
  const saved = { account: "ann", password: "secret", isSavedLogin: true, tokenName: "laptop" };
  const model = { ...inLobby("tcpchat/commands labeled-response batch").model, account: "ann" };
  const asks = (identity: Partial<ClientIdentity>) =>
    keepFirstLogin({ ...model, identity: { ...model.identity, ...saved, ...identity } }, 0).effects.length > 0;
  expect([asks({}), asks({ savedToken: "id-t" }), asks({ password: "t".repeat(43) })]).toEqual([true, false, false]);
  expect([asks({ isSavedLogin: false }), asks({ tokenName: undefined })]).toEqual([false, false]);
});

test("a login whose password was typed at the start is kept once; without tokens, as the password", () => {
  for (const [tokenName, kept] of [
    ["laptop", "> SLASH * :/token add laptop"],
    [undefined, "keep ann secret"],
  ] as const) {
    const play = inLobby("tcpchat/commands labeled-response batch");
    const typed = { account: "ann", password: "secret", keepsLogin: true, tokenName };
    play.model = { ...play.model, account: "ann", identity: { ...play.model.identity, ...typed } };
    const [first = "", told = "", ...others] = play.apply(keepFirstLogin(play.model, 0));
    expect([first.replace(/^> @label=c\d+ /, "> "), others]).toEqual([kept, []]);
    expect(told).toStartWith("-- You are logged in to ann; ");
    expect(play.apply(keepFirstLogin({ ...play.model, account: "zoe" }, 0))).toEqual([]);
  }
});

test("a login gives its name to a nick that the user has not chosen", () => {
  for (const [keepsNick, sent] of [
    [false, true],
    [true, false],
  ] as const) {
    const play = inLobby("sasl");
    play.model = { ...play.model, offered: new Set(["sasl"]), identity: { ...play.model.identity, keepsNick } };
    play.types("/login zoe secret");
    const answers = play.server(":s 900 ann ann!a@h zoe :You are now logged in as zoe", ":s 903 ann :done");
    expect(answers.includes("> NICK zoe")).toBe(sent);
  }
});

test("/register without a password has the server register our key, if the connection shows one", () => {
  const play = inLobby("draft/account-registration tcpchat/commands");
  expect(play.types("/register")).toEqual(["ask A password for ann"]);
  play.model = { ...play.model, identity: { ...play.model.identity, key: "SSH" } };
  expect(play.types("/register")).toContain("> SLASH #lobby /register");
  expect(play.types("/register secret")).toEqual(["> REGISTER * * secret"]);
});

import { describe, test } from "bun:test";
import { ACCOUNT_LIMITS } from "../../../src/chat/model/limits.ts";
import { saslPlain } from "../../support/accounts.ts";
import { startChat } from "../../support/chat-server.ts";
import { play, rule } from "../../support/transcript.ts";

describe("accounts", () => {
  rule(
    "REGISTER makes the nick an account and logs its owner in",
    `
      ann: irc draft/account-registration
      ann> REGISTER * * sesame88
      ann< :chat.test REGISTER SUCCESS ann :Account successfully registered.
      ann< :chat.test 900 ann ann!~ann@* ann :You are now logged in as ann
      ann> REGISTER * * sesame88
      ann< :chat.test FAIL REGISTER ALREADY_AUTHENTICATED ann :You are logged in as ann already
      `,
  );

  rule(
    "an account's name must be the client's nick, and free",
    `
      ann: irc
      ann> REGISTER bob * sesame88
      ann< :chat.test FAIL REGISTER ACCOUNT_NAME_MUST_BE_NICK bob :*
      ann> REGISTER ann * sesame88
      ann< * REGISTER SUCCESS *
      ann< * 900 *
      ann> QUIT
      ann< ERROR *
      ann.
      bob: irc
      bob> NICK ann
      bob< :chat.test 433 bob ann :ann is registered to someone; if that is you, log in by SASL, or take another nick and say /msg NickServ IDENTIFY ann PASSWORD
      `,
  );

  test("REGISTER before the connection is complete is refused, unless the configuration allows it", async () => {
    await using chat = startChat();
    await play(
      chat.port,
      `
      eve: raw
      eve> NICK eve
      eve> REGISTER * * sesame88
      eve< :chat.test FAIL REGISTER COMPLETE_CONNECTION_REQUIRED \\x2a :*
      eve> VERIFY eve code
      eve< :chat.test FAIL VERIFY COMPLETE_CONNECTION_REQUIRED eve :*
      `,
    );
    await using open = startChat({ registerBeforeConnect: true });
    await play(
      open.port,
      `
      eve: raw
      eve> NICK eve
      eve> REGISTER * * sesame88
      eve< :chat.test REGISTER SUCCESS eve :*
      eve< :chat.test 900 eve * eve :*
      eve> VERIFY
      eve< :chat.test 461 eve VERIFY :*
      eve> VERIFY eve code
      eve< :chat.test FAIL VERIFY ALREADY_AUTHENTICATED eve :*
      `,
    );
  });

  rule(
    "REGISTER before the connection is complete uses the nick of the last NICK, but not somebody else's",
    `
      ann: raw
      ann> REGISTER * * sesame88
      ann< :chat.test FAIL REGISTER NEED_NICK \\x2a :*
      ann> REGISTER x * sesame88
      ann< :chat.test FAIL REGISTER NEED_NICK \\x2a :*
      ann> NICK x
      bob: irc
      bob> NICK x
      bob< :bob!* NICK x
      ann> REGISTER * * sesame88
      ann< :chat.test FAIL REGISTER ACCOUNT_EXISTS x :That nick is in use by someone else
      eve: raw
      eve> NICK free
      eve> NICK x
      eve< :chat.test 433 * x :x is in use
      eve> REGISTER * * sesame88
      eve< :chat.test FAIL REGISTER ACCOUNT_EXISTS x :That nick is in use by someone else
      eve> REGISTER free * sesame88
      eve< :chat.test FAIL REGISTER ACCOUNT_NAME_MUST_BE_NICK free :*
      eve> NICK bill
      will: irc
      will> NICK bi11
      will< * NICK bi11
      eve> REGISTER * * sesame88
      eve< :chat.test FAIL REGISTER ACCOUNT_EXISTS bill :That nick is in use by someone else
      eve> NICK free
      eve> REGISTER free * sesame88
      eve< :chat.test REGISTER SUCCESS free :*
      eve< * 900 *
      `,
    { registerBeforeConnect: true },
  );

  rule(
    "a nick that somebody takes while the password is hashed is not registered",
    `
      ann: raw
      bob: irc
      ann> NICK x
      ann> REGISTER * * sesame88
      bob> NICK x
      bob< :bob!* NICK x
      ann< :chat.test FAIL REGISTER ACCOUNT_EXISTS x :That nick is in use by someone else
      `,
    { registerBeforeConnect: true },
  );

  rule(
    "with a server password, nobody can log in or register before giving it",
    `
      eve: raw
      eve> NICK eve
      eve> CAP REQ :sasl
      eve< :chat.test CAP eve ACK *
      eve> AUTHENTICATE PLAIN
      eve< :chat.test 464 eve :Password incorrect
      eve< :chat.test 904 eve :Give the server's password first (PASS)
      eve> REGISTER * * sesame88
      eve< :chat.test FAIL REGISTER COMPLETE_CONNECTION_REQUIRED \\x2a :Give the server's password first (PASS)
      eve> PASS :open sesame\\x20
      eve> AUTHENTICATE PLAIN
      eve< :chat.test 464 eve :Password incorrect
      eve< :chat.test 904 eve :Give the server's password first (PASS)
      eve> PASS :open sesame
      eve> AUTHENTICATE PLAIN
      eve< AUTHENTICATE +
      eve> AUTHENTICATE *
      eve< * 906 *
      eve> REGISTER * * sesame88
      eve< * REGISTER SUCCESS eve *
      eve< * 900 *
      `,
    { registerBeforeConnect: true, password: "open sesame" },
  );

  rule(
    "PASS logs a client without SASL in to its account, or says why not",
    `
      ann: irc
      ann> REGISTER * * :sesame 88
      ann< * REGISTER SUCCESS *
      ann< * 900 *
      two: raw
      two> PASS :ann:sesame 88
      two> NICK ann
      two> USER ann 0 * :Ann
      two< :chat.test 900 ann ann!~ann@* ann :You are now logged in as ann
      two~ 422
      eve: raw
      eve> PASS ann:guessed-it
      eve> NICK ann
      eve> USER eve 0 * :Eve
      eve< :chat.test NOTICE ann :That is not the account's password, or there is no such account: you are a guest
      eve< :chat.test 433 * ann :ann is registered to someone; *NickServ IDENTIFY ann PASSWORD
      eve> NICK eve
      eve< :chat.test 001 eve *
      eve~ 422
      eve> WHOIS eve
      eve< * 311 *
      eve< * 312 *
      eve< * 379 *
      eve< * 338 *
      eve< * 317 *
      eve< * 318 *
      bob: raw
      bob> PASS sesame
      bob> NICK bob
      bob> USER bob 0 * :Bob
      bob< :chat.test 001 bob *
      bob~ 422
      `,
  );

  rule(
    "with a server password, PASS is not a login",
    `
      ann: raw
      ann> PASS open:sesame
      ann> NICK ann
      ann> USER ann 0 * :Ann
      ann< :chat.test 001 ann *
      ann~ 422
      ann> REGISTER * * sesame88
      ann< * REGISTER SUCCESS *
      ann< * 900 *
      eve: raw
      eve> PASS ann:sesame88
      eve> NICK eve
      eve> USER eve 0 * :Eve
      eve< :chat.test 464 eve :Password incorrect
      eve< ERROR *
      eve.
      `,
    { password: "open:sesame" },
  );

  rule(
    "a client has a limited number of guesses at the server's password",
    `
      eve: raw
      eve> AUTHENTICATE PLAIN
      eve< * 464 *
      eve< * 904 *
      eve> PASS one
      eve> AUTHENTICATE PLAIN
      eve< * 464 *
      eve< * 904 *
      eve> PASS two
      eve> REGISTER * * sesame88
      eve< * COMPLETE_CONNECTION_REQUIRED *
      eve> PASS three
      eve> AUTHENTICATE PLAIN
      eve< * 464 *
      eve< * 904 *
      eve< ERROR *
      eve.
      `,
    { password: "open sesame" },
  );

  rule(
    "a short password gets a warning, one too short or too long is refused",
    `
      ann: irc
      ann> REGISTER * * short
      ann< :chat.test FAIL REGISTER UNACCEPTABLE_PASSWORD ann :A password has at least 6 characters and at most 1024 bytes
      ann> REGISTER * * ${"x".repeat(1025)}
      ann< :chat.test FAIL REGISTER UNACCEPTABLE_PASSWORD ann :A password has at least 6 characters and at most 1024 bytes
      ann> REGISTER * * sesame
      ann< :chat.test REGISTER SUCCESS ann :Account successfully registered. The password is short: 8 characters or more are harder to guess.
      ann< * 900 *
      `,
    { accounts: { ...ACCOUNT_LIMITS, passwordLength: 6 } },
  );

  rule(
    "NickServ registers and logs in too, and nobody else sees its messages",
    `
      ann: irc
      bob: irc
      ann> PRIVMSG NickServ :REGISTER sesame88
      ann< :NickServ!services@chat.test NOTICE ann :ann is registered; you are logged in.
      ann< * 900 *
      bob> NS IDENTIFY ann wrong
      bob< :NickServ!services@chat.test NOTICE bob :That is not the account's password, or there is no such account.
      bob> PRIVMSG nickserv :IDENTIFY ann sesame88
      bob< :NickServ!* NOTICE bob :ann is yours; you are logged in.
      bob< :chat.test 900 bob bob!~bob@* ann :You are now logged in as ann
      bob> NS REGISTER other-password
      bob< :NickServ!* NOTICE bob :You are logged in as ann already.
      `,
  );
});

describe("SASL", () => {
  rule(
    "PLAIN logs in before registration with the right password, and fails with a wrong one",
    `
      ann: irc
      ann> REGISTER * * sesame88
      ann< * REGISTER SUCCESS *
      ann< * 900 *
      two: raw
      two> CAP REQ sasl
      two< :chat.test CAP * ACK *sasl
      two> NICK two
      two> USER two 0 * :Two
      two> AUTHENTICATE PLAIN
      two< AUTHENTICATE +
      two> AUTHENTICATE ${saslPlain("ann", "wrong")}
      two< :chat.test 904 two :SASL authentication failed
      two> AUTHENTICATE PLAIN
      two< AUTHENTICATE +
      two> AUTHENTICATE ${saslPlain("ann", "sesame88")}
      two< :chat.test 900 two two!~two@* ann :You are now logged in as ann
      two< :chat.test 903 two :SASL authentication successful
      `,
  );

  // "Servers SHOULD allow a client, authenticated or otherwise, to reauthenticate by sending a new AUTHENTICATE message at
  // any time. If reauthentication is not available, an error appropriate to the circumstances MUST be sent (for instance,
  // ERR_SASLALREADY is appropriate if changing accounts is not supported)." (IRCv3 sasl-3.2)
  rule(
    "a logged-in client can log in to another account, before registration and after",
    `
      ann: irc
      ann> REGISTER * * sesame88
      ann~ 900
      ann> QUIT
      ann~ ERROR
      bob: irc account-notify
      bob> REGISTER * * sesame99
      bob~ 900
      bob> JOIN #r
      bob~ 366
      two: raw
      two> CAP REQ sasl
      two< *
      two> NICK two
      two> USER two 0 * :Two
      two> AUTHENTICATE PLAIN
      two< AUTHENTICATE +
      two> AUTHENTICATE ${saslPlain("bob", "sesame99")}
      two< :chat.test 900 two two!~two@* bob :*
      two< :chat.test 903 two :*
      two> AUTHENTICATE PLAIN
      two< AUTHENTICATE +
      two> AUTHENTICATE ${saslPlain("ann", "sesame88")}
      two< :chat.test 900 two two!~two@* ann :You are now logged in as ann
      two< :chat.test 903 two :SASL authentication successful
      two> CAP END
      two~ 422
      two> JOIN #r
      two~ 366
      bob< :two!*@* JOIN #r
      two> AUTHENTICATE PLAIN
      two< AUTHENTICATE +
      two> AUTHENTICATE ${saslPlain("bob", "wrong")}
      two< :chat.test 904 two :*
      two> AUTHENTICATE PLAIN
      two< AUTHENTICATE +
      two> AUTHENTICATE ${saslPlain("bob", "sesame99")}
      two< :chat.test 900 two two!~two@* bob :You are now logged in as bob
      two< :chat.test MODE #r +o two
      two< :chat.test 903 two :SASL authentication successful
      bob< :two!*@* ACCOUNT bob
      bob< :chat.test MODE #r +o two
      two> AUTHENTICATE PLAIN
      two< AUTHENTICATE +
      two> AUTHENTICATE ${saslPlain("bob", "sesame99")}
      two< :chat.test 900 two two!~two@* bob :You are now logged in as bob
      two< :chat.test 903 two :SASL authentication successful
      bob> AUTHENTICATE PLAIN
      bob< :chat.test 907 bob :*
      `,
  );

  rule(
    "an unknown mechanism is answered with the known ones, and an exchange can be aborted",
    `
      eve: raw
      eve> CAP LS 302
      eve< *
      eve< *
      eve> AUTHENTICATE FOO
      eve< :chat.test 908 * EXTERNAL,PLAIN,SCRAM-SHA-256 :are available SASL mechanisms
      eve< :chat.test 904 * :SASL authentication failed
      eve> AUTHENTICATE PLAIN
      eve< AUTHENTICATE +
      eve> AUTHENTICATE *
      eve< :chat.test 906 * :SASL authentication aborted
      eve> AUTHENTICATE PLAIN
      eve< AUTHENTICATE +
      eve> AUTHENTICATE ${"A".repeat(401)}
      eve< :chat.test 905 * :SASL message too long
      eve> AUTHENTICATE PLAIN
      eve< AUTHENTICATE +
      eve> AUTHENTICATE *
      eve< :chat.test 906 * :SASL authentication aborted
      eve> AUTHENTICATE ${"A".repeat(401)}
      eve< :chat.test 905 * :SASL message too long
      `,
  );

  // "The server MAY place a limit on the total length of a response." (IRCv3 sasl-3.1); 905 is for "the parameter longer
  // than 400 bytes".
  test("a response over the total limit is refused once, and its remaining chunks are dropped", async () => {
    await using chat = startChat();
    const chunk = `AUTHENTICATE ${"A".repeat(400)}`;
    const chunks = (count: number) => `eve> ${chunk}\n`.repeat(count);
    await play(
      chat.port,
      `
      eve: raw
      eve> CAP LS 302
      eve< *
      eve< *
      eve> AUTHENTICATE PLAIN
      eve< AUTHENTICATE +
      ${chunks(9)}
      eve< :chat.test 904 * :SASL authentication failed
      ${chunks(30)}
      eve> AUTHENTICATE AAAA
      eve|
      eve> AUTHENTICATE FOO
      eve< :chat.test 908 *
      eve< :chat.test 904 *
      ${chunks(3)}
      eve< :chat.test 904 * :SASL authentication failed
      eve|
      eve> AUTHENTICATE PLAIN
      eve< AUTHENTICATE +
      eve> AUTHENTICATE *
      eve< :chat.test 906 *
      `,
    );
  });

  rule(
    "completing registration during an exchange aborts it, and its later messages log nobody in",
    `
      ann: irc
      ann> REGISTER * * sesame88
      ann< * REGISTER SUCCESS *
      ann< * 900 *
      zoe: raw
      zoe> CAP LS 302
      zoe< *
      zoe< *
      zoe> AUTHENTICATE PLAIN
      zoe< AUTHENTICATE +
      zoe> NICK zoe
      zoe> USER zoe 0 * :Zoe
      zoe> CAP END
      zoe< :chat.test 906 zoe :SASL authentication aborted
      zoe< :chat.test 001 zoe *
      zoe~ 422 zoe
      zoe> AUTHENTICATE ${saslPlain("ann", "sesame88")}
      zoe< :chat.test 908 zoe *
      zoe< :chat.test 904 zoe *
      `,
  );

  test("an account is authorized as itself, in any case of its name, and as no other", async () => {
    await using chat = startChat();
    const as = (authzid: string) => Buffer.from(`${authzid}\0ann\0sesame88`).toString("base64");
    await play(
      chat.port,
      `
      ann: irc
      ann> REGISTER * * sesame88
      ann< * REGISTER SUCCESS *
      ann< * 900 *
      two: raw
      two> CAP LS 302
      two< *
      two< *
      two> AUTHENTICATE PLAIN
      two< AUTHENTICATE +
      two> AUTHENTICATE ${as("bob")}
      two< * 904 *
      two> AUTHENTICATE PLAIN
      two< AUTHENTICATE +
      two> AUTHENTICATE ${as("ANN")}
      two< * 900 *
      two< * 903 *
      two> AUTHENTICATE *
      two< * 906 *
      `,
    );
  });
});

describe("several sessions of one account are one member", () => {
  const login = `
      two: raw
      two> CAP LS 302
      two< *
      two< *
      two> NICK ann
      two> USER two 0 * :Two
      two> AUTHENTICATE PLAIN
      two< AUTHENTICATE +
      two> AUTHENTICATE ${saslPlain("ann", "sesame88")}
      two< * 900 *
      two< * 903 *
      two> CAP END
      two< :chat.test 001 ann *`;
  const begin = `
      ann: irc echo-message
      bob: irc
      ann> REGISTER * * sesame88
      ann< * REGISTER SUCCESS *
      ann< * 900 *
      ann> JOIN #dev
      ann< * JOIN #dev
      ann< * 353 *
      ann< * 366 *
      bob> JOIN #dev
      bob< * JOIN #dev
      bob< * 353 *
      bob< * 366 *
      ann< :bob!* JOIN #dev`;

  rule(
    "the second session is sent the rooms, unseen by others",
    `${begin}${login}
      two~ JOIN #dev
      two< :chat.test 353 ann = #dev :@ann bob
      two< :chat.test 366 ann #dev :*
      bob|
      ann|
      two> PRIVMSG #dev :from two
      bob< :ann!* PRIVMSG #dev :from two
      ann< :ann!* PRIVMSG #dev :from two
      two> QUIT
      two< ERROR *
      bob|
      `,
  );

  rule(
    "a lost session is held: its nick stays taken, and messages to it are kept",
    `${begin}
      ann!
      bob> PRIVMSG ann :are you there?
      bob> NAMES #dev
      bob< :chat.test 353 bob = #dev :@ann bob
      bob< * 366 *
      ${login}
      two~ JOIN #dev
      two< * 353 *
      two< * 366 *
      two< :bob!* PRIVMSG ann :[*:*] are you there?
      `,
  );

  rule(
    "a session that ends CAP negotiation before NICK joins the held member too",
    `${begin}
      ann!
      two: raw
      two> CAP REQ sasl
      two~ ACK
      two> AUTHENTICATE PLAIN
      two~ AUTHENTICATE +
      two> AUTHENTICATE ${saslPlain("ann", "sesame88")}
      two~ 903
      two> CAP END
      two> NICK ann
      two> USER ann 0 * :ann
      two~ 001
      two~ JOIN #dev
      two~ 366
      `,
  );
});

rule(
  "an e-mail address that is given has to be one",
  `
    ann: irc
    ann> REGISTER * ann-at-home sesame88
    ann< :chat.test FAIL REGISTER INVALID_EMAIL ann :"ann-at-home" is no e-mail address
    ann> REGISTER * ann@example.org sesame88
    ann< :chat.test REGISTER SUCCESS ann :*
    ann< * 900 *
  `,
);

rule(
  "if the configuration requires an e-mail address, REGISTER needs one",
  `
    ann: irc
    ann> REGISTER * * sesame88
    ann< :chat.test FAIL REGISTER INVALID_EMAIL ann :*
    ann> NS REGISTER sesame88
    ann< :NickServ!* :An e-mail address has to be given: with nc and NickServ it stands behind the password.
    ann> REGISTER * ann@example.org sesame88
    ann< :chat.test REGISTER SUCCESS ann :*
    ann< * 900 *
    bob: irc
    bob> NS REGISTER two words bob@example.org
    bob< :NickServ!* NOTICE bob :bob is registered; you are logged in. The password has 9 characters, with its blanks.
    bob< * 900 *
    carl: nc
    carl> /nick carl
    carl< *
    carl> /register sesame88
    carl< -- An e-mail address has to be given: with nc and NickServ it stands behind the password.
    carl> /register sesame88 carl@example.org
    carl< -- carl is registered, and yours.
    carl< -- You are logged in as carl.
    `,
  { requireEmail: true },
);

import { describe, test } from "bun:test";
import { startChat } from "../harness.ts";
import { play } from "../transcript.ts";

const plain = (name: string, password: string) => Buffer.from(`\0${name}\0${password}`).toString("base64");

describe("accounts", () => {
  test("a nick that is registered is an account, and its owner is told so", async () => {
    await using chat = startChat();
    await play(
      chat.port,
      `
      ann: irc draft/account-registration
      ann> REGISTER * * secret
      ann< :chat.test REGISTER SUCCESS ann :Account successfully registered
      ann< :chat.test 900 ann ann!~ann@* ann :You are now logged in as ann
      ann> REGISTER * * secret
      ann< :chat.test FAIL REGISTER ALREADY_AUTHENTICATED ann :*
      `,
    );
  });

  test("an account's name must be one's nick, and free", async () => {
    await using chat = startChat();
    await play(
      chat.port,
      `
      ann: irc
      ann> REGISTER bob * secret
      ann< :chat.test FAIL REGISTER ACCOUNT_NAME_MUST_BE_NICK bob :*
      ann> REGISTER ann * secret
      ann< * REGISTER SUCCESS *
      ann< * 900 *
      ann> QUIT
      ann< ERROR *
      ann.
      bob: irc
      bob> NICK ann
      bob< :chat.test 433 bob ann :Nickname is already in use
      `,
    );
  });

  test("registration before the connection is complete is refused, unless it is configured", async () => {
    await using chat = startChat();
    await play(
      chat.port,
      `
      eve: raw
      eve> NICK eve
      eve> REGISTER * * secret
      eve< :chat.test FAIL REGISTER COMPLETE_CONNECTION_REQUIRED \\x2a :*
      `,
    );
    await using open = startChat({ registerBeforeConnect: true });
    await play(
      open.port,
      `
      eve: raw
      eve> NICK eve
      eve> REGISTER * * secret
      eve< :chat.test REGISTER SUCCESS eve :*
      eve< :chat.test 900 eve * eve :*
      `,
    );
  });

  test("NickServ is another way to say the same, and nobody hears it", async () => {
    await using chat = startChat();
    await play(
      chat.port,
      `
      ann: irc
      bob: irc
      ann> PRIVMSG NickServ :REGISTER secret
      ann< :NickServ!services@chat.test NOTICE ann :ann is registered; you are logged in.
      ann< * 900 *
      bob> NS IDENTIFY ann wrong
      bob< :NickServ!services@chat.test NOTICE bob :That is not the account's password.
      bob> PRIVMSG nickserv :IDENTIFY ann secret
      bob< :NickServ!* NOTICE bob :ann is yours; you are logged in.
      bob< :chat.test 900 bob bob!~bob@* ann :You are now logged in as ann
      `,
    );
  });
});

describe("SASL", () => {
  test("PLAIN logs in before registration: the right password is a success, a wrong one fails", async () => {
    await using chat = startChat();
    await play(
      chat.port,
      `
      ann: irc
      ann> REGISTER * * secret
      ann< * REGISTER SUCCESS *
      ann< * 900 *
      two: raw
      two> CAP REQ sasl
      two< :chat.test CAP * ACK *sasl
      two> NICK two
      two> USER two 0 * :Two
      two> AUTHENTICATE PLAIN
      two< AUTHENTICATE +
      two> AUTHENTICATE ${plain("ann", "wrong")}
      two< :chat.test 904 two :SASL authentication failed
      two> AUTHENTICATE PLAIN
      two< AUTHENTICATE +
      two> AUTHENTICATE ${plain("ann", "secret")}
      two< :chat.test 900 two two!~two@* ann :You are now logged in as ann
      two< :chat.test 903 two :SASL authentication successful
      two> AUTHENTICATE PLAIN
      two< :chat.test 907 two :*
      `,
    );
  });

  test("a mechanism that is not there is answered with those that are, and an exchange can be given up", async () => {
    await using chat = startChat();
    await play(
      chat.port,
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
      two> AUTHENTICATE ${plain("ann", "secret")}
      two< * 900 *
      two< * 903 *
      two> CAP END
      two< :chat.test 001 ann *`;
  const begin = `
      ann: irc echo-message
      bob: irc
      ann> REGISTER * * secret
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

  test("the second is shown the rooms, and nobody else sees anything", async () => {
    await using chat = startChat();
    await play(
      chat.port,
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
  });

  test("a lost session is held: the nick stays, and what is said to it is kept", async () => {
    await using chat = startChat();
    await play(
      chat.port,
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
  });
});

test("where an address is required, one has to be given", async () => {
  await using chat = startChat({ requireEmail: true });
  await play(
    chat.port,
    `
    ann: irc
    ann> REGISTER * * secret
    ann< :chat.test FAIL REGISTER INVALID_EMAIL ann :*
    ann> REGISTER * ann@example.org secret
    ann< :chat.test REGISTER SUCCESS ann :*
    ann< * 900 *
    `,
  );
});

import { describe, expect, test } from "bun:test";
import { memoryStore } from "../../src/store/sqlite.ts";
import { anAccount } from "../support/chat-fixture.ts";
import { startChat } from "../support/chat-server.ts";
import { WireClient } from "../support/socket.ts";
import { play, rule } from "../support/transcript.ts";

describe("an account, with nc", () => {
  rule(
    "/register makes the nick an account, and nobody else can take it",
    `
      ann: nc
      ann> /register sesame88
      ann< -- ann is registered, and yours.
      ann< -- You are logged in as ann.
      ann> /quit
      ann< -- Goodbye.
      ann.
      bob: nc
      bob> /nick ann
      bob< -- ann is registered to someone; /login ann PASSWORD if that is you.
      `,
  );

  rule(
    "/login logs in, and joins the member that has the nick",
    `
      ann: nc
      ann> /register sesame88
      ann< -- ann is registered, and yours.
      ann< -- You are logged in as ann.
      two: nc
      two> /login ann wrong
      two< -- That is not the account's password, or there is no such account.
      two> /login ann sesame88
      two< -- You are logged in as ann.
      two< -- You are ann, as in your other session.
      two~ -- You are in #lobby now
      two> hello
      two< [*] <ann> hello
      ann~ <ann> hello
      ann|
      `,
  );

  rule(
    "only the person who opens a room is told that it is new, not an operator who returns or has another session",
    `
      ann: irc
      ann> REGISTER * * sesame88
      ann< * REGISTER SUCCESS *
      ann< * 900 *
      ann> JOIN #dev
      ann~ 366
      bob: irc
      bob> JOIN #dev
      bob~ 366
      ann< :bob!* JOIN #dev
      two: nc
      two> /login ann sesame88
      two< -- You are logged in as ann.
      two< -- You are ann, as in your other session.
      two~ You are in #dev now; one other is here.
      bob> PART #dev
      bob< * PART #dev
      ann< :bob!* PART #dev
      two< -- bob left #dev
      two> /leave #dev
      two~ You are in #lobby
      ann~ PART #dev
      two> /join #dev
      two< -- You are in #dev now; nobody else is here.
      ann~ 366 ann #dev
      two> /join #new
      two< -- You are in #new now: it is new, and you are its operator.
      two< -- What is said in #new is kept: whoever joins can read it.
      ann~ 366 ann #new
      `,
  );

  rule(
    "a session without a room speaks in the first room that another session of its account joins",
    `
      ann: irc
      ann> REGISTER * * sesame88
      ann< * REGISTER SUCCESS *
      ann< * 900 *
      two: nc
      two> /login ann sesame88
      two~ You are ann, as in your other session
      two> hello
      two~ You are in no room
      ann> JOIN #dev
      ann~ 366 ann #dev
      two~ What is said in #dev is kept
      two> hello
      two< [*] <ann> hello
      ann< * PRIVMSG #dev :hello
      `,
  );

  rule(
    "/login shows private messages received while away, once",
    `
      ann: nc
      ann> /register sesame88
      ann< -- ann is registered, and yours.
      ann< -- You are logged in as ann.
      ann> /quit
      ann< -- Goodbye.
      ann.
      bob: nc
      bob> /msg ann are you there?
      bob< [*] you → ann: are you there?
      bob< -- ann: Not here at present; what you say is kept
      two: nc
      two> /login ann sesame88
      two< -- You are logged in as ann.
      two< -- You are ann now.
      two< -- While you were not here:
      two< [*] bob → you: are you there?
      two< -- That was all you missed.
      two> /login ann sesame88
      two|
      `,
  );

  test("/ghost takes your nick back from a guest", async () => {
    const store = memoryStore({ clock: Date.now, failed: () => {}, recovered: () => {} });
    await using chat = startChat({}, Date.now, () => store);
    const guest = await WireClient.open(chat.port);
    guest.send("/nick ann\n");
    await guest.until(/You are ann now/);
    const hash = await Bun.password.hash("sesame88", { algorithm: "bcrypt", cost: 4 });
    store.saveAccount(anAccount("ann", { hash }));
    await play(
      chat.port,
      `
      bob: nc
      bob> /ghost ann
      bob< -- Only the owner of the account ann takes that nick back: log in to it first.
      bob> /login ann sesame88
      bob< -- You are logged in as ann.
      bob< -- ann is yours, and in use by a guest; /ghost ann takes it back.
      bob> /ghost
      bob< -- ann is free: its holder is now called ann-2.
      bob< -- You are ann now.
      bob> /ghost
      bob< -- You are ann already.
      `,
    );
    expect((await guest.until(/you are ann-2/)).at(-1)).toBe(
      "-- ann is registered, and its owner has taken it back: you are ann-2 from now on.",
    );
  });

  rule(
    "/passwd and /drop work for the owner alone",
    `
      ann: nc
      ann> /passwd x
      ann< -- Log in first: only the owner of an account can do that.
      ann> /register sesame88
      ann~ You are logged in as ann.
      two: nc
      two> /login ann sesame88
      two~ You are in #lobby now
      ann> /passwd  two words
      ann< -- ann-2 joined #lobby
      ann< -- ann has a new password. The password has 10 characters, with its blanks. Its other sessions are logged out.
      two~ The account ann has another password now
      two> /login ann  two words
      two~ You are logged in as ann.
      ann> /drop sesame88
      ann~ That is not the account's password, or there is no such account.
      ann> /drop  two words
      ann~ ann-2 joined #lobby
      ann~ You are logged out
      ann~ ann is no longer an account: anyone can use the nick, and its messages stay.
      two~ You are logged out
      two~ You are
      `,
  );

  rule(
    "a command with a password is never said in a room",
    `
      bob: nc
      ann: nc
      ann>  /login sesame88
      ann< -- That is not the account's password, or there is no such account.
      bob|
      `,
  );
});

import { describe, test } from "bun:test";
import { startChat } from "../harness.ts";
import { play } from "../transcript.ts";

describe("an account, from nc", () => {
  test("/register makes the nick one, and nobody else can have it", async () => {
    await using chat = startChat();
    await play(
      chat.port,
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
      bob< -- *ann-2*
      `,
    );
  });

  test("/login proves it, and joins the member that has the nick", async () => {
    await using chat = startChat();
    await play(
      chat.port,
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
  });

  test("/login shows what was said to one meanwhile, once", async () => {
    await using chat = startChat();
    await play(
      chat.port,
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
      two< -- While you were not here:
      two< [*] bob → you: are you there?
      two< -- That was all you missed.
      two< -- You are ann now.
      two> /login ann sesame88
      two|
      `,
    );
  });

  test("a password is never said", async () => {
    await using chat = startChat();
    await play(
      chat.port,
      `
      bob: nc
      ann: nc
      ann>  /login sesame88
      ann< -- That is not the account's password, or there is no such account.
      bob|
      `,
    );
  });
});

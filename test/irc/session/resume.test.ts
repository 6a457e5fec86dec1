import { describe } from "bun:test";
import { rule } from "../../support/transcript.ts";

const KEY = "k".repeat(32);

/** A guest comes in with a key. */
const enters = (name: string, nick: string, key = KEY) => `
  ${name}: raw
  ${name}> CAP REQ tcpchat/resume
  ${name}~ ACK
  ${name}> RESUME ${key}
  ${name}> NICK ${nick}
  ${name}> USER a 0 * :A
  ${name}> CAP END
`;

describe("a guest with a key whose connection is lost", () => {
  rule(
    "stays, and is taken over by it, with nick and rooms, unseen by others",
    `
      ${enters("ann", "ann")}
      ann~ 422 ann
      ann> JOIN #dev
      ann~ 366 ann #dev
      bob: irc
      bob> JOIN #dev
      bob~ 366 bob #dev
      ann!
      bob> PRIVMSG #dev :meanwhile
      ${enters("two", "ann-2")}
      two~ 422 ann
      two~ JOIN #dev
      two> PRIVMSG #dev :back
      bob< :ann!* PRIVMSG #dev :back
    `,
  );

  rule(
    "belongs to its key: another key is another guest, and a bad key is refused",
    `
      ${enters("ann", "ann")}
      ann~ 422 ann
      ann!
      ${enters("two", "ann-2", "x".repeat(32))}
      two~ 422 ann-2
      eve: raw
      eve> CAP REQ tcpchat/resume
      eve~ ACK
      eve> RESUME short
      eve< :chat.test FAIL RESUME INVALID_KEY :A key has 32 to 64 letters, digits, - and _
    `,
  );

  rule(
    "is gone at once after QUIT",
    `
      ${enters("ann", "ann")}
      ann~ 422 ann
      ann> QUIT
      ann~ ERROR
      ${enters("two", "zoe")}
      two~ 422 zoe
    `,
  );
});

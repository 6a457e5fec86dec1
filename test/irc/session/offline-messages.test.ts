import { describe, test } from "bun:test";
import { startChat } from "../../support/chat-server.ts";
import { play } from "../../support/transcript.ts";

const owned = (name: string) => `
  ${name}: irc
  ${name}> REGISTER * * secret
  ${name}< * REGISTER SUCCESS *
  ${name}< * 900 *
  ${name}> QUIT
  ${name}~ ERROR
  ${name}.
`;

const logsIn = (name: string, player: string, caps = "") => `
  ${player}: raw
  ${player}> CAP REQ :sasl ${caps}
  ${player}~ ACK
  ${player}> AUTHENTICATE PLAIN
  ${player}~ AUTHENTICATE +
  ${player}> AUTHENTICATE ${btoa(`\0${name}\0secret`)}
  ${player}~ 903
  ${player}> NICK ${name}
  ${player}> USER ${name} 0 * :${name}
  ${player}> CAP END
  ${player}~ 422
`;

describe("what was said to an account while it was away", () => {
  test("is shown to it once when it comes, with the time", async () => {
    await using chat = startChat();
    await play(
      chat.port,
      `${owned("ann")}
      bob: irc
      bob> PRIVMSG ann :first
      bob< :chat.test 301 bob ann :*
      bob> PRIVMSG ann :\\x01ACTION waves\\x01
      bob< :chat.test 301 bob ann :*
      bob> PRIVMSG ann :\\x01VERSION\\x01
      ${logsIn("ann", "one", "server-time")}
      one< @time=*Z :bob!* PRIVMSG ann :first
      one< @time=*Z :bob!* PRIVMSG ann :\\x01ACTION waves\\x01
      one> QUIT
      one~ ERROR
      ${logsIn("ann", "two", "server-time")}
      two|
      `,
    );
  });

  test("waits for one who logs in to it later, and is shown under their nick", async () => {
    await using chat = startChat();
    await play(
      chat.port,
      `${owned("ann")}
      bob: irc
      bob> PRIVMSG ann :hello
      bob< * 301 *
      eve: irc server-time
      eve> PRIVMSG NickServ :IDENTIFY ann secret
      eve~ 900
      eve< @time=*Z :bob!* PRIVMSG eve :hello
      `,
    );
  });

  test("is left to those who read the past by themselves, and is not shown again once they have", async () => {
    await using chat = startChat();
    await play(
      chat.port,
      `${owned("ann")}
      bob: irc
      bob> PRIVMSG ann :hello
      bob< * 301 *
      ${logsIn("ann", "one", "batch draft/chathistory")}
      one> PING 1
      one< * PONG *
      one> QUIT
      one~ ERROR
      ${logsIn("ann", "two", "batch draft/chathistory")}
      two> CHATHISTORY LATEST bob * 10
      two< :chat.test BATCH +* chathistory bob
      two< @batch=* :bob!* PRIVMSG ann :hello
      two< :chat.test BATCH -*
      two> QUIT
      two~ ERROR
      ${logsIn("ann", "three")}
      three|
      `,
    );
  });

  test("comes as pieces of history, one of each talk, to those who ask for it so", async () => {
    await using chat = startChat();
    await play(
      chat.port,
      `${owned("ann")}
      bob: irc
      eve: irc
      bob> PRIVMSG ann :one
      bob< * 301 *
      eve> PRIVMSG ann :two
      eve< * 301 *
      bob> PRIVMSG ann :three
      bob< * 301 *
      ${logsIn("ann", "one", "batch draft/chathistory tcpchat/missed")}
      one< :chat.test BATCH +* chathistory bob
      one< @batch=* :bob!* PRIVMSG ann :one
      one< @batch=* :bob!* PRIVMSG ann :three
      one< :chat.test BATCH -*
      one< :chat.test BATCH +* chathistory eve
      one< @batch=* :eve!* PRIVMSG ann :two
      one< :chat.test BATCH -*
      `,
    );
  });

  test("is nothing that another of its sessions has heard", async () => {
    await using chat = startChat();
    await play(
      chat.port,
      `${owned("ann")}
      bob: irc
      ${logsIn("ann", "one")}
      bob> PRIVMSG ann :hello
      one< :bob!* PRIVMSG ann :hello
      ${logsIn("ann", "two")}
      two|
      `,
    );
  });
});

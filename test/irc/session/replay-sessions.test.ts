import { describe, expect, test } from "bun:test";
import { logsIn, registers } from "../../support/accounts.ts";
import { nowhere, Program } from "../../support/binary.ts";
import { startChat } from "../../support/chat-server.ts";
import { WireClient } from "../../support/socket.ts";
import { play, rule } from "../../support/transcript.ts";

const TALK = `
  ${registers("ann")}
  bob: irc
  bob> JOIN #dev
  bob~ 366
  bob> PRIVMSG #dev :first
`;

describe("a session of an account that was lost and comes back", () => {
  rule(
    "gets the messages since then, in the room where it still is",
    `${TALK}
      ${logsIn("one")}
      one> JOIN #dev
      one~ 366
      one< :bob!* PRIVMSG #dev :[*] first
      bob< * JOIN #dev
      one!
      bob> PRIVMSG #dev :second
      ${logsIn("two")}
      two< :ann!* JOIN #dev
      two~ 366
      two< :bob!* PRIVMSG #dev :[*] second
      two|
      `,
  );

  rule(
    "is not taken for another device, which gets the usual replay",
    `${TALK}
      ${logsIn("one")}
      one> JOIN #dev
      one~ 366
      one< :bob!* PRIVMSG #dev :[*] first
      bob< * JOIN #dev
      ${logsIn("two")}
      two< :ann!* JOIN #dev
      two~ 366
      two< :bob!* PRIVMSG #dev :[*] first
      one!
      bob> PRIVMSG #dev :second
      two< :bob!* PRIVMSG #dev :second
      ${logsIn("three", { user: "phone" })}
      three< :ann!* JOIN #dev
      three~ 366
      three< :bob!* PRIVMSG #dev :[*] first
      three< :bob!* PRIVMSG #dev :[*] second
      three|
      `,
  );
});

rule(
  "messages that a bot missed stay unread until it fetches them, whatever it receives meanwhile",
  `${registers("ann")}
    bob: irc
    bob> PRIVMSG ann :missed
    bob~ 301
    ${logsIn("one")}
    one> MODE ann +B
    one~ MODE
    bob> PRIVMSG ann :heard
    one< :bob!* PRIVMSG ann :heard
    one> PING x
    one< * PONG *
    one> QUIT
    one~ ERROR
    ${logsIn("two")}
    two< :bob!* PRIVMSG ann :[*] missed
    two< :bob!* PRIVMSG ann :[*] heard
    two|
    `,
);

test("a member that left before a restart gets the messages since then, after it", async () => {
  const data = nowhere();
  const visit = async (nick: string, ...lines: readonly string[]) => {
    await using server = await Program.server(["--data", data]);
    const wire = await WireClient.open(server.port);
    wire.send(`NICK ${nick}\r\nUSER a 0 * :A\r\nJOIN #lobby\r\n`);
    wire.send([...lines, "PING x", ""].join("\r\n"));
    const heard = (await wire.until(/ PONG /)).filter((line) => line.includes(" PRIVMSG #lobby "));
    server.process.kill("SIGTERM");
    expect(await server.exit()).toBe(0);
    return heard.map((line) => line.slice(line.lastIndexOf(" ") + 1));
  };
  expect(await visit("ann", "PRIVMSG #lobby :first")).toEqual([]);
  expect(await visit("bob", "PRIVMSG #lobby :second")).toEqual(["first"]);
  expect(await visit("ann")).toEqual(["second"]);
  expect(await visit("eve")).toEqual(["first", "second"]);
});

describe("[history] replay", () => {
  const joins = (player: string) => `
    ${player}> JOIN #dev
    ${player}~ 366
    bob< * JOIN #dev
  `;

  rule(
    "limits the replay, with an IRC client and with nc",
    `bob: irc
      bob> JOIN #dev
      bob~ 366
      bob> PRIVMSG #dev :first
      bob> PRIVMSG #dev :second
      eve: irc
      eve> JOIN #dev
      eve~ 366
      eve< :bob!* PRIVMSG #dev :[*] second
      bob< * JOIN #dev
      carl: nc
      carl> /join #dev
      carl< *bob> second
      carl< -- You are in #dev*
      bob< * JOIN #dev
      eve< * JOIN #dev
      `,
    { replay: 1 },
  );

  test("turns the replay off if it is 0, once the configuration is read again", async () => {
    await using chat = startChat();
    chat.reload({ replay: 0 });
    await play(
      chat.port,
      `bob: irc
      bob> JOIN #dev
      bob~ 366
      bob> PRIVMSG #dev :first
      eve: irc
      ${joins("eve")}
      eve|
      carl: nc
      carl> /join #dev
      carl< -- You are in #dev*
      bob< * JOIN #dev
      eve< * JOIN #dev
      `,
    );
  });
});

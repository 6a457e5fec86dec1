import { describe, expect, test } from "bun:test";
import type { Screen } from "../support/client/terminal.ts";
import { WireClient } from "../support/socket.ts";
import { has, type SshChat, sshScreen, startSshChat } from "../support/ssh-chat.ts";

const IRC_CAPS =
  "account-tag batch echo-message labeled-response message-tags server-time draft/message-redaction draft/multiline";

/** A full screen in a room. */
async function inRoom(chat: SshChat, user: string): Promise<Screen> {
  const screen = sshScreen(chat, user);
  screen.resize(100, 30);
  await screen.sees("In #lobby");
  screen.type("/join #all\r");
  await screen.sees("In #all");
  return screen;
}

const holds = (screen: Screen, text: string) => screen.rows().filter((row) => row.includes(text)).length;

describe.skipIf(!has("ssh"))("an SSH session in a room with nc, an IRC client and another session", () => {
  test("replies, reacts, takes back and counts, and sees when others do so", async () => {
    await using chat = startSshChat();
    const nc = await WireClient.open(chat.port);
    nc.send("/nick netcat\n/join #all\n");
    await nc.until(/You are in #all now/);
    const irc = await WireClient.inRoom(chat.port, "wee", "#all", IRC_CAPS);
    const [ann, bob] = [await inRoom(chat, "ann"), await inRoom(chat, "bob")];
    const idOf = (text: string) => new RegExp(`msgid=([^;\\s]+)\\S* .*:${text}\\r`).exec(irc.received)?.[1] ?? "?";
    try {
      // Each line is there once, for its speaker too.
      nc.send("from nc\n");
      irc.send("PRIVMSG #all :from irc\r\n");
      ann.type("from ann\r");
      bob.type("from bob\r");
      const said = ["from nc", "from irc", "from ann", "from bob"];
      for (const text of said) {
        for (const screen of [ann, bob]) await screen.sees(text);
        for (const wire of [nc, irc]) await wire.text(new RegExp(`${text}\\r?\\n`));
      }
      for (const text of said) for (const screen of [ann, bob]) expect([text, holds(screen, text)]).toEqual([text, 1]);

      // A reply names its message, and shows it where there are replies.
      ann.type("/reply netcat answered\r");
      await nc.until(/<ann> answered/);
      await irc.text(new RegExp(`draft/reply=${idOf("from nc")}.* PRIVMSG #all :answered\\r\\n`));
      for (const screen of [ann, bob]) await screen.until(() => holds(screen, "from nc") === 2);

      // A reaction is shown at its message; nc has it in a line.
      ann.type("/react 👍 netcat\r");
      await nc.until(/ann reacted 👍/);
      await irc.text(
        new RegExp(`draft/reply=${idOf("from nc")}.*draft/react=👍|draft/react=👍.*draft/reply=${idOf("from nc")}`),
      );
      for (const screen of [ann, bob]) await screen.sees("👍");

      // A message taken back is gone from every screen, no matter who takes it back.
      ann.type("/undo\r");
      await nc.until(/ann took back/);
      await irc.text(new RegExp(`REDACT #all ${idOf("answered")}`));
      for (const screen of [ann, bob]) await screen.until(() => holds(screen, "answered") === 0);
      irc.send(`REDACT #all ${idOf("from irc")} :a mistake\r\n`);
      for (const screen of [ann, bob]) await screen.until(() => holds(screen, "from irc") === 0);

      // Messages in another room are counted, with a mark for a mention, until they are read.
      nc.send("/join #lobby\nnobody is meant\nhello ann\n");
      await ann.until((rows) => rows.some((row) => /#lobby +2!/.test(row)));
      await bob.until((rows) => rows.some((row) => /#lobby +2(?!!)/.test(row)));
      ann.type("/join #lobby\r");
      await ann.sees("hello ann");
      await ann.until((rows) => rows.every((row) => !/#lobby +\d/.test(row)));
    } finally {
      for (const screen of [ann, bob]) screen.program.kill();
      for (const wire of [nc, irc]) wire.close();
    }
  });
});

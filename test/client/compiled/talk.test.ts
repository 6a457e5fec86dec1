import { expect, test } from "bun:test";
import { Program } from "../../support/binary.ts";
import { compiledClients } from "../../support/client/compiled.ts";
import type { Screen } from "../../support/client/terminal.ts";
import { WireClient } from "../../support/socket.ts";

const { open } = compiledClients();

/** The colour of a nick in front of a message with this text. */
function colour(screen: Screen, nick: string, text: string): string {
  const at = screen.rows().findIndex((row) => row.includes(`${nick} │ ${text}`));
  const column = screen.rows()[at]?.indexOf(nick) ?? -1;
  const { buffer } = screen.terminal;
  return String(
    buffer.active
      .getLine(buffer.active.baseY + at)
      ?.getCell(column)
      ?.getFgColor(),
  );
}

/** Whether the last character of the first row that ends with this text is dim. */
function isDim(screen: Screen, rows: readonly string[], text: string): boolean {
  const at = rows.findIndex((row) => row.endsWith(text));
  const { active } = screen.terminal.buffer;
  return (
    active
      .getLine(active.baseY + at)
      ?.getCell((rows[at]?.length ?? 0) - 1)
      ?.isDim() !== 0
  );
}

test("people are ignored, away and apart by colour; an operator redacts, and nc is told which message is gone", async () => {
  await using server = await Program.server();
  const ann = await open(server.port, ["--nick", "ann", "--room", "tea"], { columns: 120 });
  await ann.sees("In #tea: ann");
  const nc = await WireClient.open(server.port);
  nc.send("/nick nan\n/join tea\nhello\n");
  await ann.sees("nan │ hello");
  const nicks = ["bob", "carl", "dora", "eve", "frank", "grace"];
  const people = await Promise.all(nicks.map(() => WireClient.open(server.port)));
  for (const [i, person] of people.entries()) {
    person.send(`NICK ${nicks[i]}\r\nUSER u 0 * :u\r\nJOIN #tea\r\nPRIVMSG #tea :I am ${nicks[i]}\r\n`);
  }
  for (const nick of nicks) await ann.sees(`${nick} │ I am ${nick}`);
  expect(new Set(nicks.map((nick) => colour(ann, nick, `I am ${nick}`))).size).toBe(nicks.length);

  const [bob, carl] = people;
  bob?.send("AWAY :lunch\r\n");
  await ann.until((rows) => isDim(ann, rows, "│ bob"));
  ann.type("/ignore carl\r");
  await ann.sees("You do not see any more what carl says");
  carl?.send("PRIVMSG #tea :you cannot see this\r\n");
  bob?.send("AWAY\r\nPRIVMSG #tea :too loud\r\n");
  const rows = await ann.sees("bob │ too loud");
  expect(rows.join("\n")).not.toContain("you cannot see this");

  // #tea is ann's: she takes a message of bob back, after a question.
  ann.type("\x1b[1;3Ad");
  await ann.sees("y does it");
  ann.type("y");
  await ann.loses("too loud");
  await nc.until(/^-- .*ann took back .*bob/);
  for (const wire of [nc, ...people]) wire.close();
});

test("the bell and the title announce unseen messages, CTCP is answered, and typing is shown", async () => {
  await using server = await Program.server();
  const ann = await open(server.port, ["--nick", "ann"]);
  await ann.sees("In #lobby: ann");
  const bob = await WireClient.open(server.port);
  bob.send("CAP REQ message-tags\r\nNICK bob\r\nUSER u 0 * :u\r\nCAP END\r\nJOIN #lobby\r\n");
  await bob.until(/ 366 /);
  const titles: string[] = [];
  ann.terminal.onTitleChange((title) => titles.push(title));
  const bells = () => ann.written.split("\x07").length - 1;
  // The room on the screen is being read.
  ann.type("x\x1b[I");
  await bob.until(/^@\S*\+typing=active\S* :ann\S* TAGMSG #lobby/);
  bob.send("PRIVMSG #lobby :ann, you read this\r\n");
  await ann.sees("bob │ ann, you read this");
  expect(bells()).toBe(0);
  ann.type("y\x1b[O");
  await ann.sees("> xy|");
  bob.send("PRIVMSG #lobby :ann, are you there?\r\n");
  await ann.until(() => bells() === 1);
  await ann.until(() => titles.at(-1) === "(1!) #lobby - tcpchat");
  ann.type("\x1b[I");
  await ann.until(() => titles.at(-1) === "#lobby - tcpchat");

  bob.send("PRIVMSG ann :\x01VERSION\x01\r\n");
  await bob.until(/NOTICE bob :\x01VERSION tcpchat /);
  bob.close();
});

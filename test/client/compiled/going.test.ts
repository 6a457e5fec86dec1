import { expect, test } from "bun:test";
import { Program } from "../../support/binary.ts";
import { compiledClients } from "../../support/client/compiled.ts";
import type { Screen } from "../../support/client/terminal.ts";

const { folder, open } = compiledClients();

const ROOMS = Array.from({ length: 12 }, (_, i) => `r${i + 1}`);

/** Ann's client in twelve rooms, at #r1. */
async function inTwelve(port: number, home = folder()): Promise<Screen> {
  const screen = await open(port, ["--nick", "ann", ...ROOMS.flatMap((room) => ["--room", room])], {
    columns: 120,
    home,
  });
  await screen.until((rows) => rows.some((row) => /^12 #r12 /.test(row)));
  return screen;
}

test("keys, the list and the mouse go to any of twelve rooms; /leave goes back; rooms are moved, hidden and muted", async () => {
  await using server = await Program.server();
  const ann = await inTwelve(server.port);
  ann.type("\x1bj12");
  await ann.isIn("#r12");
  ann.type("\x1b0");
  await ann.isIn("#r10");
  ann.type("\x1b/");
  await ann.isIn("#r12");
  ann.type("\x0br7\r");
  await ann.isIn("#r7");
  ann.type("\x1b[<0;4;4M\x1b[<0;4;4m");
  await ann.isIn("#r3");
  ann.type("/leave\r");
  await ann.isIn("#r7");
  ann.type("/move 1\r");
  await ann.until((rows) => rows[1]?.startsWith(" 1 #r7 ") === true && rows[2]?.startsWith(" 2 #r1 ") === true);
  const bob = await open(server.port, ["--nick", "bob", "--room", "r7", "--room", "r4"]);
  await ann.sees("bob joined");
  ann.type("/notify none\r");
  await ann.until((rows) => /^ 1 #r7 +muted/.test(rows[1] ?? ""));
  ann.type("/hide\r");
  await ann.until((rows) => rows[1]?.startsWith(" 1 #r1 ") === true);
  bob.type("is anybody here?\r");
  await ann.until((rows) => /^ 1 #r7 +muted/.test(rows[1] ?? ""));
  // The next unread and the next mention.
  bob.type("\x1b2ann: a word\r");
  await ann.until((rows) => rows.some((row) => /#r4 +1!│/.test(row)));
  ann.type("\x1bh");
  await ann.isIn("#r4");
});

test("the lists stand by the width of the terminal and by keys; the bare view and /copy give text without bars", async () => {
  await using server = await Program.server();
  const ann = await inTwelve(server.port);
  await ann.until((rows) => rows[1]?.endsWith("│@ann") === true);
  ann.resize(90, 24);
  await ann.until((rows) => !rows.some((row) => /^ *\d+ #/.test(row) || row.endsWith("│@ann")));
  ann.type("\x1bs\x1bn");
  await ann.until((rows) => /^ 1 #r1 .*│@ann$/.test(rows[1] ?? ""));
  ann.type("\x1bs\x1bnone\rtwo 漢字\r");
  await ann.sees("ann │ two 漢字");
  ann.type("\x1bl");
  const bare = await ann.until((rows) => rows.some((row) => /^\d\d:\d\d <ann> two 漢字$/.test(row.replace("|", ""))));
  expect(bare.join("\n")).not.toContain("│");
  ann.type("\x1b");
  await ann.isIn("#r1");
  ann.type("/copy 2\r");
  await ann.sees("Copied 2 messages");
  const [, copied = ""] = /\x1b\]52;c;([^\x1b]+)\x1b/.exec(ann.written) ?? [];
  expect(Buffer.from(copied, "base64").toString()).toMatch(/^\d\d:\d\d <ann> one\n\d\d:\d\d <ann> two 漢字$/);
});

test("/search finds a message of any room, Enter goes there, Esc returns; the input history is kept for the next run", async () => {
  await using server = await Program.server();
  const home = folder();
  const first = await inTwelve(server.port, home);
  first.type("the zebra crossing\r");
  await first.sees("ann │ the zebra crossing");
  for (let i = 0; i < 30; i++) first.type(`filler ${i}\r`);
  await first.sees("ann │ filler 29");
  first.type("\x1bj12");
  await first.isIn("#r12");
  first.type("/search zebra\r");
  await first.sees("<ann> the zebra crossing");
  first.type("\r");
  await first.isIn("#r1");
  await first.sees("ann │ the zebra crossing");
  first.type("\x1b");
  await first.isIn("#r12");
  first.type("/quit\r");
  expect(await first.program.exited).toBe(0);
  const again = await open(server.port, ["--nick", "ann"], { home, columns: 120 });
  await again.sees(" #r12 ");
  again.type("\x12zebra");
  await again.sees("(search ‘zebra’) /search |zebra");
});

test("a link leads to a room of this server by /join, and to another server by /connect", async () => {
  await using here = await Program.server();
  await using there = await Program.server();
  const ann = await open(here.port, ["--nick", "ann"], { columns: 120 });
  await ann.sees("In #lobby: ann");
  ann.type(`/join irc://127.0.0.1:${here.port}/tea\r`);
  await ann.isIn("#tea");
  const link = `irc://127.0.0.1:${there.port}/cake`;
  ann.type(`/join ${link}\r`);
  await ann.sees("That room is on another server: /connect");
  ann.type(`/connect ${link}\r`);
  await ann.isIn(`127.0.0.1:${there.port}/#cake`);
});

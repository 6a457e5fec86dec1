import { expect, test } from "bun:test";
import { Program } from "../../support/binary.ts";
import { compiledClients } from "../../support/client/compiled.ts";

const { open } = compiledClients();

const times = (text: string, word: string) => text.split(word).length - 1;

test("line by line: one's own line stands once, and corrections, replies, redactions and unread rooms are told", async () => {
  await using server = await Program.server();
  const bob = await open(server.port, ["--nick", "bob", "--room", "tea", "--room", "ops"]);
  await bob.isIn("#tea");
  await bob.until((rows) => rows.some((row) => /#ops/.test(row)));
  const ann = await open(server.port, ["--nick", "ann", "--room", "tea", "--linear"], { rows: 40 });
  await ann.sees("-- In #tea: ");
  ann.type("teh plan\r");
  await bob.sees("ann │ teh plan");
  ann.type("s/teh/the/\r");
  await bob.sees("✎ the plan");
  bob.type("\x1b[1;3Arwell done\r");
  await ann.sees("well done");
  bob.type("\x1b[1;3Ae1");
  await ann.sees("bob reacted with 👍 to bob: “well done”");
  bob.type("/undo\r");
  await ann.sees("bob took back");
  expect(times(ann.written, "teh plan")).toBe(1);
  ann.type("/register correct horse\r");
  await ann.sees("ann is yours now");
  ann.type("/join ops\r");
  await ann.sees("-- In #ops: ");
  ann.type("/quit\r");
  expect(await ann.program.exited).toBe(0);
  expect(ann.written).not.toMatch(/\x1b\[[\d;]*[HJK]/);
  bob.type("\x1b2ann: look here\r");
  await bob.sees("bob │ ann: look here");
  const again = await open(server.port, ["--nick", "ann", "--account", "ann", "--linear"], {
    rows: 40,
    env: { TCPCHAT_PASSWORD: "correct horse" },
  });
  await again.sees("#ops: 1 unread, 1 for you");
  again.type("/catchup\r");
  await again.sees("ann: look here");
});

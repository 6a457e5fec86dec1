import { expect, test } from "bun:test";
import { Program } from "../../support/binary.ts";
import { compiledClients } from "../../support/client/compiled.ts";
import { WireClient } from "../../support/socket.ts";

const { folder, open } = compiledClients();

test("the first start shows three hints; refusals appear in the room of the act, in nc's words", async () => {
  await using server = await Program.server();
  const home = folder();
  const bob = await open(server.port, ["--nick", "bob", "--room", "tea"]);
  await bob.sees("In #tea: bob");
  const first = await open(server.port, ["--nick", "ann", "--room", "tea"], { home });
  await first.sees("and Enter says it in #tea");
  await first.sees("Messages are kept");
  await first.sees("/register makes the name ann yours.");
  await first.sees("/help tells what else there is");
  const nc = await WireClient.open(server.port);
  nc.send("/nick nan\n/join tea\n");
  await nc.until(/You are in #tea now/);
  for (const [line, words] of [
    ["/nick bob", "bob is in use; /nick"],
    ["/topic mine", "Only an operator of #tea may do that; /who #tea"],
    ["/whois zed", "Nobody here is called zed; /who"],
    ["/jion x", "There is no /jion: did you mean /join?"],
  ] as const) {
    nc.send(`${line}\n`);
    await nc.until(new RegExp(`^-- ${words.replaceAll("?", "\\?")}`));
    first.type(`${line}\r`);
    await first.sees(`-- │ ${words}`);
  }
  expect(first.rows().at(-2)).toStartWith(" ann │ #tea");

  first.type("/help\r");
  await first.isIn("Help");
  first.type("topic");
  await first.sees(" /topic [TEXT]");
  first.type("\x1b");
  await first.isIn("#tea");
  first.type("/keys\r");
  await first.isIn("Keys");
  first.type("\x1b");
  await first.isIn("#tea");
  const long = Array.from({ length: 150 }, (_, i) => `line ${i}`).join("\n");
  first.type(`\x1b[200~${long}\x1b[201~`);
  await first.sees("line 149");
  first.type("\r");
  await first.sees("Send these 150 lines as 2 messages?");
  first.type("\x1b");
  await first.loses("Send these");
  first.type("\x03");
  await first.loses("line 149");
  first.type("/quit\r");
  expect(await first.program.exited).toBe(0);
  const again = await open(server.port, ["--nick", "ann", "--room", "tea"], { home });
  await again.sees("-- │ ");
  again.type("hello\r");
  expect((await again.sees("ann │ hello")).join("\n")).not.toContain("and Enter says it");
  nc.close();
});

test("a password is asked for at the terminal; times are the reader's", async () => {
  await using server = await Program.server();
  const tokyo = await open(server.port, ["--nick", "ann", "--room", "tea"], { env: { TZ: "Asia/Tokyo" } });
  await tokyo.sees("In #tea: ann");
  tokyo.type("/register correct horse\r");
  await tokyo.sees("ann is yours now");
  tokyo.type("at noon\r");
  const time = (rows: readonly string[]) =>
    rows.map((row) => / (\d\d:\d\d) +ann │ at noon/.exec(row.padStart(200))?.[1]).find((each) => each !== undefined);
  const there = time(await tokyo.sees("ann │ at noon"));
  const utc = await open(server.port, ["--nick", "ann", "--account", "ann", "--room", "tea"], { env: { TZ: "UTC" } });
  await utc.sees("assword");
  expect(utc.terminal.buffer.active.type).toBe("normal");
  utc.type("correct horse\r");
  const here = time(await utc.sees("ann │ at noon"));
  await utc.sees(" ann ✓ ");
  expect(utc.written).not.toContain("correct horse");
  const minutes = ([hour = 0, minute = 0]: readonly number[]) => hour * 60 + minute;
  const [east, west] = [there, here].map((each) => minutes((each ?? "").split(":").map(Number)));
  expect(((east ?? 0) - (west ?? 0) + 1440) % 1440).toBe(9 * 60);
});

test("nc has ten lines of help first, and a bare word that is a command is said, with a hint", async () => {
  await using server = await Program.server();
  const nc = await WireClient.open(server.port);
  nc.send("/nick nan\n");
  await nc.until(/You are nan now|You are now nan/);
  nc.send("/help\nPING\n");
  const help = await nc.until(/\/help all/);
  expect(help.length).toBeLessThanOrEqual(11);
  nc.send("quit\n");
  await nc.until(/<nan> quit/);
  await nc.until(/-- .*\/quit/);
  nc.close();
});

import { expect, test } from "bun:test";
import { Program } from "../../support/binary.ts";
import { compiledClients } from "../../support/client/compiled.ts";

const { folder, open } = compiledClients();

test("reactions, replies and redactions are kept: a newcomer sees them, also after the server was killed", async () => {
  const data = ["--data", folder()];
  let server = await Program.server(data);
  const { port } = server;
  const [ann, bob] = [
    await open(port, ["--nick", "ann", "--room", "tea"]),
    await open(port, ["--nick", "bob", "--room", "tea"]),
  ];
  await ann.sees("In #tea: ");
  await bob.sees("In #tea: ");
  bob.type("the plan\r");
  await ann.sees("bob │ the plan");
  ann.type("\x1b[1;3Ae1");
  await bob.sees("👍 1");
  ann.type("\x1b[1;3Aragreed\r");
  await bob.sees("ann │ ↪ bob: the plan");
  bob.type("never mind\r");
  await ann.sees("bob │ never mind");
  bob.type("/undo\r");
  await ann.sees("bob took back a message");
  const look = async (nick: string) => {
    const newcomer = await open(port, ["--nick", nick, "--room", "tea"]);
    await newcomer.sees("│ ↪ bob: the plan");
    await newcomer.sees("│ agreed");
    const rows = await newcomer.sees("│ 👍 1");
    expect(rows.filter((row) => row.includes("bob │ the plan"))).toHaveLength(1);
    expect(rows.join("\n")).not.toContain("never mind");
    newcomer.type("/quit\r");
    await newcomer.program.exited;
  };
  await look("zoe");
  server.process.kill("SIGKILL");
  await server.process.exited;
  server = await Program.server([...data, "--port", String(port)]);
  await using _ = server;
  await look("eve");
});

test("a conversation keeps them as well, on the other device of its account", async () => {
  await using server = await Program.server();
  const bob = await open(server.port, ["--nick", "bob"]);
  await bob.sees("In #lobby: bob");
  const ann = await open(server.port, ["--nick", "ann"]);
  await ann.sees("In #lobby: ");
  ann.type("/register correct horse\r");
  await ann.sees("ann is yours now");
  bob.type("/query ann between us\r");
  await ann.until((rows) => rows.some((row) => /bob +1!│/.test(row)));
  ann.type("\x1ba");
  await ann.isIn("bob");
  ann.type("\x1b[1;3Ae2");
  await bob.sees("1");
  await bob.until((rows) => rows.some((row) => /│ ❤\S* 1/.test(row)));
  const phone = await open(server.port, ["--nick", "ann", "--account", "ann"], {
    env: { TCPCHAT_PASSWORD: "correct horse" },
  });
  await phone.sees(" ann ✓ ");
  phone.type("\x0bbob\r");
  await phone.sees("bob │ between us");
  await phone.until((rows) => rows.some((row) => /│ ❤\S* 1✓/.test(row)));
});

test("after kill -9 of server and client, the client starts without the server; messages are stored once, in order", async () => {
  const data = ["--data", folder()];
  const home = folder();
  const server = await Program.server(data);
  const { port } = server;
  const first = await open(port, ["--nick", "ann", "--room", "tea"], { home });
  await first.sees("In #tea: ann");
  first.type("one\r");
  await first.until((rows) => rows.some((row) => row.endsWith("ann │ one")));
  server.process.kill("SIGKILL");
  await server.process.exited;
  await first.sees("Not connected: ");
  first.type("two\r");
  await first.sees("two (waiting)");
  first.program.kill("SIGKILL");
  await first.program.exited;
  const second = await open(port, ["--nick", "ann"], { home });
  await second.sees("-- │ Not connected: connection refused; connecting again.");
  await second.sees("two (waiting)");
  second.type("three\r");
  await second.sees("three (waiting)");
  await using _ = await Program.server([...data, "--port", String(port)]);
  second.type("\x1bc"); // connects at once
  const rows = await second.until((all) => all.some((row) => row.endsWith("ann │ three")));
  expect(rows.join("\n").match(/ann │ (one|two|three)/g)).toEqual(["ann │ one", "ann │ two", "ann │ three"]);
});

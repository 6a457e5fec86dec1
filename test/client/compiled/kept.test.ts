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

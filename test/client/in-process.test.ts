import { expect, test } from "bun:test";
import { startChat } from "../support/chat-server.ts";
import { endClients, startClient } from "../support/client/memory-client.ts";

test("two full-screen clients in one process talk without sockets", async () => {
  await using chat = startChat();
  const ann = startClient(chat, "ann");
  await ann.sees("In #lobby: ann");
  const bob = startClient(chat, "bob");
  await ann.sees("bob joined");
  ann.type("hello bob\r");
  await bob.sees("ann │ hello bob");
  // Input, current room and terminal size are separate.
  bob.type("half a li");
  await bob.sees("> half a li|");
  ann.resize(60, 20);
  ann.type("/join #tea\r");
  await ann.sees(" #tea");
  bob.type("ne\r");
  await bob.sees("bob │ half a line");
  expect(ann.rows().some((row) => row.includes("half a line"))).toBe(false);
  expect([ann.rows().at(-1), bob.rows().at(-1)]).toEqual(["> |", "> |"]);
  expect([ann.terminal.rows, bob.terminal.rows]).toEqual([20, 12]);

  ann.type("/quit\r");
  expect(await ann.code).toBe(0);
  expect([ann.isRaw, ann.listening]).toEqual([false, 0]);
  await bob.sees("ann left");
  bob.signal("SIGTERM");
  expect(await bob.code).toBe(0);
  expect([bob.isRaw, bob.listening, ann.complaints + bob.complaints]).toEqual([false, 0, ""]);
});

test("a long text arrives whole, even if the transport takes few bytes at a time", async () => {
  await using chat = startChat();
  const [ann, bob] = [startClient(chat, "ann", { buffer: 50 }), startClient(chat, "bob", { buffer: 50 })];
  await Promise.all([ann.sees("In #lobby: "), bob.sees("In #lobby: ")]);
  const lines = Array.from({ length: 60 }, (_, i) => `${i} ${"x".repeat(30)}`);
  ann.type(`\x1b[200~${lines.join("\n")}\x1b[201~\r`);
  await ann.sees("Send these 60 lines as one message?");
  ann.type("\r");
  bob.type("\x1bo"); // long messages whole
  await bob.sees("│ 59 x");
  await endClients(ann, bob);
});

test("a bug in one client ends that client, restores its terminal, and leaves the other running", async () => {
  await using chat = startChat();
  const ann = startClient(chat, "ann");
  await ann.sees("In #lobby: ann");
  const bob = startClient(chat, "bob");
  await ann.sees("bob joined");
  Object.defineProperty(ann.terminal, "cols", {
    get: () => {
      throw new Error("no columns");
    },
  });
  ann.type("x");
  expect(await ann.code).toBe(1);
  expect(ann.complaints).toContain("the client failed, which is a bug: Error: no columns");
  expect([ann.isRaw, ann.listening]).toEqual([false, 0]);
  await bob.sees("ann left");
  bob.type("still here\r");
  await bob.sees("bob │ still here");
  bob.signal("SIGTERM");
  expect(await bob.code).toBe(0);
});

test("without job control Ctrl-Z does nothing and is not suggested", async () => {
  await using chat = startChat();
  const ann = startClient(chat, "ann");
  await ann.sees("In #lobby: ann");
  ann.type("\x1a");
  ann.type("\x03");
  expect((await ann.sees("Ctrl-C again quits.")).join("\n")).not.toContain("Ctrl-Z");
  ann.type("\x03");
  expect(await ann.code).toBe(0);
});

test("a second device gets a hint about /login in the room, and does not see its own nick join or leave", async () => {
  await using chat = startChat();
  const desk = startClient(chat, "ann");
  await desk.sees("In #lobby: ann");
  desk.type("/register secret99\r");
  await desk.sees("ann is yours now");
  const phone = startClient(chat, "ann");
  const rows = await phone.sees("ann is registered: you are ann-2; /login ann");
  expect(rows[0]).toStartWith(" #lobby");
  await phone.sees("/help tells what else there is");
  expect(phone.rows().join("\n")).not.toContain("/register");
  phone.type("/login ann secret99\r");
  await phone.sees("ann ✓ │ #lobby (1)");
  phone.type("here now\r");
  await phone.sees("ann │ here now");
  expect(phone.rows().join("\n")).not.toMatch(/free again|ann left|ann joined/);
  await endClients(desk, phone);
});

test("lists that are hidden again by hand follow the width again", async () => {
  await using chat = startChat();
  const ann = startClient(chat, "ann", { columns: 60 });
  await ann.sees("In #lobby: ann");
  for (const shown of ["1 #lobby", "2 server"]) {
    ann.type("\x1bs");
    await ann.sees(shown);
    ann.type("\x1bs");
    await ann.loses(shown);
  }
  ann.resize(130, 12);
  await ann.sees("1 #lobby");
  await endClients(ann);
});

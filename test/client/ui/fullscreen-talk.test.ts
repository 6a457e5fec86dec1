import { expect, test } from "bun:test";
import { startChat, type TestChat } from "../../support/chat-server.ts";
import { endClients, type MemoryClient, startClient } from "../../support/client/memory-client.ts";

async function enter(chat: TestChat, nick: string, columns = 80, rows = 14): Promise<MemoryClient> {
  const person = startClient(chat, nick, { rooms: ["#tea"], columns, rows });
  await person.sees("> |");
  await person.sees(nick);
  return person;
}

/** Resolves when the person has this message of their own as the server has confirmed it: nothing is said after it. */
async function confirms(person: MemoryClient, text: string): Promise<void> {
  await person.until((rows) => rows.some((row) => row.endsWith(text)));
}

/** Ann and bob in #tea, and a message of bob's that both see. */
async function together(chat: TestChat): Promise<readonly [ann: MemoryClient, bob: MemoryClient]> {
  const ann = await enter(chat, "ann");
  await ann.sees("In #tea: ann");
  const bob = await enter(chat, "bob");
  await bob.sees("In #tea: ");
  bob.type("shall we meet?\r");
  await confirms(bob, "│ shall we meet?");
  await ann.sees("shall we meet?");
  return [ann, bob];
}

const UP = "\x1b[1;3A";

test("a message is selected, reacted to and replied to; both see it, and a newcomer finds it in the history", async () => {
  await using chat = startChat();
  const [ann, bob] = await together(chat);
  ann.type(UP);
  await ann.sees("r reply · e react · c copy · l link · d remove · Esc");
  ann.type("e");
  await ann.sees("1 👍  2 ❤");
  ann.type("1");
  await ann.sees("│ 👍 1✓");
  await bob.sees("│ 👍 1");
  ann.type(`${UP}r`);
  await ann.sees("Enter sends a reply to bob: shall we meet?");
  ann.type("at noon\r");
  await bob.sees("│ ↪ bob: shall we meet?");
  await bob.sees("│ at noon");
  const zoe = await enter(chat, "zoe");
  await zoe.sees("│ ↪ bob: shall we meet?");
  await zoe.sees("│ 👍 1");
  ann.type(`${UP}${UP}e1`);
  await zoe.loses("👍");
  await endClients(ann, bob, zoe);
});

test("one's own message is taken back from every screen; another's only by an operator, after a question", async () => {
  await using chat = startChat();
  const [ann, bob] = await together(chat);
  bob.type(`${UP}d`);
  await ann.sees("-- │ bob took back a message");
  expect(ann.rows().join("\n")).not.toContain("shall we meet?");
  ann.type("the plan\r");
  await bob.sees("the plan");
  bob.type(UP);
  expect((await bob.sees("r reply")).join("\n")).not.toContain("d remove");
  bob.type("\x1b");
  await bob.loses("r reply");
  bob.type("again\r");
  await ann.sees("again");
  ann.type(`${UP}dy`);
  await bob.sees("-- │ ann took back a message of bob");
  await endClients(ann, bob);
});

test("s/old/new/ corrects the last message, and /undo takes it back", async () => {
  await using chat = startChat();
  const [ann, bob] = await together(chat);
  bob.type("s/meet/eat/\r");
  await ann.sees("│ shall we meet? (corrected)");
  await ann.sees("│ ✎ shall we eat?");
  bob.type("/undo\r");
  await ann.sees("-- │ bob took back a message");
  await endClients(ann, bob);
});

test("Esc leaves the selection and cancels a reply; typing goes on as before", async () => {
  await using chat = startChat();
  const [ann, bob] = await together(chat);
  ann.type("half a");
  ann.type(UP);
  await ann.sees("r reply");
  ann.type("\x1b");
  await ann.sees("ann │ #tea (2)");
  ann.type(`${UP}r`);
  await ann.sees("Enter sends a reply to bob");
  ann.type("\x1b");
  await ann.sees("ann │ #tea (2)");
  ann.type(" line\r");
  await bob.sees("│ half a line");
  expect(bob.rows().join("\n")).not.toContain("↪");
  await endClients(ann, bob);
});

test("the text and the address of a message are copied by the terminal (OSC 52)", async () => {
  await using chat = startChat();
  const [ann, bob] = await together(chat);
  const copied: string[] = [];
  ann.terminal.parser.registerOscHandler(52, (data) => {
    copied.push(Buffer.from(data.replace(/^c;/, ""), "base64").toString());
    return true;
  });
  ann.type(`${UP}c`);
  await ann.sees("The text is copied.");
  ann.type(`${UP}l`);
  await ann.sees("Copied: http://chat.test:9000/?msgid=");
  expect(copied).toEqual(["shall we meet?", expect.stringMatching(/^http:\/\/chat\.test:9000\/\?msgid=\S+#tea$/)]);
  await endClients(ann, bob);
});

test("the selection scrolls, on a small screen too", async () => {
  await using chat = startChat();
  const ann = await enter(chat, "ann", 30, 5);
  for (let i = 0; i < 12; i++) {
    ann.type(`line ${i}\r`);
    await confirms(ann, `<ann> line ${i}`);
  }
  ann.type(UP.repeat(12));
  await ann.sees("<ann> line 0");
  ann.type("\x1b[1;3B".repeat(11));
  await ann.sees("<ann> line 11");
  ann.type("\x1b[1;3B");
  await ann.sees("ann │ #tea");
  await endClients(ann);
});

test("a typing user is shown to the others until the line is sent; typing a command is not shown", async () => {
  await using chat = startChat();
  const [ann, bob] = await together(chat);
  bob.type("hel");
  await ann.sees("bob is typing…");
  bob.type("lo\r");
  await ann.sees("bob │ hello");
  expect(ann.rows().join("\n")).not.toContain("is typing");
  bob.type("/who");
  ann.type("hi");
  await bob.sees("ann is typing…");
  expect(ann.rows().join("\n")).not.toContain("is typing");
  await endClients(ann, bob);
});

test("the terminal's title counts unread messages, and the former title is restored", async () => {
  await using chat = startChat();
  const [ann, bob] = await together(chat);
  const titles: string[] = [];
  ann.terminal.onTitleChange((title) => titles.push(title));
  ann.type("/join #other\r");
  await ann.sees(" #other");
  bob.type("ann: hello\r");
  await ann.sees("1!");
  // The title is written after the page.
  await ann.until(() => titles.at(-1)?.startsWith("(") === true);
  expect(titles.at(-1)).toBe("(1!) #other - tcpchat");
  await endClients(ann, bob);
});

test("a message that is taken back goes from a list of search results too", async () => {
  await using chat = startChat();
  const [ann, bob] = await together(chat);
  ann.type("/search meet\r");
  await ann.sees("<bob> shall we meet?");
  bob.type("/undo\r");
  await bob.sees("bob took back a message");
  await ann.loses("shall we meet?");
  ann.type("\x1b");
  await ann.sees("bob took back a message");
  await endClients(ann, bob);
});

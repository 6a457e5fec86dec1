import { expect, test } from "bun:test";
import { runClient } from "../../../src/client/run/client.ts";
import { findList, foundList, goToList, searchLogs } from "../../../src/client/ui/lists.ts";
import { append, newLog } from "../../../src/client/ui/log.ts";
import { textOf } from "../../../src/client/ui/message-view.ts";
import { pressOverlay } from "../../../src/client/ui/overlay.ts";
import { newView } from "../../../src/client/ui/view.ts";
import { dayOf } from "../../../src/text/time.ts";
import { startChat } from "../../support/chat-server.ts";
import { endClients, startClient } from "../../support/client/memory-client.ts";
import { MemorySession } from "../../support/client/memory-session.ts";
import { aMessage } from "../../support/client/message.ts";
import { inLobby } from "../../support/client/play.ts";
import { ScreenFixture } from "../../support/client/screen-fixture.ts";
import { inProcess } from "../../support/in-process.ts";
import { WireClient } from "../../support/socket.ts";

/** The numbers of the messages `message N` on the screen. */
function numbers(session: MemorySession): number[] {
  return session.rows().flatMap((row) => {
    const [, number] = /│ message (\d+)/.exec(row) ?? [];
    return number === undefined ? [] : [Number(number)];
  });
}

function isSeamless(all: readonly number[]): boolean {
  return all.every((number, i) => i === 0 || number === (all[i - 1] ?? 0) + 1);
}

test("/search lists results of all history, Enter goes there, and scrolling back leaves no gap", async () => {
  await using chat = startChat({ exempt: ["127.0.0.0/8"] });
  const bob = await WireClient.open(chat.port);
  bob.send("CAP REQ :echo-message\r\nNICK bob\r\nUSER b 0 * :b\r\nCAP END\r\nJOIN #lobby\r\n");
  await bob.until(/ 366 /);
  const texts = Array.from({ length: 400 }, (_, i) => `message ${i}${i === 120 ? " with a needle" : ""}`);
  bob.send(texts.map((text) => `PRIVMSG #lobby :${text}\r\n`).join(""));
  await bob.until(/message 399/);

  const ann = startClient(chat, "ann", { rows: 14 });
  await ann.sees("message 399");
  ann.type("/search needle\r");
  await ann.sees("Found with needle");
  await ann.sees(" #lobby ");
  ann.type("\r");
  await ann.sees("message 120 with a needle");
  await ann.sees("in the past: Esc returns");
  const [first = 0] = numbers(ann);
  expect(first).toBeLessThan(120);
  expect(isSeamless(numbers(ann))).toBe(true);

  bob.send("PRIVMSG #lobby :message 400\r\n");
  await ann.sees("1 new");
  // Down to the newest: pages are loaded after the bottom, until they meet what was there before.
  for (let last = 120; last < 400; last = numbers(ann).at(-1) ?? last) {
    ann.type("\x1b[6~");
    await Bun.sleep(0);
    expect(isSeamless(numbers(ann))).toBe(true);
  }
  ann.type("/search needle\r");
  await ann.sees("Found with needle");
  ann.type("\r");
  await ann.sees("message 120 with a needle");
  ann.type("\x1b");
  await ann.sees("message 400");
  await endClients(ann);
});

test("a search result is shown from shortly before the first matched word", () => {
  const model = inLobby().model;
  const text = `${"filler ".repeat(20)}then a\nNEEDLE in it`;
  const talk = {
    kind: "said",
    time: 0,
    room: "#lobby",
    nick: "bob",
    to: undefined,
    text,
    msgid: "m",
    account: undefined,
    mention: false,
    replayed: true,
  } as const;
  const [item] = foundList("the needle", [talk], { name: "chat.test", model, view: newView(true) }, 0).items;
  expect(item?.detail).toBe("<bob> … filler filler filler then a\nNEEDLE in it");
  expect(foundList("filler", [talk], { name: "chat.test", model, view: newView(true) }, 0).items[0]?.detail).toBe(
    `<bob> ${text}`,
  );
});

test("a registered nick is reported in the room at each start, with the commands to use", async () => {
  await using chat = startChat();
  const ann = startClient(chat, "ann");
  await ann.sees("In #lobby: ann");
  ann.type("/register correct horse\r");
  await ann.sees("ann is yours now");
  const phone = startClient(chat, "ann");
  const words = "ann is registered: you are ann-2; /login ann makes you ann";
  expect((await phone.sees(words)).join("\n")).toContain("and Enter says it");
  await endClients(phone);
  const again = new MemorySession(inProcess(chat.accept));
  const options = { host: "chat.test", port: 9000, nick: "ann", rooms: ["#lobby"], linear: false, raw: false };
  const code = runClient(options, { ...again.proc, state: phone.proc.state });
  expect((await again.sees(words)).join("\n")).not.toContain("and Enter says it");
  await endClients(ann, Object.assign(again, { code }));
});

test("/goto shows the messages of a time, and Esc returns to the newest line", async () => {
  const DAY = 86_400_000;
  let now = Date.now() - DAY;
  await using chat = await startChat({ exempt: ["127.0.0.0/8"] }, () => now);
  const bob = await WireClient.open(chat.port);
  bob.send("CAP REQ :echo-message\r\nNICK bob\r\nUSER b 0 * :b\r\nCAP END\r\nJOIN #lobby\r\n");
  await bob.until(/ 366 /);
  const say = async (from: number, count: number) => {
    bob.send(Array.from({ length: count }, (_, i) => `PRIVMSG #lobby :message ${from + i}\r\n`).join(""));
    await bob.until(new RegExp(`message ${from + count - 1}`));
  };
  await say(0, 100);
  now += DAY;
  await say(100, 200);
  const ann = startClient(chat, "ann", { rows: 14 });
  await ann.sees("message 299");
  ann.type("/goto yesterday\r");
  await ann.sees("│ message 0");
  await ann.sees("in the past: Esc returns");
  ann.type("\x1b");
  await ann.sees("message 299");
  ann.type(`/goto ${dayOf(now)}\r`);
  await ann.sees("│ message 100");
  await endClients(ann);
});

test("Esc returns from a message that was found to the room where one was", async () => {
  await using chat = startChat();
  const ann = startClient(chat, "ann", { rows: 14 });
  await ann.sees("In #lobby: ann");
  ann.type("a needle here\r");
  await ann.sees("ann │ a needle here");
  ann.type("/join tea\r");
  await ann.sees("In #tea: ann");
  ann.type("/search needle\r");
  await ann.sees("Found with needle");
  await ann.sees(" #lobby ");
  ann.type("\r");
  await ann.sees("Esc goes back to #tea.");
  ann.type("\x1b");
  await ann.sees("│ #tea (1)");
  await endClients(ann);
});

test("where the server cannot search, the messages that are loaded are searched", () => {
  const fixture = new ScreenFixture();
  for (const text of ["a Deploy today", "nothing", "deploy was yesterday"]) {
    fixture.server(`:bob!b@h PRIVMSG #lobby :${text}`);
  }
  const found = searchLogs(fixture.view.logs.values(), 'DEPLOY "a"');
  expect(found.map(({ text }) => text)).toEqual(["a Deploy today", "deploy was yesterday"]);
});

test("the text of the last message is copied as it is, of several with times and nicks", () => {
  const fixture = new ScreenFixture();
  expect(textOf(newLog(""), 3)).toBeUndefined();
  for (const text of ["one", "two", "\x01ACTION waves\x01"]) fixture.server(`:bob!b@h PRIVMSG #lobby :${text}`);
  const log = fixture.view.logs.get(fixture.view.here) ?? newLog("");
  expect(textOf(log, undefined)).toEqual({ text: "waves", count: 1 });
  expect(textOf(log, 2)?.text).toMatch(/^\d\d:\d\d <bob> two\n\d\d:\d\d \* bob waves$/);
});

test("Ctrl-S finds a word in this room alone: Enter goes to the message, or searches all of its history", async () => {
  await using chat = startChat({ exempt: ["127.0.0.0/8"] });
  const bob = await WireClient.open(chat.port);
  bob.send("NICK bob\r\nUSER b 0 * :b\r\nJOIN #lobby,#tea\r\n");
  await bob.until(/ 366 bob #tea/);
  bob.send("PRIVMSG #tea :needle in the tea\r\nPRIVMSG #lobby :an old needle\r\n");
  bob.send(Array.from({ length: 120 }, (_, i) => `PRIVMSG #lobby :message ${i}\r\n`).join(""));
  bob.send("PING said\r\n");
  await bob.until(/ said$/);
  const ann = startClient(chat, "ann", { rooms: ["#tea", "#lobby"], rows: 14 });
  await ann.sees("needle in the tea");
  ann.type("\x1b2");
  await ann.sees("message 119");
  ann.type("\x13message 99");
  await ann.sees("Find in #lobby");
  await ann.sees(" bob ");
  ann.type("\r");
  await ann.sees("scrolled back");
  expect(numbers(ann)).toContain(99);
  ann.type("\x1b");
  await ann.loses("scrolled back");
  // The server finds messages that are not loaded, in this room alone.
  ann.type("\x13needle");
  await ann.sees("search everything that was said here for needle");
  ann.type("\r");
  const rows = await ann.sees("<bob> an old needle");
  expect(rows.join("\n")).not.toContain("needle in the tea");
  ann.type("\x1b");
  await ann.loses("Found with");
  ann.type("/search needle\r");
  await ann.sees("<bob> needle in the tea");
  await endClients(ann);
  bob.close();
});

test("the list of the word search has the messages, newest first, and last the search of all history", () => {
  const lines = ["one", "two"].map((text, i) => aMessage({ text, msgid: `m${i}`, time: i }));
  const log = lines.reduce((before, line) => append(before, line, true), newLog("#lobby"));
  const overlay = findList(log, "chat", 0);
  expect(overlay.found.map(({ detail }) => detail)).toEqual(["two", "one"]);
  const answer = pressOverlay(overlay, { type: "text", text: "on" }, 5);
  const found = answer.type === "open" ? answer.overlay.found : [];
  expect(found.map(({ choice }) => (choice.type === "jump" ? choice.line.text : choice))).toEqual([
    "one",
    { type: "search", words: "on" },
  ]);
});

/** The labels of the list that Ctrl-K opens, with a filter. */
function labels(fixture: ScreenFixture, filter = ""): string[] {
  const list = goToList(fixture.scene);
  const answer = filter === "" ? undefined : pressOverlay(list, { type: "text", text: filter }, 10);
  return (answer?.type === "open" ? answer.overlay : list).found.map(({ label }) => label);
}

test("the list has the places that were visited last first, then others, people and commands", () => {
  const fixture = new ScreenFixture();
  for (const room of ["dev", "ops"]) {
    fixture.keys(`/join ${room}\r`);
    fixture.server(`:ann!a@h JOIN #${room}`);
  }
  fixture.keys("/query zoe\r");
  expect(labels(fixture).slice(0, 5)).toEqual(["#ops", "#dev", "#lobby", "server", "bob"]);
  expect(labels(fixture, "lo")[0]).toBe("#lobby");
  expect(labels(fixture, "/qu")).toEqual(["/quote LINE", "/quit [TEXT]", "/query NICK [TEXT]"]);
});
